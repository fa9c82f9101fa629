"""The words of a clause as they are weighed: which one is the verb, which the thing, which details.

"Do a security review of it" is "review a security of it", a question is a request to be told, and
what follows "that", "with" or "for" only describes the thing asked for.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mistral_agent.intent.asking import plain_question
from mistral_agent.intent.lead_ins import LEADING, is_minded, is_wish
from mistral_agent.intent.phrases import without_idioms
from mistral_agent.intent.vocabulary import (
    NOUNS_OF_ACTIONS,
    POINTERS,
    STOP_WORDS,
    TAIL_OPENERS,
    word_set,
)
from mistral_agent.intent.words import (
    CODE,
    corrected,
    groups_of,
    is_action,
    same_use,
    similarity,
    stem,
    words,
)

TAIL = 0.3
IMPLIED = 0.6
MAX_TEXT = 4_000

# "Make it pretty" makes nothing: the verb is empty, what follows the object says what is wanted.
_LIGHT_VERBS = word_set("make get have give keep")
_POINTED_OBJECT = re.compile(
    r"\s*\w+\s+(?:(?:it|this|that|these|them|the|my|our)\b|@\S)", re.IGNORECASE
)
_POINTED_AT = re.compile(r"\s*\w+\s+(?:it|this|that|these|them|my|our)\b", re.IGNORECASE)
_WITH_A_NOUN = re.compile(
    r"^(?:(?:start|begin|continue|go on|proceed|end|finish) with"
    r"|do|run|perform|conduct|carry out|make|give(?: me| us)?|have|get|start|want|need)\s+"
    r"(?:(?:a|an|another|some|one)\s+)?(?P<rest>(?:[\w-]+\s+){0,3}?(?P<noun>[a-z]+)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_QUESTION_OF_WAY = re.compile(
    r"^(?:(?:how|what) )?(?:can|could|should|would|might) (?:(?:i|we|you|one) )?"
    r"(?P<rest>.+?)\s*\??$",
    re.IGNORECASE | re.DOTALL,
)
_PASSIVE = re.compile(
    r"^(?:(?P<thing>.+?) )?be (?P<verb>\w+ed|made|done|written)\b(?P<rest>.*)$", re.I
)
_HAVE_DONE = re.compile(
    r"^(?:have|get|want|need|like|let) (?P<thing>(?:(?!that\b|which\b)[\w'@./-]+ ){0,5}?"
    r"(?!that\b|which\b|an?\b)[\w'@./-]+) (?:be )?(?P<verb>\w+ed)\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "(I'd like) it formatted".
_WISHED_DONE = re.compile(
    r"^(?P<what>it|that|this|them|these|those|(?:the|my|our) (?:\w+ )?\w+)"
    r" (?P<verb>(?!used\b)\w+ed)\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_DUE = re.compile(
    r"^(?P<thing>.+?) (?:should|must|ought to|needs? to|has to|have to) be (?P<verb>\w+ed)\b"
    r"(?P<rest>.*)$",
    re.IGNORECASE,
)
_IS_DONE = re.compile(
    r"^(?:(?P<it>it|that|this|they|everything)|(?P<thing>(?:the|my|your|its|these|those|all)\s+[\w\s]{1,40}?))"
    r"(?:'s|'re|\s+(?:is|are|was|were|has\s+been|have\s+been|gets?))\s+(?:been\s+|all\s+)?"
    r"(?P<verb>\w+)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_DONE = word_set("done finished complete completed ready over")
_SPEAKING_TO = (["server"], ["assistant"], ["agent"], ["chat"])
_PARTICIPLES = {
    "built": "build", "done": "do", "found": "find", "made": "make", "put": "put", "read": "read",
    "run": "run", "sent": "send", "shown": "show", "taken": "take", "written": "write",
}  # fmt: skip
_SUBJECT = re.compile(
    r"^\s*(?:(?:you|it|that|this|they|we|i)(?:'ve|'re|'s| have| has| are| is)?\s+)?(?:been\s+)?",
    re.IGNORECASE,
)
_RUN_A = re.compile(
    r"^(?:run|use|apply|launch) (?:the|an?|your|some) (?P<deed>\w+)er\b(?: (?:over|on|to|for))?"
    r"(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_NAMED_DEED = re.compile(
    r"^(?P<thing>code|test|format|style|source) (?P<noun>[a-z]+)\b(?P<rest>.*)$", re.I | re.S
)
_TURNED_INTO = re.compile(
    r"^(?:turn|convert|transform|make|translate|bring) "
    r"(?P<what>(?:the|this|that|these|those|my|our|your) (?:\w+ ){0,2}?(?P<noun>\w+))"
    r" (?:in)?to (?:an? |some )?(?:\w+ )?(?P<into>\w+)\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_IT_INTO_CODE = re.compile(
    r"^(?:turn|convert|transform|make|translate|bring) (?P<what>it|this|that) into"
    r" (?:code|an? (?:\w+ )?(?:program|implementation))\b",
    re.IGNORECASE,
)
_THOUGHTS = groups_of((stem("spec"), stem("idea")))
_ENSURE = re.compile(r"^make (?:sure|certain)\s+(?:that\s+)?", re.IGNORECASE)
_ASKS = re.compile(
    r"^(?:what|which|where|when|who|how|is|are|was|were|does|did|has"
    r"|(?:do|have)(?=\s+(?:you|i|we|they|these|those)\b))\b",
    re.IGNORECASE,
)
_ASKED_THING = re.compile(
    r"^(?:which|what)\s(?P<thing>[\w\s-]{2,40}?)\s"
    r"(?:is|are|am|was|were|do|does|did|have|has|can|could|will|would|should)\b",
    re.IGNORECASE,
)
_ASKS_TOO = re.compile(r"^(?:tell|show|give|anything|something)\b", re.IGNORECASE)
_FILE_NAME = re.compile(r"[\w-]\.[a-z]{1,5}\b(?![.\w])")
_FOLDER = re.compile(r"(?<![\w:/.@])(?:~|\.{1,2})?/[\w./-]*\w(?<!\.\w)(?<!\.\w\w)(?!\w|[/.]\w)")
# "A requirements document" is requirements.
CONTAINERS = frozenset(
    map(stem, word_set("document suite list report sheet number figure score value case"))
)
# "Requirements first" are requirements.
_AT_ITS_PLACE = re.compile(r"(?<=\w)\s(?:first|second|third|fourth|last)\W*$", re.IGNORECASE)
# "The complexity numbers" are the complexity.
_MEASURES = frozenset(map(stem, word_set("number figure score value report")))
_REPOSITORY = groups_of((stem("repository"),))
_TELLING_VERBS = tuple(stem(word) for word in ("show", "tell", "give", "list", "know", "report"))
_DETAIL = re.compile(r"(?<=\w):\s|\s\(")
_INTO = word_set("into as")
_PLACED = word_set("to into in from")
_AUXILIARIES = word_set(
    "is are was were has have had does do did can could will would should may must i you we they it"
)
_SEARCHED = word_set("look search check ask hunt aim")
_TELL_ME = re.compile(
    r"^(?:(?:tell|show) (?:me|us)"
    r"(?: (?:at the (?:very )?end|then|also|finally|afterwards|too))?"
    r"|let (?:me|us) know|find out|see|look|check|say"
    r"|determine|explain|know)"
    r"\s+(?=(?:how|what|which|whether|if|where|when|who)\b)(?:whether |if )?",
    re.IGNORECASE,
)
_MAKING = tuple(stem(word) for word in ("generate", "convert", "formalize"))

# Paths, addresses and quotations are arguments; their words do not tell which tool is meant.
_LITERAL = re.compile(
    r"https?://\S+|(?<!\w)@[\w.-]+:[A-Za-z][\w+.-]*:\S+|@?(?:~|\.{1,2})?/\S*|\b[\w-]+(?:/[\w.-]+)+"
    r"|(?<=\bclass )[A-Z]\w*|(?<=\bfunction )[A-Z]\w*|(?<=\bmodule )[A-Z]\w*"
    r"|\b[A-Za-z_]\w*\((?:[^()\n]*)\)|\b(?:[A-Z][a-z0-9]+){2,}\b"
    r"|\b[\w-]+\.[a-z]{1,4}\b(?!\.)|\"[^\"\n]*\"|(?<!\w)'[^'\n]*'(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a clause.

    Args:
        stem: Its stem.
        weight: 1 where it says what is wanted, less where it describes.
        verb: It says what is to be done.
        head: It is the thing that it is done to, or that is made.
        groups: The groups of things that it belongs to.
        implied: It is not said: a path that ends in ".py" is that of a file.
    """

    stem: str
    weight: float
    verb: bool = False
    head: bool = False
    groups: frozenset[int] = frozenset()
    implied: bool = False

    @property
    def makes(self) -> bool:
        """Whether it is a verb of making, such as "write" or "turn into"."""
        return self.verb and any(similarity(self.stem, each, action=True) > 0 for each in _MAKING)

    @property
    def tells(self) -> bool:
        """Whether it is a verb of telling, such as "show"."""
        return self.verb and self.stem in _TELLING_VERBS


def is_question(clause: str) -> bool:
    """Whether a clause asks to be told something, rather than to have something done."""
    return bool(_ASKS.match(_TELL_ME.sub("", LEADING.sub("", clause))))


@lru_cache(maxsize=500)
def plain_wording(clause: str) -> str:
    """A clause as a plain imperative, where it is one in other words."""
    spoken = _TELL_ME.sub("", LEADING.sub("", clause[:MAX_TEXT]).strip())
    if is_minded(clause):  # "would you mind testing it"
        spoken = imperative(spoken)
    if _ASKS.match(spoken) or _ASKS_TOO.match(spoken):
        spoken = plain_question(spoken)
    spoken = without_idioms(spoken)
    wished = _WISHED_DONE.match(spoken) if is_wish(clause) else None
    if wished and is_action(base_form(wished["verb"].lower())):
        spoken = f"{base_form(wished['verb'].lower())} {wished['what']}{wished['rest']}"
    if _ENSURE.match(spoken):
        return _ENSURE.sub("ensure ", spoken)
    way = _QUESTION_OF_WAY.match(spoken)
    passive = _PASSIVE.match(way["rest"]) if way else None
    if passive:
        return f"{base_form(passive['verb'].lower())} {passive['thing'] or 'it'}{passive['rest']}"
    return (
        _into_code(spoken)
        or _run_by_name(spoken)
        or _done_to(spoken)
        or _named_deed(spoken)
        or _with_noun(spoken)
    )


def first_deed(clause: str) -> str:
    """The first word of a clause as a plain imperative: mostly its verb."""
    return next(iter(words(plain_wording(clause))), "")


def _into_code(spoken: str) -> str | None:
    """The deed of "turn the spec into code", which is to implement it."""
    turned = _TURNED_INTO.match(spoken)
    if turned is None:
        return (
            _IT_INTO_CODE.sub(r"implement \g<what>", spoken)
            if _IT_INTO_CODE.match(spoken)
            else None
        )
    of_words = groups_of((stem(turned["noun"].lower()),)) & _THOUGHTS
    to_code = groups_of((stem(turned["into"].lower()),)) & CODE
    return f"implement {turned['what']}{turned['rest']}" if of_words and to_code else None


def _run_by_name(spoken: str) -> str | None:
    """The deed of "run the formatter over it"."""
    agent = _RUN_A.match(spoken)
    deed = base_form(f"{agent['deed'].lower()}ed") if agent else ""
    return f"{deed} {agent['rest']}" if agent and is_action(deed) else None


def _named_deed(spoken: str) -> str | None:
    """The deed of "code review, mainly of the loop"."""
    named = _NAMED_DEED.match(spoken)
    if named is None or named["noun"].lower() not in NOUNS_OF_ACTIONS:
        return None
    verb = NOUNS_OF_ACTIONS[named["noun"].lower()]
    return f"{verb} {named['thing']}{named['rest']}"


def _done_to(spoken: str) -> str | None:
    """The deed of "have it reviewed" and "it should be reviewed"."""
    done = _DUE.match(spoken) or _HAVE_DONE.match(spoken)
    verb = base_form(done["verb"].lower()) if done else ""
    return f"{verb} {done['thing']}{done['rest']}" if done and is_action(verb) else None


def points(text: str) -> bool:
    """Whether a text points at what is there: "it", "that class", but not "a class that …"."""
    said = words(text)
    return any(
        word in POINTERS
        and not (word == "that" and _is_relative(said, place))
        and said[place + 1 : place + 2] not in _SPEAKING_TO
        for place, word in enumerate(said)
    )


def _is_relative(said: Sequence[str], place: int) -> bool:
    """Whether the "that" at this place tells of the noun before it: "a class that parses"."""
    before, after = said[max(0, place - 1) : place], said[place + 1 : place + 2]
    is_noun = bool(before) and before[0] not in STOP_WORDS and not is_action(before[0])
    return is_noun and bool(after) and (after[0] not in STOP_WORDS or after[0] in _AUXILIARIES)


def is_passive(clause: str) -> bool:
    """Whether a clause asks for a thing to be had done: "I want it reviewed"."""
    return _done_to(LEADING.sub("", clause).strip()) is not None


def imperative(text: str) -> str:
    """A part of a sentence as a plain imperative, whatever its voice and time.

    So are "reviewing it", "you have reviewed it", "it is reviewed" and "once reviewed" read.
    """
    spoken = text.strip()
    done = _IS_DONE.match(spoken)
    if done and done["verb"].lower() in _DONE and done["thing"]:
        return f"{done['thing']}{done['rest']}"
    if done and is_action(base_form(done["verb"].lower())):
        return f"{base_form(done['verb'].lower())} {done['thing'] or done['it']}{done['rest']}"
    spoken = _SUBJECT.sub("", spoken)
    match = re.match(r"\s*(\w+)", spoken)
    return text if match is None else base_form(match[1].lower()) + spoken[match.end() :]


def _with_noun(spoken: str) -> str:
    noun = _WITH_A_NOUN.match(spoken)
    if noun and not _POINTED_AT.match(spoken):
        return _as_verb(noun) or spoken
    return spoken


def _as_verb(match: re.Match[str]) -> str | None:
    rest = match["rest"]
    for word in re.finditer(r"[A-Za-z]+", rest):
        if word[0].lower() in TAIL_OPENERS:
            return None
        verb = NOUNS_OF_ACTIONS.get(word[0].lower())
        if verb:
            return f"{verb} {rest[: word.start()]}{rest[word.end() :]}"
    return None


def base_form(word: str) -> str:
    """A gerund, participle or third person as the action it is a form of; else the word."""
    if is_action(word) or word in _PARTICIPLES:
        return _PARTICIPLES.get(word, word)
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending):
            root = word.removesuffix(ending)
            root = f"{root[:-1]}y" if ending != "ing" and root.endswith("i") else root
            undoubled = root[:-1] if root[-1:] == root[-2:-1] else root
            found = next((e for e in (root, root + "e", undoubled) if is_action(e)), None)
            if found:
                return found
    return word


def terms_of(clause: str, vocabulary: frozenset[str]) -> tuple[Term, ...]:
    """The words that carry meaning, slips of the keyboard corrected."""
    plain = _AT_ITS_PLACE.sub("", _LITERAL.sub(" ", plain_wording(clause)))
    found = list(_terms(_DETAIL.sub(" about ", plain), vocabulary))
    heads = [place for place, term in enumerate(found) if term.weight == 1.0 and not term.verb]
    asked = _asked_thing(plain, found, heads)
    if asked is None and len(heads) > 1 and found[heads[-1]].stem in CONTAINERS:
        container = heads.pop()
        if found[container].stem in _MEASURES:
            del found[container]
    if heads:
        place = heads[-1] if asked is None else asked
        found[place] = replace(found[place], head=True)
    if found and _FILE_NAME.search(clause):
        found.append(Term("file", IMPLIED, groups=groups_of(("file",)), implied=True))
    elif found and _FOLDER.search(clause) and not any(_REPOSITORY & each.groups for each in found):
        folder = stem("directory")
        found.append(Term(folder, IMPLIED, groups=groups_of((folder,)), implied=True))
    return tuple(found)


def _asked_thing(plain: str, terms: Sequence[Term], places: Sequence[int]) -> int | None:
    """Where the thing is that "which … is" asks for."""
    asked = _ASKED_THING.match(plain)
    thing = stem(words(asked["thing"])[-1]) if asked and words(asked["thing"]) else ""
    return next((place for place in places if terms[place].stem == thing), None)


def _terms(clause: str, vocabulary: frozenset[str]) -> Iterable[Term]:
    weight = 1.0
    converts, verb_said = False, ""
    for position, word in enumerate(words(clause)):
        sought = verb_said and (word in _PLACED or (word == "for" and verb_said in _SEARCHED))
        points = word == "that" and position == 1  # "is that function complex?"
        opens = word in TAIL_OPENERS or (word == "you" and position > 1)  # "the code you wrote"
        if opens and position and not points and not (sought and position == 1):
            weight = 1.0 if converts and word in _INTO else TAIL
        if position == 0 and word in _LIGHT_VERBS and _POINTED_OBJECT.match(clause):
            continue
        fixed = corrected(word, vocabulary) if weight == 1.0 else word
        if fixed not in STOP_WORDS:
            verb = position == 0 and is_action(fixed)
            verb_said = verb_said or (fixed if verb else "")
            converts = converts or (verb and same_use(fixed, "convert"))
            yield Term(stem(fixed), weight, verb, groups=groups_of((stem(fixed),)))
