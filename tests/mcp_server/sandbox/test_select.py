import os
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path

import anyio
import pytest

from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.base import Job, Limits, SandboxUnavailableError
from mcp_server.sandbox.pytest_runner import run_script, run_tests

linux = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
pytestmark = pytest.mark.anyio
OTHER = Path("/usr/bin/python3")
MECHANISMS = ["namespaces", "landlock", "bwrap", "process"]


@pytest.fixture(params=MECHANISMS)
def sandbox(request):
    if sys.platform != "linux":
        pytest.skip("the sandbox needs Linux")
    if request.param == "bwrap" and shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed (Debian: bubblewrap)")
    opened = open_sandbox(request.param)
    yield opened
    opened.close()


def python(code, **named):
    return Job(command=[sys.executable, "-I", "-c", code], **named)


def processes_with(mark):
    """Ids of the processes whose command line holds `mark`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                if mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


async def test_a_job_has_its_files_input_environment_and_gives_files_back(sandbox):
    code = "import os, sys; print(sys.stdin.read(), open('a/b.txt').read(), os.environ['X']); "
    code += "open('out.txt', 'w').write('done'); sys.stderr.write('err'); sys.exit(3)"
    outcome = await sandbox.run(
        python(
            code,
            files={"a/b.txt": "file"},
            stdin="input",
            environment={"X": "value"},
            read_back=["out.txt", "missing.txt"],
        )
    )
    assert (outcome.ending, outcome.exit_code) == ("exited", 3)
    assert outcome.stdout == "input file value\n"
    assert outcome.stderr == "err"
    assert dict(outcome.files) == {"out.txt": "done"}
    assert outcome.mechanism == sandbox.mechanism


async def test_a_signal_is_told_by_its_number(sandbox):
    outcome = await sandbox.run(python("import os; os.abort()"))
    assert (outcome.ending, outcome.exit_code) == ("signalled", -signal.SIGABRT)


async def test_a_time_limit_ends_a_job(sandbox):
    outcome = await sandbox.run(python("while True: pass", limits=Limits(seconds=0.3)))
    assert outcome.ending == "timeout"
    assert outcome.seconds >= 0.3


async def test_output_is_cut_at_its_limit(sandbox):
    limits = Limits(output_bytes=1000)
    outcome = await sandbox.run(python("while True: print('x' * 100)", limits=limits))
    assert outcome.ending == "output_limit"
    assert len(outcome.stdout) + len(outcome.stderr) <= 1000


async def test_cancelling_a_run_kills_everything_it_started(sandbox, tmp_path):
    nap = f"54321.{os.getpid()}"
    code = f"import subprocess, time; subprocess.Popen(['/bin/sleep', {nap!r}]); time.sleep(60)"
    await sandbox.probe()
    async with anyio.create_task_group() as group:
        group.start_soon(sandbox.run, python(code))
        with anyio.fail_after(20):
            await until(lambda: sleeping(nap))
        group.cancel_scope.cancel()
    assert processes_with(nap) == []


def start(program, **environment):
    return subprocess.Popen([sys.executable, "-c", program], env=environment)


async def until(holds):
    """Wait for something outside this process, which can only be looked at again and again."""
    while not holds():  # noqa: ASYNC110
        await anyio.sleep(0.02)


def sleeping(nap):
    return [pid for pid in processes_with(nap) if "sleep" in Path(f"/proc/{pid}/comm").read_text()]


@linux
@pytest.mark.usefixtures("measurable")
async def test_limits_alone_need_no_isolation():
    outcome = await open_sandbox("process").run(python("print(1)"))
    assert (outcome.stdout, outcome.mechanism) == ("1\n", "process")


async def test_many_runs_at_once_do_not_disturb_each_other(sandbox):
    results = {}

    async def one(number):
        outcome = await sandbox.run(python(f"print({number})"))
        results[number] = outcome.stdout.strip()

    async with anyio.create_task_group() as group:
        for number in range(6):
            group.start_soon(one, number)
    assert results == {number: str(number) for number in range(6)}


async def test_descriptors_are_closed_after_runs(sandbox):
    await sandbox.run(python(""))
    before = open_descriptors()
    for _ in range(3):
        await sandbox.run(python("print(1)"))
    assert open_descriptors() == before


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_private_directories_are_deleted_whatever_is_in_them(sandbox, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tmp_path.chmod(0o755)
    code = """
import os
os.mkdir("closed"); open("closed/file", "w").close()
try:
    os.chmod("closed", 0)
except PermissionError:
    pass
for _ in range(300):
    os.mkdir("d"); os.mkdir("e"); open("f", "w").close(); os.chdir("d")
"""
    outcome = await sandbox.run(python(code, limits=Limits(file_bytes=64 << 20)))
    assert outcome.exit_code == 0, outcome.stderr
    assert list(tmp_path.iterdir()) == []


async def test_admitted_paths_are_readable_and_no_more(sandbox, tmp_path):
    inside, beside = tmp_path / "inside", tmp_path / "beside"
    for folder in (inside, beside):
        folder.mkdir()
        (folder / "data.txt").write_text("data")
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent, inside, beside):
        folder.chmod(0o755)
    job = python(
        f"print(open({str(inside / 'data.txt')!r}).read()); open({str(beside / 'data.txt')!r})",
        read_only_paths=[inside],
    )
    outcome = await sandbox.run(job)
    assert outcome.stdout == "data\n"
    assert (outcome.exit_code == 0) == (sandbox.mechanism == "process")


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x"])
async def test_files_that_lead_outside_are_refused(sandbox, path):
    with pytest.raises(SandboxUnavailableError, match="leads out of the private directory"):
        await sandbox.run(python("", files={path: "x"}))


async def test_a_program_that_does_not_exist_is_named(sandbox):
    with pytest.raises(SandboxUnavailableError, match="/no/such/program"):
        await sandbox.run(Job(command=["/no/such/program"]))


@linux
async def test_killing_the_server_ends_its_runs_and_its_fork_server(tmp_path):
    nap = f"65432.{os.getpid()}"
    program = f"""
import anyio
from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.pytest_runner import run_tests
test = "import subprocess\\ndef test_it(): subprocess.run(['/bin/sleep', '{nap}'])"
anyio.run(run_tests, open_sandbox("auto"), "", test)
"""
    server = start(program, TMPDIR=str(tmp_path))
    with anyio.fail_after(30):
        await until(lambda: sleeping(nap))
        server.kill()
        await anyio.to_thread.run_sync(server.wait)
        await until(lambda: not processes_with(nap))
    assert list(tmp_path.iterdir()) == []


@linux
@pytest.mark.skipif(not OTHER.exists(), reason="there is no second interpreter in /usr/bin")
async def test_another_interpreter_runs_the_code():
    sandbox = open_sandbox("auto", python=OTHER)
    outcome = await run_script(sandbox, "import sys; print(sys.prefix)")
    assert outcome.stdout == "/usr\n"


@linux
async def test_an_interpreter_without_pytest_says_so(tmp_path):
    venv.create(tmp_path / "venv", symlinks=True)
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    sandbox = open_sandbox("auto", python=tmp_path / "venv/bin/python")
    for fresh in (False, True):
        report = await run_tests(sandbox, "", "def test(): pass", fresh=fresh)
        assert "pytest is not installed in sandbox.python" in report.problem


@linux
async def test_the_mechanism_and_its_reason_are_known_after_probing():
    sandbox = open_sandbox("auto")
    assert "not tried yet" in sandbox.reason
    assert await sandbox.probe() == sandbox.mechanism
    assert "does not cover" in sandbox.reason


@pytest.mark.parametrize("platform", ["darwin", "win32"])
async def test_elsewhere_than_on_linux_no_code_is_run(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    sandbox = open_sandbox("auto")
    assert sandbox.mechanism == "none"
    assert platform in sandbox.reason
    with pytest.raises(SandboxUnavailableError, match="needs Linux"):
        await run_script(sandbox, "")


async def test_mode_none_runs_nothing():
    sandbox = open_sandbox("none")
    assert sandbox.mechanism == "none"
    with pytest.raises(SandboxUnavailableError, match=r"sandbox\.mode: none"):
        await run_script(sandbox, "")


async def test_a_missing_bwrap_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    sandbox = open_sandbox("bwrap")
    with pytest.raises(SandboxUnavailableError, match="bwrap is not installed"):
        await run_script(sandbox, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "jail"}, "sandbox.mode 'jail' is unknown; use one of auto"),
        ({"python": Path("/no/python")}, "sandbox.python '/no/python' does not exist"),
        ({"paths": [Path("/no/path")]}, "sandbox.paths: '/no/path' does not exist"),
    ],
)
async def test_wrong_settings_are_refused_with_key_and_value(arguments, message):
    with pytest.raises(ValueError, match=message):
        open_sandbox(**arguments)


async def test_opening_a_sandbox_imports_nothing_heavy():
    code = "import sys, mcp_server.sandbox as s; s.open_sandbox('auto'); print(*sys.modules)"
    run = await anyio.run_process([sys.executable, "-c", code])
    assert not {"pytest", "mcp", "asyncio"} & set(run.stdout.decode().split())
