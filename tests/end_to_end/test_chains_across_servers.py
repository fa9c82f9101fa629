"""A chain across the built-in server and one that others wrote, on real files."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.test_terminal_chat import environment

PATIENCE = 200.0
PACKAGE = "@modelcontextprotocol/server-filesystem"
CODE = """def sign(number: int) -> str:
    if number < 0:
        return "minus"
    return "plus" if number else "zero"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that server-filesystem can serve; without npx or network there is none."""
    if shutil.which("npx") is None:
        pytest.skip("needs npx, to start server-filesystem")
    folder = tmp_path.resolve() / "project"
    folder.mkdir()
    try:
        started = subprocess.run(
            ["npx", "-y", PACKAGE, str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npx did not fetch {PACKAGE} within 60 s")
    if started.returncode:
        pytest.skip(f"npx cannot fetch {PACKAGE}: needs the network or npm's cache")
    return folder


def test_a_file_is_read_and_reviewed_and_its_tests_are_written_next_to_it(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "signs.py").write_text(CODE, encoding="utf-8")
    request = (
        f"Read {folder}/signs.py, review it, and write its tests next to it "
        f"as {folder}/test_signs.py"
    )
    options = ["--backend", "scripted", "--filesystem-root", str(folder), "--yes", "--json"]
    asked = subprocess.run(
        [sys.executable, "-P", "-m", "mistral_agent", "ask", request, *options],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        timeout=PATIENCE,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    steps = json.loads(asked.stdout)["steps"]
    assert {step["status"] for step in steps} == {"done"}
    assert len({step["server"] for step in steps}) == 2
    assert [step["tool"] for step in steps if step["server"] != "starcoder"] == [
        "read_text_file",
        "write_file",
    ]
    written = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_signs.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert written.returncode == 0, written.stdout
    assert "passed" in written.stdout
