"""Token counts where no tokenizer is at hand: an estimate to plan with, a bound to check with."""

import re
from math import ceil

from model_backends.base import GenerationRequest, TokenCount

ASCII_PER_TOKEN = 3.0
"""ASCII characters a token, on the low side: tokenizers reach 3.5 on code and 4.5 on English."""
OTHER_BYTES_PER_TOKEN = 1.5
"""UTF-8 bytes a token of other characters, on the low side: two tokens for each of Chinese."""

_WORD = re.compile(r"[A-Za-z]+")


def estimate_tokens(text: str) -> TokenCount:
    """Estimate how many tokens `text` is, on the high side.

    It is the ASCII characters / 3 plus the UTF-8 bytes of all others / 1.5, rounded up.
    """
    size = len(text.encode("utf-8", "replace"))
    ascii_size = len(text.encode("ascii", "ignore"))
    tokens = ascii_size / ASCII_PER_TOKEN + (size - ascii_size) / OTHER_BYTES_PER_TOKEN
    return TokenCount(ceil(tokens), exact=False)


def least_tokens(text: str) -> int:
    """Bound from below how many tokens `text` is: its ASCII words, as no token spans two."""
    return sum(1 for _ in _WORD.finditer(text))


def prompt_text(request: GenerationRequest) -> str:
    """All that the model will read of `request`, without the chat template's own tokens."""
    if request.prompt is not None:
        return request.prompt
    return "\n".join(message.content for message in request.messages)
