"""How a model wants to be asked: by a conversation, or by a text to be continued."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mcp_server.prompting.files import ENDS, FileStart
from model_backends.base import GenerationRequest, Message, ModelInfo, PromptStyle

Style = PromptStyle

# StarCoder2's 3B and 7B, and models named so, are base models without a chat template.
_BASE = re.compile(r"starcoder2?-(?:1b|3b|7b|15b)(?!.*instruct)|(?:^|[-_/])base$|-base[-.]", re.I)


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked.

    Args:
        text: The question itself.
        opening: What the answer begins with; the model goes on from there.
        earlier: Questions with their answers that stand before it, as examples.
        file: The same as a file that is to be continued, for base models.
    """

    text: str
    opening: str = ""
    earlier: Sequence[tuple[str, str]] = ()
    file: FileStart | None = None

    @property
    def begins(self) -> str:
        """What of the answer is not the model's own work, in either form."""
        return self.opening or (self.file.begins if self.file else "")


def style_of(info: ModelInfo) -> Style:
    """The style of a model, as its backend knows it, else by its name."""
    return info.style or ("completion" if _BASE.search(info.model) else "chat")


def continues_file(info: ModelInfo, question: Question) -> FileStart | None:
    """The file that the model is given for this question; None where it is asked in words."""
    return question.file if style_of(info) == "completion" else None


def styled(info: ModelInfo, question: Question, request: GenerationRequest) -> GenerationRequest:
    """Put a question into `request` in a model's style.

    A base model gets the file to be continued. Where the question has none, and for instruct models
    without a chat template, the task is a section of a document, followed by the heading under
    which an answer would stand.
    """
    if style_of(info) == "chat":
        return replace(request, messages=tuple(_messages(question)), prompt=None)
    if file := continues_file(info, question):
        stop = (*request.stop, *ENDS, *file.stop)
        return replace(request, messages=(), prompt=file.prompt(fills=info.fills), stop=stop)
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
    """All that a model reads of a question, to count its tokens: in words or, if longer, a file."""
    turns = [*(text for pair in question.earlier for text in pair), question.text, question.opening]
    words = "\n".join(turns)
    file = question.file.prompt(fills=True) if question.file else ""
    return max(words, file, key=len)
