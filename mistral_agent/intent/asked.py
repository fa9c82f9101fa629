"""A clause as it is held against each tool; what does not depend on the tool is found once."""

import re

from mistral_agent.intent.wording import MAX_TEXT, Term, is_question, plain_wording, points
from mistral_agent.intent.words import CODE, groups_of, similarity, stem

POINTED = 0.5
"""What a word counts that only describes the code that is to be made, or that is there already."""

_THOUGHTS = groups_of((stem("spec"),))
_UPDATE = stem("update")
_NAME_LIKE = re.compile(r"[a-z][\w-]*")
_DEFINITE = re.compile(r"\b(?:the|my|your|our|its|their)\s+\w", re.IGNORECASE)
_OF_SOMETHING_NEW = re.compile(r"\b(?:for|of)\s+(?:an?|some)\s", re.IGNORECASE)
# "A test data generator" is code, whatever its first words name.
_DOER = re.compile(
    r"\w+\s+(?:an?|some)\s+(?:[\w-]+\s+){1,4}?\w{4,}[eo]r(?=\W*$|\s+(?:for|that|which|of|in|to|with)\b)",
    re.IGNORECASE,
)
_NEW_THING = re.compile(
    r"(?:an?|some|another|new)\b|[a-z]+(?:\W*$|,|\s+(?:for|of|on|about|first|please)\b)"
    r"|the\s+[a-z]+\s+(?:first\b|(?:for|of)\s+(?:an?|some|another)\b)",
    re.IGNORECASE,
)
# What is implemented or coded is there already as a thought: "implement the spec".
_CODED = re.compile(
    r"(?:implement|code|program|develop|realize|realise|build)\s+"
    r"(?:the|this|that|these|those|my|your|our|its|their)\b",
    re.IGNORECASE,
)


class Asked:
    """What a clause asks for.

    Args:
        terms: Its words that carry meaning.
        clause: Its text.
    """

    def __init__(self, terms: tuple[Term, ...], clause: str) -> None:
        self.terms = terms
        self.clause = clause[:MAX_TEXT].lower()
        self.pointed = points(clause)
        self.question = is_question(clause)
        self.definite = bool(_DEFINITE.search(clause))
        self.verb = next((term for term in terms if term.verb), None)
        self.head = next((term for term in terms if term.head), None)
        self.told = self.question or (self.verb is not None and self.verb.tells)
        makes = self.verb is not None and self.verb.makes
        # Whether its thing is to be made or told, rather than there already ("those tests").
        spoken = plain_wording(clause)
        if self.verb:
            # "Update the spec" makes a new one; code that is to be changed is there.
            rewrites = self.head is not None and bool(self.head.groups & _THOUGHTS)
            rewrites = rewrites and similarity(self.verb.stem, _UPDATE, action=True) > 0
            lists = self.verb.tells and bool(_OF_SOMETHING_NEW.search(spoken))
            self.wants_made = (makes and not _CODED.match(spoken)) or rewrites or lists
        else:
            self.wants_made = not self.pointed and bool(self.question or _NEW_THING.match(spoken))
        self.wording = frozenset(_NAME_LIKE.findall(self.clause))
        is_code = self.head is not None and bool(self.head.groups & CODE)
        made = makes and (is_code or bool(_DOER.match(spoken)))
        self._counted = tuple((term, _counted(term, code_is_made=made)) for term in terms)
        self._covered: dict[tuple[str, bool], float] = {}

    def covers(self, word: str, *, is_deed: bool) -> float:
        """How much of a word of a tool's name the clause covers, 0 to 1.

        Args:
            word: Its stem.
            is_deed: It says what the tool does: a verb stands for no other word of a name.
        """
        key = (word, is_deed)
        if key not in self._covered:
            self._covered[key] = max(
                counted * likeness(term, word)
                for term, counted in self._counted
                if not term.verb or is_deed or len(self.terms) == 1
            )
        return self._covered[key]


def _counted(term: Term, *, code_is_made: bool) -> float:
    """What a word counts: in "create a review form component" the component is to be made."""
    describes = not term.verb and not term.head and not term.groups & CODE
    return term.weight * (POINTED if code_is_made and describes else 1.0)


def likeness(term: Term, word: str) -> float:
    """How much a word of a clause stands for a stem, 0 to 1: as a thing, or as what is done."""
    as_thing = similarity(term.stem, word)
    return max(as_thing, similarity(term.stem, word, action=True)) if term.verb else as_thing
