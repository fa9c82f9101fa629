"""The embedded model as a backend."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from model_backends.base import Chunk, GenerationRequest, LoadState, Message, ModelInfo, TokenCount
from model_backends.embedded.schemas import require_bounds, require_opening
from model_backends.embedded.weights import find_weights
from model_backends.errors import BackendError, GenerationError, InvalidRequestError, SchemaError
from model_backends.model_names import dtype_of, quality_of
from model_backends.openai_requests import request_body
from model_backends.opening import Opening
from model_backends.settings import BackendSettings

if TYPE_CHECKING:
    from model_backends.embedded.link import Link

TRIES = 3
"""How many processes may end under a request that has no text yet."""


class EmbeddedBackend:
    """A GGUF model in a process beside this one, loaded in the background on first use.

    With `settings.rendezvous` the model is loaded once among the processes that share the
    directory. Output is decoded under the request's JSON schema. The same seed gives the same text
    while the model serves one request; requests that are computed together may differ in the last
    bits and so in a word.

    Args:
        settings: `model` is the path of a `.gguf` file, or None for the packaged model.

    Raises:
        ModelNotFoundError: There are no such weights.
        ConfigurationError: The rendezvous is not a private directory.
    """

    def __init__(self, settings: BackendSettings) -> None:
        from model_backends.embedded.link import Opener

        self._settings = settings
        self._weights = find_weights(settings.model)
        self._opener = Opener(self._weights, settings, self._vacate)
        self._link: Link | None = None
        self._opening = Opening["Link"]()
        self._state: LoadState = "idle"
        self._closed = False

    @property
    def info(self) -> ModelInfo:
        """What is known of the model now."""
        name, settings, link = self._weights.stem, self._settings, self._link
        return ModelInfo(
            "embedded",
            name,
            link.meeting.served_window if link else settings.context_window,
            self._state,
            quality_of(name),
            dtype_of(name),
            link.meeting.parallel if link else settings.parallel,
            memory_mb=link.runtime.memory_mb if link and link.runtime else None,
        )

    async def warm(self) -> None:
        """Load the model ahead of the first request.

        Raises:
            GenerationError: It cannot be loaded.
        """
        await self._linked(None)

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Chunk]:
        """Generate; a model whose process ends before the first text is loaded again.

        Raises:
            ContextLengthError: The prompt leaves no room in the context window.
            SchemaError: The schema cannot be compiled.
            GenerationError: The model cannot be loaded, or its process ended.
        """
        import openai

        from model_backends.openai_stream import MalformedStreamError, stream_completion

        body = _body(request, self._weights.stem, self._settings.context_window)
        began = False
        lost: Link | None = None
        for left in reversed(range(TRIES)):
            link = await self._linked(lost)
            try:
                await _check_schema(link, request)
                async with aclosing(cast("Any", stream_completion(link.client, body, 0))) as chunks:
                    async for chunk in chunks:
                        if chunk.text and not began:
                            began = True
                            _check_first(chunk.text, request)
                        yield chunk
            except openai.APIConnectionError:
                hung = link.runtime is not None and link.runtime.hung
                if began or hung or not left:
                    how = "hung and was ended" if hung else "ended in the middle of the answer"
                    raise GenerationError(self._weights.stem, f"its process {how}") from None
                lost = link
            except (openai.APIError, MalformedStreamError) as error:
                raise self._explain(error, request) from None
            else:
                return

    async def count_tokens(self, text: str) -> TokenCount:
        """Count exactly, with the model's own tokenizer, which loads it."""
        import openai

        readable = text.encode("utf-8", "replace").decode()
        lost: Link | None = None
        for _ in range(TRIES):
            link = await self._linked(lost)
            try:
                reply: Any = await link.client.post(
                    f"{link.meeting.url}/tokenize", cast_to=object, body={"content": readable}
                )
            except openai.APIConnectionError:
                lost = link
            except openai.APIError as error:
                raise GenerationError(self._weights.stem, f"no token count: {error}") from None
            else:
                return TokenCount(len(reply["tokens"]), exact=True)
        raise GenerationError(self._weights.stem, "its process ended while it counted tokens")

    async def aclose(self) -> None:
        """End the model's process if it is this backend's own, and close the connections."""
        self._closed = True
        self._state = "closed"
        await self._opening.cancel()
        link, self._link = self._link, None
        await self._opener.aclose()
        if link is not None:
            await link.aclose()

    async def _linked(self, lost: "Link | None") -> "Link":
        """The link to the model, opened by one task for all requests; `lost` is one that broke."""
        if self._closed:
            raise GenerationError(self._weights.stem, "its backend is closed")
        link = self._link
        if link is not None and link is not lost:
            if not link.ended:
                return link
            lost = link
        return await self._opening.join(lambda: self._open(lost))

    async def _open(self, lost: "Link | None") -> "Link":
        self._state = "loading"
        if lost is not None:
            await lost.aclose()
        try:
            link = await self._opener.open(lost.meeting if lost else None)
        except BaseException:
            if not self._closed:
                self._state = "failed"
            raise
        self._link, self._state = link, "ready" if link.runtime else "remote"
        return link

    def _vacate(self) -> None:
        if self._state == "ready":
            self._state = "idle"

    def _explain(self, error: Exception, request: GenerationRequest) -> BackendError:
        import openai

        from model_backends.openai_errors import context_problem, detail_of

        name = self._weights.stem
        match error:
            case openai.BadRequestError() if request.json_schema is not None:
                too_long = context_problem(error, self.info.context_window)
                return too_long or SchemaError(detail_of(error))
            case openai.BadRequestError():
                too_long = context_problem(error, self.info.context_window)
                return too_long or InvalidRequestError("messages", detail_of(error))
            case openai.APIStatusError():
                return GenerationError(name, detail_of(error))
        return GenerationError(name, f"its process sent {error}")


async def _check_schema(link: "Link", request: GenerationRequest) -> None:
    """Refuse schemas that would harm, or for raw prompts be ignored without a word."""
    if request.json_schema is None:
        return
    require_bounds(request.json_schema)
    if request.prompt is not None:
        probe = GenerationRequest((Message("user", ""),), json_schema=request.json_schema)
        body = request_body(probe, "", 1, "json_schema")
        await link.client.post(f"{link.meeting.url}/apply-template", cast_to=object, body=body)


def _check_first(text: str, request: GenerationRequest) -> None:
    if request.json_schema is not None and request.prompt is not None:
        require_opening(text, request.json_schema)


def _body(request: GenerationRequest, model: str, window: int) -> dict[str, Any]:
    body = request_body(request, model, min(request.max_tokens, window), "json_schema")
    extra = {
        # Samplers of llama.cpp that the request does not speak of are off.
        "top_k": 0,
        "top_p": 1.0,
        "min_p": 0.0,
        # Prompts are read in parts, and each part is reported: where nobody listens any more, the
        # report fails, and that is how llama.cpp learns of it before there is text to send.
        "return_progress": True,
        # A prompt that is partly read already gives other last bits, thus maybe another sample.
        "cache_prompt": request.seed is None or request.temperature == 0,
    }
    body["extra_body"] = extra | body.get("extra_body", {})
    if "top_p" in body:
        del extra["top_p"], body["extra_body"]["top_p"]
    return body
