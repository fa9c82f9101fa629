"""A generation request as the body of OpenAI's completion endpoints."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from model_backends.base import GenerationRequest
from model_backends.errors import InvalidRequestError
from model_backends.token_estimates import prompt_text

SchemaMode = Literal["json_schema", "json_object", "instruction"]
"""How an endpoint is given a JSON schema: decoded under it, or asked for JSON, or only told."""

WEAKER: Mapping[SchemaMode, SchemaMode] = {
    "json_schema": "json_object",
    "json_object": "instruction",
}
"""What is tried next when an endpoint refuses a mode."""

INSTRUCTION = "Answer with one JSON value and nothing else. It is valid under this JSON Schema:\n"


def request_body(
    request: GenerationRequest, model: str, max_tokens: int, mode: SchemaMode
) -> dict[str, Any]:
    """The arguments of the client's `create`, for chat and for raw prompts.

    A raw prompt is always sent as it stands: its schema goes only into fields that endpoints
    decode by (`response_format` for vLLM, `json_schema` for llama.cpp's server).

    Raises:
        InvalidRequestError: The text holds half a character (a lone surrogate), which no encoding
            can send.
    """
    try:
        prompt_text(request).encode()
    except UnicodeEncodeError as error:
        found = f"{error.object[error.start]!r} at {error.start} is not a character"
        raise InvalidRequestError("prompt", found) from None
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": max_tokens,
        "temperature": request.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    extra: dict[str, Any] = {}
    if request.top_p < 1:
        body["top_p"] = request.top_p
    if request.seed is not None:
        body["seed"] = request.seed
    if request.stop:
        body["stop"] = list(request.stop)
    if request.top_k is not None:
        extra["top_k"] = request.top_k
    if request.prompt is not None:
        body["prompt"] = request.prompt
        if request.json_schema is not None and mode == "json_schema":
            extra["response_format"] = _response_format(request.json_schema)
            extra["json_schema"] = dict(request.json_schema)
    else:
        body["messages"] = _messages(request, mode)
        if request.json_schema is not None and mode == "json_schema":
            body["response_format"] = _response_format(request.json_schema)
        elif request.json_schema is not None and mode == "json_object":
            body["response_format"] = {"type": "json_object"}
    return body | {"extra_body": extra} if extra else body


def satisfies(text: str, schema: Mapping[str, Any]) -> bool:
    """Whether `text` is JSON with the schema's required properties: what shows a schema ignored."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if schema.get("type") != "object":
        return True
    return isinstance(value, dict) and set(schema.get("required", ())) <= set(value)


def _response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}


def _messages(request: GenerationRequest, mode: SchemaMode) -> list[dict[str, str]]:
    messages = [{"role": each.role, "content": each.content} for each in request.messages]
    if request.json_schema is not None and mode != "json_schema":
        # In the last message, because not every chat template has a system role.
        schema = json.dumps(request.json_schema)
        last = messages[-1]
        messages[-1] = {**last, "content": f"{last['content']}\n\n{INSTRUCTION}{schema}"}
    return messages
