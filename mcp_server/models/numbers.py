"""Numbers as the command line takes and prints them."""

import argparse
import math
from collections.abc import Callable
from typing import TypeVar

N = TypeVar("N", int, float)

GIB = 1 << 30
_KIB = 1 << 10


def above_zero(kind: type[N]) -> Callable[[str], N]:
    """A reader of finite numbers above 0, for argparse."""

    def read(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            value = kind(0)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
        return value

    return read


def gib(size: float) -> str:
    """Bytes in GiB (2**30 bytes)."""
    return f"{size / GIB:.2f} GiB"


def shown_size(size: int) -> str:
    """Bytes in the unit that suits."""
    for unit, bytes_ in (("GiB", GIB), ("MiB", _KIB**2), ("KiB", _KIB)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size} B"
