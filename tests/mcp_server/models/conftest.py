"""A hub of models on the loopback interface, with the endpoints that downloads use."""

import hashlib
import json
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

from mcp_server.cli import run

_API = re.compile(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?")
_FILE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


class FakeHub:
    """What the hub has, and how it misbehaves.

    Attributes:
        files: The content of each file, by repository and name.
        listed: The content that is listed, where another one is sent.
        hang: Bytes after which nothing more comes until `go_on`, by file; each is used once.
        cut: Bytes after which the connection breaks, by file; each is used once.
        tokens: Tokens that gated repositories want.
        ranges: Whether it knows them.
        asked: Each request: path, its Range header, its Authorization header.
    """

    def __init__(self):
        self.files, self.listed, self.cut = {}, {}, {}
        self.tokens, self.ranges, self.asked = {}, True, []
        self.commit = "c" * 40
        self.licence = "apache-2.0"
        self.status, self.hang, self.go_on = {}, {}, threading.Event()
        self.url = ""

    def add(self, repository, **files):
        for name, content in files.items():
            self.files[repository, name.replace("__", ".")] = content

    def listing(self, repository):
        siblings = []
        for (owner, name), sent in sorted(self.files.items()):
            if owner == repository:
                content = self.listed.get((owner, name), sent)
                header = f"blob {len(content)}\0".encode()
                entry = {"rfilename": name, "size": len(content)}
                entry["blobId"] = hashlib.sha1(header + content).hexdigest()
                if name.endswith((".safetensors", ".gguf")):
                    sha256 = hashlib.sha256(content).hexdigest()
                    entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 130}
                siblings.append(entry)
        card = {"license": self.licence} if self.licence else {}
        return {"id": repository, "sha": self.commit, "siblings": siblings, "cardData": card}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        hub, path = self.server.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((path, self.headers.get("Range"), self.headers.get("Authorization")))
        if match := _API.fullmatch(path):
            self._list(hub, *match.groups())
        elif match := _FILE.fullmatch(path):
            self._send(hub, match[1], match[3])
        else:
            self._answer(404, b"{}")

    def _list(self, hub, repository, revision):
        wanted = hub.tokens.get(repository)
        if wanted and self.headers.get("Authorization") != f"Bearer {wanted}":
            self._answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
        elif not any(owner == repository for owner, _ in hub.files):
            self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif revision not in (None, "main", "v1", hub.commit):
            self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        else:
            self._answer(200, json.dumps(hub.listing(repository)).encode())

    def _send(self, hub, repository, name):
        content = hub.files[repository, name]
        if (status := hub.status.get(name)) is not None:
            self._answer(status, b"")
            return
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(asked[1]) if asked and hub.ranges else 0
        if start > len(content):
            self._answer(416, b"")
            return
        rest = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        cut = hub.cut.pop(name, None)
        if (first := hub.hang.pop(name, None)) is not None:
            self.wfile.write(rest[:first])
            self.wfile.flush()
            hub.go_on.wait(60)
            return
        self.wfile.write(rest[:cut])
        if cut is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _answer(self, status, body, headers=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_hub():
    """Serve an empty hub."""
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.hub = hub
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub that this process uses, with an empty cache in the test's directory."""
    for variable in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr("model_backends.hub.transfer.WAIT_SECONDS", 0.001)
    with running_hub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def models(capsys):
    """Runs `starcoder-mcp models ...` in this process: exit code, standard output and error."""

    def call(*arguments):
        code = run(["models", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
