"""`kill -9` of the agent at every point of a plan of five steps, and `ask --resume` after it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE = 60.0
HERE = Path(__file__).parent
LEDGER = HERE.parent / "mistral_agent" / "servers" / "ledger.py"
AGENT = [sys.executable, "-P", "-m", "mistral_agent"]
WORDS = ("one", "two", "three", "four", "five")
TOOLS = ("look", "note", "look", "note", "look")  # of which `look` only reads
CALLS = [f"{tool} {word}" for tool, word in zip(TOOLS, WORDS, strict=True)]
FIRST_BEGINNING, RECORDS_A_STEP = 3, 2
"""Where the records of steps begin: after the message and the plan."""


class Place:
    """A user's home with a plan of five steps in it, and the file that each call adds a line to."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ledger = home / "ledger.txt"
        self.plan = home / "plan.json"
        self.settings: dict[str, object] = {"agent": {"backend": "scripted"}}
        steps = [
            {
                "id": f"step{number}",
                "server": "ledger",
                "tool": tool,
                "args": {"word": word}
                | ({"after": f"${{step{number - 1}.word}}"} if number > 1 else {}),
            }
            for number, (tool, word) in enumerate(zip(TOOLS, WORDS, strict=True), 1)
        ]
        self.plan.write_text(json.dumps({"goal": "write all five", "steps": steps}))

    def flags(self, *words: str) -> list[str]:
        entry = {
            "name": "ledger",
            "command": sys.executable,
            "args": [str(LEDGER), f"file={self.ledger}", *words],
            "trusted": True,
        }
        config = self.home / "config.yaml"
        config.write_text(json.dumps(self.settings | {"mcp": {"servers": [entry]}}))
        return ["--config", str(config)]

    def environment(self) -> dict[str, str]:
        inherited = ("PATH", "COV_", "COVERAGE_")
        kept = {name: value for name, value in os.environ.items() if name.startswith(inherited)}
        return kept | {"HOME": str(self.home), "LANG": "C.UTF-8"}

    def start(self, program: list[str], *arguments: str, **more) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
            **more,
        )

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        agent = self.start(AGENT, *arguments)
        out, err = agent.communicate(stdin, timeout=PATIENCE)
        return subprocess.CompletedProcess(arguments, agent.returncode, out, err)

    def killed_after(self, records: int) -> None:
        """Run the plan until this many records are on disk."""
        program = [sys.executable, "-P", str(HERE / "agent_to_be_killed.py"), str(records)]
        agent = self.start(program, "ask", *self.flags(), "--plan", str(self.plan))
        agent.communicate(timeout=PATIENCE)
        assert agent.returncode == -signal.SIGKILL

    def killed_in(self, word: str) -> None:
        """Run the plan until the server works on the step of this word."""
        agent = self.start(AGENT, "ask", *self.flags(f"hang={word}"), "--plan", str(self.plan))
        self.wait_for_call(word)
        agent.kill()
        agent.communicate(timeout=PATIENCE)

    def wait_for_call(self, word: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not any(line.endswith(f" {word}") for line in self.calls()):
            assert time.monotonic() < deadline, "the step did not begin"
            time.sleep(0.02)

    def calls(self) -> list[str]:
        return self.ledger.read_text().splitlines() if self.ledger.exists() else []

    @property
    def session(self) -> Path:
        (path,) = (self.home / ".local/share/mistral-agent/sessions").glob("*.jsonl")
        return path

    def resume(self, *arguments: str, words: tuple[str, ...] = ()):
        return self.run("ask", *self.flags(*words), "--resume", self.session.stem, *arguments)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("word", WORDS)
def test_killed_in_a_step_only_that_step_is_repeated_and_only_if_it_reads(place, word):
    place.killed_in(word)
    call = CALLS[WORDS.index(word)]
    before = CALLS[: WORDS.index(word) + 1]
    assert place.calls() == before
    done = place.resume()
    if call.startswith("note"):
        assert done.returncode == 1
        assert done.stdout == ""
        assert f"step{len(before)} (note) was interrupted" in done.stderr
        assert f"ask --resume {place.session.stem} --yes" in done.stderr
        assert place.calls() == before, "nothing may run before the user decides"
        done = place.resume("--yes")
    assert done.returncode == 0, done.stderr
    assert place.calls() == [*before, *CALLS[len(before) - 1 :]]
    assert all(f"word: {each}" in done.stdout for each in WORDS)


@pytest.mark.parametrize("ended", range(6))
def test_killed_between_steps_every_step_runs_once(place, ended):
    place.killed_after(FIRST_BEGINNING - 1 + RECORDS_A_STEP * ended)
    assert place.calls() == CALLS[:ended]
    done = place.resume("--json")
    assert done.returncode == 0, done.stderr
    assert place.calls() == CALLS
    told = json.loads(done.stdout)
    assert [step["result"]["word"] for step in told["steps"]] == list(WORDS)
    assert [step["id"] for step in told["plan"]["steps"]] == [s["id"] for s in told["steps"]]


def test_killed_again_and_again_the_plan_comes_to_its_end(place):
    place.killed_after(4)
    for _ in range(2):
        program = [sys.executable, "-P", str(HERE / "agent_to_be_killed.py"), "3"]
        arguments = ("ask", *place.flags(), "--resume", place.session.stem)
        agent = place.start(program, *arguments)
        agent.communicate(timeout=PATIENCE)
        assert agent.returncode == -signal.SIGKILL
    done = place.resume()
    assert (done.returncode, place.calls()) == (0, CALLS), done.stderr


def test_killed_in_a_step_that_repeats_no_item_that_ended_is_repeated(place):
    look = {"id": "step1", "server": "ledger", "tool": "look", "args": {"word": "abc"}}
    note = {"id": "step2", "server": "ledger", "tool": "note", "for_each": "${step1.letters}"}
    steps = [look, note | {"args": {"word": "${item}"}}]
    place.plan.write_text(json.dumps({"goal": "note each letter", "steps": steps}))
    place.settings["planning"] = {"allow_loops": True, "max_parallel": 1}
    place.killed_after(
        7
    )  # the message, the plan, and the beginnings and ends of two calls, one more
    ended = place.calls()
    done = place.resume("--yes")
    assert done.returncode == 0, done.stderr
    noted = ["look abc", "note a", "note b", "note c"]
    assert sorted(set(place.calls())) == noted
    assert all(place.calls().count(each) == 1 for each in ended)


def test_ctrl_c_says_how_to_go_on(place):
    agent = place.start(AGENT, "ask", *place.flags("hang=two"), "--plan", str(place.plan))
    place.wait_for_call("two")
    agent.send_signal(signal.SIGINT)
    _, err = agent.communicate(timeout=PATIENCE)
    assert agent.returncode == 130
    assert f"to go on: mistral-agent ask --resume {place.session.stem}" in err
    assert place.resume().returncode == 1, "the note may have been written"


def test_a_plan_that_came_to_its_end_gives_its_answer_again(place):
    first = place.run("ask", *place.flags(), "--plan", str(place.plan))
    again = place.resume()
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert "nothing was left to do" in again.stderr
    assert place.calls() == CALLS


def test_a_step_that_was_refused_runs_once_the_user_says_yes(place):
    plan = json.loads(place.plan.read_text())
    plan["steps"][1]["tool"] = "erase"
    place.plan.write_text(json.dumps(plan))
    refused = place.run("ask", *place.flags(), "--plan", str(place.plan))
    assert refused.returncode == 1
    assert place.resume().returncode == 1
    assert place.calls() == CALLS[:1]
    done = place.resume("--yes")
    assert done.returncode == 0, done.stderr
    assert place.calls() == [CALLS[0], "erase two", *CALLS[2:]]
    again = place.resume("--yes")
    assert (again.returncode, again.stdout) == (0, done.stdout)


def test_a_damaged_last_line_counts_as_not_written(place):
    place.killed_after(FIRST_BEGINNING + RECORDS_A_STEP + 1)
    place.session.write_bytes(place.session.read_bytes()[:-20])
    done = place.resume()
    assert done.returncode == 1
    assert "the last line is damaged" in done.stderr
    assert "step2 (note) was interrupted" in done.stderr
    assert place.calls() == CALLS[:2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lacks=note",), "step4: server 'ledger' has no tool 'note'"),
        (("needs=colour",), "step4: note needs the argument 'colour'"),
    ],
)
def test_tools_that_went_or_changed_are_one_line_and_nothing_is_run(place, words, said):
    place.killed_after(FIRST_BEGINNING + 2 * RECORDS_A_STEP + 1)
    done = place.resume(words=words)
    assert done.returncode == 1
    assert done.stderr.count("mistral-agent: ") == 1
    assert f"the plan of session '{place.session.stem}' cannot go on" in done.stderr
    assert said in done.stderr
    assert place.calls() == CALLS[:3]


def test_a_conversation_in_use_and_one_that_there_is_not_are_named(place):
    place.killed_in("one")
    agent = place.start(
        AGENT,
        "ask",
        *place.flags("hang=one"),
        "--resume",
        place.session.stem,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while place.calls() != CALLS[:1] * 2:
            assert time.monotonic() < deadline, "the step was not repeated"
            time.sleep(0.02)
        busy = place.resume()
    finally:
        agent.kill()
        agent.communicate(timeout=PATIENCE)
    assert busy.returncode == 2
    assert "open in another process" in busy.stderr
    unknown = place.run("ask", *place.flags(), "--resume", "19990101-000000-none")
    assert unknown.returncode == 2
    assert "no session '19990101-000000-none'" in unknown.stderr


def test_a_resumption_takes_no_request(place):
    done = place.run("ask", "--resume", "some", "do it")
    assert done.returncode == 2
    assert "--resume ID stands alone" in done.stderr
