"""A new thing that is named without a verb: "a script that …", "quick fizzbuzz in js"."""

import re

from mistral_agent.intent.lead_ins import LEADING
from mistral_agent.intent.literals import literals_of
from mistral_agent.intent.questions import NEW_THING
from mistral_agent.intent.vocabulary import POINTERS, STOP_WORDS, word_set
from mistral_agent.intent.wording import base_form
from mistral_agent.intent.words import (
    CODE,
    corrected,
    groups_of,
    is_action,
    known_words,
    same_use,
    stem,
    telling_words,
    words,
)

_SHOWN = re.compile(
    r"^(?:show|give|get|got|find)\s+(?:(?:me|us)\s+)?(?=an?\b|some\b)", re.IGNORECASE
)
_THING_THAT_DOES = re.compile(
    r"^(?:(?:an?|some|another)\s+)?(?:(?!the\b|my\b|your\b|this\b|that\b)[\w+#-]+\s+){0,3}?"
    r"(?P<head>[a-z]+)\s+(?:that|which)\s+(?!(?:you|i|we|they|he|she|was|were)\b)\w+s\b",
    re.IGNORECASE,
)
_IN_A_LANGUAGE = re.compile(
    r"(?:\b(?:in|using|with)|,)\s+[\w+#]+(?:\s+please)?[.!?]*\s*(?:$|,|:)", re.I
)
_NO_THING = STOP_WORDS | {"nothing", "everything", "everyone", "people", "interested"}
_ARTICLE = re.compile(r"^(?:an?|some|another) ", re.IGNORECASE)
_KNOWN = re.compile(r"(?:the|my|your|our|its|this|that|these|those|no|which|what)\b", re.IGNORECASE)
_IN_WHAT_IS_THERE = re.compile(
    r"(?:find\s|list\s|show\s)?the\b.*\b(?:in|of|from)\s(?:my|our|your|this|the)\s(?:\w+\s)?(?:project|repo|repository"
    r"|codebase|code|file|module|folder|package)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:my|our|your|this|that|these|those)\s+(?:\w+\s+)?$", re.IGNORECASE)
_DETAILS = re.compile(
    r"[,:;.(]|\s(?:with|for|in|that|which|of|to|on|from|using|and|plus|by|as|at)\b", re.IGNORECASE
)
_DOER_ENDINGS = ("izer", "iser", "ifier", "lyzer", "lator", "rator", "idator", "mator", "erver")
_LONGEST_NAME = 6
_SHORTEST_DOER = 7
_NEW = re.compile(r"(?:an?|some|another)\s", re.IGNORECASE)
# "A converter that …" is code, a newsletter is none.
_NO_DOERS = word_set(
    "newsletter character customer chapter computer teacher professor remainder semester director"
    " chancellor december november september october printer wallpaper"
)


def plain_wish(text: str, *, code_given: bool) -> str | None:
    """The imperative that a clause without a verb stands for; None where it names no new thing.

    Args:
        text: The clause.
        code_given: There is code in the request, so that none is to be made.
    """
    spoken = _SHOWN.sub("", LEADING.sub("", text).strip())
    if _asks_for_other_language(spoken):
        return "write code"
    if code_given:
        return None
    if _IN_A_LANGUAGE.search(spoken) and _names_a_program(spoken):
        return "create code"
    thing = NEW_THING.match(spoken)
    if thing and (_IN_WHAT_IS_THERE.match(spoken) or names_own(thing)):
        thing = None
    if _is_new_tool(spoken):
        return f"create code for {spoken}"
    return f"create {spoken}" if (thing and _is_code(thing)) or _is_name_of_code(spoken) else None


def names_new_code(text: str) -> bool:
    """Whether a clause names code and what it does: its verbs are no deeds that are asked for.

    "Class that holds reviews" asks for a class; "code that you wrote" is there already.
    """
    spoken = _SHOWN.sub("", LEADING.sub("", text).strip())
    thing = _THING_THAT_DOES.match(spoken)
    head = corrected(thing["head"].lower(), known_words()) if thing else ""
    first = next(iter(words(spoken)), "")
    is_deed = first != head and is_action(first)
    does = bool(thing) and not is_deed and bool(groups_of((stem(head),)) & CODE)
    return does or _is_new_tool(spoken)


def first_name(text: str) -> str:
    """The name that a clause starts with, up to its details: "word counter" of "… for files"."""
    return _DETAILS.split(LEADING.sub("", text).strip(), maxsplit=1)[0].strip(" .!")


def _is_new_tool(spoken: str) -> bool:
    """Whether a text starts with the name of what does something: "a log file formatter"."""
    name = first_name(spoken)
    said = words(name)
    if not 1 < len(said) <= _LONGEST_NAME or _KNOWN.match(name) or POINTERS & set(words(spoken)):
        return False
    head = said[-1]
    is_deed = is_action(said[0]) and not groups_of((stem(said[0]),)) & CODE
    return not is_deed and spoken != name and not spoken.rstrip().endswith("?") and _does(head)


def _does(word: str) -> bool:
    """Whether a word says who does something: "counter" of count, "tokenizer"."""
    if word in _NO_DOERS or len(word) < _SHORTEST_DOER - 1 or not word.endswith(("er", "or")):
        return False
    return word.endswith(_DOER_ENDINGS) or is_action(base_form(f"{word[:-2]}ed"))


def names_own(thing: re.Match[str]) -> bool:
    """Whether the group "head" of a match is a thing that is there: "a look at my script"."""
    before = thing.string[: thing.start("head")]
    return bool(_OWN.search(before))


def _is_code(thing: re.Match[str]) -> bool:
    """Whether a thing is code: by its name, its language, or as what does something."""
    head = corrected(thing["head"].lower(), known_words())
    if groups_of((stem(head),)) & CODE:
        return True
    if literals_of(thing[0]).languages:  # "Perl subroutine to trim"
        return not is_action(words(thing[0])[0])
    is_new = _NEW.match(thing[0]) and len(head) >= _SHORTEST_DOER
    return bool(is_new) and head.endswith(("er", "or")) and head not in _NO_DOERS


def _is_name_of_code(spoken: str) -> bool:
    """Whether a text is the name of a thing to be made: "linked list class"."""
    said, telling = words(spoken), telling_words(spoken)
    if len(said) > _LONGEST_NAME or len(telling) < 3 or _KNOWN.match(spoken):  # noqa: PLR2004
        return False
    is_deed = is_action(said[0]) or spoken.rstrip().endswith("?")
    return not is_deed and bool(groups_of((stem(said[-1]),)) & CODE)


def names_program(text: str) -> bool:
    """Whether a clause without a verb names a program to be made: "bubble sort in C"."""
    return plain_wish(text, code_given=False) is not None


def _names_a_program(spoken: str) -> bool:
    """Whether a thing is named together with a language: "quick fizzbuzz in js"."""
    said = words(_ARTICLE.sub("", spoken))
    telling = [each for each in said if each not in STOP_WORDS]
    about = said[:1] and (said[0] in _NO_THING or said[0].endswith("ing") or is_action(said[0]))
    return bool(literals_of(spoken).languages) and len(telling) > 1 and not about


def _asks_for_other_language(spoken: str) -> bool:
    """Whether what is there is wanted in another language: "translate it to Go", "now in Rust"."""
    verb = next(iter(words(spoken)), "")
    turns = same_use(verb, "convert") or verb in {"do", "port", "rewrite", "in", "the", "same"}
    turns = turns or "version" in words(spoken)
    return turns and bool(literals_of(spoken).languages)
