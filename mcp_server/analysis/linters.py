"""The linters, each as a function from source to raw findings, without anyone's configuration.

Runs in worker processes: ruff aborts on deep nesting; pylint is slow, keeps stale results for a
file name that it saw before, and grows with each call, so each call has a name of its own and
workers are replaced.
"""

import io
import json
import logging
import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mcp_server.analysis.formatters import run_ruff
from mcp_server.analysis.guard import SourceError, clean_source, parse_python

Source = Literal["ruff", "bandit", "pylint", "defects", "complexity", "parser"]
StyleGuide = Literal["pep8", "google", "numpy"]

RUFF_RULES = (
    "A,ANN,ARG,ASYNC,B,BLE,C4,COM818,D,DJ,DTZ,E,ERA,F,FAST,FBT003,FURB129,FURB192,G,INT,ISC004,LOG,"
    "N,NPY,PERF,PIE,PL,PTH,PYI016,PYI062,RET,RSE,RUF,S,SIM,SLF,T100,TRY,UP,W,YTT"
)
RUFF_PREVIEWED = (
    # Not stable yet in ruff, but about bugs, and right nearly always.
    "ASYNC119,B901,B909,PLE1141,PLE4703,PLW0244,PLW1514,PLW3201,RUF027,RUF066,RUF069,RUF074,RUF075"
)
# Left out: matters of taste, what formatters decide, what needs the whole project, and rules
# that contradict each other or another tool's.
RUFF_LEFT_OUT = (
    "ANN401,D100,D104,D105,D107,D203,D213,PLC0415,PLR0911,PLR0912,PLR0915,PLR2004,PTH123,"
    "RET505,RET506,RET507,RET508,RUF001,RUF002,RUF003,RUF052,RUF100,S404,S603,S607,SIM108,"
    "TRY003,TRY300,TRY301,TRY400,W191,E1"
)
PYLINT_LEFT_OUT = (
    # Judged by ruff, the formatter or the metrics; or the modules are not installed here.
    "format,import-error,no-name-in-module,missing-docstring,invalid-name,design,fixme,"
    "wrong-import-order,wrong-import-position,ungrouped-imports,import-outside-toplevel,"
    "duplicate-code,consider-using-f-string,no-else-return,no-else-raise,no-else-continue,"
    "no-else-break,c-extension-no-member,useless-option-value,too-few-public-methods"
)
CONVENTIONS = {"pep8": "pep257", "google": "google", "numpy": "numpy"}


@dataclass(frozen=True, slots=True)
class RawFinding:
    """What a linter says: lines and columns count from 1; `level` is its own word of severity."""

    source: Source
    rule: str
    name: str
    message: str
    line: int
    column: int | None
    level: str = ""


def ruff(code: str, style_guide: StyleGuide, line_length: int) -> list[RawFinding]:
    """Lint with ruff.

    Raises:
        SourceError: The source is not valid Python, or ruff aborts on it.
    """
    code = _checked(code)
    answer = run_ruff(
        "check",
        *("--select", f"{RUFF_RULES},{RUFF_PREVIEWED}", "--ignore", RUFF_LEFT_OUT),
        *("--preview", "--config", "lint.explicit-preview-rules=true"),
        *("--config", f'lint.pydocstyle.convention="{CONVENTIONS[style_guide]}"'),
        *("--line-length", str(line_length), "--output-format", "json"),
        *("--no-cache", "--exit-zero", "--stdin-filename", "source.py", "-"),
        stdin=code,
        name="ruff",
    )
    return [
        RawFinding(
            source="ruff",
            rule=str(each["code"]),
            name=str(each.get("name") or each["code"]),
            message=each["message"],
            line=each["location"]["row"],
            column=each["location"]["column"],
        )
        for each in json.loads(answer)
        if each["code"]
    ]


def ruff_fix(code: str) -> str:
    """Apply the fixes that ruff calls safe: they keep the meaning, as ruff judges it.

    Raises:
        SourceError: The source is not valid Python, or ruff aborts on it.
    """
    return run_ruff(
        "check",
        *("--select", "E,F,W,I,UP,SIM,C4,PIE,RET,RUF,PERF,RSE", "--ignore", RUFF_LEFT_OUT),
        *("--fix-only", "--no-cache", "--exit-zero", "--quiet"),
        *("--stdin-filename", "source.py", "-"),
        stdin=_checked(code),
        name="ruff",
    )


def bandit(code: str) -> list[RawFinding]:
    """Look for security holes with bandit.

    Raises:
        SourceError: The source is not valid Python.
    """
    with _as_file(_checked(code)) as file, _quiet():
        from bandit.core.config import BanditConfig
        from bandit.core.manager import BanditManager

        manager = BanditManager(BanditConfig(), "file", quiet=True)
        manager.discover_files([str(file)])
        manager.run_tests()
        issues = manager.get_issue_list()
    return [
        RawFinding(
            source="bandit",
            rule=issue.test_id,
            name=issue.test,
            message=str(issue.text).strip(),
            line=issue.lineno,
            column=issue.col_offset + 1 if issue.col_offset >= 0 else None,
            level=f"{issue.severity}/{issue.confidence}",
        )
        for issue in issues
    ]


def pylint(code: str) -> list[RawFinding]:
    """Lint with pylint.

    Raises:
        SourceError: The source is not valid Python, or nested too deeply for pylint.
    """
    options = ["--rcfile=", "--persistent=n", "--score=n", "--jobs=1"]
    with _as_file(_checked(code)) as file, _quiet():
        from pylint.lint import PyLinter, Run
        from pylint.reporters import CollectingReporter

        reporter = CollectingReporter()
        arguments = [*options, f"--disable={PYLINT_LEFT_OUT}", str(file)]
        PyLinter.crash_file_path = os.devnull  # else the code is written to the user's cache
        Run(arguments, reporter=reporter, exit=False)
    if any(m.symbol in ("astroid-error", "fatal") for m in reporter.messages):
        raise SourceError("pylint failed on this input, as it does on deep nesting; simplify it")
    return [
        RawFinding(
            source="pylint",
            rule=message.msg_id,
            name=message.symbol,
            message=message.msg.splitlines()[0],
            line=message.line,
            column=message.column + 1,
            level=message.category,
        )
        for message in reporter.messages
    ]


def _checked(code: str) -> str:
    code = clean_source(code)
    parse_python(code)
    return code


@contextmanager
def _as_file(code: str) -> Iterator[Path]:
    """The source as a file with a name that no earlier call had, in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="starcoder-mcp-") as directory:
        file = Path(directory) / f"source_{uuid.uuid4().hex}.py"
        file.write_text(code, encoding="utf-8")
        yield file


@contextmanager
def _quiet() -> Iterator[Any]:
    """Linters talk on both streams; bandit also configures the root logger."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    nowhere = io.StringIO()
    with redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            root.handlers[:], root.level = handlers, level
