"""Resources and prompts of a real server, in requests."""

import sys
from pathlib import Path

import pytest

from mistral_agent.errors import OfferingError, RequestFileError
from mistral_agent.events import Answer, Clarification
from mistral_agent.files import mentioned_paths
from mistral_agent.offerings import mentioned_resources, with_prompt
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client import McpToolClient
from tests.mistral_agent.test_orchestrator import Talk, only

pytestmark = pytest.mark.anyio

SERVERS = Path(__file__).parent / "servers"


@pytest.fixture(scope="module")
async def client(anyio_backend):
    servers = [
        ServerSpec("tools", command=sys.executable, args=(str(SERVERS / "tools.py"),)),
        ServerSpec("other", command=sys.executable, args=(str(SERVERS / "tools.py"),)),
    ]
    async with McpToolClient(servers) as opened:
        yield opened


async def test_a_mentioned_resource_is_read_also_one_of_a_template(client):
    text = "Compare @tools:test://greeting with @other:test://greeting/Ada."
    assert await mentioned_resources(text, client) == {
        "tools:test://greeting": "hello",
        "other:test://greeting/Ada": "hello Ada",
    }


@pytest.mark.parametrize(
    "text",
    [
        "mail @someone:else://x",
        "`@tools:test://greeting`",
        "@tools",
        "@a.py:12",
        "a@tools:test://x",
    ],
)
async def test_what_is_no_mention_of_a_resource_is_left_alone(client, text):
    assert await mentioned_resources(text, client) == {}


async def test_a_resource_that_is_not_there_is_named(client):
    with pytest.raises(RequestFileError, match="@tools:test://nothing") as raised:
        await mentioned_resources("read @tools:test://nothing", client)
    assert raised.value.exit_code == 2


def test_a_mentioned_resource_is_no_path_and_the_line_of_a_file_is_no_resource():
    assert mentioned_paths("see @docs:file:///a/b.py and @a.py:12") == ("a.py",)


async def test_a_prompt_becomes_the_request_that_its_server_makes_of_it(client, tmp_path):
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    assert await with_prompt("/prompt tools:review code='x = 1'", client) == "Review x = 1"
    assert await with_prompt(f"/prompt tools:review code=@{file}", client) == "Review x = 1\n"
    assert await with_prompt("prompt me", client) == "prompt me"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("/prompt nothing", "no prompt 'nothing'; there are tools:review, other:review"),
        ("/prompt review code=x", "several servers have a prompt 'review'"),
        ("/prompt tools:review", "needs code: /prompt tools:review code=…"),
        ("/prompt tools:review code=x colour=red", "does not take 'colour=red'"),
        ("/prompt tools:review x", "does not take 'x'"),
        ("/prompt tools:review code='x", "close the quotes"),
        ("/prompt  ", "no prompt ''"),
    ],
)
async def test_a_prompt_that_cannot_be_run_is_explained(client, text, problem):
    with pytest.raises(OfferingError, match=problem) as raised:
        await with_prompt(text, client)
    assert raised.value.exit_code == 2


class WithOfferings(Talk):
    """A conversation whose tools answer from a table, and whose resources are real."""

    def __init__(self, catalogue, client, **more):
        super().__init__(catalogue, **more)
        self.client.read_resource = client.read_resource
        self.client.get_prompt = client.get_prompt
        self.client.offered = catalogue


async def test_a_resource_is_the_code_of_a_request_and_is_remembered(client, catalogue):
    import dataclasses

    real = await client.catalogue()
    both = dataclasses.replace(catalogue, resources=real.resources, prompts=real.prompts)
    talk = WithOfferings(both, client)
    await talk.say("Review @tools:test://greeting/Ada")
    await talk.say("Format it")
    assert talk.client.calls == [
        ("review_code", {"code": "hello Ada"}),
        ("format_code", {"code": "hello Ada"}),
    ]
    assert "hello Ada" in talk.session.records[0].content
    events = await talk.say("/prompt tools:review code='`y = 1`'")
    assert talk.client.calls[-1] == ("review_code", {"code": "y = 1"})
    assert isinstance(only(Answer, events), Answer)
    assert not [event for event in events if isinstance(event, Clarification)]
