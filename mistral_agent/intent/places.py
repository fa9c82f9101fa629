"""Whether a tool has a place for what a clause says literally, whatever it needs."""

import re
from collections.abc import Sequence

from mistral_agent.catalogue import Tool
from mistral_agent.intent.literals import Literals
from mistral_agent.intent.parameters import kind_of
from mistral_agent.intent.timezones import timezones
from mistral_agent.intent.vocabulary import word_set
from mistral_agent.intent.words import words

_FOLDERS = word_set("directory folder dir tree")
_GLOB = re.compile(r"(?:^|[\s/(])\*+[./]?[\w*]")
_FILE_ENDING = re.compile(r"\w\.[A-Za-z][A-Za-z0-9]{0,5}$")


def place_for(tool: Tool, clause: Literals) -> float:
    """What the kinds of the literals of a clause say for a tool, above 0, or against it, below 0.

    A second time zone, a number or a folder that a tool has no parameter for speaks against it, a
    language that it has one for speaks for it.
    """
    kinds = [kind_of(tool, name) for name in tool.parameters]
    zones = len(timezones(clause.searched)) if "timezone" in kinds else 0
    lost = zones > kinds.count("timezone")
    fits = _kind_of_path(tool, clause) + _number(kinds, clause) + _language(tool, clause)
    return fits + _glob(tool, clause) + _quoted(tool, clause) - lost


def _quoted(tool: Tool, clause: Literals) -> float:
    takes = {"content", "free_text", "name", "list", "messages", "source", "other"}
    texts = set(clause.quoted) - set(clause.paths)
    has_place = any(kind_of(tool, name) in takes for name in tool.required)
    return -0.5 if texts and not has_place else 0.0


def _glob(tool: Tool, clause: Literals) -> float:
    if not _GLOB.search(clause.searched):
        return 0.0
    return 0.5 if any("pattern" in words(name) for name in tool.parameters) else -0.5


def _kind_of_path(tool: Tool, clause: Literals) -> float:
    """A tool for folders is not for files, and the other way round, as far as the ending tells."""
    named = set(words(tool.name))
    if len(clause.paths) != 1 or named <= {"git"}:
        return 0.0
    is_file = bool(_FILE_ENDING.search(clause.paths[0]))
    if named & _FOLDERS:
        return -0.5 if is_file else 0.5
    return -1.0 if "file" in named and not is_file else 0.0


def _number(kinds: Sequence[str], clause: Literals) -> float:
    counted = [each for each in clause.numbers if each.nouns]
    takes = {"number", "free_text", "content", "source", "name", "choice", "timezone"}
    has_place = "number" in kinds or (takes & set(kinds) and not counted)
    return -0.5 if counted and not has_place else 0.0


def _language(tool: Tool, clause: Literals) -> float:
    takes = any("language" in words(name) for name in tool.parameters)
    wordy = any(kind_of(tool, name) == "free_text" for name in tool.required)
    return 0.5 if clause.languages and takes and wordy else 0.0
