"""The arguments that a clause gives a tool literally: by kind, by name, by the words nearby."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.clock import clock_time
from mistral_agent.intent.lead_ins import LEADING
from mistral_agent.intent.leftover import leftover, values_named
from mistral_agent.intent.literals import Literals
from mistral_agent.intent.mentions import is_denied, is_left_out, is_means, mentions
from mistral_agent.intent.number_arguments import number_for
from mistral_agent.intent.parameters import Kind, item_schema, kind_of, plain_schema, types_of
from mistral_agent.intent.quotations import quotation_for
from mistral_agent.intent.timezones import timezones
from mistral_agent.intent.vocabulary import QUALITIES, STOP_WORDS, TAIL_OPENERS, word_set
from mistral_agent.intent.words import is_action, same_use, similarity, stem, stems, words

_NAMED = "(?:named|called|titled|with (?:the )?name)"
_VALUE = (
    r"(?:\"(?P<q>[^\"\n]+)\"|'(?P<s>[^'\n]+)'|`(?P<b>[^`\n]+)`|(?P<w>[\w][\w./:+#~^@-]*[\w^]|\w))"
)
_LINKS = r"\s*(?:(?:is|of|to|as)\b|=|:)?\s*"
_FOLDERS = word_set("repo repository dir directory folder root workspace cwd")
_GLOB = re.compile(r"[^\s()\"'`,]*\*[^\s()\"'`,]*")
_BASES = word_set("base from start origin")
_FILE = re.compile(r"\w\.[A-Za-z][A-Za-z0-9]{0,5}$")
_LIST_TAIL = re.compile(
    r"\s*(?:on|:|=|are|is)?\s*(?P<items>[\w-]+(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)[\w-]+)*)"
)


@dataclass(frozen=True, slots=True)
class Given:
    """An argument that the request gives, and where it says so, in words for a person."""

    value: Any
    source: str


def literal_arguments(tool: Tool, clause: Literals, request: Literals) -> dict[str, Given]:
    """The arguments of `tool` that stand in the clause, or else in the request, word for word.

    Source code is not among them: which code is meant depends on the steps before.
    """
    reader = _Reader(tool, clause, request)
    found = {name: reader.read(name) for name in tool.parameters}
    return {name: given for name, given in found.items() if given is not None}


def free_text(tool: Tool, clause: str) -> str:
    """What a parameter of free text gets: the clause without the verb that chose the tool.

    "Write a function that adds" is, for `generate_code`, "a function that adds"; what follows
    "this task:" stands for itself.
    """
    spoken = LEADING.sub("", clause.strip()).strip()
    head, colon, tail = spoken.partition(":")
    if colon and tail.strip() and all(_belongs(word, tool) for word in words(head)):
        return tail.strip()
    verb = re.match(r"([A-Za-z]+)[:,]?\s+(?=\S)", spoken)
    if verb and _asks_for(verb[1].lower(), tool):
        rest = re.sub(r"^(?:me|us)\s+(?=\S)", "", spoken[verb.end() :].strip())
        return rest.rstrip("?").strip() or spoken
    if verb and stem(verb[1].lower()) in stems(tool.name):
        return spoken[verb.end() :].strip() or spoken
    return spoken


def _asks_for(verb: str, tool: Tool) -> bool:
    """Whether a verb only asks for the tool: "write" for `generate_code`, but not "translate"."""
    if not is_action(verb):
        return False
    named = (*words(tool.name), *words(tool.description)[:1])
    return same_use(verb, "want") or any(same_use(verb, each) for each in named)


def _belongs(word: str, tool: Tool) -> bool:
    return (
        word in STOP_WORDS
        or is_action(word)
        or any(similarity(stem(word), each) > 0 for each in stems(tool.name))
    )


class _Reader:
    def __init__(self, tool: Tool, clause: Literals, request: Literals) -> None:
        self._tool = tool
        self._clause = clause
        self._request = request
        self._kinds = {name: kind_of(tool, name) for name in tool.parameters}
        self._wordy = "free_text" in self._kinds.values()
        self._taken_paths: list[str] = []
        self._readers: Mapping[Kind, Callable[[str, Schema], Given | None]] = {
            "choice": self._choice,
            "choices": self._choices,
            "boolean": self._boolean,
            "number": self._number,
            "url": self._url,
            "path": self._path,
            "paths": self._paths,
            "timezone": self._timezone,
            "messages": self._messages,
            "free_text": self._free_text,
            "content": self._quoted,
            "list": self._list,
            "name": self._name,
        }

    def read(self, name: str) -> Given | None:
        schema = plain_schema(self._tool.parameters[name], self._tool.input_schema)
        if types_of(self._tool.parameters[name], self._tool.input_schema) == {"null"}:
            return None
        explicit = self._setting(name, schema)
        if explicit is not None:
            return explicit
        reader = self._readers.get(self._kinds[name])
        return reader(name, schema) if reader else None

    def _setting(self, name: str, schema: Schema) -> Given | None:
        """A value written as `name=value`."""
        text = self._clause.settings.get(name.lower()) or self._request.settings.get(name.lower())
        if text is None:
            return None
        value = _converted(text, schema)
        return None if value is None else Given(value, "as you set it")

    def _choice(self, name: str, schema: Schema) -> Given | None:
        values = [each for each in schema["enum"] if isinstance(each, str)]
        said = self._said(values)
        if said is None or (self._wordy and not self._is_cued(name, said)):
            return None
        return Given(said, "as you said")

    def _said(self, values: Sequence[str]) -> str | None:
        for text in (self._clause.searched, self._request.searched):
            found = [
                (not is_means(text, match.start()), match.start(), value)
                for value in values
                for match in re.finditer(
                    rf"(?<![\w-]){re.escape(value)}(?![\w-])", text, re.IGNORECASE
                )
                if not is_denied(text, match.start())
            ]
            if found:
                return min(found)[2]
        return None

    def _is_cued(self, name: str, value: str) -> bool:
        """Whether the value stands beside the parameter's name: "google style"."""
        names = "|".join(re.escape(word) for word in words(name))
        said = re.escape(value)
        pattern = rf"\b(?:{names})\b\s*(?:is|=|:|of)?\s*{said}\b|\b{said}[\s-]+(?:{names})\b"
        return bool(re.search(pattern, self._clause.searched, re.IGNORECASE))

    def _choices(self, _name: str, schema: Schema) -> Given | None:
        items = item_schema(schema, self._tool.input_schema)
        prose = self._clause.searched
        values = [each for each in items["enum"] if isinstance(each, str)]
        said = [each for each in values if mentions(prose, each)]
        said = said or [each for each in values if _is_meant(prose, each)]
        if not said:
            rest = [each for each in values if not is_left_out(prose, each)]
            said = rest if len(rest) < len(values) else []
        said = [each for each in said if not self._names_another_choice(each)]
        return Given(said, "as you said") if said else None

    def _names_another_choice(self, value: str) -> bool:
        """In "google style" the word "style" names the parameter that "google" is for."""
        return any(
            kind == "choice" and value.lower() in words(name) and self.read(name) is not None
            for name, kind in self._kinds.items()
        )

    def _boolean(self, name: str, _schema: Schema) -> Given | None:
        meaning = [word for word in stems(name) if word not in {"includ", "is", "use", "enabl"}]
        prose = self._clause.searched
        for match in re.finditer(r"[^\W\d_]+", prose):
            if stem(match[0].lower()) in meaning:
                return Given(not is_denied(prose, match.start()), "as you said")
        return None

    def _number(self, name: str, _schema: Schema) -> Given | None:
        names = [each for each, kind in self._kinds.items() if kind == "number"]
        number = number_for(self._tool, name, names, self._clause, self._request)
        return None if number is None else Given(number.value, f'"{number.text}" as you said')

    def _url(self, _name: str, _schema: Schema) -> Given | None:
        urls = self._clause.urls or self._request.urls
        return Given(urls[0], "as you said") if urls else None

    def _path(self, name: str, _schema: Schema) -> Given | None:
        paths = self._clause.paths or self._request.paths
        named = self._by_name(name, (*paths, *self._clause.quoted))
        left = [each for each in (named, *paths) if each and each not in self._taken_paths]
        if not left:
            return None
        # A repository is a folder: of several paths it takes one that is not a file's.
        wants_folder = bool(_FOLDERS.intersection(words(name)))
        likely = [each for each in left if bool(_FILE.search(each)) != wants_folder]
        several = any(kind == "paths" for kind in self._kinds.values())
        if wants_folder and not likely and several:
            others = (each for each in self._request.paths if not _FILE.search(each))
            likely = list(others)[:1]
        chosen = (likely or left)[0] if (wants_folder or several) and named is None else left[0]
        self._taken_paths.append(chosen)
        return Given(chosen, "as you said")

    def _by_name(self, name: str, values: Sequence[str]) -> str | None:
        """The value that follows a word of the parameter's name: "destination b.txt"."""
        telling = [word for word in words(name) if word not in {"path", "file", "name"}]
        for word in telling:
            for value in values:
                if re.search(rf"\b{word}\W{{1,4}}{re.escape(value)}", self._clause.searched, re.I):
                    return value
        return None

    def _paths(self, _name: str, _schema: Schema) -> Given | None:
        said = self._clause.paths or self._request.paths
        paths = [each for each in said if each not in self._taken_paths]
        return Given(paths, "as you said") if paths else None

    def _timezone(self, name: str, _schema: Schema) -> Given | None:
        zones = timezones(self._clause.searched)
        own = [each for each in self._kinds if self._kinds[each] == "timezone"]
        place = own.index(name)
        return Given(zones[place], "as you said") if place < len(zones) else None

    def _messages(self, _name: str, _schema: Schema) -> Given | None:
        text = self._clause.quoted[0] if self._clause.quoted else self._text()
        return Given([{"role": "user", "content": text}], "your request") if text else None

    def _free_text(self, name: str, schema: Schema) -> Given | None:
        given = self._quoted(name, schema) or self._name(name, schema)
        if given is not None and name not in self._tool.required:
            return given
        if name not in self._tool.required or self._first_free_text() != name:
            return None
        if given is not None and not self._is_long_text(name):
            return given
        text = self._text()
        return Given(text, "your request") if text else None

    def _first_free_text(self) -> str | None:
        needed = (each for each in self._tool.required if self._kinds.get(each) == "free_text")
        return next(needed, None)

    def _is_long_text(self, name: str) -> bool:
        """A description is the whole clause even where it quotes; a message is what is quoted."""
        return bool({"description", "request", "task", "idea"}.intersection(words(name)))

    def _text(self) -> str:
        return free_text(self._tool, self._clause.prose)

    def _quoted(self, name: str, _schema: Schema) -> Given | None:
        clause = self._clause
        found = quotation_for(name, self._tool.parameters, clause.searched, clause.quoted)
        return None if found is None else Given(found, "as you said")

    def _list(self, name: str, schema: Schema) -> Given | None:
        items = item_schema(schema, self._tool.input_schema)
        if items.get("type", "string") != "string":
            return None
        for word in words(name):
            match = re.search(
                rf"\b{re.escape(word)}\w{{0,3}}\b", self._clause.searched, re.IGNORECASE
            )
            tail = _LIST_TAIL.match(self._clause.searched, match.end()) if match else None
            if tail:
                said = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", tail["items"])
                return Given([each for each in said if each not in STOP_WORDS], "as you said")
        return None

    def _name(self, name: str, _schema: Schema) -> Given | None:
        known = self._known_name(name)
        if known is not None:
            return Given(known, "as you said")
        if words(name) == ["time"]:
            time = clock_time(self._clause.searched)
            return Given(time, "as you said") if time else None
        if "pattern" in words(name) and (glob := _GLOB.search(self._clause.searched)):
            return Given(glob[0], "as you said")
        return self._cued_name(name) or self._left_name(name)

    def _left_name(self, name: str) -> Given | None:
        """For a name that must be given: a value of its description, or the one word left over."""
        schema = plain_schema(self._tool.parameters[name], self._tool.input_schema)
        said = [v for v in values_named(schema) if mentions(self._clause.searched, v)]
        if said:
            return Given(min(said, key=lambda each: each in STOP_WORDS), "as you said")
        if name in self._tool.required and "all" in values_named(schema):
            return Given("all", "all, as none was named")
        needed = [n for n in self._tool.required if self._kinds.get(n) == "name"]
        if name not in needed or len(needed) > 1:
            return None
        left = leftover(self._clause, self._tool)
        return Given(left, "as you said") if left else None

    def _known_name(self, name: str) -> str | None:
        named = words(name)
        lists: tuple[tuple[str, Callable[[Literals], Sequence[str]]], ...] = (
            ("language", self._languages),
            ("lang", self._languages),
            ("framework", lambda each: each.frameworks),
            ("formatter", lambda each: each.formatters),
        )
        for word, pick in lists:
            if word in named:
                return next(iter((*pick(self._clause), *pick(self._request))), None)
        return None

    def _languages(self, said: Literals) -> Sequence[str]:
        """The languages of what the tool takes, or of what it makes where it takes no code."""
        wanted = [each for each in said.languages if each not in said.given_languages]
        return said.languages if "source" in self._kinds.values() else wanted or said.languages

    def _cued_name(self, name: str) -> Given | None:
        """A value after "named", or after the parameter's own name: "branch dev"."""
        own = [re.escape(word) for word in self._telling(name)]
        if self._wordy and name not in self._tool.required:
            pattern = rf"\b{_spaced(name)}{_LINKS}(?:\"([^\"\n]+)\"|'([^'\n]+)')"
            match = re.search(pattern, self._clause.searched, re.IGNORECASE)
            return Given(match[1] or match[2], "as you said") if match else None
        from_ = ("from", "off") if _BASES.intersection(own) else ()
        for cue in (
            *from_,
            *(() if from_ else (_NAMED,)),
            "(?:the )?(?:" + "|".join([*own, "name"]) + ")",
        ):
            pattern = rf"\b{cue}\b{_LINKS}{_VALUE}"
            for match in re.finditer(pattern, self._clause.searched, re.IGNORECASE):
                value = match["q"] or match["s"] or match["b"] or match["w"]
                if value.lower() not in STOP_WORDS | TAIL_OPENERS:
                    return Given(value, "as you said")
        return None

    def _telling(self, name: str) -> list[str]:
        """The words of a parameter's name; of an optional one those that no required one has."""
        own = [word for word in words(name) if word not in {"name", "id", "type"}]
        if name in self._tool.required:
            return own
        taken = {word for other in self._tool.required for word in words(other)}
        return [word for word in own if word not in taken] or own


def _is_meant(prose: str, value: str) -> bool:
    """Whether a text asks for a quality in other words: for security as "is it safe?"."""
    return any(mentions(prose, word) for word in QUALITIES.get(value.lower(), ()))


def _spaced(name: str) -> str:
    return r"[\s_-]".join(re.escape(word) for word in words(name)) or re.escape(name)


def _converted(text: str, schema: Schema) -> Any:
    kinds = schema.get("type")
    try:
        if kinds == "integer":
            return int(text.rstrip("%"))
        if kinds == "number":
            return float(text.rstrip("%"))
    except ValueError:
        return None
    if kinds == "boolean":
        return {"true": True, "yes": True, "on": True}.get(text.lower(), False)
    return text if kinds in (None, "string") else None
