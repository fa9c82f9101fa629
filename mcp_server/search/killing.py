"""The program that measures how many simple mutants a test file notices, by running pytest on each.

Each mutant runs in a child of this process, which has pytest imported and runs no code of the
module itself. A mutant counts as killed if a test fails, or if the run does not end in time.
"""

import ast
import json
import os
import signal
import sys
import time
from typing import Any, NoReturn

from .mutants import applied, mutants

AT_ONCE = 2
LEAST_SECONDS = 2.0
OPEN_FILES = 256
TIMES = 8.0
"""A mutant that takes so many times longer than the original is taken for endless."""


def main() -> None:
    """Answer `killing.json`: a line for each mutant, its number, line, fault and fate."""
    with open("killing.json", encoding="utf-8") as file:  # noqa: PTH123
        asked: dict[str, Any] = json.load(file)
    module, key = str(asked["module"]), str(asked["key"])
    source = _read(f"{module}.py")
    tests = _read(f"test_{module}.py")
    wire = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    import pytest

    del pytest
    started = time.monotonic()
    if _wait(_start(module, source, tests, "original"), started + 60) != 0:
        wire.write(f"{key}{json.dumps({'problem': 'the tests fail on the code itself'})}\n")
        return
    seconds = max(LEAST_SECONDS, TIMES * (time.monotonic() - started))
    tree = ast.parse(source)
    running: list[tuple[int, int, float]] = []
    every = mutants(tree, int(asked["most"]))
    for number, mutant in enumerate(every):
        with applied(mutant):
            text = ast.unparse(tree)
        running.append((number, _start(module, text, tests, str(number)), time.monotonic()))
        while len(running) >= AT_ONCE or (running and number == len(every) - 1):
            which, child, begun = running.pop(0)
            killed = _wait(child, begun + seconds) != 0
            entry = {"line": every[which].line, "what": every[which].what, "killed": killed}
            wire.write(f"{key}{json.dumps(entry)}\n")
    wire.write(f"{key}{json.dumps({'end': len(every)})}\n")


def _read(name: str) -> str:
    with open(name, encoding="utf-8") as file:  # noqa: PTH123
        return file.read()


def _start(module: str, source: str, tests: str, name: str) -> int:
    """Begin the tests of a source in a child of its own directory; gives its process."""
    os.mkdir(name)  # noqa: PTH102
    for file, text in ((f"{module}.py", source), (f"test_{module}.py", tests)):
        with open(os.path.join(name, file), "w", encoding="utf-8") as out:  # noqa: PTH118, PTH123
            out.write(text)
    child = os.fork()
    if child == 0:
        _run(module, name)
    return child


def _run(module: str, directory: str) -> NoReturn:
    leave, status = os._exit, 1
    try:
        os.setpgid(0, 0)
        os.closerange(3, OPEN_FILES)  # what the parent writes to is not the code's
        os.chdir(directory)
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
        sys.dont_write_bytecode = True
        import pytest

        status = int(
            pytest.main(
                [f"test_{module}.py", "-x", "-q", "--assert=plain", "--rootdir=.", "-c", os.devnull,
                 "-pno:cacheprovider", "-pno:terminalreporter", "-pno:faulthandler"]
            )
        )  # fmt: skip
    finally:
        leave(status)


def _wait(child: int, until: float) -> int:
    """The exit status of a child; 1 if it had to be ended, with all that it started."""
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1
