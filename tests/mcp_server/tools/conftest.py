from contextlib import asynccontextmanager

import pytest
from mcp import Client

from mcp_server.configuration import load_configuration
from mcp_server.sandbox import open_sandbox
from mcp_server.server import build_server
from model_backends.scripted import ScriptedBackend


class NoSandbox:
    """A machine that isolates nothing."""

    mechanism = "none"
    reason = "nothing here isolates code; set sandbox.mode: process to run it without"

    async def run(self, job):
        from mcp_server.sandbox.base import SandboxUnavailableError

        raise SandboxUnavailableError(self.reason)


@pytest.fixture(scope="session")
def sandbox():
    return open_sandbox("auto")


@pytest.fixture
def no_sandbox():
    return NoSandbox()


@pytest.fixture
def serve(sandbox):
    """Opens a client of a server in memory: `async with serve(replies=[...]) as call`."""

    @asynccontextmanager
    async def open_client(*replies, backend=None, sandbox=sandbox, **environ):
        environ = {"STARCODER_MCP__SESSIONS__URL": "sqlite://", **environ}
        settings = load_configuration(environ=environ).settings
        backend = backend or ScriptedBackend(replies=replies or ["no idea"])
        async with Client(build_server(settings, backend, sandbox)) as client:

            async def call(name, /, progress=None, **arguments):
                result = await client.call_tool(name, arguments, progress_callback=progress)
                if result.is_error:
                    raise AssertionError(result.content[0].text)
                return result.structured_content

            call.client = client
            call.backend = backend
            yield call

    return open_client
