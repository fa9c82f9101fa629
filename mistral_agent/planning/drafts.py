"""A step in the making: its arguments, and where each of them comes from."""

from dataclasses import dataclass, field
from typing import Any

from mistral_agent.intent.arguments import Given
from mistral_agent.planning.available import Available
from mistral_agent.planning.references import escape


@dataclass(slots=True)
class Draft:
    """What is known of a step so far."""

    args: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    for_each: str | None = None

    def give(self, name: str, given: Given) -> None:
        """Set a parameter to literal text."""
        self.args[name] = escape(given.value)
        self.sources[name] = given.source

    def take(self, name: str, available: Available) -> None:
        """Set a parameter to what is there or made."""
        self.args[name] = available.argument
        self.sources[name] = available.said
        self.for_each = self.for_each or available.for_each
