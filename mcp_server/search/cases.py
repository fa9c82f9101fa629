"""Calls of the code as data: what is called with which values, and the source that does it."""

import builtins
import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .values import IMPORTS, Code, render, weight

TAKEN = {
    "collected",
    "result",
    "error",
    "self",
    "request",
    "capsys",
    "pytest",
    "unittest",
    *IMPORTS,
}
"""Names that a test may use for something else than a value or an instance."""

COLLECTED = "collected"
_COLLECTING = f"async def {COLLECTED}(items):\n    return [item async for item in items]"
"""How a test sees what an asynchronous generator gives."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be called, or done with an instance.

    Args:
        name: The function's or method's name.
        owner: The class that it belongs to; None for a function.
        template: How it is written, such as "{self}.push({args})"; `{0}` is the first value.
        parameters: Names of the values that it takes.
        is_statement: It is no expression, such as an assignment to an item.
        is_async: It must be awaited.
        line: Where it starts.
        before: The source of the call whose result is called.
    """

    name: str
    owner: str | None
    template: str
    parameters: tuple["Parameter", ...]
    is_statement: bool = False
    is_async: bool = False
    line: int = 0
    before: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter.

    Args:
        name: Its name.
        annotation: The source of its annotation, or None.
        default: The source of its default, or None.
        keyword_only: It is given by name.
        starred: "*" or "**" where it takes any number of values.
    """

    name: str
    annotation: str | None = None
    default: str | None = None
    keyword_only: bool = False
    starred: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A target with values; a parameter that is left out takes its default.

    `suppressed` names the exception that a step before the last may raise.
    """

    target: Target
    values: tuple[tuple[str, Any], ...]
    suppressed: str = ""

    def text(self, receiver: str) -> str:
        """The source, awaited where it must be."""
        parts = {"self": receiver, "args": ", ".join(self._arguments())}
        parts |= {str(index): render(value) for index, (_, value) in enumerate(self.values)}
        # All at once: a value may have in it what looks like a place for another.
        found = re.sub(r"\{(\w+)\}", lambda m: parts.get(m[1], m[0]), self.target.template)
        found = self.target.before + found
        return f"asyncio.run({found})" if self.target.is_async else found

    def line(self, receiver: str) -> str:
        """The statement, as a step before the last."""
        text = self.text(receiver)
        if not self.suppressed:
            return text
        return f"with contextlib.suppress({self.suppressed}):\n    {text}"

    def _arguments(self) -> list[str]:
        """Positional as long as nothing is left out before, then by name."""
        known = {p.name: p for p in self.target.parameters}
        given = dict(self.values)
        by_name, found = False, []
        for name, parameter in known.items():
            if name not in given:
                by_name = by_name or not parameter.starred
                continue
            value = given[name]
            if parameter.starred == "*":
                found += [render(v) for v in value] if not by_name else []
            elif parameter.starred:
                found += [f"{k}={render(v)}" for k, v in value.items() if k not in known]
            elif by_name or parameter.keyword_only:
                found.append(f"{name}={render(value)}")
            else:
                found.append(render(value))
        return found

    @property
    def weight(self) -> float:
        """How much there is to read."""
        return 1 + bool(self.suppressed) + sum(weight(value) for _, value in self.values)

    @property
    def starred(self) -> set[str]:
        """Parameters that take any number of values."""
        return {p.name for p in self.target.parameters if p.starred}

    def with_values(self, given: Mapping[str, Any]) -> "Step":
        """The same with these values, in the order of the parameters."""
        names = [p.name for p in self.target.parameters if p.name in given]
        return replace(self, values=tuple((name, given[name]) for name in names))


@dataclass(frozen=True, slots=True)
class Case:
    """An instance where one is needed, what is done with it, and the last step, which is observed.

    Args:
        steps: The last one is observed.
        maker: How the instance is made; None for functions.
    """

    steps: tuple[Step, ...]
    maker: Step | None = None

    @property
    def last(self) -> Step:
        """The step that is observed."""
        return self.steps[-1]

    @property
    def receiver(self) -> str:
        """The variable that holds the instance."""
        return variable_of(self.maker.target.owner or self.maker.target.name) if self.maker else ""

    @property
    def mutable(self) -> tuple[str, ...]:
        """Parameters of a function whose values it might change in place."""
        if self.maker is not None or len(self.steps) > 1 or self.last.target.is_statement:
            return ()
        target, values = self.last.target, self.last.values
        taken = {target.name, *(p.name for p in target.parameters if p.starred)}
        return tuple(n for n, v in values if _is_mutable(v) and n not in taken)

    @property
    def collects(self) -> bool:
        """A step goes through what an asynchronous generator gives."""
        return any(s.target.template.startswith(COLLECTED) for s in self.steps)

    def setup(self, bound: Collection[str] = ()) -> list[str]:
        """The lines before the observed step.

        Args:
            bound: Parameters whose values are given names first, to be looked at afterwards.
        """
        lines = [_COLLECTING] if self.collects else []
        lines += [f"{held_as(n)} = {render(v)}" for n, v in self.last.values if n in bound]
        if self.maker is not None:
            lines.append(f"{self.receiver} = {self.maker.text('')}")
        return [*lines, *(step.line(self.receiver) for step in self.steps[:-1])]

    def observed(self, bound: Collection[str] = ()) -> str:
        """The source of the observed step."""
        values = tuple((n, Code(held_as(n)) if n in bound else v) for n, v in self.last.values)
        return replace(self.last, values=values).text(self.receiver)

    @property
    def weight(self) -> float:
        """How much there is to read: a further step costs more than a longer value."""
        return (self.maker.weight if self.maker else 0) + sum(4 + s.weight for s in self.steps)

    def key(self) -> str:
        """Its source, which tells it from others."""
        return "\n".join([*self.setup(), self.observed()])


def variable_of(class_name: str) -> str:
    """The name of an instance: "bank_account" for BankAccount; never that of the class itself."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name.strip("_"))
    found = words.lower().replace("__", "_") or "instance"
    return f"{found}_instance" if found == class_name or _is_taken(found) else found


def held_as(parameter: str) -> str:
    """The name of a parameter's value, where it is looked at afterwards."""
    return f"{parameter}_value" if _is_taken(parameter) else parameter


def _is_taken(name: str) -> bool:
    return name in TAKEN or keyword.iskeyword(name) or hasattr(builtins, name)


def plain(text: str) -> Any:
    """A value from source: the literal where it is one, else the source itself."""
    import ast

    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return Code(text)


def _is_mutable(value: Any) -> bool:
    """A container, or a file in memory: what a call may leave something in."""
    in_memory = isinstance(value, Code) and value.text.startswith("io.")
    return in_memory or isinstance(value, list | dict | set)
