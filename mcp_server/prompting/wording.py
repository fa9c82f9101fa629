"""The texts of the prompts that the tools send, which lie in `texts/`."""

from functools import cache
from pathlib import Path
from string import Template


def prompt_text(name: str, **values: str) -> str:
    """The text `texts/<name>.md` with its `$names` replaced."""
    return _template(name).substitute(values).strip()


@cache
def _template(name: str) -> Template:
    file = Path(__file__).with_name("texts") / f"{name}.md"
    return Template(file.read_text(encoding="utf-8"))
