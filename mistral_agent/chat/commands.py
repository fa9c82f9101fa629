"""Slash commands: one table, and a pure parser that tells them from messages."""

import difflib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mistral_agent.chat.listing import catalogue_rows, prompt_rows, resource_rows, session_rows
from mistral_agent.chat.requests import follow, interruption
from mistral_agent.chat.state import Chat
from mistral_agent.offerings import PROMPT
from mistral_agent.plain_text import one_line

Handler = Callable[[Chat, str], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command.

    Args:
        name: Its name without the slash.
        argument: What may follow, for the help; empty where nothing may.
        help: One sentence.
        run: Does it, given the chat and the argument; the exit code that it amounts to, if any.
    """

    name: str
    argument: str
    help: str
    run: Handler


@dataclass(frozen=True, slots=True)
class Message:
    """Text for the assistant."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command and its argument."""

    command: Command
    argument: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A command that cannot be obeyed, and what would be right."""

    problem: str


def parse(line: str) -> Message | Call | Mistake | None:
    """Tell what a line is; None is an empty one.

    A command starts with one slash and a letter on a line of its own: a path such as `/etc/hosts`,
    or text of several lines, is a message. So is anything after a second slash: `//help`.
    """
    text = line.strip()
    if not text:
        return None
    if text.lower() in LEAVING_WORDS:
        return Call(COMMANDS["exit"], "")
    word, _, argument = text.partition(" ")
    name = word[1:].lower()
    if not word.startswith("/") or "\n" in text or "/" in name or not name[:1].isalpha():
        return Message(text[1:] if text.startswith("//") else text)
    command = COMMANDS.get(ALIASES.get(name, name))
    if command is None:
        return Mistake(_unknown(name))
    if argument.strip() and not command.argument:
        return Mistake(f"/{command.name} takes nothing after it; got {one_line(argument, 60)!r}")
    return Call(command, argument.strip())


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, [*COMMANDS, *ALIASES], n=1, cutoff=0.5)
    hint = f"did you mean /{close[0]}?" if close else "/help lists them"
    return f"unknown command /{one_line(name, 40)}; {hint}"


async def _help(chat: Chat, _: str) -> None:
    rows = [(f"/{c.name} {c.argument}".rstrip(), c.help) for c in COMMANDS.values()]
    chat.screen.table(("command", "what it does"), rows)
    chat.screen.say(
        "Anything else is a request. @path adds a file, @server:uri a resource; "
        "``` begins code of several lines; "
        "Esc Enter begins a new line; Ctrl-C stops a request; Ctrl-D leaves."
    )


async def _tools(chat: Chat, _: str) -> None:
    catalogue = await chat.agent.client.catalogue()
    chat.screen.table(*catalogue_rows(catalogue))
    for problem in catalogue.problems:
        chat.screen.say(f"server {problem.server}: {problem.reason}")


async def _resources(chat: Chat, _: str) -> None:
    chat.screen.table(*resource_rows(await chat.agent.client.catalogue()))


async def _prompt(chat: Chat, argument: str) -> None:
    if argument:
        chat.request = f"{PROMPT}{argument}"
    else:
        chat.screen.table(*prompt_rows(await chat.agent.client.catalogue()))


async def _history(chat: Chat, _: str) -> None:
    chat.screen.markdown(chat.agent.sessions.export(chat.session))


async def _sessions(chat: Chat, argument: str) -> None:
    if not argument:
        chat.screen.table(*session_rows(chat.agent.sessions.list()))
        return
    chat.session = chat.agent.sessions.open(argument)
    chat.screen.say(f"going on with conversation {chat.session.id}")
    if (left := interruption(chat.session)) is not None:
        chat.screen.say(left)


async def _resume(chat: Chat, _: str) -> int:
    return await follow(chat, chat.agent.orchestrator.resume(chat.session))


async def _clear(chat: Chat, _: str) -> None:
    left = chat.session.id
    chat.session = chat.agent.sessions.create()
    chat.screen.clear()
    chat.screen.say(f"a new conversation; /sessions {left} goes back to the last one")


async def _model(chat: Chat, _: str) -> None:
    info = chat.agent.backend.info
    rows = [
        ("backend", info.backend),
        ("model", info.model),
        ("state", info.state),
        ("context window", f"{info.context_window} tokens"),
        ("trusted to decide", "no, it is small" if info.quality == "small" else info.quality),
    ]
    chat.screen.table(("", "of this chat"), rows)
    chat.screen.say("another: mistral-agent chat --base-url URL --model NAME, or --model FILE.gguf")


async def _exit(chat: Chat, _: str) -> None:
    chat.leaving = True


COMMANDS = {
    command.name: command
    for command in (
        Command("help", "", "List the commands.", _help),
        Command("tools", "", "List the tools of the connected servers.", _tools),
        Command("resources", "", "List what @server:uri adds to a request.", _resources),
        Command("prompt", "[NAME key=value …]", "List the servers' prompts, or run one.", _prompt),
        Command("history", "", "Show this conversation.", _history),
        Command("clear", "", "Begin a new conversation; the last one is kept.", _clear),
        Command("sessions", "[ID]", "List the conversations, or go on with one.", _sessions),
        Command("resume", "", "Go on with the plan that was interrupted.", _resume),
        Command("model", "", "Show the model and how to choose another.", _model),
        Command("exit", "", "Leave.", _exit),
    )
}
ALIASES = {"prompts": "prompt", "new": "clear", "quit": "exit", "q": "exit", "?": "help"}
LEAVING_WORDS = ("exit", "quit")
