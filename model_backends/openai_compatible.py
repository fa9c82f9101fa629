"""Models behind any OpenAI-compatible endpoint: Ollama, LiteLLM, vLLM, llama-server, LM Studio."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from model_backends.base import Chunk, GenerationRequest, LoadState, ModelInfo, TokenCount, Usage
from model_backends.errors import (
    BackendError,
    ConfigurationError,
    ContextLengthError,
    EndpointStatusError,
    GenerationError,
    PromptTruncatedError,
    UnknownModelError,
)
from model_backends.model_names import quality_of
from model_backends.openai_requests import WEAKER, SchemaMode, request_body, satisfies
from model_backends.settings import BackendSettings
from model_backends.token_estimates import estimate_tokens, least_tokens, prompt_text

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from model_backends.openai_errors import ListedModel

TRUNCATION_FROM = 200
"""Prompts of fewer words are not checked: a chat template would blur the comparison."""
TRUNCATION_SHARE = 0.8
"""An endpoint that read fewer tokens than this share of the prompt's words has cut it."""


class OpenAICompatibleBackend:
    """A model at an endpoint that speaks OpenAI's chat and completion interfaces.

    A JSON schema is sent as `response_format`. An endpoint that refuses it, or answers something
    else, is asked for plain JSON from then on, with the schema in the prompt; callers parse and
    check what they get in any case. `model=None` is the first model that the endpoint lists.

    Args:
        settings: With `base_url`.
    """

    def __init__(self, settings: BackendSettings) -> None:
        if not settings.base_url:
            raise ConfigurationError("backend 'openai' needs an endpoint; set --base-url URL")
        self._settings = settings
        self._url = settings.base_url
        self._model = settings.model
        self._schema_mode: SchemaMode = "json_schema"
        self._schema_proven = False
        self._client: AsyncOpenAI | None = None
        self._closed = False

    @property
    def info(self) -> ModelInfo:
        """What is known of the model now."""
        name = self._model or "the endpoint's first"
        state: LoadState = "closed" if self._closed else "remote"
        window = self._settings.context_window
        return ModelInfo(
            "openai", name, window, state, quality_of(name), None, self._settings.parallel
        )

    async def warm(self) -> None:
        """Import the client ahead of the first request, which then starts sooner."""
        await asyncio.to_thread(_import_client)

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Chunk]:
        """Generate; tries again only before the first text.

        Raises:
            BackendError: Any of `model_backends.errors` except ModelNotFoundError.
        """
        text: list[str] = []
        async with aclosing(cast("Any", self._persistent(request))) as chunks:
            async for chunk in chunks:
                text.append(chunk.text)
                # Before the last chunk is handed out: nobody need come back after it.
                if chunk.usage:
                    self._refuse_truncation(request, chunk.usage)
                if chunk.finish_reason == "stop":
                    self._learn_from(request, "".join(text))
                yield chunk

    async def count_tokens(self, text: str) -> TokenCount:
        """Estimate, on the high side: there is no common interface to an endpoint's tokenizer."""
        return estimate_tokens(text)

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _persistent(self, request: GenerationRequest) -> AsyncIterator[Chunk]:
        """Generate with retries, and with weaker ways to ask for a schema."""
        import openai

        from model_backends.openai_errors import REFUSALS
        from model_backends.openai_stream import MalformedStreamError
        from model_backends.retries import retry_delay

        failures, began = 0, False
        mode = preferred = self._schema_mode
        while True:
            try:
                async with aclosing(cast("Any", self._attempt(request, mode))) as chunks:
                    async for chunk in chunks:
                        began = began or bool(chunk.text)
                        if mode != preferred and not self._schema_proven:
                            self._schema_mode = mode
                        yield chunk
            except (openai.APIError, MalformedStreamError) as error:
                failures += 1
                explained = await self._explain(error, request, began)
                refused = getattr(error, "status_code", None) in REFUSALS
                if refused and mode in WEAKER and _may_be_the_schema(request, explained):
                    mode = WEAKER[mode]
                    continue
                delay = None if began else retry_delay(error, failures)
                if delay is None or failures > self._settings.max_retries:
                    raise explained from None
                await asyncio.sleep(delay)
            else:
                return

    async def _attempt(self, request: GenerationRequest, mode: SchemaMode) -> AsyncIterator[Chunk]:
        from model_backends.openai_stream import stream_completion

        client = self._opened()
        least = least_tokens(prompt_text(request))
        room = self._settings.context_window - least
        if room < 1:
            raise ContextLengthError(least, self._settings.context_window, "context_window")
        model = await self._model_name()
        body = request_body(request, model, min(request.max_tokens, room), mode)
        estimate = estimate_tokens(prompt_text(request)).tokens
        silent = self._settings.timeout_seconds
        async with aclosing(
            cast("Any", stream_completion(client, body, estimate, silent))
        ) as chunks:
            async for chunk in chunks:
                yield chunk

    def _opened(self) -> "AsyncOpenAI":
        from model_backends.openai_stream import open_client

        if self._closed:
            raise GenerationError(self.info.model, "its backend is closed")
        if self._client is None:
            settings = self._settings
            self._client = open_client(self._url, settings.api_key, settings.timeout_seconds)
        return self._client

    async def _model_name(self) -> str:
        if self._model is None:
            listed = await self._list_models()
            if not listed:
                raise UnknownModelError(self._url, "(none chosen)", [])
            self._model = listed[0].name
        return self._model

    async def _list_models(self) -> "Sequence[ListedModel]":
        import httpx2
        import openai

        from model_backends.openai_errors import ListedModel
        from model_backends.openai_stream import MalformedStreamError

        client = self._opened()
        try:
            # The client's own limit is between any two bytes.
            async with asyncio.timeout(self._settings.timeout_seconds):
                page: Any = await client.models.list()
            return [
                ListedModel(str(each.id), getattr(each, "max_model_len", None))
                for each in page.data or ()
            ]
        except TimeoutError:
            raise openai.APITimeoutError(httpx2.Request("GET", self._url)) from None
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            # The client parses without checking, as it does with streams.
            problem = "no list of models at /models; choose one with --model"
            raise MalformedStreamError(problem) from error

    async def _explain(
        self, error: Exception, request: GenerationRequest, began: bool
    ) -> BackendError:
        import openai

        from model_backends.openai_errors import REFUSALS, Asked, explain
        from model_backends.openai_stream import MalformedStreamError

        tokens = estimate_tokens(prompt_text(request)).tokens + request.max_tokens
        settings = self._settings
        asked = Asked(
            self._url,
            self.info.model,
            tokens,
            settings.context_window,
            settings.timeout_seconds,
            began,
        )
        listed: Sequence[ListedModel] | None = None
        if getattr(error, "status_code", None) in REFUSALS:
            try:
                listed = await self._list_models()
            except (openai.APIError, MalformedStreamError):
                listed = None
        return explain(error, asked, listed)

    def _refuse_truncation(self, request: GenerationRequest, usage: Usage) -> None:
        """Raise where the endpoint read fewer tokens than the prompt has words; 0 says nothing."""
        least = least_tokens(prompt_text(request))
        if not usage.exact or not usage.prompt_tokens or least < TRUNCATION_FROM:
            return
        if usage.prompt_tokens < TRUNCATION_SHARE * least:
            raise PromptTruncatedError(self._url, least, usage.prompt_tokens)

    def _learn_from(self, request: GenerationRequest, text: str) -> None:
        """Learn from an answer how the endpoint treats schemas.

        One that satisfies its schema shows that a later refusal is of that particular schema; one
        that does not shows that schemas are ignored.
        """
        if request.json_schema is None:
            return
        if satisfies(text, request.json_schema):
            self._schema_proven = True
        else:
            self._schema_mode = WEAKER.get(self._schema_mode, self._schema_mode)


def _may_be_the_schema(request: GenerationRequest, explained: BackendError) -> bool:
    """Whether a refusal may be about the schema: nothing else that we know explains it."""
    return request.json_schema is not None and isinstance(explained, EndpointStatusError)


def _import_client() -> None:
    import_module("openai.resources.chat.completions")
