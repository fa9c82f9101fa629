"""Thin wrapper around the git command line."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FIELD_SEPARATOR = "\x1f"
LOG_FORMAT = FIELD_SEPARATOR.join(("%H", "%an", "%aI", "%s"))


class GitError(Exception):
    """A git command failed."""

    def __init__(self, command: tuple[str, ...], message: str) -> None:
        super().__init__(f"git {' '.join(command)}: {message}")
        self.command = command


@dataclass(frozen=True)
class Commit:
    """One commit of the history."""

    sha: str
    author: str
    authored_at: datetime
    subject: str

    @property
    def short_sha(self) -> str:
        """First ten digits of the hash."""
        return self.sha[:10]

    @classmethod
    def from_log_record(cls, record: str) -> Commit:
        """Parse a record that git printed in ``LOG_FORMAT``."""
        sha, author, authored_at, subject = record.split(FIELD_SEPARATOR, maxsplit=3)
        return cls(sha, author, datetime.fromisoformat(authored_at), subject)


class GitClient:
    """Runs git in one working tree."""

    def __init__(self, work_tree: Path, timeout: float = 60.0) -> None:
        """Prepare a client.

        Args:
            work_tree: Root of the working tree.
            timeout: Seconds after which a command is stopped.

        Raises:
            FileNotFoundError: If git is not installed.
        """
        executable = shutil.which("git")
        if executable is None:
            raise FileNotFoundError("git is not installed")
        self._executable = executable
        self._work_tree = work_tree
        self._timeout = timeout

    def log(self, limit: int = 20, path: Path | None = None) -> list[Commit]:
        """Return the newest commits, optionally only those of one path."""
        arguments = ["log", "-z", f"--max-count={limit}", f"--format={LOG_FORMAT}"]
        if path is not None:
            arguments += ["--", str(path)]
        records = self._run(*arguments).split("\0")
        return [Commit.from_log_record(record) for record in records if record]

    def changed_paths(self) -> list[Path]:
        """Return paths with uncommitted changes, relative to the work tree."""
        output = self._run("status", "--porcelain=v1", "-z", "--no-renames")
        return [Path(entry[3:]) for entry in output.split("\0") if entry]

    def current_branch(self) -> str | None:
        """Return the name of the branch, or None for a detached HEAD."""
        return self._run("branch", "--show-current").strip() or None

    def _run(self, *arguments: str) -> str:
        """Run a git command and return what it printed.

        Raises:
            GitError: If the command fails or takes too long.
        """
        try:
            completed = subprocess.run(
                [self._executable, *arguments],
                cwd=self._work_tree,
                capture_output=True,
                check=True,
                encoding="utf-8",
                timeout=self._timeout,
            )
        except subprocess.CalledProcessError as error:
            raise GitError(arguments, error.stderr.strip()) from error
        except subprocess.TimeoutExpired as error:
            raise GitError(arguments, f"no answer after {self._timeout} s") from error
        return completed.stdout
