"""`python -m benchmarks.batching`: continuous batching beside bare `generate`, on a CPU.

It needs the extra [transformers]: `.venv-transformers/bin/python -m benchmarks.batching`.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import heading, table
from benchmarks.rows import Row, Target
from benchmarks.tiny_models import make_starcoder
from benchmarks.turns import in_turns
from model_backends import BackendSettings, GenerationRequest, complete
from model_backends.embedded.processors import default_threads
from model_backends.transformers_local.backend import TransformersBackend

TITLE = "Transformers backend: continuous batching, on a CPU"
NOTE = (
    "A model of StarCoder2's architecture with random weights (4 layers, width 128) in float32, on "
    "physical cores less one. "
    "The first row compares tokens per second of 8 requests at once with those of one; the second "
    "the milliseconds a token of one stream with bare `model.generate` of the same model, greedy, "
    "in the same process; the others count sampled answers that are the same alone and in a batch "
    "of 8."
)
SIZES = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 4}
RUNS = 7
TOKENS = 128
AT_ONCE = 8
COMPARED = 32
PROMPT = "def add(first, second):\n    return first + second\n"


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    print(heading("python -m benchmarks.batching"))
    rows = asyncio.run(measure(RUNS))
    print("\n" + table(TITLE, NOTE, rows))
    return int(any(row.met is False for row in rows))


async def measure(runs: int, sizes: dict[str, int] | None = None) -> Sequence[Row]:
    """All rows, on a model that is made for them."""
    with tempfile.TemporaryDirectory() as directory:
        model = make_starcoder(Path(directory) / "starcoder2", **(sizes or SIZES))
        rows = await speed(model, "cpu", "none", runs)
        return [*rows, *[await _same(model, dtype) for dtype in ("float32", "bfloat16")]]


async def speed(model: Path, device: str, quantization: str, runs: int) -> Sequence[Row]:
    """Eight at once beside one, and one beside bare `generate`."""
    backend = opened(model, device, quantization)
    try:
        await backend.warm()
        bare = _bare(backend)
        await stream(backend)
        bare()
        many, one = await in_turns(runs, lambda: _rate(backend, AT_ONCE), lambda: _rate(backend, 1))
        ours, theirs = await in_turns(runs, lambda: stream(backend), bare)
    finally:
        await backend.aclose()
    return [
        Row(f"{AT_ONCE} requests at once", "tokens/s", many, one, Target(3.0, at_least=True)),
        Row("one stream, a token", "ms", ours, theirs, Target(1.05)),
    ]


def opened(model: Path, device: str, quantization: str, **more: Any) -> TransformersBackend:
    """The backend on a directory, quiet."""
    usual = {"context_window": 2048, "parallel": AT_ONCE}
    settings = BackendSettings(
        "transformers", str(model), device=device, quantization=quantization, **usual | more
    )
    return TransformersBackend(settings, report=lambda line: print(line, file=sys.stderr))


async def stream(backend: TransformersBackend) -> float:
    """Milliseconds a token of one request, as its caller sees it."""
    started = time.perf_counter()
    done = await complete(backend, GenerationRequest(prompt=PROMPT, max_tokens=TOKENS))
    return (time.perf_counter() - started) * 1000 / done.usage.completion_tokens


async def _rate(backend: TransformersBackend, count: int) -> float:
    """Tokens per second of `count` requests together."""
    requests = [
        GenerationRequest(prompt=PROMPT, max_tokens=TOKENS, temperature=0.8, seed=seed)
        for seed in range(count)
    ]
    started = time.perf_counter()
    done = await asyncio.gather(*(complete(backend, each) for each in requests))
    seconds = time.perf_counter() - started
    return sum(each.usage.completion_tokens for each in done) / seconds


def _bare(backend: TransformersBackend) -> Any:
    """A function that generates by `model.generate`, and gives the milliseconds a token."""
    import torch

    engine = backend._engine.value
    assert engine is not None
    model, writer = engine.loaded.model, engine.writer
    tokens = writer.write(GenerationRequest(prompt=PROMPT)).tokens
    ids = torch.tensor([tokens], device=engine.loaded.device)
    if engine.loaded.device.type == "cpu":
        torch.set_num_threads(default_threads())  # as the backend does, in its own thread

    def generate() -> float:
        started = time.perf_counter()
        with torch.inference_mode():
            made = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=TOKENS,
                do_sample=False,
                pad_token_id=0,
            )
        return (time.perf_counter() - started) * 1000 / (made.shape[1] - ids.shape[1])

    return generate


async def _same(model: Path, dtype: str) -> Row:
    """The share of sampled answers, in percent, that are the same alone and in a batch."""
    backend = opened(model, "cpu", "none", torch_dtype=dtype)
    requests = [
        GenerationRequest(
            prompt=PROMPT[: 5 + number % 40], max_tokens=32, temperature=0.8, seed=number
        )
        for number in range(COMPARED)
    ]
    try:
        alone = [(await complete(backend, each)).text for each in requests]
        batch = await asyncio.gather(*(complete(backend, each) for each in requests))
    finally:
        await backend.aclose()
    same = statistics.mean(a == b.text for a, b in zip(alone, batch, strict=True))
    exact = Target(1.0, at_least=True) if dtype == "float32" else None
    return Row(f"the same alone and in a batch, {dtype}", "%", [100 * same], [100.0], exact)


if __name__ == "__main__":
    raise SystemExit(main())
