"""The parts of the jail one by one, each in a forked child, for there is no way back from them."""

import contextlib
import errno
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
if sys.platform == "linux":
    from mcp_server.sandbox.jail import (
        identity,
        keeper,
        kernel,
        landlock,
        mounts,
        seccomp,
        watch,
        workspace,
    )
    from mcp_server.sandbox.jail.spec import Report, Spec


def in_child(function):
    """What `function` returns, as text, when it runs in a child of this process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            answer = str(function())
        except BaseException as error:  # noqa: BLE001 (nothing may pass into the parent's tests)
            answer = f"{type(error).__name__}: {error}"
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def refusal(function, *arguments):
    """The name of the error with which the kernel refuses a call, or "allowed"."""
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"


def spec(**changes):
    values = {
        "style": "process",
        "command": [],
        "environment": {},
        "files": {},
        "read_back": [],
        "system": ["/usr", "/bin", "/lib", "/lib64"],
        "readable": [sys.prefix, sys.base_prefix],
        "scratch": "/tmp",
        "seconds": 5.0,
        "memory": 1 << 30,
        "processes": 8,
        "disk": 1 << 20,
    }
    return Spec(**{**values, **changes})


def test_landlock_closes_all_but_the_admitted_paths(tmp_path):
    for name in ("readable", "writable", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("")

    def confined():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        landlock.restrict(
            [str(tmp_path / "readable"), str(tmp_path / "missing"), sys.prefix, sys.base_prefix],
            [str(tmp_path / "writable"), str(Path.cwd())],
            ["/dev/null"],
        )
        return [
            refusal(os.open, tmp_path / "readable/file", os.O_RDONLY),
            refusal(os.open, tmp_path / "readable/file", os.O_WRONLY),
            refusal(os.open, tmp_path / "writable/file", os.O_WRONLY),
            refusal(os.open, tmp_path / "closed/file", os.O_RDONLY),
            refusal(os.open, "/dev/null", os.O_RDWR),
            refusal(os.kill, os.getppid(), 0),
        ]

    expected = ["allowed", "EACCES", "allowed", "EACCES", "allowed"]
    signals = "EPERM" if landlock.abi() >= landlock.SIGNALS_ABI else "allowed"
    assert in_child(confined) == str([*expected, signals])


def test_a_kernel_whose_landlock_is_too_old_is_refused(monkeypatch):
    monkeypatch.setattr(landlock, "abi", lambda: 2)
    with pytest.raises(OSError, match=r"Landlock ABI 2; 3 is needed"):
        landlock.restrict([], [], [])


def test_the_filter_refuses_what_tests_do_not_need_and_lets_the_rest_pass(tmp_path):
    def filtered():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(guard_metadata=True, own_pid=os.getpid())
        (tmp_path / "x").write_text("")
        socket.socketpair()[0].close()
        return [
            refusal(socket.socket),
            refusal(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM),
            refusal(kernel.unshare, kernel.CLONE_NEWUSER),
            refusal(os.chmod, tmp_path / "x", 0o600),
            refusal(os.memfd_create, "x"),
            refusal(os.kill, os.getppid(), 0),
            refusal(os.kill, -1, 0),
            refusal(os.kill, os.getpid(), 0),
            refusal(os.setsid),
            refusal(os.setpriority, os.PRIO_PROCESS, os.getppid(), 19),
            refusal(os.setpriority, os.PRIO_PROCESS, 0, 19),
        ]

    expected = ["EPERM"] * 7 + ["allowed", "EPERM", "EPERM", "allowed"]
    assert in_child(filtered) == str(expected)


def test_threads_and_processes_start_under_the_filter():
    def filtered():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(guard_metadata=False)
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        child = os.fork()
        if child == 0:
            os._exit(3)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert in_child(filtered) == "3"


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_there_is_a_filter_for_each_architecture(monkeypatch, architecture):
    monkeypatch.setattr(kernel.platform, "machine", lambda: architecture)
    program = seccomp.program(guard_metadata=True, own_pid=1)
    assert len(program) % 8 == 0
    assert len(program) // 8 < 4096  # the kernel's limit on instructions


def test_an_unknown_architecture_is_named(monkeypatch):
    monkeypatch.setattr(kernel.platform, "machine", lambda: "vax")
    with pytest.raises(OSError, match="'vax'; x86_64 and aarch64 are supported"):
        kernel.architecture()


def test_a_new_root_shows_the_admitted_paths_read_only_and_little_else(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project/file").write_text("content")
    (tmp_path / "link").symlink_to(tmp_path / "project")

    def rooted():
        flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID
        if os.geteuid() == 0:
            kernel.unshare(flags)
        else:
            identity.enter_user_namespace(flags)
        old_root = os.open("/", os.O_RDONLY)
        return in_child(lambda: looked_around(old_root))

    def looked_around(old_root):
        shown = [str(tmp_path / "project"), str(tmp_path / "link"), "/missing"]
        system = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"]
        mounts.build_root(system, [*shown, sys.prefix, sys.base_prefix], 1 << 20, os.geteuid())
        seen = [
            (tmp_path / "project/file").read_text(),
            (tmp_path / "link/file").read_text(),
            refusal(os.open, tmp_path / "project/file", os.O_WRONLY),
            refusal(os.mkdir, "/new"),
            refusal(os.mkdir, "/tmp/new"),
            sorted(path.name for path in Path("/etc").iterdir()),
            Path("/etc/passwd").read_text().split(":")[0],
            os.statvfs("/tmp").f_blocks * os.statvfs("/tmp").f_frsize,
        ]
        # The way back, which code does not have: it lets coverage write its data.
        os.fchdir(old_root)
        os.chroot(".")
        return seen

    etc = ["ld.so.cache", "passwd"]
    seen = ["content", "content", "EROFS", "EROFS", "allowed", etc, "sandbox", 1 << 20]
    assert in_child(rooted) == str(seen)


@pytest.mark.parametrize("style", ["process", "landlock", "namespaces"])
def test_a_keeper_sees_a_run_to_its_end_and_reports(style, tmp_path):
    tmp_path.chmod(0o755)

    def started(given):
        Path("result.txt").write_text(given.environment["HOME"])
        os.write(1, b"out")
        os._exit(4)

    report, output = kept(
        spec(style=style, scratch=str(tmp_path), read_back=["result.txt"]), started
    )
    assert (report.ending, report.exit_code, output) == ("exited", 4, "out")
    assert report.files["result.txt"].startswith("/tmp")
    assert list(tmp_path.iterdir()) == []


def test_a_keeper_tells_why_it_refused_a_run(tmp_path):
    report, _ = kept(spec(scratch=str(tmp_path / "missing")), None)
    assert report.ending == "refused"
    assert "missing" in report.note


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("x = b'x' * (100 << 20)", "took more than 64 MiB of memory"),
        (
            "open('x', 'wb').write(b'x' * (1 << 20)); open('y', 'wb').write(b'x' * (1 << 20))",
            "1 MiB",
        ),
        ("import os\nwhile True: os.mkdir('d' * 200); os.chdir('d' * 200)", "held more than 1 MiB"),
    ],
)
def test_a_keeper_ends_what_takes_too_much(code, note, tmp_path):
    def started(_given):
        exec(code)
        signal.pause()
        os._exit(0)

    bounds = {"disk": 1 << 20, "memory": 64 << 20} if "memory" in note else {"disk": 1 << 20}
    with pytest.MonkeyPatch.context() as patch:
        if "memory" in note:  # what the keeper watches, without the kernel's own limit
            patch.setattr(identity, "limit_resources", lambda **_limits: None)
        report, _ = kept(spec(scratch=str(tmp_path), **bounds), started)
    assert (report.ending, report.exit_code) == ("signalled", -signal.SIGKILL)
    assert note in report.note
    assert list(tmp_path.iterdir()) == []


def kept(given, start):
    """The report and the output of a run whose keeper is a child of this process."""
    out_reader, out = os.pipe()
    report_reader, report = os.pipe()
    life, life_writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.close(life_writer)
            null = os.open(os.devnull, os.O_RDWR)
            keeper.keep(given, keeper.Pipes(null, out, os.dup(null), report, life), start)
        os._exit(9)
    for descriptor in (out, report, life):
        os.close(descriptor)
    with os.fdopen(report_reader, "rb") as told, os.fdopen(out_reader, "rb") as said:
        answer = Report.load(told.read()), said.read().decode()
    os.close(life_writer)
    os.waitpid(child, 0)
    return answer


def test_specs_and_reports_survive_the_wire():
    given = spec(files={"a": "ä\ud800"}, readable=["/x"])
    assert Spec.load(given.dump()) == given
    report = Report("exited", 3, 1.5, "note", {"a": "b"})
    assert Report.load(report.dump()) == report


def test_only_regular_files_within_are_read_back(tmp_path):
    (tmp_path / "private/folder").mkdir(parents=True)
    (tmp_path / "private/folder/file").write_text("inside")
    (tmp_path / "outside").write_text("outside")
    (tmp_path / "private/link").symlink_to(tmp_path / "outside")
    (tmp_path / "private/links").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "private/pipe")
    names = ["folder/file", "folder", "link", "links/outside", "../outside", "pipe", "missing"]
    found = workspace.read_back(str(tmp_path / "private"), names, 100)
    assert found == {"folder/file": "inside"}
    assert (
        workspace.read_back(str(tmp_path / "private"), ["folder/file"], 3)["folder/file"] == "ins"
    )


def test_descendants_are_found_and_killed():
    def family():
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            os.fork()
            os.write(writer, b"x")
            signal.pause()
        os.read(reader, 1)
        os.read(reader, 1)
        found = len(list(watch.descendants(os.getpid())))
        used = watch.resident_bytes(os.getpid())
        watch.kill_descendants()
        return found, used > 1 << 16, list(watch.descendants(os.getpid()))

    assert in_child(family) == "(2, True, [])"


@pytest.mark.parametrize(
    ("ranges", "user"),
    [("0 0 4294967295", 0x7100_0000), ("0 0 1", None), ("0 1000 1\n1 100000 65536", 65536)],
)
def test_root_gives_a_run_a_user_id_that_exists_and_that_nobody_has(monkeypatch, ranges, user):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "getpid", lambda: 0)
    monkeypatch.setattr(Path, "read_text", lambda *_a, **_k: ranges)
    assert identity.Identity.for_this_run() == identity.Identity(user)


def test_others_than_root_keep_their_user_id(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert identity.Identity.for_this_run() == identity.Identity(None)
