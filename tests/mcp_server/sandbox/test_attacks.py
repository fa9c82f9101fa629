import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ATTACKS = Path(__file__).with_name("attacks.py")
NAMES = re.findall(r"^@attack\nasync def (\w+)", ATTACKS.read_text(), re.MULTILINE)
ORDINARY = 54321
BRIEFLY = (
    "--only=reading_the_projects_and_other_users_files",
    "--only=writing_outside",
    "--only=connecting_to_unix_sockets",
    "--only=killing_another_process",
)
# What limits alone hold, when the one who runs it is not root.
HELD_BY_LIMITS = {
    "allocating_8_gb",
    "allocating_in_many_processes",
    "an_endless_loop",
    "sleeping_for_ever_with_signals_ignored",
    "an_output_flood",
    "a_daemon_that_survives",
    "filling_the_disk",
    "one_huge_file",
}
# What shows that the attacks are real: they succeed where nothing isolates.
NOT_HELD_BY_LIMITS = {
    "a_secret_in_the_environment",
    "reading_the_projects_and_other_users_files",
    "writing_outside",
    "connecting_over_loopback",
    "connecting_to_unix_sockets",
    "killing_another_process",
    "signalling_every_process",
    "a_symlink_out",
    "the_proc_of_other_processes",
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


def as_ordinary_user(command):
    """`command` as a user without rights, who can reach the interpreter below a closed home."""
    closed = next(
        (p for p in reversed(Path(sys.base_prefix).parents) if p.stat().st_mode & 0o5 != 0o5), None
    )
    become = f'exec setpriv --reuid {ORDINARY} --regid {ORDINARY} --clear-groups "$@"'
    if closed is None:
        return ["sh", "-c", become, "sh", *command]
    open_up = (
        f"mount --bind {sys.base_prefix} /mnt && mount -t tmpfs -o mode=755 none {closed} && "
        f"mkdir -p {sys.base_prefix} && mount --bind /mnt {sys.base_prefix} && "
    )
    return ["unshare", "-m", "sh", "-c", open_up + become, "sh", *command]


@functools.cache
def measured(user, mode, *flags):
    """What `attacks.py` reports, run once for all tests that ask."""
    command = [sys.executable, str(ATTACKS), mode, *flags]
    if user == "ordinary user" and os.geteuid() == 0:
        command = as_ordinary_user(command)
    with tempfile.TemporaryDirectory() as scratch:  # code without isolation leaves things behind
        Path(scratch).chmod(0o777)
        environment = {**os.environ, "TMPDIR": scratch}
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, env=environment
        )
        left = [path.name for path in Path(scratch).iterdir()]
    assert run.returncode == 0, run.stderr
    return {**json.loads(run.stdout), "left": left}


USERS = ["root", "ordinary user"] if os.geteuid() == 0 else ["ordinary user"]
ISOLATING = ["namespaces", "landlock", "bwrap"]


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("mechanism", ISOLATING)
@pytest.mark.parametrize("name", NAMES)
def test_isolation_holds_against(name, mechanism, user):
    if mechanism == "bwrap" and shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed (Debian: bubblewrap)")
    result = measured(user, mechanism)
    assert result["mechanism"] == mechanism, result["reason"]
    assert result["attacks"][name]["held"], result["attacks"][name]["seen"]


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("mechanism", ["namespaces", "landlock"])
def test_nothing_is_left_behind_after_the_attacks(mechanism, user):
    assert measured(user, mechanism)["left"] == []


@pytest.mark.parametrize("user", USERS)
def test_landlock_takes_over_where_namespaces_are_forbidden(user):
    result = measured(user, "auto", "--forbid=namespaces", *BRIEFLY)
    assert result["mechanism"] == "landlock"
    assert "unshare: Operation not permitted" in result["reason"]
    assert len(result["attacks"]) == len(BRIEFLY)
    assert all(attack["held"] for attack in result["attacks"].values())


@pytest.mark.parametrize("name", sorted(HELD_BY_LIMITS | NOT_HELD_BY_LIMITS))
def test_limits_alone_hold_only_what_they_promise(name):
    result = measured("ordinary user", "process")
    assert result["attacks"][name]["held"] == (name in HELD_BY_LIMITS)


@pytest.mark.parametrize("user", USERS)
def test_without_any_isolation_no_code_is_run_and_the_reason_says_what_to_do(user):
    result = measured(user, "auto", "--forbid=namespaces", "--forbid=landlock")
    assert result["mechanism"] == "none"
    assert result["attacks"] == {}
    assert "namespaces" in result["reason"]
    assert "landlock" in result["reason"].lower()
    assert "sandbox.mode: process" in result["reason"]
