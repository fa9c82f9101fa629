"""The composition root of the agent: settings in, a running agent out."""

import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mistral_agent.approval import Approvals, FilePins
from mistral_agent.orchestrator import Orchestrator
from mistral_agent.servers import ServerSpec
from mistral_agent.sessions import SessionStore, open_sessions
from mistral_agent.sessions.store import APPLICATION
from mistral_agent.settings import AgentSettings, builtin_environment
from mistral_agent.tool_client import McpToolClient, ToolClient
from model_backends.base import ModelBackend
from model_backends.registry import (
    FIRST_REQUEST_IMPORTS,
    TRANSFORMERS,
    describe,
    open_backend,
    resolve,
)
from model_backends.settings import BackendSettings


@dataclass(frozen=True, slots=True)
class Agent:
    """A running agent.

    Args:
        settings: What it was opened with.
        client: Its MCP servers.
        backend: Its model; nothing is loaded before something needs it.
        model_choice: One line that says which model was chosen and how to choose another.
        sessions: The conversations on disk.
        orchestrator: What handles requests.
    """

    settings: AgentSettings
    client: ToolClient
    backend: ModelBackend
    model_choice: str
    sessions: SessionStore
    orchestrator: Orchestrator


@asynccontextmanager
async def open_agent(
    settings: AgentSettings,
    extra_servers: Sequence[ServerSpec] = (),
    environ: Mapping[str, str] = os.environ,
) -> AsyncIterator[Agent]:
    """Start the servers and open the model; stop all of it at the end.

    The server processes are started first, so that they come up while the rest is imported.

    Raises:
        ConfigurationError: The chosen model cannot be.
        SessionStorageError: Conversations cannot be kept where the settings say.
    """
    # mkdtemp makes the directory 0700: only this user's processes meet in it.
    with tempfile.TemporaryDirectory(prefix="mistral-agent-") as rendezvous:
        chosen = resolve(replace(settings.backend_settings(), rendezvous=rendezvous), environ)
        sessions = open_sessions(settings)
        # Each process has a full-size model of its own where the user named none.
        own = chosen.backend == TRANSFORMERS and settings.agent.model is None
        handed = replace(chosen, model=None) if own else chosen
        servers = with_the_model(handed, (*settings.server_specs(), *extra_servers), environ)
        soon = FIRST_REQUEST_IMPORTS.get(chosen.backend, ())
        async with McpToolClient(servers, then_import=soon) as client:
            backend = open_backend(chosen)
            try:
                approvals = Approvals(
                    settings.approval, FilePins(_approvals_file()), client.catalogue
                )
                orchestrator = Orchestrator(client, backend, settings, approvals)
                yield Agent(settings, client, backend, describe(chosen), sessions, orchestrator)
            finally:
                sessions.close()
                await backend.aclose()


def _approvals_file() -> Path:
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False) / "approvals.json"


def with_the_model(
    chosen: BackendSettings, servers: Sequence[ServerSpec], environ: Mapping[str, str]
) -> list[ServerSpec]:
    """The servers, with the agent's model handed to the built-in one and to no other."""
    environment = builtin_environment(chosen, environ)
    return [
        replace(spec, env={**environment, **spec.env}) if spec.builtin else spec for spec in servers
    ]
