import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mistral_agent.settings import (
    AgentSettings,
    builtin_environment,
    filesystem_server,
    load_agent_settings,
    load_mcp_config,
    parse_extra_server,
)
from model_backends.registry import resolve
from model_backends.settings import BackendSettings, handed_over
from service.settings import SettingsError, variable_layer

WHOLE = """
agent: {name: assistant, version: "1.0", model: m, device: cuda, load_in_4bit: true,
        temperature: 0.5, max_tokens: 100, top_p: 0.8}
mcp:
  servers:
    - {name: code, command: starcoder-mcp, args: [--log-level, DEBUG], timeout: 30,
       retry_attempts: 1, retry_delay: 2}
conversation: {memory_size: 5, context_window: 8000, save_sessions: false, session_dir: /tmp/s}
clarification: {enabled: false, max_questions: 1, confidence_threshold: 0.5,
                ask_when_ambiguous: false}
planning: {max_steps: 3, allow_loops: true, optimize_chains: false}
logging: {level: debug, file: agent.log, console: true}
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_file(text: str, name: str = "file.yaml") -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write_file


def load(file: Path | None = None, environ: dict[str, str] | None = None, **flags: Any) -> Any:
    layers = [variable_layer(f"--{k}", k.replace("__", "."), v) for k, v in flags.items()]
    return load_agent_settings(file, environ or {}, layers)


def test_the_defaults_are_whole_and_fit_each_other() -> None:
    settings = load()
    assert settings.conversation.memory_size == 10
    assert settings.conversation.context_window == 4000
    assert settings.clarification.confidence_threshold == 0.7
    assert settings.planning.max_steps == 10
    assert settings.backend_settings() == BackendSettings()
    assert settings.model_window >= settings.conversation.context_window
    assert settings.notes == ()


def test_a_file_with_the_documented_keys_loads_and_says_what_has_no_effect(write: Any) -> None:
    file = write(WHOLE)
    settings = load(file)
    assert isinstance(settings, AgentSettings)
    assert settings.agent.temperature == 0.5
    assert settings.logging.level == "DEBUG"
    assert settings.backend_settings().model == "m"
    assert settings.model_window == 8192
    [server] = settings.server_specs()
    assert (server.timeout, server.retry_attempts, server.retry_delay) == (30, 1, 2)
    assert len(settings.notes) == 2
    for key in ("agent.device", "agent.load_in_4bit"):
        assert any(note.startswith(f"{file}: {key} has no effect") for note in settings.notes)


def test_later_layers_win(write: Any) -> None:
    file = write("agent: {model: file, backend: embedded, max_tokens: 7}")
    environ = {
        "MISTRAL_AGENT__AGENT__MODEL": "environment",
        "MISTRAL_AGENT__AGENT__BACKEND": "openai",
    }
    agent = load(file, environ, agent__model="flag").agent
    assert (agent.model, agent.backend, agent.max_tokens) == ("flag", "openai", 7)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("agent: {modle: x}", "unknown key 'agent.modle'; did you mean 'model'"),
        ("agent: {temperature: hot}", "agent.temperature: .*got 'hot'"),
        ("agent: {api_key: secret}", "agent.api_key: keys are not kept.*OPENAI_API_KEY"),
        ("conversation: {memory_size: 0}", "conversation.memory_size"),
        ("conversation: {memory_size: true}", "conversation.memory_size: a boolean"),
        ("mcp: {servers: [{name: a}]}", "either a command or a url"),
        ("mcp: {servers: [{name: a, command: b, url: 'http://x'}]}", "either a command or a url"),
        ("mcp: {servers: [{name: a, url: 'ftp://x'}]}", "mcp.servers.0.url"),
        ("mcp: {servers: [{name: a, command: x}, {name: a, command: y}]}", "two servers.*'a'"),
        ("mcp: {servers: [{name: a, command: x, retries: 2}]}", "mcp.servers.0.retries"),
        ("mcp: {servers: [{name: a, command: x, timeout: 0}]}", "mcp.servers.0.timeout"),
        ("approval: sometimes", "approval: .*'never', 'destructive' or 'always'.*got 'sometimes'"),
        ("approval: {read: never}", "approval: .*'never', 'destructive' or 'always'"),
        ("approval: false", "approval: a boolean is not valid"),
        ("mcp: {servers: [{name: a, command: x, approval: ask}]}", "servers.0.approval.*got 'ask'"),
        ("mcp: {servers: [{name: a, command: x, approval: {t: 1}}]}", "servers.0.approval.t"),
        ("a: [", "not valid YAML"),
    ],
)
def test_what_is_unknown_or_wrong_is_refused_by_file_key_and_value(
    write: Any, text: str, problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem) as error:
        load(write(text))
    assert "file.yaml" in str(error.value)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_the_built_in_server_runs_in_this_interpreter_and_apart_from_the_project() -> None:
    [server] = load().server_specs()
    assert (server.name, server.command, server.builtin) == ("starcoder", sys.executable, True)
    assert server.args == ("-P", "-m", "mcp_server")


def test_a_list_of_servers_replaces_the_built_in_one_unless_it_is_kept(write: Any) -> None:
    text = "{servers: [{name: starcoder, command: foreign, args: [8004]}, %s]%s}"
    off = "{name: idle, command: x, disabled: true}"
    [only] = load(write("mcp: " + text % (off, ""))).server_specs()
    assert (only.command, only.args, only.builtin) == ("foreign", ("8004",), False)
    both = load(write("mcp: " + text % (off, ", include_builtin: true"))).server_specs()
    assert [(s.name, s.builtin) for s in both] == [("starcoder-mcp", True), ("starcoder", False)]


def test_approval_is_set_for_all_a_server_or_its_tools(write: Any) -> None:
    assert load().approval == "destructive"
    assert load(environ={"MISTRAL_AGENT__APPROVAL": "always"}).approval == "always"
    text = "mcp: {servers: [{name: a, command: x, approval: %s}]}"
    [one] = load(write(text % "never")).server_specs()
    assert one.approval == {"*": "never"}
    [one] = load(write(text % "{t: always, '*': never}")).server_specs()
    assert one.approval == {"t": "always", "*": "never"}
    assert load().server_specs()[0].approval == {}


def test_directories_become_arguments_of_the_reference_server(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/npx")
    folder = write("").parent
    monkeypatch.chdir(folder)
    spec = filesystem_server([".", "/"])
    long_form = parse_extra_server(
        f"stdio::npx -y @modelcontextprotocol/server-filesystem {folder.resolve()} /"
    )
    assert (spec.name, spec.command, spec.args) == (
        long_form.name,
        long_form.command,
        long_form.args,
    )
    assert not spec.trusted
    for wrong in ("file.yaml", "missing", "~nobody-here/x"):
        with pytest.raises(SettingsError, match=f"'{wrong}' (does not exist|is not a directory)"):
            filesystem_server([".", wrong])


def test_a_key_is_sent_to_the_endpoint_that_it_was_set_for_and_to_no_other() -> None:
    environ = {"OPENAI_API_KEY": "environment"}
    elsewhere = environ | {"OPENAI_BASE_URL": "https://elsewhere/v1"}
    named = load(agent__base_url="http://h/v1", agent__model="m").backend_settings()
    assert resolve(named, environ).api_key == "environment"
    assert resolve(named, elsewhere).api_key is None
    assert resolve(load().backend_settings(), elsewhere).base_url == "https://elsewhere/v1"
    flag = load(agent__base_url="http://h/v1", agent__api_key="flag")
    assert resolve(flag.backend_settings(), elsewhere).api_key == "flag"
    assert "flag" not in repr(flag)


def test_the_built_in_server_uses_the_agents_key_for_the_agents_endpoint_alone() -> None:
    backend = BackendSettings("openai", "m", "http://h/v1", api_key="flag")
    given = builtin_environment(backend, {"OPENAI_BASE_URL": "https://elsewhere/v1"})
    assert (given["OPENAI_BASE_URL"], given["OPENAI_API_KEY"]) == ("http://h/v1", "flag")


def test_the_built_in_server_gets_its_variables_and_the_agents_model() -> None:
    environ = {
        "STARCODER_MCP__LOGGING__LEVEL": "DEBUG",
        "MODEL_NAME": "m",
        "AWS_SECRET": "x",
        "OPENAI_API_KEY": "of another endpoint",
    }
    backend = BackendSettings("openai", "m", "http://h/v1", api_key="key")
    given = builtin_environment(backend, environ)
    assert handed_over(given)["base_url"] == "http://h/v1"
    assert given["OPENAI_API_KEY"] == "key"
    assert given["STARCODER_MCP__LOGGING__LEVEL"] == "DEBUG"
    assert "AWS_SECRET" not in given
    assert "OPENAI_API_KEY" not in builtin_environment(BackendSettings("embedded"), environ)


def test_a_key_does_not_follow_the_server_to_an_endpoint_of_its_own() -> None:
    backend = BackendSettings("openai", "m", "http://agent/v1", api_key="agent's")
    own = {"STARCODER_MCP__MODEL__BASE_URL": "http://server/v1"}
    assert "OPENAI_API_KEY" not in builtin_environment(backend, own)
    given = builtin_environment(backend, own | {"OPENAI_API_KEY": "environment"})
    assert given["OPENAI_API_KEY"] == "environment"


def test_the_server_lists_of_other_clients_are_read(write: Any) -> None:
    servers = {
        "files": {
            "command": "npx",
            "args": ["-y", "pkg", 8],
            "env": {"A": "b"},
            "cwd": "/tmp",
            "autoApprove": ["x"],
        },
        "remote": {
            "type": "http",
            "url": "https://h/mcp",
            "headers": {"Authorization": "Bearer secret"},
        },
        "off": {"command": "x", "disabled": True},
        "ours": {"command": "starcoder-mcp"},
    }
    files, remote, ours = load_mcp_config(write(json.dumps({"mcpServers": servers}), "mcp.json"))
    assert (files.name, files.command, files.args) == ("files", "npx", ("-y", "pkg", "8"))
    assert (files.env, files.cwd) == ({"A": "b"}, "/tmp")
    assert (remote.url, remote.headers) == ("https://h/mcp", {"Authorization": "Bearer secret"})
    assert "secret" not in repr(remote)
    assert ours.builtin


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"mcpServers": {"a": }}', r"mcp\.json:1:22: not valid JSON"),
        ("[]", "expected an object with the key 'mcpServers'"),
        ('{"mcpServers": []}', "expected an object with the key 'mcpServers'"),
        ('{"mcpServers": {"a": 1}}', "mcpServers.a: expected an object"),
        ('{"mcpServers": {"a": {}}}', "mcpServers.a: give either a command or a url"),
        ('{"mcpServers": {"a": {"command": ["x"]}}}', "mcpServers.a: command: .*valid string"),
        ('{"mcpServers": {"a": {"command": ""}}}', "mcpServers.a: command"),
        ('{"mcpServers": {"a": {"type": "sse", "url": "http://x"}}}', "'sse' is not supported"),
        ('{"mcpServers": {"a": {"type": "carrier pigeon"}}}', "unknown type 'carrier pigeon'"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_server_list_is_refused_with_its_place(
    write: Any, text: str, problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem) as error:
        load_mcp_config(write(text, "mcp.json"))
    assert "\n" not in str(error.value)


def test_a_missing_or_binary_server_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_mcp_config(tmp_path / "none.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_mcp_config(tmp_path / "binary.json")


@pytest.mark.parametrize(
    ("spec", "name", "command", "args", "url"),
    [
        ("stdio::cat", "cat", "cat", (), None),
        (
            "stdio::npx -y @scope/server '/a dir'",
            "server",
            "npx",
            ("-y", "@scope/server", "/a dir"),
            None,
        ),
        ("stdio::/usr/bin/python3 my/srv.py", "srv", "/usr/bin/python3", ("my/srv.py",), None),
        ("stdio::python -m package", "package", "python", ("-m", "package"), None),
        (
            "http::http://127.0.0.1:8004/mcp",
            "127.0.0.1:8004",
            None,
            (),
            "http://127.0.0.1:8004/mcp",
        ),
        ("http::https://u:p@h/mcp", "h", None, (), "https://u:p@h/mcp"),
    ],
)
def test_an_extra_server_is_read(
    spec: str, name: str, command: str | None, args: tuple[str, ...], url: str | None
) -> None:
    server = parse_extra_server(spec)
    assert (server.name, server.command, server.args, server.url) == (name, command, args, url)


def test_the_built_in_server_can_be_an_extra_one() -> None:
    assert parse_extra_server("stdio::starcoder-mcp").builtin


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("cat", "unknown kind 'cat'"),
        ("ftp::x", "unknown kind 'ftp'"),
        ("stdio::", "the command is empty"),
        ("stdio::''", "the command is empty"),
        ("stdio::cat 'x", "no closing quotation"),
        ("http::nonsense", "'nonsense' is not an http or https URL"),
        ("http::file:///etc/passwd", "is not an http or https URL"),
        ("http::http://[", "is not an http or https URL"),
    ],
)
def test_a_wrong_extra_server_is_refused_with_the_right_form(spec: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as error:
        parse_extra_server(spec)
    assert "stdio::command" in str(error.value)


def test_a_server_that_is_code_on_the_command_line_is_named_by_its_program():
    assert parse_extra_server("stdio::python3 -c 'print(1)'").name == "python3"
    assert parse_extra_server("stdio::npx -y @scope/server-files /tmp").name == "server-files"
