"""Cases put together that say the same of the same thing, so that each test is a sentence."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcp_server.analysis.derived.naming import (
    after_words,
    arguments_words,
    kind_word,
    slug,
    snake,
    title,
    value_word,
    whose,
)
from mcp_server.analysis.searching import Case

RESULT = "{result}"
_TELLING = ("True", "False", "None", "0", "''", "[]", "{}", "()", "set()")


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one test, and its name; several are rows of a table."""

    name: str
    cases: tuple[Case, ...]

    @property
    def is_table(self) -> bool:
        """Whether the cases become rows."""
        return len(self.cases) > 1


def grouped(cases: Sequence[Case]) -> list[Group]:
    """All cases in groups, those of each function or method together, documented ones first."""
    by_target: dict[tuple[str | None, str], list[Case]] = {}
    for case in cases:
        by_target.setdefault((case.owner, case.target), []).append(case)
    return [group for own in by_target.values() for group in _of_target(own)]


def _of_target(cases: Sequence[Case]) -> Iterator[Group]:
    rows = [c for c in cases if _fits_a_row(c)]
    documented = [c for c in rows if c.documented and (c.raised or c.facts[0][0] == RESULT)]
    yield from _tables(documented, "matches_its_documentation")
    rest = [c for c in rows if c not in documented]
    counts = Counter(_gives(c) for c in rest if not c.raised)
    telling = {gives for gives, n in counts.items() if gives in _TELLING or n > 1}
    by_outcome: dict[str, list[Case]] = {}
    for case in rest:
        by_outcome.setdefault(_outcome_key(case, telling), []).append(case)
    for own in by_outcome.values():
        yield from _tables(own, "")
    for case in cases:
        if not _fits_a_row(case):
            yield Group(title([whose(case), *_does(case), after_words(case)]), (case,))


def _fits_a_row(case: Case) -> bool:
    """A call of a function, one thing that it gives or raises, and nothing before it."""
    if case.owner is not None or case.setup or case.printed:
        return False
    if case.is_statement or case.is_composed or not _is_plain_call(case):
        return False
    return bool(case.raised) or (len(case.facts) == 1 and case.facts[0][0].count(RESULT) == 1)


def _is_plain_call(case: Case) -> bool:
    """Whether the call has each of the values in its place: starred ones are many, or named."""
    named = _by_name(case)
    called = f"{case.target}({', '.join(f'{n}={v}' if n in named else v for n, v in case.values)})"
    return case.call in (called, f"asyncio.run({called})")


def _by_name(case: Case) -> set[str]:
    return {n for n, v in case.values if re.search(rf"\b{n}={re.escape(v)}", case.call)}


def _gives(case: Case) -> str:
    return case.facts[0][1] if case.facts else ""


def _outcome_key(case: Case, telling: set[str]) -> str:
    if case.raised:
        return f"raises {case.raised} {slug(case.message)}"
    gives = _gives(case)
    return f"gives {gives}" if gives in telling else "gives"


def _tables(cases: Sequence[Case], name: str) -> Iterator[Group]:
    """Groups whose cases have the same parameters and the same form of what is asserted."""
    forms: dict[tuple[object, ...], list[Case]] = {}
    for case in cases:
        form = (tuple(n for n, _ in case.values), call_form(case), _fact_form(case))
        forms.setdefault(form, []).append(case)
    for own in forms.values():
        yield Group(title([whose(own[0]), *([name] if name else _together(own))]), tuple(own))


def call_form(case: Case) -> str:
    """The call with its parameters' names for values, such as "f(text, strict=strict)"."""
    node = re.match(r"(?:asyncio\.run\()?([\w.]+)\(", case.call)
    named = _by_name(case)
    inner = ", ".join(f"{n}={n}" if n in named else n for n, _ in case.values)
    called = f"{node[1] if node else case.target}({inner})"
    return f"asyncio.run({called})" if case.is_async else called


def _fact_form(case: Case) -> tuple[object, ...]:
    if case.raised:
        return ("raises", case.raised, bool(case.message))
    expression, value = case.facts[0]
    return (expression, value in ("True", "False", "None"))


def _together(cases: Sequence[Case]) -> list[str]:
    """What several cases have in common: the value that they give, the exception, or its kind."""
    if len(cases) == 1:
        return _does(cases[0])
    first = cases[0]
    if first.raised:
        return [f"raises_{snake(first.raised)}", slug(first.message)]
    gives = {_gives(c) for c in cases}
    if len(gives) == 1:
        word = value_word(_gives(first))
        return [f"returns_{word}" if word else f"returns_same_{kind_word(_gives(first))}"]
    kinds = {kind_word(g) for g in gives}
    return [f"returns_expected_{kinds.pop() if len(kinds) == 1 else 'value'}"]


def _does(case: Case) -> list[str]:
    """What a single case shows."""
    if case.raised:
        return [f"raises_{snake(case.raised)}", slug(case.message) or arguments_words(case)]
    if case.printed and not any(RESULT in expression for expression, _ in case.facts[1:]):
        return [f"prints{arguments_words(case) or '_text'}"]
    expression, value = case.facts[0]
    if case.target == "__init__":
        fields = [e.rsplit(".", 1)[-1] for e, _ in case.facts if "." in e]
        return [f"has_{'_and_'.join(fields[:3])}"] if fields else ["can_be_made"]
    if RESULT not in expression:
        changed = expression.rsplit(".", 1)[-1]
        return [f"changes_{re.sub(r'[^a-z0-9_]+', '_', changed.lower()).strip('_')}"]
    word = value_word(value)
    given = arguments_words(case)
    verb = "is" if case.call.isidentifier() else "returns"
    return [f"{verb}_{word}" if word else f"{verb}_{kind_word(value)}", given]
