"""Resources and prompts, seen through a client in memory."""

import ast
import json
import re

import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS, PromptReference, ResourceTemplateReference

from mcp_server.configuration import load_configuration
from mcp_server.server import build_server
from mcp_server.texts import fenced
from model_backends.registry import open_backend
from model_backends.settings import BackendSettings

pytestmark = pytest.mark.anyio

URIS = [
    "prompts://python-developer",
    "prompts://architect",
    "prompts://technical-writer",
    "config://coding-standards",
    "templates://project-structure",
]
KINDS = ["cli", "library", "package", "rest-api"]


class NoSandbox:
    mechanism = "none"
    reason = "tests of the shell run no code"


def scripted():
    return open_backend(BackendSettings(backend="scripted"))


@pytest.fixture
def serve(fakes):
    def make(**environ):
        settings = load_configuration(environ=environ).settings
        return build_server(settings, scripted(), NoSandbox(), tools=fakes.TOOLS)

    return make


async def read(server, uri):
    async with Client(server) as client:
        return (await client.read_resource(uri)).contents[0]


async def prompt(server, name, **arguments):
    async with Client(server) as client:
        result = await client.get_prompt(name, arguments)
    assert [m.role for m in result.messages] == ["user"]
    return result.messages[0].content.text


async def test_all_resources_are_listed_with_title_description_and_type(serve):
    async with Client(serve()) as client:
        listed = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates

    assert [str(resource.uri) for resource in listed] == URIS
    assert all(r.title and r.description and r.mime_type for r in [*listed, *templates])
    assert [t.uri_template for t in templates] == ["templates://{kind}"]
    assert all(kind in templates[0].description for kind in KINDS)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("prompts://python-developer", ["PEP 8", "Google", "edge case", "Performance"]),
        ("prompts://architect", ["SOLID|Single responsibility", "pattern", "layer", "security"]),
        ("prompts://technical-writer", ["API", "tutorial", "diagram", "troubleshooting"]),
        ("templates://project-structure", ["domain", "application", "infrastructure", "tests"]),
    ],
)
async def test_a_guideline_speaks_of_its_subject(serve, uri, words):
    content = await read(serve(), uri)

    assert content.mime_type == "text/markdown"
    for word in words:
        assert re.search(word, content.text, re.IGNORECASE), word


async def test_the_coding_standards_are_the_settings_in_use(serve):
    name = "STARCODER_MCP__TOOLS__CODING_STANDARDS__PYTHON__LINE_LENGTH"
    content = await read(serve(**{name: "79"}), "config://coding-standards")

    python = json.loads(content.text)["python"]
    assert content.mime_type == "application/json"
    assert python == {
        "style": "pep8",
        "line_length": 79,
        "type_hints": True,
        "docstrings": "google",
        "complexity_limit": 10,
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_a_project_template_has_its_files_and_their_python_parses(serve, kind):
    text = (await read(serve(), f"templates://{kind}")).text

    sections = dict(re.findall(r"^## (\S+)\n```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    assert "pyproject.toml" in sections
    python = {name: code for name, code in sections.items() if name.endswith(".py")}
    assert any(name.startswith("tests/") for name in python)
    for name, code in python.items():
        ast.parse(code, name)


async def test_an_unknown_kind_is_not_found_and_the_kinds_are_named(serve):
    async with Client(serve()) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource("templates://spaceship")

    assert caught.value.error.code == INVALID_PARAMS
    assert "'spaceship'" in caught.value.error.message
    assert "rest-api" in caught.value.error.message


@pytest.mark.parametrize(
    "uri",
    ["templates://..%2Fprompts%2Farchitect", "templates://%2Fetc%2Fpasswd", "templates://A"],
)
async def test_a_template_cannot_name_a_file_elsewhere(serve, uri):
    async with Client(serve()) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)

    assert caught.value.error.code == INVALID_PARAMS


async def test_an_unknown_resource_is_not_found(serve):
    async with Client(serve()) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource("nothing://here")

    assert caught.value.error.code == INVALID_PARAMS


async def test_own_directories_come_before_the_packaged_files(serve, tmp_path):
    (tmp_path / "architect.md").write_text("Our own way.")
    (tmp_path / "game.md").write_text("# A game")
    server = serve(
        STARCODER_MCP__RESOURCES__PROMPTS_DIR=str(tmp_path),
        STARCODER_MCP__RESOURCES__TEMPLATES_DIR=str(tmp_path),
    )

    assert (await read(server, "prompts://architect")).text == "Our own way."
    assert "PEP 8" in (await read(server, "prompts://python-developer")).text
    assert (await read(server, "templates://game")).text == "# A game"
    assert "demo" in (await read(server, "templates://package")).text


@pytest.mark.parametrize(("cached", "second"), [("true", "one"), ("false", "two")])
async def test_a_file_is_read_once_or_each_time_as_cache_enabled_says(
    serve, tmp_path, cached, second
):
    file = tmp_path / "architect.md"
    file.write_text("one")
    server = serve(
        STARCODER_MCP__RESOURCES__PROMPTS_DIR=str(tmp_path),
        STARCODER_MCP__RESOURCES__CACHE_ENABLED=cached,
    )

    assert (await read(server, "prompts://architect")).text == "one"
    file.write_text("two")
    assert (await read(server, "prompts://architect")).text == second


async def test_all_prompts_are_listed_with_described_arguments(serve):
    async with Client(serve()) as client:
        listed = {p.name: p for p in (await client.list_prompts()).prompts}

    assert list(listed) == ["code-review", "test-generation", "code-generation",
                            "task-formalization"]  # fmt: skip
    for each in listed.values():
        assert each.title
        assert each.description
        assert all(argument.description for argument in each.arguments)
    review = {a.name: a.required for a in listed["code-review"].arguments}
    assert review == {"code": True, "language": False, "style": False}


async def test_a_review_prompt_holds_the_code_and_what_is_wanted(serve):
    text = await prompt(serve(), "code-review", code="x = 1", language="python", style="google")

    assert "```python\nx = 1\n```" in text
    assert '"google"' in text
    for part in ("Score", "severity", "Suggestions", "Security", "Performance"):
        assert part in text


async def test_arguments_that_are_left_out_have_their_defaults(serve):
    assert "with pytest" in await prompt(serve(), "test-generation", code="x = 1")
    assert 'python code in the style "pep8"' in await prompt(
        serve(), "code-generation", description="Add two numbers."
    )
    assert "Request: Sort it." in await prompt(serve(), "task-formalization", request="Sort it.")


async def test_what_is_put_in_is_not_read_as_a_template_again(serve):
    text = await prompt(serve(), "code-review", code="cost = '$language ${style} $$'")

    assert "cost = '$language ${style} $$'" in text


async def test_code_with_a_fence_of_its_own_stays_in_one_block(serve):
    text = await prompt(serve(), "code-review", code='"""\n```\nx\n```\n"""')

    assert text.count("````") == 2


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("code-revue", {}, "unknown prompt 'code-revue'; the prompts are: code-review"),
        ("code-review", {}, "prompt 'code-review' needs the argument 'code': The source code."),
        ("code-review", {"code": "x", "stile": "y"}, "no argument 'stile'; did you mean 'style'?"),
        ("code-review", {"code": "x", "zzz": "y"}, "it takes code, language, style"),
        (
            "test-generation",
            {"code": "x", "framework": "nose"},
            "framework must be one of pytest, unittest (got 'nose')",
        ),
    ],
)
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_wrong_request_for_a_prompt_is_a_protocol_error(
    serve, mode, name, arguments, expected
):
    async with Client(serve(), mode=mode) as client:
        with pytest.raises(MCPError) as caught:
            await client.get_prompt(name, arguments)

    assert caught.value.error.code == INVALID_PARAMS
    assert expected in caught.value.error.message


@pytest.mark.parametrize(
    ("reference", "argument", "start", "expected"),
    [
        (PromptReference(type="ref/prompt", name="test-generation"), "framework", "", "pytest"),
        (PromptReference(type="ref/prompt", name="code-review"), "language", "TY", "typescript"),
        (PromptReference(type="ref/prompt", name="code-generation"), "style", "g", "google"),
        (
            ResourceTemplateReference(type="ref/resource", uri="templates://{kind}"),
            "kind",
            "re",
            "rest-api",
        ),
    ],
)
async def test_closed_choices_are_completed(serve, reference, argument, start, expected):
    async with Client(serve()) as client:
        result = await client.complete(reference, {"name": argument, "value": start})

    assert result.completion.values[0] == expected
    assert all(value.startswith(start.lower()) for value in result.completion.values)


@pytest.mark.parametrize(
    "reference",
    [
        PromptReference(type="ref/prompt", name="nothing"),
        PromptReference(type="ref/prompt", name="code-review"),
        ResourceTemplateReference(type="ref/resource", uri="other://{kind}"),
    ],
)
async def test_what_has_no_choices_completes_to_nothing(serve, reference):
    async with Client(serve()) as client:
        result = await client.complete(reference, {"name": "code", "value": ""})

    assert result.completion.values == []


@pytest.mark.parametrize(
    ("code", "fence"), [("x", "```"), ("```", "````"), ("a ```` b", "`````"), ("``", "```")]
)
def test_a_fence_is_longer_than_any_in_the_code(code, fence):
    assert fenced(code, "c") == f"{fence}c\n{code}\n{fence}"
