"""A thing that is wished for and then pointed at: "I need a queue. Specify it, then write it."."""

import re
from collections.abc import Sequence
from dataclasses import replace

from mistral_agent.catalogue import Tool
from mistral_agent.intent.arguments import free_text
from mistral_agent.intent.clause import Clause
from mistral_agent.intent.knowledge import is_small_talk
from mistral_agent.intent.lead_ins import LEADING, first_word, is_wish
from mistral_agent.intent.model import Goal
from mistral_agent.intent.new_things import first_name
from mistral_agent.intent.parameters import is_source, kind_of, makes_code, takes_words
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.intent.vocabulary import POINTERS, STOP_WORDS
from mistral_agent.intent.wording import base_form
from mistral_agent.intent.words import is_action, stem, telling_words, words

_POINTED_DEED = re.compile(
    r"(?P<verb>[a-z]+)\s+(?:(?:up|out|down)\s+)?(?:for\s+)?"
    r"(?:it|this|that|them|these|those|the|its|all|everything)\b(?!.*\b(?:an?|another|new)\b)",
    re.IGNORECASE,
)
_CODE_ALONE = re.compile(
    r"(?:(?:the|its|some|working|actual)\s+(?:[a-z+#]+\s+)?(?:code|program|implementation)"
    r"(?:\s+for\s+(?:it|this|that))?|implementation|code)\W*$",
    re.IGNORECASE,
)
_SOME = re.compile(
    r"(?:add|write|create|make|generate|do|provide|give me) (?:some|any|a few|one|several)"
    r"(?: (?:please|for (?:it|me|that)|too|as well))?\W*$",
    re.IGNORECASE,
)
_NEW = re.compile(r"(?:an?|another)\s+\w+(?!\s+(?:of|on)\b)", re.IGNORECASE)
_LONGEST_NAME = 3
_LONGEST_DEED = 8


def with_wishes_pointed_at(clauses: Sequence[Clause]) -> list[Clause]:
    """The clauses, each wish taken for what the deed after it is about, where that points at it.

    In "I need a queue. Specify it, then write it." nothing is to be made before it is specified.
    """
    found: list[Clause] = []
    for clause in clauses:
        wish = found[-1] if found else None
        if wish and _is_wished_alone(wish) and _is_deed_on(clause, wish):
            found[-1] = replace(clause, about=f"{wish.text.rstrip('.')} {wish.more}".strip())
        else:
            found.append(clause)
    return found


def with_lack_filled(clauses: Sequence[Clause]) -> list[Clause]:
    """The clauses, "add some" taken for what the clause before it says is lacking.

    So it is in "the function has no tests yet. Could you add some?".
    """
    found: list[Clause] = []
    for clause in clauses:
        spoken = LEADING.sub("", clause.text)
        if found and found[-1].has_goal and _SOME.match(spoken):
            found[-1] = replace(found[-1], told=False)
        else:
            found.append(clause)
    return found


def with_thing_made(clauses: Sequence[Clause], index: ToolIndex) -> list[Clause]:
    """The clauses, a new thing that is only named taken for one to be made.

    So it is in "a stack with tests", where nothing else is there that could be tested.
    """
    found = list(clauses)
    if len(found) < 2 or found[0].has_goal or found[0].told or found[0].negated:  # noqa: PLR2004
        return found
    next_goal = next((each.ranked[0].tool for each in found[1:] if each.has_goal), None)
    works_on_code = next_goal and any(kind_of(next_goal, n) == "source" for n in next_goal.required)
    spoken = LEADING.sub("", found[0].text)
    if works_on_code and (_NEW.match(spoken) or _is_name(first_name(spoken))):
        text = f"create {spoken}"
        found[0] = replace(found[0], text=text, ranked=index.rank(f"create code for {spoken}"))
    return found


def _is_name(spoken: str) -> bool:
    """Whether a text is a name of two or three words: "prime sieve"."""
    said, telling = words(spoken), telling_words(spoken)
    is_short = 1 < len(telling) == len(said) <= _LONGEST_NAME
    return is_short and not is_action(base_form(said[0])) and not is_small_talk(spoken)


def with_code_made(clauses: Sequence[Clause], index: ToolIndex, last: Tool | None) -> list[Clause]:
    """The clauses, code that is named after a specification taken for code to be written.

    So it is in "a spec for a queue, then the code".

    Args:
        clauses: What is asked for.
        index: The tools.
        last: The tool that made what is newest in memory.
    """
    found: list[Clause] = []
    tools = [last] if last else []
    for clause in clauses:
        is_due = any(map(takes_words, tools)) and not any(map(makes_code, tools))
        found.append(_written(clause, index) if is_due else clause)
        tools += [each.tool for each in found[-1].ranked[:1] if found[-1].has_goal]
    return found


def _written(clause: Clause, index: ToolIndex) -> Clause:
    """A clause that only names code as one that asks for it to be written."""
    spoken = LEADING.sub("", clause.text)
    if not _CODE_ALONE.match(spoken):
        return clause
    text = f"write {spoken}"
    return replace(clause, text=text, ranked=index.rank(text))


def _is_wished_alone(clause: Clause) -> bool:
    """Whether a clause names a thing that is wanted, and nothing that is to be done."""
    first = first_word(clause.text)
    is_thing = is_wish(clause.text) or not is_action(base_form(first))
    return clause.has_goal and not clause.told and is_thing and takes_words(clause.ranked[0].tool)


def _is_deed_on(clause: Clause, wish: Clause) -> bool:
    """Whether a clause only points at a wish, and has it made or put into words before that."""
    spoken = LEADING.sub("", clause.text)
    deed = _POINTED_DEED.match(spoken)
    points = deed and is_action(deed["verb"].lower()) and len(words(spoken)) <= _LONGEST_DEED
    if not points or not clause.has_goal or clause.told or is_wish(clause.text):
        return False
    tool, maker = clause.ranked[0].tool, wish.ranked[0].tool
    comes_before = takes_words(tool) and makes_code(maker) and not makes_code(tool)
    return tool == maker or comes_before


def found_by(tool: Tool) -> frozenset[str]:
    """The stems of what a tool tells of the code it is given, such as issues."""
    root = tool.output_schema or {}
    told = (name for name, each in tool.outputs.items() if not is_source(name, each, root))
    return frozenset(stem(word) for name in told for word in words(name))


def with_things_named_elsewhere(goals: Sequence[Goal]) -> list[Goal]:
    """The goals, one that says nothing of its thing told what another one is about.

    So it is in "before you implement a queue, specify it", and in "test a queue once you have
    written it".
    """
    found = list(goals)
    specified = any(takes_words(each.tool) and not makes_code(each.tool) for each in goals)
    for number, goal in enumerate(found):
        if makes_code(goal.tool) and specified:
            continue
        if not takes_words(goal.tool) or not _only_points(goal.clause):
            continue
        others = (*found[number + 1 :], *found[:number])
        things = (free_text(each.tool, each.clause) for each in others if not goal.more)
        thing = next((each for each in things if each and _NEW.match(each)), None)
        if thing:
            found[number] = replace(goal, clause=f"{goal.clause.rstrip(' .')}: {thing}")
    return found


def _only_points(clause: str) -> bool:
    """Whether a clause is a verb and a pronoun: "specify it"."""
    _, *things = words(LEADING.sub("", clause)) or [""]
    return all(word in STOP_WORDS | POINTERS for word in things)
