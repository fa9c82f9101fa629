"""Real models of this machine, and an endpoint that answers as it is told to."""

import contextlib
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from model_backends.embedded.backend import EmbeddedBackend
from model_backends.embedded.runtime import Order, start_runtime
from model_backends.embedded.weights import packaged_weights
from model_backends.openai_compatible import OpenAICompatibleBackend
from model_backends.registry import open_backend
from model_backends.scripted import ScriptedBackend
from model_backends.settings import BackendSettings

WITHOUT_TORCH = "needs the extra [transformers]; 'make test-transformers' runs it"
WINDOW = 2048
PARALLEL = 4


@pytest.fixture(scope="session")
async def embedded(anyio_backend, tmp_path_factory):
    """The embedded model, owned by this process, at a rendezvous."""
    directory = tmp_path_factory.mktemp("rendezvous")
    settings = BackendSettings(
        backend="embedded",
        context_window=WINDOW,
        parallel=PARALLEL,
        threads=1,
        rendezvous=str(directory),
    )
    backend = EmbeddedBackend(settings)
    await backend.warm()
    yield backend
    await backend.aclose()


@pytest.fixture(scope="session")
async def shared(anyio_backend, embedded):
    """The same loaded model, used over the rendezvous."""
    backend = EmbeddedBackend(embedded._settings)
    await backend.warm()
    yield backend
    await backend.aclose()


@pytest.fixture(scope="session")
async def llama_server(anyio_backend):
    """xllamacpp's own OpenAI-compatible server, in a process of its own."""
    runtime = await start_runtime(Order(packaged_weights(), WINDOW, PARALLEL, 1))
    yield runtime
    await runtime.aclose()


@pytest.fixture(scope="session")
async def openai_backend(anyio_backend, llama_server):
    """The `openai` backend at a real server."""
    backend = OpenAICompatibleBackend(
        BackendSettings(
            backend="openai",
            base_url=f"{llama_server.url}/v1",
            api_key=llama_server.key,
            context_window=WINDOW,
            parallel=PARALLEL,
        )
    )
    yield backend
    await backend.aclose()


@pytest.fixture(scope="session")
def scripted():
    return ScriptedBackend(BackendSettings(backend="scripted", context_window=WINDOW, parallel=9))


@pytest.fixture(scope="session")
def tiny_starcoder(tmp_path_factory):
    """The directory of a base model with random weights."""
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    from benchmarks.tiny_models import make_starcoder

    return make_starcoder(tmp_path_factory.mktemp("models") / "tiny-starcoder2")


@pytest.fixture(scope="session")
def tiny_mistral(tmp_path_factory):
    """The directory of an instruct model with random weights and Mistral's chat template."""
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    from benchmarks.tiny_models import make_mistral

    return make_mistral(tmp_path_factory.mktemp("models") / "tiny-mistral-instruct")


@pytest.fixture(scope="session")
async def starcoder(anyio_backend, tiny_starcoder):
    """StarCoder2's architecture in float32."""
    async with contextlib.aclosing(of_transformers(tiny_starcoder)) as backend:
        yield backend


@pytest.fixture(scope="session")
async def mistral(anyio_backend, tiny_mistral):
    """Mistral's architecture in float32."""
    async with contextlib.aclosing(of_transformers(tiny_mistral)) as backend:
        yield backend


@pytest.fixture(scope="session")
async def starcoder_nf4(anyio_backend, tiny_starcoder):
    """StarCoder2's architecture in 4-bit."""
    backend = of_transformers(tiny_starcoder, quantization="nf4")
    async with contextlib.aclosing(backend):
        yield backend


@pytest.fixture(scope="session")
async def mistral_nf4(anyio_backend, tiny_mistral):
    """Mistral's architecture in 4-bit."""
    backend = of_transformers(tiny_mistral, quantization="nf4")
    async with contextlib.aclosing(backend):
        yield backend


def of_transformers(directory, **settings):
    return open_backend(
        BackendSettings(
            **{
                "backend": "transformers",
                "model": str(directory),
                "device": "cpu",
                "quantization": "none",
                "context_window": WINDOW,
                "parallel": PARALLEL,
            }
            | settings
        )
    )


@pytest.fixture
def open_transformers(anyio_backend):
    """Opens the backend on a directory, with settings of the test's own."""
    return of_transformers


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
    parts: tuple[bytes, ...] = ()
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


@pytest.fixture
def make():
    """The ways to build an answer of `endpoint`."""

    class Make:
        answer = Answer
        json = staticmethod(as_json)
        error = staticmethod(as_error)
        events = staticmethod(as_events)
        piece = staticmethod(piece)
        usage = staticmethod(usage)
        says = staticmethod(says)

    return Make


@pytest.fixture
def endpoint():
    running = Endpoint()
    yield running
    running.close()


@pytest.fixture
def secret():
    return secrets.token_hex(8)
