"""Real models of this machine."""

import contextlib
import secrets
import sys
from importlib import import_module
from pathlib import Path

import pytest

from model_backends.embedded.backend import EmbeddedBackend
from model_backends.embedded.runtime import Order, start_runtime
from model_backends.embedded.weights import packaged_weights
from model_backends.openai_compatible import OpenAICompatibleBackend
from model_backends.registry import open_backend
from model_backends.scripted import ScriptedBackend
from model_backends.settings import BackendSettings

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


@pytest.fixture
def secret():
    return secrets.token_hex(8)


@pytest.fixture
def vllm_double(monkeypatch):
    """vLLM's modules, of a double; the class of its engines."""
    installed = _forget_vllm()
    monkeypatch.syspath_prepend(Path(__file__).with_name("vllm_double"))
    yield import_module("vllm.v1.engine.async_llm").AsyncLLM
    _forget_vllm()
    sys.modules.update(installed)


def _forget_vllm():
    names = [name for name in sys.modules if name.partition(".")[0] == "vllm"]
    return {name: sys.modules.pop(name) for name in names}


@pytest.fixture
async def vllm_on_a_double(vllm_double):
    """The backend of vLLM, on its double."""
    from model_backends.vllm_engine.backend import VllmBackend

    backend = VllmBackend(BackendSettings("vllm", model="words", max_model_len=WINDOW))
    yield backend
    await backend.aclose()
