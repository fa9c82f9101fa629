"""Parts of a request that say how a tool shall work, rather than ask for anything more."""

from collections.abc import Sequence

from mistral_agent.catalogue import Tool
from mistral_agent.intent.parameters import choices_of, kind_of
from mistral_agent.intent.ranking import Ranked, ToolIndex
from mistral_agent.intent.vocabulary import POINTERS, word_set
from mistral_agent.intent.words import CODE, groups_of, stem, stems

_NAMES_AN_OBJECT = POINTERS | word_set("my our another one a an both all")


def names_setting(tool: Tool, text: str) -> bool:
    """Whether a text names an option of the tool, or a value of one: "not detailed"."""
    optional = [name for name in tool.parameters if name not in tool.required]
    own = {word for name in optional for word in stems(name)} - set(stems(tool.name))
    values = {stem(value) for name in optional for value in choices_of(tool, name)}
    said = stems(text)
    return any(word in own for word in said) or (bool(said) and values.issuperset(said))


def names_no_object(rest: Sequence[str], ranked: Sequence[Ranked], index: ToolIndex) -> bool:
    """Whether what follows a verb names nothing that a tool could work on: "wrap at 90".

    Args:
        rest: The words after the verb.
        ranked: The tools that fit them, best first: the best is what is asked for.
        index: All the tools.
    """
    tool = ranked[0].tool
    if not any(kind_of(tool, name) == "source" for name in tool.parameters):
        return False
    if _NAMES_AN_OBJECT.intersection(rest) or groups_of(map(stem, rest)) & CODE:
        return False
    others = [each.tool for each in ranked if each.tool != tool]
    return not any(index.matches_name(each, word) for each in others for word in rest)
