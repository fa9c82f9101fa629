"""The text files that resources and prompts are made of: the user's first, else the packaged."""

import re
from pathlib import Path

import anyio

from mcp_server.settings import Resources

PACKAGED = Path(__file__).parent / "config"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class Texts:
    """Reads `<name>.md` from the configured directories, and from the packaged ones after them.

    Args:
        settings: The user's directories, and whether a file is read only once.
    """

    def __init__(self, settings: Resources) -> None:
        self._prompts = _directories(settings.prompts_dir, PACKAGED / "prompts")
        self._templates = _directories(settings.templates_dir, PACKAGED / "templates")
        self._cache: dict[tuple[Path, ...], dict[str, str]] = {}
        self._cached = settings.cache_enabled

    async def prompt(self, name: str) -> str:
        """The prompt or guideline `name`.

        Raises:
            FileNotFoundError: There is none of this name.
        """
        return await self._read(self._prompts, name)

    async def template(self, name: str) -> str:
        """The project template `name`.

        Raises:
            FileNotFoundError: There is none of this name.
        """
        return await self._read(self._templates, name)

    def template_names(self) -> list[str]:
        """All project templates, sorted."""
        found = {file.stem for directory in self._templates for file in directory.glob("*.md")}
        return sorted(name for name in found if _NAME.fullmatch(name))

    async def _read(self, directories: tuple[Path, ...], name: str) -> str:
        kept = self._cache.setdefault(directories, {})
        if self._cached and name in kept:
            return kept[name]
        if _NAME.fullmatch(name):
            for directory in directories:
                file = anyio.Path(directory / f"{name}.md")
                if await file.is_file():
                    kept[name] = await file.read_text(encoding="utf-8")
                    return kept[name]
        raise FileNotFoundError(name)


def fenced(code: str, language: str) -> str:
    """`code` as a Markdown code block, with a fence longer than any in it (CommonMark 4.5)."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code.rstrip()}\n{fence}"


def _directories(chosen: Path | None, packaged: Path) -> tuple[Path, ...]:
    return (chosen.expanduser(), packaged) if chosen else (packaged,)
