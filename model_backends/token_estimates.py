"""Token counts where no tokenizer is at hand: an estimate to plan with, a bound to check with."""

import re
from math import ceil

from model_backends.base import GenerationRequest, TokenCount

BYTES_PER_TOKEN = 3.0
"""UTF-8 bytes a token, on the low side: common tokenizers reach 3.5 on code and 4.5 on English."""

_WORD = re.compile(r"[A-Za-z]+")


def estimate_tokens(text: str) -> TokenCount:
    """Estimate how many tokens `text` is, on the high side: UTF-8 bytes / 3, rounded up."""
    return TokenCount(ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN), exact=False)


def least_tokens(text: str) -> int:
    """Bound from below how many tokens `text` is: its ASCII words, as no token spans two."""
    return sum(1 for _ in _WORD.finditer(text))


def prompt_text(request: GenerationRequest) -> str:
    """All that the model will read of `request`, without the chat template's own tokens."""
    if request.prompt is not None:
        return request.prompt
    return "\n".join(message.content for message in request.messages)
