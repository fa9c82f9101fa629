"""How fast the embedded model writes through this product, and through its library alone."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.rows import Row, Target
from benchmarks.turns import in_turns
from model_backends.base import GenerationRequest, Message, complete
from model_backends.embedded.backend import EmbeddedBackend
from model_backends.embedded.processors import default_threads
from model_backends.embedded.runtime_process import BATCH_TOKENS
from model_backends.embedded.weights import packaged_weights
from model_backends.settings import BackendSettings

TITLE = "Embedded model: generation"
NOTE = (
    "Tokens of the answer over the seconds of the whole request, more being better. Ours is the "
    "embedded backend, from a request to its last chunk; the reference is `xllamacpp.Server` in "
    "this process, with the same weights, context, slots, batch, threads and sampling."
)
RUNS = 9
TOKENS = 128
PROMPT = "Write a Python function that merges two sorted lists, then explain each of its lines."


async def measure(runs: int) -> Sequence[Row]:
    """Generate in turns."""
    settings = BackendSettings("embedded")
    ours = EmbeddedBackend(settings)
    try:
        reference = await asyncio.to_thread(_bare, settings)
        fast, bare = await in_turns(
            runs, lambda: _tokens_per_second(ours), lambda: _bare_tokens_per_second(reference)
        )
    finally:
        await ours.aclose()
    what = f"{TOKENS} tokens, {default_threads()} thread(s)"
    return [Row(what, "tokens/s", fast, bare, Target(0.95, at_least=True))]


async def _tokens_per_second(backend: EmbeddedBackend) -> float:
    request = GenerationRequest((Message("user", PROMPT),), max_tokens=TOKENS, temperature=0)
    started = time.perf_counter()
    completion = await complete(backend, request)
    return completion.usage.completion_tokens / (time.perf_counter() - started)


async def _bare_tokens_per_second(server: Any) -> float:
    request = {
        "messages": [{"role": "user", "content": PROMPT}],
        "max_tokens": TOKENS,
        "temperature": 0,
        "top_k": 0,
        "top_p": 1.0,
        "min_p": 0.0,
    }
    started = time.perf_counter()
    answer: Any = await asyncio.to_thread(server.handle_chat_completions, request)
    return float(answer["usage"]["completion_tokens"]) / (time.perf_counter() - started)


def _bare(settings: BackendSettings) -> Any:
    """The library's server, set as `model_backends.embedded.runtime_process` sets it."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(packaged_weights())
    parameters.api_keys = [secrets.token_hex()]
    parameters.port = 0
    parameters.n_parallel = settings.parallel
    parameters.n_ctx = settings.parallel * settings.context_window
    parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
    threads = default_threads()
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cache_ram_mib = 0
    parameters.verbosity = 0
    parameters.ui = False
    return xllamacpp.Server(parameters)
