"""The computed sizes against those of the libraries that load models."""

import pytest

from model_backends.hub.published import find_published
from model_backends.sizing import footprint_of, read_architecture
from model_backends.sizing.architecture import Architecture, Linear

pytestmark = pytest.mark.transformers

SMALL = {
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "num_key_value_heads": 2,
    "vocab_size": 1000,
}
CONFIGS = {
    "starcoder2-7b": find_published("starcoder2-7b").config,
    "mistral-7b": find_published("mistral-7b").config,
    "llama": {"model_type": "llama", **SMALL},
    "llama with biases": {
        "model_type": "llama", **SMALL, "attention_bias": True, "mlp_bias": True,
    },
    "starcoder2 without": {"model_type": "starcoder2", **SMALL, "use_bias": False},
    "qwen2, tied": {"model_type": "qwen2", **SMALL, "tie_word_embeddings": True},
    "qwen3, own heads": {"model_type": "qwen3", **SMALL, "head_dim": 32},
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_transformers_counts_the_same_parameters(name):
    torch = pytest.importorskip("torch", reason="needs the extra [transformers]")
    import transformers

    config = CONFIGS[name]
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(
            transformers.AutoConfig.for_model(**config)
        )
    counted = sum(parameter.numel() for parameter in model.parameters())

    assert read_architecture(config, name).parameters == counted


@pytest.mark.parametrize(("outputs", "inputs"), [(512, 4608), (7, 64), (100, 333)])
def test_bitsandbytes_takes_the_same_bytes_for_a_matrix(outputs, inputs):
    torch = pytest.importorskip("torch", reason="needs the extra [transformers]")
    from bitsandbytes.functional import int8_vectorwise_quant, quantize_4bit

    weights = torch.randn(outputs, inputs)
    packed, state = quantize_4bit(weights, compress_statistics=True, quant_type="nf4")
    nf4 = (packed, state.absmax, state.code, state.offset, state.state2.absmax, state.state2.code)
    int8 = int8_vectorwise_quant(weights.half())[:2]

    assert one_matrix(outputs, inputs, "nf4") == sum(t.nbytes for t in nf4)
    assert one_matrix(outputs, inputs, "int8") == sum(t.nbytes for t in int8)


def one_matrix(outputs, inputs, quantization):
    linear = Linear(outputs, inputs, bias=False)
    alone = Architecture("llama", 1, (linear,), 0, 0, 1, 0, True, 1, 1, None, None)
    return footprint_of(alone, quantization, 1).weights
