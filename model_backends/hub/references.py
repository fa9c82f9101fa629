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
    name, _, revision = text.strip().partition("@")
    known = find_published(name)
    if known is not None and (revision or "@" not in text):
        file = known.files[0] if len(known.files) == 1 else None
        return Reference(known.id, file, revision or None)
    match = _REFERENCE.fullmatch(text.strip().removeprefix(PREFIX))
    file = match["file"] if match else None
    if match is None or (file and _leaves(file)):
        known_names = ", ".join(model.aliases[0] for model in published_models())
        raise ConfigurationError(
            f"{text!r} names no model; write OWNER/NAME, {PREFIX}OWNER/NAME/FILE.gguf, each with "
            f"@REVISION or without, or one of {known_names}"
        )
    found = Reference(f"{match['owner']}/{match['name']}", file, match["revision"])
    known = find_published(found.repository)
    return replace(found, repository=known.id) if known else found


def _leaves(file: str) -> bool:
    """Whether a path leads out of the model's directory."""
    return file.startswith("/") or "\\" in file or ".." in file.split("/")
