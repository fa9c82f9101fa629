"""What a call gives, in a form that a test can hold: literals, exceptions, and what changed."""

import ast
import builtins
import contextlib
import enum
import io
import itertools
import linecache
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .cases import Case
from .tracing import OutOfTimeError
from .values import IMPORTS, render

LONGEST = 240
MOST_ITEMS = 30
MOST_STATE = 3
RESULT = "{result}"
UNWRITABLE = "nothing of it can be written down"


@dataclass(frozen=True, slots=True)
class Fact:
    """An expression and the source of the value that it has; `{result}` stands for the call."""

    expression: str
    value: str


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
        step: The number of the step that raised; of a step before the last it is an accident.
    """

    facts: tuple[Fact, ...] = ()
    raised: str = ""
    message: str = ""
    stated: bool = False
    printed: str = ""
    accident: str = ""
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
    own.update(_helpers())
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
        if len(done) < len(case.steps) - 1:
            return replace(found, accident="a step before the last raised", step=len(done))
        return found
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
_COMPILED: dict[tuple[str, str], types.CodeType] = {}


def _code(text: str, mode: str) -> types.CodeType:
    found = _COMPILED.get((text, mode))
    if found is None:
        if len(_COMPILED) > 20_000:
            _COMPILED.clear()
        found = _COMPILED[text, mode] = compile(text, "<case>", mode)
    return found


def _evaluated(case: Case, names: dict[str, Any], done: list[int]) -> Outcome:
    bound = case.mutable
    setup = case.setup(bound)
    for number, line in enumerate(setup):
        exec(_code(line, "exec"), names)  # noqa: S102  (what the sandbox is for)
        if number >= len(setup) - len(case.steps) + 1:
            done.append(number)
    held = {name: render(names[name]) for name in bound}
    before = _state(case.receiver, names)
    source = case.observed(bound)
    if case.last.target.is_statement:
        exec(_code(source, "exec"), names)  # noqa: S102
        result = None
    else:
        result = eval(_code(source, "eval"), names)  # noqa: S307
    facts = list(describe(result, RESULT, names))
    changed = [f for f in _state(case.receiver, names) if f not in before]
    changed += [
        Fact(name, text)
        for name, was in held.items()
        if (text := literal(names[name])) is not None and text != was
    ]
    if not facts:
        return Outcome(accident=UNWRITABLE)
    if result is None and changed:
        facts = []
    return Outcome(facts=(*facts, *changed[:MOST_STATE]))


def describe(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    """Facts about a value; none where nothing of it can be written down."""
    if (text := literal(value)) is not None:
        yield Fact(expression, text)
    elif isinstance(value, enum.Enum):
        if names.get(type(value).__name__) is type(value):
            yield Fact(expression, f"{type(value).__name__}.{value.name}")
    elif _is_lazy(value):
        yield from _of_lazy(value, expression, names)
    elif (text := _by_repr(value, names)) is not None:
        yield Fact(expression, text)
    elif isinstance(value, Exception):
        yield Fact(f"type({expression}).__name__", repr(type(value).__name__))
    elif not isinstance(value, types.FunctionType | types.MethodType | type | types.ModuleType):
        yield from _of_object(value, expression, names)


def literal(value: Any) -> str | None:
    """The source of a value that reads back as the same, else None."""
    if isinstance(value, float) and value != value:  # noqa: PLR0124  (not a number)
        return None
    text = render(value) if type(value) in _PLAIN else repr(value)
    if len(text) > LONGEST:
        return None
    try:
        again = eval(text, {"__builtins__": _MAKERS})  # noqa: S307  (what repr wrote)
        same = _same(again, value)
    except Exception:  # noqa: BLE001  (of another class's own repr or comparison)
        return None
    return text if same else None


_MAKERS = {"float": float, "set": set, "frozenset": frozenset}
_PLAIN = (list, tuple, dict, set, frozenset, str, bytes, int, float, bool, type(None))


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all through: True is not 1 here, nor 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[k], other[k]) for k in one)
    return bool(one == other)


def _is_lazy(value: Any) -> bool:
    return hasattr(value, "__next__") or type(value).__name__ in (
        "dict_keys", "dict_values", "dict_items", "range",
    )  # fmt: skip


def _of_lazy(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    if isinstance(value, io.IOBase):
        return
    items = list(itertools.islice(value, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        few = f"list(itertools.islice({expression}, 5))"
        yield from describe(items[:5], few, names)
    else:
        yield from describe(items, f"list({expression})", names)


def _by_repr(value: Any, names: dict[str, Any]) -> str | None:
    """The repr of a value where it makes an equal one: dataclasses, dates, named tuples."""
    try:
        text = repr(value)
        if (
            " at 0x" in text
            or len(text) > LONGEST
            or (not text[:1].isalpha() and text[:1] not in "[({")
        ):
            return None
        tree = ast.parse(text, mode="eval")
        if any(isinstance(n, ast.Attribute) and n.attr.startswith("__") for n in ast.walk(tree)):
            return None
        text = text.replace("PosixPath(", "Path(")
        again = eval(_code(text, "eval"), names)  # noqa: S307
        return text if type(again) is type(value) and bool(again == value) else None
    except Exception:  # noqa: BLE001  (of the class's own repr, constructor or comparison)
        return None


def _of_object(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    """What can be read of an instance: its class, and its public attributes."""
    attributes = list(_attributes(value, expression, names))
    if not attributes and names.get(type(value).__name__) is type(value):
        yield Fact(f"type({expression}).__name__", repr(type(value).__name__))
    yield from attributes[:MOST_STATE]


def _attributes(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    for name in _readable(value):
        try:
            held = getattr(value, name)
        except Exception:  # noqa: BLE001, S112  (of a property)
            continue
        text = literal(held)
        if text is None and not callable(held):
            text = _by_repr(held, names)
        if text is not None and len(text) <= LONGEST // 2:
            yield Fact(f"{expression}.{name}", text)


def _readable(value: Any) -> list[str]:
    """Public attributes and properties, the instance's own first."""
    own = [*getattr(value, "__dict__", {}), *_slots(type(value))]
    properties = [n for n, v in vars(type(value)).items() if isinstance(v, property)]
    return [name for name in dict.fromkeys([*own, *properties]) if not name.startswith("_")]


def _slots(kind: type) -> list[str]:
    slots = getattr(kind, "__slots__", ())
    return [slots] if isinstance(slots, str) else list(slots)


def _state(receiver: str, names: dict[str, Any]) -> list[Fact]:
    """What can be read of the instance that a case works on."""
    if not receiver or receiver not in names:
        return []
    held = names[receiver]
    found = list(_attributes(held, receiver, names))
    if "__len__" in vars(type(held)):
        with contextlib.suppress(Exception):
            found.append(Fact(f"len({receiver})", str(len(held))))
    return found


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
    if "values to unpack" in str(error):
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
        if kind in (getattr(builtins, kind.__name__, None), names.get(kind.__name__)):
            return str(kind.__name__)
    return None


def _message(error: Exception) -> str:
    text = str(error)
    unstable = " at 0x" in text or "\n" in text
    return "" if unstable or len(text) > 100 or isinstance(error, KeyError) else text
