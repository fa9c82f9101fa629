"""The terminal chat: it reads a line, has it done, and shows what happens."""

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TextIO

from mistral_agent.chat.commands import COMMANDS, Call, Message, Mistake, parse
from mistral_agent.chat.interrupts import on_interrupt
from mistral_agent.chat.lines import Lines, PipedLines, TerminalLines
from mistral_agent.chat.render import Renderer
from mistral_agent.chat.requests import DONE, FAILED, follow, interruption
from mistral_agent.chat.state import Chat, ChatAgent
from mistral_agent.chat.streams import is_styled
from mistral_agent.errors import AgentError
from mistral_agent.sessions import Session
from model_backends.errors import BackendError

INTERRUPTED = 130

log = logging.getLogger(__name__)


async def run_chat(
    agent: ChatAgent,
    session: Session,
    *,
    lines: Lines | None = None,
    answers: TextIO | None = None,
    progress: TextIO | None = None,
    approve_all: bool = False,
) -> int:
    """Talk until the user leaves or the input ends.

    Args:
        agent: Does the work; its servers may still be connecting.
        session: The conversation to go on with.
        lines: Gives the messages; the terminal or standard input otherwise.
        answers: Takes answers; standard output otherwise.
        progress: Takes everything else; standard error otherwise.
        approve_all: Run what needs approval without asking.

    Returns:
        0 after a talk with a person. Where input is piped: what the last message that was not
        done amounts to, as for `ask` (1, 2, 3, 4 or 130), else 0.
    """
    chat = Chat(agent, session, Renderer(answers or sys.stdout, progress or sys.stderr))
    chat.lines = lines = lines or open_lines(chat.screen)
    chat.approve_all = approve_all
    if lines.interactive:
        chat.screen.say("Type a request, or /help. Ctrl-D leaves.")
    if (left := interruption(session)) is not None:
        chat.screen.say(left)
    last, is_offered = DONE, not lines.interactive
    while not chat.leaving and (line := await lines.read()) is not None:
        last = await _obey(chat, line) or last
        # Nobody is there to type another line: who interrupts a pipe wants all of it to end.
        chat.leaving |= last == INTERRUPTED and not lines.interactive
        if not is_offered and not chat.leaving:
            is_offered = True
            await _offer_models(chat)
    return DONE if lines.interactive else last


async def _offer_models(chat: Chat) -> None:
    """Offer the model servers of this machine, where only the small model is used.

    Not before the first prompt: the search imports an HTTP client, which the prompt need not await.
    """
    if chat.agent.backend.info.backend != "embedded":
        return
    from model_backends.discovery import find_local_servers

    for server in await find_local_servers():
        setting = f"--base-url {server.base_url} --model {(*server.models, 'NAME')[0]}"
        chat.screen.say(f"{server.name} runs on this machine; to use it: {setting}")


def open_lines(screen: Renderer) -> Lines:
    """The prompt where there is a terminal to show it on, else the lines of standard input."""
    if sys.stdin is None:  # closed, as in `<&-`
        return PipedLines(os.open(os.devnull, os.O_RDONLY))
    if not sys.stdin.isatty():
        return PipedLines(sys.stdin.fileno())
    if not (is_styled(sys.stdout) or is_styled(sys.stderr)):
        return PipedLines(sys.stdin.fileno(), "> ", sys.stderr)
    commands = [(command.name, command.help) for command in COMMANDS.values()]
    return TerminalLines(commands, _history_file(), screen.say)


def _history_file() -> Path:
    from platformdirs import user_data_path

    return user_data_path("mistral-agent", appauthor=False) / "chat_history"


async def _obey(chat: Chat, line: str) -> int:
    """Do what a line says; Ctrl-C stops it and keeps the chat."""
    match parse(line):
        case None:
            return DONE
        case Mistake(problem):
            chat.screen.say(problem)
            return 2
        case Call() as call:
            return await _stoppable(chat, _command(chat, call))
        case Message(text):
            return await _stoppable(chat, _request(chat, text))
    raise AssertionError("parse gives nothing else")


async def _stoppable(chat: Chat, work: Coroutine[Any, Any, int]) -> int:
    """Run `work` to its end or to Ctrl-C; what can be expected to fail becomes one line."""
    task = asyncio.ensure_future(work)
    try:
        with on_interrupt(task.cancel) as interrupt:
            code = await task
        return INTERRUPTED if interrupt.happened else code
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if not interrupt.happened or (current and current.cancelling()):
            raise
        chat.screen.flush()
        chat.screen.say("stopped; the conversation keeps what was done")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except (AgentError, BackendError) as error:
        chat.screen.flush()
        chat.screen.say(f"error: {error}")
        return error.exit_code
    except Exception as error:
        # One request's defect must not end the talk.
        log.exception("a request failed unexpectedly")
        chat.screen.flush()
        chat.screen.say(f"error: {type(error).__name__}: {error} (the log has more)")
        return FAILED


async def _command(chat: Chat, call: Call) -> int:
    code = await call.command.run(chat, call.argument) or DONE
    text, chat.request = chat.request, ""
    return await _request(chat, text) if text else code


async def _request(chat: Chat, text: str) -> int:
    return await follow(chat, chat.agent.orchestrator.handle(chat.session, text))
