import json
from pathlib import Path

import pytest
import yaml

from mcp_server.configuration import DEFAULTS, load_configuration
from mcp_server.settings import SEVERITY_ALIASES, TOOL_ALIASES
from mcp_server.tools import TOOLS
from model_backends.registry import resolve
from model_backends.settings import BackendSettings, to_environment
from service.quantities import parse_size
from service.settings import SettingsError

# The keys of configurations that are older than this server.
OLD = """
server: {name: starcoder2-mcp, version: 1.0.0, host: localhost, port: 8004, transport: stdio}
model:
  name: bigcode/starcoder2-7b
  revision: main
  device: cuda
  device_map: auto
  torch_dtype: bfloat16
  load_in_4bit: true
  max_length: 4096
  temperature: 0.1
  top_p: 0.95
  do_sample: true
tools:
  enabled: [task_formalization, code_generation, test_generation, code_review, formatting,
            complexity]
  code_generation: {max_new_tokens: 2048, stop_sequences: ["<|endoftext|>", "\\n\\n\\n"]}
  code_review: {severity_levels: [error, warning, info], max_issues: 20}
resources: {prompts_dir: ./prompts, templates_dir: ./templates, cache_enabled: true}
logging: {level: info, format: json, file: logs/server.log, max_size: 100MB, backup_count: 5}
performance: {max_concurrent_requests: 5, timeout_seconds: 60, enable_gpu_optimization: true}
scaling: {enabled: false, replicas: 1, load_balancer: round_robin}
"""


def written(tmp_path, text, name="server.yaml"):
    file = tmp_path / name
    file.write_text(text)
    return file


def test_the_packaged_defaults_are_complete_and_say_nothing():
    configuration = load_configuration()

    assert configuration.notes == ()
    assert configuration.settings.server.port == 8004
    assert configuration.settings.performance.max_concurrent_requests == 5
    assert configuration.settings.performance.timeout_seconds == 60
    assert configuration.settings.model.max_length == 4096
    assert configuration.settings.tools.code_generation.max_new_tokens == 2048
    assert configuration.settings.logging.max_size == 100_000_000


def test_an_older_configuration_loads(tmp_path):
    settings = load_configuration(written(tmp_path, OLD)).settings

    assert settings.server.name == "starcoder2-mcp"
    assert settings.tools.enabled == (
        "formalize_task",
        "generate_code",
        "generate_tests",
        "review_code",
        "format_code",
        "analyze_complexity",
    )
    assert settings.tools.code_review.severity_levels == ("major", "minor", "info")
    assert settings.logging.level == "INFO"


def test_what_has_no_effect_is_said_once_for_each_key_that_the_user_set(tmp_path):
    file = written(tmp_path, OLD)

    notes = load_configuration(file).notes

    said = [n.split(" has no effect")[0] for n in notes if "has no effect" in n]
    assert said == [
        f"{file}: model.revision",
        f"{file}: model.device",
        f"{file}: model.device_map",
        f"{file}: model.torch_dtype",
        f"{file}: model.load_in_4bit",
        f"{file}: performance.enable_gpu_optimization",
        f"{file}: scaling.replicas",
        f"{file}: scaling.load_balancer",
    ]
    missing = [n for n in notes if "no directory" in n]
    assert [n.split(":")[0] for n in missing] == [
        "resources.prompts_dir",
        "resources.templates_dir",
    ]


def test_a_model_that_nothing_here_can_serve_is_said_and_left_out(tmp_path):
    configuration = load_configuration(written(tmp_path, OLD))

    assert configuration.settings.model.name is None
    assert any("'bigcode/starcoder2-7b' is not used" in note for note in configuration.notes)


def test_a_model_is_kept_where_something_may_serve_it(tmp_path):
    file = written(tmp_path, OLD)
    served = [
        load_configuration(file, flags={"base-url": "http://127.0.0.1:1/v1"}),
        load_configuration(file, flags={"backend": "openai"}),
        load_configuration(file, {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}),
    ]

    assert {each.settings.model.name for each in served} == {"bigcode/starcoder2-7b"}
    assert not any("is not used" in note for each in served for note in each.notes)


def test_a_model_asked_for_by_flag_is_not_exchanged_for_another():
    with pytest.raises(SettingsError, match=r"^--model: 'mistral' is not a \.gguf file"):
        load_configuration(flags={"model": "mistral"})


def test_a_layer_wins_over_those_before_it(tmp_path):
    handed = to_environment(
        BackendSettings(backend="embedded", model="parent.gguf", context_window=1024, parallel=2)
    )
    file = written(tmp_path, "model: {name: file.gguf, max_length: 2048, temperature: 0.5}")
    environ = handed | {"STARCODER_MCP__MODEL__MAX_LENGTH": "3072", "MODEL_NAME": "env.gguf"}

    only_parent = load_configuration(environ=handed).settings.model
    with_file = load_configuration(file, handed).settings.model
    with_environment = load_configuration(file, environ).settings.model
    with_flags = load_configuration(file, environ, {"model": "flag.gguf"}).settings.model

    assert (only_parent.name, only_parent.max_length) == ("parent.gguf", 1024)
    assert (with_file.name, with_file.max_length) == ("file.gguf", 2048)
    assert (with_environment.name, with_environment.max_length) == ("env.gguf", 3072)
    assert with_flags.name == "flag.gguf"
    assert (with_flags.backend, with_flags.parallel) == ("embedded", 2)
    assert with_flags.temperature == 0.5


def test_a_handed_over_backend_comes_out_as_it_went_in():
    handed = BackendSettings(
        backend="openai",
        model="m",
        base_url="http://127.0.0.1:1/v1",
        api_key="k",
        context_window=2048,
        parallel=3,
        threads=2,
        timeout_seconds=9.0,
        max_retries=1,
        rendezvous="/run/x",
    )
    environ = to_environment(handed)

    settings = load_configuration(environ=environ).settings

    assert resolve(settings.backend_settings(), environ) == handed
    assert "'k'" not in repr(settings)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{", "not JSON"),
        ("[]", "does not hold the settings of a backend"),
        ('{"colour": 1}', "does not hold the settings of a backend"),
        ('{"parallel": "many"}', "model.parallel"),
    ],
)
def test_a_damaged_hand_over_is_refused_by_name(value, expected):
    name = "STARCODER_MCP_HANDED_OVER_BACKEND"

    with pytest.raises(SettingsError) as caught:
        load_configuration(environ={name: value})

    assert name in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "key", "value"),
    [
        ("MODEL_NAME", "name", "x.gguf"),
        ("MAX_LENGTH", "max_length", "2048"),
        ("DEVICE", "device", "cpu"),
    ],
)
def test_the_variables_with_names_of_their_own_set_their_keys(variable, key, value):
    model = load_configuration(environ={variable: value}).settings.model

    assert str(getattr(model, key)) == value


def test_the_log_level_is_understood_in_any_case():
    assert load_configuration(environ={"LOG_LEVEL": "debug"}).settings.logging.level == "DEBUG"


@pytest.mark.parametrize("name", ["MODEL_NAME", "MAX_LENGTH", "DEVICE", "LOG_LEVEL"])
def test_an_empty_variable_is_as_if_it_were_not_set(name):
    assert load_configuration(environ={name: ""}).settings == load_configuration().settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model: {max_length: 100}", "model.max_length"),
        ("model: {temperature: 3}", "model.temperature"),
        ("model: {top_p: 0}", "model.top_p"),
        ("performance: {timeout_seconds: .inf}", "performance.timeout_seconds"),
        ("performance: {timeout_seconds: .nan}", "performance.timeout_seconds"),
        ("performance: {timeout_seconds: 0}", "performance.timeout_seconds"),
        ("performance: {max_concurrent_requests: 0}", "performance.max_concurrent_requests"),
        ("performance: {max_concurrent_requests: true}", "a boolean is not valid"),
        ("logging: {max_size: big}", "not a size; write a number of bytes, or for example"),
        ("logging: {format: xml}", "'json' or 'text'"),
        ("server: {transport: carrier}", "'stdio' or 'http'"),
        ("server: {name: ''}", "server.name"),
        ("sandbox: {mode: jail}", "sandbox.mode"),
        ("tools: {enabled: generate_code}", "tools.enabled"),
        ("tools: {enabled: [fly]}", "no tool is named 'fly'; the tools are formalize_task"),
        ("tools: {code_review: {severity_levels: [bad]}}", "'critical', 'major', 'minor'"),
        ("tools: {coding_standards: {python: {line_length: 5}}}", "line_length"),
        ("tools: {coding_standards: {python: {tabs: true}}}", "unknown key"),
        ("tools: {coding_standards: {cobol: {style: x}}}", "cobol"),
        ("sessions: {max_session_messages: 1}", "sessions.max_session_messages"),
        ("model: {api_key: abc}", "OPENAI_API_KEY"),
    ],
)
def test_a_wrong_value_is_refused_with_file_and_key(tmp_path, text, expected):
    file = written(tmp_path, text)

    with pytest.raises(SettingsError) as caught:
        load_configuration(file)

    assert str(caught.value).startswith(f"{file}: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_in_a_variable_is_refused_without_being_shown():
    with pytest.raises(SettingsError) as caught:
        load_configuration(environ={"STARCODER_MCP__MODEL__API_KEY": "s3cret"})

    assert "STARCODER_MCP__MODEL__API_KEY: model.api_key" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_wrong_flag_is_named():
    with pytest.raises(SettingsError, match=r"^--base-url: model\.base_url"):
        load_configuration(flags={"base-url": 5})


def test_a_standard_of_one_language_can_be_changed_in_part(tmp_path):
    file = written(tmp_path, "tools: {coding_standards: {python: {line_length: 79}}}")

    settings = load_configuration(file).settings

    assert settings.coding_standard().line_length == 79
    assert settings.coding_standard().complexity_limit == 10
    assert settings.coding_standard("Go").style == "gofmt"
    assert settings.coding_standard("cobol") == settings.coding_standard("python")


def test_every_key_of_the_defaults_is_explained_by_the_schema_and_the_other_way_round():
    written_out = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    loaded = json.loads(load_configuration().settings.model_dump_json())
    loaded["model"].pop("rendezvous")

    def keys(tree, path=""):
        for key, value in tree.items():
            yield f"{path}{key}"
            if isinstance(value, dict):
                yield from keys(value, f"{path}{key}.")

    assert set(keys(written_out)) == set(keys(loaded))


def test_every_other_name_that_is_understood_stands_in_the_packaged_file():
    text = DEFAULTS.read_text(encoding="utf-8")

    assert all(name in text for name in [*TOOL_ALIASES, *SEVERITY_ALIASES])
    assert set(TOOL_ALIASES.values()) < set(TOOLS)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("100MB", 100_000_000),
        ("1.5 kB", 1500),
        ("64MiB", 67_108_864),
        ("2g", 2_000_000_000),
        ("7", 7),
        ("12B", 12),
        (5, 5),
    ],
)
def test_sizes_are_read_in_powers_of_1000_and_of_1024(text, size):
    assert parse_size(text) == size


def test_directories_are_paths(tmp_path):
    file = written(tmp_path, f"resources: {{prompts_dir: {tmp_path}}}")

    assert load_configuration(file).settings.resources.prompts_dir == Path(tmp_path)


def test_the_variables_of_the_vllm_server_set_sessions_and_sampling():
    settings = load_configuration(
        environ={
            "VLLM_MAX_SESSIONS": "7",
            "VLLM_MAX_SESSION_MESSAGES": "9",
            "VLLM_DEFAULT_TEMPERATURE": "0.3",
            "VLLM_DEFAULT_MAX_TOKENS": "99",
            "VLLM_DEFAULT_TOP_P": "0.8",
            "VLLM_DEFAULT_TOP_K": "-1",
            "VLLM_LOG_LEVEL": "DEBUG",
        }
    ).settings
    chat = settings.tools.chat_completion

    assert (settings.sessions.max_sessions, settings.sessions.max_session_messages) == (7, 9)
    assert (chat.temperature, chat.max_tokens, chat.top_p, chat.top_k) == (0.3, 99, 0.8, None)
    assert settings.logging.level == "DEBUG"


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("VLLM_MAX_SESSIONS", "0", "sessions.max_sessions"),
        ("VLLM_DEFAULT_TOP_K", "-7", "tools.chat_completion.top_k"),
        ("VLLM_DEFAULT_TEMPERATURE", "hot", "tools.chat_completion.temperature"),
    ],
)
def test_a_variable_of_the_vllm_server_that_cannot_be_is_named(name, value, key):
    with pytest.raises(SettingsError, match=f"{name}: {key}"):
        load_configuration(environ={name: value})


def test_a_model_of_vllm_without_its_backend_is_told():
    idle = load_configuration(environ={"VLLM_MODEL_NAME": "m/m"}).notes
    used = load_configuration(
        environ={"VLLM_MODEL_NAME": "m/m", "STARCODER_MCP__MODEL__BACKEND": "vllm"}
    ).notes

    assert [n for n in idle if "VLLM_MODEL_NAME has no effect: the backend is 'auto'" in n]
    assert not [n for n in used if "VLLM_MODEL_NAME" in n]
