"""Continuous batching: requests join and leave the running batch between two forward passes.

This is a scheduler of our own and not transformers' `ContinuousBatchingManager`, because that one
(5.24) has one random generator and one logits processor for a whole batch, so seeds and schemas of
single requests are not possible, and packs all rows into one sequence, so that a request's numbers
depend on its neighbours. Here a prompt is always read alone and in the same pieces, and each row of
a decoding pass depends on that row only. On a CPU in float32 an answer is the same alone and in
a batch; in bfloat16 a matrix product may round otherwise for another number of rows.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from model_backends.base import Chunk, FinishReason, GenerationRequest, Timings, Usage
from model_backends.errors import BackendError, GenerationError
from model_backends.transformers_local.decoding import IncrementalText, StopStrings
from model_backends.transformers_local.failures import explain_failure
from model_backends.transformers_local.grammar import CLOSING_SHARE, Grammar
from model_backends.transformers_local.loading import Loaded
from model_backends.transformers_local.sampling import Sampler
from model_backends.transformers_local.slots import SlotCache

SEND_SECONDS = 0.01
"""Text is handed over so often at most: a wake-up of the event loop costs a small model's token."""
PROMPT_PIECE = 512
"""Prompt tokens of one pass: what the running requests wait between two of their tokens."""


@dataclass(eq=False, slots=True)
class Job:
    """A request on its way.

    Args:
        request: How it is sampled.
        tokens: The prompt, at least one token.
        limit: Tokens to generate at most.
        ends: Tokens that end the answer and are not part of it.
        stop: Strings that do.
        grammar: Its schema.
        loop: Where it is waited for.
        answers: Gets chunks, or an error; the last one is an error or has a finish reason.
    """

    request: GenerationRequest
    tokens: Sequence[int]
    limit: int
    ends: frozenset[int]
    stop: Sequence[str]
    grammar: Grammar | None
    loop: asyncio.AbstractEventLoop
    answers: "asyncio.Queue[Chunk | BackendError]"
    cancelled: bool = False
    arrived: float = field(default_factory=time.monotonic)

    @property
    def cost(self) -> int:
        """Tokens that it may come to hold."""
        return len(self.tokens) + self.limit


@dataclass(eq=False, slots=True)
class _Row:
    """A job with a row of the cache."""

    job: Job
    sampler: Sampler
    text: IncrementalText
    stops: StopStrings
    held: int = 0
    last: int = 0
    made: int = 0
    first: float = 0.0


class Scheduler:
    """Runs the model for many requests at once, in one thread of its own.

    Fair by order: requests start in the order in which they came, and nobody overtakes one that
    waits for room. A prompt is read in pieces between which the others get their next tokens.

    Args:
        loaded: The model.
        rows: Requests at once.
        window: Tokens of one request.
        budget: Tokens that all running requests may come to hold; one request always may run.
    """

    def __init__(self, loaded: Loaded, rows: int, window: int, budget: int) -> None:
        self._loaded = loaded
        self._rows = rows
        self._window = window
        self._budget = budget
        self._waiting: deque[Job] = deque()
        self._running: list[_Row] = []
        self._reading: _Row | None = None
        self._outbox: list[tuple[Job, Chunk | BackendError]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._sent = 0.0
        self._cache = self._new_cache()

    @property
    def active(self) -> int:
        """Requests that hold a row."""
        return len(self._running) + (self._reading is not None)

    @property
    def cache_bytes(self) -> int:
        """Memory of the keys and values."""
        return self._cache.bytes

    def submit(self, job: Job) -> None:
        """Queue a request; may be called in any thread."""
        with self._changed:
            if self._closed:
                raise GenerationError(self._loaded.name, "its backend is closed")
            self._waiting.append(job)
            self._changed.notify()

    def cancel(self, job: Job) -> None:
        """Free the request's row before the next pass; may be called in any thread."""
        with self._changed:
            job.cancelled = True
            self._changed.notify()

    def close(self) -> None:
        """Let `run` return after the pass it is in."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def run(self) -> None:
        """Serve until `close`; the thread that calls it owns the model."""
        reason = "it stopped serving"
        try:
            with torch.inference_mode():
                while self._wait():
                    self._pass()
                    self._send_in_time()
            reason = "its backend was closed"
        finally:
            self._end(GenerationError(self._loaded.name, reason))

    def _end(self, error: GenerationError) -> None:
        with self._changed:
            self._closed = True
            jobs = [*self._waiting, *(row.job for row in self._all())]
            self._waiting.clear()
        self._outbox += [(job, error) for job in jobs]
        self._running.clear()
        self._reading = None
        self._send()

    def _wait(self) -> bool:
        """Wait for work; drop what was cancelled, and give the next one a row."""
        with self._changed:
            while True:
                for row in [row for row in self._all() if row.job.cancelled]:
                    self._drop(row)
                if any(job.cancelled for job in self._waiting):
                    self._waiting = deque(j for j in self._waiting if not j.cancelled)
                if self._closed:
                    return False
                self._admit()
                if self._running or self._reading:
                    return True
                self._changed.wait()

    def _admit(self) -> None:
        if self._reading is not None or self.active >= self._rows or not self._waiting:
            return
        held = sum(row.job.cost for row in self._running)
        if held and held + self._waiting[0].cost > self._budget:
            return
        job = self._waiting.popleft()
        sampler = Sampler(job.request, self._loaded.device)
        text = IncrementalText(self._loaded.tokenizer)
        self._reading = _Row(job, sampler, text, StopStrings(job.stop))

    def _pass(self) -> None:
        if self._reading is not None:
            self._guarded(partial(self._read, self._reading), [self._reading])
        if self._running:
            self._guarded(self._decode, list(self._running))

    def _guarded(self, forward: Callable[[], None], rows: list[_Row]) -> None:
        """Run a pass; whatever it raises ends its requests, and the next ones start anew."""
        try:
            forward()
        except Exception as error:  # noqa: BLE001 - the thread's edge: those who wait must hear
            failure = explain_failure(self._loaded.name, error)
            for row in set(rows).intersection(self._all()):
                self._fail(row, failure)
            if not self._all():
                self._cache = self._new_cache()
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()

    def _read(self, row: _Row) -> None:
        """Read a piece of a prompt; after the last one comes the first token."""
        tokens, start = row.job.tokens, row.held
        end = min(start + PROMPT_PIECE, len(tokens))
        self._cache.at_prompt(len(self._running), start, end)
        device = self._loaded.device
        ids = torch.tensor([tokens[start:end]], device=device)
        logits = self._loaded.forward(
            ids, torch.arange(start, end, device=device)[None], None, self._cache
        )
        row.held = end
        if end == len(tokens):
            self._reading = None
            self._running.append(row)
            self._take([row], logits)

    def _decode(self) -> None:
        """One token for every running request."""
        rows = list(self._running)
        device = self._loaded.device
        held = [row.held for row in rows]
        longest = max(held) + 1
        positions = torch.tensor(held, device=device)
        mask = None
        if min(held) + 1 == longest:
            self._cache.at_tokens(None, longest)
        else:
            self._cache.at_tokens(positions, longest)
            mask = torch.arange(longest, device=device)[None] <= positions[:, None]
        ids = torch.tensor([[row.last] for row in rows], device=device)
        logits = self._loaded.forward(ids, positions[:, None], mask, self._cache)
        for row in rows:
            row.held += 1
        self._take(rows, logits)

    def _take(self, rows: list[_Row], logits: Any) -> None:
        """Choose and deliver the next token of each row.

        Args:
            rows: The requests.
            logits: Shape `[rows, vocabulary]`.
        """
        logits = logits.float()
        broken = ~logits.isfinite().all(-1)
        logits = logits.masked_fill(broken[:, None], 0.0)
        if self._loaded.known < logits.shape[1]:
            logits[:, self._loaded.known :] = float("-inf")
        chosen, refused = self._choose(rows, logits)
        # One transfer from the device a pass.
        tokens, numberless = torch.stack([chosen, broken.to(chosen.dtype)]).tolist()
        for row, token, is_broken in zip(rows, tokens, numberless, strict=True):
            if is_broken:
                self._cache.scrub(self._running.index(row))
                reason = (
                    "its numbers overflowed (NaN); set torch_dtype: float32 or bfloat16, "
                    "or another quantization"
                )
                self._fail(row, GenerationError(self._loaded.name, reason))
            elif row in refused:
                self._fail(row, refused[row])
            else:
                self._add(row, token)

    def _choose(self, rows: list[_Row], logits: Any) -> tuple[Any, dict[_Row, BackendError]]:
        refused: dict[_Row, BackendError] = {}
        chosen = logits.argmax(-1)
        for number, row in enumerate(rows):
            grammar, own = row.job.grammar, logits[number]
            if grammar is None and row.sampler.greedy:
                continue
            if grammar is not None:
                left = row.job.limit - row.made
                try:
                    own = grammar.restrict(own, closing=left <= row.job.limit // CLOSING_SHARE)
                except BackendError as error:
                    refused[row] = error
                    continue
            chosen[number] = row.sampler.choose(own)
        return chosen, refused

    def _add(self, row: _Row, token: int) -> None:
        row.made += 1
        row.last = token
        if row.made == 1:
            row.first = time.monotonic()
        if token in row.job.ends:
            self._finish(row, "stop")
            return
        grammar = row.job.grammar
        if grammar is not None:
            grammar.add(token)
        text, stopped = row.stops.add(row.text.add(token))
        self._say(row, text)
        if stopped:
            self._finish(row, "stop", all_said=True)
        elif grammar is not None and grammar.ended:
            self._finish(row, "stop")
        elif row.made >= row.job.limit:
            self._finish(row, "length")

    def _finish(self, row: _Row, reason: FinishReason, *, all_said: bool = False) -> None:
        if not all_said:
            text, stopped = row.stops.add(row.text.rest())
            self._say(row, text if stopped else text + row.stops.rest())
            reason = "stop" if stopped else reason
        seconds = time.monotonic() - row.first
        speed = (row.made - 1) / seconds if row.made > 1 and seconds else 0.0
        timings = Timings(row.first - row.job.arrived, speed)
        usage = Usage(len(row.job.tokens), row.made)
        self._outbox.append((row.job, Chunk("", reason, usage, timings)))
        self._drop(row)

    def _say(self, row: _Row, text: str) -> None:
        if text:
            self._outbox.append((row.job, Chunk(text)))

    def _fail(self, row: _Row, error: BackendError) -> None:
        self._outbox.append((row.job, error))
        self._drop(row)

    def _drop(self, row: _Row) -> None:
        """Free a row; the last ones move up, so that the running rows stay the first."""
        if row is self._reading:
            self._reading = None
            return
        place = self._running.index(row)
        last = self._running.pop()
        if last is not row:
            self._cache.move(len(self._running), place, last.held)
            self._running[place] = last
        if self._reading is not None and self._reading.held:
            self._cache.move(len(self._running) + 1, len(self._running), self._reading.held)

    def _all(self) -> list[_Row]:
        return [*self._running, *([self._reading] if self._reading else [])]

    def _send_in_time(self) -> None:
        """Hand over, unless it was done a moment ago and all requests go on."""
        now = time.monotonic()
        ended = any(not isinstance(e, Chunk) or e.finish_reason for _, e in self._outbox)
        if ended or now - self._sent >= SEND_SECONDS:
            self._sent = now
            self._send()

    def _send(self) -> None:
        """Hand over what the pass made: one wake-up of each event loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job, Chunk | BackendError]]] = {}
        for job, item in self._outbox:
            by_loop.setdefault(job.loop, []).append((job, item))
        self._outbox.clear()
        for loop, items in by_loop.items():
            try:
                loop.call_soon_threadsafe(_deliver, items)
            except RuntimeError:
                # The loop is closed: nobody waits for these any more.
                for job, _ in items:
                    self.cancel(job)

    def _new_cache(self) -> SlotCache:
        return SlotCache(self._loaded.layers, self._rows, self._window)


def _deliver(items: list[tuple[Job, "Chunk | BackendError"]]) -> None:
    for job, item in items:
        job.answers.put_nowait(item)
