import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

WEIGHTS = bytes(range(256)) * 4000
GGUF = b"GGUF" + bytes(range(256)) * 1000
WAIT = 60


@pytest.fixture
def tiny(hub):
    """A hub with a model in safetensors, and one in GGUF."""
    hub.add(
        "me/tiny",
        config__json=b'{"model_type": "llama"}',
        tokenizer__json=b"{}",
        model__safetensors=WEIGHTS,
        consolidated__safetensors=b"the same again",
        pytorch_model__bin=b"pickled",
        README__md=b"# tiny",
        LICENSE=b"terms",
    )
    hub.add("me/gguf", tiny__gguf=GGUF, other__gguf=b"GGUF other", README__md=b"# tiny")
    return hub


def downloads(hub, name):
    return [range_ for path, range_, _ in hub.asked if path.endswith(f"/{name}")]


def test_a_model_is_downloaded_whole_and_its_place_is_the_answer(tiny, models, tmp_path):
    code, out, err = models("pull", "me/tiny")
    place = Path(out.strip())

    assert code == 0
    assert place == tmp_path / "hub" / "models--me--tiny" / "snapshots" / tiny.commit
    assert {f.name for f in place.iterdir()} == {
        "config.json", "tokenizer.json", "model.safetensors", "README.md", "LICENSE",
    }  # fmt: skip
    assert (place / "model.safetensors").read_bytes() == WEIGHTS
    assert "licence: apache-2.0" in err
    assert "sizes and hashes are those that the hub lists" in err
    assert models("path", "me/tiny")[1] == out


def test_transformers_own_library_finds_what_was_downloaded(tiny, models):
    from huggingface_hub import scan_cache_dir, snapshot_download

    _, out, _ = models("pull", "me/tiny")
    scanned = scan_cache_dir()

    assert snapshot_download("me/tiny", local_files_only=True) == out.strip()
    assert [repo.repo_id for repo in scanned.repos] == ["me/tiny"]
    assert not scanned.warnings


def test_a_file_in_gguf_is_downloaded_alone_and_the_embedded_backend_takes_its_place(tiny, models):
    from model_backends.embedded.weights import find_weights

    code, out, err = models("pull", "hf:me/gguf/tiny.gguf")
    weights = find_weights(out.strip())

    assert code == 0
    assert (weights.name, weights.read_bytes()) == ("tiny.gguf", GGUF)
    assert downloads(tiny, "other.gguf") == []
    assert f"--model {weights}" in err


def test_what_to_use_is_the_revision_that_was_downloaded(tiny, models):
    _, place, of_a_tag = models("pull", "me/tiny@v1")
    _, _, newest = models("pull", "me/tiny")

    assert f"--model {place.strip()}," in of_a_tag
    assert "--model me/tiny," in newest


def test_the_parts_of_a_gguf_file_come_together(tiny, models):
    tiny.add("me/parts", **{f"big-0000{n}-of-00002.gguf": b"GGUF%d" % n for n in (1, 2)})
    code, out, _ = models("pull", "hf:me/parts/big-00001-of-00002.gguf")

    assert code == 0
    assert len(list(Path(out.strip()).parent.iterdir())) == 2


def test_a_download_that_breaks_off_goes_on_where_it_stopped(tiny, models):
    tiny.cut["model.safetensors"] = 300_000
    code, out, _ = models("pull", "me/tiny")

    assert code == 0
    assert (Path(out.strip()) / "model.safetensors").read_bytes() == WEIGHTS
    assert downloads(tiny, "model.safetensors") == [None, "bytes=300000-"]


def test_a_hub_that_knows_no_ranges_is_asked_for_the_whole(tiny, models):
    tiny.cut["model.safetensors"], tiny.ranges = 300_000, False
    code, out, _ = models("pull", "me/tiny")

    assert code == 0
    assert (Path(out.strip()) / "model.safetensors").read_bytes() == WEIGHTS


@pytest.fixture
def started(tiny, tmp_path):
    """Starts `models pull me/tiny` as a process of its own."""
    environ = {**os.environ, "HF_ENDPOINT": tiny.url, "HF_HUB_CACHE": str(tmp_path / "hub")}

    def start():
        return subprocess.Popen(
            [sys.executable, "-m", "mcp_server", "models", "pull", "me/tiny"],
            env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


ENDS = {signal.SIGKILL: (-9, ""), signal.SIGINT: (130, "interrupted; the same command goes on")}


@pytest.mark.parametrize("how", ENDS)
def test_after_its_end_in_the_middle_the_same_command_goes_on(tiny, models, started, tmp_path, how):
    tiny.hang["model.safetensors"] = 400_000
    child = started()
    until = time.monotonic() + WAIT
    while not any(p.stat().st_size == 400_000 for p in tmp_path.rglob("*.part")):
        assert time.monotonic() < until
        time.sleep(0.01)
    child.send_signal(how)
    _, ended = child.communicate(timeout=WAIT)
    listed = models("list")[1]
    again, out, err = models("pull", "me/tiny")

    assert child.returncode == ENDS[how][0]
    assert ENDS[how][1] in ended
    assert "Traceback" not in ended
    assert "unfinished: 390.6 KiB; pull it again to go on" in listed
    assert again == 0
    assert (Path(out.strip()) / "model.safetensors").read_bytes() == WEIGHTS
    assert downloads(tiny, "model.safetensors") == [None, "bytes=400000-"]
    assert "of it is here" in err
    assert not list(tmp_path.rglob("*.part"))


def test_two_downloads_of_one_model_at_once_bring_each_file_once(tiny, started):
    both = [started(), started()]
    ended = [child.communicate(timeout=WAIT) for child in both]

    assert [child.returncode for child in both] == [0, 0], ended
    assert len({out for out, _ in ended}) == 1
    assert len(downloads(tiny, "model.safetensors")) == 1


def test_a_transfer_that_brings_nothing_more_is_given_up_and_what_came_is_kept(
    tiny, models, tmp_path
):
    tiny.status["model.safetensors"] = 503
    code, out, err = models("pull", "me/tiny")
    tiny.status.clear()

    assert (code, out) == (4, "")
    assert "the download of model.safetensors stopped at 0 of 1024000 bytes" in err
    assert "the same command goes on from there" in err
    assert models("path", "me/tiny")[0] == 2
    assert models("pull", "me/tiny")[0] == 0


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"\xff" + WEIGHTS[1:], "its SHA-256 is"),
        (WEIGHTS[:1000], "the connection ended early"),
        (WEIGHTS + b"more", "more than the 1024000 bytes"),
    ],
)
def test_what_is_not_what_the_hub_lists_is_refused_and_is_not_the_model(tiny, models, sent, told):
    tiny.listed["me/tiny", "model.safetensors"] = WEIGHTS
    tiny.files["me/tiny", "model.safetensors"] = sent
    code, out, err = models("pull", "me/tiny")
    missing = models("path", "me/tiny")[0]
    tiny.files["me/tiny", "model.safetensors"] = WEIGHTS
    again, place, _ = models("pull", "me/tiny")

    assert (code in (1, 4), out, missing) == (True, "", 2)
    assert told in err
    assert "Traceback" not in err
    assert again == 0
    assert (Path(place.strip()) / "model.safetensors").read_bytes() == WEIGHTS


def test_what_is_damaged_is_not_kept(tiny, models, tmp_path):
    tiny.listed["me/tiny", "model.safetensors"] = WEIGHTS
    tiny.files["me/tiny", "model.safetensors"] = WEIGHTS + b"more"
    code, _, err = models("pull", "me/tiny")

    assert (code, list(tmp_path.rglob("*.part"))) == (1, [])
    assert "It is not kept" in err


def test_a_file_without_content_is_downloaded_too(tiny, models):
    tiny.add("me/tiny", merges__txt=b"", LICENSE=b"")
    place = Path(models("pull", "me/tiny")[1].strip())

    assert (place / "merges.txt").read_bytes() == b"" == (place / "LICENSE").read_bytes()
    assert "all here, hashes checked" in models("pull", "me/tiny")[2]


@pytest.mark.parametrize("commit", ["../../../../elsewhere", "..", "main"])
def test_a_hub_whose_commit_is_none_writes_nothing(tiny, models, tmp_path, commit):
    tiny.commit = commit
    code, _, err = models("pull", "me/tiny")

    assert (code, list(tmp_path.iterdir())) == (4, [])
    assert "with a name or hash that is none" in err


def test_a_hub_whose_file_leads_out_of_the_cache_writes_nothing(tiny, models, tmp_path):
    tiny.files["me/gguf", "LICENSE/../../../../../elsewhere"] = b"evil"
    code, _, err = models("pull", "hf:me/gguf/tiny.gguf")

    assert (code, list(tmp_path.iterdir())) == (4, [])
    assert "lists 'LICENSE/../../../../../elsewhere' with a name or hash that is none" in err


def test_a_small_file_of_the_wrong_content_is_refused_too(tiny, models):
    tiny.listed["me/tiny", "config.json"] = b'{"model_type": "mixtr"}'
    code, _, err = models("pull", "me/tiny")

    assert code == 1
    assert "config.json is damaged: its git hash is" in err


def test_what_is_here_is_read_again_and_only_what_is_damaged_comes_again(tiny, models):
    place = Path(models("pull", "me/tiny")[1].strip())
    tiny.asked.clear()
    whole = models("pull", "me/tiny")
    assert "all here, hashes checked" in whole[2]
    assert [path for path, _, _ in tiny.asked] == ["/api/models/me/tiny"]

    weights = (place / "model.safetensors").resolve()
    weights.write_bytes(WEIGHTS[::-1])
    assert models("pull", "me/tiny")[0] == 0
    assert weights.read_bytes() == WEIGHTS
    assert len(downloads(tiny, "model.safetensors")) == 1
    assert downloads(tiny, "config.json") == []


def test_too_little_space_is_told_before_anything_comes(tiny, models, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 64 << 20))
    code, _, err = models("pull", "me/tiny")

    assert code == 2
    assert "not enough disk space at" in err
    assert "set HF_HOME to another disk" in err
    assert downloads(tiny, "model.safetensors") == []


def test_a_disk_that_becomes_full_is_told_and_what_came_is_kept(tiny, models, monkeypatch):
    def full(client, url, headers, *, file, target, told):
        target.write(WEIGHTS[:5000])
        target.flush()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("model_backends.hub.transfer._append", full)
        code, _, err = models("pull", "hf:me/tiny/model.safetensors")
    assert code == 2
    assert "not enough disk space at" in err
    assert models("pull", "me/tiny")[0] == 0
    assert downloads(tiny, "model.safetensors") == ["bytes=5000-"]


@pytest.mark.parametrize(
    ("named", "code", "told"),
    [
        ("me/none", 2, "has none of this name, or it is private"),
        ("me/tiny@v9", 2, "has me/tiny, but no such revision of it"),
        ("me/gguf", 2, "hf:me/gguf/FILE: other.gguf, tiny.gguf"),
        ("hf:me/gguf/big.gguf", 2, "it has no big.gguf; its GGUF files are: other.gguf, tiny.gguf"),
        ("tiny", 2, "names no model; write OWNER/NAME"),
        ("me/../tiny", 2, "names no model"),
        ("hf:me/tiny/../../x", 2, "names no model"),
        ("me/tiny@", 2, "names no model"),
        ("small@", 2, "names no model"),
        ("me/tiny@../../elsewhere", 2, "names no model"),
        ("small@..", 2, "names no model"),
        ("me/tiny@.", 2, "names no model"),
    ],
)
def test_a_name_that_is_none_is_told_with_what_there_is(tiny, models, named, code, told):
    result = models("pull", named)

    assert result[0] == code
    assert told in result[2]


def test_a_gated_model_names_the_token_and_is_downloaded_with_it(tiny, models, monkeypatch):
    tiny.tokens["me/tiny"] = "hf_secret"
    code, _, err = models("pull", "me/tiny")
    assert code == 4
    assert f"accept its conditions at {tiny.url}/me/tiny" in err
    assert "set HF_TOKEN" in err

    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    code, _, err = models("pull", "me/tiny")
    assert code == 0
    assert "hf_secret" not in err
    assert {token for path, _, token in tiny.asked if "resolve" in path} == {"Bearer hf_secret"}


def test_without_a_hub_the_message_says_what_works_without(tiny, models, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    code, out, err = models("pull", "starcoder2")

    assert (code, out) == (4, "")
    assert "no model hub answers at http://127.0.0.1:9" in err
    assert "starcoder-mcp models list" in err


def test_what_is_here_is_found_without_a_hub_too(tiny, models, monkeypatch):
    from huggingface_hub import constants

    place = models("pull", "hf:me/gguf/tiny.gguf")[1]
    tiny.add("me/shape", config__json=b'{"model_type": "mamba"}', model__safetensors=WEIGHTS)
    models("fit", "me/shape")  # brings the configuration alone
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    code, out, err = models("pull", "hf:me/gguf/tiny.gguf")

    assert (code, out) == (0, place)
    assert "no model hub answers at http://127.0.0.1:9" in err
    assert "is here, and was not compared" in err
    assert models("pull", "hf:me/gguf/other.gguf")[0] == 4
    assert models("pull", "me/shape")[0] == 4


@pytest.mark.parametrize(
    ("repository", "licence", "restricted"),
    [
        ("bigcode/starcoder2-7b", "BigCode OpenRAIL-M", "generating malware"),
        ("mistralai/Mistral-7B-Instruct-v0.2", "Apache-2.0", "No restrictions of use"),
    ],
)
def test_licence_and_restrictions_are_shown_and_recorded_beside_the_files(
    hub, models, repository, licence, restricted
):
    hub.add(repository, config__json=b"{}", model__safetensors=WEIGHTS)
    code, out, err = models("pull", repository.split("/")[1])
    record = json.loads((Path(out.strip()).parents[1] / "starcoder-mcp.json").read_text())

    assert code == 0
    for told in (" ".join(err.split()), json.dumps(record)):
        assert licence in told
        assert restricted in told
    assert record["commit"] == hub.commit
    assert record["files"]["model.safetensors"]["size"] == len(WEIGHTS)


def test_the_small_model_for_cpus_is_one_file(hub, models):
    repository = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
    hub.files[repository, "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"] = GGUF
    hub.files[repository, "qwen2.5-coder-1.5b-instruct-q8_0.gguf"] = GGUF
    code, out, _ = models("pull", "small")

    assert code == 0
    assert out.strip().endswith("/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
    assert models("pull")[1].count(repository) == 1
