"""Attacks on one mechanism, each real code whose success shows outside; run as a program.

    python attacks.py MECHANISM [--forbid namespaces|landlock|bwrap ...]

It prints one JSON object: for each attack, whether it was held and what was seen.
"""

import argparse
import contextlib
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import anyio

from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.base import Job, Limits, Outcome, SandboxUnavailableError
from mcp_server.sandbox.jail import kernel

SECRET = "the-secret-6b1f"
LIMITS = Limits(
    seconds=10.0, memory_bytes=256 << 20, processes=16, file_bytes=4 << 20, output_bytes=64 << 10
)


@dataclass
class Scene:
    """What stands outside, within an attacker's reach: files, sockets, a process."""

    directory: Path
    victim: subprocess.Popen
    mode: str

    def stop(self) -> None:
        self.victim.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.victim.pid, os.WSTOPPED)

    def was_continued(self) -> bool:
        flags = os.WCONTINUED | os.WNOHANG
        return os.waitid(os.P_PID, self.victim.pid, flags) is not None

    def alive(self) -> bool:
        return self.victim.poll() is None

    async def attack(self, code: str, read_back=(), **limits) -> Outcome:
        values = {"outside": str(self.directory), "victim": self.victim.pid, "me": os.getpid()}
        script = "\n".join(f"{name} = {value!r}" for name, value in values.items())
        bounds = {name: limits.get(name, getattr(LIMITS, name)) for name in Limits.__slots__}
        job = Job(
            command=[sys.executable, "-I", "-S", "-u", "script.py"],
            files={"script.py": f"{script}\n{PRELUDE}\n{textwrap.dedent(code)}"},
            read_back=read_back,
            limits=Limits(**bounds),
        )
        return await SANDBOX.run(job)


PRELUDE = """
import ctypes, os, signal, socket, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def attempt(what, *arguments, **named):
    try:
        return what(*arguments, **named)
    except Exception as error:
        return error
"""
ATTACKS = {}


def attack(function):
    """Register an attack; it returns what it saw if it succeeded, and nothing if it was held."""
    ATTACKS[function.__name__] = function
    return function


@attack
async def a_secret_in_the_environment(scene):
    outcome = await scene.attack("""
        print(dict(os.environ))
        for pid in ("self", "1", os.getppid(), me, victim):
            print(attempt(lambda: open(f"/proc/{pid}/environ").read()))
    """)
    return SECRET in outcome.stdout


@attack
async def reading_the_projects_and_other_users_files(scene):
    outcome = await scene.attack("""
        for path in (outside + "/open.txt", outside + "/closed.txt", "/etc/shadow", "/etc/hosts",
                     "/proc/self/root" + outside + "/open.txt", "/etc/ssl/openssl.cnf"):
            print(path, attempt(lambda: open(path).read(2000)))
        for path in (outside, "/root", "/home", "/var/log", "/proc/self/root" + outside):
            print(attempt(os.listdir, path))
        at = libc.open(b"/", 0o10000000)  # O_PATH
        print(attempt(lambda: os.fdopen(os.open(outside[1:] + "/open.txt", 0, dir_fd=at)).read()))
    """)
    return any(mark in outcome.stdout for mark in (SECRET, "'folder'", "localhost", "root:"))


@attack
async def writing_outside(scene):
    before = snapshot(scene.directory)
    marker = f"marker-{os.getpid()}"
    outcome = await scene.attack(f"""
        marker = {marker!r}
        target = outside + "/open.txt"
        attempt(lambda: open(target, "a").write("x"))
        attempt(lambda: open(outside + "/new.txt", "w").write("x"))
        for folder in ("/var/tmp", "/dev/shm", "/usr/local", "/etc", "/run", "/root"):
            print(attempt(lambda: open(folder + "/" + marker, "w").write("x")))
        print(attempt(os.truncate, target, 0), attempt(os.unlink, target))
        print(attempt(os.rename, target, outside + "/moved"), attempt(os.link, target, "here"))
        print(attempt(os.mkdir, outside + "/made"), attempt(os.symlink, "x", outside + "/link"))
        print(attempt(os.mkfifo, outside + "/fifo"), attempt(os.rmdir, outside + "/folder"))
    """)
    left = [
        folder
        for folder in ("/var/tmp", "/dev/shm", "/usr/local", "/etc", "/run", "/root")
        if attempt_unlink(Path(folder, marker))
    ]
    return snapshot(scene.directory) != before or left or outcome.ending != "exited"


@attack
async def changing_the_metadata_of_files(scene):
    before = snapshot(scene.directory)
    await scene.attack("""
        for target in (outside + "/open.txt", outside, outside + "/closed.txt"):
            attempt(os.chmod, target, 0o777)
            attempt(os.utime, target, (0, 0))
            attempt(os.setxattr, target, "user.x", b"1")
            attempt(os.chown, target, os.getuid(), os.getgid())
    """)
    return snapshot(scene.directory) != before


@attack
async def connecting_over_loopback(scene):
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(type=socket.SOCK_DGRAM) as u:
        u.bind(("127.0.0.1", 0))
        await scene.attack(f"""
            attempt(socket.create_connection, ("127.0.0.1", {tcp.getsockname()[1]}), 2)
            def send(address):
                socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", address)
            attempt(send, ("127.0.0.1", {u.getsockname()[1]}))
        """)
        return something_arrived(tcp, u)


@attack
async def connecting_to_unix_sockets(scene):
    path, abstract = str(scene.directory / "socket"), f"\0attack-{os.getpid()}"
    with contextlib.ExitStack() as stack:
        listening = []
        for address, kind in (
            (path, socket.SOCK_STREAM),
            (abstract, socket.SOCK_STREAM),
            (path + "-d", socket.SOCK_DGRAM),
            (abstract + "-d", socket.SOCK_DGRAM),
        ):
            listening.append(stack.enter_context(socket.socket(socket.AF_UNIX, kind)))
            listening[-1].bind(address)
            if kind == socket.SOCK_STREAM:
                listening[-1].listen()
        for entry in scene.directory.glob("socket*"):
            entry.chmod(0o777)
        await scene.attack(f"""
            for address in {[path, abstract]!r}:
                def connect():
                    socket.socket(socket.AF_UNIX).connect(address)
                def send():
                    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", address + "-d")
                def by_pair():
                    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                    pair[0].sendto(b"x", address + "-d")
                def reconnect():
                    socket.socketpair(socket.AF_UNIX)[0].connect(address)
                for way in (connect, send, by_pair, reconnect):
                    attempt(way)
        """)
        return something_arrived(*listening)


@attack
async def a_fork_bomb(scene):
    outcome = await scene.attack("""
        made = 0
        for _ in range(200):
            try:
                if os.fork() == 0:
                    time.sleep(60)
            except OSError:
                break
            made += 1
        print("made", made)
    """)
    made = int(outcome.stdout.split()[-1])
    return made if made > LIMITS.processes else None


@attack
async def a_fork_bomb_of_threads(scene):
    outcome = await scene.attack("""
        import threading
        made = 0
        for _ in range(100):
            try:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            except RuntimeError:
                break
            made += 1
        print("made", made, flush=True)
        os._exit(0)
    """)
    made = int(outcome.stdout.split()[-1])
    return made if made > LIMITS.processes else None


@attack
async def allocating_8_gb(scene):
    outcome = await scene.attack('block = bytearray(8 << 30); print("got it")')
    return "got it" in outcome.stdout


@attack
async def allocating_in_many_processes(scene):
    outcome = await scene.attack("""
        for _ in range(6):
            if os.fork() == 0:
                block = b"x" * (120 << 20)
                time.sleep(60)
        time.sleep(5)
        print("got it")
    """)
    return "got it" in outcome.stdout


@attack
async def allocating_memory_that_no_process_shows(scene):
    outcome = await scene.attack("""
        SHM = 29 if os.uname().machine == "x86_64" else 194
        def hidden():
            fd = os.memfd_create("x")
            os.truncate(fd, 64 << 20)
            return "got it"
        print(attempt(hidden))
        segment = libc.syscall(SHM, 0, 64 << 20, 0o1600)
        print("got it" if segment >= 0 else "held")
        libc.shmctl(segment, 0, None)  # IPC_RMID
    """)
    return "got it" in outcome.stdout


@attack
async def an_endless_loop(scene):
    outcome = await scene.attack("while True: pass", seconds=0.3)
    return outcome if outcome.ending != "timeout" else None


@attack
async def sleeping_for_ever_with_signals_ignored(scene):
    outcome = await scene.attack(
        """
        for number in range(1, 65):
            attempt(signal.signal, number, signal.SIG_IGN)
        while True:
            time.sleep(60)
    """,
        seconds=0.3,
    )
    return outcome if outcome.ending != "timeout" else None


@attack
async def an_output_flood(scene):
    outcome = await scene.attack("while True: sys.stdout.write('x' * 65536)")
    size = len(outcome.stdout) + len(outcome.stderr)
    return size if outcome.ending != "output_limit" or size > LIMITS.output_bytes else None


@attack
async def killing_another_process(scene):
    await scene.attack("""
        for number in (signal.SIGKILL, signal.SIGTERM):
            attempt(os.kill, victim, number)
            attempt(os.kill, me, signal.SIGWINCH)
        attempt(lambda: signal.pidfd_send_signal(os.pidfd_open(victim), signal.SIGKILL))
    """)
    return not scene.alive()


@attack
async def signalling_every_process(scene):
    # SIGCONT harms nobody where this succeeds; a stopped process shows that it came.
    scene.stop()
    await scene.attack("attempt(os.kill, -1, signal.SIGCONT)")
    return scene.was_continued()


@attack
async def tracing_another_process(scene):
    outcome = await scene.attack("""
        ATTACH = 16
        if libc.ptrace(ATTACH, victim, 0, 0) == 0:
            print("traced")
        for pid in (victim, me):
            print(attempt(lambda: open(f"/proc/{pid}/mem", "rb")))
        print(attempt(lambda: __import__("resource").prlimit(victim, 7, (9, 9))))
    """)
    lowered = resource.prlimit(scene.victim.pid, resource.RLIMIT_NOFILE) == (9, 9)
    return "traced" in outcome.stdout or "BufferedReader" in outcome.stdout or lowered


@attack
async def killing_or_tracing_its_keeper(scene):
    outcome = await scene.attack("""
        keeper = os.getppid()
        for pid in (keeper, 1):
            if pid in (0, 1) and keeper != 1:
                continue
            print(attempt(os.kill, pid, signal.SIGKILL), libc.ptrace(16, pid, 0, 0) == 0)
            print(attempt(lambda: open(f"/proc/{pid}/mem", "r+b")))
            print(attempt(lambda: os.listdir(f"/proc/{pid}/fd")))
        time.sleep(0.2)
        print("still here")
        sys.exit(7)
    """)
    return outcome if outcome.exit_code != 7 or "True" in outcome.stdout else None


@attack
async def a_daemon_that_survives(scene):
    nap = f"98765.{os.getpid()}"
    await scene.attack(f"""
        sleep = ["/bin/sleep", {nap!r}]
        attempt(subprocess.Popen, sleep)
        attempt(subprocess.Popen, sleep, start_new_session=True)
        attempt(subprocess.Popen, sleep, process_group=0)
        if os.fork() == 0:
            attempt(os.setsid)
            if os.fork() == 0:
                libc.prctl(36, 1, 0, 0, 0)  # a subreaper of its own
                attempt(subprocess.Popen, sleep)
                os.execv(sleep[0], sleep)
            os._exit(0)
        os.wait()
        time.sleep(0.1)
        print("started")
    """)
    return [pid for pid, line in command_lines() if nap in line] or None


@attack
async def filling_the_disk(scene):
    outcome = await scene.attack("""
        written = 0
        for number in range(300):
            try:
                written += open(f"{number}.bin", "wb", buffering=0).write(b"x" * (1 << 20))
            except OSError:
                break
            time.sleep(0.01)
        print("written", written)
    """)
    if "written" not in outcome.stdout:
        return None if outcome.ending == "signalled" else outcome
    written = int(outcome.stdout.split()[-1])
    return written if written > LIMITS.file_bytes else None


@attack
async def one_huge_file(scene):
    outcome = await scene.attack("""
        def grow():
            with open("huge", "wb") as file:
                file.seek(1 << 34)
                file.write(b"x")
        print(attempt(grow), os.path.getsize("huge"))
    """)
    return int(outcome.stdout.split()[-1]) > LIMITS.file_bytes


@attack
async def a_symlink_out(scene):
    outcome = await scene.attack(
        """
        os.symlink(outside + "/open.txt", "result")
        os.symlink(outside, "folder")
        for path in ("result", "folder/open.txt"):
            print(attempt(lambda: open(path).read()))
        os.mkfifo("pipe")
    """,
        read_back=["result", "folder/open.txt", "../../open.txt", "pipe"],
    )
    return SECRET in outcome.stdout or bool(outcome.files)


@attack
async def the_proc_of_other_processes(scene):
    outcome = await scene.attack("""
        print(attempt(os.listdir, "/proc"))
        for name in ("cmdline", "environ", "maps", "status", "cwd/open.txt", "root/etc/hosts"):
            print(attempt(lambda: open(f"/proc/{victim}/{name}").read()))
    """)
    return SECRET in outcome.stdout or f"'{scene.victim.pid}'" in outcome.stdout


@attack
async def mounting_and_entering_namespaces(scene):
    outcome = await scene.attack("""
        print("did", libc.unshare(0x10000000) == 0, libc.unshare(0x20000) == 0)
        print("did", libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"") == 0)
        print("did", attempt(os.chroot, "/") is None)
        print("did", libc.umount2(b"/usr", 2) == 0)
    """)
    return "True" in outcome.stdout


def attempt_unlink(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def snapshot(directory: Path):
    """All that can be seen of a directory from outside."""
    seen = {}
    for path in sorted([directory, *directory.rglob("*")]):
        about = path.lstat()
        content = path.read_text() if path.is_file() else ""
        extra = os.listxattr(path, follow_symlinks=False)
        seen[str(path)] = (about.st_mode, about.st_uid, about.st_mtime_ns, content, tuple(extra))
    return seen


def something_arrived(*sockets: socket.socket) -> bool:
    for listening in sockets:
        listening.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            if listening.type == socket.SOCK_STREAM:
                listening.accept()[0].close()
            else:
                listening.recv(1)
            return True
    return False


def command_lines():
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().decode("utf-8", "replace")


def forbid(names) -> None:
    """Make mechanisms fail here, as in a container that forbids them."""
    numbers = []
    if "namespaces" in names:
        numbers += [(272, 97), (56, 220)]  # unshare; clone only with flags, see below
    if "landlock" in names:
        numbers += [(444, 444)]
    column = 0 if kernel.architecture() == "x86_64" else 1
    op = lambda code, value, yes=0, no=0: struct.pack("<HBBI", code, yes, no, value)  # noqa: E731
    refuse, allow = op(0x06, 0x0005_0001), op(0x06, 0x7FFF_0000)
    program = [op(0x20, 0)]
    for pair in numbers:
        number = pair[column]
        if pair == (56, 220):
            program += [op(0x15, number, 0, 4), op(0x20, 16), op(0x45, 0x7E02_0000, 0, 1), refuse]
            program += [allow]
        else:
            program += [op(0x15, number, 0, 1), refuse]
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.install_filter(b"".join([*program, allow]))


def victim(directory: Path) -> subprocess.Popen:
    environment = {"SECRET": SECRET}
    return subprocess.Popen(["/bin/sleep", "1000"], env=environment, cwd=directory)


def furnish(directory: Path) -> Path:
    directory.chmod(0o777)
    for name, mode in (("open.txt", 0o666), ("closed.txt", 0o600)):
        (directory / name).write_text(SECRET)
        (directory / name).chmod(mode)
    (directory / "folder").mkdir()
    return directory


async def measure(mode: str, only) -> dict:
    results = {}
    mechanism = await SANDBOX.probe()
    if mechanism != "none":
        for name, function in ATTACKS.items():
            if only and name not in only:
                continue
            with tempfile.TemporaryDirectory(prefix="attack-") as folder:
                directory = furnish(Path(folder))
                process = victim(directory)
                try:
                    seen = await function(Scene(directory, process, mode))
                except (SandboxUnavailableError, ValueError, IndexError) as error:
                    seen = f"{type(error).__name__}: {error}"
                process.kill()
                process.wait()
            results[name] = {"held": not seen, "seen": repr(seen)[:2000]}
    return {"mechanism": mechanism, "reason": SANDBOX.reason, "attacks": results}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode")
    parser.add_argument("--forbid", action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    os.environ["SECRET"] = SECRET
    signal.signal(signal.SIGWINCH, signal.SIG_IGN)
    if options.forbid:
        forbid(options.forbid)
    SANDBOX = open_sandbox(options.mode)
    sys.stdout.write(json.dumps(anyio.run(measure, options.mode, options.only)))
