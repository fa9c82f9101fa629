"""The answer to a request, composed from the structured results by a template.

Nothing here knows any particular tool: a result is laid out by its schema and by the shape of its
values, in the order of the schema. Facts come from results alone.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mistral_agent.catalogue import Catalogue, Schema, Tool
from mistral_agent.events import StepFinished
from mistral_agent.markdown import bullets, fence, inline, label, number, quote, table
from mistral_agent.planning.loops import repeated_step
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.verification import judge

MAX_TEXT = 20_000
MAX_FACT = 60

_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")
_CODE_START = re.compile(
    r"^(?:(?:async )?def \w+\(|class \w+|import \w|from [\w.]+ import |#include\b|package \w"
    r"|(?:pub )?fn \w|func \w|(?:export )?(?:const|let|var|function) \w)",
    re.MULTILINE,
)
_MEDIA = ("image", "audio")
_VERDICT_FIELDS = ("checks", "verified")


def compose(plan: Plan, outcomes: Sequence[StepFinished], catalogue: Catalogue) -> str:
    """Write the answer as Markdown.

    Args:
        plan: What was to be done.
        outcomes: What became of the steps, in any order; a step without one was not run.
        catalogue: The tools, for their titles and output schemas.

    Returns:
        One section a step with its result or why there is none, then what was and was not done.
    """
    by_id = {outcome.step.id: outcome for outcome in outcomes}
    steps = _all_steps(plan, outcomes)
    shown: dict[str, str] = {}
    parts: list[str] = []
    for step in steps:
        tool = catalogue.find(step.server, step.tool)
        if len(steps) > 1:
            parts.append(f"### {_title(step, tool)}")
        parts.append(_section(step, by_id.get(step.id), tool, shown))
    parts += [f"Note: {inline(note)}" for note in plan.notes]
    parts.append(_summary(steps, by_id, catalogue))
    return "\n\n".join(part for part in parts if part)


def _all_steps(plan: Plan, outcomes: Sequence[StepFinished]) -> list[Step]:
    """The plan's steps, of one that repeats its calls; then what else was done."""
    known = {step.id for step in plan.steps}
    more = [(*repeated_step(o.step.id), o.step) for o in outcomes if o.step.id not in known]
    steps: list[Step] = []
    for step in plan.steps:
        calls = {index or 0: call for id_, index, call in more if id_ == step.id}
        steps += [calls[index] for index in sorted(calls)] or [step]
    return [*steps, *(call for id_, _, call in more if id_ not in known)]


def _title(step: Step, tool: Tool | None) -> str:
    _, index = repeated_step(step.id)
    item = "" if index is None else f", item {index + 1}"
    return inline(tool.title or tool.name if tool else step.tool, 80) + item


def _section(
    step: Step, outcome: StepFinished | None, tool: Tool | None, shown: dict[str, str]
) -> str:
    name = inline(step.tool, 80)
    if outcome is None:
        return f"{name} was not run."
    if outcome.status == "done":
        return _Layout(step, tool, outcome.result or {}, shown).markdown()
    if outcome.status == "skipped":
        needed = ", ".join(step.depends_on) or "an earlier step"
        return f"{name} was skipped: {inline(outcome.error or f'it needs {needed}')}"
    reason = f": {inline(outcome.error)}" if outcome.error else ""
    return f"{name} {'failed' if outcome.status == 'failed' else 'was cancelled'}{reason}"


def _summary(steps: Sequence[Step], by_id: Mapping[str, StepFinished], catalogue: Catalogue) -> str:
    """What was and was not done; nothing where a single step was done, which then speaks."""
    if not steps:
        return "Nothing was done."
    groups: dict[str, list[str]] = {}
    for step in steps:
        outcome = by_id.get(step.id)
        status = outcome.status if outcome else "not run"
        name = catalogue.shown_name(step.server, step.tool)
        groups.setdefault(status, []).append(inline(name, 80))
    if len(steps) == 1 and "done" in groups:
        return ""
    order = ("done", "failed", "skipped", "cancelled", "not run")
    said = [f"{s.capitalize()}: {', '.join(groups[s])}." for s in order if s in groups]
    return " ".join(said if "done" in groups else ["Nothing was done.", *said])


@dataclass(frozen=True)
class _Layout:
    """One result, laid out field by field; `shown` holds the code that was shown before."""

    step: Step
    tool: Tool | None
    result: Mapping[str, Any]
    shown: dict[str, str]
    facts: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        if self.tool is None or self.tool.output_schema is None:
            text = self.result.get("text")
            if isinstance(text, str) and len(self.result) == 1:
                return _text(text)
        blocks: list[str] = []
        place: int | None = None
        for name in self._names():
            fact = self._fact(name)
            if fact is None:
                blocks += self._blocks(name)
            else:
                place = len(blocks) if place is None else place
                self.facts.append(f"{label(name)}: {fact}")
        if place is not None:
            blocks.insert(place, " · ".join(self.facts))
        verdict = judge(self.result)
        if verdict is not None:
            blocks.append(inline(verdict.line))
        return "\n\n".join(block for block in blocks if block) or "It gave no result."

    def _names(self) -> Iterator[str]:
        known = [name for name in self._outputs if name in self.result]
        has_code = any(self._code_language(n, self.result[n]) is not None for n in self.result)
        for name in [*known, *(n for n in self.result if n not in self._outputs)]:
            if name not in _VERDICT_FIELDS and not (name == "language" and has_code):
                yield name

    @property
    def _outputs(self) -> Mapping[str, Schema]:
        return self.tool.outputs if self.tool else {}

    def _schema(self, name: str) -> Schema:
        schema = self._outputs.get(name)
        return schema if isinstance(schema, Mapping) else {}

    def _fact(self, name: str) -> str | None:
        """The value where it is short enough to stand in a line with others."""
        value = self.result[name]
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return number(value)
        if value is None:
            return "not available" if _may_be_number(self._schema(name)) else None
        if isinstance(value, list | tuple):
            return None if value else "none"
        is_short = isinstance(value, str) and len(value) <= MAX_FACT and "\n" not in value.strip()
        if is_short and self._code_language(name, value) is None:
            return inline(value) or None
        return None

    def _blocks(self, name: str) -> list[str]:
        value = self.result[name]
        if value is None or value == "":
            return []
        heading = f"**{label(name).capitalize()}**"
        if isinstance(value, str):
            language = self._code_language(name, value)
            return [_prose(heading, value)] if language is None else self._code(name, language)
        if isinstance(value, Mapping):
            return [heading, bullets([f"{key}: {_short(item)}" for key, item in value.items()])]
        if all(isinstance(item, Mapping) for item in value):
            return [heading, table([_described(item) for item in value])]
        return [heading, bullets(value)]

    def _code(self, name: str, language: str) -> list[str]:
        code = str(self.result[name])
        where = self.shown.setdefault(code, name)
        if where is not name:
            return [f"{label(name)}: the same as the {label(where)} above"]
        heading = [] if name == "code" else [f"**{label(name).capitalize()}**"]
        return [*heading, fence(code, language)]

    def _code_language(self, name: str, value: object) -> str | None:
        """The language of a value that is source code; None where it is not."""
        if not isinstance(value, str) or not value.strip():
            return None
        media = _media_type(self._schema(name))
        if media.startswith("text/x-") and media != "text/x-source":
            return media.removeprefix("text/x-")
        if media == "text/x-source":
            return self._said_language() or "python"
        named = name in ("code", "source") or name.endswith(("_code", "_source"))
        if (named and re.search(r"[\n(){};=]", value)) or _starts_as_code(value):
            return self._said_language() or ("python" if "def " in value else "")
        return None

    def _said_language(self) -> str | None:
        for said in (self.result.get("language"), self.step.args.get("language")):
            if isinstance(said, str) and _LANGUAGE.fullmatch(said):
                return said
        return None


def _described(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item, where it is a picture or a sound (MCP, ImageContent) with the size of its data."""
    data = item.get("data")
    if item.get("type") not in _MEDIA or not isinstance(data, str):
        return item
    return {**item, "data": f"{len(data.rstrip('=')) * 3 // 4} bytes"}


def _starts_as_code(text: str) -> bool:
    return "\n" in text.strip() and bool(_CODE_START.match(text.lstrip()))


def _media_type(schema: Schema) -> str:
    choices = schema.get("anyOf")
    for candidate in (schema, *(choices if isinstance(choices, list) else ())):
        media = candidate.get("contentMediaType") if isinstance(candidate, Mapping) else None
        if isinstance(media, str):
            return media
    return ""


def _may_be_number(schema: Schema) -> bool:
    return any(f'"{kind}"' in json.dumps(schema, default=str) for kind in ("number", "integer"))


def _text(text: str) -> str:
    """A foreign tool's text as it is: fenced where it has lines, so that it ends where it ends."""
    if not text.strip():
        return "It gave no text."
    if "\n" not in text.strip() and len(text) <= MAX_TEXT:
        return inline(text, MAX_TEXT)
    cut, note = _bounded(text)
    return fence(cut, "python" if _starts_as_code(text) and "def " in text else "text") + note


def _prose(heading: str, text: str) -> str:
    cut, note = _bounded(text)
    if "\n" not in cut.strip():
        return f"{heading}: {inline(cut, MAX_TEXT)}{note}"
    return f"{heading}\n\n{quote(cut)}{note}"


def _bounded(text: str) -> tuple[str, str]:
    more = len(text) - MAX_TEXT
    return text[:MAX_TEXT], f"\n\nand {more} more characters" if more > 0 else ""


def _short(value: object) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return number(value) if isinstance(value, int | float) else value
    return json.dumps(value, ensure_ascii=False, default=str)
