"""`mistral-agent` as a process: what it prints where, its exit codes, and what survives a kill."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE = 120.0
AGENT = [sys.executable, "-P", "-m", "mistral_agent"]
EXITS_AT_ONCE = f"stdio::{sys.executable} -c 'raise SystemExit(3)'"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a user whose home is empty."""
    inherited = ("PATH", "COV_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if name.startswith(inherited)}
    return kept | {"HOME": str(tmp_path), "LANG": "C.UTF-8"}


def run(home, *arguments, stdin="", **more):
    return subprocess.run(
        [*AGENT, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=home | more,
        timeout=PATIENCE,
        check=False,
    )


def sessions_of(home) -> list[list[dict]]:
    directory = Path(home["HOME"]) / ".local/share/mistral-agent/sessions"
    return [
        [json.loads(line) for line in file.read_text().splitlines()]
        for file in sorted(directory.glob("*.jsonl"))
    ]


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


def test_the_embedded_model_answers_a_request_with_code_and_measured_tests(home):
    done = run(
        home, "ask", "--json", "Write a function that merges two sorted lists, and tests for it"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [step["tool"] for step in told["steps"]] == ["generate_code", "generate_tests"]
    assert [step["tool"] for step in told["plan"]["steps"]] == ["generate_code", "generate_tests"]
    code, tests = (step["result"] for step in told["steps"])
    assert code["code"].strip()
    assert tests["test_count"] == len(tests["test_cases"])
    assert told["answer"]
    assert "small one" in done.stderr


def test_a_plan_is_one_object_on_standard_output_and_nothing_is_done(home):
    done = run(
        home,
        "plan",
        "Create a REST endpoint for user management, write tests, and review the code",
        "--json",
        "--backend",
        "scripted",
    )
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(told) == {"goal", "needs_clarification", "questions", "steps"}
    assert [(s["tool"], s["depends_on"]) for s in told["steps"]] == [
        ("generate_code", []),
        ("generate_tests", ["step1"]),
        ("review_code", ["step1"]),
    ]
    assert sessions_of(home) == []


def test_a_question_is_on_standard_output_with_exit_code_3_and_its_answer_goes_on(home):
    asked = run(home, "ask", "--json", "review my function", "--backend", "scripted")
    told = json.loads(asked.stdout)
    assert asked.returncode == 3
    assert told["needs_clarification"] is True
    assert told["questions"]
    answered = run(
        home, "ask", "--json", "--session", told["session_id"], "def f(x):\n    return eval(x)\n"
    )
    (step,) = json.loads(answered.stdout)["steps"]
    assert answered.returncode == 0, answered.stderr
    assert step["tool"] == "review_code"
    assert any(issue["line"] == 2 for issue in step["result"]["issues"])


def test_the_request_and_files_are_read_from_standard_input_and_flags(home, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def  f( x ):\n  return x\n")
    done = run(home, "ask", "-", "--file", str(file), "--json", stdin="format this with 79 columns")
    (step,) = json.loads(done.stdout)["steps"]
    assert step["tool"] == "format_code"
    assert step["result"]["formatted_code"] == "def f(x):\n    return x\n"
    plan_args = json.loads(done.stdout)["plan"]["steps"][0]["args"]
    assert plan_args["line_length"] == 79


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ask"], 2, "needs a request"),
        (["ask", "hi", "--file", "missing.py"], 2, "missing.py"),
        (["ask", "hi", "--session", "../../etc/passwd"], 2, "no session"),
        (["--backend", "nope", "ask", "hi"], 2, "unknown backend 'nope'"),
        (["ask", "hi", "--model", "missing.gguf"], 2, "missing.gguf"),
        (["--config", "missing.yaml", "tools"], 2, "missing.yaml"),
        (["--mcp-config", "missing.json", "tools"], 2, "missing.json"),
        (["tools", "--extra-server", "ftp::x"], 2, "ftp"),
        (["ask", "hello", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"], 4, "127.0.0.1:9"),
        (["serve"], 2, "not part of this version"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_bad_input_gets_one_clear_line_and_its_exit_code(home, arguments, code, said):
    done = run(home, *arguments, MISTRAL_AGENT__AGENT__MAX_RETRIES="0")
    assert done.returncode == code
    assert said in done.stderr.splitlines()[-1]
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_full_disk_behind_standard_output_is_one_line(home):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*AGENT, "ask", "hello", "--backend", "scripted"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=home,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_settings_are_refused_by_file_key_and_suggestion(home, tmp_path):
    config = tmp_path / "agent.yaml"
    config.write_text("planning:\n  max_step: 3\n")
    done = run(home, "--config", str(config), "tools")
    assert done.returncode == 2
    assert str(config) in done.stderr
    assert "planning.max_step" in done.stderr
    assert "max_steps" in done.stderr


def test_a_server_that_cannot_start_is_named_and_the_others_are_listed(home):
    done = run(home, "tools", "--json", "--extra-server", EXITS_AT_ONCE)
    told = json.loads(done.stdout)
    assert done.returncode == 4
    assert "generate_code" in {tool["name"] for tool in told["tools"]}
    assert "exited with code 3" in told["problems"][0]["reason"]


def test_the_key_of_an_endpoint_reaches_no_foreign_server_and_no_file(home, tmp_path):
    seen = tmp_path / "environment"
    spy = f'stdio::{sys.executable} -c \'import os; open("{seen}", "w").write(str(os.environ))\''
    run(home, "tools", "--api-key", "sk-secret", "--extra-server", spy, OPENAI_API_KEY="sk-other")
    assert seen.exists()
    for path in Path(home["HOME"]).rglob("*"):
        if path.is_file():
            assert b"sk-secret" not in path.read_bytes()
            assert b"sk-other" not in path.read_bytes()


def test_conversations_can_be_listed_shown_exported_and_deleted(home):
    told = json.loads(run(home, "ask", "--json", "hello", "--backend", "scripted").stdout)
    known = told["session_id"]
    assert known in run(home, "sessions", "list").stdout
    assert "hello" in run(home, "sessions", "show", known).stdout
    assert run(home, "sessions", "export", known).stdout.startswith("# Conversation")
    assert run(home, "sessions", "delete", known).returncode == 0
    assert run(home, "sessions", "show", known).returncode == 2


def test_version_and_help_are_on_standard_output(home):
    assert run(home, "--version").stdout.startswith("mistral-agent ")
    assert "VERB" in run(home, "--help").stdout


@contextlib.contextmanager
def working(home):
    """An agent in the middle of its second step, a slow one; gives the process."""
    agent = subprocess.Popen(
        [*AGENT, "ask", "Write a function that adds two numbers, and tests for it"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=home,
        start_new_session=True,
    )
    try:
        wait_for(lambda: any(kinds.count("step") == 1 for kinds in recorded(home)))
        yield agent
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(agent.pid, signal.SIGKILL)
        agent.communicate(timeout=PATIENCE)


def recorded(home) -> list[list[str]]:
    return [[line.get("kind", "") for line in lines] for lines in sessions_of(home)]


def child_of(pid: int, words: str) -> int | None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if int(status[1]) == pid and words in line:
                    return int(entry.name)
    return None


def test_killing_the_agent_keeps_every_completed_step(home):
    with working(home) as agent:
        agent.kill()
        agent.wait(PATIENCE)
    assert [kinds.count("step") for kinds in recorded(home)] == [1]
    assert "no session" not in run(home, "sessions", "list").stderr


def test_killing_the_server_fails_the_step_or_retries_it_and_keeps_the_rest(home):
    with working(home) as agent:
        server = wait_for(lambda: child_of(agent.pid, "mcp_server"))
        os.kill(server, signal.SIGKILL)
        out, err = agent.communicate(timeout=PATIENCE)
    assert agent.returncode in (0, 1), err
    assert "Traceback" not in err
    assert "Generate code" in out
    assert [kinds.count("step") for kinds in recorded(home)] == [2]


def test_ctrl_c_ends_with_130_and_keeps_what_was_done(home):
    with working(home) as agent:
        os.kill(agent.pid, signal.SIGINT)
        _, err = agent.communicate(timeout=PATIENCE)
    assert agent.returncode == 130
    assert "Traceback" not in err
    assert "step" in recorded(home)[0]
