"""Defects that no linter here finds, looked for in the plain syntax tree.

One module a subject, each with its checks in `CHECKS`; a new check is one generator function and
one line there, graded in `rules.yaml` by its rule. Nothing is inferred across files, and data is
followed inside of one function only: what a caller guarantees is not known.
"""

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.rules import CHECKS
from mcp_server.analysis.guard import SourceError, clean_source, parse_python
from mcp_server.analysis.linters import RawFinding


def find_defects(code: str) -> list[RawFinding]:
    """Look for defects with all checks.

    Raises:
        SourceError: The source is not valid Python, or nested too deeply to be searched.
    """
    code = clean_source(code)
    tree = parse_python(code)
    try:
        return _found(Program(code, tree))
    except RecursionError:
        raise SourceError("nested too deeply to be searched for defects; split it up") from None


def _found(program: Program) -> list[RawFinding]:
    found: dict[tuple[str, int, int], RawFinding] = {}
    for check in CHECKS:
        for defect in check.find(program):
            line = getattr(defect.node, "lineno", 1)
            column = getattr(defect.node, "col_offset", 0) + 1
            rule = check.certain if check.certain and defect.certain else check.rule
            raw = RawFinding("defects", rule, check.name, defect.message, line, column)
            found.setdefault((rule, line, column), raw)
    return list(found.values())
