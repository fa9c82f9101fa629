"""Results that are thrown away, or that are not what they are taken for."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import has_spread, keyword, last_name, number, text
from mcp_server.analysis.defects.table import Check, Defect

_TEXT_METHODS = {
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase",
    "split", "rsplit", "splitlines", "removeprefix", "removesuffix", "zfill", "ljust", "rjust",
    "with_suffix", "with_name", "astimezone", "quantize", "isoformat", "union", "intersection",
    "difference", "symmetric_difference", "fillna", "dropna", "drop_duplicates", "sort_values",
    "reset_index", "set_index", "astype",
}  # fmt: skip
_PURE = {
    "sorted", "reversed", "map", "filter", "zip", "len", "abs", "round", "dataclasses.replace",
    "copy.copy", "copy.deepcopy", "re.sub", "os.path.join", "html.escape", "min", "max", "sum",
    "shlex.quote", "enumerate", "str", "json.dumps",
}  # fmt: skip
_IN_PLACE = {"sort", "reverse", "append", "extend", "insert", "clear"}
_UNREAD = (ast.Expr, ast.Lambda, ast.Await, ast.NamedExpr, ast.ListComp)
_THREADS = {
    "threading.Thread", "multiprocessing.Process", "threading.Timer", "Thread", "Process",
    "atexit.register", "signal.signal", "asyncio.to_thread",
}  # fmt: skip
_WORD = re.compile(r"[._/:-]*[A-Za-z]{3,}[\w./:-]*|[._/-][A-Za-z]{2,}|[A-Za-z]{2,}[._/:-]+")
_SHORTEST = 3
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]+(\.[A-Za-z0-9]+)*")
_ONE_WORD = re.compile(r"[ ._/:#@=-]{0,2}([A-Za-z]{2,})[ ._/:#@=-]{0,2}")
_READERS = {"input", "os.getenv", "os.environ.get", "sys.stdin.readline"}


def unused_result(program: Program) -> Iterator[Defect]:
    """A call that only returns something, as a statement of its own."""
    own = {s.node.name for s in program.functions}  # type: ignore[union-attr]
    for statement in program.of(ast.Expr):
        call = statement.value
        if not isinstance(call, ast.Call):
            continue
        name = last_name(call.func)
        tried = any(isinstance(outer, ast.Try) for outer in program.ancestors(statement))
        if not tried and name not in own and _only_returns(program, call, name):
            yield Defect(statement, f"{name}() changes nothing: its result is thrown away")


def result_of_in_place(program: Program) -> Iterator[Defect]:
    """The result of `sort`, `append` and the like, which is None."""
    for call in program.method_calls(*_IN_PLACE):
        outer = program.parent(call)
        if isinstance(outer, _UNREAD):
            continue
        attribute = call.func
        assert isinstance(attribute, ast.Attribute)  # noqa: S101  (method_calls gives no others)
        owner = ast.unparse(attribute.value)
        again = isinstance(outer, ast.Assign) and ast.unparse(outer.targets[0]) == owner
        looped = isinstance(outer, ast.For | ast.comprehension) and not call.args
        if again or looped or _is_list(program.scope(call), attribute.value):
            yield Defect(call, f".{attribute.attr}() works in place, and its result is None")
    for call in program.calls("random.shuffle"):
        if not isinstance(program.parent(call), ast.Expr | ast.Lambda):
            yield Defect(call, "shuffle works in place, and its result is None")


def text_as_number(program: Program) -> Iterator[Defect]:
    """Text that was read from outside, in arithmetic or compared with a number."""
    for scope in (program.module, *program.functions):
        for name in list(scope.values):
            value = scope.value(name)
            if value is None or not _reads_text(program, value):
                continue
            for node in scope.loads[name]:
                if _needs_number(program, node):
                    yield Defect(program.parent(node) or node, f"{name} is text here, no number")
                    break


def called_too_early(program: Program) -> Iterator[Defect]:
    """A thread, timer or handler that is given the result of a call instead of the function."""
    for call in program.of(ast.Call):
        name = program.name(call.func)
        target: ast.expr | None = None
        if name in _THREADS:
            by_name = {k.arg: k.value for k in call.keywords}
            position = 1 if name.endswith(("Timer", "signal")) else 0
            first = call.args[position] if len(call.args) > position else None
            target = by_name.get("target") or by_name.get("function") or first
        elif isinstance(call.func, ast.Attribute) and call.func.attr in (
            "submit",
            "add_done_callback",
        ):
            target = call.args[0] if call.args else None
        if isinstance(target, ast.Call) and _is_own_function(program, target):
            shown = ast.unparse(target.func)
            yield Defect(target, f"{shown}() is called here and now, and its result is handed over")


def stripped_word(program: Program) -> Iterator[Defect]:
    """`.rstrip(".json")`, which takes off any of these letters, not the word."""
    for call in program.method_calls("strip", "lstrip", "rstrip"):
        word = text(call.args[0]) if call.args else None
        if word is not None and _WORD.fullmatch(word) and list(word) != sorted(word):
            yield Defect(call, f"this takes off any of the letters in {word!r}: removesuffix")


def stripped_part(program: Program) -> Iterator[Defect]:
    """`.rstrip(".csv")` or `.lstrip("Bearer ")`: a suffix, prefix or word that may be meant."""
    for call in program.method_calls("strip", "lstrip", "rstrip"):
        part = text(call.args[0]) if call.args else None
        if part is None or (_WORD.fullmatch(part) and list(part) != sorted(part)):
            continue
        if len(part) >= _SHORTEST and _looks_whole(part):
            side = "removeprefix" if last_name(call.func) == "lstrip" else "removesuffix"
            yield Defect(call, f"this takes off any of the letters in {part!r}: {side}")


def swapped_keywords(program: Program) -> Iterator[Defect]:
    """`f(width=height, height=width)`, or the same by position of a function defined here."""
    for call in program.of(ast.Call):
        given = {
            k.arg: k.value.id for k in call.keywords if k.arg and isinstance(k.value, ast.Name)
        }
        for name, value in given.items():
            if value != name and given.get(value) == name and name < value:
                yield Defect(call, f"{name} and {value} are swapped")


def swapped_arguments(program: Program) -> Iterator[Defect]:
    """Positional arguments whose own names are those of each other's parameters."""
    found: list[tuple[ast.Call, str, str]] = []
    straight: set[tuple[Scope, str]] = set()
    for call in program.of(ast.Call):
        names = _parameter_names(program, call)
        given = [a.id if isinstance(a, ast.Name) else "" for a in call.args]
        if not names or has_spread(call) or any(len(name) == 1 for name in names):
            continue
        pairs = dict(zip(given, names, strict=False))
        swaps = [(a, b) for a, b in pairs.items() if a and a < b and pairs.get(b) == a]
        found += [(call, one, other) for one, other in swaps]
        if given == names:
            straight.add((program.scope(call), last_name(call.func)))
    for call, one, other in found:
        scope, name = program.scope(call), last_name(call.func)
        # Both orders beside each other are meant, and a function may mirror itself.
        if (scope, name) not in straight and getattr(scope.node, "name", "") != name:
            yield Defect(call, f"{one} and {other} are swapped")


def _only_returns(program: Program, call: ast.Call, name: str) -> bool:
    if program.name(call.func) in _PURE:
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    if name == "replace":
        return bool(call.args[1:]) != bool(call.keywords and not call.args)
    if name in ("format", "join", "encode", "decode"):
        return text(call.func.value) is not None
    # `title` sets one in plots, rich strips in place, and `inplace` changes a table.
    sets = name == "title" and (call.args or call.keywords)
    if name == "rstrip" and any(origin.startswith("rich") for origin in program.imports.values()):
        return False
    return name in _TEXT_METHODS and not sets and keyword(call, "inplace") is None


def _looks_whole(part: str) -> bool:
    """Whether a text is a suffix, an address or one word rather than a set of characters."""
    if "://" in part or _SUFFIX.fullmatch(part):
        return True
    word = _ONE_WORD.fullmatch(part)
    if word is None or any(letter.swapcase() in part for letter in part if letter.isalpha()):
        return False
    letters = word.group(1).lower()
    if part != word.group(1) and len(letters) > 1:
        return len(set(letters)) > 1 and not _is_row(letters)
    vowels = len(set(letters) & set("aeiouy"))
    return 0 < vowels < len(set(letters)) and not _is_row(letters)


def _is_row(letters: str) -> bool:
    """Whether letters follow each other in the alphabet, as in a set of them."""
    return all(ord(b) - ord(a) <= 1 for a, b in pairwise(letters)) and letters[0] < letters[-1]


def _is_list(scope: Scope, node: ast.expr) -> bool:
    """Whether a name is known to be a list."""
    if not isinstance(node, ast.Name):
        return isinstance(node, ast.List | ast.ListComp)
    if scope.annotations.get(node.id, "").startswith(("list", "List")):
        return True
    values = scope.values.get(node.id, ())
    return bool(values) and all(
        isinstance(value, ast.List | ast.ListComp)
        or (isinstance(value, ast.Call) and last_name(value.func) in ("list", "sorted"))
        for value in values
    )


def _reads_text(program: Program, value: ast.expr) -> bool:
    while isinstance(value, ast.Call) and last_name(value.func) in ("strip", "rstrip"):
        value = value.func.value  # type: ignore[attr-defined]
    if isinstance(value, ast.Call):
        return program.name(value.func) in _READERS
    if isinstance(value, ast.Subscript):
        return program.name(value.value) in ("os.environ", "sys.argv") and not isinstance(
            value.slice, ast.Slice
        )
    return False


def _needs_number(program: Program, node: ast.expr) -> bool:
    outer = program.parent(node)
    if isinstance(outer, ast.BinOp):
        other = outer.right if node is outer.left else outer.left
        kinds = (ast.Add, ast.Sub, ast.Div, ast.FloorDiv, ast.Pow)
        return isinstance(outer.op, kinds) and number(other) is not None
    if isinstance(outer, ast.Compare) and len(outer.ops) == 1:
        other = outer.comparators[0] if node is outer.left else outer.left
        return number(other) is not None
    return isinstance(outer, ast.Call) and program.name(outer.func) in ("range", "time.sleep")


def _is_own_function(program: Program, call: ast.Call) -> bool:
    """Whether a call is of a function or method of this module that returns no function."""
    for scope in program.named(last_name(call.func)):
        if isinstance(scope.node, ast.FunctionDef):
            returned = [each.value for each in scope.of(ast.Return)]
            return not program.within(scope) and not any(
                isinstance(value, ast.Lambda) for value in returned
            )
    return False


def _parameter_names(program: Program, call: ast.Call) -> list[str]:
    """The positional parameters of a function, method or dataclass that this module defines."""
    name = last_name(call.func)
    if isinstance(call.func, ast.Name) and name in program.classes:
        return _fields(program.classes[name])
    matching = program.named(name)
    if len(matching) != 1:
        return []
    arguments = matching[0].node.args  # type: ignore[union-attr]
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _fields(scope: Scope) -> list[str]:
    if any("dataclass" in ast.unparse(d) for d in scope.node.decorator_list):  # type: ignore[union-attr]
        return [n.target.id for n in scope.of(ast.AnnAssign) if isinstance(n.target, ast.Name)]
    for statement in scope.node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            return [each.arg for each in statement.args.args[1:]]
    return []


CHECKS = (
    Check("SC331", "result-unused", unused_result),
    Check("SC332", "result-is-none", result_of_in_place),
    Check("SC333", "text-as-number", text_as_number),
    Check("SC334", "called-too-early", called_too_early),
    Check("SC337", "word-stripped", stripped_word),
    Check("SC338", "part-stripped", stripped_part),
    Check("SC335", "keywords-swapped", swapped_keywords),
    Check("SC336", "arguments-swapped", swapped_arguments),
)
