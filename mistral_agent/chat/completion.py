"""Completion of slash commands and of `@path` mentions."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_agent.plain_text import plain

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer

MAX_OFFERED = 50
MAX_SCANNED = 5000

_COMMAND = re.compile(r"/(\w*)")
_MENTION = re.compile(r"(?:^|[\s(\"'])@([^\s@]*)$")


@dataclass(frozen=True, slots=True)
class Offer:
    """A completion: it replaces the last `replaces` characters before the cursor."""

    text: str
    replaces: int
    note: str = ""


def offers(before: str, commands: Iterable[tuple[str, str]], folder: Path) -> Iterator[Offer]:
    """What may follow the text before the cursor.

    Args:
        before: The text from its beginning to the cursor.
        commands: Name and help of each command.
        folder: What relative paths start from.
    """
    if command := _COMMAND.fullmatch(before):
        start = command[1].lower()
        for name, help_ in commands:
            if name.startswith(start):
                yield Offer(f"/{name}", len(before), help_)
    elif mention := _MENTION.search(before):
        yield from _paths(mention[1], folder)


def open_completer(commands: Iterable[tuple[str, str]]) -> "Completer":
    """The completer of the terminal's prompt."""
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    known = tuple(commands)

    class ChatCompleter(Completer):
        """Offers commands and paths."""

        def get_completions(
            self,
            document: Document,
            complete_event: CompleteEvent,  # noqa: ARG002 - the library passes it by name
        ) -> Iterable[Completion]:
            for offer in offers(document.text_before_cursor, known, Path.cwd()):
                yield Completion(offer.text, -offer.replaces, display_meta=offer.note)

    return ChatCompleter()


def _paths(typed: str, folder: Path) -> Iterator[Offer]:
    """Entries that begin as typed; hidden ones only where the dot is typed."""
    head, slash, tail = typed.rpartition("/")
    place = folder / Path(head + slash).expanduser()
    try:
        with os.scandir(place) as scan:
            entries = [entry for entry, _ in zip(scan, range(MAX_SCANNED), strict=False)]
    except (OSError, ValueError):
        return
    fitting = [
        entry
        for entry in entries
        if entry.name.startswith(tail)
        and entry.name.startswith(".") <= tail.startswith(".")
        and plain(entry.name) == entry.name
        and not re.search(r"\s", entry.name)
    ]
    for entry in sorted(fitting, key=lambda entry: entry.name)[:MAX_OFFERED]:
        yield Offer(entry.name + ("/" if entry.is_dir() else ""), len(tail))
