"""What can be known of a model's files before they are loaded, so that errors come at once."""

import json
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from model_backends.errors import ModelLoadError, ModelNotFoundError

WEIGHT_PATTERNS = ("*.safetensors", "pytorch_model*.bin")
INDEX = "model.safetensors.index.json"
AGAIN = "download it again"
_LENGTH_BYTES = 8
_LONGEST_HEADER = 100_000_000
_GB = 1e9


def is_directory(model: str) -> bool:
    """Whether a model's name is meant as a path of this machine, not as a hub's name.

    Hubs have names of one or two parts; a path begins as one, or is a directory here.
    """
    return model.startswith(("/", "./", "../", "~")) or Path(model).is_dir()


def find_directory(model: str) -> Path:
    """The model's directory, checked.

    Raises:
        ModelNotFoundError: There is no such directory, or it holds no model.
    """
    path = Path(model).expanduser()
    if not path.is_dir():
        raise ModelNotFoundError(model, "no such directory; give a model's directory or hub name")
    if not (path / "config.json").is_file():
        raise ModelNotFoundError(
            model, "the directory holds no config.json, so it is no model; give a model's directory"
        )
    if not weight_files(path):
        raise ModelNotFoundError(
            model, f"the directory holds no weights ({', '.join(WEIGHT_PATTERNS)}); {AGAIN}"
        )
    return path.resolve()


def weight_files(directory: Path) -> list[Path]:
    """The files of weights: safetensors, or PyTorch's own where there are none."""
    for pattern in WEIGHT_PATTERNS:
        if files := sorted(directory.glob(pattern)):
            return files
    return []


def read_config(name: str, directory: Path) -> dict[str, Any]:
    """Read `config.json`.

    Raises:
        ModelLoadError: It is not a JSON object.
    """
    try:
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelLoadError(name, f"config.json cannot be read ({error})", AGAIN) from None
    if not isinstance(config, dict):
        raise ModelLoadError(name, "config.json is not a JSON object", AGAIN)
    return config


def check_shards(name: str, directory: Path) -> None:
    """Compare each safetensors file with its own header, and the shards with their index.

    The format: 8 bytes of little-endian length, a JSON header with `data_offsets`, the data
    (https://huggingface.co/docs/safetensors).

    Raises:
        ModelLoadError: A shard is missing, cut off or damaged.
    """
    for wanted in sorted(_indexed(name, directory)):
        if not (directory / wanted).is_file():
            raise ModelLoadError(name, f"shard {wanted} is missing", AGAIN)
    for file in directory.glob("*.safetensors"):
        if problem := _damage(file):
            raise ModelLoadError(name, f"shard {file.name} is damaged ({problem})", AGAIN)


def require_disk(name: str, needed: int, directory: Path) -> None:
    """Refuse a download that does not fit.

    Raises:
        ModelLoadError: There are fewer than `needed` bytes free where it would go.
    """
    place = next((p for p in (directory, *directory.parents) if p.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    if free < needed:
        raise ModelLoadError(
            name,
            f"not enough disk: {needed / _GB:.1f} GB to download, {free / _GB:.1f} GB free "
            f"at {directory}",
            "free some space, or set HF_HOME to a directory with more",
        )


def hub_cache() -> Path:
    """Where the hub's client keeps what it downloads (HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME)."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def total_bytes(files: Iterable[Path]) -> int:
    """Their sizes together."""
    return sum(file.stat().st_size for file in files)


def _indexed(name: str, directory: Path) -> set[str]:
    index = directory / INDEX
    if not index.is_file():
        return set()
    try:
        return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise ModelLoadError(name, f"{INDEX} is damaged", AGAIN) from None


def _damage(file: Path) -> str | None:
    size = file.stat().st_size
    with file.open("rb") as opened:
        prefix = opened.read(_LENGTH_BYTES)
        if len(prefix) < _LENGTH_BYTES:
            return f"{size} bytes"
        (length,) = struct.unpack("<Q", prefix)
        if length > min(_LONGEST_HEADER, size):
            return "no header"
        try:
            header = json.loads(opened.read(length))
            ends = [v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"]
        except (ValueError, KeyError, AttributeError, TypeError, IndexError):
            return "no header"
    expected = _LENGTH_BYTES + length + max(ends, default=0)
    return None if size == expected else f"{size} of {expected} bytes"
