"""How a conversation is written for a model: by its chat template, or as a document."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model_backends.base import GenerationRequest, Message, PromptStyle
from model_backends.errors import InvalidRequestError
from model_backends.token_estimates import prompt_text

FILE_END = "<file_sep>"
FILL_TOKENS = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")
INSTRUCTION, RESPONSE = "### Instruction\n", "### Response\n"

_INSTRUCT = re.compile(r"(?:^|[-_/.])(?:instruct|chat|it)(?:$|[-_/.])", re.IGNORECASE)
_MARK = "one-word-that-only-a-template-with-a-system-role-shows"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads, and which strings end its answer."""

    tokens: list[int]
    stop: tuple[str, ...]


class PromptWriter:
    """Writes prompts for one tokenizer.

    Args:
        tokenizer: A tokenizer of the transformers library.
        name: The model's; where there is no template, it tells an instruct model from a base one.
        style: The user's choice instead.

    Attributes:
        style: How the model is asked.
        special: Tokens that stand for no text of their own, such as `<file_sep>`, by their names.
        fills: Whether the model can fill in a middle.
    """

    def __init__(self, tokenizer: Any, name: str, style: PromptStyle | None) -> None:
        self._tokenizer = tokenizer
        self.style = style or _style(tokenizer, name)
        self._system_role = self.style == "chat" and self._shows_system_role()
        self.special = dict(tokenizer.added_tokens_encoder)
        self.fills = all(token in self.special for token in FILL_TOKENS)

    def write(self, request: GenerationRequest) -> Prompt:
        """Write `request` for the model.

        A raw prompt is read as it stands. Messages go through the chat template; where it has no
        system role, system messages stand before the first user message. Without a template they
        become a document of instructions and responses, which the model goes on with.

        Raises:
            InvalidRequestError: The text holds half a character, or the template refuses it.
        """
        try:
            prompt_text(request).encode()
        except UnicodeEncodeError as error:
            found = f"{error.object[error.start]!r} at {error.start} is not a character"
            raise InvalidRequestError("prompt", found) from None
        if request.prompt is not None:
            return Prompt(self._encode(request.prompt), request.stop)
        if self.style == "chat":
            return Prompt(self._by_template(request.messages), request.stop)
        return Prompt(
            self._encode(as_document(request.messages)),
            (*request.stop, INSTRUCTION.strip(), FILE_END),
        )

    def count(self, text: str) -> int:
        """Tokens of a text by itself, with those that begin every text."""
        return len(self._encode(text)) if text else 0

    def _encode(self, text: str) -> list[int]:
        readable = text.encode("utf-8", "replace").decode()
        return list(self._tokenizer(readable)["input_ids"])

    def _by_template(self, messages: Sequence[Message]) -> list[int]:
        from jinja2 import TemplateError

        if not self._system_role:
            messages = without_system(messages)
        goes_on = messages[-1].role == "assistant"
        try:
            text = self._render(messages, goes_on=goes_on)
        except (TemplateError, ValueError, TypeError) as error:
            told = " ".join(str(error).split())[:300]
            problem = f"the chat template refuses them: {told}"
            raise InvalidRequestError("messages", problem) from None
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _render(self, messages: Sequence[Message], *, goes_on: bool = False) -> str:
        turns = [{"role": each.role, "content": each.content} for each in messages]
        return str(
            self._tokenizer.apply_chat_template(
                turns,
                tokenize=False,
                add_generation_prompt=not goes_on,
                continue_final_message=goes_on,
            )
        )

    def _shows_system_role(self) -> bool:
        from jinja2 import TemplateError

        try:
            return _MARK in self._render([Message("system", _MARK), Message("user", "a")])
        except (TemplateError, ValueError, TypeError):
            return False


def as_document(messages: Sequence[Message]) -> str:
    """A conversation as headings with text, which ends where the answer begins."""
    merged = without_system(messages)
    parts = [f"{INSTRUCTION if m.role == 'user' else RESPONSE}{m.content}" for m in merged]
    if merged[-1].role == "user":
        parts.append(RESPONSE)
    return "\n\n".join(parts)


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The same conversation with its system messages before the first user message's text."""
    told = "\n\n".join(m.content for m in messages if m.role == "system")
    turns = [m for m in messages if m.role != "system"]
    if not told:
        return turns
    for place, message in enumerate(turns):
        if message.role == "user":
            turns[place] = Message("user", f"{told}\n\n{message.content}")
            return turns
    return [Message("user", told), *turns]


def _style(tokenizer: Any, name: str) -> PromptStyle:
    if tokenizer.chat_template:
        return "chat"
    return "instruct" if _INSTRUCT.search(name) else "completion"
