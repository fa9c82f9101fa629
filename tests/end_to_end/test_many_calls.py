"""Eight calls at once to a real server: those that hang keep no other waiting."""

import sys

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

pytestmark = pytest.mark.anyio
SERVER = [sys.executable, "-m", "mcp_server", "--backend", "scripted", "--log-level", "ERROR"]
WAIT = 120

BLACK_HANGS = "x = a" + "[1:2]" * 900
PYLINT_HANGS = "a0 = (1, 2)\n" + "".join(f"a{n} = (*a{n - 1}, *a{n - 1})\n" for n in range(1, 40))
NEVER_ENDS = "while True:\n    pass\n\n\ndef never() -> int:\n    return 1\n"
SOUND = 'def double(n: int) -> int:\n    """Double it."""\n    return 2*n\n'

FORMAT = ("format_code", {"code": BLACK_HANGS})
REVIEW = ("review_code", {"code": f"{PYLINT_HANGS}{BLACK_HANGS[:400]}"})
TESTS = ("generate_tests", {"code": NEVER_ENDS})

QUICK = [
    ("format_code", {"code": SOUND}),
    ("format_code", {"code": SOUND, "formatter": "yapf"}),
    ("format_code", {"code": "def (:"}),
    ("analyze_complexity", {"code": SOUND}),
    ("review_code", {"code": SOUND}),
    ("model_info", {}),
    ("chat_completion", {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8}),
]


@pytest.fixture
def errors(tmp_path):
    with (tmp_path / "errors").open("w") as file:
        yield file


@pytest.mark.parametrize(
    "hanging",
    [[FORMAT], [REVIEW], [TESTS], [FORMAT] * 4],
    ids=["a formatter", "a review", "endless tests", "four formatters"],
)
async def test_calls_that_hang_do_not_hold_up_the_others(hanging, errors):
    over = []

    async def hang(client, name, arguments):
        await client.call_tool(name, arguments)
        over.append(name)

    quick = QUICK[: 8 - len(hanging)]
    async with _connected(errors) as client, anyio.create_task_group() as group:
        for call in hanging:
            group.start_soon(hang, client, *call)
        async with anyio.create_task_group() as others:
            for name, arguments in quick:
                others.start_soon(client.call_tool, name, arguments)
        assert over == []
        group.cancel_scope.cancel()


async def test_more_calls_than_the_server_takes_at_once_are_all_answered(errors):
    answers = []

    async def call(client, name, arguments):
        answers.append((await client.call_tool(name, arguments)).is_error)

    async with _connected(errors) as client, anyio.create_task_group() as group:
        for name, arguments in QUICK * 3:
            group.start_soon(call, client, name, arguments)

    assert sorted(answers) == [False] * 18 + [True] * 3


def _connected(errors):
    """A client of a server of its own, with the server's own limits; every wait is bounded."""
    parameters = StdioServerParameters(command=SERVER[0], args=SERVER[1:])
    return Client(stdio_client(parameters, errlog=errors), read_timeout_seconds=WAIT)
