"""Where the chat's lines come from: a terminal, or anything that is piped in."""

import asyncio
import codecs
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from mistral_agent.errors import RequestFileError
from mistral_agent.markdown import open_fence, open_fence_after

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

MAX_MESSAGE = 4 << 20
_PIECE = 1 << 16


class Lines(Protocol):
    """Gives the user's messages, one at a time."""

    @property
    def interactive(self) -> bool:
        """Whether a person sits at the other end."""
        ...

    async def read(self) -> str | None:
        """The next message, of several lines where it opens a code fence; None at the end."""
        ...

    async def ask(self, question: str) -> str | None:
        """One line in answer to `question`; None where the user gives none.

        What was typed before the question stood there is no answer to it, and is thrown away.
        """
        ...


class PipedLines:
    """Lines of a file or pipe, without prompts and without anything that a terminal needs.

    Args:
        descriptor: Read as UTF-8; what is not UTF-8 is replaced.
        prompt: Where a person types on a terminal that cannot do more, what shows the turn.
        progress: Takes the prompt.
    """

    def __init__(self, descriptor: int, prompt: str = "", progress: TextIO | None = None) -> None:
        self._descriptor = descriptor
        self._prompt = prompt
        self._progress = progress
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._buffer = ""
        self._ended = False
        self._reading: asyncio.Future[bytes] | None = None

    @property
    def interactive(self) -> bool:
        """Whether turns are shown."""
        return bool(self._prompt)

    async def read(self) -> str | None:
        """The next line, or lines up to the end of the fence that the first one opens.

        Raises:
            RequestFileError: The message is longer than `MAX_MESSAGE`.
        """
        if self._progress is not None:
            self._progress.write(self._prompt)
            self._progress.flush()
        message = line = await self._line()
        inside = open_fence(message)
        while inside and (line := await self._line()):
            inside = open_fence_after(inside, line)
            message = _bounded(message + line)
        return message.removesuffix("\n") if message else None

    async def ask(self, question: str) -> str | None:
        """One line in answer; None at the end of the input."""
        _forget_typed(self._descriptor)
        self._buffer = ""
        if self._progress is not None:
            self._progress.write(question)
            self._progress.flush()
        return await self._line() or None

    async def _line(self) -> str:
        """A line with its end; "" at the end of the input."""
        searched = 0
        while (end := self._buffer.find("\n", searched)) < 0 and not self._ended:
            searched = len(_bounded(self._buffer))
            # A read that was given up goes on in its thread: its piece must not be lost.
            self._reading = self._reading or asyncio.ensure_future(_read_piece(self._descriptor))
            piece = await asyncio.shield(self._reading)
            self._reading = None
            self._ended = not piece
            self._buffer += self._decode(piece, final=self._ended)
        size = end + 1 if end >= 0 else len(self._buffer)
        line, self._buffer = self._buffer[:size], self._buffer[size:]
        return line.replace("\r\n", "\n")


class TerminalLines:
    """A prompt with history, completion, several lines and bracketed paste.

    Args:
        commands: Name and help of each slash command, for completion.
        history: The file of earlier lines, readable by its owner alone; None keeps none.
        say: Shows a hint.
    """

    def __init__(
        self,
        commands: list[tuple[str, str]],
        history: Path | None,
        say: Callable[[str], None],
    ) -> None:
        self._commands = commands
        self._history = history
        self._say = say
        self._session: PromptSession[str] | None = None

    @property
    def interactive(self) -> bool:
        """A person types."""
        return True

    async def read(self) -> str | None:
        """Prompt for a message; Ctrl-C discards what is typed, Ctrl-D on an empty line ends."""
        from prompt_toolkit.patch_stdout import patch_stdout

        self._session = self._session or self._open()
        while True:
            try:
                with patch_stdout():
                    return await self._session.prompt_async("> ")
            except KeyboardInterrupt:
                if not self._session.default_buffer.text:
                    self._say("nothing to stop; Ctrl-D or /exit leaves")
            except EOFError:
                return None

    async def ask(self, question: str) -> str | None:
        """Prompt for one line, which no history keeps; Ctrl-C and Ctrl-D give none."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.input.typeahead import clear_typeahead
        from prompt_toolkit.output import create_output
        from prompt_toolkit.patch_stdout import patch_stdout

        session: PromptSession[str] = PromptSession(output=create_output(always_prefer_tty=True))
        clear_typeahead(session.app.input)
        _forget_typed(sys.stdin.fileno())
        try:
            with patch_stdout():
                return await session.prompt_async(question)
        except (KeyboardInterrupt, EOFError):
            return None

    def _open(self) -> "PromptSession[str]":
        from prompt_toolkit import PromptSession
        from prompt_toolkit.output import create_output

        from mistral_agent.chat.completion import open_completer

        return PromptSession(
            output=create_output(always_prefer_tty=True),
            completer=open_completer(self._commands),
            history=open_history(self._history),
            key_bindings=_keys(),
            multiline=True,
            prompt_continuation="… ",
            reserve_space_for_menu=4,
            enable_suspend=True,
        )


def open_history(path: Path | None) -> "History":
    """Earlier lines from a private file; in memory where the file cannot be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    class PrivateHistory(FileHistory):
        """Goes on without the file when the disk is full."""

        def store_string(self, string: str) -> None:
            # The line stays in this chat's memory; the chat matters more than its history.
            with suppress(OSError):
                super().store_string(string)

    if path is None:
        return InMemoryHistory()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return PrivateHistory(str(path))


def _keys() -> "KeyBindings":
    """Enter sends, unless a fence is open; Esc Enter (Alt-Enter) begins a new line."""
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: "KeyPressEvent") -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif open_fence(buffer.text):
            buffer.newline(copy_margin=True)
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _(event: "KeyPressEvent") -> None:
        event.current_buffer.newline(copy_margin=True)

    return keys


def _forget_typed(descriptor: int) -> None:
    """Throw away what a terminal holds that nobody has read."""
    if sys.platform != "win32" and os.isatty(descriptor):
        import termios

        termios.tcflush(descriptor, termios.TCIFLUSH)


def _bounded(message: str) -> str:
    if len(message) > MAX_MESSAGE:
        raise RequestFileError("-", f"a message has more than {MAX_MESSAGE} characters")
    return message


async def _read_piece(descriptor: int) -> bytes:
    """Read what is there; b"" at the end.

    A thread of its own, and a daemon: asyncio's would keep the process alive until the other end
    of the pipe writes, and polling does not work on regular files.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes] = loop.create_future()

    def settle(piece: bytes) -> None:
        if not done.done():
            done.set_result(piece)

    def work() -> None:
        try:
            piece = os.read(descriptor, _PIECE)
        except OSError:
            piece = b""
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, piece)

    threading.Thread(target=work, name="chat-input", daemon=True).start()
    return await done
