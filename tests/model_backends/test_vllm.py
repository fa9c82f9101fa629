"""The backend of vLLM on a double of it, and the double against an installed vLLM."""

import ast
import asyncio
import importlib.util
import os
import sys
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest

from model_backends import BackendSettings, GenerationRequest, Message, complete
from model_backends.errors import (
    ConfigurationError,
    GenerationError,
    MissingPackageError,
    ModelLoadError,
    SchemaError,
)
from model_backends.registry import describe, open_backend, resolve

pytestmark = pytest.mark.anyio

DOUBLE = Path(__file__).with_name("vllm_double")
MODULES = ("engine/arg_utils", "exceptions", "sampling_params", "v1/engine/async_llm")


def asking(text="Write about the sea.", **options):
    return GenerationRequest(messages=(Message("user", text),), **({"max_tokens": 8} | options))


def test_without_vllm_the_message_says_how_to_get_it_or_what_to_use_instead(monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError) as told:
        resolve(BackendSettings("vllm"), {})

    assert "pip install vllm" in str(told.value)
    assert "--backend openai --base-url http://127.0.0.1:8000/v1" in str(told.value)
    assert told.value.exit_code == 2


def test_its_usual_variables_configure_it_where_the_settings_say_nothing(vllm_double):
    environ = {
        "VLLM_MODEL_NAME": "me/model",
        "VLLM_TENSOR_PARALLEL_SIZE": "2",
        "VLLM_GPU_MEMORY_UTILIZATION": "0.45",
        "VLLM_MAX_MODEL_LEN": "2048",
        "VLLM_DTYPE": "bfloat16",
    }
    by_variables = resolve(BackendSettings("vllm"), environ)
    by_settings = resolve(
        BackendSettings(
            "vllm", model="my/own", tensor_parallel_size=4, gpu_memory_utilization=0.5,
            max_model_len=512, torch_dtype="float32",
        ),
        environ,
    )  # fmt: skip
    usual = resolve(BackendSettings("vllm"), {})

    def chosen(s):
        gpus = (s.tensor_parallel_size, s.gpu_memory_utilization)
        return (s.model, *gpus, s.max_model_len, s.torch_dtype)

    assert chosen(by_variables) == ("me/model", 2, 0.45, 2048, "bfloat16")
    assert chosen(by_settings) == ("my/own", 4, 0.5, 512, "float32")
    assert chosen(usual) == ("facebook/opt-125m", 1, 0.9, None, "float16")
    assert resolve(by_variables, {}) == by_variables
    assert "me/model, by vLLM" in describe(by_variables)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VLLM_TENSOR_PARALLEL_SIZE", "two"),
        ("VLLM_TENSOR_PARALLEL_SIZE", "0"),
        ("VLLM_MAX_MODEL_LEN", "-1"),
        ("VLLM_GPU_MEMORY_UTILIZATION", "1.5"),
        ("VLLM_GPU_MEMORY_UTILIZATION", "nan"),
    ],
)
def test_a_variable_that_cannot_be_is_refused_by_name(vllm_double, name, value):
    with pytest.raises(ConfigurationError, match=f"{name}: '{value}' is "):
        resolve(BackendSettings("vllm"), {name: value})


async def test_the_engine_gets_the_settings_and_each_request_its_sampling(vllm_double):
    backend = open_backend(BackendSettings("vllm", model="m/m", max_model_len=300))
    idle = backend.info.state
    await complete(backend, asking(temperature=0.5, top_p=0.9, top_k=7, seed=3, stop=("x",)))
    await complete(backend, asking(max_tokens=10_000))
    engine, info = vllm_double.started[-1], backend.info
    first, second = engine.sampled
    await backend.aclose()

    assert (engine.args.model, engine.args.max_model_len) == ("m/m", 300)
    assert (engine.args.dtype, engine.args.gpu_memory_utilization) == ("float16", 0.9)
    assert (first.temperature, first.top_p, first.top_k, first.seed) == (0.5, 0.9, 7, 3)
    assert first.stop == ["x"]
    assert (second.top_k, second.seed) == (0, None)
    assert second.max_tokens < 300
    assert (idle, info.state, info.context_window) == ("idle", "ready", 300)
    assert (info.tensor_parallel_size, info.gpu_memory_utilization) == (1, 0.9)
    assert engine.shut


async def test_its_makers_and_the_hub_are_told_nothing(vllm_double, vllm_on_a_double, monkeypatch):
    variables = ("VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK", "HF_HUB_DISABLE_TELEMETRY")
    for name in variables:
        monkeypatch.delenv(name, raising=False)
    await vllm_on_a_double.warm()

    assert [os.environ.get(name) for name in variables] == ["1"] * 3


async def test_without_a_bound_the_window_is_the_models_own(vllm_double):
    backend = open_backend(BackendSettings("vllm", model="m/m"))
    await backend.warm()

    assert backend.info.context_window == 2048
    await backend.aclose()


async def test_requests_at_once_share_one_engine(vllm_double, vllm_on_a_double):
    before, answers = len(vllm_double.started), []

    async def ask(number):
        answers.append(await complete(vllm_on_a_double, asking(seed=number, temperature=1.0)))

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(ask, number)

    assert len(vllm_double.started) == before + 1
    assert len({answer.text for answer in answers}) > 1
    assert all(answer.finish_reason == "length" for answer in answers)


async def test_closing_a_stream_aborts_the_request_in_the_engine(vllm_double, vllm_on_a_double):
    async with aclosing(vllm_on_a_double.stream(asking(max_tokens=1000))) as chunks:
        async for _ in chunks:
            engine = vllm_double.started[-1]
            assert engine.running
            break

    assert not engine.running


async def test_a_schema_that_cannot_be_is_told_and_the_next_request_is_served(vllm_on_a_double):
    with pytest.raises(SchemaError):
        await complete(vllm_on_a_double, asking(json_schema={"type": "magic"}))

    assert (await complete(vllm_on_a_double, asking())).text


async def test_an_engine_that_died_is_started_anew_with_the_next_request(
    vllm_double, vllm_on_a_double
):
    await complete(vllm_on_a_double, asking())
    dead = vllm_double.started[-1]
    dead.errored = True
    with pytest.raises(GenerationError, match="EngineCore encountered an issue"):
        await complete(vllm_on_a_double, asking())

    assert (await complete(vllm_on_a_double, asking())).text
    assert dead.shut
    assert vllm_double.started[-1] is not dead


async def test_a_start_that_fails_names_what_to_lower_and_can_be_tried_again(
    vllm_double, vllm_on_a_double, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(vllm_double, "fail_to_start", RuntimeError("Engine core failed."))
        with pytest.raises(ModelLoadError) as told:
            await complete(vllm_on_a_double, asking())
        assert vllm_on_a_double.info.state == "failed"

    for part in ("Engine core failed.", "VLLM_GPU_MEMORY_UTILIZATION", "VLLM_MAX_MODEL_LEN",
                 "VLLM_TENSOR_PARALLEL_SIZE"):  # fmt: skip
        assert part in str(told.value)
    assert (await complete(vllm_on_a_double, asking())).text


async def test_one_that_is_closed_while_its_engine_starts_ends_it_too(
    vllm_double, vllm_on_a_double
):
    before = len(vllm_double.started)
    opening = asyncio.create_task(vllm_on_a_double.warm())
    while vllm_on_a_double.info.state != "loading":  # noqa: ASYNC110 - the state of a task
        await asyncio.sleep(0)
    await vllm_on_a_double.aclose()
    with pytest.raises(GenerationError, match="closed"):
        await opening

    assert [engine.shut for engine in vllm_double.started[before:]] == [True]
    assert vllm_on_a_double.info.state == "closed"


def declared(tree):
    """Names with what they take: fields and bases of classes, parameters of their methods."""
    found = {}
    for node in [n for n in tree.body if isinstance(n, ast.ClassDef)]:
        fields = {n.target.id for n in node.body if isinstance(n, ast.AnnAssign)}
        members = {t.id for n in node.body if isinstance(n, ast.Assign) for t in n.targets}
        found[node.name] = fields | members
        for method in node.body:
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                every = [*method.args.args, *method.args.kwonlyargs]
                found[f"{node.name}.{method.name}"] = {a.arg for a in every}
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_double_has_nothing_that_an_installed_vllm_has_not(module):
    """Read from its source: importing vLLM takes CUDA's libraries."""
    installed = importlib.util.find_spec("vllm")
    if installed is None or installed.origin is None:
        pytest.skip("vllm is not installed")
    real = declared(ast.parse((Path(installed.origin).parent / f"{module}.py").read_text()))
    double = declared(ast.parse((DOUBLE / "vllm" / f"{module}.py").read_text()))

    for name, taken in double.items():
        own = {"Tokenizer", "AsyncLLM", "AsyncLLM.__init__", "AsyncLLM._pieces"}
        if name in own or name.startswith("Tokenizer."):
            continue  # the double's inside
        if name.endswith("__post_init__"):
            continue
        assert name in real
        assert taken <= real[name]
