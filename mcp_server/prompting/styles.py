"""How a model wants to be asked: by a conversation, or by a text to be continued."""

import re
from dataclasses import replace
from typing import Literal

from model_backends.base import GenerationRequest, Message, ModelInfo

Style = Literal["chat", "completion"]

# StarCoder2's 3B and 7B, and models named so, are base models without a chat template.
_BASE = re.compile(r"starcoder2?-(?:1b|3b|7b|15b)(?!.*instruct)|(?:^|[-_/])base$|-base[-.]", re.I)


def style_of(info: ModelInfo) -> Style:
    """The style of a model, by its name."""
    return "completion" if _BASE.search(info.model) else "chat"


def styled(style: Style, text: str, request: GenerationRequest) -> GenerationRequest:
    """Put `text` into `request` in a model's style.

    A base model continues a document, so it gets the task as a section of one, followed by the
    heading under which an answer would stand.
    """
    if style == "chat":
        return replace(request, messages=(Message("user", text),), prompt=None)
    prompt = f"### Instruction\n{text}\n\n### Response\n"
    return replace(
        request,
        messages=(),
        prompt=prompt,
        stop=(*request.stop, "### Instruction", "<file_sep>", "<|endoftext|>"),
    )
