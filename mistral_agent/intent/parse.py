"""What the user wants: evidence and, where it may help, one call of the model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.clauses import ACCEPT
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import Literals, extract_literals
from mistral_agent.intent.model import Goal, Intent, IntentKind, IntentOptions
from mistral_agent.intent.parameters import is_source
from mistral_agent.intent.proposal import Proposal, UnusableProposalError, propose
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.memory import Memory
from model_backends.base import Message, ModelBackend, ModelQuality
from model_backends.errors import BackendError, EndpointError

__all__ = ["Goal", "Intent", "IntentKind", "IntentOptions", "parse_intent"]

WEIGHTS: Mapping[ModelQuality, float] = {"small": 0.1, "unknown": 0.4, "capable": 0.7}
"""What the model's word weighs against the evidence, by its measured quality."""
DECIDES = 0.5
"""The weighed sum from which on a tool is a goal."""


async def parse_intent(
    text: str,
    *,
    files: Mapping[str, str],
    catalogue: Catalogue,
    memory: Memory,
    history: Sequence[Message],
    backend: ModelBackend,
    options: IntentOptions = IntentOptions(),
) -> Intent:
    """Read a request.

    Args:
        text: The user's message.
        files: Contents of the files that belong to it, by name.
        catalogue: The tools that there are.
        memory: What the conversation has produced so far.
        history: The conversation so far, oldest first.
        backend: The model; a small one is asked only where evidence does not decide.
        options: Bounds.

    Raises:
        EndpointError: The model's endpoint cannot serve; other failures of the model leave the
            reading to the evidence, with a note.
    """
    literals = extract_literals(text, files)
    index = ToolIndex(catalogue)
    has_code = bool(literals.code) or memory.last(_is_code) is not None
    evidence = read_evidence(literals, index, Surroundings(has_code))
    reading = await _with_model(evidence, literals, catalogue, index, history, backend, options)
    return _bounded(reading, options.max_goals)


async def _with_model(
    evidence: Intent,
    literals: Literals,
    catalogue: Catalogue,
    index: ToolIndex,
    history: Sequence[Message],
    backend: ModelBackend,
    options: IntentOptions,
) -> Intent:
    quality = backend.info.quality
    if not options.use_model or not catalogue.tools or not literals.prose.strip():
        return evidence
    if quality == "small" and not _is_open(evidence, options):
        return evidence
    try:
        proposal = await propose(
            literals.prose,
            catalogue,
            history,
            backend,
            max_goals=options.max_goals,
            max_tokens=options.max_tokens,
        )
    except EndpointError:
        raise
    except (BackendError, UnusableProposalError) as error:
        note = f"understood without the model ({error})"
        return replace(evidence, notes=(*evidence.notes, note))
    return weigh(evidence, proposal, quality, index)


def weigh(evidence: Intent, proposal: Proposal, quality: ModelQuality, index: ToolIndex) -> Intent:
    """Put the evidence and the model's word together.

    With w the weight of the model's quality, a tool is a goal where

        w * (1 if the model names it else 0) + (1 - w) * fit >= DECIDES

    and its fit is that of its clause in the evidence, or else its rank for the model's own words.
    So a small model decides nothing, one of unknown quality must have some evidence on its side,
    and a capable one decides unless it names what the user said not to do. Goals of the evidence
    keep their order, because words of order are read literally; what only the model sees follows
    the model's order.
    """
    weight = WEIGHTS[quality]
    if proposal.kind != "task" or not proposal.goals:
        return _without_proposed_goals(evidence, proposal, weight)
    proposed = [tool for tool, _ in proposal.goals]
    kept = [
        goal
        for goal in evidence.goals
        if weight * (goal.tool in proposed) + (1 - weight) * _sure(goal.score) >= DECIDES
    ]
    kept = [_settled(goal, proposed) for goal in kept]
    merged = _merge(kept, _added(evidence, proposal, weight, index), proposed)
    if not merged:
        return evidence
    confidence = min(weight * (goal.tool in proposed) + (1 - weight) * _sure(goal.score) for goal in merged)
    return replace(
        evidence,
        kind="task",
        goals=tuple(merged),
        confidence=max(confidence, evidence.confidence if len(merged) == len(evidence.goals) else 0),
    )


def _without_proposed_goals(evidence: Intent, proposal: Proposal, weight: float) -> Intent:
    """The model sees no goal: it is believed where the evidence against it weighs less."""
    if not evidence.goals:
        if proposal.kind == "chat" and weight >= DECIDES:
            return replace(evidence, kind="chat", confidence=weight)
        return evidence
    strongest = max(_sure(goal.score) for goal in evidence.goals)
    if (1 - weight) * strongest >= weight * DECIDES or weight < DECIDES:
        return evidence
    kind: IntentKind = "chat" if proposal.kind == "chat" else "unclear"
    tools = tuple(goal.tool for goal in evidence.goals)
    return replace(evidence, kind=kind, goals=(), confidence=weight, candidates=tools)


def _added(
    evidence: Intent, proposal: Proposal, weight: float, index: ToolIndex
) -> list[Goal]:
    """Goals that only the model sees, as far as the user does not exclude them."""
    known = [goal.tool for goal in evidence.goals]
    added: list[Goal] = []
    for tool, request in proposal.goals:
        clause = request.strip() or evidence.literals.prose
        if tool in known or tool in evidence.excluded or any(tool == goal.tool for goal in added):
            continue
        ranked = (each.score for each in index.rank(clause) if each.tool == tool)
        fit = next(ranked, 0.0)
        if weight + (1 - weight) * fit >= DECIDES:
            added.append(Goal(tool, clause, max(fit, ACCEPT)))
    return added


def _merge(kept: list[Goal], added: list[Goal], proposed: Sequence[Tool]) -> list[Goal]:
    merged = list(kept)
    for goal in added:
        later = proposed[proposed.index(goal.tool) + 1 :]
        place = next((n for n, each in enumerate(merged) if each.tool in later), len(merged))
        merged.insert(place, goal)
    return merged


def _settled(goal: Goal, proposed: Sequence[Tool]) -> Goal:
    """Between equals the model may choose, whatever it weighs."""
    if not goal.alternatives or goal.tool in proposed:
        return replace(goal, alternatives=()) if goal.tool in proposed else goal
    chosen = next((tool for tool in goal.alternatives if tool in proposed), None)
    return goal if chosen is None else replace(goal, tool=chosen, alternatives=())


def _is_open(evidence: Intent, options: IntentOptions) -> bool:
    return evidence.kind == "task" and any(goal.alternatives for goal in evidence.goals)


def _sure(score: float) -> float:
    """A fit of `SURE` and more counts as certain."""
    from mistral_agent.intent.evidence import SURE

    return min(1.0, score / SURE)


def _bounded(intent: Intent, max_goals: int) -> Intent:
    if len(intent.goals) <= max_goals:
        return intent
    note = (
        f"the request has {len(intent.goals)} goals; the first {max_goals} are planned "
        "(planning.max_steps)"
    )
    return replace(intent, goals=intent.goals[:max_goals], notes=(*intent.notes, note))


def _is_code(artifact: object) -> bool:
    from mistral_agent.memory import Artifact

    return isinstance(artifact, Artifact) and is_source(artifact.name, artifact.schema, {})
