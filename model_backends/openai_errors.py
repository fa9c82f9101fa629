"""What an OpenAI-compatible endpoint's failure means, in this package's errors."""

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import openai

from model_backends.errors import (
    AuthenticationError,
    BackendError,
    ContextLengthError,
    EndpointStatusError,
    EndpointUnreachableError,
    GenerationError,
    UnknownModelError,
)
from model_backends.openai_stream import MalformedStreamError

HTTP_OK = 200
UNAUTHORIZED = (401, 403)
NOT_FOUND = 404
REFUSALS = (400, 404, 413, 422)
"""Statuses that say that the request itself is at fault."""

_TOO_LONG = ("context_length_exceeded", "exceed_context_size_error")
_DETAIL_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model of an endpoint's list, with the context window where it is listed (vLLM)."""

    name: str
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that failed, as far as it tells why.

    Args:
        url: The endpoint.
        model: The name that was sent.
        tokens: Estimated tokens of the prompt, plus those the answer might have.
        window: The context window by the settings.
        read_seconds: Longest wait by the settings.
        began: Whether text had come already.
    """

    url: str
    model: str
    tokens: int
    window: int
    read_seconds: float
    began: bool


def explain(error: Exception, asked: Asked, listed: Sequence[ListedModel] | None) -> BackendError:
    """Say what the client's `error` means.

    Args:
        error: From the `openai` client, or `MalformedStreamError`.
        asked: The request.
        listed: The endpoint's models; None where they are not known.
    """
    match error:
        case MalformedStreamError():
            return _malformed(error, asked)
        case openai.APITimeoutError():
            reason = f"silent for {asked.read_seconds:g} s; timeout_seconds can be raised"
            return EndpointUnreachableError(asked.url, reason)
        case openai.APIConnectionError():
            return _broken(error, asked)
        case openai.APIError():
            return _refusal(error, asked, listed)
    return GenerationError(asked.model, _one_line(str(error)))


def _broken(error: openai.APIConnectionError, asked: Asked) -> BackendError:
    if asked.began:
        reason = f"{asked.url} closed the connection in the middle of the answer"
        return GenerationError(asked.model, reason)
    return EndpointUnreachableError(asked.url, connection_problem(error))


def _malformed(error: MalformedStreamError, asked: Asked) -> BackendError:
    if asked.began:
        return GenerationError(asked.model, f"{asked.url} sent {error}")
    return EndpointStatusError(asked.url, HTTP_OK, f"{error}")


def _refusal(
    error: openai.APIError, asked: Asked, listed: Sequence[ListedModel] | None
) -> BackendError:
    if too_long := context_problem(error, asked.window):
        return too_long
    if not isinstance(error, openai.APIStatusError):
        return GenerationError(asked.model, f"{asked.url} said: {_one_line(error.message)}")
    if error.status_code in UNAUTHORIZED:
        return AuthenticationError(asked.url, error.status_code)
    if error.status_code in REFUSALS and listed:
        model = next((each for each in listed if _same(each.name, asked.model)), None)
        if model is None:
            return UnknownModelError(asked.url, asked.model, [each.name for each in listed])
        if model.window and asked.tokens > model.window:
            return ContextLengthError(asked.tokens, model.window, "the endpoint's own")
    detail = detail_of(error)
    if error.status_code == NOT_FOUND and listed is None:
        detail = f"{detail}; a base URL ends in /v1 as a rule"
    return EndpointStatusError(asked.url, error.status_code, detail)


def _same(listed: str, asked: str) -> bool:
    """Ollama lists "name:latest" for "name"."""
    return listed == asked or listed.startswith(f"{asked}:")


def connection_problem(error: BaseException) -> str:
    """The operating system's words for why no connection came about."""
    reason = str(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "the host name is not known"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
        reason = str(cause) or reason
        cause = cause.__cause__ or cause.__context__
    return _one_line(reason)


def context_problem(error: openai.APIError, window: int) -> ContextLengthError | None:
    """Read that the prompt is too long, by the codes of OpenAI's and llama.cpp's servers."""
    if error.code not in _TOO_LONG and error.type not in _TOO_LONG:
        return None
    body: dict[str, Any] = error.body if isinstance(error.body, dict) else {}
    window = body.get("n_ctx", window)
    return ContextLengthError(body.get("n_prompt_tokens"), window, "context_window")


def detail_of(error: openai.APIStatusError) -> str:
    """What the endpoint says of the error, on one line."""
    content = error.response.headers.get("content-type", "")
    if "html" in content:
        return "an HTML page"
    if isinstance(error.body, dict):
        message = error.body.get("message") or error.body.get("detail") or json.dumps(error.body)
        return _one_line(str(message))
    return _one_line(str(error.body or error.message))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _DETAIL_CHARACTERS else f"{line[:_DETAIL_CHARACTERS]}…"
