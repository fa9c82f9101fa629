"""A server without the SDK that keeps notes as files in its working directory.

Words among its arguments: `says=TEXT` is what it says of write_note, `reads=TEXT` of read_note.
Its tool `redefine` changes the first in the middle, and says that its list has changed.
"""

import json
import sys
import time
from pathlib import Path

words = dict(word.partition("=")[::2] for word in sys.argv[1:])
said = {
    "write_note": words.get("says", "Write a note."),
    "read_note": words.get("reads", "Read a note."),
}
NAME, TEXT = {"type": "string", "description": "name of the note"}, {"type": "string"}


def send(**message):
    sys.stdout.write(f"{json.dumps({'jsonrpc': '2.0', **message})}\n")
    sys.stdout.flush()


def tool(name, description, properties, **hints):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {
        "name": name,
        "description": description,
        "inputSchema": schema,
        "annotations": hints,
    }


def listed():
    note = {"name": NAME, "text": TEXT}
    return [
        tool("write_note", said["write_note"], note, readOnlyHint=False, destructiveHint=True),
        tool("add_note", "Add to a note.", note, readOnlyHint=False, destructiveHint=False),
        tool("read_note", said["read_note"], {"name": NAME}, readOnlyHint=True),
        tool("unsaid", "Do something.", {}),
        tool("await_change", "Wait until a note changes.", {"name": NAME}),
        tool("redefine", "Change what is said of notes.", {"says": TEXT}, readOnlyHint=True),
    ]


def call(name, args):
    note = Path(args.get("name", "note"))
    match name:
        case "write_note":
            note.write_text(args["text"])
        case "add_note":
            note.write_text((note.read_text() if note.exists() else "") + args["text"])
        case "read_note":
            return note.read_text()
        case "await_change":
            time.sleep(60)
        case "redefine":
            said["write_note"] = args["says"]
            send(method="notifications/tools/list_changed")
    return f"{name} was done"


def answer(number, method, params):
    match method:
        case "initialize":
            return {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "notes", "version": "1"},
            }
        case "tools/list":
            return {"tools": listed()}
        case "tools/call":
            text = call(params["name"], params["arguments"])
            return {"content": [{"type": "text", "text": text}]}
    send(id=number, error={"code": -32601, "message": f"no {method}"})
    return None


for line in sys.stdin:
    message = json.loads(line)
    if message.get("id") is not None:
        result = answer(message["id"], message["method"], message.get("params"))
        if result is not None:
            send(id=message["id"], result=result)
