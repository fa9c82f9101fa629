"""What a step can repeat over: an array of an earlier step, where the words ask for each item.

"List the files, then format each of them" needs one `path` where `list_files` gives `files`. An
item serves as a field of its name would (`fit`), where the names share a word; an array of paths,
by its name, serves any parameter that takes a path; of items that are objects, a field serves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mistral_agent.intent.model import Goal
from mistral_agent.intent.parameters import item_schema, kind_of, plain_schema, types_of
from mistral_agent.intent.vocabulary import word_set
from mistral_agent.intent.words import words
from mistral_agent.planning.available import Available, fit
from mistral_agent.planning.references import ITEM, reference

_EACH = word_set("each every all them both everything")
_PATHS = word_set("paths files filenames filepaths directories dirs folders documents modules")
_NAMED = 0.7


def item_for(goal: Goal, parameter: str, made: Sequence[Available]) -> Available | None:
    """An item of the newest array that serves a parameter; None where nothing asks for each.

    Args:
        goal: What is to be done.
        parameter: A required parameter that nothing else fills.
        made: What earlier steps make, oldest first.
    """
    if not _EACH.intersection(words(goal.clause)):
        return None
    for each in reversed(made):
        for item in _items(each):
            if fit(item, goal.tool, parameter) >= _NAMED or _is_path(goal, parameter, item):
                return item
    return None


def _items(array: Available) -> Iterator[Available]:
    """The item of an array, and the fields of an item that is an object."""
    if array.step is None or "array" not in types_of(array.schema, array.root):
        return
    schema = item_schema(plain_schema(array.schema, array.root), array.root)
    if not schema:
        return
    said = f"each of {array.said}"
    whole = replace(
        array, argument=reference(ITEM), said=said, schema=schema, for_each=array.argument
    )
    fields = schema.get("properties")
    if not isinstance(fields, Mapping):
        yield whole
        return
    for name, field in fields.items():
        inner = field if isinstance(field, Mapping) else {}
        argument = reference(ITEM, name)
        yield replace(whole, name=name, argument=argument, said=f"{name} of {said}", schema=inner)


def _is_path(goal: Goal, parameter: str, item: Available) -> bool:
    kinds = types_of(item.schema, item.root)
    is_text = not kinds or "string" in kinds
    is_wanted = kind_of(goal.tool, parameter) == "path"
    return is_wanted and is_text and bool(_PATHS.intersection(words(item.name)))
