"""Tools and conversations as rows of a table."""

from collections.abc import Sequence
from typing import TextIO

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.chat.streams import write_table
from mistral_agent.offerings import usage
from mistral_agent.plain_text import one_line
from mistral_agent.sessions import SessionSummary

Rows = tuple[tuple[str, ...], list[tuple[str, ...]]]

MAX_SUMMARY = 100


def catalogue_rows(catalogue: Catalogue) -> Rows:
    """Headers and rows of all tools; optional inputs stand in brackets."""
    rows = [
        (
            catalogue.shown_name(tool.server, tool.name),
            tool.server,
            _inputs(tool),
            _first_sentence(tool.description or tool.title),
        )
        for tool in catalogue.tools
    ]
    return ("tool", "server", "inputs", "what it does"), list(rows)


def resource_rows(catalogue: Catalogue) -> Rows:
    """Headers and rows of all resources, as a request mentions them."""
    rows = [
        (f"@{each.server}:{each.uri}", _first_sentence(each.description or each.name))
        for each in catalogue.resources
    ]
    return ("in a request", "what it is"), list(rows)


def prompt_rows(catalogue: Catalogue) -> Rows:
    """Headers and rows of all prompts, as they are called."""
    rows = [(usage(each), _first_sentence(each.description)) for each in catalogue.prompts]
    return ("to run it", "what it asks for"), list(rows)


def session_rows(sessions: Sequence[SessionSummary]) -> Rows:
    """Headers and rows of conversations; times are local."""
    rows = [
        (
            session.id,
            session.updated.astimezone().strftime("%Y-%m-%d %H:%M"),
            str(session.messages),
            ("(interrupted) " if session.interrupted else "") + one_line(session.title, 60),
        )
        for session in sessions
    ]
    return ("id", "last message", "messages", "about"), list(rows)


def print_tools(catalogue: Catalogue, answers: TextIO, progress: TextIO) -> None:
    """Write the tools on one stream, and what could not be connected on the other."""
    write_table(answers, *catalogue_rows(catalogue))
    for problem in catalogue.problems:
        progress.write(f"server {problem.server}: {one_line(problem.reason)}\n")
    for note in catalogue.notes:
        progress.write(f"note: {one_line(note, 1000)}\n")


def print_sessions(sessions: Sequence[SessionSummary], answers: TextIO) -> None:
    """Write the list of conversations."""
    write_table(answers, *session_rows(sessions))


def _inputs(tool: Tool) -> str:
    required = [name for name in tool.parameters if name in tool.required]
    optional = [f"[{name}]" for name in tool.parameters if name not in tool.required]
    return " ".join([*required, *optional])


def _first_sentence(text: str) -> str:
    line = one_line(text, 1000)
    end = line.find(". ")
    return one_line(line if end < 0 else line[: end + 1], MAX_SUMMARY)
