"""`mistral-agent ask` as a process, with a model that does what models should not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bad_models import ENDPOINTS, WORDS

PATIENCE = 120.0
TASK = "Format this code with 79 columns: `x  =  1`"


@pytest.fixture
def ask(tmp_path: Path, endpoint):
    """Ask with a capable model, by its name, at the endpoint that answers as it is told to."""
    inherited = ("PATH", "COV_", "COVERAGE_")
    home = {name: value for name, value in os.environ.items() if name.startswith(inherited)}
    home |= {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "MISTRAL_AGENT__AGENT__MAX_RETRIES": "0",
        "MISTRAL_AGENT__AGENT__TIMEOUT_SECONDS": "3",
    }

    def run(text, url=endpoint.url):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "mistral_agent", "ask", text,
             "--base-url", url, "--model", "alpha-7b"],
            capture_output=True, text=True, env=home, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr + done.stdout
        return done

    return run


@pytest.mark.parametrize(
    "fault", ["prose", "a call", "endless hidden reasoning"]
)  # fmt: skip
def test_a_task_is_done_whatever_the_model_says(ask, endpoint, fault):
    endpoint.answers = [WORDS[fault]]
    done = ask(TASK)
    assert done.returncode == 0, done.stderr
    assert "x = 1" in done.stdout
    assert "Note: understood without the model" in done.stdout


@pytest.mark.parametrize(
    "fault",
    ["a call after words", "an unknown tool", "an empty answer"],
)
def test_what_is_no_answer_is_a_failure_that_says_so(ask, endpoint, fault):
    endpoint.answers = [WORDS[fault]]
    done = ask("hello")
    assert done.returncode == 1
    assert "model 'alpha-7b' failed" in done.stderr.splitlines()[-1]
    for printed in ("format_code", "rm_rf", "{"):
        assert printed not in done.stdout


@pytest.mark.parametrize(
    "fault", ["an endpoint that keeps alive without a word", "HTTP 401", "HTTP 500"]
)  # fmt: skip
def test_an_endpoint_that_serves_nothing_is_named_with_exit_code_4(ask, endpoint, fault):
    endpoint.answers = [ENDPOINTS[fault]]
    done = ask("hello" if "4" in fault else TASK)
    assert done.returncode == 4
    assert endpoint.url in done.stderr.splitlines()[-1]
    assert done.stdout == ""


def test_a_refused_connection_is_named_with_exit_code_4_for_tasks_too(ask):
    done = ask(TASK, "http://127.0.0.1:9/v1")
    assert done.returncode == 4
    assert "http://127.0.0.1:9/v1" in done.stderr.splitlines()[-1]
    assert done.stdout == ""
