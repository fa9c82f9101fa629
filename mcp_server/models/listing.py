"""`starcoder-mcp models list`, `path` and `rm`: what is on this disk."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from mcp_server.models.numbers import shown_size
from model_backends.hub.cache import Cache, CachedModel
from model_backends.hub.references import read_reference


def list_models(arguments: argparse.Namespace) -> int:
    """Print the models of the cache and the packaged one, their sizes, and what uses them."""
    cache = Cache()
    used = _used(arguments.config)
    models = [_row(model, used) for model in cache.models()]
    models += _packaged(used)
    if arguments.json:
        print(json.dumps({"cache": str(cache.directory), "models": models}, indent=2))
        return 0
    for row in models:
        print(f"{row['model']}  {shown_size(int(str(row['bytes'])))}")
        for label in ("revisions", "files", "licence", "used_by", "unfinished", "path"):
            value = row[label]
            if value:
                shown = ", ".join(value) if isinstance(value, list) else value
                print(f"  {label.replace('_', ' ')}: {shown}")
    if len(models) <= len(_packaged(used)):
        print(f"nothing in {cache.directory}; starcoder-mcp models pull", file=sys.stderr)
    return 0


def path_of(arguments: argparse.Namespace) -> int:
    """Print where a model is."""
    print(Cache().path(read_reference(arguments.model)))
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Delete a model and say how much is free now."""
    reference = read_reference(arguments.model)
    if reference.file:  # its file is the model
        reference = type(reference)(reference.repository, None, reference.revision)
    freed = Cache().remove(reference)
    print(f"{reference} removed, {shown_size(freed)} are free now", file=sys.stderr)
    return 0


def _row(model: CachedModel, used: Mapping[str, list[str]]) -> dict[str, object]:
    gguf = [name for name in model.files if name.endswith(".gguf")]
    unfinished = shown_size(model.unfinished) if model.unfinished else None
    return {
        "model": model.repository,
        "bytes": model.size,
        "revisions": [
            f"{commit[:12]} ({', '.join(refs)})" if refs else commit[:12]
            for commit, refs in model.revisions.items()
        ],
        "files": gguf,
        "licence": model.licence,
        "used_by": [
            key
            for name, keys in used.items()
            if name == model.repository or _inside(name, model.directory)
            for key in keys
        ],
        "unfinished": f"{unfinished}; pull it again to go on" if unfinished else None,
        "path": str(model.directory),
    }


def _packaged(used: Mapping[str, list[str]]) -> list[dict[str, object]]:
    from model_backends.embedded.weights import packaged_weights
    from model_backends.errors import ModelNotFoundError

    try:
        weights = packaged_weights()
    except ModelNotFoundError:
        return []
    return [
        {
            "model": f"{weights.stem} (installed as a package)",
            "bytes": weights.stat().st_size,
            "revisions": [],
            "files": [],
            "licence": "Apache-2.0",
            "used_by": used.get("", []),
            "unfinished": None,
            "path": str(weights),
        }
    ]


def _used(config: Path | None) -> Mapping[str, list[str]]:
    """The keys of the server's settings that name a model, by that name; "" is the packaged one."""
    from mcp_server.configuration import load_configuration

    settings = load_configuration(config, os.environ).settings
    used: dict[str, list[str]] = {}
    model = settings.model
    if model.name is None and not model.base_url and model.backend in ("auto", "embedded"):
        used[""] = ["model"]
    elif model.name:
        used[model.name] = ["model.name"]
    for key, other in settings.models.items():
        if other.name:
            used.setdefault(other.name, []).append(f"models.{key}.name")
    return used


def _inside(name: str, directory: Path) -> bool:
    return Path(name).expanduser().absolute().is_relative_to(directory.absolute())
