"""The `openai` backend at endpoints that refuse, break off, or answer something else."""

import asyncio
import json
import threading
import time

import anyio
import pytest

from model_backends import BackendSettings, GenerationRequest, Message, complete
from model_backends.errors import (
    AuthenticationError,
    ConfigurationError,
    ContextLengthError,
    EndpointStatusError,
    EndpointUnreachableError,
    GenerationError,
    PromptTruncatedError,
    UnknownModelError,
)
from model_backends.openai_compatible import OpenAICompatibleBackend

pytestmark = pytest.mark.anyio

BOUND = 30.0
ASKED = GenerationRequest(messages=(Message("user", "hello"),), max_tokens=50)
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
UNDER_SCHEMA = GenerationRequest(messages=(Message("user", "hello"),), json_schema=SCHEMA)


@pytest.fixture
async def at(anyio_backend):
    """Open a backend at a URL; closed after the test."""
    opened = []

    def open_at(url, **options):
        settings = {"model": "alpha", "max_retries": 0, "timeout_seconds": 20.0} | options
        opened.append(OpenAICompatibleBackend(BackendSettings("openai", base_url=url, **settings)))
        return opened[-1]

    yield open_at
    for backend in opened:
        await backend.aclose()


async def ask(backend, request=ASKED):
    with anyio.fail_after(BOUND):
        return await complete(backend, request)


async def test_an_answer_comes_with_the_usage_that_the_endpoint_reports(endpoint, make, at):
    endpoint.answers = [make.says("good day")]
    result = await ask(at(endpoint.url))

    assert (result.text, result.finish_reason) == ("good day", "stop")
    assert (result.usage.prompt_tokens, result.usage.completion_tokens) == (5, 2)
    assert result.usage.exact


async def test_usage_is_an_estimate_and_says_so_where_none_is_reported(endpoint, make, at):
    endpoint.answers = [make.events(make.piece("a"), make.piece("b"), make.piece("", "length"))]
    result = await ask(at(endpoint.url))

    assert result.finish_reason == "length"
    assert not result.usage.exact
    assert result.usage.completion_tokens == 2
    assert result.usage.prompt_tokens > 0


async def test_only_what_was_set_is_sent(endpoint, make, at):
    endpoint.answers = [make.says("x")]
    backend = at(endpoint.url)
    await ask(backend)
    await ask(
        backend,
        GenerationRequest(
            prompt="def f", temperature=0.5, top_p=0.9, top_k=7, seed=3, stop=("\n",), max_tokens=9
        ),
    )

    plain, full = (seen.body for seen in endpoint.completions)
    assert plain == {
        "model": "alpha",
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 50,
        "temperature": 0.0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    more = {"top_p": 0.9, "top_k": 7, "seed": 3, "stop": ["\n"], "prompt": "def f"}
    assert {k: v for k, v in full.items() if k in more} == more
    assert [seen.path for seen in endpoint.completions] == [
        "/v1/chat/completions",
        "/v1/completions",
    ]


async def test_without_a_key_no_authorization_is_sent_and_nothing_about_this_machine(
    endpoint, make, at, monkeypatch
):
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "from-the-environment")
    endpoint.answers = [make.says("x")]
    await ask(at(endpoint.url))
    headers = endpoint.completions[0].headers

    assert "authorization" not in headers
    assert "from-the-environment" not in headers.values()
    assert not [name for name in headers if name.startswith("x-stainless")]


async def test_the_key_goes_to_its_endpoint_alone(endpoint, make, at, secret, monkeypatch):
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer another")
    endpoint.answers = [make.says("x")]
    await ask(at(endpoint.url, api_key=secret))

    assert endpoint.completions[0].headers["authorization"] == f"Bearer {secret}"


async def test_without_a_model_the_first_that_is_listed_is_used(endpoint, make, at):
    endpoint.answers = [make.says("x")]
    backend = at(endpoint.url, model=None)
    await ask(backend)
    await ask(backend)

    assert backend.info.model == "alpha"
    assert [seen.body["model"] for seen in endpoint.completions] == ["alpha", "alpha"]
    assert len([seen for seen in endpoint.seen if seen.method == "GET"]) == 1


async def test_without_a_model_an_endpoint_that_lists_none_is_an_error(endpoint, make, at):
    endpoint.models = make.json({"data": []})
    with pytest.raises(UnknownModelError, match="it lists none"):
        await ask(at(endpoint.url, model=None))


async def test_a_list_of_models_of_another_shape_is_an_error(endpoint, make, at):
    endpoint.models = make.json({"data": 7})
    with pytest.raises(EndpointStatusError, match="no list of models"):
        await ask(at(endpoint.url, model=None))


async def test_an_endpoint_that_is_down_is_named_after_the_retries(unused_port, at):
    url = f"http://127.0.0.1:{unused_port}/v1"
    with pytest.raises(EndpointUnreachableError) as caught:
        await ask(at(url, max_retries=1))

    assert str(caught.value) == (
        f"no model server answers at {url} (connection refused); "
        "start it, or set another with --base-url"
    )
    assert caught.value.exit_code == 4


async def test_a_host_that_is_not_known_is_named(at):
    with pytest.raises(EndpointUnreachableError, match="the host name is not known"):
        await ask(at("http://nowhere.invalid/v1"))


@pytest.fixture
def unused_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_said_and_not_retried(endpoint, make, at, secret, status):
    endpoint.answers = [make.error(status, "no")]
    with pytest.raises(AuthenticationError, match=f"HTTP {status}.*OPENAI_API_KEY") as caught:
        await ask(at(endpoint.url, api_key=secret, max_retries=3))

    assert secret not in str(caught.value)
    assert len(endpoint.completions) == 1


@pytest.mark.parametrize("status", [404, 400])
async def test_an_unknown_model_is_named_with_those_there_are(endpoint, make, at, status):
    endpoint.answers = [make.error(status, "model 'gamma' not found")]
    with pytest.raises(UnknownModelError, match="no model 'gamma'; it has alpha, beta:latest"):
        await ask(at(endpoint.url, model="gamma"))


async def test_a_path_that_is_not_there_points_to_the_base_url(endpoint, make, at):
    endpoint.answers = [make.error(404, "Not Found")]
    endpoint.models = make.error(404, "Not Found")
    with pytest.raises(EndpointStatusError, match="HTTP 404: Not Found; a base URL ends in /v1"):
        await ask(at(endpoint.url))


async def test_a_refusal_of_a_model_that_is_listed_is_told_as_it_is(endpoint, make, at):
    endpoint.answers = [make.error(400, "temperature  must\nbe 1")]
    with pytest.raises(EndpointStatusError, match="HTTP 400: temperature must be 1"):
        await ask(at(endpoint.url, model="beta"))


@pytest.mark.parametrize(
    "details",
    [
        {"code": "context_length_exceeded"},
        {"type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 8192},
    ],
)
async def test_a_prompt_that_the_endpoint_finds_too_long_is_said(endpoint, make, at, details):
    endpoint.answers = [make.error(400, "too long", **details)]
    with pytest.raises(ContextLengthError) as caught:
        await ask(at(endpoint.url))

    assert caught.value.window == details.get("n_ctx", 4096)


async def test_a_prompt_beyond_the_listed_window_is_said_where_there_is_no_code(endpoint, make, at):
    endpoint.answers = [make.error(400, "This model's maximum context length is 40 tokens.")]
    endpoint.models = make.json({"data": [{"id": "alpha", "max_model_len": 40}]})
    with pytest.raises(ContextLengthError, match=r"window of 40; .* raise the endpoint's own"):
        await ask(at(endpoint.url))


async def test_a_prompt_that_cannot_fit_is_not_sent(endpoint, at):
    with pytest.raises(ContextLengthError):
        await ask(at(endpoint.url, context_window=50), GenerationRequest(prompt="word " * 60))

    assert endpoint.seen == []


async def test_the_answer_is_bounded_by_what_the_window_leaves(endpoint, make, at):
    endpoint.answers = [make.says("x")]
    request = GenerationRequest(prompt="word " * 60, max_tokens=500)
    await ask(at(endpoint.url, context_window=100), request)

    assert endpoint.completions[0].body["max_tokens"] == 40


async def test_a_prompt_that_was_cut_silently_is_an_error_that_names_the_setting(
    endpoint, make, at
):
    endpoint.answers = [make.says("x", prompt=300)]
    with pytest.raises(PromptTruncatedError, match=r"only 300 of about 1000 .*num_ctx"):
        await ask(at(endpoint.url), GenerationRequest(prompt="word " * 1000))


@pytest.mark.parametrize(("words", "read"), [(1000, 1010), (1000, 0), (150, 10)])
async def test_a_prompt_that_was_read_or_is_too_short_to_tell_is_no_error(
    endpoint, make, at, words, read
):
    endpoint.answers = [make.says("x", prompt=read)]
    result = await ask(at(endpoint.url), GenerationRequest(prompt="word " * words))

    assert result.text == "x"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_passing_failure_is_tried_again(endpoint, make, at, status):
    busy = make.json({"error": {"message": "busy"}}, status, Retry_After="0")
    endpoint.answers = [busy, busy, make.says("at last")]

    assert (await ask(at(endpoint.url, max_retries=2))).text == "at last"
    assert len(endpoint.completions) == 3


async def test_retries_have_an_end(endpoint, make, at):
    endpoint.answers = [make.json({"error": {"message": "busy"}}, 503, Retry_After="0")]
    with pytest.raises(EndpointStatusError, match="HTTP 503: busy"):
        await ask(at(endpoint.url, max_retries=2))

    assert len(endpoint.completions) == 3


async def test_an_endpoint_that_asks_for_a_long_wait_is_not_waited_for(endpoint, make, at):
    endpoint.answers = [make.json({"error": {"message": "quota"}}, 429, Retry_After="3600")]
    with pytest.raises(EndpointStatusError, match="HTTP 429: quota"):
        await ask(at(endpoint.url, max_retries=3))

    assert len(endpoint.completions) == 1


async def test_a_connection_that_breaks_before_the_first_text_is_tried_again(endpoint, make, at):
    broken = make.answer(200, {"Content-Type": "text/event-stream"}, (), breaks=True)
    endpoint.answers = [broken, make.says("again")]

    assert (await ask(at(endpoint.url, max_retries=1))).text == "again"


async def test_a_connection_that_breaks_within_the_answer_is_an_error_and_not_retried(
    endpoint, make, at
):
    endpoint.answers = [make.events(make.piece("half an "), done=False, breaks=True)]
    chunks = at(endpoint.url, max_retries=3).stream(ASKED)

    assert (await anext(chunks)).text == "half an "
    with pytest.raises(GenerationError, match="closed the connection in the middle"):
        await anext(chunks)
    assert len(endpoint.completions) == 1


async def test_silence_is_bounded_and_not_retried(endpoint, make, at):
    release = threading.Event()
    silent = make.answer(200, {"Content-Type": "text/event-stream"}, (), waits=release)
    endpoint.answers = [silent]
    try:
        with pytest.raises(EndpointUnreachableError, match=r"silent for 0.2 s; timeout_seconds"):
            await ask(at(endpoint.url, timeout_seconds=0.2, max_retries=3))
    finally:
        release.set()

    assert len(endpoint.completions) == 1


def html(make):
    page = b"<html><body>Welcome</body></html>"
    return make.answer(200, {"Content-Type": "text/html"}, (page,))


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (html, "no stream of completion chunks; a base URL ends in /v1"),
        (lambda make: make.events(done=False), "no stream of completion chunks"),
        (lambda make: make.events({"choices": []}), "ends without a finish reason"),
        (lambda make: make.events({"choices": "x"}), "not a completion's"),
        (lambda make: make.events({"choices": [{"delta": 4}]}), "not a completion's"),
        (lambda make: make.events({"choices": [{"delta": {"content": 4}}]}), "not a completion's"),
        (lambda make: make.events([1, 2]), "not a completion's"),
        (lambda make: make.events(b"{broken"), "not a completion's"),
        (lambda make: make.events(b"\xff\xfe"), "not a completion's"),
        (lambda make: make.events(make.piece("", None)), "ends without a finish reason"),
    ],
)
async def test_an_answer_that_is_no_completion_is_an_error_on_one_line(
    endpoint, make, at, of, message
):
    endpoint.answers = [of(make)]
    with pytest.raises(EndpointStatusError, match="answered HTTP 200") as caught:
        await ask(at(endpoint.url))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_stream_that_turns_to_rubbish_is_an_error(endpoint, make, at):
    endpoint.answers = [make.events(make.piece("half"), b"{broken")]
    with pytest.raises(GenerationError, match="not a completion's"):
        await ask(at(endpoint.url))


async def test_a_stream_that_ends_early_is_an_error(endpoint, make, at):
    endpoint.answers = [make.events(make.piece("half"), done=False)]
    with pytest.raises(GenerationError, match="without a finish reason"):
        await ask(at(endpoint.url))


async def test_an_error_within_the_stream_is_told(endpoint, make, at):
    endpoint.answers = [make.events(make.piece("half"), {"error": {"message": "out of memory"}})]
    with pytest.raises(GenerationError, match="out of memory"):
        await ask(at(endpoint.url))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (("text/html", b"<html>nginx</html>"), "HTTP 502: an HTML page"),
        (("text/plain", b"bad\ngateway"), "HTTP 502: bad gateway"),
        (("application/json", b'{"detail": "no route"}'), "HTTP 502: no route"),
        (("application/json", b'"' + b"x" * 4000 + b'"'), "x" * 100),
    ],
)
async def test_an_error_of_any_form_is_told_on_one_line(endpoint, make, at, body, told):
    endpoint.answers = [make.answer(502, {"Content-Type": body[0]}, (body[1],))]
    with pytest.raises(EndpointStatusError) as caught:
        await ask(at(endpoint.url))

    assert told in str(caught.value)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


async def test_hidden_reasoning_is_not_part_of_the_text(endpoint, make, at):
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm", "content": None}}]}
    endpoint.answers = [make.events(thought, make.piece("yes", "stop"))]

    assert (await ask(at(endpoint.url))).text == "yes"


def refusing(make, *kinds):
    """An endpoint that knows only the other kinds of `response_format`."""

    def answer(seen):
        kind = seen.body.get("response_format", {}).get("type")
        if kind in kinds:
            return make.error(400, f"response_format {kind} is not supported")
        return make.says('{"a": "b"}')

    return answer


async def test_a_schema_goes_into_the_response_format(endpoint, make, at):
    endpoint.answers = [make.says('{"a": "b"}')]
    await ask(at(endpoint.url), UNDER_SCHEMA)

    sent = endpoint.completions[0].body["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}


@pytest.mark.parametrize(
    ("refused", "left"),
    [(("json_schema",), "json_object"), (("json_schema", "json_object"), None)],
)
async def test_an_endpoint_that_refuses_schemas_is_asked_in_words_from_then_on(
    endpoint, make, at, refused, left
):
    endpoint.answers = [refusing(make, *refused)]
    backend = at(endpoint.url)
    for _ in range(2):
        assert (await ask(backend, UNDER_SCHEMA)).text == '{"a": "b"}'

    assert len(endpoint.completions) == len(refused) + 2
    last = endpoint.completions[-1].body
    assert last.get("response_format", {}).get("type") == left
    assert '"required": ["a"]' in last["messages"][-1]["content"]


async def test_an_endpoint_that_ignores_schemas_is_asked_in_words_the_next_time(endpoint, make, at):
    endpoint.answers = [make.says("Sure! Here it is."), make.says('{"a": "b"}')]
    backend = at(endpoint.url)
    assert (await ask(backend, UNDER_SCHEMA)).text == "Sure! Here it is."
    assert (await ask(backend, UNDER_SCHEMA)).text == '{"a": "b"}'

    kinds = [seen.body["response_format"]["type"] for seen in endpoint.completions]
    assert kinds == ["json_schema", "json_object"]


async def test_what_is_no_matter_of_the_schema_is_not_taken_for_it(endpoint, make, at):
    endpoint.answers = [make.error(404, "no such model")]
    with pytest.raises(UnknownModelError):
        await ask(at(endpoint.url, model="gamma"), UNDER_SCHEMA)

    assert len(endpoint.completions) == 1


async def test_a_reader_who_leaves_closes_the_connection(endpoint, make, at):
    left = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Endless:
        def __iter__(self):
            try:
                while True:
                    yield b"data: " + b'{"choices": [{"delta": {"content": "x"}}]}' + b"\n\n"
            finally:
                loop.call_soon_threadsafe(left.set)

    endpoint.answers = [make.answer(200, {"Content-Type": "text/event-stream"}, Endless())]
    with anyio.fail_after(BOUND):
        async for _ in at(endpoint.url).stream(ASKED):
            break
        await left.wait()


async def test_a_closed_backend_says_so(endpoint, at):
    backend = at(endpoint.url)
    await backend.aclose()
    await backend.aclose()

    assert backend.info.state == "closed"
    with pytest.raises(GenerationError, match="closed"):
        await ask(backend)


async def test_warming_up_sends_nothing(endpoint, at):
    await at(endpoint.url).warm()

    assert endpoint.seen == []


def test_an_endpoint_is_needed():
    with pytest.raises(ConfigurationError, match="--base-url"):
        OpenAICompatibleBackend(BackendSettings("openai"))


def _blanks():
    while True:
        yield b" "
        time.sleep(0.05)


@pytest.mark.parametrize(
    "content",
    [b"null", b"[1]", b'{"data": [1, "a", null]}', b"\xff\xfe", b"[" * 100_000, b"<html>", None],
)
async def test_an_endpoint_whose_list_of_models_is_none_is_named(endpoint, make, at, content):
    endpoint.models = make.answer(
        200, {"Content-Type": "application/json"}, _blanks() if content is None else (content,)
    )
    with pytest.raises((EndpointStatusError, EndpointUnreachableError)) as raised:
        await ask(at(endpoint.url, model=None, timeout_seconds=1.0))
    assert endpoint.url in str(raised.value)
    assert "'" not in str(raised.value)


async def test_an_answer_far_beyond_max_tokens_is_ended_as_too_long(endpoint, make, at):
    def words():
        while True:
            yield b"data: " + json.dumps(make.piece("word ")).encode() + b"\n\n"

    endpoint.answers = [make.answer(200, {"Content-Type": "text/event-stream"}, words())]
    result = await ask(at(endpoint.url))
    assert result.finish_reason == "length"
    assert len(result.text) < 50 * 2 * 5 + 1000


async def test_a_connection_that_is_kept_alive_without_a_word_is_silence(endpoint, make, at):
    def pings():
        while True:
            yield b": ping\n\n"
            time.sleep(0.05)

    endpoint.answers = [make.answer(200, {"Content-Type": "text/event-stream"}, pings())]
    with pytest.raises(EndpointUnreachableError, match="silent for 1 s"):
        await ask(at(endpoint.url, timeout_seconds=1.0))
