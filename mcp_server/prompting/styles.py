"""How a model wants to be asked: by a conversation, or by a text to be continued."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from model_backends.base import GenerationRequest, Message, ModelInfo

Style = Literal["chat", "completion"]

# StarCoder2's 3B and 7B, and models named so, are base models without a chat template.
_BASE = re.compile(r"starcoder2?-(?:1b|3b|7b|15b)(?!.*instruct)|(?:^|[-_/])base$|-base[-.]", re.I)


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked.

    Args:
        text: The question itself.
        opening: What the answer begins with; the model goes on from there.
        earlier: Questions with their answers that stand before it, as examples.
    """

    text: str
    opening: str = ""
    earlier: Sequence[tuple[str, str]] = ()


def style_of(info: ModelInfo) -> Style:
    """The style of a model, by its name."""
    return "completion" if _BASE.search(info.model) else "chat"


def styled(style: Style, question: Question, request: GenerationRequest) -> GenerationRequest:
    """Put a question into `request` in a model's style.

    A base model continues a document, so it gets the task as a section of one, followed by the
    heading under which an answer would stand.
    """
    if style == "chat":
        return replace(request, messages=tuple(_messages(question)), prompt=None)
    turns = [*question.earlier, (question.text, question.opening)]
    document = "\n\n".join(f"### Instruction\n{q}\n\n### Response\n{a}" for q, a in turns)
    return replace(
        request,
        messages=(),
        prompt=document,
        stop=(*request.stop, "### Instruction", "<file_sep>", "<|endoftext|>"),
    )


def _messages(question: Question) -> list[Message]:
    messages: list[Message] = []
    for asked, answered in question.earlier:
        messages += [Message("user", asked), Message("assistant", answered)]
    messages.append(Message("user", question.text))
    if question.opening:
        messages.append(Message("assistant", question.opening))
    return messages


def written_out(question: Question) -> str:
    """All that a model reads of a question, to count its tokens."""
    turns = [*(text for pair in question.earlier for text in pair), question.text, question.opening]
    return "\n".join(turns)
