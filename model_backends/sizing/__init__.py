"""How much memory a model takes, computed from its configuration alone."""

from model_backends.sizing.architecture import Architecture, read_architecture
from model_backends.sizing.footprint import (
    QUANTIZATIONS,
    Footprint,
    Quantization,
    footprint_of,
    largest_context,
)

__all__ = [
    "QUANTIZATIONS",
    "Architecture",
    "Footprint",
    "Quantization",
    "footprint_of",
    "largest_context",
    "read_architecture",
]
