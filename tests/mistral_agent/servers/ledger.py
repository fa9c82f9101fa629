"""A server without the SDK that adds a line to a file for each call, before it answers.

Arguments are words: `file=FILE` takes the lines, `hang=WORD` never answers a call of this word,
`lacks=TOOL` does not offer that tool, `needs=NAME` wants a further argument of each.
"""

import json
import sys
from pathlib import Path

words = dict(word.partition("=")[::2] for word in sys.argv[1:])
ledger = Path(words["file"])


def send(**message):
    sys.stdout.write(f"{json.dumps({'jsonrpc': '2.0', **message})}\n")
    sys.stdout.flush()


def tool(name, **hints):
    text = {"type": "string"}
    required = ["word", *(each for each in [words.get("needs")] if each)]
    return {
        "name": name,
        "description": f"{name} a word.",
        "inputSchema": {
            "type": "object",
            "properties": {"word": text, "after": text, **dict.fromkeys(required, text)},
            "required": required,
        },
        "outputSchema": {
            "type": "object",
            "properties": {"word": text, "letters": {"type": "array", "items": text}},
            "required": ["word"],
        },
        "annotations": hints,
    }


def listed():
    tools = [
        tool("look", readOnlyHint=True),
        tool("note", readOnlyHint=False, destructiveHint=False),
        tool("erase", readOnlyHint=False, destructiveHint=True),
    ]
    return [each for each in tools if each["name"] != words.get("lacks")]


def call(number, name, args):
    with ledger.open("a") as file:
        file.write(f"{name} {args['word']}\n")
    if args["word"] == words.get("hang"):
        return
    text = f"{name} of {args['word']} after {args.get('after')}"
    content = [{"type": "text", "text": text}]
    structure = {"word": args["word"], "letters": list(args["word"])}
    send(id=number, result={"content": content, "structuredContent": structure})


for line in sys.stdin:
    message = json.loads(line)
    number, method = message.get("id"), message["method"]
    if method == "initialize":
        result = {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "ledger", "version": "1"},
        }
        send(id=number, result=result)
    elif method == "tools/list":
        send(id=number, result={"tools": listed()})
    elif method == "tools/call":
        call(number, message["params"]["name"], message["params"]["arguments"])
    elif number is not None:
        send(id=number, error={"code": -32601, "message": f"no {method}"})
