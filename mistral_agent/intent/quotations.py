"""Which quotation in a clause is for which parameter."""

import re
from collections.abc import Iterable, Sequence

from mistral_agent.intent.words import words

_LINK = r"\b\s*(?:is|of|to|as|=|:)?\s*[\"'\u201c]"


def quotation_for(
    name: str, parameters: Iterable[str], text: str, quoted: Sequence[str]
) -> str | None:
    """The quotation after the parameter's own name, else the first after no other's.

    Args:
        name: The parameter.
        parameters: All the parameters of its tool.
        text: The words of the clause.
        quoted: What is quoted there, in order.
    """
    own = next((each for each in quoted if _is_after(name, each, text)), None)
    if own is not None:
        return own
    others = [each for each in parameters if each != name]
    free = (each for each in quoted if not any(_is_after(o, each, text) for o in others))
    return next(free, None)


def _is_after(name: str, quotation: str, text: str) -> bool:
    said = r"[\s_-]".join(re.escape(word) for word in words(name))
    return bool(said and re.search(rf"\b{said}{_LINK}{re.escape(quotation)}", text, re.IGNORECASE))
