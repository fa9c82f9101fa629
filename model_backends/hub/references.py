"""How a model of a hub is named: `OWNER/NAME[@REVISION]`, or `hf:OWNER/NAME/FILE[@REVISION]`."""

import re
from dataclasses import dataclass, replace

from model_backends.errors import ConfigurationError
from model_backends.hub.published import find_published, published_models

PREFIX = "hf:"
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REFERENCE = re.compile(
    rf"(?P<owner>{_PART})/(?P<name>{_PART})(?:/(?P<file>[^@]+))?(?:@(?P<revision>[^@\s]+))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A model, or one file of it.

    Args:
        repository: Owner and name at the hub.
        file: The path of one file in it; None is the whole model.
        revision: A branch, tag or commit; None is the newest.
    """

    repository: str
    file: str | None = None
    revision: str | None = None

    def __str__(self) -> str:
        """As it is written on the command line."""
        whole = f"{PREFIX}{self.repository}/{self.file}" if self.file else self.repository
        return f"{whole}@{self.revision}" if self.revision else whole


def read_reference(text: str) -> Reference:
    """Read the name of a model; the ids and aliases of known ones are understood.

    Raises:
        ConfigurationError: It is none.
    """
    name, at, revision = text.strip().partition("@")
    known = find_published(name)
    written = text.strip()
    if known is not None:
        written = "/".join(filter(None, (known.id, known.file))) + at + revision
    match = _REFERENCE.fullmatch(written.removeprefix(PREFIX))
    if match is None or any(leaves(part) for part in match.group("file", "revision") if part):
        known_names = ", ".join(model.aliases[0] for model in published_models())
        raise ConfigurationError(
            f"{text!r} names no model; write OWNER/NAME, {PREFIX}OWNER/NAME/FILE.gguf, each with "
            f"@REVISION or without, or one of {known_names}"
        )
    found = Reference(f"{match['owner']}/{match['name']}", match["file"], match["revision"])
    known = find_published(found.repository)
    return replace(found, repository=known.id) if known else found


def leaves(path: str) -> bool:
    """Whether a path may lead out of the directory that it is meant to be in, or is that itself."""
    return "\\" in path or not {"", ".", ".."}.isdisjoint(path.split("/"))
