"""Calls of the code as data: what is called with which values, and the source that does it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .values import Code, render, weight

RECEIVER = "{self}"


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
    """

    name: str
    owner: str | None
    template: str
    parameters: tuple["Parameter", ...]
    is_statement: bool = False
    is_async: bool = False
    line: int = 0


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
        target = self.target
        if "{args}" in target.template:
            found = target.template.replace("{args}", ", ".join(self._arguments()))
        else:
            found = target.template
            for index, (_, value) in enumerate(self.values):
                found = found.replace(f"{{{index}}}", render(value))
        found = found.replace(RECEIVER, receiver)
        return f"asyncio.run({found})" if target.is_async else found

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
        return 1 + sum(weight(value) for _, value in self.values)

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
        taken = self.last.target.name
        values = self.last.values
        return tuple(n for n, v in values if isinstance(v, list | dict | set) and n != taken)

    def setup(self, bound: Collection[str] = ()) -> list[str]:
        """The lines before the observed step.

        Args:
            bound: Parameters whose values are given names first, to be looked at afterwards.
        """
        lines = [f"{n} = {render(v)}" for n, v in self.last.values if n in bound]
        if self.maker is not None:
            lines.append(f"{self.receiver} = {self.maker.text('')}")
        return [*lines, *(step.line(self.receiver) for step in self.steps[:-1])]

    def observed(self, bound: Collection[str] = ()) -> str:
        """The source of the observed step."""
        values = tuple((n, Code(n) if n in bound else v) for n, v in self.last.values)
        return replace(self.last, values=values).text(self.receiver)

    @property
    def weight(self) -> float:
        """How much there is to read: a further step costs more than a longer value."""
        return (self.maker.weight if self.maker else 0) + sum(4 + s.weight for s in self.steps)

    def key(self) -> str:
        """Its source, which tells it from others."""
        return "\n".join([*self.setup(), self.observed()])


def variable_of(class_name: str) -> str:
    """The name of an instance: "bank_account" for BankAccount; never that of a parameter's."""
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in class_name.strip("_"))
    return words.strip("_").replace("__", "_") or "instance"


def plain(text: str) -> Any:
    """A value from source: the literal where it is one, else the source itself."""
    import ast

    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return Code(text)
