"""Both processes on full-size models' architectures, tiny and with random weights."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.transformers

PATIENCE = 240.0
CODE = "import os\ndef add(a,b):\n  return a+b\n"


@pytest.fixture
def ask(tmp_path, tiny_mistral, tiny_starcoder):
    """Runs `mistral-agent` on the tiny Mistral, whose server has the tiny StarCoder2."""
    (tmp_path / "sums.py").write_text(CODE)

    def run(*arguments, **environment):
        inherited = ("PATH", "COV_", "COVERAGE_")
        kept = {name: value for name, value in os.environ.items() if name.startswith(inherited)}
        return subprocess.run(
            [sys.executable, "-P", "-m", "mistral_agent", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env=kept
            | {
                "HOME": str(tmp_path),
                "LANG": "C.UTF-8",
                "MISTRAL_AGENT__AGENT__BACKEND": "transformers",
                "MISTRAL_AGENT__AGENT__MODEL": str(tiny_mistral),
                "MISTRAL_AGENT__AGENT__DEVICE": "cpu",
                "MISTRAL_AGENT__AGENT__MAX_TOKENS": "150",
                "STARCODER_MCP__MODEL__NAME": str(tiny_starcoder),
                "STARCODER_MCP__TOOLS__TEST_GENERATION__MAX_NEW_TOKENS": "64",
            }
            | environment,
        )

    return run


def test_a_plan_of_three_steps_is_completed_over_stdio(ask):
    request = "Format this code, generate tests for it, and review it."
    done = ask("ask", "--json", "--file", "sums.py", request)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [step["tool"] for step in told["plan"]["steps"]] == [
        "format_code",
        "generate_tests",
        "review_code",
    ]
    assert [step["status"] for step in told["steps"]] == ["done"] * 3
    results = {step["tool"]: step["result"] for step in told["steps"]}
    assert results["format_code"]["formatted_code"].endswith("    return a + b\n")
    assert results["generate_tests"]["verified"]
    assert results["review_code"]["issues"]
    assert "loading tiny-mistral-instruct" in done.stderr


def test_each_process_says_which_model_it_runs(ask):
    done = ask("--log-level", "DEBUG", "doctor", "--json", MISTRAL_AGENT__AGENT__QUANTIZATION="nf4")

    findings = {f["name"]: f for f in json.loads(done.stdout)["findings"]}
    assert findings["model"]["status"] == "ok", findings
    assert "tiny-mistral-instruct (transformers)" in findings["model"]["detail"]
    assert "MB, nf4, cpu)" in done.stderr


def test_a_directory_without_a_model_is_an_error_of_the_settings(ask, tmp_path):
    (tmp_path / "empty").mkdir()
    done = ask("--model", str(tmp_path / "empty"), "ask", "Say hello")

    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no config.json" in done.stderr
