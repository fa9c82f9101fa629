"""One model for several processes, whatever happens to them."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from model_backends.embedded.backend import EmbeddedBackend
from model_backends.embedded.rendezvous import Meeting, Rendezvous
from model_backends.errors import ConfigurationError
from model_backends.settings import BackendSettings

SCRIPT = Path(__file__).with_name("share_model.py")
BOUND = 60.0
LOADING = "loading SmolLM2-135M-Instruct.Q4_1 (98 MB) …"


class Process:
    """One process of `share_model.py`, killed when it does not answer in time."""

    def __init__(self, directory, errors):
        self.errors = errors
        command = [sys.executable, str(SCRIPT), str(directory)]
        pipe = subprocess.PIPE
        with errors.open("w") as file:
            self.popen = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=file, text=True)

    def order(self, line):
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def hear(self):
        late = threading.Timer(BOUND, self.popen.kill)
        late.start()
        try:
            return json.loads(self.popen.stdout.readline())
        finally:
            late.cancel()

    def ask(self, line):
        self.order(line)
        return self.hear()

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(BOUND)

    @property
    def loads(self):
        return self.errors.read_text().count(LOADING)

    def end(self):
        self.popen.stdin.close()
        try:
            self.popen.wait(BOUND)
        finally:
            self.popen.kill()
            self.popen.stdout.close()


@contextmanager
def processes(directory, number):
    meeting = directory / "meeting"
    meeting.mkdir(mode=0o700)
    started = [Process(meeting, directory / f"{n}.err") for n in range(number)]
    try:
        yield started
    finally:
        for process in started:
            process.end()


def test_processes_that_start_together_load_the_model_once(tmp_path):
    with processes(tmp_path, 3) as all_of_them:
        for process in all_of_them:
            process.order("say 8")
        answers = [process.hear() for process in all_of_them]

        assert sorted(a["state"] for a in answers) == ["ready", "remote", "remote"]
        assert len({a["text"] for a in answers}) == 1
        assert sum(process.loads for process in all_of_them) == 1


def test_another_process_loads_the_model_after_its_owner_was_killed(tmp_path):
    with processes(tmp_path, 2) as (owner, other):
        before = owner.ask("say 8")
        assert other.ask("say 8") == {"state": "remote", "text": before["text"]}
        owner.kill()

        assert other.ask("say 8") == {"state": "ready", "text": before["text"]}
        assert (owner.loads, other.loads) == (1, 1)


def test_a_request_whose_owner_is_killed_while_text_comes_fails_and_the_next_is_served(tmp_path):
    with processes(tmp_path, 2) as (owner, other):
        owner.ask("warm")
        assert other.ask("stream 480") == {"began": True}
        owner.kill()

        assert other.hear() == {
            "error": "GenerationError",
            "message": "model 'SmolLM2-135M-Instruct.Q4_1' failed: "
            "its process ended in the middle of the answer",
        }
        assert other.ask("say 4")["state"] == "ready"


def test_the_model_ends_with_an_owner_that_was_killed(tmp_path):
    with processes(tmp_path, 1) as (owner,):
        owner.ask("warm")
        (runtime,) = children(owner.popen.pid)
        descriptor = os.pidfd_open(runtime)
        owner.kill()

        ended(descriptor)


def test_an_owner_that_closes_hands_over_to_the_others(tmp_path):
    with processes(tmp_path, 2) as (owner, other):
        owner.ask("warm")
        assert other.ask("warm") == {"state": "remote"}
        owner.popen.stdin.close()
        assert owner.hear() == {"closed": "closed"}

        assert other.ask("say 4")["state"] == "ready"
        assert list((tmp_path / "meeting").glob("*.tmp")) == []


def test_a_model_whose_own_process_was_killed_is_loaded_again(tmp_path):
    with processes(tmp_path, 1) as (owner,):
        before = owner.ask("say 8")
        (runtime,) = children(owner.popen.pid)
        os.kill(runtime, signal.SIGKILL)

        assert owner.ask("say 8") == before
        assert owner.loads == 2


def test_nothing_but_the_answers_is_on_standard_output_and_one_line_on_standard_error(tmp_path):
    with processes(tmp_path, 1) as (process,):
        process.ask("say 4")
        process.popen.stdin.close()
        rest = process.popen.stdout.read()

        assert rest == '{"closed": "closed"}\n'
        assert process.errors.read_text() == LOADING + "\n"


def children(parent):
    """The processes that run the model for `parent` (Linux)."""
    found = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for file in found for pid in file.read_text().split()]


def ended(descriptor):
    """Wait for the end of the process behind a pidfd, which then is readable."""
    readable, _, _ = select.select([descriptor], [], [], BOUND)
    os.close(descriptor)
    assert readable


def test_a_directory_that_others_may_enter_is_refused(tmp_path):
    tmp_path.chmod(0o755)
    settings = BackendSettings(backend="embedded", rendezvous=str(tmp_path))

    with pytest.raises(ConfigurationError, match="open to other users"):
        EmbeddedBackend(settings)


@pytest.mark.parametrize(
    ("name", "reason"), [("none", "no such file"), ("file", "not a directory")]
)
def test_a_meeting_place_that_is_no_directory_is_refused(tmp_path, name, reason):
    (tmp_path / "file").touch()
    settings = BackendSettings(backend="embedded", rendezvous=str(tmp_path / name))

    with pytest.raises(ConfigurationError, match=reason):
        EmbeddedBackend(settings)


@pytest.fixture
def private(tmp_path):
    directory = tmp_path / "private"
    directory.mkdir(mode=0o700)
    return directory


def test_only_the_owner_of_the_place_can_read_what_is_published(private):
    place = Rendezvous(private, Path("model.gguf"))
    meeting = Meeting("http://127.0.0.1:1", "key", 512, 512, 2)

    assert place.claim()
    assert place.find() is None
    place.publish(meeting)
    other = Rendezvous(private, Path("model.gguf"))

    assert not other.claim()
    assert other.find() == meeting
    assert [f.stat().st_mode & 0o077 for f in private.glob("*.json")] == [0]
    place.leave()
    assert other.claim()
    assert other.find() is None
    other.leave()


def test_models_do_not_meet_each_other(private):
    first, second = (Rendezvous(private, Path(name)) for name in ("a.gguf", "b.gguf"))

    assert first.claim()
    assert second.claim()
    first.leave()
    second.leave()


@pytest.mark.anyio
async def test_who_needs_a_larger_window_than_the_owner_gives_loads_a_model_of_their_own(
    embedded, capsys
):
    settings = embedded._settings
    wider = EmbeddedBackend(
        BackendSettings(
            backend="embedded",
            context_window=settings.context_window + 256,
            parallel=1,
            rendezvous=settings.rendezvous,
        )
    )
    try:
        await wider.warm()

        assert wider.info.state == "ready"
        assert wider.info.context_window == settings.context_window + 256
        assert capsys.readouterr().err == LOADING + "\n"
    finally:
        await wider.aclose()
