"""Runs one test module under pytest and coverage and writes down what happened, line by line.

It is run as a file by a new interpreter, or called by a child of the fork server. Each line of the
record carries a code that only the server can check, made with a key that is read from standard
input before any code of the user's is imported; so neither output, nor an early exit, nor a file of
the same name passes for a result. It does not cover code that searches this interpreter's memory
for the key: nothing in the same process could.
"""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):  # noqa: PTH120, PTH100
    del sys.path[0]  # an older interpreter puts this directory first

RECORD = ".record"
_MESSAGE_LINES = 12
_MESSAGE_CHARACTERS = 2000
# Plugins that write files, or that no test can tell are missing.
_NOT_NEEDED = ("cacheprovider", "stepwise", "junitxml", "pastebin", "setuponly", "setupplan")
Write = Callable[[dict[str, Any]], None]


def preload() -> None:
    """Import all that a run imports, once."""
    import difflib
    import importlib
    import pdb
    import unittest

    import pytest
    from _pytest.config import default_plugins

    for plugin in default_plugins:
        importlib.import_module(f"_pytest.{plugin}")
    del difflib, pdb, unittest, pytest
    with contextlib.suppress(ImportError):
        import coverage
        import coverage.jsonreport
        import coverage.python

        # Its first start fills caches of coverage and inspect that the children then share.
        measured = coverage.Coverage(data_file=None, branch=True, config_file=False)
        measured.start()
        measured.stop()


def main() -> NoReturn:
    """Run the tests of the module and framework that the arguments name, and exit at once.

    A third argument "reversed" runs them in the reverse of their order.
    """
    module, framework = sys.argv[1:3]
    backwards = sys.argv[3:] == ["reversed"]
    key = os.read(0, 64)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    write = _recorder(key)
    del key
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 (cheap; pathlib is not needed here)
    leave, status = os._exit, 1  # bound now, as what code does to it later does not matter
    try:
        _run(module, framework, write, backwards)
        status = 0
    except ImportError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        leave(status)


def sign(key: bytes, number: int, text: str, keyed_hash: Any = hashlib.blake2b) -> str:
    """The code of the record's line `number`."""
    return str(keyed_hash(f"{number}:{text}".encode(), key=key).hexdigest())


def _recorder(key: bytes) -> Write:
    descriptor = os.open(RECORD, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    # Bound now: what user code does to these modules later does not matter.
    encode, put, code_of = json.JSONEncoder().encode, os.write, sign
    count = 0

    def write(entry: dict[str, Any]) -> None:
        nonlocal count
        text = encode(entry)
        put(descriptor, f"{code_of(key, count, text)} {text}\n".encode())
        count += 1

    return write


def _run(module: str, framework: str, write: Write, backwards: bool) -> None:
    import pytest

    measured = _start_coverage(module)
    arguments = [
        f"test_{module}.py",
        "--rootdir=.",
        "--confcutdir=.",
        "-c",
        os.devnull,
        "-q",
        *(f"-pno:{plugin}" for plugin in _NOT_NEEDED),
        "--basetemp=.tmp",
        "--tb=short",
    ]
    if framework == "unittest":
        arguments += ["-o", "python_functions=", "-o", "python_classes="]
    status = pytest.main(arguments, plugins=[_Recording(write, backwards)])
    entry = {"end": int(status)}
    if measured is not None:
        entry.update(_stop_coverage(measured, module))
    write(entry)


class _Recording:
    """A pytest plugin that records what is collected and how each phase of each test ends."""

    def __init__(self, write: Write, backwards: bool) -> None:
        self._write = write
        self._backwards = backwards

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self._backwards:
            items.reverse()

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self._write({"unimportable": report.nodeid, "message": _message(report)})
        elif report.skipped:
            self._write({"skipped_module": report.nodeid, "message": _message(report)})

    def pytest_collection_finish(self, session: Any) -> None:
        self._write({"collected": [item.nodeid for item in session.items]})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write({"started": nodeid})

    def pytest_runtest_logreport(self, report: Any) -> None:
        message = "" if report.passed else _message(report)
        phase = {"test": report.nodeid, "when": report.when, "outcome": report.outcome}
        self._write({**phase, "message": message})


def _message(report: Any) -> str:
    """Why it failed: pytest's own `E` lines, or the end of its text."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    lines = str(report.longreprtext).splitlines()
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return "\n".join((errors or lines)[:_MESSAGE_LINES])[:_MESSAGE_CHARACTERS]


def _start_coverage(module: str) -> Any:
    try:
        import coverage
    except ImportError:
        return None
    measured = coverage.Coverage(
        data_file=None,
        branch=True,
        include=[os.path.abspath(f"{module}.py")],  # noqa: PTH100
        config_file=False,
        messages=False,
    )
    measured.start()
    return measured


def _stop_coverage(measured: Any, module: str) -> dict[str, Any]:
    """The figures of coverage's own report."""
    from coverage.exceptions import CoverageException

    measured.stop()
    path = f".{module}.coverage"
    try:
        measured.json_report(outfile=path)
    except CoverageException as error:
        return {"no_coverage": str(error)}
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        report = json.load(file)
    (found,) = report["files"].values()
    return {
        "totals": found["summary"],
        "missing_lines": found["missing_lines"],
        "missing_branches": found["missing_branches"],
    }


if __name__ == "__main__":
    main()
