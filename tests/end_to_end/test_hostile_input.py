"""Hostile input to a real server: an answer in time, a clear one, and nothing left behind.

Each table is a set of calls that are made five at a time; what is wrong is collected, so that one
run names every case. A case is a line: its name, and the code.
"""

import ast
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import anyio
import pytest
import yaml
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from benchmarks.memory import descendants

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc"),
]
COMMAND = [sys.executable, "-m", "mcp_server", "--backend", "scripted", "--log-level", "ERROR"]
LIMITS = {
    "STARCODER_MCP__PERFORMANCE__TIMEOUT_SECONDS": "5",
    "STARCODER_MCP__SANDBOX__SECONDS": "2",
}
OPENING = (
    '{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": '
    '"2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}}',
    '{"jsonrpc": "2.0", "method": "notifications/initialized"}',
)
AT_ONCE = 5
WAIT = 200
GROWTH_MB = 40
"""Of the server's memory, under all cases of a table; its heap keeps what a message took."""

BLACK, RUFF, AUTOPEP8, YAPF, ISORT = (
    ("format_code", {"formatter": name}) for name in ("black", "ruff", "autopep8", "yapf", "isort")
)
FORMATTERS = (BLACK, RUFF, AUTOPEP8, YAPF, ISORT)
COMPLEXITY = ("analyze_complexity", {})
REVIEW = ("review_code", {})
TESTS = ("generate_tests", {})

CLEAR = re.compile(
    r"^(Error executing tool \w+: )?(\w+: )?(line \d+.*: \S|nested too deeply|the code is empty"
    r"|\w+ (cannot (format|read) this|crashed on|failed on|ran out of|was stopped after|took over)"
    r"|the arguments are not right\n'code': \d+ bytes are over the limit)"
)
"""How errors begin: with the place, or with who failed and how."""
UNCLEAR = re.compile(
    r"Traceback|server's log|TaskGroup|Exception|object at 0x|/tmp/|would change what this code"
)
LONGEST = 400
MEASURED = 10_000
"""Characters up to which a formatter's answer is compared with what it was given."""

DEPTH = 20_000  # beyond Python's parser
MIDDLE = 900  # beyond what most tools take, not beyond Python's parser
INDENTED = 90  # Python takes 99 levels

NESTED = {
    "brackets (": lambda n: f"x = {'(' * n}1{')' * n}",
    "brackets [": lambda n: f"x = {'[' * n}{']' * n}",
    "brackets {": lambda n: f"x = {'{' * n}1{'}' * n}",
    "dictionaries": lambda n: f"x = {'{1: ' * n}1{'}' * n}",
    "tuples": lambda n: f"x = {'(' * n}1{',)' * n}",
    "unary -": lambda n: f"x = {'-' * n}1",
    "unary +": lambda n: f"x = {'+' * n}1",
    "unary ~": lambda n: f"x = {'~' * n}1",
    "not": lambda n: f"x = {'not ' * n}1",
    "binary +": lambda n: f"x = 1{' + 1' * n}",
    "binary -": lambda n: f"x = a{' - a' * n}",
    "binary *": lambda n: f"x = a{' * a' * n}",
    "binary **": lambda n: f"x = a{' ** a' * n}",
    "binary |": lambda n: f"x: int{' | int' * n} = 1",
    "and": lambda n: f"x = a{' and a' * n}",
    "or": lambda n: f"x = a{' or a' * n}",
    "and, or": lambda n: f"x = {'a and (b or ' * n}c{')' * n}",
    "comparisons": lambda n: f"x = a{' < a' * n}",
    "attributes": lambda n: f"x = a{'.b' * n}",
    "calls": lambda n: f"x = f{'()' * n}",
    "arguments": lambda n: f"x = {'f(' * n}{')' * n}",
    "methods": lambda n: f"x = a{'.b()' * n}",
    "subscripts": lambda n: f"x = a{'[0]' * n}",
    "slices": lambda n: f"x = a{'[1:2]' * n}",
    "indices": lambda n: f"x = {'a[' * n}0{']' * n}",
    "lambdas": lambda n: f"x = {'lambda: ' * n}1",
    "ternaries": lambda n: f"x = {'a if b else ' * n}c",
    "awaits": lambda n: f"async def f():\n    x = {'await (' * n}g(){')' * n}",
    "yields": lambda n: f"def f():\n    x = {'(yield ' * n}1{')' * n}",
    "comprehensions": lambda n: f"x = {'[' * n}y{' for y in z]' * n}",
    "comprehension clauses": lambda n: f"x = [y{' for y in z' * n}]",
    "walruses": lambda n: f"x = {'(a := ' * n}1{')' * n}",
    "assignments": lambda n: f"{'a = ' * n}1",
    "f-strings": lambda n: "x = " + "f'{" * n + "1" + "}'" * n,
    "adjacent strings": lambda n: f"x = ({chr(39)}a{chr(39)}" + " 'a'" * n + ")",
    "continued lines": lambda n: "x = 1" + " \\\n    + 1" * n,
    "empty continued lines": lambda n: "x = \\\n" + "\\\n" * n + "1",
    "decorators": lambda n: "@a\n" * n + "def f(): pass",
    "elifs": lambda n: "if a: pass\n" + "elif b: pass\n" * n,
    "patterns": lambda n: f"match x:\n    case {'[' * n}{']' * n}: pass",
    "statements of a line": lambda n: "x = 1" + "; x = 1" * n,
    "parameters": lambda n: f"def f({', '.join(f'a{i}' for i in range(n))}): pass",
}

BLOCKS = (
    "if a:",
    "for a in b:",
    "while a:",
    "def f():",
    "async def f():",
    "class A:",
    "with a:",
    "try:",
)

MEGABYTE = 1_000_000
LARGE = {
    "a string of 1 MB": ("x = '" + "a" * MEGABYTE + "'", (BLACK, RUFF, REVIEW)),
    "a list of 1 MB": ("x = [" + "1, " * (MEGABYTE // 3) + "]", (BLACK, REVIEW)),
    "an identifier of 1 MB": ("x" * MEGABYTE + " = 1", (RUFF, YAPF, COMPLEXITY)),
    "a comment of 1 MB": ("# " + "a" * MEGABYTE, (AUTOPEP8, COMPLEXITY, REVIEW)),
    "170,000 lines": ("x = 1\n" * 170_000, (YAPF, COMPLEXITY)),
    "200,000 lines": ("x = 1\n" * 200_000, (RUFF, REVIEW)),
    "200,000 empty lines": ("\n" * 200_000 + "x = 1", (RUFF, COMPLEXITY)),
    "200,000 functions": ("def f(): pass\n" * 200_000, (BLACK, COMPLEXITY, TESTS)),
    "20,000 functions": ("def f(): pass\n" * 20_000, (ISORT, COMPLEXITY)),
    "a sum of 1 MB": ("x = 1" + "+1" * (MEGABYTE // 2), (RUFF, COMPLEXITY, REVIEW, TESTS)),
}

TEXTS = {
    "a byte order mark": "\ufeffx = 1\n",
    "two byte order marks": "\ufeff\ufeffx = 1\n",
    "a byte order mark inside": "x = 1\n\ufeffy = 2\n",
    "a latin-1 cookie": "# -*- coding: latin-1 -*-\nx = 'é'\n",
    "a utf-7 cookie": "# coding: utf-7\nx = '+AGE-'\n",
    "a utf-16 cookie": "# coding: utf-16\nx = 1\n",
    "an ascii cookie": "# coding: ascii\nx = 'é'\n",
    "a rot13 cookie": "# coding: rot13\nk = 1\n",
    "an unknown cookie": "# coding: klingon\nx = 1\n",
    "utf-16 read as latin-1": "x = 1\n".encode("utf-16").decode("latin-1"),
    "latin-1 read as utf-8": "x = '\ufffd'\n",
    "form feeds": "x = 1\n\x0c\ndef f():\n\x0c    return 1\n",
    "a vertical tab": "x = 1\x0b\n",
    "a NUL": "x = 1\0\n",
    "a NUL in a comment": "# \0\n",
    "carriage returns alone": "x = 1\rdef f():\r    return x\r",
    "mixed newlines": "x = 1\r\ny = '''a\r\nb'''\rz = 1\n",
    "a right-to-left mark": "x = '\u202e'  # \u202e abc\n",
    "an isolate in a comment": "if True:  # \u2066 x\n    pass\n",
    "a zero-width space": "x\u200b = 1\n",
    "zero-width characters in text": "# a\u200b\ufeffb\nx = 'a\u200bb'\n",
    "identifiers beyond ASCII": "größe = 1\nπ = 3\ndef 函数(变量): return 变量\n",
    "an identifier that is normalised": "ﬁx = 1\nx = fix\n",
    "a long chain of text for SQL": f"x = 'SELECT * FROM a WHERE b = '{' + y' * 300}\n",
    "a combining letter": "e\u0301 = 1\n",
    "a mathematical letter": "\U0001d4b3 = 1\n",
    "an emoji": "😀 = 1\n",
    "a space that does not break": "x\u00a0= 1\n",
    "line separators": "x = 'a\u2028b\x85c\x1cd'\ny = 1  # \u2028 z\n",
    "control characters": "x = '\x01\x02\x7f\x1b[31m'\n",
    "a control character in code": "x = 1 \x01\n",
    "10**5 digits": "x = " + "9" * 100_000 + "\n",
    "10**5 hexadecimal digits": "x = 0x" + "9" * 100_000 + "\n",
    "an infinite float": "x = 1e999\ny = -1e999j\n",
    "huge powers": "x = 9**9**9\ny = 9**9**9**9\nif 10**10**10 > 1:\n    pass\n",
    "huge shifts and repetitions": "x = 1 << 10**10\ny = 'a' * 10**10\nz = [0] * 10**10\n",
    "huge widths": "x = '%99999999999d' % 1\ny = '{:99999999999}'.format(1)\n",
    "a string without its end": "x = 'abc\n",
    "a text without its end": "x = '''abc\n" + "a\n" * 100,
    "an f-string without its end": "x = f'{a",
    "tabs and spaces": "if a:\n\tx = 1\n        y = 2\n",
    "tabs, then spaces": "def f():\n \tx = 1\n\t y = 2\n",
    "nothing": "",
    "a backslash at the end": "x = 1 \\",
    "a backslash alone": "\\\n",
    "escapes without meaning": "x = '\\d \\N{BOGUS}'\n",
    "an escaped surrogate": "def f():\n    '''\\ud800'''\n\nprint('\\udfff')\n",
    "an argument twice": "f(a=1, a=2)\n",
    "return outside of a function": "return 1\n",
    "await outside of a function": "await x\n",
    "formatters switched off": "# isort:skip_file\n# fmt: off\n# yapf: disable\nx  =  1\n",
    "linters switched off": "# ruff: noqa\n# pylint: skip-file\nimport os\n",
    "linters misled": f"# pylint: disable={'x,' * 5000}\nx = 1  # noqa: {'E,' * 1000}\n",
    "a class of itself": "class A(A): pass\nclass B(B.C): pass\n",
    "doubling values": "a0 = (1, 2)\n"
    + "".join(f"a{i} = (*a{i - 1}, *a{i - 1})\n" for i in range(1, 30)),
    "nested quantifiers": f"import re\nre.compile({'(a*)*' * 200!r})\n",
}

SAID = {
    "a byte order mark inside": "not valid Python",
    "an unknown cookie": "line 1: not valid Python: unknown encoding 'klingon'",
    "utf-16 read as latin-1": "a NUL byte",
    "a NUL": "line 1, column 6: a NUL byte",
    "a NUL in a comment": "line 1, column 3: a NUL byte",
    "a zero-width space": "not valid Python",
    "an emoji": "not valid Python",
    "10**5 digits": r"Exceeds the limit \(4300 digits\)",
    "10**5 hexadecimal digits": "an integer of more than 4300 digits",
    "a text without its end": "line 1, column 5: not valid Python: unterminated",
    "tabs and spaces": "line 3.*: not valid Python: inconsistent use of tabs",
    "nothing": "the code is empty",
    "200,000 lines": "bytes are over the limit of 1048576",
    "200,000 functions": "bytes are over the limit of 1048576",
}
"""What an answer must say where there is only one."""

KILLERS = {
    "leaving": "import os\nos._exit(0)",
    "killing itself": "import os\nos.kill(os.getpid(), 9)",
    "exit": "import sys\nsys.exit(0)",
    "a null pointer": "import ctypes\nctypes.string_at(0)",
    "recursion": "import sys\nsys.setrecursionlimit(10**9)\ndef r(): return [*map(r, [1])]\nr()",
    "an endless loop": "while True:\n    pass",
    "a fork bomb": "import os\nwhile True:\n    os.fork()",
    "a memory hog": "x = []\nwhile True:\n    x.append(bytearray(10**7))",
    "closed streams": "import os\nos.closerange(0, 3)",
    "JSON-RPC": 'import os\nos.write(1, b\'{"jsonrpc": "2.0", "id": 1, "result": {}}\\n\')',
}


async def test_nesting_beyond_pythons_parser(tmp_path):
    tools = cycle(FORMATTERS)
    cases = [(name, code(DEPTH), next(tools)) for name, code in NESTED.items()]
    async with serving(tmp_path) as client:
        assert await faults(client, cases) == []


async def test_nesting_that_python_takes(tmp_path):
    formatters = cycle(FORMATTERS)
    others = cycle((COMPLEXITY, REVIEW, COMPLEXITY))
    cases = [
        (name, code(MIDDLE), next(tools))
        for name, code in NESTED.items()
        for tools in (formatters, others)
    ]
    async with serving(tmp_path) as client:
        assert await faults(client, cases) == []


async def test_blocks_as_deep_as_python_takes_them(tmp_path):
    tools = cycle(FORMATTERS)
    cases = [(head, indented(head), tool) for head in BLOCKS for tool in (next(tools), REVIEW)]
    async with serving(tmp_path) as client:
        assert await faults(client, cases) == []


async def test_large_input(tmp_path):
    cases = [(name, code, tool) for name, (code, tools) in LARGE.items() for tool in tools]
    async with serving(tmp_path) as client:
        assert await faults(client, cases) == []


async def test_text_that_is_not_what_it_seems(tmp_path):
    tools = cycle(FORMATTERS)
    others = cycle((COMPLEXITY, REVIEW))
    cases = [(name, code, next(each)) for name, code in TEXTS.items() for each in (tools, others)]
    async with serving(tmp_path) as client:
        assert await faults(client, cases) == []


async def test_code_that_kills_its_interpreter(tmp_path):
    script = tmp_path / "script.yaml"
    cases, rules = [], []
    for name, code in KILLERS.items():
        whole = f"{code}\n\ndef double(n: int):\n    return 2 * n\n"
        asked = f"{name}: double(n) doubles n, for example double(2) == 4"
        rules.append({"when": re.escape(asked), "reply": f"```python\n{whole}```\n"})
        cases += [(name, whole, TESTS), (name, "", ("generate_code", {"description": asked}))]
    script.write_text(yaml.safe_dump(rules))
    async with serving(tmp_path, STARCODER_MCP__MODEL__NAME=str(script)) as client:
        assert await faults(client, cases) == []


def test_a_lone_surrogate_in_a_request_is_answered():
    hostile, sound = (
        json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
        for number, params in ((1, _format("x = '\ud800'")), (2, _format("x=1")))
    )
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        stop = threading.Timer(WAIT, server.kill)
        stop.start()
        for line in (*OPENING, hostile, sound):
            server.stdin.write(f"{line}\n".encode())
        server.stdin.flush()
        answered = set()
        while 2 not in answered:
            answered.add(json.loads(server.stdout.readline())["id"])
        stop.cancel()
    assert answered == {0, 1, 2}


def indented(head):
    """Blocks in blocks as deep as Python takes them."""
    ends = [f"{' ' * n}finally: pass" for n in reversed(range(INDENTED))] if head == "try:" else []
    heads = [f"{' ' * n}{head}" for n in range(INDENTED)]
    return "\n".join([*heads, f"{' ' * INDENTED}pass", *ends])


@asynccontextmanager
async def serving(tmp_path, **settings):
    """A client of a server that must keep its memory, stay useful, and leave no process."""
    before = {process.pid for process in descendants(os.getpid())}
    parameters = StdioServerParameters(
        command=COMMAND[0], args=COMMAND[1:], env={**os.environ, **LIMITS, **settings}
    )
    with (tmp_path / "errors").open("w") as errors:
        transport = stdio_client(parameters, errlog=errors)
        async with Client(transport, read_timeout_seconds=WAIT) as client:
            await _works(client)
            server, *_ = (p for p in descendants(os.getpid()) if p.pid not in before)
            yield client
            await _works(client)
            left = [p.pid for p in descendants(os.getpid()) if p.pid not in before]
            (now,) = (p for p in descendants(os.getpid()) if p.pid == server.pid)
            assert now.resident_mb < server.resident_mb + GROWTH_MB
    await _gone(left)


async def faults(client, cases):
    """What is wrong with the answers to `cases`, each a name, code and a tool; a line a case."""
    found = []
    gate = anyio.Semaphore(AT_ONCE)

    async def one(name, code, tool, options):
        async with gate:
            result = await client.call_tool(
                tool, {"code": code, **options} if code or name == "nothing" else options
            )
        if fault := fault_of(code, result, SAID.get(name)):
            found.append(f"{name}, {options.get('formatter', tool)}: {fault}")

    async with anyio.create_task_group() as group:
        for name, code, (tool, options) in cases:
            group.start_soon(one, name, code, tool, options)
    return sorted(found)


def fault_of(code, result, said):
    """What is wrong with an answer, or None."""
    if result.is_error:
        text = result.content[0].text
        if said and not re.search(f"{said}|was stopped after", text):
            return f"another reason than {said!r}: {text[:LONGEST]}"
        clear = CLEAR.match(text) and not UNCLEAR.search(text) and len(text) <= LONGEST
        return None if clear else f"not clear: {text[:LONGEST]}"
    given = result.structured_content
    if said:
        return f"not refused: {str(given)[:LONGEST]}"
    for check in given.get("checks", ()):
        if UNCLEAR.search(check["detail"]):
            return f"not clear: {check['detail'][:LONGEST]}"
    if (formatted := given.get("formatted_code")) and len(code) < MEASURED:
        return None if _same(code, formatted) else f"changed: {formatted[:LONGEST]}"
    return None


def _same(code, formatted):
    """Whether both are the same to Python."""
    clean = code.lstrip("\ufeff")
    return ast.dump(ast.parse(clean)) == ast.dump(ast.parse(formatted))


async def _works(client):
    for name in ("format_code", "analyze_complexity"):
        assert not (await client.call_tool(name, {"code": "x=1"})).is_error


async def _gone(pids):
    with anyio.fail_after(20):
        while any(_alive(pid) for pid in pids):  # noqa: ASYNC110  (a process ends without an event)
            await anyio.sleep(0.05)


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _format(code):
    return {"name": "format_code", "arguments": {"code": code}}
