"""An OpenAI-compatible endpoint that answers as it is told to."""

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """A request as the endpoint got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    """What the endpoint sends; `parts` one after the other, then it may break the connection."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    parts: Iterable[bytes] = ()
    breaks: bool = False
    waits: threading.Event | None = None


class Endpoint:
    """An OpenAI-compatible endpoint that answers from a list; the last answer is repeated."""

    def __init__(self) -> None:
        self.answers: list[Answer | Callable[[Seen], Answer]] = []
        self.models: Answer = as_json({"data": [{"id": "alpha"}, {"id": "beta:latest"}]})
        self.seen: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def completions(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.method == "POST"]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def answer_to(self, seen: Seen) -> Answer:
        self.seen.append(seen)
        if seen.method == "GET":
            return self.models
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(seen) if callable(answer) else answer

    def _handler(endpoint):  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                """Tests are quiet."""

            def do_GET(self):
                self.answer(None)

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                self.answer(json.loads(self.rfile.read(length)))

            def answer(self, body):
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = endpoint.answer_to(Seen(self.command, self.path, headers, body))
                self.send_response(answer.status)
                for name, value in ({"Connection": "close"} | answer.headers).items():
                    self.send_header(name, value)
                if answer.breaks:
                    # More is announced than will come.
                    self.send_header("Content-Length", "1000000")
                self.end_headers()
                with suppress(ConnectionError):  # who asked may have heard enough
                    for part in answer.parts:
                        self.wfile.write(part)
                        self.wfile.flush()
                if answer.waits is not None:
                    answer.waits.wait(20)
                self.close_connection = True

        return Handler


def as_json(value, status=200, **headers) -> Answer:
    headers = {name.replace("_", "-"): text for name, text in headers.items()}
    content = {"Content-Type": "application/json"} | headers
    return Answer(status, content, (json.dumps(value).encode(),))


def as_error(status, message, **more) -> Answer:
    return as_json({"error": {"message": message, **more}}, status)


def as_events(*events, done=True, **options) -> Answer:
    lines = [e if isinstance(e, bytes) else json.dumps(e).encode() for e in events]
    lines += [b"[DONE]"] if done else []
    parts = tuple(b"data: " + line + b"\n\n" for line in lines)
    return Answer(200, {"Content-Type": "text/event-stream"}, parts, **options)


def piece(text, finish=None):
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "alpha",
        "choices": [
            {"index": 0, "delta": {"content": text}, "text": text, "finish_reason": finish}
        ],
    }


def usage(prompt, completion):
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": 0}
    return {"id": "1", "object": "chat.completion.chunk", "choices": [], "usage": counts}


def says(text, prompt=5):
    return as_events(piece(text), piece("", "stop"), usage(prompt, len(text.split())))
