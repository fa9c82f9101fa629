"""The transformers backend: batches, cancellation, what fails and what is said of it."""

import asyncio
import json
import os
import shutil
from contextlib import aclosing

import anyio
import pytest

from model_backends import GenerationRequest, Message, complete
from model_backends.errors import (
    BackendError,
    ContextLengthError,
    GenerationError,
    ModelLoadError,
    ModelNotFoundError,
    SchemaError,
)

pytestmark = [pytest.mark.anyio, pytest.mark.transformers]

BOUND = 60.0
NUMBERS = {"type": "array", "items": {"type": "integer"}, "minItems": 2}
# Different lengths, ways of sampling and schemas, as they meet in a server.
MIXED = [
    GenerationRequest(prompt="def add(first, second):", max_tokens=40),
    GenerationRequest(prompt="word " * 300, max_tokens=20, temperature=0.8, seed=1),
    GenerationRequest(prompt="The sea", max_tokens=60, temperature=1.2, top_p=0.9, seed=2),
    GenerationRequest(prompt="x", max_tokens=50, temperature=0.7, top_k=20, seed=3),
    GenerationRequest(prompt="item " * 700, max_tokens=10, temperature=1.0, seed=4),
    GenerationRequest(
        prompt="Numbers: ", max_tokens=40, temperature=1, seed=5, json_schema=NUMBERS
    ),
    GenerationRequest((Message("user", "Write about the sea."),), max_tokens=30),
    GenerationRequest((Message("user", "Repeat: red"),), max_tokens=33, temperature=2.0, seed=6),
]


async def answer(backend, request):
    with anyio.fail_after(BOUND):
        return await complete(backend, request)


@pytest.fixture(params=["starcoder", "mistral"])
def backend(request):
    return request.getfixturevalue(request.param)


async def test_an_answer_is_the_same_alone_and_in_a_batch(backend):
    alone = [(await answer(backend, each)).text for each in MIXED]
    with anyio.fail_after(BOUND):
        for order in (1, -1):
            batch = await asyncio.gather(*(complete(backend, each) for each in MIXED[::order]))
            assert [each.text for each in batch] == alone[::order]


async def test_a_small_budget_of_tokens_serves_all_in_the_order_of_their_coming(
    open_transformers, tiny_mistral
):
    backend = open_transformers(tiny_mistral, tokens_in_flight=64, parallel=8)
    ended = []

    async def ask(number):
        # No two of them fit the budget together.
        request = GenerationRequest(prompt="a", max_tokens=40 if number % 2 else 60)
        await answer(backend, request)
        ended.append(number)

    async with aclosing(backend):
        await backend.warm()
        tasks = []
        for number in range(6):
            tasks.append(asyncio.create_task(ask(number)))
            await asyncio.sleep(0.02)  # each is queued before the next
        await asyncio.gather(*tasks)

    assert ended == list(range(6))


async def test_a_cancelled_request_makes_room_for_one_that_waits(open_transformers, tiny_mistral):
    backend = open_transformers(tiny_mistral, parallel=1)
    endless = GenerationRequest(prompt="a", max_tokens=100_000)
    async with aclosing(backend), aclosing(backend.stream(endless)) as chunks:
        await anext(chunks)
        waiting = asyncio.create_task(answer(backend, GenerationRequest(prompt="b", max_tokens=2)))
        await anext(chunks)
        assert not waiting.done()
        await chunks.aclose()
        assert (await waiting).usage.completion_tokens == 2


async def test_the_event_loop_answers_while_the_model_works(starcoder):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    result = await answer(starcoder, GenerationRequest(prompt="a", max_tokens=100))
    ticking.cancel()

    assert ticks > result.usage.completion_tokens


async def test_closing_ends_requests_with_an_error(open_transformers, tiny_mistral):
    backend = open_transformers(tiny_mistral)
    asked = asyncio.create_task(
        answer(backend, GenerationRequest(prompt="a", max_tokens=1_000_000))
    )
    await backend.warm()
    while not backend.active:  # noqa: ASYNC110 - another thread's state
        await asyncio.sleep(0.01)
    await backend.aclose()
    with pytest.raises(GenerationError, match="closed"):
        await asked
    with pytest.raises(GenerationError, match="closed"):
        await answer(backend, GenerationRequest(prompt="a"))


async def test_numbers_that_overflow_are_an_error_of_that_request_alone(
    open_transformers, tiny_starcoder
):
    import torch

    backend = open_transformers(tiny_starcoder)
    async with aclosing(backend):
        await backend.warm()
        good = GenerationRequest(prompt="red green", max_tokens=20)
        expected = (await answer(backend, good)).text
        embedding = backend._engine.value.loaded.model.get_input_embeddings().weight
        bad = backend._engine.value.writer.write(GenerationRequest(prompt="~")).tokens[0]
        with torch.no_grad():
            embedding[bad] = float("nan")
        # The head shares the embedding's weights, so this token's logit is never a number.
        backend._engine.value.loaded.model.lm_head.weight = torch.nn.Parameter(
            torch.nan_to_num(embedding.detach()), requires_grad=False
        )
        failing, served = await asyncio.gather(
            answer(backend, GenerationRequest(prompt="~ and more", max_tokens=5)),
            answer(backend, good),
            return_exceptions=True,
        )

        assert isinstance(failing, GenerationError)
        assert "NaN" in str(failing)
        assert served.text == expected
        assert (await answer(backend, good)).text == expected


async def test_a_temperature_of_next_to_nothing_is_greedy(mistral):
    greedy = (await answer(mistral, GenerationRequest(prompt="red", max_tokens=8))).text
    for temperature in (1e-6, 1e-38, 5e-324):
        request = GenerationRequest(prompt="red", max_tokens=8, temperature=temperature, seed=1)
        assert (await answer(mistral, request)).text == greedy


async def test_a_pass_that_runs_out_of_memory_says_what_to_lower(open_transformers, tiny_mistral):
    import torch

    backend = open_transformers(tiny_mistral)
    async with aclosing(backend):
        await backend.warm()
        model = backend._engine.value.loaded.model
        usual = model.forward

        def fail(*_, **__):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

        fail.__signature__ = None
        model.forward = fail
        with pytest.raises(GenerationError, match="out of memory; lower context_window, parallel"):
            await answer(backend, GenerationRequest(prompt="a"))
        model.forward = usual
        assert (await answer(backend, GenerationRequest(prompt="a", max_tokens=3))).text


async def test_near_its_limit_an_answer_under_a_schema_is_brought_to_its_end(mistral):
    schema = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "list": NUMBERS},
        "required": ["text", "list"],
        "additionalProperties": False,
    }
    for seed in range(5):
        request = GenerationRequest(
            prompt="a", max_tokens=120, temperature=1, seed=seed, json_schema=schema
        )
        assert set(json.loads((await answer(mistral, request)).text)) == {"text", "list"}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "#/none"}, "does not exist"),
        ({"type": "string", "pattern": "(?=a)b"}, "look-around"),
        ({"type": "array", "minItems": 3, "maxItems": 1}, "minItems"),
        ({"type": 7}, "7"),
    ],
)
async def test_a_schema_that_cannot_be_compiled_is_an_error_that_says_why(mistral, schema, reason):
    with pytest.raises(SchemaError, match=reason):
        await answer(mistral, GenerationRequest(prompt="a", json_schema=schema))
    assert (await answer(mistral, GenerationRequest(prompt="a", max_tokens=2))).usage


async def test_the_window_is_the_smallest_of_the_setting_and_the_model(
    open_transformers, tiny_mistral
):
    async with aclosing(open_transformers(tiny_mistral, context_window=100_000)) as backend:
        with pytest.raises(ContextLengthError, match="context window of 4096"):
            await answer(backend, GenerationRequest(prompt="word " * 9000))
        assert backend.info.context_window == 4096


@pytest.fixture
def copy(tmp_path, tiny_mistral):
    return shutil.copytree(tiny_mistral, tmp_path / "copy")


def cut_off(directory):
    file = directory / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def scramble(directory):
    file = directory / "model.safetensors"
    file.write_bytes(b"\xff" * 1000)


def rename_architecture(directory):
    rewrite(directory, model_type="nonesuch", architectures=["Nonesuch"])


def make_encoder(directory):
    rewrite(directory, model_type="clip", architectures=["CLIPModel"])


def add_a_layer(directory):
    rewrite(directory, num_hidden_layers=3)


def widen(directory):
    rewrite(directory, intermediate_size=256)


def break_config(directory):
    (directory / "config.json").write_text("{")


def drop_tokenizer(directory):
    for file in directory.glob("tokenizer*"):
        file.unlink()


def list_a_missing_shard(directory):
    index = {"weight_map": {"a": "model-00002-of-00002.safetensors"}}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index))


def rewrite(directory, **values):
    file = directory / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut_off, r"shard model\.safetensors is damaged \(\d+ of \d+ bytes\); download it again"),
        (scramble, r"shard model\.safetensors is damaged \(no header\)"),
        (rename_architecture, "architecture 'nonesuch' is unknown to the installed transformers"),
        (make_encoder, "architecture 'clip' generates no text"),
        (add_a_layer, "of its tensors are missing or of another shape, first model.layers.2"),
        (widen, "of its tensors are missing or of another shape"),
        (break_config, r"config\.json cannot be read"),
        (drop_tokenizer, "tokenizer"),
        (list_a_missing_shard, r"shard model-00002-of-00002\.safetensors is missing"),
    ],
)
async def test_a_model_that_cannot_be_loaded_says_why(open_transformers, copy, damage, reason):
    damage(copy)
    async with aclosing(open_transformers(copy)) as backend:
        for _ in range(2):  # it is tried again, and is the same error
            with pytest.raises(ModelLoadError, match=reason) as caught:
                await answer(backend, GenerationRequest(prompt="a"))
            assert caught.value.exit_code == 2
        assert backend.info.state == "failed"


async def test_a_tokenizer_of_another_model_is_refused(open_transformers, copy):
    from benchmarks.tiny_models import train_tokenizer

    larger = train_tokenizer(["</s>"], eos="</s>")
    larger.add_tokens([f"<more{n}>" for n in range(512)])
    larger.save_pretrained(copy)
    async with aclosing(open_transformers(copy)) as backend:
        with pytest.raises(ModelLoadError, match=r"tokenizer does not match: it has \d+ tokens"):
            await answer(backend, GenerationRequest(prompt="a"))


async def test_a_gpu_that_is_not_there_is_said_with_what_to_do(open_transformers, tiny_mistral):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    async with aclosing(open_transformers(tiny_mistral, device="cuda")) as backend:
        with pytest.raises(ModelLoadError, match=r"no CUDA device .*; .*set device: cpu"):
            await answer(backend, GenerationRequest(prompt="a"))


async def test_loading_is_told_and_happens_once(tiny_mistral):
    from model_backends import BackendSettings
    from model_backends.transformers_local.backend import TransformersBackend

    told = []
    settings = BackendSettings("transformers", str(tiny_mistral), device="cpu", parallel=3)
    async with aclosing(TransformersBackend(settings, told.append)) as backend:
        assert backend.info.state == "idle"
        requests = [GenerationRequest(prompt="a", max_tokens=2) for _ in range(4)]
        cancelled = asyncio.create_task(answer(backend, requests[0]))
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.gather(*(answer(backend, each) for each in requests))
        info = backend.info

    assert [line.split()[0] for line in told] == ["loading", "tiny-mistral-instruct"]
    assert (info.state, info.dtype, info.style, info.parallel) == ("ready", "float32", "chat", 3)
    assert info.memory_mb
    assert backend.info.state == "closed"


async def test_the_hub_is_told_nothing_of_this_machine(
    open_transformers, tiny_mistral, monkeypatch
):
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    async with aclosing(open_transformers(tiny_mistral)) as backend:
        await backend.warm()

    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"


def failures():
    """What the hub and torch raise, and what users read of it."""
    torch = pytest.importorskip("torch", reason="needs the extra [transformers]")
    import httpx2
    from huggingface_hub import errors

    response = httpx2.Response(403, request=httpx2.Request("GET", "https://huggingface.co"))
    full = OSError(28, "No space left on device")
    return [
        (errors.GatedRepoError("no", response=response), ModelLoadError, "set HF_TOKEN"),
        (errors.RevisionNotFoundError("no", response=response), ModelLoadError, "revision"),
        (errors.RepositoryNotFoundError("no", response=response), ModelNotFoundError, "HF_TOKEN"),
        (errors.LocalEntryNotFoundError("no"), ModelNotFoundError, "hub cannot be reached"),
        (errors.OfflineModeIsEnabled("no"), ModelNotFoundError, "hub cannot be reached"),
        (httpx2.ConnectError("no"), ModelNotFoundError, "hub cannot be reached"),
        (full, ModelLoadError, "not enough disk; .*HF_HOME"),
        (
            torch.OutOfMemoryError("2 GiB"),
            ModelLoadError,
            "lower context_window, .*nf4",
        ),
        (ImportError("x", name="bitsandbytes"), BackendError, r"starcoder-mistral\[transformers\]"),
        (ValueError("first\nsecond"), ModelLoadError, "ValueError: first;"),
    ]


def test_what_libraries_raise_becomes_a_cause_and_a_remedy(tiny_mistral):
    from model_backends.transformers_local.failures import explain_load_failure

    for raised, kind, message in failures():
        for error in (raised, wrapped(raised)):
            explained = explain_load_failure("the/model", error)
            assert isinstance(explained, kind)
            with pytest.raises(kind, match=message):
                raise explained


def wrapped(error):
    """As transformers raises it again."""
    try:
        raise RuntimeError("Can't load it") from error
    except RuntimeError as outer:
        return outer if not isinstance(error, ValueError) else error


def test_a_download_that_does_not_fit_the_disk_is_refused_before_it_starts(tmp_path):
    from model_backends.transformers_local.weights import require_disk

    require_disk("m", 1, tmp_path / "not" / "yet")
    with pytest.raises(ModelLoadError, match=r"not enough disk: 1000000000\.0 GB to download"):
        require_disk("m", 10**18, tmp_path)
