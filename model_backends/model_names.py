"""What a model's name says of the model, by the conventions of model hubs."""

import re

from model_backends.base import ModelQuality

SMALL_AT_MOST = 1.5e9
CAPABLE_FROM = 3e9

# "7b", "135M", "1.5B", "8x7b": a number and its unit, not inside another word ("4bit", "v2b1").
_SIZE = re.compile(r"(?<![A-Za-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![A-Za-z0-9])", re.I)
_DTYPE = re.compile(r"[._-](I?Q\d(?:_[A-Z0-9]+)*|BF16|F16|F32)$", re.I)


def quality_of(name: str) -> ModelQuality:
    """Judge a model by the number of parameters in its name.

    Returns:
        "small" up to 1.5 billion, "capable" from 3 billion, else or without a size "unknown".
    """
    sizes = [
        int(experts or 1) * float(number) * (1e9 if unit in "bB" else 1e6)
        for experts, number, unit in _SIZE.findall(name)
    ]
    if not sizes:
        return "unknown"
    if max(sizes) <= SMALL_AT_MOST:
        return "small"
    return "capable" if max(sizes) >= CAPABLE_FROM else "unknown"


def dtype_of(stem: str) -> str | None:
    """The weight format at the end of a GGUF file's name, such as "Q4_1"."""
    match = _DTYPE.search(stem)
    return match[1].upper() if match else None
