"""Which of several candidates to take where no examples tell them apart: what most of them do."""

from collections.abc import Sequence
from dataclasses import replace

from mcp_server.analysis.candidates import third_party
from mcp_server.analysis.consensus import Consensus, compare, plan_calls, subject_of
from mcp_server.analysis.wanted import Wanted
from mcp_server.checks import Check
from mcp_server.generation.code_checks import Candidate, half_of_what_is_left, static
from mcp_server.sandbox.base import SandboxUnavailableError
from mcp_server.services import Services

AGREEMENT = "agreement"


def can_be_compared(candidate: Candidate, wanted: Wanted) -> bool:
    """Whether it is one function of Python's own that generated calls can tell something of."""
    reading = candidate.reading
    return (
        reading is not None
        and subject_of(reading, wanted.name) is not None
        and not third_party(reading.imports)
    )


async def agreed(given: Services, wanted: Wanted, found: Sequence[Candidate]) -> Candidate | None:
    """The simplest candidate of the largest group that gives the same for generated calls.

    The check that it gets is static and not required: candidates that agree may all be wrong, so
    it must not verify anything. None where nothing could be compared.
    """
    compared = [c for c in found if c.passes and can_be_compared(c, wanted)]
    subjects = [subject_of(c.reading, wanted.name) for c in compared if c.reading]
    named = [(c.code, s.name) for c, s in zip(compared, subjects, strict=True) if s]
    if len(named) < 2 or subjects[0] is None:  # noqa: PLR2004  (one agrees with itself)
        return None
    arguments = plan_calls(wanted.signature or subjects[0])
    try:
        consensus = await compare(given.sandbox, named, arguments, half_of_what_is_left())
    except SandboxUnavailableError:
        return None
    if consensus is None:
        return None
    best = min((compared[n] for n in consensus.largest), key=lambda c: (-c.rank[-1], _size(c)))
    return replace(best, checks=(*best.checks, _check(consensus)))


def _size(candidate: Candidate) -> int:
    return candidate.reading.size if candidate.reading else 0


def _check(consensus: Consensus) -> Check:
    same = len(consensus.largest)
    most = 2 * same > consensus.compared and same > 1
    detail = (
        f"{same} of {consensus.compared} candidates give the same on {consensus.calls} generated "
        "calls; whether it is right was not checked"
    )
    return static(AGREEMENT, "passed" if most else "failed", detail, required=False)
