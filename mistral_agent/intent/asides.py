"""What is said while a question is open and is no answer to it."""

import re
from typing import Literal

Aside = Literal["talk", "cancel"]

_LEAD = r"(?:(?:wait|first|hm+|ok|okay|sorry|actually|one moment|but|and|well|please)[,.:!]?\s+)*"
_TALK = re.compile(
    rf"{_LEAD}(?:"
    r"(?:hello|hi|hey|good (?:morning|day|evening)|thanks|thank you|thx|bye|goodbye)\b[^\n]{0,40}"
    r"|(?:what|why|how|who|when|where|which|do|does|did|is|are|was|should)\b[^\n]*\?"
    r"|(?:can|could|would|will) you (?:explain|tell)\b[^\n]*\?"
    r"|(?:tell me|explain)\b[^\n`]*"
    r")\s*",
    re.IGNORECASE,
)
_CANCEL = re.compile(
    rf"{_LEAD}(?:never ?mind|forget (?:it|that|about it)|cancel(?: (?:it|that))?|drop it|skip it"
    r"|leave it|stop)(?: please)?[.!]*\s*",
    re.IGNORECASE,
)


def aside(text: str) -> Aside | None:
    """Tell small talk and questions of the user's own, and taking the request back, from answers.

    In English; anything else is taken for the answer.
    """
    if _CANCEL.fullmatch(text.strip()):
        return "cancel"
    return "talk" if _TALK.fullmatch(text.strip()) else None
