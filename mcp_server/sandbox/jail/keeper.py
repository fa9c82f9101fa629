"""The process around untrusted code: it contains it, watches it, ends it and reports.

    server ── launcher (or fork server) ── keeper ── code
                                           first process of its PID namespace, or a child subreaper

The server holds one end of the `life` pipe. When that end closes, because the server cancelled
the run or died, the keeper kills everything and deletes the private directory.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NoReturn

from mcp_server.sandbox.jail import identity, kernel, landlock, mounts, seccomp, watch, workspace
from mcp_server.sandbox.jail.spec import Report, Spec

_TICK = 0.1  # seconds between looks at memory and disk
_NAMESPACES = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
)
Ending = Literal["exited", "signalled", "timeout"]
Start = Callable[[Spec], NoReturn]


@dataclass(frozen=True)
class Pipes:
    """The descriptors of a run: the code's standard streams, and two pipes to the server."""

    stdin: int
    stdout: int
    stderr: int
    report: int
    life: int


def main() -> None:
    """Run the job whose descriptors are the program's arguments: its spec, then its pipes."""
    spec_file, *pipes = (int(argument) for argument in sys.argv[1:])
    keep(read_spec(spec_file), Pipes(*pipes), execute)


def read_spec(descriptor: int) -> Spec:
    """The spec in the file of `descriptor`, which is closed."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb") as file:
        return Spec.load(file.read())


def execute(spec: Spec) -> NoReturn:
    """Replace this process by the job's program."""
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    os.execve(spec.command[0], spec.command, spec.environment)  # noqa: S606 (no shell on purpose)


def keep(spec: Spec, pipes: Pipes, start: Start) -> NoReturn:
    """Contain a run, see it to its end and report; never returns.

    Args:
        spec: The run.
        pipes: Its descriptors.
        start: Becomes the code, called in the contained process.
    """
    try:
        _KEEP[spec.style](spec, pipes, start)
    except (OSError, ValueError) as error:
        _tell(pipes, Report("refused", note=str(error)))
    os._exit(0)


def _in_namespaces(spec: Spec, pipes: Pipes, start: Start) -> None:
    who = identity.Identity.for_this_run()
    if who.user is None:
        identity.enter_user_namespace(_NAMESPACES)
    else:
        kernel.unshare(_NAMESPACES)
    first = os.fork()
    if first:
        for descriptor in vars(pipes).values():
            os.close(descriptor)
        os.waitpid(first, 0)
        return
    owner = os.geteuid() if who.user is None else who.user
    mounts.build_root(spec.system, spec.readable, spec.disk, owner)
    _supervise(_Run(spec, pipes, start, who, mounts.PRIVATE, owner))
    os._exit(0)


def _in_bwrap(spec: Spec, pipes: Pipes, start: Start) -> None:
    who = identity.Identity.for_this_run()
    owner = os.geteuid() if who.user is None else who.user
    _supervise(_Run(spec, pipes, start, who, mounts.PRIVATE, owner))


def _in_a_directory(spec: Spec, pipes: Pipes, start: Start) -> None:
    """With Landlock, or with nothing but limits: in a private directory of the real file system."""
    import tempfile

    plain = spec.style == "process"
    who = identity.Identity(None) if plain else identity.Identity.for_this_run()
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    owner = os.geteuid() if who.user is None else who.user
    directory = tempfile.mkdtemp(prefix="sandbox-", dir=spec.scratch)
    try:
        _supervise(_Run(spec, pipes, start, who, directory, owner))
    finally:
        workspace.delete(directory)


_KEEP = {
    "namespaces": _in_namespaces,
    "landlock": _in_a_directory,
    "bwrap": _in_bwrap,
    "process": _in_a_directory,
}


@dataclass(frozen=True)
class _Run:
    spec: Spec
    pipes: Pipes
    start: Start
    who: identity.Identity
    directory: str
    owner: int

    @property
    def owns_pid_namespace(self) -> bool:
        return self.spec.style in ("namespaces", "bwrap")


def _supervise(run: _Run) -> None:
    """Start the code, wait for its end or end it, report."""
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # the code must not trace or read its keeper
    workspace.fill(run.directory, run.spec.files, run.owner)
    if run.owner != os.geteuid():
        os.chown(run.directory, run.owner, run.owner)
    began = time.monotonic()
    trouble, told = os.pipe()
    child = os.fork()
    if child == 0:
        _become_code(run, told)
    os.close(told)
    for stream in (run.pipes.stdin, run.pipes.stdout, run.pipes.stderr):
        os.close(stream)
    with os.fdopen(trouble, "rb") as pipe:
        refused = pipe.read().decode()
    timed_out, note = _watch(run, child, began + run.spec.seconds)
    seconds = time.monotonic() - began
    code = _end(run, child)
    files = workspace.read_back(run.directory, run.spec.read_back, run.spec.disk)
    ending: Ending = "timeout" if timed_out else "signalled" if code < 0 else "exited"
    report = Report(ending, code, seconds, note, files)
    _tell(run.pipes, Report("refused", note=refused) if refused else report)


def _watch(run: _Run, child: int, deadline: float) -> tuple[bool, str]:
    """Wait until the code ends, exceeds a limit, or nobody waits for it any more.

    Returns:
        Whether its time was up, and what else it exceeded.
    """
    life, ended = run.pipes.life, os.pidfd_open(child)
    poll = select.poll()
    poll.register(life, select.POLLIN)
    poll.register(ended, select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if poll.poll(1000 * max(0.0, min(left, _TICK))):
            return False, ""
        if left <= 0:
            return True, ""
        note = _excess(run)
        if note:
            return False, note
        _reap_orphans(child)


def _excess(run: _Run) -> str:
    """What the code uses too much of, in one line; empty if nothing."""
    spec = run.spec
    if watch.resident_bytes(os.getpid()) > spec.memory:
        return f"killed: its processes together took more than {spec.memory >> 20} MiB of memory"
    if not run.owns_pid_namespace and workspace.holds_more_than(run.directory, spec.disk):
        return f"killed: its private directory held more than {spec.disk >> 20} MiB"
    return ""


def _reap_orphans(child: int) -> None:
    """Take leave of orphans that ended, but leave the code's own process to be waited for."""
    for pid in list(watch.descendants(os.getpid())):
        if pid != child:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _end(run: _Run, child: int) -> int:
    """Kill what is left and return the code's exit status; until then `child` names its group."""
    if run.owns_pid_namespace:
        watch.kill_everything_else()
    else:
        watch.kill_group(child)
    _, status = os.waitpid(child, 0)
    if not run.owns_pid_namespace:
        watch.kill_descendants()
    return os.waitstatus_to_exitcode(status)


def _become_code(run: _Run, told: int) -> NoReturn:
    """In the new process: lose every right, then start."""
    try:
        os.setsid()
        for target, stream in enumerate((run.pipes.stdin, run.pipes.stdout, run.pipes.stderr)):
            os.dup2(stream, target)
        os.closerange(3, told)
        os.closerange(told + 1, 1 << 16)
        os.chdir(run.directory)
        _confine(run)
        spec = run.spec
        home = {"HOME": run.directory, "TMPDIR": run.directory}
        if run.start is not execute:
            os.close(told)
            kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        run.start(replace(spec, environment={**home, **spec.environment}))
    except (OSError, ValueError) as error:
        os.write(told, str(error).encode())
    finally:
        os._exit(1)


def _confine(run: _Run) -> None:
    spec = run.spec
    isolated = spec.style != "process"
    identity.limit_resources(
        memory=spec.memory,
        disk=spec.disk,
        seconds=spec.seconds,
        processes=spec.processes + _others_that_count(run),
    )
    if not isolated:
        return
    only_landlock = spec.style == "landlock"
    run.who.assume(keep_reading=only_landlock)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if only_landlock:
        landlock.restrict([*spec.system, *spec.readable], [run.directory], mounts.DEVICES)
    elif landlock.abi() >= landlock.MINIMUM_ABI:
        landlock.restrict(["/"], [run.directory], mounts.DEVICES)
    guarded = only_landlock and landlock.abi() < landlock.SIGNALS_ABI
    seccomp.install(guard_metadata=only_landlock, own_pid=os.getpid() if guarded else None)


def _others_that_count(run: _Run) -> int:
    """How many processes beside the code's own the kernel counts against the code's limit."""
    if run.who.user is not None:
        return 0
    if run.owns_pid_namespace:
        return 2 if run.spec.style == "namespaces" else 1  # this run's launcher and keeper
    return identity.threads_of_this_user() - 1  # all but this one, which becomes the code


def _tell(pipes: Pipes, report: Report) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(os.dup(pipes.report), "wb") as pipe:
        pipe.write(report.dump())
