"""Tiny models of real architectures with random weights, and tokenizers trained on the spot.

The tests of the transformers backend and `benchmarks.batching` run on them; they write nonsense.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

TEXTS = [
    "def add(first, second):\n    return first + second\n",
    "Write a Python function that adds two numbers, and tests for it.",
    "Repeat: red green blue green red. Count from one to twenty in words.",
    '{"name": "Ada", "age": 36, "tools": ["generate_code", "review_code"]}',
    "### Instruction\nWrite about the sea.\n\n### Response\nThe sea is wide and blue.\n",
    "class Stack:\n    def __init__(self):\n        self.items = []\n",
]
SIZES = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}
# Wide enough that the likeliest token differs from place to place.
_INITIAL: dict[str, Any] = {"initializer_range": 0.2}
# Mistral-7B-Instruct-v0.2's template, which knows no system role.
MISTRAL_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}"
    "{% endfor %}"
)
STARCODER_TOKENS = (
    "<|endoftext|>",
    "<fim_prefix>",
    "<fim_middle>",
    "<fim_suffix>",
    "<file_sep>",
)


def train_tokenizer(
    special: Sequence[str], *, eos: str, template: str | None = None, bos: str | None = None
) -> Any:
    """A byte-level BPE tokenizer, with the special tokens first."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZES["vocab_size"],
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        min_frequency=1,
    )
    filling = [f"word{n} item{n} value{n}" for n in range(60)]
    tokenizer.train_from_iterator([*TEXTS, *filling], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=bos, eos_token=eos, extra_special_tokens=list(special)
    )
    fast.chat_template = template
    return fast


def make_starcoder(directory: Path, seed: int = 0, **sizes: int) -> Path:
    """A base model of StarCoder2's architecture, without a chat template."""
    from transformers import Starcoder2Config, Starcoder2ForCausalLM

    tokenizer = train_tokenizer(STARCODER_TOKENS, eos="<|endoftext|>")
    config = Starcoder2Config(
        **SIZES | sizes, **_INITIAL, bos_token_id=0, eos_token_id=0, sliding_window=4096
    )
    return _save(Starcoder2ForCausalLM, config, tokenizer, directory, seed)


def make_mistral(directory: Path, seed: int = 0, **sizes: int) -> Path:
    """An instruct model of Mistral's architecture, with the template of v0.2."""
    from transformers import MistralConfig, MistralForCausalLM

    tokenizer = train_tokenizer(
        ("<unk>", "<s>", "</s>"), template=MISTRAL_TEMPLATE, bos="<s>", eos="</s>"
    )
    config = MistralConfig(
        **SIZES | sizes, **_INITIAL, bos_token_id=1, eos_token_id=2, sliding_window=None
    )
    return _save(MistralForCausalLM, config, tokenizer, directory, seed)


def _save(architecture: Any, config: Any, tokenizer: Any, directory: Path, seed: int) -> Path:
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = architecture(config)
    with torch.no_grad():
        # Else some prompts would be answered with nothing: special tokens are the least likely.
        model.get_output_embeddings().weight[tokenizer.all_special_ids] = 0
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return directory
