import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GIB = 1 << 30


def fitted(models, *arguments):
    code, out, _ = models("fit", "--json", *arguments)
    return code, json.loads(out)


def test_both_models_fit_a_card_of_16_gib_with_their_published_shapes(models):
    code, told = fitted(models, "--vram", "16")
    starcoder, mistral = told["models"]

    assert code == 0
    assert [round(m["parameters"] / 1e9, 2) for m in (starcoder, mistral)] == [7.17, 7.24]
    assert [round(m["weights"] / GIB, 2) for m in (starcoder, mistral)] == [3.76, 3.84]
    assert [m["kv"] / GIB for m in (starcoder, mistral)] == [0.25, 0.5]
    assert [(way["quantization"], way["fits"]) for way in told["together"]] == [
        ("nf4", True), ("int8", False), ("none", False),
    ]  # fmt: skip


def test_the_context_at_which_they_stop_fitting_is_the_first_that_does_not(models):
    limit = fitted(models, "--vram", "16")[1]["together"][0]["largest_context"]

    assert fitted(models, "--vram", "16", "--context", limit)[0] == 0
    assert fitted(models, "--vram", "16", "--context", limit + 1)[0] == 1
    assert f"a context of {limit + 1} tokens" in models("fit", "--vram", "16")[1]


def test_requests_at_once_take_a_cache_each(models):
    one, eight = (fitted(models, "--parallel", n)[1]["models"][0]["kv"] for n in (1, 8))

    assert eight == 8 * one


def test_a_directorys_config_is_read(models, tmp_path):
    config = {
        "model_type": "llama", "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 10,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    told = fitted(models, tmp_path, "--quantization", "none")[1]["models"][0]
    attention, mlp, norms = 2 * 8 * 8 + 2 * 4 * 8, 3 * 8 * 16, 2 * 8

    assert told["parameters"] == 2 * (attention + mlp + norms) + 8 + 2 * 10 * 8
    assert told["weights"] == 2 * told["parameters"]
    assert told["kv_token"] == 2 * 2 * 1 * 4 * 2


def test_a_models_config_comes_from_the_hub_where_it_is_not_here(hub, models):
    config = {
        "model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864,
        "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2,
        "vocab_size": 151936, "tie_word_embeddings": True,
    }  # fmt: skip
    hub.add("Qwen/Qwen2-0.5B", config__json=json.dumps(config).encode(), model__safetensors=b"x")
    told = fitted(models, "Qwen/Qwen2-0.5B")[1]["models"][0]

    assert told["parameters"] == 494_032_768  # as transformers counts it
    assert not [path for path, _, _ in hub.asked if path.endswith(".safetensors")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "its config.json cannot be read: no such file"),
        ("{", "its config.json is not JSON"),
        ("[]", "its config.json is no JSON object"),
        ("{}", "the shapes of model_type None are not known here"),
        ('{"model_type": "mamba"}', "model_type 'mamba' are not known here, only those of llama"),
        ('{"model_type": "llama"}', "hidden_size is missing"),
        ('{"model_type": "llama", "hidden_size": "8"}', "hidden_size: '8' is no whole number"),
    ],
)
def test_a_config_that_cannot_be_used_is_told(models, tmp_path, content, told):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    code, out, err = models("fit", tmp_path)

    assert (code, out) == (2, "")
    assert told in err


@pytest.mark.parametrize("flag", ["--vram", "--context", "--parallel", "--reserve"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "much"])
def test_numbers_that_cannot_be_are_refused_by_flag(models, flag, value):
    code, _, err = models("fit", f"{flag}={value}")

    assert code == 2
    assert f"argument {flag}: {value!r} is no number above 0" in err


COMMAND = (sys.executable, "-m", "mcp_server", "models", "fit")


def test_a_reader_that_leaves_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(COMMAND, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_output_that_cannot_be_written_is_one_line_that_says_so():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(COMMAND, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "starcoder-mcp models: cannot use a file, such as standard output: No space left on device"
    ]
