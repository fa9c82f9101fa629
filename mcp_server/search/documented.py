"""Examples of the documentation, held against what the code does."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .cases import Case, Step, plain
from .comparisons import Watch
from .engine import Kept
from .facts import Fact
from .module import Module, Ran
from .outcomes import Outcome
from .subjects import Subject


def documented(
    examples: Sequence[dict[str, Any]], subject: Subject, module: Module
) -> tuple[list[Case], list[dict[str, Any]], list[Kept]]:
    """Examples as cases; those that the code contradicts, and what may be held of these."""
    cases: list[Case] = []
    typed: list[Kept] = []
    suspicions: list[dict[str, Any]] = []
    for example in examples:
        case = _case_of(example, subject)
        if case is None:
            continue
        outcome = module.run(case).outcome
        if says(example, outcome, module.names):
            cases.append(case)
        else:
            actual = f"raises {outcome.raised}" if outcome.raised else (
                outcome.facts[0].value if outcome.facts else outcome.accident)  # fmt: skip
            typed += _typed(case, example, outcome, module.names)
            suspicions.append({"suspected": name_of(example), "call": example["call"],
                               "expected": example["expected"], "raises": example["raises"],
                               "actual": actual, "line": case.last.target.line})  # fmt: skip
    return cases, suspicions, typed


def _typed(
    case: Case, example: dict[str, Any], outcome: Outcome, names: dict[str, Any]
) -> list[Kept]:
    """The example without its value, where the code gives another of the same type."""
    if example["raises"] or outcome.raised or not outcome.facts:
        return []
    actual, expected = (
        type(_value(text, names)) for text in (outcome.facts[0].value, example["expected"])
    )
    if actual is not expected or actual is type(None):
        return []
    fact = Fact("type({result}).__name__", repr(actual.__name__))
    ran = Ran(replace(outcome, facts=(fact,)), frozenset(), 0.0, Watch())
    return [Kept(case, ran, documented=True)]


def _value(text: str, names: dict[str, Any]) -> Any:
    """The value of a literal; None where it is none."""
    try:
        return eval(text, dict(names))  # noqa: S307  (a literal that we or the docstring wrote)
    except Exception:  # noqa: BLE001  (then it says nothing)
        return None


def name_of(example: dict[str, Any]) -> str:
    """The name that an example calls."""
    return str(example["name"])


def says(example: dict[str, Any], outcome: Outcome, names: dict[str, Any]) -> bool:
    """Whether an outcome is what the documentation says: numbers may differ in the last digits."""
    if example["raises"]:
        return outcome.raised == str(example["raises"])
    if outcome.raised or not outcome.facts:
        return False
    try:
        actual = eval(outcome.facts[0].value, dict(names))  # noqa: S307  (a literal that we wrote)
        expected = eval(example["expected"], dict(names))  # noqa: S307  (a literal)
    except Exception:  # noqa: BLE001  (then it is not the same)
        return False
    if isinstance(actual, float) and isinstance(expected, float | int):
        return bool(abs(actual - expected) <= 1e-6 * max(1.0, abs(expected)))
    return bool(actual == expected)


def _case_of(example: dict[str, Any], subject: Subject) -> Case | None:
    """An example's call as a case, None where its arguments do not fit the signature."""
    call = ast.parse(example["call"], mode="eval").body
    if not isinstance(call, ast.Call) or subject.maker is not None or not subject.targets:
        return None
    target = subject.targets[0]
    positional = [p for p in target.parameters if not p.keyword_only and not p.starred]
    values: dict[str, Any] = {}
    for index, argument in enumerate(call.args):
        if index >= len(positional):
            return None
        values[positional[index].name] = plain(ast.unparse(argument))
    names = {p.name for p in target.parameters}
    for keyword in call.keywords:
        if keyword.arg not in names or keyword.arg in values:
            return None
        values[str(keyword.arg)] = plain(ast.unparse(keyword.value))
    ordered = [(p.name, values[p.name]) for p in target.parameters if p.name in values]
    return Case((Step(target, tuple(ordered)),))
