"""Which messages of a long conversation the model is given."""

from collections.abc import Sequence

from model_backends.base import Message, ModelBackend

ANSWER_SHARE = 0.25
"""Share of the context window that is left for the answer, where so much is asked for."""
MESSAGE_TOKENS = 8
"""What a chat template adds to each message, on the high side."""


async def fitting(
    backend: ModelBackend, conversation: Sequence[Message], new: int, max_tokens: int
) -> tuple[Message, ...]:
    """Leave out the oldest messages of a conversation that does not fit the context window.

    A leading system message stays, and so do the newest messages; where these alone do not fit,
    the backend refuses them. What follows the system message begins with a user's message.

    Args:
        backend: The model that is asked.
        conversation: All messages, oldest first.
        new: How many of them, at the end, are those of this call.
        max_tokens: Longest answer in tokens.
    """
    window = backend.info.context_window
    room = window - min(max_tokens, int(window * ANSWER_SHARE))
    whole = await backend.count_tokens("\n".join(message.content for message in conversation))
    if whole.tokens + MESSAGE_TOKENS * len(conversation) <= room:
        return tuple(conversation)
    head = tuple(conversation[:1]) if conversation[0].role == "system" else ()
    first = max(len(conversation) - new, len(head))
    used = await _tokens(backend, (*head, *conversation[first:]))
    while first > len(head):
        used += await _tokens(backend, conversation[first - 1 : first])
        if used > room:
            break
        first -= 1
    while first < len(conversation) - new and conversation[first].role != "user":
        first += 1
    return (*head, *conversation[first:])


async def _tokens(backend: ModelBackend, messages: Sequence[Message]) -> int:
    counted = [await backend.count_tokens(message.content) for message in messages]
    return sum(each.tokens for each in counted) + MESSAGE_TOKENS * len(messages)
