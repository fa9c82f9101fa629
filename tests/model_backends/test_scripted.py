"""The backend of tests and examples."""

import json

import jsonschema
import pytest

from model_backends import BackendSettings, GenerationRequest, Message, complete
from model_backends.errors import (
    ConfigurationError,
    EndpointUnreachableError,
    GenerationError,
    SchemaError,
)
from model_backends.schema_instance import smallest_instance
from model_backends.scripted import Rule, ScriptedBackend


def asking(text, **options):
    return GenerationRequest(messages=(Message("user", text),), **options)


@pytest.mark.anyio
async def test_replies_come_in_order_and_the_last_is_repeated():
    backend = ScriptedBackend(replies=["one", "two"])

    texts = [(await complete(backend, asking("?"))).text for _ in range(3)]

    assert texts == ["one", "two", "two"]
    assert len(backend.requests) == 3


@pytest.mark.anyio
async def test_a_reply_may_be_an_error():
    backend = ScriptedBackend(replies=[EndpointUnreachableError("http://x", "refused"), "fine"])

    with pytest.raises(EndpointUnreachableError):
        await complete(backend, asking("?"))
    assert (await complete(backend, asking("?"))).text == "fine"


@pytest.mark.anyio
async def test_text_comes_word_by_word_with_its_white_space():
    chunks = [c async for c in ScriptedBackend(replies=["a  b\n c "]).stream(asking("?"))]

    assert [c.text for c in chunks] == ["a", "  b", "\n c", " ", ""]
    assert chunks[-1].usage.completion_tokens == 4


@pytest.mark.anyio
async def test_without_a_script_it_repeats_what_it_was_asked():
    result = await complete(ScriptedBackend(), asking("sort a list"))

    assert result.text == "You said: sort a list"


@pytest.fixture
def script(tmp_path):
    def write(text):
        file = tmp_path / "script.yaml"
        file.write_text(text)
        return BackendSettings("scripted", model=str(file))

    return write


@pytest.mark.anyio
async def test_a_script_answers_by_the_first_rule_that_matches_and_is_not_used_up(script):
    backend = ScriptedBackend(script("""
- {when: "sort|order", reply: first, times: 1}
- {when: sort, reply: later}
- {when: fail, error: out of memory}
- {reply: otherwise}
"""))

    texts = [(await complete(backend, asking(t))).text for t in ("sort", "sort", "hello")]

    assert texts == ["first", "later", "otherwise"]
    assert backend.info.model == "script"
    with pytest.raises(GenerationError, match="out of memory"):
        await complete(backend, asking("fail"))


@pytest.mark.anyio
async def test_rules_can_be_given_in_python_and_match_raw_prompts():
    backend = ScriptedBackend(rules=[Rule(when="^def", reply="pass")])

    assert (await complete(backend, GenerationRequest(prompt="def f():"))).text == "pass"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "cannot be read"),
        ("a: 1", "not a list of rules"),
        ("- 5", "rule 1: a rule has when, reply, error and times"),
        ("- {reply: a}\n- {whe: b}", "rule 2: a rule has"),
        ("- {when: a}", "give either reply or error"),
        ("- {reply: a, error: b}", "give either reply or error"),
        ("- {reply: 5}", "are texts"),
        ("- {reply: a, times: 0}", "times: 0 is not a whole number"),
        ("- {reply: a, when: '('}", "'(' is no pattern"),
    ],
)
def test_a_wrong_script_is_refused_with_its_place(script, text, reason):
    with pytest.raises(ConfigurationError) as caught:
        ScriptedBackend(script(text))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_script_is_refused():
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        ScriptedBackend(BackendSettings("scripted", model="none.yaml"))


@pytest.mark.anyio
async def test_a_closed_one_answers_no_more():
    backend = ScriptedBackend()
    await backend.aclose()

    assert backend.info.state == "closed"
    with pytest.raises(GenerationError, match="closed"):
        await complete(backend, asking("?"))


SCHEMAS = [
    {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]},
    {"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2},
    {"type": "integer", "exclusiveMinimum": 4, "maximum": 9},
    {"type": "number", "maximum": -3},
    {"type": "number", "exclusiveMaximum": -3},
    {"type": "integer", "minimum": -7, "maximum": -2},
    {"type": "string", "minLength": 3},
    {"type": ["null", "string"]},
    {"type": "boolean"},
    {"enum": ["x", "y"]},
    {"const": [1]},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"$defs": {"T": {"type": "boolean"}}, "type": "array", "items": {"$ref": "#/$defs/T"}},
    {"$defs": {"a/b": {"type": "null"}}, "$ref": "#/$defs/a~1b"},
    {"type": "object", "required": ["free"]},
    {},
]


@pytest.mark.anyio
@pytest.mark.parametrize("schema", SCHEMAS)
async def test_under_a_schema_it_gives_a_valid_instance(schema):
    result = await complete(ScriptedBackend(), asking("?", json_schema=schema))

    jsonschema.validate(json.loads(result.text), schema)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "#/nowhere"}, "nowhere"),
        ({"$ref": "#"}, "no finite instance"),
        ({"type": "thing"}, "thing"),
        ({"type": "array", "items": 5, "minItems": 1}, "5 is not a schema"),
    ],
)
def test_a_schema_without_an_instance_is_refused(schema, reason):
    with pytest.raises(SchemaError, match=reason):
        smallest_instance(schema)
