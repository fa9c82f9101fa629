"""How the evidence and the model's word are put together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mistral_agent.catalogue import Tool
from mistral_agent.intent.clause import ACCEPT
from mistral_agent.intent.model import Goal, Intent
from mistral_agent.intent.proposal import Proposal
from mistral_agent.intent.questions import SURE
from mistral_agent.intent.ranking import ToolIndex
from model_backends.base import ModelQuality

WEIGHTS: Mapping[ModelQuality, float] = {"small": 0.1, "unknown": 0.4, "capable": 0.7}
"""What the model's word weighs against the evidence, by its measured quality."""
DECIDES = 0.5
"""The weighed sum from which on a tool is a goal."""


def weigh(evidence: Intent, proposal: Proposal, quality: ModelQuality, index: ToolIndex) -> Intent:
    """Put the evidence and the model's word together.

    With w the weight of the model's quality, a tool is a goal where

        w * (1 if the model names it else 0) + (1 - w) * fit >= DECIDES

    and its fit is that of its clause (`SURE` counts as 1), or else of the model's own words for it.
    So a small model decides nothing but ties, one of unknown quality needs some evidence on its
    side, and a capable one decides, except for what the user said not to do. Goals of the evidence
    keep their order, because words of order are read literally; what only the model sees goes
    before the goals that the model puts after it.
    """
    weight = WEIGHTS[quality]
    if proposal.kind != "task" or not proposal.goals:
        return _without_goals(evidence, proposal, weight)
    proposed = [tool for tool, _ in proposal.goals]
    kept = [_settled(goal, proposed, weight) for goal in evidence.goals]
    goals = [goal for goal in kept if _vote(goal.tool in proposed, goal.score, weight) >= DECIDES]
    for goal in _only_proposed(evidence, proposal, weight, index):
        goals.insert(_place(goal, goals, proposed), goal)
    if not goals:
        return evidence
    confidence = min(goal.confidence for goal in goals)
    return replace(evidence, kind="task", goals=tuple(goals), confidence=confidence)


def _vote(named: bool, score: float, weight: float) -> float:
    return weight * named + (1 - weight) * min(1.0, score / SURE)


def _without_goals(evidence: Intent, proposal: Proposal, weight: float) -> Intent:
    """The model sees nothing to do: it is believed where its weight decides alone."""
    if weight < DECIDES or (not evidence.goals and proposal.kind == "task"):
        return evidence
    candidates = evidence.candidates or tuple(goal.tool for goal in evidence.goals)
    kind = evidence.kind if proposal.kind == "task" else proposal.kind
    return replace(evidence, kind=kind, goals=(), confidence=weight, candidates=candidates)


def _settled(goal: Goal, proposed: Sequence[Tool], weight: float) -> Goal:
    """Between readings that fit alike the model may choose, whatever it weighs."""
    readings = (goal.tool, *goal.alternatives)
    chosen = next((tool for tool in readings if tool in proposed), None)
    if chosen is None:
        return goal
    confidence = min(1.0, goal.confidence + weight)
    return replace(goal, tool=chosen, alternatives=(), confidence=confidence)


def _only_proposed(
    evidence: Intent, proposal: Proposal, weight: float, index: ToolIndex
) -> list[Goal]:
    """Goals that only the model sees, as far as the user does not exclude them."""
    known = [tool for goal in evidence.goals for tool in (goal.tool, *goal.alternatives)]
    known += evidence.excluded
    added: list[Goal] = []
    for tool, request in proposal.goals:
        clause = request.strip() or evidence.literals.prose
        fit = next((each.score for each in index.rank(clause) if each.tool == tool), 0.0)
        vote = _vote(True, fit, weight)
        if tool not in known and vote >= DECIDES:
            added.append(Goal(tool, clause, max(fit, ACCEPT), confidence=vote))
            known.append(tool)
    return added


def _place(goal: Goal, goals: Sequence[Goal], proposed: Sequence[Tool]) -> int:
    later = proposed[proposed.index(goal.tool) + 1 :]
    return next((n for n, each in enumerate(goals) if each.tool in later), len(goals))
