"""`python -m benchmarks.gpu`: both full-size models on one GPU, with random weights.

The shapes are those of bigcode/starcoder2-7b and mistralai/Mistral-7B-Instruct-v0.2 as published;
the numbers of weights, and so speed and memory, are the same, and what is written is nonsense.
It needs a GPU, the extra [transformers], nvidia-smi, and 32 GB of disk for the two models, which
are written to `--directory` once and used again. `--tiny` goes through all of it with tiny models,
also on a CPU, to see that it works; its readings then mean nothing.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.batching import opened, speed
from benchmarks.report import heading, table
from benchmarks.rows import Row, Target
from benchmarks.tiny_models import MISTRAL_TEMPLATE, SIZES, STARCODER_TOKENS, train_tokenizer
from model_backends import GenerationRequest, complete
from model_backends.hub.published import find_published
from model_backends.transformers_local.backend import TransformersBackend

CARD_BYTES = 16e9
WINDOW = 4096
CODE_TOKENS, INTENT_TOKENS = 512, 96
SOAK, SOAK_START = 200, 100
DISK_BYTES = 32e9
PUBLISHED = ("bigcode/starcoder2-7b", "mistralai/Mistral-7B-Instruct-v0.2")
INTENT = {
    "type": "object",
    "properties": {
        "goals": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 3},
        "confidence": {"type": "number"},
    },
    "required": ["goals", "confidence"],
    "additionalProperties": False,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when a target is missed, 2 where it cannot be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--directory", type=Path, help="where the models are kept")
    parser.add_argument("--tiny", action="store_true", help="try the script with tiny models")
    arguments = parser.parse_args(argv)
    import torch

    cuda = torch.cuda.is_available()
    if not cuda and not arguments.tiny:
        print("benchmarks.gpu: no CUDA device; --tiny tries the script here", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        directory = arguments.directory or Path(temporary)
        if not arguments.tiny and (problem := _short_of_disk(directory)):
            print(f"benchmarks.gpu: {problem}", file=sys.stderr)
            return 2
        models = make_models(directory, tiny=arguments.tiny)
        print(heading("python -m benchmarks.gpu" + (" --tiny" if arguments.tiny else "")))
        rows = asyncio.run(measure(*models, "cuda" if cuda else "cpu"))
    card = torch.cuda.get_device_name() if cuda else "none: a CPU"
    note = (
        f"Device: {card}. Random weights in the published shapes, NF4 with bfloat16 computation. "
        "References of 1 stand where a bound is absolute."
    )
    print("\n" + table("Full-size models on a GPU", note, rows))
    return int(any(row.met is False for row in rows))


async def measure(starcoder: Path, mistral: Path, device: str) -> Sequence[Row]:
    """All rows; the process is held to 16 GB of the card, whatever the card has."""
    if device == "cuda":
        import torch

        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(CARD_BYTES / total, 1.0))
    rows = [*await _one_model(starcoder, device), *await _both(starcoder, mistral, device)]
    rows += [
        Row(f"StarCoder2: {row.what}", row.unit, row.ours, row.reference, target)
        for row, target in zip(
            await speed(starcoder, device, _weights(device), 5),
            # Milliseconds a token: 0.95 of the bare rate is 1 / 0.95 of its time.
            (Target(4.0, at_least=True), Target(1 / 0.95)),
            strict=True,
        )
    ]
    return rows


async def _one_model(model: Path, device: str) -> list[Row]:
    """Load time, 512 tokens, and memory over 200 requests."""
    backend = opened(model, device, _weights(device))
    try:
        started = time.perf_counter()
        await backend.warm()
        loaded = time.perf_counter() - started
        code = await _seconds(backend, "def merge(first, second):\n", CODE_TOKENS)
        before = 0.0
        for number in range(SOAK):
            request = GenerationRequest(
                prompt="item " * (10 + number % 90), max_tokens=16, temperature=0.8, seed=number
            )
            await complete(backend, request)
            if number == SOAK_START:
                before = used_megabytes(device)
        after = used_megabytes(device)
    finally:
        await backend.aclose()
    flat = Target(64.0, "difference")
    return [
        Row("StarCoder2: loading from safetensors", "s", [loaded], [1.0], Target(60.0, "ours")),
        Row(f"StarCoder2: {CODE_TOKENS} tokens", "s", [code], [1.0], Target(30.0, "ours")),
        Row(f"memory after {SOAK} requests, after {SOAK_START}", "MB", [after], [before], flat),
    ]


async def _both(starcoder: Path, mistral: Path, device: str) -> list[Row]:
    """Memory of both models with full windows, and the time of an intent."""
    empty = used_megabytes(device)
    backends = [
        opened(model, device, _weights(device), context_window=WINDOW, parallel=4)
        for model in (starcoder, mistral)
    ]
    try:
        for backend in backends:
            await backend.warm()
            room = WINDOW - 64
            await complete(backend, GenerationRequest(prompt=_long_prompt(room), max_tokens=32))
        both = used_megabytes(device) - empty
        schema: dict[str, Any] = {"json_schema": INTENT}
        await _seconds(backends[1], "x", INTENT_TOKENS, **schema)
        intents = [
            await _seconds(backends[1], _long_prompt(600), INTENT_TOKENS, **schema)
            for _ in range(3)
        ]
    finally:
        for backend in backends:
            await backend.aclose()
    intent = statistics.median(intents)
    most, soon = Target(CARD_BYTES / 1e6, "ours"), Target(3.0, "ours")
    return [
        Row(f"both models with {WINDOW} tokens, by NVML", "MB", [both], [1.0], most),
        Row(f"Mistral: {INTENT_TOKENS} tokens of an intent", "s", [intent], [1.0], soon),
    ]


def _weights(device: str) -> str:
    """NF4, but not on a CPU, where it is slow and the readings mean nothing."""
    return "nf4" if device == "cuda" else "none"


def _long_prompt(tokens: int) -> str:
    """A text of about so many tokens: this tokenizer has each digit as one or less."""
    return "7 " * (tokens // 2)


async def _seconds(backend: TransformersBackend, prompt: str, tokens: int, **more: Any) -> float:
    started = time.perf_counter()
    await complete(backend, GenerationRequest(prompt=prompt, max_tokens=tokens, **more))
    return time.perf_counter() - started


def used_megabytes(device: str) -> float:
    """Memory of the card that is in use, as NVML tells it; on a CPU, of this process."""
    if device == "cpu":
        import psutil

        return float(psutil.Process().memory_info().rss) / 1e6
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"]
    told = subprocess.run(query, check=True, capture_output=True, text=True, timeout=60).stdout
    return float(told.split()[0]) * 2**20 / 1e6


def make_models(directory: Path, *, tiny: bool) -> tuple[Path, Path]:
    """Write both models where they are not there yet."""
    import torch
    from transformers import (
        MistralConfig,
        MistralForCausalLM,
        Starcoder2Config,
        Starcoder2ForCausalLM,
    )

    shapes = (SIZES, SIZES) if tiny else [_published(name) for name in PUBLISHED]
    limits = {"sliding_window": WINDOW, "bos_token_id": 0, "eos_token_id": 0}
    wanted = (
        (
            "starcoder2-7b",
            Starcoder2ForCausalLM,
            Starcoder2Config(**shapes[0] | limits),
            train_tokenizer(STARCODER_TOKENS, eos="<|endoftext|>"),
        ),
        (
            "mistral-7b-instruct-v0.2",
            MistralForCausalLM,
            MistralConfig(
                **shapes[1] | {"sliding_window": None, "bos_token_id": 1, "eos_token_id": 2}
            ),
            train_tokenizer(
                ("<unk>", "<s>", "</s>"), template=MISTRAL_TEMPLATE, bos="<s>", eos="</s>"
            ),
        ),
    )
    made = []
    for name, architecture, config, tokenizer in wanted:
        place = directory / name
        made.append(place)
        if (place / "finished").exists():
            continue
        print(f"making {place} …", file=sys.stderr)
        usual = torch.get_default_dtype()
        torch.set_default_dtype(torch.bfloat16)
        try:
            # On the card, where there is one: a CPU needs minutes for so many random numbers.
            with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
                model = architecture(config)
        finally:
            torch.set_default_dtype(usual)
        with torch.no_grad():
            model.get_output_embeddings().weight[tokenizer.all_special_ids] = 0
        missing = config.vocab_size - len(tokenizer)
        tokenizer.add_tokens([f"<filler{number}>" for number in range(missing)])
        model.to("cpu").save_pretrained(place, max_shard_size="5GB")
        tokenizer.save_pretrained(place)
        (place / "finished").touch()
        del model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return made[0], made[1]


def _published(name: str) -> dict[str, Any]:
    """The shapes of a known model's configuration."""
    known = find_published(name)
    assert known is not None
    return {key: value for key, value in (known.config or {}).items() if key != "model_type"}


def _short_of_disk(directory: Path) -> str:
    import shutil

    place = next(p for p in (directory.absolute(), *directory.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    if free >= DISK_BYTES or (directory / "mistral-7b-instruct-v0.2" / "finished").exists():
        return ""
    return f"{free / 1e9:.0f} GB free at {place}; the models need {DISK_BYTES / 1e9:.0f} GB"


if __name__ == "__main__":
    raise SystemExit(main())
