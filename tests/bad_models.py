"""What models and their endpoints do wrong, one entry a fault."""

import json
import time
from collections.abc import Callable, Iterator

from tests.endpoint import Answer, Seen, as_error, as_events, as_json, piece, says

EVENTS = {"Content-Type": "text/event-stream"}
CALL = '{"name": "format_code", "arguments": {"code": "x=1"}}'


def said(text: str) -> Callable[[Seen], Answer]:
    """An answer whose usage says that the whole prompt was read."""
    return lambda _: says(text, prompt=2000)


def refusal(status: int) -> Callable[[Seen], Answer]:
    return lambda _: as_error(status, "no")


def endless(event: bytes, pause: float = 0.0) -> Callable[[Seen], Answer]:
    def parts() -> Iterator[bytes]:
        while True:
            yield event
            time.sleep(pause)

    return lambda _: Answer(200, EVENTS, parts())


def _hidden() -> bytes:
    event = piece(None)
    event["choices"][0] = {"index": 0, "delta": {"reasoning_content": "hm"}, "finish_reason": None}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def _numbers() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield b"data: " + json.dumps(piece(f"{number} ")).encode() + b"\n\n"


WORDS: dict[str, Callable[[Seen], Answer]] = {
    "prose": said("Sure! I would be glad to help with that."),
    "broken JSON": said('{"kind": "task", "goals": [{"tool": "form'),
    "a call": said(CALL),
    "a call in a fence": said(f"```json\n{CALL}\n```"),
    "a call after words": said(f"One moment.\n<tool_call>\n{CALL}\n</tool_call>"),
    "a call of Mistral's template": said(f"[TOOL_CALLS] [{CALL}]"),
    "a function call": said('format_code(code="x=1")'),
    "an unknown tool": said('{"kind": "task", "goals": [{"tool": "rm_rf", "request": "all"}]}'),
    "a call of an unknown tool": said('{"name": "rm_rf", "arguments": {"path": "/"}}'),
    "wrong types": said('{"kind": 7, "goals": "all of them"}'),
    "wrong types inside": said('{"kind": "task", "goals": [{"tool": ["a"], "request": {"b": 1}}]}'),
    "JSON of another shape": said("[1, 2, 3]"),
    "JSON without an object": said("null"),
    "JSON that is nested too deeply": said("[" * 100_000),
    "far too many goals": said(
        json.dumps({"kind": "task", "goals": [{"tool": "format_code", "request": "x"}] * 1000})
    ),
    "an empty answer": said(""),
    "blanks": said(" \n\t\n "),
    "endless words": endless(b"data: " + json.dumps(piece("word ")).encode() + b"\n\n"),
    "endless new words": lambda _: Answer(200, EVENTS, _numbers()),
    "endless hidden reasoning": endless(_hidden()),
    "a huge answer": said("".join(f"{n:x}" for n in range(1_000_000))),
    "terminal escapes": said("\x1b]0;owned\x07\x1b[2Jhello\x00"),
    "a stream that breaks off": lambda _: Answer(
        200, EVENTS, (b"data: " + json.dumps(piece("Good ")).encode() + b"\n\n",), breaks=True
    ),
}
"""The endpoint works; what the model says is the fault."""

ENDPOINTS: dict[str, Callable[[Seen], Answer]] = {
    "an endpoint that keeps alive without a word": endless(b": ping\n\n", pause=0.05),
    "a stream that breaks off before it begins": lambda _: Answer(200, EVENTS, breaks=True),
    "bytes that are not UTF-8": lambda _: Answer(
        200, EVENTS, (b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n',)
    ),
    "bytes that are no JSON": lambda _: as_events(b"\xff\xfe\x00"),
    "a page": lambda _: Answer(200, {"Content-Type": "text/html"}, (b"<html>hi</html>",)),
    "JSON that is no stream": lambda _: as_json({"choices": []}),
    "an error in the stream": lambda _: as_events({"error": {"message": "out of memory"}}),
    **{f"HTTP {status}": refusal(status) for status in (400, 401, 403, 404, 422, 429, 500, 503)},
}
"""Nothing can be had from the endpoint."""
