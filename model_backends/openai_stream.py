"""The `openai` client, opened without surprises, and its streams as chunks."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from model_backends.base import Chunk, FinishReason, Timings, Usage

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

CONNECT_SECONDS = 10.0
_NO_KEY = "no-key"
_OPENAI_HOSTS = (".openai.com", ".openai.azure.com")

EVENTS_PER_TOKEN, SPARE_EVENTS = 2, 100
CHARACTERS_PER_TOKEN = 100
"""What an endpoint that heeds `max_tokens` stays under: each token is at most one event as a rule,
and the longest tokens of common tokenizers are runs of about a hundred blanks."""


class MalformedStreamError(Exception):
    """The endpoint sent a stream of another shape than OpenAI's; the message says what is wrong."""


def open_client(
    base_url: str,
    api_key: str | None,
    read_seconds: float | None,
    *,
    private: bool = False,
) -> "AsyncOpenAI":
    """Open a client of an OpenAI-compatible endpoint; nothing is sent yet.

    Nothing but the request leaves: without a key there is no Authorization header, and the
    client's own headers about the machine are taken away.

    Args:
        base_url: The endpoint.
        api_key: Sent to this endpoint only; None sends none.
        read_seconds: Longest wait for the next piece of an answer.
        private: The endpoint is one of our own processes: no proxies, and no kept connections, as
            llama.cpp's server closes them unannounced.
    """
    import httpx2
    from openai import AsyncOpenAI

    limits = httpx2.Limits(max_keepalive_connections=0 if private else 20)
    timeout = httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS)
    http = httpx2.AsyncClient(
        timeout=timeout,
        limits=limits,
        trust_env=not private,
        follow_redirects=True,
        event_hooks={"request": [_only_what_is_needed]},
    )
    return AsyncOpenAI(
        base_url=base_url,
        api_key=api_key or _NO_KEY,
        default_headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
        timeout=timeout,
        max_retries=0,
        http_client=http,
    )


async def _only_what_is_needed(request: "httpx2.Request") -> None:
    headers = request.headers
    for name in [name for name in headers if name.lower().startswith("x-stainless")]:
        del headers[name]
    if headers.get("Authorization") == f"Bearer {_NO_KEY}":
        del headers["Authorization"]
    if not f".{request.url.host}".endswith(_OPENAI_HOSTS):
        # From the environment; they name the user's account at OpenAI.
        for name in ("OpenAI-Organization", "OpenAI-Project"):
            headers.pop(name, None)


async def stream_completion(
    client: "AsyncOpenAI",
    body: Mapping[str, Any],
    prompt_tokens: int,
    silent_seconds: float | None = None,
) -> AsyncIterator[Chunk]:
    """Generate once: text as it comes, then one chunk with finish reason, usage and timings.

    An endpoint that goes on far beyond `max_tokens` is left; its answer then ends as "length".

    Args:
        client: Of the endpoint.
        body: Arguments of `create`; with `messages` a chat, else a raw prompt.
        prompt_tokens: An estimate, used where the endpoint reports no usage.
        silent_seconds: Longest wait for an event. The client's own limit is between any two bytes,
            which comments that keep the connection alive (`: ping`) meet for ever.

    Raises:
        MalformedStreamError: The answer is not a stream of completion chunks.
        openai.OpenAIError: The endpoint refused, broke off or timed out.
    """
    resource: Any = client.chat.completions if "messages" in body else client.completions
    meter = _Meter(body.get("max_tokens"))
    async with aclosing(cast("Any", _pieces(resource, body, meter, silent_seconds))) as pieces:
        async for text in pieces:
            meter.count()
            yield Chunk(text)
    if meter.finish is None:
        raise MalformedStreamError(meter.problem())
    yield meter.last_chunk(prompt_tokens)


async def _pieces(
    resource: Any, body: Mapping[str, Any], meter: "_Meter", silent_seconds: float | None
) -> AsyncIterator[str]:
    async with await resource.create(**body) as stream:
        events = aiter(stream)
        try:
            while (event := await _next(events, stream, silent_seconds)) is not None:
                if text := meter.read(event):
                    yield text
                if meter.is_over():
                    return
        except (
            AttributeError,
            TypeError,
            KeyError,
            IndexError,
            ValueError,
            RecursionError,
        ) as error:
            # The client parses without checking: what an endpoint makes up surfaces here.
            raise MalformedStreamError(f"a chunk that is not a completion's ({error})") from error


async def _next(events: Any, stream: Any, silent_seconds: float | None) -> Any:
    """The next event, or None at the end.

    Raises:
        openai.APITimeoutError: None came in time.
    """
    from openai import APITimeoutError

    try:
        async with asyncio.timeout(silent_seconds):
            return await anext(events, None)
    except TimeoutError:
        raise APITimeoutError(request=stream.response.request) from None


class _Meter:
    """What is learnt of one generation besides its text."""

    def __init__(self, max_tokens: int | None) -> None:
        self._max_tokens = max_tokens
        self._characters = 0
        self.started = time.perf_counter()
        self.first: float | None = None
        self.last = self.started
        self.pieces = 0
        self.events = 0
        self.finish: FinishReason | None = None
        self.usage: Usage | None = None

    def read(self, event: Any) -> str:
        """Take in one event and return its text; reasoning that models hide is not text."""
        self.events += 1
        if event.usage:
            self.usage = Usage(int(event.usage.prompt_tokens), int(event.usage.completion_tokens))
        if not event.choices:
            return ""
        choice = event.choices[0]
        if choice.finish_reason:
            self.finish = "length" if choice.finish_reason == "length" else "stop"
        text = getattr(choice, "text", None)
        if text is None:
            text = choice.delta.content
        if text is not None and not isinstance(text, str):
            raise TypeError(f"text is {type(text).__name__}")
        return self._bounded(text or "")

    def is_over(self) -> bool:
        """Whether more has come than `max_tokens` can be; that ends the answer."""
        if self._max_tokens is None:
            return False
        if (
            self.events > EVENTS_PER_TOKEN * self._max_tokens + SPARE_EVENTS
            or self._characters >= CHARACTERS_PER_TOKEN * self._max_tokens
        ):
            self.finish = "length"
            return True
        return False

    def _bounded(self, text: str) -> str:
        if self._max_tokens is not None:
            text = text[: CHARACTERS_PER_TOKEN * self._max_tokens - self._characters]
        self._characters += len(text)
        return text

    def count(self) -> None:
        """Note that a piece of text has come."""
        self.last = time.perf_counter()
        self.pieces += 1
        if self.first is None:
            self.first = self.last

    def problem(self) -> str:
        """Why there is no answer although the stream ended in order."""
        if not self.events:
            return "no stream of completion chunks; a base URL ends in /v1 as a rule"
        return "a stream that ends without a finish reason"

    def last_chunk(self, prompt_tokens: int) -> Chunk:
        """Finish reason, usage (pieces stand for tokens where none was reported) and timings."""
        usage = self.usage or Usage(prompt_tokens, self.pieces, exact=False)
        first = self.first if self.first is not None else self.last
        generated, seconds = usage.completion_tokens - 1, self.last - first
        if generated < 1 or seconds <= 0:
            generated, seconds = usage.completion_tokens, time.perf_counter() - self.started
        timings = Timings(first - self.started, max(generated, 0) / seconds if seconds else 0.0)
        return Chunk("", self.finish, usage, timings)
