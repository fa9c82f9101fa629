"""Calls worth trying on code whose behaviour is to be recorded, and the record of trying them."""

import ast
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from mcp_server.analysis.subjects import Parameter, Subject, Subjects
from mcp_server.sandbox.base import Sandbox
from mcp_server.sandbox.pytest_runner import run_script

CALLS_EACH = 24
CONSTRUCTORS_EACH = 3
CALL_SECONDS = 1.0
HUGE = 10_000
"""Numbers from here on are not tried: a loop may count up to them."""

_VALUES: dict[str, tuple[str, ...]] = {
    "int": ("1", "0", "2", "-1", "5", "10", "100"),
    "float": ("1.0", "0.0", "2.5", "-1.5", "100.0"),
    "str": ("'abc'", "''", "'a'", "'Hello World'", "'abba'", "'1 2 3'"),
    "bool": ("True", "False"),
    "bytes": ("b'abc'", "b''"),
    "list[int]": ("[3, 1, 2]", "[]", "[1]", "[1, 1, 2]", "[-1, 0, 5]"),
    "list[str]": ("['b', 'a']", "[]", "['a']", "['a', 'a', 'bc']"),
    "list[float]": ("[2.5, 1.0]", "[]", "[0.5]"),
    "list[list]": ("[[1, 2], [3, 4]]", "[]", "[[1]]"),
    "dict": ("{'a': 1, 'b': 2}", "{}", "{'a': 'x'}"),
    "tuple": ("(1, 2)", "()", "(3, 1, 2)"),
    "set": ("{1, 2}", "set()", "{3}"),
    "None": ("None",),
}
_FAMILIES = ("int", "str", "list[int]", "list[str]", "float", "dict", "list[list]", "bool")
"""What a parameter without annotation may take, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Call:
    """An expression to evaluate, of which subject, and whether its types are guessed."""

    expression: str
    subject: Subject
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a call gave: the value's literal, or the exception's name."""

    call: Call
    value: str | None = None
    raised: str | None = None


def documented(subjects: Subjects) -> list[Seen]:
    """What docstrings say that calls give, as if it had been seen."""
    known = {s.name: s for s in subjects.functions}
    return [
        Seen(Call(e.call, known[e.name]), value=e.expected, raised=e.raises)
        for e in subjects.examples
        if e.name in known
    ]


def plan_calls(subjects: Subjects) -> list[Call]:
    """Calls of every subject, at most `CALLS_EACH` a function."""
    calls = [c for function in subjects.functions for c in _calls(function, function.name)]
    makers = {s.name: s for s in subjects.constructors}
    for method in subjects.methods:
        maker = makers[method.owner or ""]
        made = islice(_calls(maker, maker.name), CONSTRUCTORS_EACH)
        each = CALLS_EACH // CONSTRUCTORS_EACH
        for receiver in made:
            own = islice(_calls(method, f"{receiver.expression}.{method.name}"), each)
            calls += [Call(c.expression, method, c.guessed or receiver.guessed) for c in own]
    return list({call.expression: call for call in calls}.values())


async def probe(
    sandbox: Sandbox, code: str, calls: Sequence[Call], *, module_name: str, seconds: float
) -> list[Seen]:
    """Evaluate calls in the sandbox; those without a recordable outcome are left out.

    Recordable is a value that `ast.literal_eval` reads back as the same, or an exception of a
    kind that belongs to a function's contract. Code that is not run gives nothing.

    Raises:
        SandboxUnavailableError: Code is not run here.
    """
    key = secrets.token_hex(16)
    asked = {
        "module": module_name,
        "key": key,
        "seconds": CALL_SECONDS,
        "calls": [(call.expression, call.subject.is_async) for call in calls],
    }
    script = Path(__file__).with_name("probe_script.py").read_text(encoding="utf-8")
    outcome = await run_script(
        sandbox,
        script,
        files={f"{module_name}.py": code, "calls.json": json.dumps(asked)},
        seconds=seconds,
    )
    return list(_read(outcome.stdout, key, calls))


def _read(stdout: str, key: str, calls: Sequence[Call]) -> Iterator[Seen]:
    for line in stdout.splitlines():
        if not line.startswith(key):
            continue
        try:
            number, kind, text = json.loads(line.removeprefix(key))
            call = calls[number]
        except (ValueError, TypeError, IndexError):
            continue
        if kind == "value":
            yield Seen(call, value=text)
        elif _belongs(text, call):
            yield Seen(call, raised=text)


def _belongs(exception: str, call: Call) -> bool:
    """Whether an exception is the function's answer rather than an accident of guessed types."""
    if exception in call.subject.raises:
        return True
    return exception != "TypeError" and not call.guessed


def _calls(subject: Subject, callee: str) -> Iterator[Call]:
    if subject.is_property:
        yield Call(callee, subject)
        return
    needed = [p for p in subject.parameters if not p.optional]
    guessed = not subject.typed
    seen: set[str] = set()
    for values in islice(_choices(needed, subject), CALLS_EACH):
        given = _given(needed, values)
        expression = f"{callee}({', '.join(given)})"
        if expression not in seen:
            seen.add(expression)
            yield Call(expression, subject, guessed)
    given = _given(needed, next(_choices(needed, subject)))
    for parameter in (p for p in subject.parameters if p.optional and p.annotation):
        for value in _values(parameter, subject)[:3]:
            arguments = ", ".join([*given, f"{parameter.name}={value}"])
            yield Call(f"{callee}({arguments})", subject, guessed)


def _given(parameters: Sequence[Parameter], values: Sequence[str]) -> list[str]:
    pairs = zip(parameters, values, strict=True)
    return [f"{p.name}={value}" if p.keyword_only else value for p, value in pairs]


def _choices(parameters: Sequence[Parameter], subject: Subject) -> Iterator[tuple[str, ...]]:
    """Arguments: the plainest of each, then one changed at a time, then combinations."""
    if not parameters:
        yield ()
        return
    if all(p.annotation for p in parameters):
        values = [_values(p, subject) for p in parameters]
        plainest = tuple(v[0] for v in values)
        yield plainest
        for position, choices in enumerate(values):
            for value in choices[1:]:
                yield (*plainest[:position], value, *plainest[position + 1 :])
        yield from product(*(v[:3] for v in values))
        return
    families = [[_family_of(p.annotation)] if p.annotation else list(_FAMILIES) for p in parameters]
    mixes = sorted(product(*families), key=lambda mix: len(set(mix)))[:16]
    for rank in range(3):
        for mix in mixes:
            ranked = [(*_constants_of(f, subject), *_VALUES[f]) for f in mix]
            yield tuple(c[min(rank, len(c) - 1)] for c in ranked)


def _values(parameter: Parameter, subject: Subject) -> tuple[str, ...]:
    annotation = parameter.annotation or ""
    found: list[str] = []
    for part in re.split(r"\s*\|\s*", _without_optional(annotation)):
        family = _family_of(part)
        found += [*_VALUES[family], *_constants_of(family, subject)]
    if "Optional" in annotation:
        found.append("None")
    return tuple(dict.fromkeys(found))


def _without_optional(annotation: str) -> str:
    match = re.fullmatch(r"(?:typing\.)?Optional\[(.*)\]", annotation)
    return match[1] if match else annotation


def _family_of(annotation: str | None) -> str:
    """The kind of value that an annotation asks for; the likeliest where it says nothing."""
    text = (annotation or "").strip()
    base, _, inner = text.partition("[")
    base = base.rsplit(".", 1)[-1].lower()
    if base in ("list", "sequence", "iterable", "iterator", "collection", "mutablesequence"):
        if "list" in inner.lower():
            return "list[list]"
        kind = next((k for k in ("str", "float") if k in inner), "int")
        return f"list[{kind}]"
    if base in ("dict", "mapping", "mutablemapping", "defaultdict", "counter"):
        return "dict"
    if base in ("set", "frozenset"):
        return "set"
    return base if base in _VALUES else ("None" if base == "none" else "int")


def _constants_of(family: str, subject: Subject) -> tuple[str, ...]:
    """Literals of the function's own, with their neighbours: where its branches part."""
    found: list[str] = []
    for text in subject.constants:
        value = ast.literal_eval(text)
        if family == "int" and type(value) is int and abs(value) < HUGE:
            found += [str(value), str(value - 1), str(value + 1)]
        elif family == "str" and isinstance(value, str):
            found.append(text)
    return tuple(found[:9])
