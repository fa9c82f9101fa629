"""Answers whose beginning is written for the model, so that a small one has less to get wrong.

An opening ends inside a line of a function: after `def f(a):`, or after its first `return`. A
newline at its end would make SmolLM2's tokenizer open another fence instead.
"""

import re

from mcp_server.prompting.fences import has_whole_block

FENCE = "```python\n"
_ANEW = re.compile(r"\s*(?:```|(?:async\s+)?def\s|class\s|import\s|from\s+[\w.]+\s+import\b)")
_NOTE = re.compile(rf"\A{FENCE}#.*\n")
_TOP_LEVEL = re.compile(r"\n(?=[^\s)\]}#])")


def continued(opening: str, answer: str) -> str:
    """The whole text of an answer that has an opening, cut where its first function ends.

    A model, or an endpoint, that does not go on where it was left begins anew: then its answer
    stands alone.
    """
    if not opening or _began_anew(answer):
        return answer
    text = _NOTE.sub(FENCE, opening + answer)
    end = _end_of_function(text)
    return text if end is None else text[:end]


def own_code(opening: str, code: str) -> str:
    """The code, or nothing where the model added nothing that can be read to the opening."""
    written = _NOTE.sub(FENCE, opening).removeprefix(FENCE)
    return "" if opening and "".join(code.split()) == "".join(written.split()) else code


def is_whole(opening: str, answer: str) -> bool:
    """Whether the answer holds what is wanted: a closed block or, after an opening, a function."""
    if not opening or _began_anew(answer):
        return has_whole_block(answer)
    return _end_of_function(opening + answer) is not None


def ends_function(text: str) -> bool:
    """Whether a text has a whole function and the beginning of what follows it."""
    return _end_of_function(text) is not None


def _began_anew(answer: str) -> bool:
    if _ANEW.match(answer) and not answer.lstrip(" ").startswith("\n"):
        return True
    # Words before a block of its own, which no function has.
    return bool(re.search(r"^```\w*\n\s*(?:def|class|import|from|@)", answer, re.MULTILINE))


def _end_of_function(text: str) -> int | None:
    """Where the line after the function begins, if it has come to that."""
    head = re.search(r"^(?:async )?def ", text, re.MULTILINE)
    following = _TOP_LEVEL.search(text, head.end()) if head else None
    return following.start() + 1 if following else None
