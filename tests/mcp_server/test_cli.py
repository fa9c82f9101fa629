import subprocess
import sys

import pytest

from mcp_server import process
from mcp_server.cli import run

WAIT = 60


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_are_cheap(flag):
    script = (
        "import sys\n"
        "from mcp_server.cli import run\n"
        f"code = run(['{flag}'])\n"
        "heavy = {'mcp', 'pydantic', 'yaml', 'anyio', 'openai', 'rich'} & set(sys.modules)\n"
        "print(code, sorted(heavy))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=WAIT, check=True
    )

    assert result.stdout.splitlines()[-1] == "0 []"
    assert "starcoder-mcp" in result.stdout


def test_starting_loads_no_package_that_only_calls_need():
    script = (
        "import sys\n"
        "there_before = set(sys.modules)\n"  # such as coverage, where this is measured
        "from mcp_server.process import compose\n"
        "from mcp_server.configuration import load_configuration\n"
        "compose(load_configuration(flags={'backend': 'scripted'}).settings, lambda: None)\n"
        "heavy = {'black', 'pylint', 'astroid', 'openai', 'xllamacpp', 'prompt_toolkit',\n"
        "         'radon', 'coverage', 'pytest', 'bandit',\n"
        "         'sqlalchemy', 'huggingface_hub'}\n"
        "print(sorted(heavy & set(sys.modules) - there_before))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=WAIT, check=True
    )

    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [["--transprot", "http"], ["--transport", "carrier"], ["--port", "many"], ["stray"]],
)
def test_a_bad_flag_gives_exit_code_2_and_is_named(arguments, capsys):
    assert run(arguments) == 2

    output = capsys.readouterr()
    assert output.out == ""
    assert arguments[-1] in output.err or arguments[0] in output.err


def test_flags_become_settings(monkeypatch):
    seen = []
    monkeypatch.setattr(process, "serve", lambda configuration: seen.append(configuration) or 0)
    for variable in ("MODEL_NAME", "MAX_LENGTH", "DEVICE", "LOG_LEVEL"):
        monkeypatch.delenv(variable, raising=False)

    code = run(
        [
            *("--transport", "http", "--host", "::1", "--port", "0"),
            *("--backend", "openai", "--model", "m", "--base-url", "http://127.0.0.1:1/v1"),
            *("--log-level", "debug"),
        ]
    )

    settings = seen[0].settings
    assert code == 0
    assert (settings.server.transport, settings.server.host, settings.server.port) == (
        "http", "::1", 0
    )  # fmt: skip
    assert (settings.model.backend, settings.model.name) == ("openai", "m")
    assert settings.model.base_url == "http://127.0.0.1:1/v1"
    assert settings.logging.level == "DEBUG"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--config", "none.yaml"], "none.yaml: cannot be read: No such file or directory"),
        (["--log-level", "LOUD"], "--log-level: logging.level"),
        (["--transport", "http", "--host", "192.0.2.1"], "'192.0.2.1' is not a loopback address"),
        (["--transport", "http", "--host", "example.org"], "is not a loopback address"),
    ],
)
def test_what_cannot_be_started_is_one_line_and_exit_code_2(arguments, expected, capfd):
    assert run(arguments) == 2

    output = capfd.readouterr()
    assert output.out == ""
    assert output.err.startswith("starcoder-mcp: ")
    assert expected in output.err
    assert len(output.err.splitlines()) == 1


def test_an_interrupt_before_the_server_listens_gives_130(monkeypatch):
    from mcp_server import __main__, cli

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run", interrupted)
    with pytest.raises(SystemExit) as caught:
        __main__.main()

    assert caught.value.code == 130


def test_the_module_can_be_run():
    result = subprocess.run(
        [sys.executable, "-m", "mcp_server", "--version"],
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=True,
    )

    assert result.stdout.startswith("starcoder-mcp 0.")
