"""Kinds of values that the settings of both programs have: units, bounds, how YAML reads them."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_size(value: object) -> object:
    """Read "100MB" (powers of 1000) or "64MiB" (powers of 1024) as bytes; numbers are bytes.

    Raises:
        ValueError: The text is not a size.
    """
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if not match:
        raise ValueError("not a size; write a number of bytes, or for example 100MB or 64MiB")
    number, unit, binary = match.groups()
    return int(float(number) * (1024 if binary else 1000) ** _POWERS[unit.upper()])


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _by_device(value: object) -> object:
    """YAML reads the number of a device as a number; elsewhere it is text."""
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


Bytes = Annotated[int, BeforeValidator(parse_size), Field(ge=1)]
Temperature = Annotated[float, Field(ge=0, le=2)]
TopP = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
]
MemoryByDevice = Annotated[dict[str, str], BeforeValidator(_by_device)]
