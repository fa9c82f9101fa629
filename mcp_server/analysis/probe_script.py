"""Runs in the sandbox: evaluates calls, and writes down what each gave.

It stands alone: the sandbox has neither this package nor its libraries.
"""

import ast
import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys
from typing import Any

CONTRACT = (ValueError, TypeError, ZeroDivisionError, IndexError, KeyError)
LONGEST = 200


class OutOfTimeError(BaseException):
    """A call took too long; not an Exception, so that code under test does not catch it."""


def _expire(*_: object) -> None:
    # Again, in case a bare `except:` swallows this one.
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    raise OutOfTimeError


def _outcome(value: Any) -> tuple[str, str] | None:
    """The literal of a value that can be read back as the same, else None."""
    text = repr(value)
    if len(text) > LONGEST:
        return None
    try:
        again = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return ("value", text) if again == value and type(again) is type(value) else None


def _evaluate(expression: str, awaited: bool, names: dict[str, Any]) -> tuple[str, str] | None:
    signal.setitimer(signal.ITIMER_REAL, names["__seconds__"])
    try:
        try:
            value = eval(expression, names)  # noqa: S307  (what this script is for)
            value = asyncio.run(value) if awaited else value
        except CONTRACT as error:
            return "raised", type(error).__name__
        return _outcome(value)  # what this raises is not the code's answer to the call
    except OutOfTimeError:
        return None
    except BaseException:  # noqa: BLE001  (whatever it is, it is no outcome to hold)
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Evaluate `calls.json`, one line of output a call."""
    with open("calls.json", encoding="utf-8") as file:  # noqa: PTH123
        asked = json.load(file)
    wire = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    signal.signal(signal.SIGALRM, _expire)
    module = importlib.import_module(asked["module"])
    for number, (expression, awaited) in enumerate(asked["calls"]):
        names = dict(vars(module), __seconds__=asked["seconds"])
        outcome = None
        with contextlib.suppress(OutOfTimeError):
            outcome = _evaluate(expression, awaited, names)
        if outcome:
            wire.write(asked["key"] + json.dumps([number, *outcome]) + "\n")


if __name__ == "__main__":
    main()
