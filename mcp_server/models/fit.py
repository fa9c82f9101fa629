"""`starcoder-mcp models fit`: the memory of several models on one GPU."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from mcp_server.models.numbers import GIB, gib
from model_backends.hub.configurations import configuration_of
from model_backends.sizing import (
    QUANTIZATIONS,
    Architecture,
    Footprint,
    Quantization,
    footprint_of,
    largest_context,
    read_architecture,
)

BOTH = ("bigcode/starcoder2-7b", "mistralai/Mistral-7B-Instruct-v0.2")


@dataclass(frozen=True, slots=True)
class _Model:
    name: str
    architecture: Architecture


@dataclass(frozen=True, slots=True)
class _Way:
    """All models together, in one quantization; bytes."""

    quantization: Quantization
    total: int
    fits: bool | None
    largest_context: int | None


def fit(arguments: argparse.Namespace) -> int:
    """Print what the models take; 1 where they do not fit `--vram` in the chosen quantization."""
    models = [
        _Model(name, read_architecture(config, name))
        for name, config in map(configuration_of, arguments.models or BOTH)
    ]
    reserve = int(arguments.reserve * GIB) * len(models)
    chosen = _footprints(models, arguments.quantization, arguments)
    ways = [_way(models, each, reserve, arguments) for each in QUANTIZATIONS]
    if arguments.json:
        print(json.dumps(_as_json(models, chosen, ways, reserve, arguments), indent=2))
    else:
        _print_models(models, chosen, reserve, arguments)
        _print_ways(models, ways, arguments)
    way = next(each for each in ways if each.quantization == arguments.quantization)
    return 1 if way.fits is False else 0


def _footprints(
    models: Sequence[_Model], quantization: Quantization, arguments: argparse.Namespace
) -> list[Footprint]:
    return [
        footprint_of(model.architecture, quantization, arguments.context, arguments.parallel)
        for model in models
    ]


def _way(
    models: Sequence[_Model],
    quantization: Quantization,
    reserve: int,
    arguments: argparse.Namespace,
) -> _Way:
    footprints = _footprints(models, quantization, arguments)
    total = sum(each.weights + each.kv for each in footprints) + reserve
    if arguments.vram is None:
        return _Way(quantization, total, None, None)
    free = int(arguments.vram * GIB) - reserve
    context = largest_context(free, footprints, arguments.parallel)
    return _Way(quantization, total, total <= free + reserve, context)


def _print_models(
    models: Sequence[_Model],
    footprints: Sequence[Footprint],
    reserve: int,
    arguments: argparse.Namespace,
) -> None:
    requests = f" x {arguments.parallel}" if arguments.parallel > 1 else ""
    kv = f"KV at {arguments.context}{requests}"
    width = max(len("together"), *(len(model.name) for model in models))
    print(f"{'model':{width}}  parameters  {arguments.quantization + ' weights':>12}  {kv:>14}")
    for model, each in zip(models, footprints, strict=True):
        print(
            f"{model.name:{width}}  {each.parameters / 1e9:8.2f} G  {gib(each.weights):>12}  "
            f"{gib(each.kv):>14}"
        )
    weights, cache = (sum(getattr(f, part) for f in footprints) for part in ("weights", "kv"))
    print(f"{'together':{width}}  {'':10}  {gib(weights):>12}  {gib(cache):>14}")
    print(
        f"\nreserved for CUDA, kernels and activations: {gib(reserve)}, "
        f"{arguments.reserve:g} GiB a process (an allowance, not computed)"
    )
    for model, each in zip(models, footprints, strict=True):
        print(f"KV cache of {model.name}: {each.kv_token / 1024:g} KiB a token, in bfloat16")


def _print_ways(
    models: Sequence[_Model], ways: Sequence[_Way], arguments: argparse.Namespace
) -> None:
    print(f"\n{'quantization':12}  {'all together':>12}", end="")
    print(
        "" if arguments.vram is None else f"  {f'in {arguments.vram:g} GiB':>14}  stops fitting at"
    )
    for way in ways:
        print(f"{way.quantization:12}  {gib(way.total):>12}", end="")
        if arguments.vram is None:
            print()
            continue
        spare = int(arguments.vram * GIB) - way.total
        verdict = f"fits, {spare / GIB:.2f} free" if way.fits else f"{-spare / GIB:.2f} too much"
        print(f"  {verdict:>14}  {_limit(way.largest_context or 0)}")
    for model in models:
        longest, sliding = model.architecture.longest_context, model.architecture.sliding_window
        if longest:
            window = f", of which it attends to the last {sliding}" if sliding else ""
            print(f"{model.name} was made for {longest} tokens{window}")


def _limit(context: int) -> str:
    if not context:
        return "any context: the weights alone do not fit"
    return f"a context of {context + 1} tokens"


def _as_json(
    models: Sequence[_Model],
    footprints: Sequence[Footprint],
    ways: Sequence[_Way],
    reserve: int,
    arguments: argparse.Namespace,
) -> dict[str, object]:
    return {
        "context": arguments.context,
        "parallel": arguments.parallel,
        "quantization": arguments.quantization,
        "vram_bytes": None if arguments.vram is None else int(arguments.vram * GIB),
        "reserve_bytes": reserve,
        "models": [
            {"name": model.name, **asdict(each)}
            for model, each in zip(models, footprints, strict=True)
        ],
        "together": [asdict(way) for way in ways],
    }
