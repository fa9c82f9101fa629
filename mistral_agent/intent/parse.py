"""What the user wants: evidence and, where it may help, one call of the model."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.glossary import Glossed, glossed, is_latin
from mistral_agent.intent.knowledge import is_small_talk
from mistral_agent.intent.literals import Literals, extract_literals, literals_of
from mistral_agent.intent.model import Goal, Intent, IntentKind, IntentOptions
from mistral_agent.intent.parameters import is_source, kind_of
from mistral_agent.intent.proposal import UnusableProposalError, propose
from mistral_agent.intent.ranking import ToolIndex, index_of
from mistral_agent.intent.weighing import weigh
from mistral_agent.memory import Artifact, Memory
from model_backends.base import Message, ModelBackend
from model_backends.errors import BackendError, EndpointError

__all__ = ["Goal", "Intent", "IntentKind", "IntentOptions", "parse_intent"]

_DEFAULTS = IntentOptions()


async def parse_intent(
    text: str,
    *,
    files: Mapping[str, str],
    catalogue: Catalogue,
    memory: Memory,
    history: Sequence[Message],
    backend: ModelBackend,
    options: IntentOptions = _DEFAULTS,
) -> Intent:
    """Read a request.

    Args:
        text: The user's message.
        files: Contents of the files that belong to it, by name.
        catalogue: The tools that there are.
        memory: What the conversation has produced so far.
        history: The conversation so far, oldest first.
        backend: The model; a small one is asked only where evidence does not decide.
        options: Bounds, and whether the model is asked at all.

    Raises:
        EndpointError: The model's endpoint cannot serve; other failures of the model leave the
            reading to the evidence, with a note.
    """
    literals = extract_literals(text, files)
    index = index_of(catalogue)
    has_code = bool(literals.code) or memory.last(_is_code) is not None
    newest = memory.last()
    last = catalogue.find(newest.server, newest.tool) if newest else None
    reading = _read(literals, index, Surroundings(has_code, bool(literals.code), last))
    if options.use_model and catalogue.tools and _may_help(backend, reading, options):
        try:
            async with asyncio.timeout(options.seconds):
                proposal = await propose(literals.prose, catalogue, history, backend, options)
            reading = weigh(reading, proposal, backend.info.quality, index)
        except EndpointError:
            raise
        except TimeoutError:
            note = f"understood without the model (it took more than {options.seconds:g} s)"
            reading = replace(reading, notes=(*reading.notes, note))
        except (BackendError, UnusableProposalError) as error:
            note = f"understood without the model ({error})"
            reading = replace(reading, notes=(*reading.notes, note))
    return _bounded(reading, options.max_goals)


def _read(literals: Literals, index: ToolIndex, around: Surroundings) -> Intent:
    """Read the words as they are, or as far as they are known where they are not English."""
    other = glossed(literals.prose)
    if other is None:
        reading = read_evidence(literals, index, around)
        foreign = not is_latin(literals.prose)
    else:
        reading = read_evidence(literals_of(other.english, literals.code), index, around)
        own = literals.prose.strip()
        goals = tuple(
            replace(goal, clause=own) if _takes_words(goal) else goal for goal in reading.goals
        )
        reading = replace(reading, goals=goals, literals=literals)
        foreign = True
    # A request that is not understood is asked about, rather than answered with small talk.
    if foreign and reading.kind == "chat" and not _is_talk(reading.literals.prose, other):
        return replace(reading, kind="unclear", confidence=0.3)
    return reading


def _takes_words(goal: Goal) -> bool:
    return any(kind_of(goal.tool, name) == "free_text" for name in goal.tool.required)


def _is_talk(prose: str, other: Glossed | None) -> bool:
    """Whether it is a greeting or a question, whatever the language."""
    english = other.english if other else prose
    return is_small_talk(english) or english.rstrip().endswith(("?", "\uff1f"))


def _may_help(backend: ModelBackend, evidence: Intent, options: IntentOptions) -> bool:
    """Whether the model's word could change the reading; a small one is slow and says little."""
    if not evidence.literals.prose.strip():
        return False
    if backend.info.quality == "small":
        return evidence.kind == "task" and evidence.confidence < options.confidence_threshold
    return True


def _bounded(intent: Intent, max_goals: int) -> Intent:
    if len(intent.goals) <= max_goals:
        return intent
    note = (
        f"the request has {len(intent.goals)} goals; the first {max_goals} are planned "
        "(planning.max_steps)"
    )
    return replace(intent, goals=intent.goals[:max_goals], notes=(*intent.notes, note))


def _is_code(artifact: Artifact) -> bool:
    return is_source(artifact.name, artifact.schema, {})
