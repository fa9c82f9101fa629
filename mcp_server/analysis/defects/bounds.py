"""Loops over indices that miss an element or reach past the end."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.counting import (
    Counting,
    countings,
    is_guarded,
    is_guarded_inside,
    length_of,
    measured,
    only_each,
    reads,
    takes_end,
)
from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import argument, body_nodes, number, takes_two
from mcp_server.analysis.defects.table import Check, Defect

_INCLUSIVE = re.compile(r"\binclusive|up to and including|both (ends )?included", re.IGNORECASE)
_ENDS = (
    ("first", "last"), ("start", "last"), ("lowest", "highest"), ("min", "max"), ("from", "to"),
    ("minimum", "maximum"), ("low", "high"), ("first", "final"),
)  # fmt: skip


def past_the_end(program: Program) -> Iterator[Defect]:
    """A loop that counts one too far for the sequence that it indexes."""
    for counting in countings(program):
        too_far = counting.past > 0 or (counting.step < 0 and counting.start == 1)
        offsets = [offset for offset, _ in reads(counting)]
        if too_far and 0 in offsets and not is_guarded(program, counting):
            yield Defect(
                counting.loop.iter,
                f"the last {counting.index} is the length of {shown(counting)}, which "
                "has no such index: IndexError",
            )
    for loop in program.of(ast.While):
        if (found := _while_past_the_end(program, loop)) is not None:
            yield Defect(loop, f"{found} reaches the length, which is no valid index: use <")


def neighbour_past_the_end(program: Program) -> Iterator[Defect]:
    """A loop over all indices that also reads the element after each."""
    for counting in countings(program):
        if counting.past > 0 or counting.step != 1:
            continue
        for offset, node in reads(counting):
            if offset + counting.past > 0 and not is_guarded(program, counting):
                yield Defect(
                    counting.loop.iter,
                    f"line {node.lineno} reads {ast.unparse(node)}, which is past the end "
                    "for the last index: IndexError",
                )
                break


def neighbour_before_the_start(program: Program) -> Iterator[Defect]:
    """A loop from index 0 that reads the element before each, which is the last one at first."""
    for counting in countings(program):
        if counting.start != 0 or counting.step != 1:
            continue
        for offset, node in reads(counting):
            if offset < 0 and not is_guarded(program, counting):
                shown = ast.unparse(node)
                yield Defect(node, f"{shown} is the last element when the index is 0")
                break


def first_left_out(program: Program) -> Iterator[Defect]:
    """A loop that leaves out index 0, although nothing looks at neighbours or at the first."""
    for counting in countings(program):
        up = counting.start == 1 and counting.past == 0 and counting.step == 1
        down = counting.start == 0 and counting.step == -1
        if (up or down) and only_each(counting) and not takes_end(program, counting, "0"):
            yield Defect(counting.loop.iter, f"{shown(counting)}[0] is left out of the loop")


def last_left_out(program: Program) -> Iterator[Defect]:
    """A loop that leaves out the last index, although nothing looks at neighbours or the last."""
    for counting in countings(program):
        short = counting.start == 0 and counting.past == -1 and counting.step == 1
        if short and only_each(counting) and not takes_end(program, counting, "-1"):
            yield Defect(
                counting.loop.iter, f"the last element of {shown(counting)} is left out: range "
                "already stops before its end",
            )  # fmt: skip


def last_window_left_out(program: Program) -> Iterator[Defect]:
    """A loop over all windows of some width, `x[i : i + width]`, that leaves out the last one."""
    for loop in program.of(ast.For):
        call = loop.iter
        if not isinstance(call, ast.Call) or program.name(call.func) != "range":
            continue
        stop = call.args[0] if len(call.args) == 1 else None
        if not isinstance(stop, ast.BinOp) or not isinstance(stop.op, ast.Sub):
            continue
        sequence = measured(stop.left)
        if sequence is None or not isinstance(loop.target, ast.Name):
            continue
        width = ast.unparse(stop.right)
        wanted = f"{ast.unparse(sequence)}[{loop.target.id}:{loop.target.id} + {width}]"
        slices = (n for n in body_nodes(loop) if isinstance(n, ast.Subscript))
        if any(ast.unparse(node) == wanted for node in slices):
            yield Defect(call, "the last window is left out: add 1 to the number of windows")


def stop_named_last(program: Program) -> Iterator[Defect]:
    """A range up to something called the last or highest, which it then leaves out."""
    for call in program.calls("range"):
        if not takes_two(call) or not isinstance(call.args[1], ast.Name | ast.Attribute):
            continue
        start, stop = ast.unparse(call.args[0]), ast.unparse(call.args[1])
        words = set(stop.rpartition(".")[2].lower().split("_"))
        starts = set(start.rpartition(".")[2].lower().split("_"))
        if (
            any(a in starts and b in words for a, b in _ENDS)
            or (words & {"last", "final", "highest"} and start in ("0", "1"))
            or (
                _INCLUSIVE.search(program.scope(call).docstring)
                and isinstance(call.args[1], ast.Name)
            )
        ):
            yield Defect(call, f"range stops before {stop}, so {stop} itself is left out")


def empty_range(program: Program) -> Iterator[Defect]:
    """A range that counts down without a negative step, and so has no element."""
    for call in program.calls("range"):
        if not takes_two(call):
            continue
        start, stop = call.args
        first, last = number(start), number(stop)
        backwards = first is not None and last is not None and first > last
        from_end = last in (0, -1) and contains_length(start)
        if backwards or from_end:
            yield Defect(call, "this range is empty: counting down needs a step of -1")


def index_from_one(program: Program) -> Iterator[Defect]:
    """`enumerate(x, 1)` whose number is used as an index of `x`."""
    for loop in program.of(ast.For):
        call = loop.iter
        if not (isinstance(call, ast.Call) and program.name(call.func) == "enumerate"):
            continue
        start = argument(call, 1, "start")
        target = loop.target
        if number(start) != 1 or not isinstance(target, ast.Tuple) or not call.args:
            continue
        counting = Counting(loop, ast.unparse(target.elts[0]), 1, call.args[0], 1, 1)
        if not is_guarded(program, counting):
            for offset, node in reads(counting):
                if offset == 0:
                    shown = ast.unparse(node)
                    yield Defect(node, f"the numbers start at 1, so {shown} is one too far")


def contains_length(node: ast.expr) -> bool:
    """Whether an expression is a length, or one more or less."""
    if isinstance(node, ast.BinOp) and isinstance(number(node.right), int):
        node = node.left
    return measured(node) is not None


def _while_past_the_end(program: Program, loop: ast.While) -> str | None:
    test = loop.test
    if not (isinstance(test, ast.Compare) and isinstance(test.left, ast.Name)):
        return None
    if len(test.ops) != 1 or not isinstance(test.ops[0], ast.LtE):
        return None
    length = length_of(program.scope(loop), test.comparators[0])
    if length is None or length[1] < 0:
        return None
    counting = Counting(
        ast.For(target=test.left, iter=test, body=loop.body, orelse=[]),
        test.left.id, 0, *length, 1,
    )  # fmt: skip
    first = [node for offset, node in reads(counting) if offset == 0]
    return test.left.id if first and not is_guarded_inside(counting) else None


def shown(counting: Counting) -> str:
    """The sequence as it is written."""
    return ast.unparse(counting.sequence)


CHECKS = (
    Check("SC101", "loop-past-the-end", past_the_end),
    Check("SC102", "neighbour-past-the-end", neighbour_past_the_end),
    Check("SC103", "neighbour-before-the-start", neighbour_before_the_start),
    Check("SC104", "first-element-left-out", first_left_out),
    Check("SC105", "last-element-left-out", last_left_out),
    Check("SC106", "range-stops-before-the-last", stop_named_last),
    Check("SC113", "last-window-left-out", last_window_left_out),
    Check("SC107", "empty-range", empty_range),
    Check("SC109", "index-counts-from-one", index_from_one),
)
