"""Runs in the sandbox: evaluates the same calls on several candidates, each in its own process.

It stands alone: the sandbox has neither this package nor its libraries.
"""

import contextlib
import json
import os
import re
import signal
from typing import Any

LONGEST = 500
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
MOST_HANGS = 2
"""A candidate that hangs that often is not asked further."""


class OutOfTimeError(BaseException):
    """A call took too long; not an Exception, so that the candidate does not catch it."""


def _expire(*_: object) -> None:
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)  # again, should a bare except swallow this one
    raise OutOfTimeError


def _outcome(expression: str, names: dict[str, Any], seconds: float) -> str:
    """What a call gives, as a text that is equal for equal outcomes."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        text = repr(eval(expression, names))  # noqa: S307  (what this script is for)
    except OutOfTimeError:
        return "hangs"
    except BaseException as error:  # noqa: BLE001  (whatever it is, it is the outcome)
        return f"raises {type(error).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    same = _ADDRESS.sub("", text)[:LONGEST]
    return f"gives {same}"


def _answer(source: str, calls: list[str], seconds: float) -> list[str]:
    names: dict[str, Any] = {"__name__": "candidate"}
    signal.signal(signal.SIGVTALRM, _expire)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        exec(source, names)  # noqa: S102
    except BaseException:  # noqa: BLE001  (whatever it raises, it cannot be asked)
        return []
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    outcomes: list[str] = []
    for call in calls:
        hangs = outcomes.count("hangs") >= MOST_HANGS
        outcomes.append("hangs" if hangs else _outcome(call, names, seconds))
    return outcomes


def main() -> None:
    """Evaluate `asked.json`; one line of output a candidate."""
    with open("asked.json", encoding="utf-8") as file:  # noqa: PTH123
        asked = json.load(file)
    wire = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    for number, (source, calls) in enumerate(asked["candidates"]):
        child = os.fork()
        if not child:
            # Whatever the candidate does to this copy of the process, the copy ends here; without
            # a line of its own it is a candidate that answered nothing.
            with contextlib.suppress(BaseException):
                found = _answer(source, calls, asked["seconds"])
                line = f"{asked['key']}{json.dumps([number, found])}\n"
                os.write(wire, line.encode("utf-8", "replace"))
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
