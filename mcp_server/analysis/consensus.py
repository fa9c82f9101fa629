"""What several candidates give for the same calls, and which of them agree.

Candidates that are right agree; those that are wrong seldom are so in the same way (Li et al. 2022,
AlphaCode, arXiv:2203.07814, section 4.4). That most agree is a hint, and no proof.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from mcp_server.analysis.candidates import Reading
from mcp_server.analysis.signatures import Signature
from mcp_server.sandbox.base import Sandbox
from mcp_server.sandbox.pytest_runner import run_script

CALLS = 24
CALL_SECONDS = 0.5
RUN_SECONDS = 8.0
MOST_PARAMETERS = 4

_VALUES = {
    "int": ("3", "0", "-2", "10", "7"),
    "str": ("'Hello World'", "''", "'abba'", "'a1 b2, c'", "'x'"),
    "list": ("[3, 1, 2, 3]", "[]", "[-1, 0, 5]", "[7]", "['b', 'a', 'bc']"),
    "float": ("2.5", "0.0", "-1.5"),
    "bool": ("True", "False"),
    "dict": ("{'a': 1, 'b': 2}", "{}", "{'x': 'y'}"),
    "tuple": ("(1, 2)", "()", "(3, 1, 2)"),
}
_KINDS = {
    "list": ("list", "sequence", "iterable", "collection"),
    "dict": ("dict", "mapping"),
    "str": ("str",),
    "int": ("int",),
    "float": ("float",),
    "bool": ("bool",),
    "tuple": ("tuple",),
}


@dataclass(frozen=True, slots=True)
class Consensus:
    """Which candidates agree.

    Args:
        largest: Numbers of those in the largest group, in their order.
        compared: How many candidates could be compared.
        calls: On how many calls, those apart that failed for all of them.
    """

    largest: tuple[int, ...]
    compared: int
    calls: int


def subject_of(reading: Reading, name: str | None) -> Signature | None:
    """The function to compare: the one that was asked for, or the only one."""
    known = {signature.name: signature for signature in reading.signatures}
    if name:
        found = known.get(name)
    else:
        found = next(iter(known.values())) if len(known) == 1 == len(reading.names) else None
    fits = found is not None and found.parameters and found.fewest <= MOST_PARAMETERS
    return found if fits else None


def plan_calls(signature: Signature) -> list[str]:
    """Arguments for a function: of each kind that its parameters may be, at most `CALLS`."""
    needed = [p for p in signature.parameters if not (p.optional or p.many)]
    needed = needed or list(signature.parameters[:1])
    kinds = [_kinds(p.annotation) for p in needed]
    mixes = sorted(product(*kinds), key=lambda mix: len(set(mix)))
    each = max(1, CALLS // len(mixes))
    calls = [call for mix in mixes for call in islice(_arguments(mix), each)]
    return list(dict.fromkeys(calls))[:CALLS]


async def compare(
    sandbox: Sandbox,
    candidates: Sequence[tuple[str, str]],
    arguments: Sequence[str],
    seconds: float = RUN_SECONDS,
) -> Consensus | None:
    """Call the candidates, given as their code and their function's name, in the sandbox.

    Those that are not done within `seconds`, or `RUN_SECONDS` if that is less, are left out.

    Returns:
        None if fewer than two could be compared.

    Raises:
        SandboxUnavailableError: Code is not run here.
    """
    key = secrets.token_hex(16)
    asked = {
        "key": key,
        "seconds": CALL_SECONDS,
        "candidates": [
            (code, [f"{name}{each}" for each in arguments]) for code, name in candidates
        ],
    }
    script = Path(__file__).with_name("consensus_script.py").read_text(encoding="utf-8")
    outcome = await run_script(
        sandbox, script, files={"asked.json": json.dumps(asked)}, seconds=min(seconds, RUN_SECONDS)
    )
    return group(dict(_read(outcome.stdout, key, len(arguments))))


def group(outcomes: dict[int, Sequence[str]]) -> Consensus | None:
    """The largest group of candidates with the same outcomes; of two, that of the earliest."""
    told = list(zip(*outcomes.values(), strict=True))
    useful = [n for n, column in enumerate(told) if any(o.startswith("gives ") for o in column)]
    if len(outcomes) < 2 or not useful:  # noqa: PLR2004  (one agrees with itself)
        return None
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, found in sorted(outcomes.items()):
        groups.setdefault(tuple(found[n] for n in useful), []).append(number)
    largest = max(groups.values(), key=len)
    return Consensus(tuple(largest), len(outcomes), len(useful))


def _read(stdout: str, key: str, calls: int) -> Iterator[tuple[int, Sequence[str]]]:
    for line in stdout.splitlines():
        if not line.startswith(key):
            continue
        try:
            number, found = json.loads(line.removeprefix(key))
        except (ValueError, TypeError):
            continue
        if len(found) == calls:
            yield number, found


def _kinds(annotation: str) -> Sequence[str]:
    base = annotation.partition("[")[0].rsplit(".", 1)[-1].lower()
    found = [kind for kind, names in _KINDS.items() if base in names]
    return found or ("int", "str", "list", "dict")


def _arguments(kinds: Sequence[str]) -> Iterator[str]:
    """Calls with values of these kinds: one after the other of each, then all combinations."""
    values = [_VALUES[kind] for kind in kinds]
    for rank in range(max(map(len, values))):
        yield f"({', '.join(v[min(rank, len(v) - 1)] for v in values)})"
    for mix in product(*values):
        yield f"({', '.join(mix)})"
