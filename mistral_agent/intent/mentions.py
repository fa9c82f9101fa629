"""Whether a value stands in a text, and whether the text says no to it."""

import re

from mistral_agent.intent.words import stem

_NO = re.compile(r"\b(?:no|not|without|don't|dont|skip)\b(?:\s+\w+){0,2}\s*$", re.IGNORECASE)


def is_denied(prose: str, position: int) -> bool:
    """Whether the words right before this place say no to what stands there."""
    return bool(_NO.search(prose[max(0, position - 60) : position]))


def mentions(prose: str, value: str) -> bool:
    """Whether the text names the value, in any form of the word, without saying no to it."""
    meant = {value.lower(), stem(value.lower())}
    return any(
        {match[0].lower(), stem(match[0].lower())} & meant and not is_denied(prose, match.start())
        for match in re.finditer(r"[^\W_]+", prose)
    )
