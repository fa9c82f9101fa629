"""The mixed calls of a soak: every tool, resources, prompts, refusals and hostile input.

No two calls of a tool carry the same code, so that a cache cannot hide what a call costs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from mcp import Client, MCPError

READ_SECONDS = 120.0

Call = Callable[[Client, int], Awaitable[None]]


class WrongAnswerError(Exception):
    """The server answered otherwise than the call must be answered."""


def code_of(number: int) -> str:
    """A small valid module, different for every number, with something to format and to review."""
    return (
        f"import os\n\ndef scale_{number}( values , factor = {number} ):\n"
        f'    """Multiply each value.\n\n    >>> scale_{number}([1])\n    [{number}]\n    """\n'
        "    result = []\n    for value in values:\n        if value is not None:\n"
        "            result.append(value*factor)\n    return result\n"
    )


def long_line_of(number: int) -> str:
    """A module of one line of 200,000 characters."""
    return f"text_{number} = '{'a' * 200_000}'\n"


def nested_of(number: int) -> str:
    """A valid expression that exhausts the stack of Python's own parser."""
    return f"x_{number} = {'-' * 20_000}{number}\n"


def deadly_of(number: int) -> str:
    """A module that ends its interpreter when it is imported."""
    return f"import os\n\nos._exit({number % 100})\n\ndef give():\n    return {number}\n"


def _tool(name: str, arguments: Callable[[int], dict[str, Any]], refused: bool = False) -> Call:
    async def call(client: Client, number: int) -> None:
        result = await client.call_tool(name, arguments(number))
        if result.is_error is not refused:
            text = " ".join(getattr(part, "text", "") for part in result.content)
            raise WrongAnswerError(f"{name}: {text[:300] or 'not refused'}")

    return call


async def _list(client: Client, _: int) -> None:
    await client.list_tools(cache_mode="bypass")


async def _resource(client: Client, _: int) -> None:
    await client.read_resource("prompts://architect", cache_mode="bypass")


async def _prompt(client: Client, number: int) -> None:
    await client.get_prompt("code-review", {"code": code_of(number)})


async def _unknown_tool(client: Client, number: int) -> None:
    try:
        await client.call_tool(f"no_such_tool_{number}", {})
    except MCPError:
        return
    raise WrongAnswerError("an unknown tool was not refused")


def _conversation(number: int) -> dict[str, Any]:
    message = {"role": "user", "content": f"Say {number} in a word."}
    return {"messages": [message], "session_id": f"soak-{number % 150}", "max_tokens": 8}


CALLS: dict[str, Call] = {
    "format_code": _tool("format_code", lambda n: {"code": code_of(n)}),
    "analyze_complexity": _tool("analyze_complexity", lambda n: {"code": code_of(n)}),
    "chat_completion": _tool("chat_completion", _conversation),
    "review_code": _tool("review_code", lambda n: {"code": code_of(n)}),
    "tools/list": _list,
    "model_info": _tool("model_info", lambda _: {}),
    "generate_tests": _tool("generate_tests", lambda n: {"code": code_of(n)}),
    "invalid code": _tool("format_code", lambda n: {"code": f"def f{n}(:"}, refused=True),
    "formalize_task": _tool(
        "formalize_task", lambda n: {"informal_request": f"Write a parser for format {n}"}
    ),
    "resources/read": _resource,
    "prompts/get": _prompt,
    "unknown tool": _unknown_tool,
    "format_code with isort": _tool(
        "format_code", lambda n: {"code": code_of(n), "formatter": "isort"}
    ),
    "bad argument": _tool(
        "format_code", lambda n: {"code": code_of(n), "formater": "black"}, refused=True
    ),
    "a long line": _tool("format_code", lambda n: {"code": long_line_of(n), "formatter": "ruff"}),
    "deep nesting": _tool("review_code", lambda n: {"code": nested_of(n)}, refused=True),
    "binary data": _tool("analyze_complexity", lambda n: {"code": f"x = '\0{n}'"}, refused=True),
    "too large": _tool("analyze_complexity", lambda n: {"code": f"# {n}" * 300_000}, refused=True),
    "a huge integer": _tool(
        "format_code", lambda n: {"code": f"x = 0x{n}{'f' * 5000}"}, refused=True
    ),
    "code that kills": _tool("generate_tests", lambda n: {"code": deadly_of(n)}),
}
"""Calls for the scripted model, by what the report names them."""

EMBEDDED_CALLS: dict[str, Call] = {
    "chat_completion": CALLS["chat_completion"],
    "formalize_task": CALLS["formalize_task"],
    "model_info": CALLS["model_info"],
    "generate_code": _tool(
        "generate_code", lambda n: {"description": f"Write a function that adds {n} to a number"}
    ),
}
"""Calls for the embedded model."""


def mixed(calls: Mapping[str, Call], count: int) -> Sequence[tuple[int, str, Call]]:
    """`count` calls in turn, each with a number of its own."""
    names = list(calls)
    return [(n, names[n % len(names)], calls[names[n % len(names)]]) for n in range(count)]
