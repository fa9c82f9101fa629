"""A model endpoint on loopback that notes when each request came, and answers with one word."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

MODEL = "stub"
_CHOICE = {"index": 0, "finish_reason": "stop"}


class StubEndpoint(ThreadingHTTPServer):
    """Speaks as much of OpenAI's chat completions as a client needs."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.arrivals: Queue[float] = Queue()

    @property
    def base_url(self) -> str:
        """What a client is configured with."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def first_arrival(self, timeout: float) -> float:
        """When the next completion was asked for, by `time.perf_counter`.

        Raises:
            TimeoutError: Nothing was asked within `timeout` seconds.
        """
        try:
            return self.arrivals.get(timeout=timeout)
        except Empty:
            raise TimeoutError(f"no request for a completion within {timeout:.0f} s") from None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Show what went wrong, unless it is that a measured process has ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def forget(self) -> None:
        """Drop the arrivals that were noted so far."""
        while not self.arrivals.empty():
            self.arrivals.get_nowait()


@contextmanager
def stub_endpoint() -> Iterator[StubEndpoint]:
    """Serve for the length of the block."""
    with StubEndpoint() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: StubEndpoint
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}))

    def do_POST(self) -> None:
        self.server.arrivals.put(time.perf_counter())
        content = self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}"
        usage = _usage(content)
        if json.loads(content).get("stream"):
            events = [_chunk({"delta": {"role": "assistant", "content": "done"}, "index": 0})]
            events += [_chunk({"delta": {}, **_CHOICE}) | usage]
            lines = [f"data: {json.dumps(event)}\n\n" for event in events]
            self._send("".join(lines) + "data: [DONE]\n\n", "text/event-stream")
        else:
            message = {"message": {"role": "assistant", "content": "done"}, **_CHOICE}
            self._send(json.dumps(_chunk(message) | usage | {"object": "chat.completion"}))

    def _send(self, text: str, kind: str = "application/json") -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Requests are noted, not printed."""


def _usage(content: bytes) -> dict[str, Any]:
    """Counts that are likely: a client may refuse an endpoint that seems to cut its prompts."""
    read = len(content) // 3 + 1
    return {"usage": {"prompt_tokens": read, "completion_tokens": 1, "total_tokens": read + 1}}


def _chunk(choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "stub",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": MODEL,
        "choices": [choice],
    }
