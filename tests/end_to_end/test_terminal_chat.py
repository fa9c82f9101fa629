"""The chat in a real terminal: a pseudo-terminal with a process group of its own."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from mistral_agent.plain_text import plain

REPLAY = Path(__file__).parents[1] / "mistral_agent" / "chat" / "replay_agent.py"
# The terminal becomes the controlling one, so that Ctrl-C is a signal as for a user.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
PATIENCE = 30.0
CTRL_C, CTRL_D, ESCAPE = "\x03", "\x04", "\x1b"
PASTE = "\x1b[200~{}\x1b[201~"


def environment(home, **more):
    """What a user's processes see, whose home is `home`; and what measures coverage."""
    inherited = ("PATH", "PYTHONPATH", "COV_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if name.startswith(inherited)}
    return kept | {"HOME": str(home), "LANG": "C.UTF-8"} | more


class Terminal:
    """A program in a terminal, driven by what a user types and sees."""

    def __init__(self, program, home, rows=40, columns=100, **environ):
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, sys.executable, *program],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=environment(home, TERM="xterm-256color", PROMPT_TOOLKIT_NO_CPR="1") | environ,
        )
        os.close(slave)
        self.raw = ""
        self._seen = self._prompts = 0

    @property
    def pid(self):
        return self._process.pid

    def type(self, keys):
        os.write(self._master, keys.encode())

    def expect(self, pattern):
        """Wait for `pattern` in what has appeared since the last match."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, plain(self.raw[self._seen :])):
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{pattern!r} did not appear in {self.raw[self._seen :]!r}")
        self._seen = len(self.raw)

    def prompt(self):
        """Wait until the next prompt takes keys: it asks for bracketed paste then."""
        deadline, self._prompts = time.monotonic() + PATIENCE, self._prompts + 1
        while self.raw.count(f"{ESCAPE}[?2004h") < self._prompts:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no prompt appeared in {self.raw!r}")

    def enter(self, text):
        """Type a line at the next prompt."""
        self.prompt()
        self.type(f"{text}\r")

    def wait(self):
        """The exit code, after everything it wrote."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline - time.monotonic()):
            pass
        return self._process.wait(max(0.1, deadline - time.monotonic()))

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    def _read(self, seconds):
        """Take what appears; False at the end or when nothing came in time."""
        if not select.select([self._master], [], [], max(0.0, seconds))[0]:
            return False
        try:
            piece = os.read(self._master, 1 << 16)
        except OSError:  # Linux: the last user of the terminal has gone
            return False
        self.raw += piece.decode(errors="replace")
        return bool(piece)


@pytest.fixture
def open_terminal(tmp_path):
    terminals = []

    def start(program=(str(REPLAY),), **options):
        terminals.append(Terminal(program, tmp_path, **options))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def chat(open_terminal):
    return open_terminal()


def test_a_request_is_answered_and_exit_leaves(chat, tmp_path):
    chat.enter("make")
    chat.expect(r"generate_code done in 1\.2 s")
    chat.expect(r"def add\(a, b\):\n    return a \+ b")
    chat.enter("/exit")
    assert chat.wait() == 0
    history = next(tmp_path.rglob("chat_history"))
    assert "+make" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def test_help_lists_the_commands(chat):
    chat.enter("/help")
    chat.expect(r"(?s)/help .*/tools .*/history .*/clear .*/exit .*Leave\.")


def test_an_interrupt_in_the_middle_of_a_step_stops_the_step_alone(chat):
    chat.enter("slow")
    chat.expect("generate_code … ")
    chat.type(CTRL_C)
    chat.expect("stopped; the conversation keeps what was done")
    chat.enter("hello")
    chat.expect("Hello you")
    chat.enter("/history")
    chat.expect("user: slow")
    chat.prompt()
    chat.type(CTRL_D)
    assert chat.wait() == 0


def test_an_interrupt_at_the_prompt_hints_and_discards_what_was_typed(chat):
    chat.prompt()
    chat.type(CTRL_C)
    chat.expect("Ctrl-D or /exit leaves")
    chat.prompt()
    chat.type(f"not this{CTRL_C}")
    chat.enter("hello")
    chat.expect("Hello you")


def test_a_second_interrupt_leaves_when_the_first_does_not_end_it(chat):
    chat.enter("stubborn")
    chat.expect("generate_code … ")
    chat.type(CTRL_C)
    chat.expect("not yet")
    chat.type(CTRL_C)
    assert chat.wait() != 0


def test_a_fence_keeps_reading_until_it_is_closed(chat):
    chat.enter("~~~python\rx = 1\r~~~")
    chat.expect(r"python\\nx = 1\\n")


def test_pasted_lines_and_escape_enter_are_one_message(chat):
    chat.enter(PASTE.format("first\r\rthird") + f"{ESCAPE}\rfourth")
    chat.expect(r"you said 'first\\n\\nthird\\nfourth'")


def test_tab_completes_a_command(chat):
    chat.prompt()
    chat.type("/hel")
    chat.expect("List the commands")
    chat.type("\t\r\r")
    chat.expect("Leave.")


def test_a_question_is_answered_with_the_next_line(chat):
    chat.enter("review")
    chat.expect(r"1\. Which code\?")
    chat.enter("this")
    chat.expect("you said 'this'")


def test_a_narrow_monochrome_terminal_will_do(open_terminal):
    terminal = open_terminal(columns=30, NO_COLOR="1", LANG="C", LC_ALL="C")
    terminal.enter("make")
    terminal.expect(r"return a \+ b")
    terminal.prompt()
    terminal.type(CTRL_D)
    assert terminal.wait() == 0


def test_a_dumb_terminal_gets_lines_without_escapes(open_terminal):
    terminal = open_terminal(TERM="dumb")
    terminal.expect("> ")
    terminal.type("make\n")
    terminal.expect(r"(?s)return a \+ b.*> ")
    terminal.type(CTRL_D)
    assert terminal.wait() == 0
    assert ESCAPE not in terminal.raw


def test_piped_lines_are_answered_without_prompts(tmp_path):
    done = subprocess.run(
        [sys.executable, REPLAY],
        input="hello\nreview\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(tmp_path, TERM="xterm"),
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout.startswith("Hello **you**\n1. Which code?\n")
    assert ESCAPE not in done.stdout + done.stderr


def test_an_interrupt_ends_a_chat_whose_input_is_a_silent_pipe(tmp_path):
    process = subprocess.Popen(
        [sys.executable, REPLAY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    )
    process.stdin.write(b"hello\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"Hello **you**\n"
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(PATIENCE) != 0
    finally:
        process.kill()
        process.communicate()


SERVER = """
import anyio
from pathlib import Path
from mcp.server import MCPServer
from mcp.types import ToolAnnotations

server = MCPServer("zoo")

@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def count_words(text: str) -> dict[str, int]:
    "Count the words of a text."
    return {"word_count": len(text.split())}

@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def watch_animals(place: str) -> str:
    "Watch the animals of a place for a long time."
    try:
        await anyio.sleep(600)
    finally:
        Path("stopped").touch()
    return "none"

server.run()
"""
CONFIGURATION = """
agent: {{backend: scripted}}
mcp:
  include_builtin: false
  servers: [{{name: zoo, command: {python}, args: [zoo.py], cwd: {folder}, trusted: true}}]
conversation: {{session_dir: {folder}/sessions}}
"""


@pytest.fixture
def configuration(tmp_path):
    """The scripted model, and a server of its own."""
    (tmp_path / "zoo.py").write_text(SERVER)
    file = tmp_path / "agent.yaml"
    file.write_text(CONFIGURATION.format(python=sys.executable, folder=tmp_path))
    return file


@pytest.fixture
def product(configuration, open_terminal):
    """The real chat."""
    program = ("-m", "mistral_agent", "chat", "--config", str(configuration))
    return open_terminal(program, columns=160)


def test_the_whole_product_talks_runs_tools_and_stops_one_when_told(product, tmp_path):
    product.enter("/help")
    product.expect("Leave.")
    product.enter("/tools")
    product.expect("watch_animals +zoo +place")
    product.enter("count the words of 'one two three'")
    product.expect(r"count_words done in")
    product.expect(r"word count: \d")
    product.enter("watch the animals of the place 'zoo'")
    product.expect("watch_animals … ")
    product.type(CTRL_C)
    product.expect("stopped; the conversation keeps what was done")
    product.enter("/history")
    product.expect("(?s)count_words: done.*watch_animals: cancelled")
    product.enter("/exit")
    assert product.wait() == 0
    assert (tmp_path / "stopped").exists()
    (session,) = (tmp_path / "sessions").glob("*.jsonl")
    assert session.stat().st_mode & 0o077 == 0


def test_the_whole_product_takes_its_lines_from_a_pipe(configuration, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mistral_agent", "chat", "--config", configuration],
        input="count the words of 'one two three'\nreview @nowhere.py\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(tmp_path, TERM="xterm"),
        check=False,
    )
    assert done.stdout == "word count: 3\n"
    assert "error: file 'nowhere.py' cannot be read" in done.stderr
    assert ESCAPE not in done.stderr
    assert done.returncode == 2


def test_a_reader_who_leaves_early_ends_the_chat_quietly(configuration, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "mistral_agent", "chat", "--config", configuration],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
    )
    process.stdout.close()
    try:
        process.stdin.write("count the words of 'one two three'\n" * 3)
        process.stdin.close()
        assert "Traceback" not in process.stderr.read()
        assert process.wait(PATIENCE) == 128 + signal.SIGPIPE
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_small_talk_of_the_real_model_is_streamed_stopped_and_summarised(open_terminal, tmp_path):
    chat = open_terminal(
        ["-P", "-m", "mistral_agent", "--backend", "embedded", "chat"],
        MISTRAL_AGENT__CONVERSATION__MEMORY_SIZE="2",
        MISTRAL_AGENT__AGENT__MAX_TOKENS="150",
    )
    chat.enter("What is the history of programming languages, in great detail?")
    chat.expect("loading")
    chat.expect(r"\w+ \w+ \w+ \w+")  # its words, as they come
    chat.type(CTRL_C)
    chat.expect("stopped; the conversation keeps what was done")
    chat.enter("hello")
    chat.enter("thanks")
    chat.expect(r"1 earlier message is summarised: - \"What is the history")
    chat.enter("/history")
    chat.expect(r"shown this instead of what was said before \(messages: 1\)")
    chat.enter("/exit")
    assert chat.wait() == 0
    (file,) = tmp_path.glob(".local/share/mistral-agent/sessions/*.jsonl")
    kinds = [json.loads(line).get("kind") for line in file.read_text().splitlines()[1:]]
    assert kinds == ["message", "note", "message", "answer", "message", "summary", "answer"]
