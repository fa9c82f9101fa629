"""A server without the SDK that errs in one way, which its argument `fault=NAME` names.

`log=FILE` takes a line for each start, call and cancellation. Its tools are `probe`, which errs,
`steady`, which does not, and `change`, after which `probe` is as `then=NAME` says: `gone`, or
`other` (it wants another argument).
"""

import json
import os
import sys
import time
from pathlib import Path

words = dict(word.partition("=")[::2] for word in sys.argv[1:])
fault = words.get("fault", "")
changed = {}

NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
WITH_SCHEMA = ("wrong-type", "missing-field", "no-structure", "null-structure")


def note(line):
    with Path(words["log"]).open("a") as file:
        file.write(f"{line}\n")


def starts():
    return Path(words["log"]).read_text().count("start")


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def send(**message):
    write(f"{json.dumps({'jsonrpc': '2.0', **message})}\n")


def hang():
    time.sleep(600)


def content(text):
    return {"content": [{"type": "text", "text": text}]}


def tool(name, properties=None, **more):
    schema = {"type": "object", "properties": properties or {}, "required": list(properties or {})}
    return {"name": name, "description": f"The {name}.", "inputSchema": schema, **more}


def listed():
    more = {"outputSchema": NUMBER} if fault in WITH_SCHEMA else {}
    probe = tool("probe", annotations={"readOnlyHint": True}, **more)
    if changed.get("probe") == "other":
        probe = tool("probe", {"colour": {"type": "string"}})
    tools = [probe, tool("steady"), tool("change")]
    return [each for each in tools if (each["name"], "gone") not in changed.items()]


def initialize(number):
    if fault == "exit-at-start":
        sys.stderr.write("no licence found\n")
        sys.exit(3)
    if fault == "hang-in-initialize":
        hang()
    if fault == "error-in-initialize":
        send(id=number, error={"code": -32603, "message": "not configured"})
        return
    if fault == "shapeless-initialize":
        send(id=number, result={"hello": "world"})
        return
    info = {"name": "faulty", "version": "1"}
    revision = "1999-01-01" if fault == "unknown-revision" else "2025-06-18"
    capabilities = {"tools": {"listChanged": True}}
    result = {"protocolVersion": revision, "capabilities": capabilities, "serverInfo": info}
    send(id=number, result=result)


def list_tools(number):
    if fault == "exit-in-list":
        sys.exit(5)
    if fault == "hang-in-list":
        hang()
    if fault == "error-in-list":
        send(id=number, error={"code": -32603, "message": "the registry is down"})
    elif fault == "shapeless-list":
        send(id=number, result={"tools": [{"title": "no name"}]})
    else:
        send(id=number, result={"tools": listed()})


def die(number, *, first=None, again=None):
    """Die before or after an answer; `again` is answered once it was started a second time."""
    if again and starts() > 1:
        send(id=number, result=content(again))
        return
    if first:
        send(id=number, result=content(first))
    os._exit(7)


def chatter(_):
    for step in range(100_000):
        params = {"progressToken": "probe", "progress": step}
        send(method="notifications/progress", params=params)
        time.sleep(0.05)


def noise(number):
    write("Loading model… \x1b[31m100 %\n{not json}\n[]\n42\n\n")
    send(id=number, result=content("well"))


def twice(number):
    send(id=number, result=content("well"))
    send(id=number, result=content("again"))


def ask_back(number):
    params = {"messages": [], "maxTokens": 1}
    send(id=77, method="sampling/createMessage", params=params)
    send(id=number, result=content("well"))


DOINGS = {
    "die": die,
    "die-once": lambda number: die(number, again="well"),
    "die-after": lambda number: die(number, first="well", again="well"),
    "hang": lambda _: None,
    "chatter": chatter,
    "noise": noise,
    "twice": twice,
    "asks-back": ask_back,
    "rpc-error": lambda n: send(id=n, error={"code": -32000, "message": "out of tokens"}),
    "neither": lambda number: send(id=number),
    "other-number": lambda _: send(id=9999, result=content("whose?")),
}
RESULTS = {
    "error": {**content("disk\n full \x1b[2J"), "isError": True},
    "silent-error": {"content": [], "isError": True},
    "wrong-type": {"content": [], "structuredContent": {"n": "one"}},
    "missing-field": {"content": [], "structuredContent": {"m": 1}},
    "no-structure": content("one"),
    "null-structure": {"content": [], "structuredContent": None},
    "shapeless": {"content": 5},
    "no-content": {},
    "nothing": {"content": []},
    "call-as-text": content('{"name": "steady", "arguments": {}}'),
}


def probe(number):
    if fault in DOINGS:
        DOINGS[fault](number)
    elif fault == "giant":
        send(id=number, result=content("word " * 2_000_000))
    else:
        send(id=number, result=RESULTS.get(fault, content("well")))


def call(number, name):
    note(f"call {name}")
    if name in ("probe", "steady", "change") and (name, "gone") not in changed.items():
        if name == "change":
            changed["probe"] = words.get("then", "gone")
            send(method="notifications/tools/list_changed")
        if name == "probe":
            probe(number)
        else:
            send(id=number, result=content(f"{name} is well"))
    else:
        send(id=number, error={"code": -32602, "message": f"Unknown tool: {name}"})


def answer(message):
    number, method = message.get("id"), message.get("method")
    match method:
        case "initialize":
            initialize(number)
        case "tools/list":
            list_tools(number)
        case "tools/call":
            call(number, message["params"]["name"])
        case "notifications/cancelled":
            note("cancelled")
        case str() if number is not None:
            send(id=number, error={"code": -32601, "message": f"no {method}"})


note("start")
if fault == "exit-before-anything":
    sys.exit(4)
for line in sys.stdin:
    answer(json.loads(line))
