"""More that is done again and again: copies, files, commits, and waits one after the other."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program
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

_FILES = ("TextIO", "IO", "typing.TextIO", "typing.IO", "TextIOWrapper", "io.TextIOWrapper")


def front_cut_off(program: Program) -> Iterator[Defect]:
    """`xs = xs[1:]` or `del xs[0]` in a loop, or `xs[1:]` handed to a recursion."""
    for assign in program.of(ast.Assign):
        if program.loop(assign) is not None and _is_rest(assign.value, dotted(assign.targets[0])):
            yield Defect(assign, "each pass copies the rest: use an index, or a deque")
    for deleted in program.of(ast.Delete):
        target = deleted.targets[0]
        first = isinstance(target, ast.Subscript) and is_constant(target.slice, 0)
        if first and program.loop(deleted) is not None:
            yield Defect(deleted, "this moves all other elements each time: use a deque")
    for scope in program.functions:
        for call in scope.of(ast.Call):
            if last_name(call.func) == getattr(scope.node, "name", "") and any(
                _is_rest(each, name) for each in call.args for name in scope.params
            ):
                yield Defect(call, "each call copies the rest: hand on an index")


def same_file_again(program: Program) -> Iterator[Defect]:
    """A file that is read anew in each pass of a loop, always the same."""
    for call in program.method_calls("read_text", "read_bytes", "open"):
        loop = program.loop(call)
        named = isinstance(call.func, ast.Attribute) and dotted(call.func.value)
        if loop is not None and named and not _depends(call, loop):
            yield Defect(call, "each pass reads the same file: read it before the loop")


def commit_in_loop(program: Program) -> Iterator[Defect]:
    """A commit for each element."""
    for call in program.method_calls("commit"):
        loop = program.loop(call)
        if isinstance(loop, ast.For) and isinstance(program.parent(call), ast.Expr):
            yield Defect(call, "a commit for each element is slow: commit once, after the loop")


def row_by_row(program: Program) -> Iterator[Defect]:
    """A loop over the rows of a table by `iterrows`."""
    for call in program.method_calls("iterrows"):
        if isinstance(program.parent(call), ast.For | ast.comprehension):
            yield Defect(call, "row by row is slow: use whole columns, or itertuples")


def one_after_the_other(program: Program) -> Iterator[Defect]:
    """Coroutines that do not depend on each other, awaited one after the other."""
    for node in program.of(ast.Await):
        loop = program.loop(node)
        if not isinstance(loop, ast.For | ast.ListComp | ast.DictComp):
            continue
        asked = isinstance(node.value, ast.Call) and names_in(node.value) & targets(loop)
        outer = program.parent(node)
        kept = outer is getattr(loop, "elt", loop) or (
            isinstance(outer, ast.Call) and last_name(outer.func) == "append"
        )
        kept = kept or node in (getattr(loop, "elt", None), getattr(loop, "value", None))
        alone = not isinstance(loop, ast.For) or len(loop.body) == 1
        if asked and kept and alone:
            yield Defect(node, "each waits for the one before: use gather, or a task group")


def sorted_for_one(program: Program) -> Iterator[Defect]:
    """A sorted list of which only the first or the last element is used."""
    for scope in program.functions:
        for name in list(scope.values):
            value = scope.value(name)
            if not isinstance(value, ast.Call) or program.name(value.func) != "sorted":
                continue
            uses = [program.parent(node) for node in scope.loads[name]]
            ends = [isinstance(use, ast.Subscript) and number(use.slice) in (0, -1) for use in uses]
            if ends and all(ends) and name not in scope.read_inside and name not in scope.tested:
                yield Defect(value, "this sorts everything for one element: use min or max")


def whole_file_for_lines(program: Program) -> Iterator[Defect]:
    """A file read as a whole only to go over its lines."""
    for loop in program.of(ast.For):
        call = loop.iter
        if not isinstance(call, ast.Call) or last_name(call.func) not in ("splitlines", "split"):
            continue
        source = getattr(call.func, "value", None)
        method = last_name(source.func) if isinstance(source, ast.Call) else ""
        leaves = any(isinstance(n, ast.Break | ast.Return) for n in body_nodes(loop))
        if method == "read" or (method == "read_text" and leaves):
            yield Defect(loop, "this keeps the whole file in memory: go over the file itself")


def deep_copy_in_loop(program: Program) -> Iterator[Defect]:
    """A deep copy in each pass of a loop."""
    for call in program.calls("copy.deepcopy"):
        loop = program.loop(call)
        if loop is not None and not _depends(call, loop):
            yield Defect(call, "each pass copies everything anew")


def whole_file_for_first(program: Program) -> Iterator[Defect]:
    """All lines of a file, kept under a name or not, of which only the first is used."""
    for scope in (program.module, *program.functions):
        for name in list(scope.values):
            value = scope.value(name)
            if value is None or name in scope.read_inside or name in scope.not_local:
                continue
            uses = [_use_of_lines(program, node) for node in scope.loads[name]]
            if _reads_lines(program, value) and "first" in uses and "other" not in uses:
                yield Defect(value, "this reads the whole file for its first line: next, readline")
    for call in program.calls("list"):
        first = program.parent(call)
        wanted = isinstance(first, ast.Subscript) and is_constant(first.slice, 0)
        if wanted and _reads_lines(program, call):
            yield Defect(call, "this reads the whole file for its first line: next, readline")


def _reads_lines(program: Program, value: ast.expr) -> bool:
    """Whether an expression is the list of all lines of a file."""
    if not isinstance(value, ast.Call):
        return False
    if program.name(value.func) == "list" and len(value.args) == 1:
        return _is_file(program, value.args[0])
    if not isinstance(value.func, ast.Attribute):
        return False
    if value.func.attr == "readlines":
        return not value.args and not value.keywords
    source = value.func.value
    newlines = [text(each) for each in value.args] == ["\n"]
    split = value.func.attr == "splitlines" or (value.func.attr == "split" and newlines)
    read = isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute)
    return split and read and last_name(source) in ("read", "read_text") and not _is_limited(source)


def _is_limited(source: ast.expr) -> bool:
    """Whether a `read` is told how much to read."""
    return isinstance(source, ast.Call) and last_name(source) == "read" and bool(source.args)


def _is_file(program: Program, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        scope = program.scope(node)
        if scope.annotations.get(node.id, "").partition("[")[0] in _FILES:
            return True
        node = scope.value(node.id) or node
    if not isinstance(node, ast.Call):
        return False
    called = program.name(node.func)
    table = called in ("csv.reader", "csv.DictReader")
    if table and node.args:
        return _is_file(program, node.args[0])
    return called in ("open", "io.open", "gzip.open") or (
        isinstance(node.func, ast.Attribute) and node.func.attr == "open" and not node.args[1:]
    )


def _use_of_lines(program: Program, node: ast.Name) -> str:
    """What a use of a list wants: its first element, whether there is one, or more."""
    outer = program.parent(node)
    if isinstance(outer, ast.Subscript) and isinstance(outer.ctx, ast.Load):
        return "first" if outer.value is node and is_constant(outer.slice, 0) else "other"
    if isinstance(outer, ast.Call) and program.name(outer.func) == "len":
        return "any" if _is_tested(program, outer) else "other"
    return "any" if _is_tested(program, node) else "other"


def _is_tested(program: Program, node: ast.expr) -> bool:
    """Whether only the truth of a list, or its length against none or one, is asked for."""
    outer = program.parent(node)
    if isinstance(outer, ast.Compare):
        few = number(outer.comparators[0])
        return outer.left is node and len(outer.ops) == 1 and (
            few == 0 or (few == 1 and isinstance(outer.ops[0], ast.Lt | ast.GtE))
        )  # fmt: skip
    if isinstance(outer, ast.UnaryOp):
        return isinstance(outer.op, ast.Not)
    if isinstance(outer, ast.BoolOp):
        return node is not outer.values[-1] or _is_tested(program, outer)
    return isinstance(outer, ast.If | ast.While | ast.IfExp | ast.Assert) and outer.test is node


def _is_rest(node: ast.expr, name: str) -> bool:
    """Whether an expression is all of a name but its first element."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
        return False
    part = node.slice
    return dotted(node.value) == name and is_constant(part.lower, 1) and part.upper is None


def _depends(node: ast.AST, loop: ast.AST) -> bool:
    return bool(names_in(node) & (targets(loop) | stored_in(body_nodes(loop))))


CHECKS = (
    Check("SC821", "front-cut-off", front_cut_off),
    Check("SC822", "same-file-again", same_file_again),
    Check("SC823", "commit-in-loop", commit_in_loop),
    Check("SC824", "row-by-row", row_by_row),
    Check("SC825", "one-after-the-other", one_after_the_other),
    Check("SC826", "sorted-for-one", sorted_for_one),
    Check("SC827", "whole-file-for-lines", whole_file_for_lines),
    Check("SC811", "deep-copy-in-loop", deep_copy_in_loop),
    Check("SC828", "whole-file-for-first", whole_file_for_first),
)
