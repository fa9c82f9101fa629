"""The doctor, with real servers and models."""

import io
import json
import sys

import anyio
import pytest

from mistral_agent import doctor
from mistral_agent.cli import run
from mistral_agent.doctor import diagnose, exit_code, report
from mistral_agent.installation import Finding
from mistral_agent.settings import load_agent_settings
from model_backends.discovery import LocalServer
from model_backends.scripted import ScriptedBackend
from service.settings import Layer

SILENT = [sys.executable, "-c", "import time; time.sleep(60)"]
SERVER = """
from mcp.server import MCPServer
server = MCPServer("foreign")
@server.tool()
def hello() -> str:
    "Say hello."
    return "hello"
server.run()
"""


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Diagnose with these settings; gives the findings by name, and in order."""

    async def nothing():
        return []

    monkeypatch.setattr(doctor, "find_local_servers", nothing)

    async def diagnosed(agent=None, servers=(), builtin=False, environ=None):
        values = {
            "agent": {"backend": "scripted"} | (agent or {}),
            "conversation": {"session_dir": str(tmp_path)},
            "mcp": {"servers": list(servers), "include_builtin": builtin},
        }
        settings = load_agent_settings(None, {}, [Layer("test", values)])
        with anyio.fail_after(90):
            findings = await diagnose(settings, environ=environ or {})
        return {finding.name: finding for finding in findings}, findings

    return diagnosed


def entry(name, command, **more):
    return {"name": name, "command": command[0], "args": command[1:]} | more


@pytest.mark.anyio
async def test_what_works_is_usable_with_its_time(look):
    found, findings = await look(servers=[entry("foreign", [sys.executable, "-c", SERVER])])
    assert found["server foreign"].detail.startswith("1 tools, 0 resources, 0 prompts in ")
    assert found["model"].status == "ok"
    assert exit_code(findings) == 0


@pytest.mark.anyio
async def test_the_builtin_server_tells_of_its_sandbox(look):
    found, findings = await look(builtin=True)
    assert found["server starcoder"].status == "ok"
    assert found["sandbox"].status in ("ok", "warn")
    assert ": " in found["sandbox"].detail
    assert exit_code(findings) == 0


@pytest.mark.anyio
@pytest.mark.parametrize(("mode", "remedy"), [("none", "bubblewrap"), ("process", "mode: auto")])
async def test_code_that_is_not_isolated_is_a_warning(look, mode, remedy):
    found, findings = await look(builtin=True, environ={"STARCODER_MCP__SANDBOX__MODE": mode})
    assert found["sandbox"].status == "warn"
    assert remedy in found["sandbox"].remedy
    assert exit_code(findings) == 0


@pytest.mark.anyio
async def test_model_servers_of_this_machine_are_offered(look, monkeypatch):
    async def two():
        return [
            LocalServer("Ollama", "http://127.0.0.1:11434/v1", ("qwen", "llama")),
            LocalServer("vLLM", "http://127.0.0.1:8000/v1", ()),
        ]

    monkeypatch.setattr(doctor, "find_local_servers", two)
    found, _ = await look()
    assert found["found Ollama"].remedy == (
        "to use it: --base-url http://127.0.0.1:11434/v1 --model qwen"
    )
    assert "no models" in found["found vLLM"].detail


@pytest.mark.anyio
async def test_a_model_that_takes_for_ever_fails(look, monkeypatch):
    class Slow(ScriptedBackend):
        async def stream(self, request):
            await anyio.sleep_forever()
            yield

    monkeypatch.setattr(doctor, "open_backend", lambda _: Slow())
    monkeypatch.setattr(doctor, "MODEL_SECONDS", 0.05)
    found, _ = await look()
    assert "gave nothing within 0.05 s" in found["model"].detail


def test_the_command_prints_one_object(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MISTRAL_AGENT__MCP__INCLUDE_BUILTIN", "false")
    monkeypatch.setenv("MISTRAL_AGENT__MCP__SERVERS", "[]")
    monkeypatch.setenv("MISTRAL_AGENT__CONVERSATION__SESSION_DIR", str(tmp_path))
    assert run(["doctor", "--json", "--backend", "scripted"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["usable"] is False


@pytest.mark.anyio
async def test_each_broken_server_is_named_and_hides_no_other(look):
    found, findings = await look(
        servers=[
            entry("absent", ["no-such-program-here"]),
            entry("silent", SILENT, connect_timeout=1),
            entry("foreign", [sys.executable, "-c", SERVER]),
        ]
    )
    assert "no-such-program-here" in found["server absent"].detail
    assert found["server silent"].status == "fail"
    assert found["server foreign"].status == "ok"
    assert "disable it" in found["server absent"].remedy
    assert exit_code(findings) == 4


@pytest.mark.anyio
async def test_a_model_that_is_not_there_fails_as_a_setting(look):
    found, findings = await look({"backend": "embedded", "model": "/nowhere/model.gguf"})
    assert found["model"].status == "fail"
    assert "/nowhere/model.gguf" in found["model"].detail
    assert exit_code(findings) == 2


@pytest.mark.anyio
async def test_an_endpoint_that_is_down_fails_as_not_reached(look):
    endpoint = {"backend": "openai", "base_url": "http://127.0.0.1:9/v1", "max_retries": 0}
    found, _ = await look(endpoint | {"model": "m"})
    assert found["model"].status == "fail"
    assert found["model"].exit_code == 4
    assert "127.0.0.1:9" in found["model"].detail


@pytest.mark.anyio
async def test_having_no_server_at_all_fails(look):
    found, findings = await look()
    assert "include_builtin" in found["servers"].remedy
    assert exit_code(findings) == 2


FINDINGS = [
    Finding("python", "ok", "3.11"),
    Finding("sandbox", "warn", "none: \x1b[2Jno namespaces", "install bubblewrap"),
    Finding("server git", "fail", "it exits at once", "mend its command", 4),
    Finding("model", "fail", "not found", "set it", 2),
]


def test_the_report_ends_with_what_to_do():
    stream = io.StringIO()
    report(FINDINGS, stream)
    lines = stream.getvalue().splitlines()
    assert lines[2] == "warn  sandbox     none: no namespaces"
    assert lines[-4:] == [
        "sandbox: install bubblewrap",
        "server git: mend its command",
        "model: set it",
        "Something must be done.",
    ]


def test_the_report_is_one_object_where_that_is_wanted():
    stream = io.StringIO()
    report(FINDINGS, stream, as_json=True)
    found = json.loads(stream.getvalue())
    assert found["usable"] is False
    assert found["findings"][2]["remedy"] == "mend its command"


def test_the_first_failure_gives_the_exit_code():
    assert exit_code(FINDINGS) == 4
    assert exit_code(FINDINGS[:2]) == 0
