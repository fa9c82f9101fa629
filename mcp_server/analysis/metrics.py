"""How complex Python source is, by the definitions that people cite.

- Cyclomatic complexity: McCabe, "A Complexity Measure", IEEE TSE 2(4), 1976; counted by radon.
- Cognitive complexity: Campbell, "Cognitive Complexity", SonarSource, 2018; counted by complexipy.
- Halstead's measures: "Elements of Software Science", 1977; counted by radon.
- Maintainability index: Oman and Hagemeister, 1992, scaled to 0 to 100 with the share of comments
  as radon does (`radon mi`).

Runs in a worker process: deep nesting aborts complexipy's parser.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_server.analysis.guard import SourceError, clean_source, parse_python

MODULE = "<module>"

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# What `str.splitlines` takes for the end of a line and Python's tokenizer does not.
_FALSE_NEWLINES = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

# Of these Python's own tokenizer module does not know all that may stand in names.
_FOREIGN = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class FunctionMetrics:
    """One function, method or closure, or what stands outside of them (`<module>`).

    Args:
        name: Dotted from the module, such as "Account.close".
        line: Its first line, decorators not counted.
        end_line: Its last line.
        cyclomatic: Linearly independent paths.
        cognitive: Effort to follow the flow; None for closures, which count in their function.
        parameters: How many it takes, `self` and `cls` of methods left out.
        nloc: Lines of code without blanks and comments, as lizard counts them; None for Python.
        tokens: All tokens but comments, as lizard counts them; None for Python.
    """

    name: str
    line: int
    end_line: int
    cyclomatic: int
    cognitive: int | None
    parameters: int
    nloc: int | None = None
    tokens: int | None = None

    @property
    def length(self) -> int:
        """Lines from first to last."""
        return self.end_line - self.line + 1


@dataclass(frozen=True, slots=True)
class Lines:
    """Physical lines by what is on them, as `radon raw` counts them.

    `code` (radon's SLOC) has neither blanks, comments nor docstrings.
    """

    total: int
    code: int
    logical: int
    comments: int
    docstrings: int
    blank: int


@dataclass(frozen=True, slots=True)
class Halstead:
    """Halstead's measures (1977) of the whole source, by radon's operators and operands.

    With n1 and n2 distinct ones, N1 and N2 in all: vocabulary n1 + n2, length N1 + N2, volume
    length * log2(vocabulary), difficulty n1 / 2 * N2 / n2, effort difficulty * volume, time in
    seconds effort / 18, bugs volume / 3000.
    """

    vocabulary: int
    length: int
    volume: float
    difficulty: float
    effort: float
    time: float
    bugs: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """All that is measured; `cognitive_total` counts the module's body too.

    The maintainability index is Oman's and Hagemeister's (1992) as `radon mi` scales it to 0 to
    100: (171 - 5.2 ln V - 0.23 G - 16.2 ln L + 50 sin sqrt(2.46 radians(C))) * 100 / 171, of the
    volume V, the cyclomatic complexity G, the logical lines L, and the comments and docstrings C
    in percent of the lines of code; 100 where there is no code.
    """

    functions: tuple[FunctionMetrics, ...]
    module: FunctionMetrics
    cognitive_total: int
    lines: Lines
    halstead: Halstead
    maintainability_index: float

    @property
    def rows(self) -> tuple[FunctionMetrics, ...]:
        """All functions, then the module's body."""
        return (*self.functions, self.module)


def measure(code: str) -> Metrics:
    """Measure Python source.

    Raises:
        SourceError: It is not valid Python, or nested too deeply to be measured.
    """
    code = clean_source(code)
    tree = parse_python(code)
    try:
        return _measured(code, tree)
    except RecursionError:
        raise SourceError("nested too deeply to be measured; split it up") from None
    except ValueError as error:
        # Its parser takes less nesting than Python's, and refuses what Python's compiler would.
        raise SourceError(f"complexipy cannot read this: {error}") from None


def _measured(code: str, tree: ast.Module) -> Metrics:
    from complexipy import code_complexity
    from radon.metrics import h_visit_ast
    from radon.visitors import ComplexityVisitor

    cognitive = code_complexity(code)
    by_line = {f.line_start: f.complexity for f in cognitive.functions}
    definitions = {node.lineno: node for node in ast.walk(tree) if isinstance(node, _DEFINITIONS)}
    visitor = ComplexityVisitor.from_ast(tree)
    blocks = _functions(visitor.blocks)
    functions = [
        _function(name, block.complexity, definitions[block.lineno], by_line)
        for name, block in sorted(blocks, key=lambda b: (b[1].lineno, b[1].col_offset))
    ]
    raw = _raw(code)
    halstead = h_visit_ast(tree).total
    module = FunctionMetrics(
        name=MODULE,
        line=1,
        end_line=code.rstrip("\n").count("\n") + 1,
        cyclomatic=_module_cyclomatic(tree),
        cognitive=cognitive.complexity - sum(by_line.values()),
        parameters=0,
    )
    return Metrics(
        functions=tuple(functions),
        module=module,
        cognitive_total=cognitive.complexity,
        lines=Lines(raw.loc, raw.sloc, raw.lloc, raw.comments, raw.multi, raw.blank),
        halstead=_halstead(halstead),
        maintainability_index=_maintainability(halstead, visitor.total_complexity, raw),
    )


def _maintainability(halstead: Any, complexity: int, raw: Any) -> float:
    """What `radon.metrics.mi_visit` computes, of what is measured already: half the time."""
    from radon.metrics import mi_compute

    comments = 100 * (raw.comments + raw.multi) / raw.sloc if raw.sloc else 0
    index: float = mi_compute(halstead.volume, complexity, raw.lloc, comments)
    return round(index, 2)


def _halstead(report: Any) -> Halstead:
    return Halstead(
        vocabulary=report.vocabulary,
        length=report.length,
        volume=round(report.volume, 2),
        difficulty=round(report.difficulty, 2),
        effort=round(report.effort, 2),
        time=round(report.time, 2),
        bugs=round(report.bugs, 4),
    )


def _function(
    name: str,
    cyclomatic: int,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    cognitive: Mapping[int, int],
) -> FunctionMetrics:
    # complexipy lets a function start at its first decorator.
    start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    a = node.args
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    return FunctionMetrics(
        name=name,
        line=node.lineno,
        end_line=node.end_lineno or node.lineno,
        cyclomatic=cyclomatic,
        cognitive=cognitive.get(start),
        parameters=len(names) - (names[:1] in (["self"], ["cls"])),
    )


def _functions(blocks: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Flatten radon's blocks: classes into their methods, functions into their closures."""
    seen: set[tuple[int, int]] = set()
    for block in blocks:
        if hasattr(block, "methods"):
            name = f"{prefix}{block.name}."
            inner = _functions([*block.methods, *block.inner_classes], name)
        else:
            # radon lists methods beside their class as well, with the class's name in them.
            if block.classname and not prefix:
                continue
            name = prefix + block.name
            inner = iter([(name, block), *_functions(block.closures, f"{name}.")])
        for found, each in inner:
            if (each.lineno, each.col_offset) not in seen:
                seen.add((each.lineno, each.col_offset))
                yield found, each


def _raw(code: str) -> Any:
    """Radon's counts of lines, of the code as radon can read it, which is nearly always itself."""
    from radon.raw import analyze

    try:
        return analyze(code)
    except SyntaxError:
        return analyze(_FOREIGN.sub("_", _FALSE_NEWLINES.sub(" ", code)))


def _module_cyclomatic(tree: ast.Module) -> int:
    """Cyclomatic complexity of what runs at import; radon's command leaves it out."""
    from radon.visitors import ComplexityVisitor

    body = _WithoutFunctions().visit(tree)
    return int(ComplexityVisitor.from_ast(body).complexity)


class _WithoutFunctions(ast.NodeTransformer):
    """Takes functions out, and replaces classes by their bodies, which run at import."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)

    def visit_ClassDef(self, node: ast.ClassDef) -> list[ast.stmt]:
        self.generic_visit(node)
        return node.body
