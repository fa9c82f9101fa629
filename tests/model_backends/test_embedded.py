"""The embedded model: when it is loaded, what it is, and what it refuses."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import anyio
import pytest

from model_backends import BackendSettings, GenerationRequest, complete
from model_backends.embedded import link, processors, runtime
from model_backends.embedded.backend import EmbeddedBackend
from model_backends.embedded.schemas import require_bounds, require_opening
from model_backends.embedded.weights import packaged_weights
from model_backends.errors import GenerationError, MissingPackageError, SchemaError

BOUND = 60.0
LOADING = "loading SmolLM2-135M-Instruct.Q4_1 (98 MB) …\n"
SAY = GenerationRequest(prompt="The sea is", max_tokens=4)

anyio_test = pytest.mark.anyio


@pytest.fixture
async def open_embedded(anyio_backend):
    opened = []

    def make(**settings):
        small = {"context_window": 256, "parallel": 1, "threads": 1}
        opened.append(EmbeddedBackend(BackendSettings("embedded", **(small | settings))))
        return opened[-1]

    yield make
    for backend in opened:
        await backend.aclose()


@anyio_test
async def test_it_is_loaded_when_it_is_first_needed_and_says_so_once(open_embedded, capfd):
    backend = open_embedded()
    assert backend.info.state == "idle"
    assert (backend.info.quality, backend.info.dtype) == ("small", "Q4_1")

    with anyio.fail_after(BOUND):
        await asyncio.gather(*(complete(backend, SAY) for _ in range(3)))

    assert backend.info.state == "ready"
    if sys.platform == "linux":
        assert 50 < backend.info.memory_mb < 2000
    assert capfd.readouterr() == ("", LOADING)


@anyio_test
async def test_what_never_needed_a_model_loads_none(open_embedded, capfd):
    backend = open_embedded()
    await backend.aclose()
    await backend.aclose()

    assert backend.info.state == "closed"
    assert capfd.readouterr() == ("", "")
    with pytest.raises(GenerationError, match="closed"):
        await complete(backend, SAY)


@anyio_test
async def test_the_event_loop_goes_on_while_the_model_is_loaded(open_embedded):
    backend = open_embedded()
    warming = asyncio.create_task(backend.warm())
    turns = 0
    with anyio.fail_after(BOUND):
        while not warming.done():
            await asyncio.sleep(0.001)
            turns += 1

    await warming
    assert turns > 50


async def until_loading(backend):
    with anyio.fail_after(BOUND):
        while backend.info.state != "loading":  # noqa: ASYNC110 - a state, which is not awaited
            await asyncio.sleep(0)


@anyio_test
async def test_closing_while_the_model_is_loaded_ends_the_loading(open_embedded):
    backend = open_embedded()
    warming = asyncio.create_task(backend.warm())
    with anyio.fail_after(BOUND):
        await until_loading(backend)
        await backend.aclose()
        with pytest.raises(asyncio.CancelledError):
            await warming

    assert backend.info.state == "closed"


@anyio_test
async def test_a_request_that_is_cancelled_leaves_the_loading_to_the_others(open_embedded, capfd):
    backend = open_embedded()
    first, second = (asyncio.create_task(complete(backend, SAY)) for _ in range(2))
    await until_loading(backend)
    first.cancel()

    with anyio.fail_after(BOUND):
        assert (await second).text
    assert capfd.readouterr().err == LOADING


@anyio_test
async def test_an_answer_ends_where_the_window_does(open_embedded):
    backend = open_embedded()
    request = GenerationRequest(prompt="word " * 200, max_tokens=5000)
    with anyio.fail_after(BOUND):
        result = await complete(backend, request)

    assert result.finish_reason == "length"
    assert result.usage.prompt_tokens + result.usage.completion_tokens == 256


@anyio_test
async def test_a_window_beyond_what_the_model_was_trained_for_is_the_models(open_embedded):
    backend = open_embedded(context_window=9000)
    with anyio.fail_after(BOUND):
        await backend.warm()

    assert backend.info.context_window == 8192


@anyio_test
async def test_weights_that_are_damaged_are_an_error_and_can_be_mended(open_embedded, tmp_path):
    file = tmp_path / "own-7b.gguf"
    whole = packaged_weights()
    file.write_bytes(whole.read_bytes()[:1_000_000])
    backend = open_embedded(model=str(file))
    assert backend.info.quality == "capable"

    with anyio.fail_after(BOUND):
        with pytest.raises(GenerationError, match=r"own-7b\.gguf' failed: it cannot be loaded"):
            await complete(backend, SAY)
        assert backend.info.state == "failed"
        shutil.copy(whole, file)
        assert (await complete(backend, SAY)).text


@anyio_test
async def test_a_runtime_that_cannot_be_imported_is_named(open_embedded, tmp_path, monkeypatch):
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('no wheel', name='xllamacpp')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with anyio.fail_after(BOUND), pytest.raises(MissingPackageError, match="'xllamacpp'"):
        await open_embedded().warm()


@anyio_test
async def test_a_runtime_that_ends_at_once_is_told(open_embedded, tmp_path, monkeypatch):
    script = tmp_path / "ends.py"
    script.write_text("raise SystemExit(3)")
    monkeypatch.setattr(runtime, "_SCRIPT", script)

    with anyio.fail_after(BOUND), pytest.raises(GenerationError, match="exit status 3"):
        await open_embedded().warm()


@anyio_test
async def test_a_process_that_hangs_is_ended_and_the_model_loaded_again(open_embedded, monkeypatch):
    monkeypatch.setattr(link, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(link, "HANG_SECONDS", 0.5)
    backend = open_embedded()
    with anyio.fail_after(BOUND):
        await backend.warm()
        stuck = backend._link.runtime._process
        stuck.send_signal(signal.SIGSTOP)
        with pytest.raises(GenerationError, match="its process hung and was ended"):
            await complete(backend, SAY)

        assert await stuck.wait() == -signal.SIGKILL
        monkeypatch.undo()
        assert (await complete(backend, SAY)).text


@anyio_test
async def test_counting_survives_the_end_of_the_process(open_embedded):
    backend = open_embedded()
    with anyio.fail_after(BOUND):
        before = await backend.count_tokens("hello world")
        backend._link.runtime._process.kill()
        await backend._link.runtime.exited()

        assert await backend.count_tokens("hello world") == before


@anyio_test
async def test_the_key_of_an_endpoint_is_kept_from_the_runtime(open_embedded, monkeypatch, secret):
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    backend = open_embedded()
    with anyio.fail_after(BOUND):
        await backend.warm()
    process = Path(f"/proc/{backend._link.runtime._process.pid}")

    assert secret.encode() not in (process / "environ").read_bytes()
    assert backend._link.runtime.key.encode() not in (process / "cmdline").read_bytes()


@anyio_test
async def test_its_port_answers_nobody_without_the_key(embedded):
    import httpx2

    url = embedded._link.runtime.url
    async with httpx2.AsyncClient(trust_env=False, timeout=BOUND) as client:
        for path in ("/v1/chat/completions", "/v1/completions", "/tokenize", "/apply-template"):
            assert (await client.post(url + path, json={"prompt": "x"})).status_code == 401
        assert (await client.get(f"{url}/slots")).status_code == 401
    assert url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"type": "string", "minLength": 5, "maxLength": 3}, "minLength 5 is above maxLength 3"),
        ({"type": "array", "minItems": 2, "maxItems": 1}, "minItems 2 is above maxItems 1"),
        ({"type": "string", "pattern": "^a{5,3}$"}, r"pattern: \{5,3\}"),
        ({"type": "string", "minLength": -1}, "minLength: -1"),
        ({"type": "string", "maxLength": "9"}, "maxLength: '9'"),
    ],
)
def test_bounds_that_contradict_each_other_are_refused_wherever_they_stand(part, reason):
    for schema in (part, {"$defs": {"x": part}}, {"anyOf": [{"type": "null"}, part]}):
        with pytest.raises(SchemaError, match=reason):
            require_bounds(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 3, "maxLength": 3, "pattern": "^[a-c]{1,3}$"},
        {"type": "object", "properties": {"minLength": {"type": "integer"}}},
        {"type": "object", "properties": {"pattern": {"type": "string"}}},
    ],
)
def test_other_schemas_pass(schema):
    require_bounds(schema)


def test_output_that_begins_unlike_its_schema_is_refused():
    with pytest.raises(SchemaError, match="send messages instead"):
        require_opening("\n```", {"type": "object"})
    require_opening("  {", {"type": "object"})
    require_opening(" ", {"type": "object"})
    require_opening("anything", {"enum": ["anything"]})


def lay_out(directory, siblings):
    for number, text in siblings.items():
        topology = directory / f"cpu{number}/topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(text)


def test_threads_are_physical_cores_less_one(tmp_path, monkeypatch):
    lay_out(tmp_path, {0: "0,2\n", 1: "1,3\n", 2: "0,2\n", 3: "1,3\n", 4: "4\n"})
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3, 4})
    monkeypatch.setattr(processors, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(processors, "_QUOTA", tmp_path / "none")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)

    assert processors.default_threads() == 2


@pytest.mark.parametrize(
    ("quota", "threads"), [("150000 100000", 1), ("400000 100000", 3), ("max 100000", 7), ("", 7)]
)
def test_threads_keep_within_the_containers_quota(tmp_path, monkeypatch, quota, threads):
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(processors, "_TOPOLOGY", tmp_path / "none")
    monkeypatch.setattr(processors, "_QUOTA", tmp_path / "cpu.max")

    assert processors.default_threads() == threads


def test_threads_are_counted_where_there_is_no_affinity(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(processors, "_QUOTA", tmp_path / "none")

    assert processors.default_threads() == 3
