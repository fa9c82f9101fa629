"""The shapes of a decoder's weights, from its `config.json`.

What each family leaves to defaults is as transformers' configuration classes and modelling files
have it (transformers 5.23, `models/<model_type>/`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_backends.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Linear:
    """A weight matrix of a layer, which quantization compresses; its bias stays as it is."""

    outputs: int
    inputs: int
    bias: bool

    @property
    def weights(self) -> int:
        """Entries of the matrix, without the bias."""
        return self.outputs * self.inputs


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shapes of a decoder-only transformer.

    Args:
        model_type: The family, as `config.json` names it.
        layers: How many layers there are; all have the same shapes.
        linears: The weight matrices of one layer.
        layer_norms: Parameters of the norms of one layer.
        final_norm: Parameters of the norm behind the last layer.
        vocabulary: Rows of the embedding.
        hidden: Columns of the embedding.
        tied: Whether the output layer is the embedding itself.
        kv_heads: Key and value heads of a layer (grouped-query attention, arXiv:2305.13245).
        head_size: Entries of a key or a value.
        longest_context: The positions that the model was made for.
        sliding_window: Tokens back that a layer attends to; None is all of them.
    """

    model_type: str
    layers: int
    linears: tuple[Linear, ...]
    layer_norms: int
    final_norm: int
    vocabulary: int
    hidden: int
    tied: bool
    kv_heads: int
    head_size: int
    longest_context: int | None
    sliding_window: int | None

    @property
    def embeddings(self) -> int:
        """Parameters of the embedding, and of the output layer where it is another matrix."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def biases_and_norms(self) -> int:
        """Parameters of all biases and norms."""
        biases = sum(linear.outputs for linear in self.linears if linear.bias)
        return self.layers * (biases + self.layer_norms) + self.final_norm

    @property
    def parameters(self) -> int:
        """All parameters; a matrix that is used twice counts once."""
        matrices = self.layers * sum(linear.weights for linear in self.linears)
        return matrices + self.embeddings + self.biases_and_norms


@dataclass(frozen=True, slots=True)
class _Family:
    """What a model type does in every one of its sizes.

    `qkv_bias`, `output_bias` and `mlp_bias` name the configuration's key that decides, with the
    value that holds where it is missing; `centred` norms have a bias of their own.
    """

    gated: bool = True
    centred: bool = False
    tied: bool = False
    qkv_bias: tuple[str, bool] = ("attention_bias", False)
    output_bias: tuple[str, bool] = ("attention_bias", False)
    mlp_bias: tuple[str, bool] = ("mlp_bias", False)
    query_norms: bool = False


_NO_KEY = ""
_FAMILIES: Mapping[str, _Family] = {
    "llama": _Family(),
    "mistral": _Family(
        qkv_bias=(_NO_KEY, False), output_bias=(_NO_KEY, False), mlp_bias=(_NO_KEY, False)
    ),
    "qwen2": _Family(
        qkv_bias=(_NO_KEY, True), output_bias=(_NO_KEY, False), mlp_bias=(_NO_KEY, False)
    ),
    "qwen3": _Family(mlp_bias=(_NO_KEY, False), query_norms=True),
    "starcoder2": _Family(
        gated=False,
        centred=True,
        tied=True,
        qkv_bias=("use_bias", True),
        output_bias=("use_bias", True),
        mlp_bias=("use_bias", True),
    ),
}


def read_architecture(config: Mapping[str, Any], where: str) -> Architecture:
    """Read the shapes out of a `config.json`.

    Args:
        config: What the file holds.
        where: What the message of an error calls it.

    Raises:
        ConfigurationError: The family is not known here, or a size is missing or is none.
    """
    kind = config.get("model_type")
    family = _FAMILIES.get(kind) if isinstance(kind, str) else None
    if family is None:
        raise ConfigurationError(
            f"{where}: the shapes of model_type {kind!r} are not known here, only those of "
            f"{', '.join(_FAMILIES)}"
        )
    sizes = _Sizes(config, where)
    hidden, heads = sizes.need("hidden_size"), sizes.need("num_attention_heads")
    kv_heads = sizes.get("num_key_value_heads") or heads
    head_size = sizes.get("head_dim") or hidden // heads
    norm = hidden * (2 if family.centred else 1)
    query_norms = 2 * head_size if family.query_norms else 0
    sliding = sizes.get("sliding_window")
    return Architecture(
        model_type=str(kind),
        layers=sizes.need("num_hidden_layers"),
        linears=(
            *_attention(family, config, hidden, heads * head_size, kv_heads * head_size),
            *_mlp(family, config, hidden, sizes.need("intermediate_size")),
        ),
        layer_norms=2 * norm + query_norms,
        final_norm=norm,
        vocabulary=sizes.need("vocab_size"),
        hidden=hidden,
        tied=bool(config.get("tie_word_embeddings", family.tied)),
        kv_heads=kv_heads,
        head_size=head_size,
        longest_context=sizes.get("max_position_embeddings"),
        sliding_window=sliding if config.get("use_sliding_window", True) else None,
    )


def _attention(
    family: _Family, config: Mapping[str, Any], hidden: int, queries: int, keys: int
) -> Sequence[Linear]:
    bias = bool(config.get(*family.qkv_bias))
    return (
        Linear(queries, hidden, bias),
        Linear(keys, hidden, bias),
        Linear(keys, hidden, bias),
        Linear(hidden, queries, bool(config.get(*family.output_bias))),
    )


def _mlp(family: _Family, config: Mapping[str, Any], hidden: int, inner: int) -> Sequence[Linear]:
    bias = bool(config.get(*family.mlp_bias))
    up, down = Linear(inner, hidden, bias), Linear(hidden, inner, bias)
    return (up, up, down) if family.gated else (up, down)


class _Sizes:
    """The whole numbers above 0 of a configuration."""

    def __init__(self, config: Mapping[str, Any], where: str) -> None:
        self._config = config
        self._where = where

    def get(self, key: str) -> int | None:
        value = self._config.get(key)
        if value is None:
            return None
        if type(value) is not int or value < 1:
            raise ConfigurationError(f"{self._where}: {key}: {value!r} is no whole number above 0")
        return value

    def need(self, key: str) -> int:
        value = self.get(key)
        if value is None:
            raise ConfigurationError(f"{self._where}: {key} is missing")
        return value
