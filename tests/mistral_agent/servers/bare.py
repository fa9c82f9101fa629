"""A server of the 2025-06-18 revision without the SDK: it starts at once, and errs as it is told.

Arguments are words: `noise` prints a line that is no message first, `silent` answers nothing,
`deaf` stays when its input ends and on SIGTERM, `exit` leaves with code 3, `pages=N` has N pages
of tools, `endless` has pages without end, `child=FILE` starts a child and writes its id there,
`starts=FILE` adds a line there at each start, `odd` gives results that are not as the schema says,
`stuck` lists its tools once and never again, `flood` writes a line without end, `chatter` fills
standard error before it answers anything.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

words = dict(word.partition("=")[::2] for word in sys.argv[1:])
tools = {}


def send(**message):
    sys.stdout.write(f"{json.dumps({'jsonrpc': '2.0', **message})}\n")
    sys.stdout.flush()


def tool(name, **more):
    return {"name": name, "inputSchema": {"type": "object"}, **more}


def list_tools(cursor):
    page = int(cursor or 0)
    if "endless" in words:
        return {"tools": [tool(f"tool{page}")], "nextCursor": "0" if page else "1"}
    pages = int(words.get("pages", 1))
    result = {"tools": [tool(f"tool{page}"), tool("die"), tool("refuse"), tool("grow")]}
    result["tools"].append(tool("research", execution={"taskSupport": "required"}))
    if "odd" in words:
        schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
        result["tools"] = [tool("odd", outputSchema=schema), tool("shapeless"), tool("list")]
    if page + 1 < pages:
        result["nextCursor"] = str(page + 1)
    result["tools"] += [tool(name) for name in tools if page == 0]
    return result


def call(number, name):
    if name == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "refuse":
        send(id=number, error={"code": -32000, "message": "not today"})
    elif name == "grow":
        tools["grown"] = True
        send(method="notifications/tools/list_changed")
        send(id=number, result={"content": []})
    elif name == "odd":
        send(id=number, result={"content": [], "structuredContent": {"n": "one"}})
    elif name == "shapeless":
        send(id=number, result={"content": [{"type": "text", "text": 5}]})
    elif name == "list":
        send(id=number, result={"content": [], "structuredContent": {"kinds": [1]}})
    else:
        contents = [
            {"type": "text", "text": f"{name} of {os.getpid()}"},
            {"type": "image", "data": "AAAA", "mimeType": "image/png"},
            {"type": "resource", "resource": {"uri": "x://a", "text": "embedded"}},
            {"type": "resource", "resource": {"uri": "x://b", "blob": "AA=="}},
            {"type": "resource_link", "uri": "x://c", "name": "linked"},
        ]
        send(id=number, result={"content": contents})


def answer(message):
    number, method = message.get("id"), message.get("method")
    if number is None:
        return
    if method == "initialize":
        send(
            id=number,
            result={
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {"listChanged": True}, "resources": {}},
                "serverInfo": {"name": "bare", "version": "1"},
            },
        )
    elif method == "tools/list" and "stuck" in words and "listed" in words:
        return
    elif method == "tools/list":
        words["listed"] = "once"
        send(id=number, result=list_tools((message.get("params") or {}).get("cursor")))
    elif method == "tools/call":
        call(number, message["params"]["name"])
    else:
        send(id=number, error={"code": -32601, "message": f"no {method}"})


if "starts" in words:
    with Path(words["starts"]).open("a") as file:
        file.write(f"{os.getpid()}\n")
if "child" in words:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(words["child"]).write_text(str(child.pid))
if "deaf" in words:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "exit" in words:
    sys.stderr.write("no configuration\n")
    sys.exit(3)
if "noise" in words:
    sys.stdout.write("Welcome!\x1b[31m\n")
    sys.stdout.flush()
if "chatter" in words:
    sys.stderr.write("progress " * 100_000)
    sys.stderr.flush()
while "flood" in words:
    sys.stdout.write("x" * 10_000)
for line in sys.stdin:
    if "silent" not in words:
        answer(json.loads(line))
if "deaf" in words:
    time.sleep(600)
