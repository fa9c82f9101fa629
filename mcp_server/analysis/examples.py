"""Examples in plain text, such as `f(2) == 4` or "f(2) returns 4", found by pure functions."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_CALL = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\(")
_SAYS = re.compile(
    r"""[`'"]?\s*,?\s*(?:
      (?P<equals>===?|=>|->|→|⇒|=(?!=))
    | (?P<raises>(?:should\s+|must\s+|will\s+)?(?:raises?|throws?)(?:\s+an?)?(?=\s))
    | (?:should\s+|must\s+|will\s+|would\s+)?(?:returns?|gives?|yields?|equals?|evaluates?\s+to
        |results?\s+in|is|be|becomes?|produces?)(?:\s+equal\s+to)?(?=[\s:`'"])
    )\s*:?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_EXCEPTION = re.compile(r"[`'\"]?([A-Z]\w*(?:Error|Exception|Warning|Interrupt))\b")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Example:
    """A call with literal arguments, and what it gives: a literal, or an exception's name."""

    name: str
    call: str
    expected: str | None = None
    raises: str | None = None

    def __str__(self) -> str:
        outcome = f"raises {self.raises}" if self.raises else f"== {self.expected}"
        return f"{self.call} {outcome}"


def find_examples(text: str) -> list[Example]:
    """All examples in a description or a docstring, each once, in their order."""
    found = dict.fromkeys([*_doctests(text), *_sentences(text)])
    calls: dict[str, Example] = {}
    for example in found:
        calls.setdefault(example.call, example)
    return list(calls.values())


def requested_name(description: str) -> str | None:
    """The name that the description wants the function or class to have, if it says one."""
    patterns = (
        r"(?:def|class)\s+([A-Za-z_]\w*)\s*[(:]",
        r"(?:function|method|class|coroutine|generator)\s+(?:called|named)\s+[`'\"]?([A-Za-z_]\w*)",
        r"(?:function|method|class)\s+[`'\"]([A-Za-z_]\w*)[`'\"(]",
        r"\b(?:called|named)\s+[`'\"]([A-Za-z_]\w*)",
        r"[`'\"]([A-Za-z_]\w*)\((?:[^()`]*)\)[`'\"]",
        r"\b(?:function|method)\s+([a-z]\w*)\((?:[^()]*)\)",
        r"\b(?:function|method)\s+([a-z]+_\w+)\b",
    )
    for pattern in patterns:
        if match := re.search(pattern, description):
            return match[1]
    examples = find_examples(description)
    return examples[0].name if examples else None


def as_tests(examples: list[Example], module_name: str) -> str:
    """A pytest file with one test an example, `test_example_1` and so on."""
    names = ", ".join(sorted({e.name for e in examples}))
    lines = ["import pytest", "", f"from {module_name} import {names}", ""]
    for number, example in enumerate(examples, 1):
        lines += ["", f"def test_example_{number}():"]
        if example.raises:
            lines += [f"    with pytest.raises({example.raises}):", f"        {example.call}"]
        elif _is_float(example.expected):
            lines.append(f"    assert {example.call} == pytest.approx({example.expected})")
        else:
            lines.append(f"    assert {example.call} == {example.expected}")
        lines.append("")
    return "\n".join(lines)


def _doctests(text: str) -> Iterator[Example]:
    import doctest

    try:
        cases = doctest.DocTestParser().get_examples(text)
    except ValueError:  # its prompts are indented inconsistently
        return
    for case in cases:
        call = literal_call(case.source.strip())
        if not call:
            continue
        if case.exc_msg:
            yield Example(call[0], call[1], raises=case.exc_msg.split(":")[0].strip())
        elif (expected := _literal(case.want.strip())) is not None:
            yield Example(call[0], call[1], expected=expected)


def _sentences(text: str) -> Iterator[Example]:
    for match in _CALL.finditer(text):
        source = _balanced(text, match.start())
        call = literal_call(source) if source else None
        if not call:
            continue
        rest = text[match.start() + len(source) :]
        said = _SAYS.match(rest)
        if not said:
            continue
        after = rest[said.end() : said.end() + _LONGEST]
        if said["raises"]:
            if exception := _EXCEPTION.match(after):
                yield Example(*call, raises=exception[1])
        elif (expected := _leading_literal(after)) is not None:
            yield Example(*call, expected=expected)


def literal_call(source: str) -> tuple[str, str] | None:
    """Name and normal form of a call of a plain name with literal arguments, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(source, mode="eval").body
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                return None
            for argument in (*node.args, *(k.value for k in node.keywords)):
                ast.literal_eval(argument)
            if any(k.arg is None for k in node.keywords):
                return None
            return node.func.id, ast.unparse(node)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _balanced(text: str, start: int) -> str:
    """The text from `start` to the bracket that closes the first one; empty if none does."""
    depth, quote, escaped = 0, "", False
    for index in range(start, min(len(text), start + _LONGEST)):
        letter = text[index]
        if quote:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == quote:
                quote = ""
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return text[start : index + 1]
    return ""


def _leading_literal(text: str) -> str | None:
    """The literal that `text` begins with, perhaps in backquotes."""
    text = text.splitlines()[0] if text.strip() else ""
    text = text.lstrip("` ")
    match = re.match(
        r"(?:True|False|None|true|false|null)\b|-?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?", text
    )
    if match and not re.match(r"[\w(]", text[match.end() : match.end() + 1]):
        return _literal({"true": "True", "false": "False", "null": "None"}.get(match[0], match[0]))
    if text[:1] in "([{":
        return _literal(_balanced(text, 0)) if text[:1] else None
    if text[:1] in "'\"":
        end = text.find(text[0], 1)
        return _literal(text[: end + 1]) if end > 0 else None
    return None


def _literal(text: str) -> str | None:
    """The normal form of a literal, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return repr(ast.literal_eval(text))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _is_float(text: str | None) -> bool:
    return text is not None and isinstance(ast.literal_eval(text), float)
