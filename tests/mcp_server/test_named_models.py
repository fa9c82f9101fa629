"""Several models in one server, chosen by name."""

import pytest
from mcp import Client

from mcp_server.configuration import load_configuration
from mcp_server.process import compose
from mcp_server.sandbox import open_sandbox
from mcp_server.server import build_server
from model_backends.scripted import ScriptedBackend
from service.settings import SettingsError

pytestmark = pytest.mark.anyio

TOOLS_WITH_A_MODEL = (
    "formalize_task", "generate_code", "generate_tests", "review_code", "chat_completion",
)  # fmt: skip


def loaded(tmp_path, text="", **environ):
    file = tmp_path / "settings.yaml"
    file.write_text(text or "{}")
    environ = {"STARCODER_MCP__SESSIONS__URL": "sqlite://", **environ}
    return load_configuration(file, environ=environ).settings


def asked(**arguments):
    return {"messages": [{"role": "user", "content": "hi"}], **arguments}


@pytest.fixture
def two(tmp_path):
    """A server of two models, which say their names."""
    settings = loaded(tmp_path, "models: {big: {backend: scripted}}")
    models = {
        "default": ScriptedBackend(replies=["small"]),
        "big": ScriptedBackend(replies=["big"]),
    }
    server = build_server(
        settings, models["default"], open_sandbox("none"), models={"big": models["big"]}
    )
    return server, models


async def test_a_call_chooses_its_model_by_name(two):
    server, models = two
    async with Client(server) as client:
        results = [
            await client.call_tool("chat_completion", asked(**chosen))
            for chosen in ({}, {"model": "big"}, {"model": "default"})
        ]
        await client.call_tool("generate_code", {"description": "f(1) == 2", "model": "big"})
        seen = len(models["default"].requests)
        await client.call_tool("formalize_task", {"informal_request": "a web page", "model": "big"})

    answers = [result.structured_content["content"] for result in results]
    assert answers == ["small", "big", "small"]
    assert len(models["default"].requests) == seen == 2
    assert len(models["big"].requests) > 2


async def test_a_name_that_is_none_is_refused_with_those_there_are(two):
    server, models = two
    async with Client(server) as client:
        for tool, arguments in (
            ("chat_completion", asked(model="huge")),
            ("generate_code", {"description": "x", "model": "huge"}),
            ("review_code", {"code": "x = 1", "model": "huge"}),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert "model: no model is named 'huge'; choose one of default, big" in (
                result.content[0].text
            )

    assert not any(model.requests for model in models.values())


async def test_the_argument_is_listed_with_its_names_only_where_there_is_a_choice(two, tmp_path):
    alone = build_server(loaded(tmp_path), ScriptedBackend(), open_sandbox("none"))
    listed = []
    for server in (two[0], alone):
        async with Client(server) as client:
            listed.append({t.name: t.input_schema for t in (await client.list_tools()).tools})

    for name in TOOLS_WITH_A_MODEL:
        assert listed[0][name]["properties"]["model"]["enum"] == ["default", "big"]
        assert "model" not in listed[1][name]["properties"]
    assert "model" not in listed[0]["format_code"]["properties"]


async def test_a_server_of_one_model_understands_its_name_and_refuses_others(tmp_path):
    server = build_server(loaded(tmp_path), ScriptedBackend(), open_sandbox("none"))
    async with Client(server) as client:
        right = await client.call_tool("chat_completion", asked(model="default"))
        wrong = await client.call_tool("chat_completion", asked(model="gpt"))
        number = await client.call_tool("chat_completion", asked(model=7))
        formatter = await client.call_tool("format_code", {"code": "x=1", "model": "default"})

    assert not right.is_error
    assert "no model is named 'gpt'; choose one of default" in wrong.content[0].text
    assert "model: must be a string (got 7)" in number.content[0].text
    assert "'model': no such argument" in formatter.content[0].text


async def test_model_info_describes_each_model(two):
    async with Client(two[0]) as client:
        info = (await client.call_tool("model_info", {})).structured_content

    assert info["name"] == "default"
    assert [model["name"] for model in info["models"]] == ["default", "big"]
    assert {k: info[k] for k in info["models"][0]} == info["models"][0]
    assert all(
        {"backend", "dtype", "max_model_len", "max_memory", "memory_mb"} <= set(model)
        for model in info["models"]
    )


def test_what_a_named_model_leaves_out_is_as_in_the_default_except_its_name(tmp_path):
    settings = loaded(
        tmp_path,
        """
        model: {base_url: "http://127.0.0.1:1/v1", name: one, max_length: 8192, api_key_env: KEY}
        models:
          other: {name: two}
          file: {name: /models/x.gguf}
          elsewhere: {base_url: "http://127.0.0.1:2/v1", temperature: 0.5}
          card: {backend: transformers, max_memory: {0: 7GiB}}
        """,
    )
    models = settings.models

    assert (models["other"].base_url, models["other"].name) == ("http://127.0.0.1:1/v1", "two")
    assert models["other"].max_length == 8192
    assert (models["file"].backend, models["file"].base_url) == ("embedded", None)
    assert (models["elsewhere"].name, models["elsewhere"].temperature) == (None, 0.5)
    assert (models["card"].base_url, models["card"].max_memory) == (None, {"0": "7GiB"})
    assert {model.api_key_env for model in models.values()} == {None}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("models: {a: {bakcend: scripted}}", "models.a.bakcend"),
        ("models: {default: {backend: scripted}}", "'default' cannot name a model"),
        ("models: {'a b': {backend: scripted}}", "'a b' cannot name a model"),
        ("models: {a: {name: qwen}}", "models.a: 'qwen' is not a .gguf file; say with base_url"),
        ("models: {a: 1}", "models.a"),
        ("models: [a]", "models"),
        ("models: {a: {temperature: 9}}", "models.a.temperature"),
        ("models: {a: {api_key: sk-1}}", "models.a.api_key: keys are not kept in settings"),
    ],
)
def test_a_named_model_that_cannot_be_is_refused_by_its_key(tmp_path, text, told):
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, text)

    assert told in str(refused.value)
    assert "sk-1" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("models: {a: {name: /none.gguf}}", "models.a: model '/none.gguf' not found"),
        ("models: {a: {backend: magic}}", "models.a: unknown backend 'magic'"),
        ("models: {a: {backend: scripted, api_key_env: NO_KEY}}", "NO_KEY is not set"),
    ],
)
def test_a_named_model_that_is_not_there_ends_the_start(tmp_path, text, told):
    settings = loaded(tmp_path, f"model: {{backend: scripted}}\n{text}")

    with pytest.raises(SettingsError) as refused:
        compose(settings, closed=lambda: None)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("named", "sent"),
    [
        ({"base_url": "http://127.0.0.1:2/v1"}, None),
        ({"base_url": "http://127.0.0.1:2/v1", "api_key_env": "OTHER"}, "its own"),
        ({"name": "m"}, "for one"),
    ],
)
def test_a_key_goes_to_no_endpoint_but_its_own(tmp_path, monkeypatch, named, sent):
    from mcp_server.process import _named

    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "for one")
    monkeypatch.setenv("OTHER", "its own")
    settings = loaded(
        tmp_path, f'model: {{base_url: "http://127.0.0.1:1/v1"}}\nmodels: {{a: {named}}}'
    )

    assert _named("a", settings.models["a"], settings.model).api_key == sent
