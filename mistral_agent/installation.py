"""Whether this machine and this installation have what the agent needs."""

import importlib.metadata
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mistral_agent.sessions.store import default_directory
from mistral_agent.settings import AgentSettings

Status = Literal["ok", "warn", "fail"]

DISTRIBUTION = "starcoder-mistral"
OLDEST_PYTHON = (3, 11)
SCARCE_BYTES, TOO_FEW_BYTES = 200 << 20, 10 << 20
EXIT_SETTINGS, EXIT_REACH = 2, 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        name: What it is.
        status: "warn" leaves the assistant usable.
        detail: What was found.
        remedy: What to do about it; empty where nothing is to be done.
        exit_code: The process's, where it fails.
    """

    name: str
    status: Status
    detail: str
    remedy: str = ""
    exit_code: int = EXIT_SETTINGS


def examine(settings: AgentSettings, extras: Iterable[str]) -> Iterator[Finding]:
    """Look at Python, packages, and the places that are written.

    Args:
        settings: Say where conversations and the log are kept.
        extras: The distribution's extras that these settings need.
    """
    yield _python()
    yield from _packages(extras)
    if settings.conversation.save_sessions:
        folder = settings.conversation.session_dir or default_directory()
        yield _writable("conversations", folder.expanduser(), "conversation.session_dir")
    if settings.logging.file:
        yield _writable("log", settings.logging.file.expanduser(), "logging.file", is_file=True)
    yield _disk(settings.conversation.session_dir or default_directory())


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    detail = f"{version} at {sys.executable}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("python", "fail", detail, "install Python 3.11 or later")
    if sys.platform != "linux":
        remedy = "use Linux (or WSL 2) to have generated code run and verified"
        return Finding("python", "warn", f"{detail}; no sandbox on {sys.platform}", remedy)
    return Finding("python", "ok", detail)


def _packages(extras: Iterable[str]) -> Iterator[Finding]:
    try:
        required = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("packages", "fail", f"{DISTRIBUTION} is not installed", "run: make install")
        return
    for extra in ("", *extras):
        name = f"packages [{extra}]" if extra else "packages"
        problems = [p for text in required if (p := _problem(text, extra))]
        if problems:
            remedy = f"run: make install, or: pip install '{DISTRIBUTION}[{extra or 'agent'}]'"
            yield Finding(name, "fail", ", ".join(problems), remedy)
        else:
            yield Finding(name, "ok", importlib.metadata.version(DISTRIBUTION))


def _problem(text: str, extra: str) -> str | None:
    """What is wrong with one requirement of an extra ("" is the base), or None."""
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    marker = requirement.marker
    # A requirement belongs to an extra when it is wanted with it and not without it.
    wanted = marker is None or marker.evaluate({"extra": extra})
    if not wanted or (extra and (marker is None or marker.evaluate({"extra": ""}))):
        return None
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} is {version}, needed is {requirement.specifier}"
    return None


def _writable(name: str, path: Path, setting: str, *, is_file: bool = False) -> Finding:
    """Try to write where it would be written; nothing of it stays."""
    try:
        if is_file and os.path.lexists(path):
            with path.open("ab"):
                pass
        else:
            with tempfile.TemporaryFile(dir=_nearest(path.parent if is_file else path)):
                pass
    except OSError as error:
        detail = f"{path} cannot be written: {error.strerror}"
        return Finding(name, "fail", detail, f"make it writable, or set {setting}")
    return Finding(name, "ok", f"{path} can be written")


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(_nearest(path.expanduser())).free
    detail = f"{free / (1 << 20):,.0f} MB free for {path}"
    if free >= SCARCE_BYTES:
        return Finding("disk", "ok", detail)
    status: Status = "warn" if free >= TOO_FEW_BYTES else "fail"
    return Finding("disk", status, detail, "free some space, or set conversation.session_dir")


def _nearest(path: Path) -> Path:
    """The path, or what of it exists."""
    return next(p for p in (path, *path.parents) if os.path.lexists(p))
