"""What a call gives, in a form that a test can hold: literals, exceptions, and what changed."""

import ast
import builtins
import contextlib
import io
import linecache
import types
from dataclasses import dataclass, replace
from typing import Any

from .cases import Case, held_as
from .facts import (
    LONGEST,
    MOST_STATE,
    Fact,
    changes_of,
    code_of,
    describe,
    is_lazy,
    is_own,
    literal,
    state_of,
)
from .tracing import OutOfTimeError
from .values import IMPORTS

RESULT = "{result}"
UNWRITABLE = "nothing of it can be written down"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case gave.

    Args:
        facts: What can be asserted.
        raised: Name of the exception that was raised.
        message: Its text, where it is short and says nothing of this run.
        stated: It was raised by a `raise` of the module itself.
        printed: What was written to standard output.
        accident: Nothing that a test should hold, and why.
        is_lazy: The exception came while the result was gone through, not from the call.
        gives: Parameters of the function that it gave, where it gave one of the module.
        step: The number of the step that raised; of a step before the last it is an accident.
    """

    facts: tuple[Fact, ...] = ()
    raised: str = ""
    message: str = ""
    stated: bool = False
    printed: str = ""
    accident: str = ""
    is_lazy: bool = False
    gives: tuple[str, ...] | None = None
    step: int = -1

    @property
    def tells(self) -> tuple[object, ...]:
        """What a test of it would notice."""
        return (self.facts, self.raised, self.message, self.printed, bool(self.accident))


def run(case: Case, names: dict[str, Any], filename: str) -> Outcome:
    """Evaluate a case in a module's names.

    Args:
        case: What is done.
        names: The module's names; they are copied, what they refer to is not.
        filename: The module's file name, as its code objects have it.

    Raises:
        OutOfTimeError: It took longer than the block around it allows.
    """
    own = dict(names)
    own.update((n, v) for n, v in _helpers().items() if not is_own(names.get(n), names))
    printed = io.StringIO()
    done: list[int] = []
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            found = _evaluated(case, own, done)
    except OutOfTimeError:
        raise
    except (RecursionError, MemoryError, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
        return Outcome(accident=type(error).__name__)
    except BaseException as error:  # noqa: BLE001  (whatever it is, it is what the call gives)
        found = _of_exception(error, own, filename)
        if case.maker is not None and len(done) <= case.collects:
            return Outcome(accident="the instance could not be made")
        step = len(done) - (case.maker is not None) - case.collects
        if step < len(case.steps) - 1:
            return replace(found, accident="a step before the last raised", step=step)
        return replace(found, is_lazy=len(done) > len(case.setup(case.mutable)))
    return found if not printed.getvalue() else _with_output(found, printed.getvalue())


def _with_output(found: Outcome, text: str) -> Outcome:
    if len(text) > LONGEST or " at 0x" in text:
        return found
    return Outcome(facts=found.facts, printed=text, accident=found.accident)


def _helpers() -> dict[str, Any]:
    if not _HELPERS:
        for name, line in IMPORTS.items():
            space: dict[str, Any] = {}
            exec(line, space)  # noqa: S102  (a line of our own)
            _HELPERS[name] = space[name]
    return _HELPERS


_HELPERS: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class _Written:
    """A case as source, compiled."""

    case: Case
    bound: tuple[str, ...]
    setup: tuple[types.CodeType, ...]
    observed: types.CodeType


_LAST: list[_Written] = []


def _written(case: Case) -> _Written:
    """The case as source; the last one is kept, as it is run on many mutants in turn."""
    if not _LAST or _LAST[0].case is not case:
        bound = case.mutable
        setup = tuple(code_of(line, "exec") for line in case.setup(bound))
        mode = "exec" if case.last.target.is_statement else "eval"
        _LAST[:] = [_Written(case, bound, setup, code_of(case.observed(bound), mode))]
    return _LAST[0]


def _evaluated(case: Case, names: dict[str, Any], done: list[int]) -> Outcome:
    written = _written(case)
    bound = written.bound
    for number, line in enumerate(written.setup):
        exec(line, names)  # noqa: S102  (what the sandbox is for)
        done.append(number)
    held = {held_as(name): _held(names[held_as(name)]) for name in bound}
    before = state_of(case.receiver, names)
    if case.last.target.is_statement:
        exec(written.observed, names)  # noqa: S102
        result = None
    else:
        result = eval(written.observed, names)  # noqa: S307
    if is_lazy(result):
        done.append(len(done))
    facts = list(describe(result, RESULT, names))
    changed = list(changes_of(case.receiver, before, names))
    changed += [
        Fact(expression, text)
        for name, (expression, was) in held.items()
        if (text := literal(_content(names[name]))) is not None and text != was
        for expression in [expression.format(name)]
    ]
    if not facts:
        return Outcome(accident=UNWRITABLE, gives=_parameters_of(result, names))
    if result is None and changed:
        facts = []
    return Outcome(facts=(*facts, *changed[:MOST_STATE]))


def _held(value: Any) -> tuple[str, str | None]:
    """How the content of a changeable value is read, and what it is."""
    return "{}.getvalue()" if isinstance(value, _FILES) else "{}", literal(_content(value))


def _content(value: Any) -> Any:
    return value.getvalue() if isinstance(value, _FILES) and not value.closed else value


_FILES = (io.StringIO, io.BytesIO)


def _parameters_of(value: Any, names: dict[str, Any]) -> tuple[str, ...] | None:
    """The parameters of a function that the module made; starred ones are left out."""
    if not isinstance(value, types.FunctionType) or value.__module__ != names.get("__name__"):
        return None
    code = value.__code__
    return code.co_varnames[: code.co_argcount]


def _of_exception(error: BaseException, names: dict[str, Any], filename: str) -> Outcome:
    lines = []
    trace = error.__traceback__
    while trace is not None:
        lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    inside = [line for file, line in lines if file == filename]
    if not inside or not isinstance(error, Exception):
        return Outcome(accident=f"{type(error).__name__} before the code ran")
    last_file, last_line = lines[-1]
    source = linecache.getline(filename, last_line).strip() if last_file == filename else ""
    name = _exception_name(error, names)
    if "values to unpack" in _said(error):
        return Outcome(accident="a value of the wrong form")
    if name is None:
        return Outcome(accident=f"{type(error).__name__} cannot be named")
    stated = source.startswith("raise") or _in_raise(filename, last_line, last_file)
    return Outcome(raised=name, message=_message(error) if stated else "", stated=stated)


def _in_raise(filename: str, line: int, file: str) -> bool:
    """Whether a line is the inside of a `raise` statement over several lines."""
    if file != filename:
        return False
    return any(first <= line <= last for first, last in _raises(filename))


def _raises(filename: str) -> list[tuple[int, int]]:
    found = _RAISES.get(filename)
    if found is None:
        tree = ast.parse("".join(linecache.getlines(filename)))
        found = [(n.lineno, n.end_lineno or n.lineno) for n in ast.walk(tree)
                 if isinstance(n, ast.Raise)]  # fmt: skip
        _RAISES[filename] = found
    return found


_RAISES: dict[str, list[tuple[int, int]]] = {}


def _exception_name(error: Exception, names: dict[str, Any]) -> str | None:
    """The nearest class that a test can name: the module's own, or a built-in one."""
    for kind in type(error).__mro__:
        if kind in (Exception, BaseException, object) and kind is not type(error):
            return None
        known = names.get(kind.__name__) is kind and is_own(kind, names)
        if known or kind is getattr(builtins, kind.__name__, None):
            return str(kind.__name__)
    return None


def _said(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  (of the class's own)
        return ""


def _message(error: Exception) -> str:
    text = _said(error)
    unstable = " at 0x" in text or "\n" in text
    return "" if unstable or len(text) > 100 or isinstance(error, KeyError) else text
