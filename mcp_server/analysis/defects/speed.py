"""Work that is done again and again, or on a structure that is slow at it."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    body_nodes,
    dotted,
    is_constant,
    last_name,
    names_in,
    number,
    stored_in,
    targets,
    text,
)
from mcp_server.analysis.defects.table import Check, Defect

_WHOLE = {"max", "min", "sum", "sorted", "set", "list", "tuple", "frozenset", "statistics.mean",
          "dict", "collections.Counter", "statistics.median", "numpy.mean"}  # fmt: skip
_QUERIES = {"execute", "fetchone", "filter_by", "find_one", "query", "scalar", "get_or_create"}
_LISTS = ("list[", "List[", "Sequence[", "tuple[", "Collection[", "list", "Iterable[")


def compiled_in_loop(program: Program) -> Iterator[Defect]:
    """A regular expression that each pass of a loop compiles anew."""
    for call in program.calls("re.compile"):
        loop = program.loop(call)
        if loop is not None and call.args and not _depends(call, loop):
            yield Defect(call, "the pattern is the same in each pass: compile it before the loop")


def list_membership(program: Program) -> Iterator[Defect]:
    """A search through a list in each pass of a loop."""
    for node in program.of(ast.Compare):
        if not isinstance(node.ops[0], ast.In | ast.NotIn):
            continue
        over = node.comparators[0]
        if isinstance(over, ast.Call) and program.name(over.func) == "list" and over.args:
            over = over.args[0] if isinstance(over.args[0], ast.Name) else over
        loop = program.loop(node)
        if loop is not None and _is_list(program, over) and not _is_made_in(over, loop):
            shown = ast.unparse(over)
            yield Defect(node, f"each pass searches the list {shown} from its start: use a set")


def text_grown_in_loop(program: Program) -> Iterator[Defect]:
    """Text or a list that each pass of a loop copies to make it longer."""
    for node in program.of(ast.AugAssign):
        loop = program.loop(node)
        if loop is None or not isinstance(node.op, ast.Add):
            continue
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        texts = _is_text(program, name, node) or _takes_text(program, node, name)
        if name and texts and not _is_set_in(name, loop) and _goes_on(program, loop, node, name):
            yield Defect(node, "each pass copies the whole text: collect parts, then join")
    for assign in program.of(ast.Assign):
        value, target = assign.value, assign.targets[0]
        loop = program.loop(assign)
        if loop is None or not isinstance(target, ast.Name):
            continue
        if _regrows(program, loop, assign, target.id):
            yield Defect(assign, "each pass copies the whole text: collect parts, then join")
        elif _copies(program, value, target.id):
            yield Defect(assign, f"each pass copies all of {target.id}: change it in place")


def front_of_list(program: Program) -> Iterator[Defect]:
    """`pop(0)` or `insert(0, …)` in a loop, which moves all other elements."""
    for call in program.method_calls("pop", "insert"):
        wanted = 1 if last_name(call.func) == "pop" else 2
        if len(call.args) != wanted or not is_constant(call.args[0], 0):
            continue
        if program.loop(call) is not None:
            yield Defect(call, "this moves all other elements each time: use a deque")


def whole_for_one(program: Program) -> Iterator[Defect]:
    """All lines of a file, or all elements in order, for the sake of one."""
    for node in program.of(ast.Subscript):
        value = node.value
        if not isinstance(value, ast.Call) or isinstance(node.slice, ast.Slice):
            continue
        name = last_name(value.func)
        if name == "readlines" or (name == "splitlines" and "read" in ast.unparse(value.func)):
            yield Defect(node, "this reads the whole file for one line")
        elif program.name(value.func) == "sorted" and number(node.slice) in (0, -1):
            yield Defect(node, "this sorts everything for one element: use min or max")
    for call in program.calls("len"):
        inner = call.args[0] if call.args else None
        if isinstance(inner, ast.Call) and last_name(inner.func) == "readlines":
            yield Defect(call, "this keeps the whole file in memory to count its lines")
    for lines in program.method_calls("readlines"):
        if isinstance(program.parent(lines), ast.For | ast.comprehension):
            yield Defect(lines, "this keeps the whole file in memory: go over the file itself")


def repeated_work(program: Program) -> Iterator[Defect]:
    """Something that goes over a whole collection in each pass, always with the same result."""
    for call in program.calls(*_WHOLE):
        loop = program.loop(call)
        given = call.args[0] if len(call.args) == 1 else None
        attribute = isinstance(given, ast.Attribute) and not _changes(loop, given)
        if loop is None or not (isinstance(given, ast.Name) or attribute):
            continue
        if not _depends(call, loop) and not _grows(loop, last_name(given)):
            name = program.name(call.func)
            yield Defect(call, f"{name}() gives the same in each pass: compute it before the loop")
    for search in program.method_calls("count", "index", "remove"):
        loop = program.loop(search)
        owner = search.func.value  # type: ignore[attr-defined]
        if loop is None or len(search.args) != 1 or not _is_list(program, owner):
            continue
        if names_in(search.args[0]) & targets(loop) and not _depends(owner, loop):
            yield Defect(search, "each pass searches the whole list: count or number it once")


def sorted_in_loop(program: Program) -> Iterator[Defect]:
    """A list that grows in a loop and is sorted anew in each pass."""
    calls = [*program.calls("sorted"), *program.method_calls("sort")]
    for call in calls:
        owner = call.args[0] if call.args else getattr(call.func, "value", None)
        loop = program.loop(call)
        if loop is None or not isinstance(owner, ast.Name):
            continue
        grown = (f"{owner.id}.append", f"{owner.id}.extend", f"{owner.id}.insert")
        nodes = (n for n in body_nodes(loop) if isinstance(n, ast.Call))
        if any(dotted(node.func) in grown for node in nodes):
            yield Defect(call, "each pass sorts everything again: bisect.insort, or heapq")


def query_in_loop(program: Program) -> Iterator[Defect]:
    """A database query in each pass of a loop."""
    for call in program.method_calls(*_QUERIES):
        loop = program.loop(call)
        if loop is None or not targets(loop) or last_name(call.func) == "fetchone":
            continue
        given = {n for each in (*call.args, *call.keywords) for n in names_in(each)}
        if given & targets(loop) or _uses_target(loop, given):
            yield Defect(call, "one query for each element: ask for all of them at once")


def opened_in_loop(program: Program) -> Iterator[Defect]:
    """A file that each pass of a loop opens, always the same."""
    for call in program.calls("open", "json.load"):
        loop = program.loop(call)
        if loop is None or not call.args or not isinstance(loop, ast.For):
            continue
        if program.name(call.func) == "open" and not _depends(call, loop):
            yield Defect(call, "each pass opens the same file: open it before the loop")


def nested_search(program: Program) -> Iterator[Defect]:
    """A loop in a loop that only looks for equal elements."""
    for loop in program.of(ast.For):
        outer = program.loop(loop)
        pairs = isinstance(loop.iter, ast.Call) and program.name(loop.iter.func) == "range"
        if not isinstance(outer, ast.For) or (names_in(loop.iter) & targets(outer) and not pairs):
            continue
        first = loop.body[0]
        if not isinstance(first, ast.If) or len(loop.body) > 1:
            continue
        for test in ast.walk(first.test):
            if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq):
                sides = names_in(test.left), names_in(test.comparators[0])
                inner, around = targets(loop), targets(outer)
                if (sides[0] & inner and sides[1] & around) or (
                    sides[0] & around and sides[1] & inner
                ):
                    yield Defect(loop, "every pair is compared: look the other up in a dict")
                    break


def exponential_recursion(program: Program) -> Iterator[Defect]:
    """A function that calls itself twice for smaller numbers, without keeping results."""
    for scope in program.functions:
        node = scope.node
        if not isinstance(node, ast.FunctionDef):
            continue
        decorators = " ".join(ast.unparse(d) for d in node.decorator_list)
        if "cache" in decorators or any("memo" in n or "cache" in n for n in scope.loads):
            continue
        for sum_ in scope.of(ast.BinOp):
            sides = (sum_.left, sum_.right)
            if all(_is_smaller_call(side, node.name) for side in sides):
                yield Defect(sum_, f"{node.name}() computes the same again and again: cache it")


def _depends(node: ast.AST, loop: ast.AST) -> bool:
    """Whether an expression depends on what a loop around it sets."""
    return bool(names_in(node) & (targets(loop) | stored_in(body_nodes(loop))))


def _is_list(program: Program, node: ast.expr) -> bool:
    """Whether an expression is a list, as far as the scope tells."""
    if isinstance(node, ast.Attribute) and dotted(node.value) == "self":
        kinds = (
            n.annotation for n in program.of(ast.AnnAssign) if dotted(n.target) == dotted(node)
        )
        return any(ast.unparse(kind).startswith(("list[", "List[")) for kind in kinds)
    if not isinstance(node, ast.Name):
        return False
    scope: Scope | None = program.scope(node)
    while scope is not None:
        annotation = scope.annotations.get(node.id, "")
        if annotation:
            return annotation.startswith(_LISTS) and not annotation.startswith("Collection[")
        if node.id in scope.params:
            return False
        if values := scope.values.get(node.id):
            return any(_makes_list(program, value) for value in values)
        scope = scope.outer
    return False


def _makes_list(program: Program, value: ast.expr) -> bool:
    if isinstance(value, ast.ListComp):
        return True
    if isinstance(value, ast.List):
        return not value.elts
    own = program.named(dotted(value.func)) if isinstance(value, ast.Call) else ()
    if any(ast.unparse(getattr(s.node, "returns", None) or value).startswith("list[") for s in own):
        return True
    return isinstance(value, ast.Call) and (
        program.name(value.func) in ("list", "sorted")
        or last_name(value.func) in ("splitlines", "split", "readlines", "fetchall")
    )


def _is_made_in(node: ast.expr, loop: ast.AST) -> bool:
    """Whether a list is made anew in each pass."""
    return isinstance(node, ast.Name) and _is_set_in(node.id, loop)


def _is_set_in(name: str, loop: ast.AST) -> bool:
    for node in body_nodes(loop):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            stored = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [p for t in stored for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
            if any(isinstance(part, ast.Name) and part.id == name for part in parts):
                return True
    return name in targets(loop)


def _is_text(program: Program, name: str, node: ast.AST) -> bool:
    scope = program.scope(node)
    if scope.annotations.get(name) == "str":
        return True
    return any(_gives_text(value) for value in _first_values(scope, name))


def _first_values(scope: Scope, name: str) -> list[ast.expr]:
    """What a name is set to without its own old value."""
    values = [*scope.values.get(name, ())]
    for assign in scope.of(ast.Assign):
        target, value = assign.targets[0], assign.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = zip(target.elts, value.elts, strict=False)
            values += [v for each, v in pairs if isinstance(each, ast.Name) and each.id == name]
    return [value for value in values if name not in names_in(value)]


def _gives_text(value: ast.expr) -> bool:
    """Whether an expression is a string for certain, or by the name of what makes it."""
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        if _gives_text(value.right):
            return True
        value = value.left
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod | ast.Mult):
        repeated = isinstance(value.op, ast.Mult) and text(value.right) is not None
        return repeated or text(value.left) is not None
    if isinstance(value, ast.Call):
        return last_name(value.func) in ("join", "str", "format", "strip", "read_text", "dedent")
    return text(value) is not None or isinstance(value, ast.JoinedStr)


def _takes_text(program: Program, node: ast.AugAssign, name: str) -> bool:
    """Whether what is added is a string, so that a name that starts otherwise is one too."""
    scope = program.scope(node)
    listed = scope.annotations.get(name, "str") != "str" or any(
        _makes_list(program, value) or isinstance(value, ast.List | ast.Dict)
        for value in _first_values(scope, name)
    )
    known = name in scope.params or bool(scope.values.get(name))
    return known and not listed and _gives_text(node.value)


def _goes_on(program: Program, loop: ast.AST, node: ast.stmt, name: str) -> bool:
    """Whether a text may grow pass by pass, and not just until it is long enough or new."""
    until = isinstance(loop, ast.While) and name in names_in(loop.test)
    leaving = (ast.Break, ast.Return, ast.Raise)
    last = any(isinstance(each, leaving) for each in program.following(node, 5))
    return not until and not last


def _regrows(program: Program, loop: ast.AST, assign: ast.Assign, name: str) -> bool:
    """Whether a name gets its old text with more behind, in front of or around it."""
    value, parts = assign.value, list[ast.expr]()
    if isinstance(value, ast.JoinedStr):
        parts = [part.value for part in value.values if isinstance(part, ast.FormattedValue)]
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        parts.append(value.right)
        value = value.left
    parts.append(value)
    own = [part for part in parts if isinstance(part, ast.Name) and part.id == name]
    texts = any(_gives_text(part) for part in parts) or _is_text(program, name, value)
    if len(own) != 1 or not texts or name in targets(loop):
        return False
    return _goes_on(program, loop, assign, name) and not any(
        isinstance(node, ast.Assign)
        and name in names_in(node.targets)
        and name not in names_in(node.value)
        for node in body_nodes(loop)
    )


def _copies(program: Program, value: ast.expr, name: str) -> bool:
    """Whether a value is a name's old value, copied, and something more."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.BitOr):
        left = value.left
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            left = left.left
        grown = isinstance(value.right, ast.List | ast.Set | ast.Tuple | ast.Dict)
        grown = grown or _starts_empty(program, name, value)
        return isinstance(left, ast.Name) and left.id == name and grown
    if isinstance(value, ast.Dict):
        spread = [v for k, v in zip(value.keys, value.values, strict=True) if k is None]
        return any(isinstance(v, ast.Name) and v.id == name for v in spread)
    if isinstance(value, ast.List):
        starred = [e.value for e in value.elts if isinstance(e, ast.Starred)]
        return any(isinstance(v, ast.Name) and v.id == name for v in starred)
    grows = ("numpy.append", "pandas.concat", "numpy.concatenate", "numpy.vstack")
    called = isinstance(value, ast.Call) and program.name(value.func) in grows
    return called and name in names_in(value)


def _changes(loop: ast.AST | None, node: ast.Attribute) -> bool:
    """Whether a loop may change an attribute, by setting it or by any call of its object."""
    owner = dotted(node.value)
    for each in body_nodes(loop) if loop is not None else ():
        stored = isinstance(each, ast.Attribute) and not isinstance(each.ctx, ast.Load)
        called = isinstance(each, ast.Call) and dotted(each.func).startswith(f"{owner}.")
        if (stored and dotted(each) == dotted(node)) or called:
            return True
    return False


def _starts_empty(program: Program, name: str, node: ast.AST) -> bool:
    """Whether a name starts as an empty list, set or tuple."""
    values = program.scope(node).values.get(name, ())
    return any(_makes_list(program, value) for value in values)


def _grows(loop: ast.AST, name: str) -> bool:
    """Whether a loop changes a collection by its methods or by index."""
    for node in body_nodes(loop):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name):
            changes = isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load)
            if node.value.id == name and changes:
                return True
    return False


def _uses_target(loop: ast.AST, names: set[str]) -> bool:
    """Whether names are set in a loop's body."""
    return bool(names & stored_in(body_nodes(loop)))


def _is_smaller_call(node: ast.expr, name: str) -> bool:
    if not (isinstance(node, ast.Call) and last_name(node.func) == name and node.args):
        return False
    first = node.args[0]
    return isinstance(first, ast.BinOp) and isinstance(first.op, ast.Sub) and (
        number(first.right) is not None
    )  # fmt: skip


CHECKS = (
    Check("SC801", "pattern-compiled-in-loop", compiled_in_loop),
    Check("SC802", "list-searched-in-loop", list_membership),
    Check("SC803", "copied-to-grow", text_grown_in_loop),
    Check("SC804", "front-of-list-in-loop", front_of_list),
    Check("SC805", "whole-for-one", whole_for_one),
    Check("SC806", "same-work-in-each-pass", repeated_work),
    Check("SC812", "sorted-in-loop", sorted_in_loop),
    Check("SC807", "query-in-loop", query_in_loop),
    Check("SC808", "file-opened-in-loop", opened_in_loop),
    Check("SC809", "every-pair-compared", nested_search),
    Check("SC810", "exponential-recursion", exponential_recursion),
)
