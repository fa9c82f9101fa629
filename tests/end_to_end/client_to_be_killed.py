"""A client that starts a long call, says which processes run, and waits to be killed."""

import json
import subprocess
import sys

server = subprocess.Popen(
    [*sys.argv[1:], "--backend", "scripted"],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
)


def send(**message):
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    server.stdin.flush()


client = {"name": "test", "version": "0"}
params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
send(id=0, method="initialize", params=params)
server.stdout.readline()
send(method="notifications/initialized")
send(id=1, method="tools/call", params={"name": "runaway", "arguments": {}})
for line in server.stderr:
    if line.startswith("child "):
        sys.stdout.write(f"{server.pid} {line.split()[1]}\n")
        sys.stdout.flush()
        break
server.wait()
