"""What the steps of a plan have given so far, as references to it are resolved."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mistral_agent.errors import PlanError
from mistral_agent.events import StepFinished
from mistral_agent.planning.loops import repeated_step
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.references import ITEM, resolve, uses_previous


@dataclass(eq=False, slots=True)
class Results:
    """The outcomes of a plan's steps, by step id; `texts` has the text of those that are done."""

    plan: Plan
    outcomes: dict[str, StepFinished] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, outcomes: Iterable[StepFinished]) -> "Results":
        """The results of an earlier run."""
        results = cls(plan)
        for outcome in outcomes:
            results.add(outcome)
        return results

    def add(self, outcome: StepFinished, text: str | None = None) -> None:
        """Add an outcome, with the result's text where the server gave one."""
        self.outcomes[outcome.step.id] = outcome
        if outcome.status == "done":
            known = outcome.text if text is None else text
            self.texts[outcome.step.id] = _text(outcome.result or {}) if known is None else known

    def text_is_needed(self, step: Step) -> bool:
        """Whether the step after it takes its text, which may not be told from its result."""
        ids = [each.id for each in self.plan.steps]
        after = ids.index(repeated_step(step.id)[0]) + 1
        return after < len(ids) and uses_previous(self.plan.steps[after].args)

    def arguments(self, step: Step) -> dict[str, Any]:
        """The step's arguments, or those of its call for an item, with their references resolved.

        Raises:
            ReferenceProblem: They refer to what is not there.
        """
        known: dict[str, Any] = dict(self._done())
        _, index = repeated_step(step.id)
        if index is not None:
            known[ITEM] = self.items(step)[index]
        return resolve(step.args, known, self._text_before(step))

    def items(self, step: Step) -> Sequence[Any]:
        """What the step repeats over.

        Raises:
            PlanError: It is no list, or not there.
        """
        found = resolve({"": step.for_each}, self._done())[""]
        if not isinstance(found, list | tuple):
            kind = type(found).__name__
            raise PlanError(f"{step.id} repeats over {step.for_each}, which is {kind}, not a list")
        return found

    def _done(self) -> dict[str, Mapping[str, Any]]:
        return {
            id_: outcome.result or {}
            for id_, outcome in self.outcomes.items()
            if outcome.status == "done"
        }

    def _text_before(self, step: Step) -> str | None:
        """The text of the step before this one in the plan, where it is done."""
        ids = [each.id for each in self.plan.steps]
        position = ids.index(repeated_step(step.id)[0])
        return self.texts.get(ids[position - 1]) if position else None


def _text(result: Mapping[str, Any]) -> str:
    """A result's text as far as it can be told from its structure."""
    text = result.get("text")
    return text if isinstance(text, str) and len(result) == 1 else json.dumps(result, default=str)
