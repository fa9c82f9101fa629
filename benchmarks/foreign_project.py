"""A small repository to run requests on, and whether what they were to do was done."""

import base64
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_IMAGE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_FIRST: Mapping[str, str] = {
    "README.md": "# A project\n",
    "a.py": "def double(number: int) -> int:\n    return 2 * number\n",
    "b.py": "def half(number: float) -> float:\n    return number / 2\n",
    "old.py": "legacy = True\n",
    "notes.txt": "bread\nbutter\nmilk\n",
    "a.txt": "a\n",
    "one.txt": "one\n",
    "two.txt": "two\n",
}
_SECOND: Mapping[str, str] = {"data.csv": "day,value\n1,10\n2,20\n"}
_THIRD: Mapping[str, str] = {
    "calc.py": "def add(a: int, b: int) -> int:\n    return a + b\n\n\n"
    'def sign(number: int) -> str:\n    if number < 0:\n        return "minus"\n'
    '    return "plus" if number else "zero"\n',
}
_FOURTH: Mapping[str, str] = {"ugly.py": "def area( width,height ):\n  return width*height\n"}
_TEST_SECONDS = 60


def make_project(folder: Path) -> None:
    """Make the repository: four commits, three branches, one staged and one unstaged change."""
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "config", "user.name", "A User")
    _git(folder, "config", "user.email", "user@example.org")
    (folder / "logo.png").write_bytes(_IMAGE)
    _commit(folder, "start", _FIRST)
    _commit(folder, "add data", _SECOND)
    for branch in ("develop", "release"):
        _git(folder, "branch", branch)
    _commit(folder, "add the calculator", _THIRD)
    _commit(folder, "add areas", _FOURTH)
    _write(folder, {"b.py": _FIRST["b.py"] + "\n\nZERO = 0\n"})
    _git(folder, "add", "b.py")
    _write(folder, {"notes.txt": _FIRST["notes.txt"] + "eggs\n"})


def undone(outcome: Mapping[str, Any], folder: Path, answer: str) -> Iterator[str]:
    """What of `outcome` (see `foreign_live.yaml`) is not so, one line each."""
    for text in outcome.get("says", ()):
        if text.lower() not in answer.lower():
            yield f"the answer does not say {text!r}"
    for name, content in outcome.get("files", {}).items():
        path = folder / name
        if not path.exists():
            yield f"{name} is not there"
        elif content is not None and content not in path.read_text(encoding="utf-8"):
            yield f"{name} does not contain {content!r}"
    yield from (
        f"{name} is still there" for name in outcome.get("gone", ()) if (folder / name).exists()
    )
    yield from _failing(outcome.get("passes", ()), folder)


def _failing(files: Sequence[str], folder: Path) -> Iterator[str]:
    for name in files:
        if not (folder / name).exists():
            yield f"{name} is not there"
            continue
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name]
        run = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_TEST_SECONDS, check=False
        )
        if run.returncode:
            yield f"{name} does not pass: {run.stdout.strip().splitlines()[-1:]}"


def _commit(folder: Path, message: str, files: Mapping[str, str]) -> None:
    _write(folder, files)
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", message)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, timeout=60)
