"""Candidates of generated code: asked for and checked, one after the other, until one passes.

They are asked for in turn even where the model serves several requests at once: the embedded one is
no faster then (57 tokens a second alone, 61 with four), and what is computed together may differ in
a word from what is computed alone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

import anyio

from mcp_server.generation.code_agreement import agreed, can_be_compared
from mcp_server.generation.code_checks import RUN_SECONDS, Candidate, CodeTask, check_code, finished
from mcp_server.generation.code_tries import tries
from mcp_server.prompting import (
    Sampling,
    Try,
    continued,
    extract_code,
    generate_text,
    is_whole,
    own_code,
)
from mcp_server.services import Services
from model_backends.errors import BackendError

MODEL_SHARE = 0.75
"""Of the time that is left to the call, what the candidates may use."""
LEAST_SECONDS = 2.0
"""With less time left no further candidate is begun; and the last one is run for so long."""
SMALL_MODEL_TOKENS = 384
FUNCTION_TOKENS = 192
"""A small model that has not come to the end of one function by then is repeating itself."""
COMPARED = {"small": 5, "capable": 3, "unknown": 3}
"""Candidates that are compared where there are no examples to tell them apart."""

Progress = Callable[[float, float, str], Awaitable[None]]
Stopped = Literal["passed", "compared", "tried", "time", "model"]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of the search.

    Args:
        candidates: All of them, in the order in which they were asked for; at least one.
        best: The one to return, with what the comparison of candidates adds to its checks.
        stopped: Why no more were asked for: one passes, enough were compared, or the tries, the
            time or the model came to an end.
    """

    candidates: tuple[Candidate, ...]
    best: Candidate
    stopped: Stopped


async def write_code(given: Services, task: CodeTask, progress: Progress) -> Written:
    """Ask for candidates until one passes, or the budget of candidates or of seconds is spent.

    Raises:
        BackendError: The model fails at the first candidate; later the best so far is returned.
    """
    search = _Search(given, task, progress)
    stopped = await search.run()
    found = tuple(search.found)
    best = max(found, key=lambda candidate: candidate.rank)
    if best.passes and not task.wanted.examples:
        found = tuple([await finished(given, task, candidate) for candidate in found])
        best = max(found, key=lambda candidate: candidate.rank)
        return Written(found, await agreed(given, task.wanted, found) or best, stopped)
    return Written(found, await finished(given, task, best), stopped)


class _Search:
    """One search, with what it has found so far."""

    def __init__(self, given: Services, task: CodeTask, progress: Progress) -> None:
        settings = given.settings.tools.code_generation
        now = anyio.current_time()
        left = (anyio.current_effective_deadline() - now) * MODEL_SHARE
        self._until = now + min(settings.seconds, left)
        self._given, self._task, self._progress = given, task, progress
        self._most = settings.candidates
        self._quality = given.backend.info.quality
        self.found: list[Candidate] = []

    async def run(self) -> Stopped:
        """Fill `found`, and say why it ended."""
        for number, (each, repairs) in enumerate(tries(self._given, self._task, self.found)):
            left = self._until - anyio.current_time()
            if number >= self._most:
                return "tried"
            if number and left < LEAST_SECONDS:
                return "time"
            try:
                answer = await self._ask(number, each, left)
            except BackendError:
                if not number:
                    raise
                return "model"
            code = own_code(each.question.begins, extract_code(answer, self._task.language))
            left = min(max(self._until - anyio.current_time(), LEAST_SECONDS), RUN_SECONDS)
            checked = await check_code(self._given, self._task, code, self.found, left)
            self.found.append(replace(checked, repairs=repairs))
            await self._tell(number + 1, f"candidate {number + 1} of {self._most}: {self._said()}")
            if ended := self._ended():
                return ended
        return "tried"

    async def _ask(self, number: int, each: Try, seconds: float) -> str:
        step = f"generating candidate {number + 1} of {self._most}"
        await self._tell(number, step)

        async def told(pieces: int) -> None:
            await self._tell(number, f"{step}: {pieces} tokens")

        opening = each.question.opening
        generated = await generate_text(
            self._given.backend,
            each.question,
            self._sampling(number, each),
            seconds=seconds,
            enough=lambda answer: is_whole(opening, answer),
            progress=told,
        )
        # Half a character, as a tokenizer's pieces may leave one, is in no encoding.
        return continued(opening, generated.text.encode("utf-8", "replace").decode())

    def _sampling(self, number: int, each: Try) -> Sampling:
        settings, model = self._given.settings.tools.code_generation, self._given.settings.model
        most = settings.max_new_tokens
        if self._quality == "small":
            most = min(most, FUNCTION_TOKENS if each.question.opening else SMALL_MODEL_TOKENS)
        warmth = model.temperature if each.temperature is None else each.temperature
        return Sampling(
            max_tokens=most,
            temperature=warmth,
            top_p=model.top_p if warmth else 1.0,
            seed=number,
            stop=settings.stop_sequences,
        )

    def _said(self) -> str:
        last = self.found[-1]
        passed, examples = last.examples
        if not last.code:
            return "no code"
        if examples:
            return f"{passed} of {examples} examples pass"
        failed = [check.name for check in last.checks if check.status == "failed"]
        return f"failed: {', '.join(failed)}" if failed else "nothing speaks against it"

    def _ended(self) -> Stopped | None:
        passing = [candidate for candidate in self.found if candidate.passes]
        if not passing:
            return None
        if self._task.wanted.examples or not can_be_compared(passing[0], self._task.wanted):
            return "passed"
        enough = len(passing) >= COMPARED[self._quality]
        return "compared" if enough or len(self.found) >= 2 * COMPARED[self._quality] else None

    async def _tell(self, step: float, message: str) -> None:
        await self._progress(step, self._most, message)
