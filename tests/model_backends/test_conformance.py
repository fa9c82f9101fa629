"""What every backend does, run over all of them."""

import asyncio
import json
from contextlib import aclosing

import anyio
import httpx2
import pytest

from model_backends import GenerationRequest, Message, complete
from model_backends.errors import ContextLengthError, InvalidRequestError, SchemaError

pytestmark = pytest.mark.anyio

TRANSFORMERS = [
    pytest.param(name, marks=pytest.mark.transformers)
    for name in ("starcoder", "mistral", "starcoder_nf4", "mistral_nf4")
]
REAL = ["embedded", "shared", "openai_backend", *TRANSFORMERS]
BACKENDS = ["scripted", "vllm_on_a_double", *REAL]
BOUND = 60.0
"""Seconds that anything here may take on a busy machine."""
FREED = 10.0
"""Seconds until a cancelled request's slot is free; to finish it would take far longer."""

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
ENDLESS = GenerationRequest(
    messages=(Message("user", "Count."),),
    max_tokens=1900,
    json_schema={"type": "array", "items": {"type": "integer"}, "minItems": 700},
)
"""It takes half a minute and more, whatever the model would like."""


@pytest.fixture(params=BACKENDS)
def backend(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=REAL)
def real(request):
    return request.getfixturevalue(request.param)


def asking(text="Write a Python function that adds two numbers.", **options):
    return GenerationRequest(messages=(Message("user", text),), **({"max_tokens": 16} | options))


async def answer(backend, request):
    with anyio.fail_after(BOUND):
        return await complete(backend, request)


async def test_a_stream_is_text_and_then_one_chunk_with_all_that_is_known_of_it(backend):
    with anyio.fail_after(BOUND):
        *pieces, last = [chunk async for chunk in backend.stream(asking())]

    assert len(pieces) > 1
    assert all(piece.text for piece in pieces)
    assert all(p.finish_reason is p.usage is p.timings is None for p in pieces)
    assert last.text == ""
    assert last.finish_reason in {"stop", "length"}
    assert last.usage.exact
    assert 0 < last.usage.completion_tokens <= 16
    assert last.usage.prompt_tokens > 5
    assert last.timings.first_token_seconds >= 0
    assert last.timings.tokens_per_second >= 0


async def test_a_completion_is_the_whole_stream(backend):
    with anyio.fail_after(BOUND):
        pieces = [chunk.text async for chunk in backend.stream(asking())]
    whole = await answer(backend, asking())

    assert whole.text == "".join(pieces)
    assert whole.usage.completion_tokens > 0


async def test_the_same_seed_gives_the_same_text(backend):
    request = asking("Write about the sea.", temperature=0.9, seed=7)

    assert (await answer(backend, request)).text == (await answer(backend, request)).text


async def test_another_seed_gives_another_text(real):
    texts = {
        (await answer(real, asking("Write about the sea.", temperature=1.0, seed=seed))).text
        for seed in (1, 2, 3)
    }

    assert len(texts) > 1


async def test_a_stop_string_ends_the_text_and_is_not_part_of_it(backend):
    prompt = "red green blue green red"
    free = await answer(backend, asking(f"Repeat: {prompt}", max_tokens=24))
    middle = len(free.text) // 2
    word = free.text[middle : middle + 4].strip()
    stopped = await answer(backend, asking(f"Repeat: {prompt}", max_tokens=24, stop=(word,)))

    assert word in free.text
    assert stopped.finish_reason == "stop"
    assert free.text.startswith(stopped.text)
    assert word not in stopped.text


async def test_max_tokens_bounds_the_answer(backend):
    result = await answer(backend, asking("Count from one to twenty in words.", max_tokens=3))

    assert result.finish_reason == "length"
    assert result.usage.completion_tokens == 3


async def test_output_under_a_schema_is_an_instance_of_it(backend):
    result = await answer(backend, asking("Invent a person.", max_tokens=60, json_schema=PERSON))

    person = json.loads(result.text)
    assert set(person) == {"name", "age"}
    assert isinstance(person["age"], int)


async def test_a_raw_prompt_is_continued_under_a_schema_too(backend):
    request = GenerationRequest(prompt="A person: ", max_tokens=60, json_schema=PERSON)
    result = await answer(backend, request)

    assert set(json.loads(result.text)) == {"name", "age"}


async def test_a_raw_prompt_is_read_without_a_chat_template(backend):
    prompt = "def add(a, b):\n    return a +"
    result = await answer(backend, GenerationRequest(prompt=prompt, max_tokens=4))
    counted = await backend.count_tokens(prompt)

    assert result.text
    if counted.exact:
        assert result.usage.prompt_tokens == counted.tokens


async def test_three_requests_at_once_are_all_answered(backend):
    requests = [asking(f"What is {n} and {n}?", max_tokens=12) for n in range(3)]
    with anyio.fail_after(BOUND):
        results = await asyncio.gather(*(complete(backend, request) for request in requests))

    assert all(result.usage.completion_tokens for result in results)


async def test_tokens_are_counted_or_estimated_on_the_high_side(backend):
    text = "def add(first, second):\n    return first + second\n"
    counted = await backend.count_tokens(text)

    assert counted.exact == (backend.info.backend != "openai")
    assert counted.tokens > 5
    assert (await backend.count_tokens("")).tokens == 0
    assert (await backend.count_tokens(text * 2)).tokens > counted.tokens


async def test_a_prompt_beyond_the_window_is_refused_and_the_next_request_is_served(backend):
    with pytest.raises(ContextLengthError) as caught:
        await answer(backend, GenerationRequest(prompt="word " * 4000, max_tokens=5))

    assert caught.value.window <= 2048
    vllms = backend.info.backend == "vllm"
    assert ("VLLM_MAX_MODEL_LEN" if vllms else "context_window") in str(caught.value)
    assert (await answer(backend, asking())).text


@pytest.mark.parametrize(
    "backend", ["scripted", "embedded", "shared", *TRANSFORMERS], indirect=True
)
@pytest.mark.parametrize("asked", ["messages", "prompt"])
async def test_a_schema_that_cannot_be_is_refused_and_the_next_request_is_served(backend, asked):
    text = {"messages": (Message("user", "a"),), "prompt": "a"}[asked]
    impossible = {"type": "nothing", "properties": 3}
    with pytest.raises(SchemaError, match="nothing"):
        await answer(backend, GenerationRequest(**{asked: text}, json_schema=impossible))

    assert (await answer(backend, asking())).text


async def test_an_endpoint_that_refuses_one_schema_is_given_the_next_all_the_same(openai_backend):
    await answer(openai_backend, asking("Invent.", max_tokens=60, json_schema=PERSON))
    refused = await answer(openai_backend, asking(json_schema={"type": "nothing"}))
    result = await answer(openai_backend, asking("Invent.", max_tokens=60, json_schema=PERSON))

    assert refused.text
    assert set(json.loads(result.text)) == {"name", "age"}


async def test_half_a_character_is_refused_and_counted(real):
    with pytest.raises(InvalidRequestError, match=r"'\\ud800' at 1 is not a character"):
        await answer(real, asking("a\ud800b"))

    assert (await real.count_tokens("a\ud800b")).tokens > 0


@pytest.mark.parametrize("backend", ["embedded", TRANSFORMERS[1]], indirect=True)
async def test_messages_that_the_chat_template_refuses_are_an_error_of_the_request(backend):
    messages = (Message("assistant", "a"), Message("assistant", "b"))
    with pytest.raises(InvalidRequestError, match="assistant"):
        await answer(backend, GenerationRequest(messages=messages))


@pytest.mark.parametrize("backend", ["embedded", *TRANSFORMERS], indirect=True)
async def test_any_number_of_tokens_may_be_asked_for(backend):
    assert (await answer(backend, asking(max_tokens=10**12, stop=(" ",)))).finish_reason == "stop"


def test_a_request_that_cannot_be_is_refused_before_it_reaches_a_backend():
    with pytest.raises(InvalidRequestError, match="temperature: 3"):
        asking(temperature=3)


@pytest.fixture
def busy(request, real):
    """How many requests the runtime behind `real` is busy with."""
    if real.info.backend == "transformers":

        async def ask():
            return real.active

        return ask
    name = "llama_server" if real.info.backend == "openai" else "embedded"
    found = request.getfixturevalue(name)
    runtime = found if real.info.backend == "openai" else found._link.runtime

    async def ask():
        headers = {"Authorization": f"Bearer {runtime.key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=BOUND, trust_env=False) as client:
            slots = (await client.get(f"{runtime.url}/slots")).json()
        return sum(slot["is_processing"] for slot in slots)

    return ask


async def until(busy, wanted):
    with anyio.fail_after(FREED):
        while not wanted(await busy()):  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.02)


async def test_closing_a_stream_frees_its_slot(real, busy):
    with anyio.fail_after(BOUND):
        async with aclosing(real.stream(ENDLESS)) as chunks:
            async for _ in chunks:
                break

    await until(busy, lambda count: count == 0)


async def test_cancelling_while_text_comes_frees_the_slot(real, busy):
    async def read():
        async for _ in real.stream(ENDLESS):
            began.set()

    began = asyncio.Event()
    tasks = [asyncio.create_task(read()) for _ in range(2)]
    await asyncio.wait_for(began.wait(), BOUND)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    await until(busy, lambda count: count == 0)


async def test_a_cancel_scope_that_ends_frees_the_slot(real, busy):
    with anyio.CancelScope() as scope:
        async for chunk in real.stream(ENDLESS):
            if chunk.text:
                scope.cancel()
    assert scope.cancelled_caught

    await until(busy, lambda count: count == 0)


@pytest.mark.parametrize("real", ["embedded", "shared"], indirect=True)
async def test_cancelling_while_the_prompt_is_read_frees_the_slot(real, busy):
    prompt = " ".join(f"item{n}" for n in range(330))
    reading = asyncio.create_task(answer(real, GenerationRequest(prompt=prompt, max_tokens=500)))
    await until(busy, lambda count: count > 0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    await until(busy, lambda count: count == 0)
    assert (await answer(real, asking(max_tokens=2))).text
