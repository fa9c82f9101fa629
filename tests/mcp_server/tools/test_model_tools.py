"""formalize_task, chat_completion and model_info."""

import json

import pytest

from mcp_server.sessions import SessionStoreError, StoredConversations
from model_backends.base import ModelInfo
from model_backends.errors import GenerationError
from model_backends.scripted import ScriptedBackend
from model_backends.settings import BackendSettings

pytestmark = pytest.mark.anyio

REQUEST = (
    "Please write a Python function `merge` that merges 2 sorted lists of at most 100 items, "
    'print "done" as JSON, and add pytest tests.'
)


def draft(**fields):
    return json.dumps(
        {
            "formalized_description": "A function merges sorted lists into one.",
            "requirements": ["The merged lists are sorted.", "It runs on 500 machines."],
            "steps": ["Define the function merge.", "Write pytest tests for merged lists."],
            **fields,
        }
    )


async def test_every_constraint_of_the_request_is_in_the_requirements(serve):
    async with serve(draft()) as call:
        done = await call("formalize_task", informal_request=REQUEST)

    together = "\n".join(done["requirements"])
    for said in ("merge", "2", "100 items", "done", "JSON", "pytest", "Python"):
        assert said in together
        assert any(said in each or each in said for each in done["constraints"])
    assert done["described_by"] == "model"


async def test_what_the_model_makes_up_is_left_out(serve):
    async with serve(draft(formalized_description="It merges lists with Redis, 7 times.")) as call:
        done = await call("formalize_task", informal_request=REQUEST)

    assert "The merged lists are sorted." in done["requirements"]
    assert not any("500" in each for each in done["requirements"])
    assert done["described_by"] == "request"
    assert "Redis" not in done["formalized_description"]


@pytest.mark.parametrize("reply", ["garbage", "{}", '{"steps": 1}', "", GenerationError("m", "no")])
async def test_whatever_the_model_says_the_result_is_whole(serve, reply):
    async with serve(reply) as call:
        done = await call("formalize_task", informal_request=REQUEST)

    assert done["described_by"] == "request"
    assert done["formalized_description"] == REQUEST
    assert done["requirements"]
    assert len(done["steps"]) > 1
    assert done["estimated_complexity"] in ("low", "medium", "high")
    assert "explicit constraints" in done["complexity_reason"]


async def test_the_answer_is_decoded_under_a_schema_with_the_context(serve):
    async with serve(draft()) as call:
        await call("formalize_task", informal_request="merge lists", context="we use Go")
        request = call.backend.requests[0]

    assert request.json_schema["required"] == ["formalized_description", "requirements", "steps"]
    assert "we use Go" in request.messages[-1].content


class Capable(ScriptedBackend):
    @property
    def info(self):
        return ModelInfo("scripted", "big", 4096, "ready", "capable")


async def test_steps_are_a_capable_models_or_those_that_the_request_names(serve):
    async with serve(backend=Capable(replies=[draft()])) as call:
        capable = await call("formalize_task", informal_request=REQUEST)
    async with serve(draft()) as call:
        small = await call("formalize_task", informal_request=REQUEST)

    assert capable["steps"] == [
        "Define the function merge.", "Write pytest tests for merged lists.",
    ]  # fmt: skip
    assert small["steps"][1:] == [
        "Write the code with generate_code", "Write and run tests with generate_tests",
    ]  # fmt: skip


async def test_each_step_of_the_plan_names_the_tool_that_does_it_or_none(serve):
    steps = ["Define the function merge.", "Write pytest tests for merge.", "Print merge to paper."]
    async with serve(backend=Capable(replies=[draft(steps=steps)])) as call:
        done = await call("formalize_task", informal_request=REQUEST)

    assert [each["step"] for each in done["plan"]] == done["steps"] == steps
    assert [each["tool"] for each in done["plan"]] == ["generate_code", "generate_tests", None]


async def test_a_tool_that_is_not_offered_is_not_named(serve):
    async with serve(
        draft(), STARCODER_MCP__TOOLS__ENABLED="[formalize_task, generate_code]"
    ) as call:
        done = await call("formalize_task", informal_request=REQUEST)

    assert {each["tool"] for each in done["plan"]} == {None, "generate_code"}


async def test_the_models_progress_is_told(serve):
    seen = []

    async def progress(done, total, message):
        seen.append(message)

    async with serve(draft()) as call:
        await call("formalize_task", progress, informal_request=REQUEST)

    assert seen[0] == "asking the model"
    assert seen[-1] == "checking its draft against the request"


@pytest.mark.parametrize(
    "request_",
    [
        "Read sales.csv, keep rows over 1,000 and write top-10 to out.json, in Go",
        'print "a, b" if MAX_ROWS is 7; use getRows(x) and --strict',
        "Please. 3 things: a/b at 50%, RFC3339 dates, `x == y`",
    ],
)
@pytest.mark.parametrize("reply", ["garbage", draft()])
async def test_nothing_that_a_request_fixes_is_lost(serve, request_, reply):
    async with serve(reply) as call:
        done = await call("formalize_task", informal_request=request_)

    together = "\n".join(done["requirements"])
    assert done["constraints"]
    assert [each for each in done["constraints"] if each not in together] == []


async def test_a_blank_request_is_refused(serve):
    async with serve() as call:
        with pytest.raises(AssertionError, match="informal_request: it is blank"):
            await call("formalize_task", informal_request=" ")


def user(text):
    return [{"role": "user", "content": text}]


async def test_a_completion_has_content_usage_reason_and_model(serve):
    async with serve("hello there") as call:
        done = await call("chat_completion", messages=user("hi"))

    assert done["content"] == "hello there"
    assert done["finish_reason"] == "stop"
    assert done["model"] == "scripted"
    assert done["usage"]["total_tokens"] == sum(
        done["usage"][k] for k in ("prompt_tokens", "completion_tokens")
    )
    assert done["session_id"] is None
    assert (done["checks"], done["verified"]) == ([], False)


async def test_a_session_remembers_and_no_session_does_not(serve):
    async with serve("one", "two", "three") as call:
        await call("chat_completion", messages=user("first"), session_id="s")
        await call("chat_completion", messages=user("second"), session_id="s")
        await call("chat_completion", messages=user("third"))
        requests = call.backend.requests
        info = await call("model_info")

    assert [m.content for m in requests[1].messages] == ["first", "one", "second"]
    assert [m.content for m in requests[2].messages] == ["third"]
    assert info["active_sessions"] == 1


async def test_a_result_says_what_is_kept_of_its_session(serve):
    async with serve("x", STARCODER_MCP__SESSIONS__MAX_SESSION_MESSAGES="5") as call:
        system = [{"role": "system", "content": "be brief"}]
        states = [
            (await call("chat_completion", messages=[*system[n:], *user(str(n))], session_id="s"))[
                "session"
            ]
            for n in (0, 1, 2)
        ]
        last = call.backend.requests[2]
        alone = await call("chat_completion", messages=user("alone"))

    assert [(each["messages"], each["dropped"]) for each in states] == [(3, 0), (5, 0), (5, 2)]
    assert [m.content for m in last.messages] == ["be brief", "0", "x", "1", "x", "2"]
    assert alone["session"] is None


async def test_a_conversation_longer_than_the_context_window_goes_on_without_its_oldest_part(
    serve,
):
    backend = ScriptedBackend(BackendSettings("scripted", context_window=256), replies=["ok"])
    async with serve(backend=backend) as call:
        system = [{"role": "system", "content": "be brief"}]
        for number in range(6):
            long = user(f"{number} " + "word " * 40)
            done = await call(
                "chat_completion", messages=[*(system if not number else ()), *long], session_id="s"
            )
    read = backend.requests[-1].messages

    assert done["content"] == "ok"
    assert done["session"]["left_out"] == 13 - 1 - len(read)
    assert 0 < done["session"]["left_out"] < 12
    assert done["session"]["messages"] == 13
    assert [m.role for m in read[:2]] == ["system", "user"]
    assert read[-1].content.startswith("5 ")


async def test_progress_is_the_answers_text_in_order(serve):
    seen = []

    async def progress(done, total, message):
        seen.append(message)

    async with serve("one two\n three") as call:
        done = await call("chat_completion", progress, messages=user("a"))

    assert "".join(seen) == done["content"] == "one two\n three"


async def test_an_answer_that_cannot_be_kept_is_returned_and_says_why(serve, monkeypatch):
    async def refuse(self, *_):
        raise SessionStoreError("sessions: the disk is full")

    monkeypatch.setattr(StoredConversations, "add", refuse)
    async with serve("x") as call:
        done = await call("chat_completion", messages=user("a"), session_id="s")

    assert done["content"] == "x"
    assert done["session"]["problem"] == "this turn is not kept: sessions: the disk is full"


async def test_sampling_is_the_callers_or_the_configured_one(serve):
    async with serve("x") as call:
        await call("chat_completion", messages=user("a"))
        await call(
            "chat_completion", messages=user("a"), temperature=0.5, max_tokens=7, top_p=0.9,
            top_k=5, seed=3,
        )  # fmt: skip
        await call("chat_completion", messages=user("a"), top_k=-1)
        first, second, third = call.backend.requests

    assert (first.temperature, first.max_tokens, first.top_p, first.top_k) == (0.7, 512, 1.0, None)
    assert (second.temperature, second.max_tokens, second.top_p) == (0.5, 7, 0.9)
    assert (second.top_k, second.seed) == (5, 3)
    assert third.top_k is None


@pytest.mark.parametrize(
    "arguments",
    [{"temperature": 3}, {"max_tokens": 0}, {"top_p": 0}, {"seed": -1}, {"messages": []}],
)
async def test_sampling_out_of_range_is_refused_by_name(serve, arguments):
    async with serve() as call:
        with pytest.raises(AssertionError, match=next(iter(arguments))):
            await call("chat_completion", **{"messages": user("a"), **arguments})


class Base(ScriptedBackend):
    @property
    def info(self):
        return ModelInfo("scripted", "bigcode/starcoder2-7b", 4096, "ready", "unknown")


async def test_a_base_model_gets_the_conversation_written_out(serve):
    async with serve(backend=Base(replies=["fine"])) as call:
        await call("chat_completion", messages=user("how are you"))
        request = call.backend.requests[0]
        info = await call("model_info")

    assert request.prompt == "user: how are you\nassistant:"
    assert info["prompt_style"] == "completion"


async def test_a_base_model_writes_a_function_by_going_on_with_its_file(serve):
    async with serve(backend=Base(replies=["    return a + b\n\n\nprint(add(1, 2))\n"])) as call:
        done = await call("generate_code", description="Write add(a, b). add(1, 2) == 3")
        request = call.backend.requests[0]

    assert request.prompt.startswith('def add(a, b):\n    """')
    assert ">>> add(1, 2)\n    3" in request.prompt
    assert done["verified"]
    assert "return a + b" in done["code"]


async def test_model_info_has_the_fields_of_the_vllm_server_and_says_what_contains_code(serve):
    async with serve() as call:
        info = await call("model_info")

    for name in (
        "model_name", "dtype", "max_model_len", "tensor_parallel_size", "gpu_memory_utilization",
        "server_state", "active_sessions", "max_sessions", "max_session_messages",
        "default_temperature", "default_max_tokens",
    ):  # fmt: skip
        assert name in info
    assert info["backend"] == "scripted"
    assert info["quality"] == "small"
    assert info["sandbox"]
    assert info["sandbox_reason"]


async def test_every_tool_is_described_for_a_model_that_has_to_choose(serve):
    async with serve() as call:
        tools = {tool.name: tool for tool in (await call.client.list_tools()).tools}

    assert list(tools) == [
        "formalize_task", "generate_code", "generate_tests", "review_code", "format_code",
        "analyze_complexity", "chat_completion", "model_info",
    ]  # fmt: skip
    for tool in tools.values():
        assert tool.title
        assert len(tool.description) > 60
        # Only a conversation that a call names is kept.
        assert tool.annotations.read_only_hint is (tool.name != "chat_completion")
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
        for schema in (tool.input_schema, tool.output_schema):
            assert all("description" in each for each in schema["properties"].values())
    source = "text/x-source"
    for name, field in (
        ("generate_tests", "code"), ("review_code", "code"), ("format_code", "code"),
        ("analyze_complexity", "code"),
    ):  # fmt: skip
        assert tools[name].input_schema["properties"][field]["contentMediaType"] == source
    for name, field in (
        ("generate_code", "code"), ("generate_tests", "test_code"),
        ("format_code", "formatted_code"), ("review_code", "refactored_code"),
    ):  # fmt: skip
        assert tools[name].output_schema["properties"][field]["contentMediaType"] == source
