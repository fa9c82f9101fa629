import json
from pathlib import Path

import pytest


@pytest.fixture
def two(hub, models):
    """A cache with one model in two revisions, and another one."""
    hub.add("me/one", config__json=b"{}", model__safetensors=b"first" * 1000)
    models("pull", "me/one@v1")
    hub.commit = "d" * 40
    hub.add("me/one", model__safetensors=b"second" * 1000)
    models("pull", "me/one")
    hub.add("me/two", tiny__gguf=b"GGUF" * 500)
    models("pull", "hf:me/two/tiny.gguf")
    return hub


def test_the_list_has_each_model_its_size_licence_and_what_uses_it(
    two, models, monkeypatch, tmp_path
):
    monkeypatch.setenv("STARCODER_MCP__MODEL__BACKEND", "transformers")
    monkeypatch.setenv("MODEL_NAME", "me/one")
    listed = json.loads(models("list", "--json")[1])["models"]
    by_name = {each["model"]: each for each in listed}

    assert by_name["me/one"]["used_by"] == ["model.name"]
    assert by_name["me/one"]["licence"] == "apache-2.0"
    assert by_name["me/one"]["bytes"] >= 11_000
    assert by_name["me/one"]["revisions"] == ["c" * 12 + " (v1)", "d" * 12 + " (main)"]
    assert by_name["me/two"]["files"] == ["tiny.gguf"]
    text = models("list")[1]
    assert "used by: model.name" in text
    assert "me/two  2." in text


def test_a_file_of_the_cache_that_the_settings_name_is_used(two, models, monkeypatch):
    monkeypatch.setenv("MODEL_NAME", models("path", "hf:me/two/tiny.gguf")[1].strip())

    assert "used by: model.name" in models("list")[1].split("me/two")[1]


def test_the_packaged_model_is_listed_and_used_where_nothing_else_is(hub, models):
    out = models("list")[1]

    assert "SmolLM2-135M-Instruct.Q4_1 (installed as a package)" in out
    assert "used by: model" in out


def test_a_revision_goes_alone_and_the_other_one_stays_whole(two, models):
    before = models("path", "me/one")[1]
    assert models("rm", "me/one@v1")[0] == 0

    assert models("path", "me/one@v1")[0] == 2
    assert models("path", "me/one")[1] == before
    assert (Path(before.strip()) / "model.safetensors").read_bytes() == b"second" * 1000
    assert (Path(before.strip()) / "config.json").read_bytes() == b"{}"


def test_a_model_goes_with_all_that_it_took(two, models, tmp_path):
    code, out, err = models("rm", "me/one")

    assert (code, out) == (0, "")
    assert "are free now" in err
    assert not (tmp_path / "hub" / "models--me--one").exists()
    assert models("rm", "me/one")[0] == 2
    assert models("rm", "hf:me/two/tiny.gguf")[0] == 0
    assert not list((tmp_path / "hub").glob("models--*"))
