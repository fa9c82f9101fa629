"""Requests on standard input that the SDK cannot read, and therefore would never answer."""

import json
from typing import Any, Self

from mcp.shared.message import SessionMessage
from mcp.types import PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError


class AnsweredRequests:
    """The SDK's stream of requests, without those that cannot be read: they are answered here.

    Such are requests with half of a surrogate pair, which JSON can write and UTF-8 cannot.

    Args:
        requests: The stream that `stdio_server` gives to read from.
        answers: The one that it gives to write to.
    """

    def __init__(self, requests: Any, answers: Any) -> None:
        self._requests = requests
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._requests, name)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        async for item in self._requests:
            answer = refusal(item) if isinstance(item, ValidationError) else None
            if answer is None:
                return item
            await self._answers.send(SessionMessage(answer))
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        await self._requests.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._requests.__aexit__(*exception)


def refusal(error: ValidationError) -> JSONRPCError | None:
    """The answer to a request that could not be read; None where nobody waits for one."""
    first = error.errors(include_url=False)[0]
    try:
        request = json.loads(first["input"])
    except (TypeError, ValueError, RecursionError):
        return None
    number = request.get("id") if isinstance(request, dict) else None
    if not isinstance(number, int | str):
        return None
    message = f"the request cannot be read: {first['msg']}; text must be valid Unicode"
    return JSONRPCError(
        jsonrpc="2.0", id=number, error=ErrorData(code=PARSE_ERROR, message=message)
    )
