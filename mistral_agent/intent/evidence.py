"""The reading of a request that needs no model: clauses, ranked tools, literals, memory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mistral_agent.catalogue import Tool
from mistral_agent.intent.arguments import literal_arguments
from mistral_agent.intent.background import without_praise
from mistral_agent.intent.clause import ACCEPT, Clause
from mistral_agent.intent.clauses import split_clauses
from mistral_agent.intent.fitting import by_score, fitted
from mistral_agent.intent.knowledge import (
    explains,
    is_about_doing,
    is_in_own_code,
    is_question,
    is_small_talk,
)
from mistral_agent.intent.lead_ins import LEADING
from mistral_agent.intent.literals import Literals, literals_of
from mistral_agent.intent.model import Goal, Intent
from mistral_agent.intent.new_things import names_new_code, plain_wish
from mistral_agent.intent.parameters import kind_of, takes_words
from mistral_agent.intent.questions import (
    ABOUT_CODE,
    SURE,
    answered_in_words,
    asks_for_judgement,
)
from mistral_agent.intent.ranking import Ranked, ToolIndex
from mistral_agent.intent.told_once import (
    found_by,
    with_code_made,
    with_lack_filled,
    with_thing_made,
    with_things_named_elsewhere,
    with_wishes_pointed_at,
)
from mistral_agent.intent.vocabulary import POINTERS, STOP_WORDS, word_set
from mistral_agent.intent.wording import base_form, plain_wording, points
from mistral_agent.intent.words import is_action, same_use, similarity, stem, words

ALIKE = 0.04
"""Two tools whose fits differ by less are two readings of a clause."""
ALONE_ABOUT_CODE = 0.2
"""The same, where no other tool is near."""
CLEAR_LEAD = 0.2
"""A lead over the next tool that leaves no doubt either."""
LEAST_SURE = 0.7
"""How likely a tool is right that is accepted, and no more than that."""
_NEAR = 0.3
_MAX_CANDIDATES = 5

_SAVED = re.compile(
    r"(?<!\s)\s+(?:next to (?:it|them) )?(?:to|into|as|in)\s+(?:the\s+|a\s+)?(?:new\s+)?"
    r"(?:file\s+)?(?:named\s+|called\s+)?[`'\"]?(?P<path>\S*\w\.[A-Za-z]\w{0,5})[`'\"]?[.!]?\s*$",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"^(?:(?:do|try|run|make)\s+(?:it|that|this)\s+)?(?:(?:once\s+more|one\s+more\s+time|over|redo"
    r"|repeat|(?:the\s+)?same)\b|(?:with|using|at|by)\b)",
    re.IGNORECASE,
)
_SAME_FOR = re.compile(
    r"^(?:do\s+)?(?:(?:the\s+)?same|likewise|ditto|this)\b.{0,20}?\b(?:for|with|to|on)\s+(?:this|that|these|@)",
    re.IGNORECASE,
)
_WISHED_AS_IT_IS = re.compile(
    r"^(?:want|need|like|love)\s+(?:it|this|that|them|these|those|both|all|everything)\b"
    r"(?:\W*$|\s+(?:for|because|so|by|before|when|at|on|tomorrow|today|soon|asap|now|very|badly)\b)",
    re.IGNORECASE,
)
# "After this review, test it": it has been made.
_DONE_ALREADY = re.compile(r"(?:this|that|your)\s+\w+\W*$", re.IGNORECASE)
_USE = re.compile(r"^(?:use|take)\s+", re.IGNORECASE)
_ENOUGH = re.compile(r"\s(?:(?:is|are) (?:enough|fine|sufficient)|suffices?)\W*$", re.IGNORECASE)
_CODE_COLON = re.compile(r"\W*code\s*:", re.IGNORECASE)
_NO_CONTENT = word_set(
    "code function class earlier previous last latest above wrote written made gave given"
)
_ONE = re.compile(r"^\w+ one\b", re.IGNORECASE)
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|plus|&)\s+", re.IGNORECASE)
_BARE_CODE = re.compile(r"\bthe (?:code|function|class|program|script)\W*$", re.IGNORECASE)
_POINTED_AT = frozenset({"it", "this", "them", "these", "my", "our"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a request can lean on.

    Args:
        has_code: There is code in the request or in memory.
        code_given: There is code in the request.
        last: The tool that made what is newest in memory.
    """

    has_code: bool
    code_given: bool = False
    last: Tool | None = None


def read_evidence(literals: Literals, index: ToolIndex, around: Surroundings) -> Intent:
    """Read a request without a model."""
    clauses = split_clauses(literals.prose, index)
    negated = tuple(clause.ranked[0].tool for clause in clauses if clause.negated)
    wished = with_lack_filled([each for each in clauses if not each.negated])
    asked = with_code_made(wished, index, around.last)
    wanted = with_wishes_pointed_at(asked if around.has_code else with_thing_made(asked, index))
    goals, doubtful = _goals(wanted, literals, index, around, negated)
    if not goals and any(each.told for each in wanted):
        taken_as_asked = [replace(each, told=False) for each in wanted]
        goals, doubtful = _goals(taken_as_asked, literals, index, around, negated)
    goals = [part for each in goals for part in _each_named(_told_apart(each, goals), index)]
    if goals:
        if not around.has_code and around.last is None:
            goals = with_things_named_elsewhere(goals)
        confidence = min(goal.confidence for goal in goals)
        return Intent("task", tuple(goals), literals, confidence, negated)
    return _without_goals(literals, clauses, doubtful, negated, index)


def _each_named(goal: Goal, index: ToolIndex) -> list[Goal]:
    """A goal, or one for each reading where the clause names them all: "tests and a review"."""
    readings = (goal.tool, *goal.alternatives)
    parts = [part for part in _AND.split(goal.clause) if part.strip()]
    if not goal.alternatives or len(parts) != len(readings):
        return [goal]
    named = [[tool for tool in readings if index.matches_name(tool, part)] for part in parts]
    if any(len(each) != 1 for each in named) or len({id(each[0]) for each in named}) < len(named):
        return [goal]
    sure = min(1.0, goal.confidence * len(readings))
    return [replace(goal, tool=each[0], alternatives=(), confidence=sure) for each in named]


def _goals(
    clauses: Sequence[Clause],
    literals: Literals,
    index: ToolIndex,
    around: Surroundings,
    negated: Sequence[Tool],
) -> tuple[list[Goal], list[Ranked]]:
    """The goals of the clauses, and the tools of those that leave it open.

    What is told is no goal: it only adds to one.
    """
    goals: list[Goal] = []
    loose: list[str] = []
    doubtful: list[Ranked] = []
    for clause in clauses:
        if clause.told:
            if not goals:
                loose.append(clause.text)
            elif takes_words(goals[-1].tool) or literals_of(clause.text).frameworks:
                goals[-1] = replace(goals[-1], more=f"{goals[-1].more} {clause.text}".strip())
            continue
        if clause.timed and _DONE_ALREADY.match(clause.text):
            continue
        ranked = _readings(clause, literals, index, around, negated)
        if ranked is None or _says_nothing(clause.text) or _goes_on(clause.text, ranked, goals):
            continue
        named = names_new_code(clause.text) and _described(clause.text, literals, index, negated)
        if not named and ranked and ranked[0].score >= _enough(ranked, literals):
            told = _with_what_was_told(clause, ranked[0].tool, loose)
            goals += _with_saving(_goal(told, ranked), literals, index)
            loose = []
        elif other := (
            named
            or _again(clause.text, around)
            or _described(clause.text, literals, index, negated)
        ):
            goals.append(other)
        else:
            loose.append(clause.text)
            doubtful.extend(ranked[:_MAX_CANDIDATES])
    return goals, doubtful


def _told_apart(goal: Goal, goals: Sequence[Goal]) -> Goal:
    """A goal without the readings that another part of the request asks for: "check, test it"."""
    others = [each.tool for each in goals if each is not goal and not each.alternatives]
    left = tuple(tool for tool in goal.alternatives if tool not in others)
    if len(left) == len(goal.alternatives):
        return goal
    surer = goal.confidence * (1 + len(goal.alternatives)) / (1 + len(left))
    return replace(goal, alternatives=left, confidence=min(1.0, surer))


def _readings(
    clause: Clause,
    literals: Literals,
    index: ToolIndex,
    around: Surroundings,
    negated: Sequence[Tool],
) -> list[Ranked] | None:
    """The tools that fit a clause, best first; None where words answer it."""
    ranked = [each for each in fitted(clause, literals) if each.tool not in negated]
    code = {"has_code": around.has_code, "code_given": around.code_given}
    if asks_for_judgement(clause.text, ranked, **code):
        judging = fitted(replace(clause, ranked=index.rank("review code")), literals)
        return [each for each in judging if each.tool not in negated]
    return None if answered_in_words(clause.text, ranked, **code) else ranked


def _without_goals(
    literals: Literals,
    clauses: Sequence[Clause],
    doubtful: Sequence[Ranked],
    negated: tuple[Tool, ...],
    index: ToolIndex,
) -> Intent:
    prose = literals.prose.strip()
    ordered = (each.tool for each in sorted(doubtful, key=by_score))
    candidates = tuple({(tool.server, tool.name): tool for tool in ordered}.values())
    if not prose:
        takers = index.taking_source() if literals.code else ()
        return Intent("unclear", (), literals, 0.0, negated, takers[:_MAX_CANDIDATES])
    wanted = [LEADING.sub("", each.text.strip()) for each in clauses if not each.negated]
    declines = bool(negated) and not wanted and without_praise(prose) != prose
    if is_small_talk(prose) or declines or any(explains(spoken) for spoken in wanted):
        return Intent("chat", (), literals, 0.6, negated)
    about_code = bool(literals.code) and not is_question(LEADING.sub("", prose))
    pointed = any(_is_about_something(clause.text) for clause in clauses if not clause.negated)
    if pointed or (about_code and not prose.endswith("?")):
        offered = candidates or (index.taking_source() if literals.code else ())
        return Intent("unclear", (), literals, 0.3, negated, offered[:_MAX_CANDIDATES])
    if not _wants_something(clauses):
        return Intent("chat", (), literals, 0.9, negated)
    close = bool(doubtful) and max(each.score for each in doubtful) >= _NEAR
    if close and not is_question(LEADING.sub("", prose)):
        return Intent("unclear", (), literals, 0.3, negated, candidates[:_MAX_CANDIDATES])
    return Intent("chat", (), literals, 0.6, negated)


def _enough(ranked: Sequence[Ranked], literals: Literals) -> float:
    """The least fit: less is enough where there is code to work on, and no rival near."""
    if not literals.code:
        return ACCEPT
    if is_question(literals.prose.strip()):
        return ABOUT_CODE
    rival = ranked[1].score if len(ranked) > 1 else 0.0
    return ALONE_ABOUT_CODE if ranked[0].score - rival >= CLEAR_LEAD / 2 else ABOUT_CODE


def _goes_on(text: str, ranked: Sequence[Ranked], goals: Sequence[Goal]) -> bool:
    """Whether a clause only says again what was asked for last: "find the bug and fix it"."""
    said = words(plain_wording(text).replace("this code", "it"))
    if not goals or not ranked or ranked[0].tool != goals[-1].tool:
        return False
    deed, *things = said or [""]
    found = found_by(ranked[0].tool)
    points_only = things and all(
        word in STOP_WORDS
        or word in POINTERS | {"today", "first", "yet"}
        or same_use(word, "find")
        or any(similarity(stem(word), each) > 0 for each in found)
        for word in things
    )
    if not points_only or not is_action(base_form(deed)):
        return False
    literals = literals_of(text)
    given = literal_arguments(ranked[0].tool, literals, literals)
    return all(name in ranked[0].tool.required for name in given)


def _with_what_was_told(clause: Clause, tool: Tool, told: Sequence[str]) -> Clause:
    """A clause with the sentences before it that asked for nothing: "An idea: … Formalize it."."""
    wordy = takes_words(tool)
    if clause.about and wordy:
        return replace(clause, text=f"{' '.join([*told, clause.about])}. {clause.text}")
    spoken = LEADING.sub("", clause.text)
    leans = points(spoken) or _BARE_CODE.search(spoken) or _ONE.search(spoken)
    if not told or not wordy or not leans:
        return clause
    return replace(clause, text=f"{clause.text.rstrip('.')}: {' '.join(told)}")


def _with_saving(goal: Goal, literals: Literals, index: ToolIndex) -> list[Goal]:
    """A goal, and one that saves its result where the clause says so: "write tests to t.py"."""
    found = _SAVED.search(goal.clause)
    if found is None or literals_of(goal.clause).quoted:
        return [goal]
    made = goal.clause[: found.start()].rstrip()
    wanted = [each for each in index.rank(made) if not _takes_paths(each.tool)]
    if not wanted or wanted[0].score < ACCEPT or not _names_new(made, wanted[0].tool, index):
        return [goal]
    saving = fitted(Clause(found[0], index.rank(f"save it to {found['path']}")), literals)
    kinds = [{kind_of(each.tool, name) for name in each.tool.required} for each in saving[:1]]
    if not kinds or saving[0].score < ACCEPT or kinds[0] != {"path", "content"}:
        return [goal]
    first = _goal(Clause(made), wanted)
    last = Goal(saving[0].tool, f"save it to {found['path']}", saving[0].score)
    return [first, last]


def _takes_paths(tool: Tool) -> bool:
    return any(kind_of(tool, name) in {"path", "paths"} for name in tool.parameters)


def _names_new(made: str, tool: Tool, index: ToolIndex) -> bool:
    """Whether the thing to be saved is what the tool makes, rather than what is there already."""
    thing = words(LEADING.sub("", made))[1:]
    return bool(re.search(r"\b(?:an?|some)\b", made)) or any(
        index.matches_name(tool, word) for word in thing
    )


def _again(text: str, around: Surroundings) -> Goal | None:
    """The goal of a clause that has what was done last done in another way, or to other code.

    So it is in "with unittest" and "the same for this one".
    """
    last = around.last
    if last is not None and around.code_given and _SAME_FOR.match(LEADING.sub("", text)):
        return Goal(last, text)
    if last is None or not _OTHERWISE.match(LEADING.sub("", text)):
        return None
    said = literals_of(text)
    given = literal_arguments(last, said, said)
    return Goal(last, text) if any(kind_of(last, each) != "free_text" for each in given) else None


def _described(
    text: str, literals: Literals, index: ToolIndex, negated: Sequence[Tool]
) -> Goal | None:
    """The goal of a clause that names a new thing without a verb: "a script that …"."""
    asked = plain_wish(text, code_given=bool(literals.code))
    if asked is None:
        return None
    likely = fitted(Clause(text, index.rank(asked)), literals)
    ranked = [each for each in likely if each.tool not in negated]
    return _goal(Clause(text), ranked) if ranked and ranked[0].score >= ACCEPT else None


def _wants_something(clauses: Sequence[Clause]) -> bool:
    """Whether some clause is an imperative that a tool might serve."""
    spoken = (words(LEADING.sub("", clause.text)) for clause in clauses)
    return any(said and is_action(said[0]) for said in spoken)


def _is_about_something(text: str) -> bool:
    """Whether something is to be done to a thing that is pointed at: "change it"."""
    said = words(LEADING.sub("", text))
    acts = bool(said) and is_action(said[0]) and not is_about_doing(LEADING.sub("", text.strip()))
    acts = (acts or said[:1] == ["do"]) and not same_use(said[0], "show")
    pointed = _POINTED_AT.intersection(said[1:4]) or is_in_own_code(text)
    return acts and len(said) > 1 and bool(pointed)


def _goal(clause: Clause, ranked: Sequence[Ranked]) -> Goal:
    best = ranked[0]
    alike = [each.tool for each in ranked[1:4] if each.score >= ACCEPT and _is_alike(best, each)]
    sure = _sureness(best.score, ranked[1].score if len(ranked) > 1 else 0.0)
    return Goal(
        best.tool,
        clause.text,
        best.score,
        confidence=sure / (1 + len(alike)),
        alternatives=tuple(alike),
        more=clause.more,
    )


def _is_alike(best: Ranked, other: Ranked) -> bool:
    """Whether both are readings; of tools of one name a trusted one goes first, unasked."""
    if best.tool.trusted and not other.tool.trusted and best.tool.name == other.tool.name:
        return False
    lead = best.score - other.score
    return lead < ALIKE if best.score < 1.0 else lead == 0.0


def _sureness(score: float, next_best: float) -> float:
    """How likely the best tool is the right one: by its fit, or by its lead over the next.

    `LEAST_SURE` is the threshold below which is asked where no other is set: then only readings
    that fit alike are asked about.
    """
    fits = (score - ACCEPT) / (SURE - ACCEPT)
    leads = (score - next_best) / CLEAR_LEAD
    return min(1.0, LEAST_SURE + (1 - LEAST_SURE) * max(fits, leads))


def _says_nothing(text: str) -> bool:
    """Whether a clause only points at something: "this code"."""
    if _WISHED_AS_IT_IS.match(LEADING.sub("", text)):
        return True
    said = words(_ENOUGH.sub("", _USE.sub("", LEADING.sub("", text))))
    if _SAME_FOR.match(LEADING.sub("", text)):
        return False
    if said[:1] == ["any"] and text.rstrip().endswith("?"):
        return False
    is_deed = said[:1] == ["code"] and len(said) > 1 and not _CODE_COLON.match(text)
    return not is_deed and all(word in STOP_WORDS or word in _NO_CONTENT for word in said)
