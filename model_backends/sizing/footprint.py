"""Bytes of a model's weights and of its key-value cache.

Quantization is as bitsandbytes 0.50 does it: the matrices of the layers are compressed; the
embedding, the output layer, norms and biases stay in 16 bits.

- nf4: 4-bit NormalFloat with double quantization (QLoRA, arXiv:2305.14314). Each 64 weights share
  a scale, which is kept in 8 bits; each 256 scales share a 32-bit one. A matrix also has an offset
  and two tables of 16 and 256 32-bit values.
- int8: LLM.int8() (arXiv:2208.07339), a byte a weight and a 32-bit scale for each output.
- none: bfloat16.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from model_backends.sizing.architecture import Architecture, Linear

Quantization = Literal["nf4", "int8", "none"]
QUANTIZATIONS: tuple[Quantization, ...] = get_args(Quantization)

_HALF = 2
_SINGLE = 4
_NF4_BLOCK = 64
_SCALES_BLOCK = 256
_NF4_CODES = 16
_SCALE_CODES = 256


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one model takes, in bytes.

    Args:
        parameters: How many parameters the model has; a number, not bytes.
        weights: All weights with their scales and tables.
        kv_token: Key-value cache of one token in bfloat16.
        kv: Key-value cache of all tokens of all requests at once.
    """

    parameters: int
    weights: int
    kv_token: int
    kv: int


def footprint_of(
    architecture: Architecture, quantization: Quantization, context: int, parallel: int = 1
) -> Footprint:
    """Compute what a model takes.

    The cache is counted for the whole context, also of models that attend to a sliding window
    only: an upper bound, which not every runtime goes below.

    Args:
        architecture: The model's shapes.
        quantization: How the matrices of its layers are kept.
        context: Tokens of prompt and answer of one request.
        parallel: Requests at once.
    """
    plain = _HALF * (architecture.embeddings + architecture.biases_and_norms)
    matrices = sum(_matrix_bytes(linear, quantization) for linear in architecture.linears)
    heads = architecture.kv_heads * architecture.head_size
    kv_token = 2 * architecture.layers * heads * _HALF
    return Footprint(
        parameters=architecture.parameters,
        weights=plain + architecture.layers * matrices,
        kv_token=kv_token,
        kv=kv_token * context * parallel,
    )


def largest_context(free: int, footprints: list[Footprint], parallel: int = 1) -> int:
    """The most tokens that a request of each model may have, all models loaded.

    Args:
        free: Bytes that are there for weights and caches.
        footprints: The models.
        parallel: Requests at once of each model.

    Returns:
        0 where not even the weights fit.
    """
    rest = free - sum(each.weights for each in footprints)
    return max(0, rest // (parallel * sum(each.kv_token for each in footprints)))


def _matrix_bytes(linear: Linear, quantization: Quantization) -> int:
    match quantization:
        case "nf4":
            blocks = _rounded_up(linear.weights, _NF4_BLOCK)
            scales = blocks + _SINGLE * _rounded_up(blocks, _SCALES_BLOCK)
            tables = _SINGLE * (1 + _NF4_CODES + _SCALE_CODES)
            return _rounded_up(linear.weights, 2) + scales + tables
        case "int8":
            return linear.weights + _SINGLE * linear.outputs
        case "none":
            return _HALF * linear.weights


def _rounded_up(number: int, block: int) -> int:
    return -(-number // block)
