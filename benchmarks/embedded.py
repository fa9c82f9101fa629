"""How many tokens a second the embedded model gives through our backend."""

import asyncio
import os
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.rows import Row, Target
from benchmarks.turns import in_turns
from model_backends import BackendSettings, GenerationRequest, Message, complete
from model_backends.embedded.backend import EmbeddedBackend
from model_backends.embedded.processors import default_threads
from model_backends.embedded.runtime_process import BATCH_TOKENS
from model_backends.embedded.weights import packaged_weights

TITLE = "Embedded model: generation"
NOTE = (
    "Ours is the embedded backend, streaming from its process; the reference is a bare "
    "`xllamacpp.Server` in the benchmark's own process, called without streaming, with the same "
    "weights, window, slots, threads and sampling. Both tell the tokens that they generated; the "
    "seconds are those of the whole request as its caller sees it, with the prompt cached."
)
RUNS = 12

WINDOW = 1024
PARALLEL = 2
TOKENS = 128
QUESTION = "Write a Python class for a bank account, with a docstring for each method."


async def measure(runs: int) -> Sequence[Row]:
    """Ask both in turns."""
    threads = default_threads()
    settings = BackendSettings(
        "embedded", context_window=WINDOW, parallel=PARALLEL, threads=threads
    )
    backend = EmbeddedBackend(settings)
    reference = await asyncio.to_thread(_bare_server, threads)
    try:
        ours, theirs = await in_turns(
            runs,
            lambda: _ask(backend),
            lambda: asyncio.to_thread(_ask_bare, reference),
        )
    finally:
        await backend.aclose()
    return [Row("tokens per second", "tokens/s", ours, theirs, Target(0.95, at_least=True))]


async def _ask(backend: EmbeddedBackend) -> float:
    request = GenerationRequest(messages=(Message("user", QUESTION),), max_tokens=TOKENS)
    started = time.perf_counter()
    result = await complete(backend, request)
    seconds = time.perf_counter() - started
    return result.usage.completion_tokens / seconds


def _bare_server(threads: int) -> Any:
    """Load the model as `runtime_process` does."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = os.fspath(packaged_weights())
    parameters.n_parallel = PARALLEL
    parameters.n_ctx = PARALLEL * WINDOW
    parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cache_ram_mib = 0
    parameters.verbosity = 0
    parameters.port = 0
    return xllamacpp.Server(parameters)


def _ask_bare(server: Any) -> float:
    order = {
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": TOKENS,
        "temperature": 0.0,
        "top_k": 0,
        "top_p": 1.0,
        "min_p": 0.0,
    }
    started = time.perf_counter()
    result = server.handle_chat_completions(order)
    return float(result["usage"]["completion_tokens"]) / (time.perf_counter() - started)
