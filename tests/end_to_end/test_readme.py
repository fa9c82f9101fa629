"""What the README shows exists and is accepted by the programs."""

import re
import shlex
from pathlib import Path

import pytest

import mcp_server.cli
import mcp_server.models.command
import mistral_agent.command_line
from mistral_agent.settings import load_agent_settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(program: str) -> list[str]:
    """The command lines of the README that run `program`, without prompt and comment."""
    lines = re.findall(rf"^(?:\.venv/bin/)?({program}\b.*)$", TEXT, re.MULTILINE)
    return [line.partition("  #")[0].strip() for line in lines]


def test_there_are_examples_of_both_programs_and_of_make() -> None:
    assert commands("mistral-agent")
    assert commands("starcoder-mcp")
    assert commands("make")


@pytest.mark.parametrize("line", commands("mistral-agent"))
def test_the_agent_accepts_every_example(line: str) -> None:
    assert mistral_agent.command_line.build_parser().parse_args(shlex.split(line)[1:])


@pytest.mark.parametrize("line", commands("starcoder-mcp"))
def test_the_server_accepts_every_example(line: str) -> None:
    _, *arguments = shlex.split(line)
    if arguments[:1] == ["models"]:
        assert mcp_server.models.command.build_parser().parse_args(arguments[1:])
    else:
        assert mcp_server.cli.build_parser().parse_args(arguments)


@pytest.mark.parametrize("text", re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
def test_the_agent_accepts_every_setting(text: str, tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(text)
    assert load_agent_settings(file, {}).server_specs()


@pytest.mark.parametrize("target", sorted({line.split()[1] for line in commands("make")}))
def test_every_target_that_is_shown_is_in_the_makefile(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^(?:[\w-]+ )*{target}(?: [\w-]+)*:", makefile, re.MULTILINE)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", TEXT))))
def test_every_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize(
    "path",
    sorted(
        set(re.findall(r"`((?:mcp_server|mistral_agent|model_backends|service)/[\w/.]*)`", TEXT))
    ),
)
def test_every_path_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()
