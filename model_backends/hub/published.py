"""Models that are known by name: their licences and shapes, as they were published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("published.yaml")


@dataclass(frozen=True, slots=True)
class Published:
    """One known model.

    Args:
        id: Owner and name at the hub.
        aliases: Other names that are understood.
        purpose: What it is good for here.
        licence: The licence's name.
        licence_url: Where its text is.
        restrictions: What the licence forbids or asks for, in short.
        config: The values of its `config.json` that fix shapes, where there is one.
        file: The one file to download; None is all that a backend needs.
    """

    id: str
    aliases: tuple[str, ...]
    purpose: str
    licence: str
    licence_url: str
    restrictions: str
    config: Mapping[str, Any] | None
    file: str | None


@cache
def published_models() -> Sequence[Published]:
    """All known models."""
    import yaml

    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Published(
            id=entry["id"],
            aliases=tuple(entry["aliases"]),
            purpose=entry["for"],
            licence=entry["licence"],
            licence_url=entry["licence_url"],
            restrictions=entry["restrictions"],
            config=entry.get("config"),
            file=entry.get("file"),
        )
        for entry in entries
    )


def find_published(name: str) -> Published | None:
    """The known model of this id or alias, in any case of letters."""
    wanted = name.lower()
    for model in published_models():
        if wanted in (model.id.lower(), *model.aliases):
            return model
    return None
