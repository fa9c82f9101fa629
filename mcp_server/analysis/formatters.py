"""Formatters of Python source, each with its own configuration left out: the caller's counts.

Runs in a worker process: black and ruff abort on deep nesting, yapf grows with each call.
"""

import ast
import difflib
import io
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path

from mcp_server.analysis.guard import SourceError, clean_source, parse_python

RUFF_SECONDS = 20
PASSES = 3
"""autopep8 and yapf do not always reach their final form at once."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """What became of the source.

    Args:
        code: The formatted source.
        changed_lines: Lines of the original that were replaced or removed, and lines added
            where none was replaced.
        same_meaning: The syntax trees are equal, docstrings compared without their indentation
            and the order of imports apart where the formatter's task is to change it.
        stable: Formatting it again changes nothing.
    """

    code: str
    changed_lines: int
    same_meaning: bool
    stable: bool


def format_python(code: str, formatter: str, line_length: int) -> Formatted:
    """Format Python source with one of `FORMATTERS`.

    Raises:
        SourceError: It is not valid Python, or the formatter refuses it.
    """
    original = clean_source(code)
    before = parse_python(original)
    function = FORMATTERS[formatter]
    formatted, previous = original, ""
    for _ in range(PASSES):
        previous, formatted = formatted, function(formatted, line_length)
        if formatted == previous:
            break
    stable = formatted == previous or function(formatted, line_length) == formatted
    same = _same_meaning(before, formatted, imports_move=formatter == "isort")
    return Formatted(formatted, changed_lines(code, formatted), same, stable)


def changed_lines(before: str, after: str) -> int:
    """Count changed lines: of each differing block the larger of its two sides."""
    matcher = difflib.SequenceMatcher(
        None, before.splitlines(keepends=True), after.splitlines(keepends=True), autojunk=False
    )
    return sum(
        max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"
    )


def _same_meaning(before: ast.Module, code: str, *, imports_move: bool) -> bool:
    try:
        after = parse_python(code)
        trees = [_normal(tree, imports_move) for tree in (before, after)]
    except (SourceError, RecursionError):
        return False
    return trees[0] == trees[1]


def _normal(tree: ast.Module, imports_move: bool) -> list[str]:
    """The tree as text, without what formatting may change."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str):
                lines = node.value.value.strip().splitlines()
                node.value.value = "\n".join(line.strip() for line in lines)
        elif isinstance(node, ast.Constant):
            node.kind = None  # u"x" is "x"
        elif isinstance(node, ast.Delete):
            # black writes `del (a, b)` as `del a, b`.
            tuples = [t for t in node.targets if isinstance(t, ast.Tuple)]
            node.targets = tuples[0].elts if node.targets == tuples[:1] else node.targets
    statements = [text for statement in tree.body for text in _statement(statement)]
    if not imports_move:
        return statements
    imports = {text for text in statements if text.startswith("import ")}
    return [*sorted(imports), *(text for text in statements if text not in imports)]


def _statement(node: ast.stmt) -> list[str]:
    """A statement as text; `import a, b` is `import a` and `import b`, as autopep8 writes it."""
    if isinstance(node, ast.Import):
        return [f"import {ast.dump(alias)}" for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        return [f"import {ast.dump(alias)} from {origin}" for alias in node.names]
    return [ast.dump(node)]


def _black(code: str, line_length: int) -> str:
    import black
    from black.parsing import InvalidInput

    try:
        return black.format_str(code, mode=black.Mode(line_length=line_length))
    except (InvalidInput, RecursionError) as error:
        raise SourceError(f"black cannot format this: {_first_line(error)}") from None


def _ruff(code: str, line_length: int) -> str:
    return run_ruff(
        "format", "--line-length", str(line_length), "--no-cache", "-", stdin=code, name="ruff"
    )


def _autopep8(code: str, line_length: int) -> str:
    import autopep8

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {
            "max_line_length": line_length,
            "ignore_local_config": True,
            # Only so does it divide lines at any bracket; what it would rewrite is left out.
            "aggressive": 1,
            "ignore": ["E226", "E24", "W50", "W6", "E71", "E72", "E731"],
        }
        return str(autopep8.fix_code(code, options=options))


def _yapf(code: str, line_length: int) -> str:
    from yapf.yapflib.yapf_api import FormatCode

    style = f"{{based_on_style: pep8, column_limit: {line_length}}}"
    try:
        with redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            formatted, _ = FormatCode(code, filename="<source>", style_config=style)
    except Exception as error:  # noqa: BLE001
        # yapf lets errors of its parser through, which have no common class.
        raise SourceError(f"yapf cannot format this: {_first_line(error)}") from None
    return str(formatted)


def _isort(code: str, line_length: int) -> str:
    import isort

    config = isort.Config(line_length=line_length, profile="black", settings_path=_nowhere())
    return isort.code(code, config=config)


FORMATTERS: Mapping[str, Callable[[str, int], str]] = {
    "black": _black,
    "ruff": _ruff,
    "autopep8": _autopep8,
    "yapf": _yapf,
    "isort": _isort,
}
"""Each formatter by its name: source and line length in, source out."""


def run_ruff(*arguments: str, stdin: str, name: str, accepted: tuple[int, ...] = (0,)) -> str:
    """Run ruff without anyone's configuration, and return what it prints.

    Raises:
        SourceError: It refuses the source, aborts, or takes too long.
    """
    command = [ruff_program(), arguments[0], "--isolated", "--target-version", "py311"]
    try:
        done = subprocess.run(
            [*command, *arguments[1:]],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=RUFF_SECONDS,
            check=False,
            cwd=_nowhere(),
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"{name} took over {RUFF_SECONDS} seconds; send less code") from None
    if done.returncode < 0:
        raise SourceError(f"{name} crashed on this input (signal {-done.returncode}); simplify it")
    if done.returncode not in accepted:
        raise SourceError(f"{name} refused this input: {_first_line(done.stderr)}")
    return done.stdout


def ruff_program() -> str:
    """The path of ruff, which is installed beside this interpreter."""
    from ruff import find_ruff_bin

    return str(find_ruff_bin())


def _nowhere() -> str:
    """A directory in which no project's configuration can lie."""
    return str(Path(sys.executable).anchor)


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
