"""What the chat needs of the agent, and what it holds while it runs."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from mistral_agent.catalogue import Catalogue
from mistral_agent.chat.lines import Lines
from mistral_agent.chat.render import Renderer
from mistral_agent.events import Event
from mistral_agent.sessions import Session, SessionSummary
from model_backends.base import ModelInfo


class ChatOrchestrator(Protocol):
    """Does requests."""

    def handle(self, session: Session, text: str) -> AsyncGenerator[Event]:
        """Do one request, or go on with the one that asked something."""
        ...

    def resume(self, session: Session) -> AsyncGenerator[Event]:
        """Go on with the plan of a conversation that was interrupted."""
        ...


class ChatClient(Protocol):
    """Knows the tools."""

    async def catalogue(self) -> Catalogue:
        """What the servers offer; waits until each has connected or failed."""
        ...


class ChatSessions(Protocol):
    """Keeps the conversations."""

    def create(self) -> Session:
        """Begin a conversation."""
        ...

    def open(self, session_id: str) -> Session:
        """Go on with a conversation."""
        ...

    def list(self) -> "Sequence[SessionSummary]":
        """All conversations, newest first."""
        ...

    def export(self, session: Session) -> str:
        """A conversation as Markdown."""
        ...


class ChatModel(Protocol):
    """Names the model."""

    @property
    def info(self) -> ModelInfo:
        """What is known of the model."""
        ...


class ChatAgent(Protocol):
    """The parts of the agent that the chat uses."""

    @property
    def orchestrator(self) -> ChatOrchestrator:
        """Does requests."""
        ...

    @property
    def client(self) -> ChatClient:
        """Knows the tools."""
        ...

    @property
    def sessions(self) -> ChatSessions:
        """Keeps the conversations."""
        ...

    @property
    def backend(self) -> ChatModel:
        """Names the model."""
        ...


@dataclass
class Chat:
    """A running chat.

    Args:
        agent: Does the work.
        session: The conversation that messages go to.
        screen: Shows what happens.
        lines: Gives the user's lines; None where nobody can be asked anything.
        approve_all: Every step may run, without a question.
        leaving: The user wants to leave.
        request: What a command wants to be done as a request.
    """

    agent: ChatAgent
    session: Session
    screen: Renderer
    lines: Lines | None = None
    approve_all: bool = False
    leaving: bool = False
    request: str = ""
