"""Names of tests that say what is tested: what is called, on what, and what comes of it."""

import ast
import re
from collections.abc import Iterable

from mcp_server.analysis.searching import Case

LONGEST = 72
MOST_WORDS = 6
LONGEST_WORD = 24
_SPECIAL_METHODS = {
    "__len__": "length", "__str__": "text", "__repr__": "representation", "__iter__": "iteration",
    "__contains__": "membership", "__getitem__": "item", "__setitem__": "setting_an_item",
    "__delitem__": "deleting_an_item", "__eq__": "equality", "__lt__": "less_than",
    "__le__": "at_most", "__gt__": "greater_than", "__ge__": "at_least", "__add__": "addition",
    "__sub__": "subtraction", "__mul__": "multiplication", "__truediv__": "division",
    "__bool__": "truth", "__call__": "call", "__neg__": "negation", "__abs__": "absolute_value",
    "__enter__": "entering", "__exit__": "leaving", "__hash__": "hash", "__init__": "new",
    "__next__": "next", "__ne__": "inequality", "__iadd__": "adding_in_place",
    "__all__": "exported_names",
}  # fmt: skip
_SMALL = ("zero", "one", "two", "three")


def snake(name: str) -> str:
    """`HTTPServer` is "http_server"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip("_"))
    return spaced.lower()


def whose(case: Case) -> str:
    """What is called: "parse", "account_deposit", "new_account"."""
    method = _SPECIAL_METHODS.get(case.target, case.target.strip("_"))
    if case.owner is None:
        return method
    return f"new_{snake(case.owner)}" if method == "new" else f"{snake(case.owner)}_{method}"


def value_word(source: str) -> str:
    """A value in a word: "zero", "empty_list", "true"; empty where it needs more than one."""
    try:
        value = ast.literal_eval(source)
    except (ValueError, SyntaxError):
        names = {"set()": "empty_set", "frozenset()": "empty_set", 'float("inf")': "infinity"}
        return names.get(source, "")
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int | float):
        return _number_word(value)
    kind: dict[type, str] = {
        str: "text",
        bytes: "bytes",
        list: "list",
        tuple: "tuple",
        dict: "dict",
    }
    if not value:
        return f"empty_{kind.get(type(value), 'set')}"
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+){0,3}", value)
        return re.sub(r"\W", "_", value).lower() if plain and len(value) <= LONGEST_WORD else ""
    return ""


def _number_word(value: float) -> str:
    if value in range(len(_SMALL)):
        return _SMALL[int(value)]
    text = f"{abs(value):g}".replace(".", "_point_").replace("+", "")
    return f"minus_{text}" if value < 0 else text if "e" not in text else ""


def kind_word(source: str) -> str:
    """The kind of a value: "number", "text", "list"."""
    try:
        value = ast.literal_eval(source)
    except (ValueError, SyntaxError):
        return re.sub(r"\W.*", "", source).lower() or "value"
    if isinstance(value, bool):
        return "answer"
    names = {int: "number", float: "number", str: "text", bytes: "bytes", list: "list",
             tuple: "tuple", dict: "dict", set: "set"}  # fmt: skip
    return names.get(type(value), "value")


def arguments_words(case: Case) -> str:
    """What is given, where that can be said in a few words: "for_empty_list", "for_strict_true"."""
    words = []
    for name, source in case.values:
        word = value_word(source)
        if not word:
            return ""
        explains = len(case.values) > 1 and word in ("true", "false", "none")
        words.append(f"{snake(name)}_{word}" if explains else word)
    if not words or len(words) > 3:  # noqa: PLR2004
        return ""
    return f"_for_{'_and_'.join(words)}"


def slug(message: str) -> str:
    """The first words of a message, without what it quotes: "out_of_range"."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?|[^\x00-\x7f]", " ", message)
    words = re.findall(r"[A-Za-z]+", plain.lower())
    return "_".join(words[:MOST_WORDS])


def after_words(case: Case) -> str:
    """What was done before: "_after_push_and_pop"."""
    if not case.steps:
        return ""
    distinct = list(dict.fromkeys(_SPECIAL_METHODS.get(s, s.strip("_")) for s in case.steps))
    return f"_after_{'_and_'.join(distinct[:3])}"


def title(parts: Iterable[str]) -> str:
    """A test's name of several parts, the later ones left out where it gets too long."""
    found = "test"
    for part in parts:
        plain = re.sub(r"\W+", "_", part).strip("_")
        if plain and len(found) + len(plain) + 1 <= LONGEST:
            found = f"{found}_{plain}"
    return found


def distinct(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; it is taken afterwards."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    taken.add(found)
    return found
