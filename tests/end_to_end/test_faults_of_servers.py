"""Servers that err, each in its own way: a right result, or an exit code and one line about it."""

import json
import sys
from pathlib import Path

import pytest

from mistral_agent.cli import run

FAULTY = Path(__file__).parents[1] / "mistral_agent" / "servers" / "faulty.py"
QUICK = {"timeout": 1.0}
QUICK_START = {"connect_timeout": 2.0}
DONE, STEP_FAILED, BAD_INPUT, NOT_REACHED = 0, 1, 2, 4


class Asked:
    """What `ask --plan` did with a server that errs."""

    def __init__(self, code: int, out: str, err: str, log: Path) -> None:
        self.code, self.out, self.err = code, out, err
        self.noted = log.read_text().splitlines() if log.exists() else []
        told = json.loads(out) if out else {"steps": [], "answer": ""}
        self.answer = told["answer"]
        self.steps = {step["id"]: step for step in told["steps"]}

    @property
    def statuses(self) -> dict[str, str]:
        return {id_: step["status"] for id_, step in self.steps.items()}


@pytest.fixture
def ask(tmp_path, monkeypatch, capfd):
    """Run a plan on the server with this fault; the other steps go to a server that is well."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def asked(fault, steps=(("faulty", "probe"),), *flags, then="", trusted=True, **settings):
        log = tmp_path / "log.txt"
        arguments = [str(FAULTY), f"fault={fault}", f"log={log}", f"then={then}"]
        common = {"command": sys.executable, "trusted": trusted, "retry_delay": 0.1}
        servers = [
            {"name": "faulty", "args": arguments, "retry_attempts": 1, **common, **settings},
            {"name": "well", "args": [str(FAULTY), f"log={tmp_path / 'other'}"], **common},
        ]
        config, plan = tmp_path / "config.yaml", tmp_path / "plan.json"
        config.write_text(
            json.dumps({"agent": {"backend": "scripted"}, "mcp": {"servers": servers}})
        )
        plan.write_text(json.dumps({"goal": "try it", "steps": list(_steps(steps))}))
        code = run(["ask", "--config", str(config), "--plan", str(plan), "--json", "--yes", *flags])
        captured = capfd.readouterr()
        assert "Traceback" not in captured.out + captured.err
        assert "\x1b" not in captured.out + captured.err
        return Asked(code, captured.out, captured.err, log)

    return asked


def _steps(tools):
    """Steps one after the other where they are on the same server, else beside each other."""
    before: dict[str, str] = {}
    for number, (server, tool) in enumerate(tools, 1):
        after = [before[server]] if server in before else []
        before[server] = f"step{number}"
        yield {
            "id": f"step{number}",
            "server": server,
            "tool": tool,
            "args": {},
            "depends_on": after,
        }


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("exit-before-anything", "it exited with code 4"),
        ("exit-at-start", "it exited with code 3; it said: no licence found"),
        ("exit-in-list", "it exited with code 5"),
        ("hang-in-initialize", "no answer within 2 seconds"),
        ("hang-in-list", "no answer within 2 seconds"),
        ("error-in-initialize", "not configured"),
        ("shapeless-initialize", "its answer is not as MCP has it: InitializeResult."),
        ("unknown-revision", "1999-01-01"),
        ("error-in-list", "the registry is down"),
        ("shapeless-list", "its answer is not as MCP has it: ListToolsResult.tools.0."),
    ],
)
def test_a_server_that_does_not_come_up_is_named_and_nothing_is_run(ask, fault, said):
    asked = ask(fault, **QUICK_START)
    assert asked.code == NOT_REACHED
    assert asked.out == ""
    last = asked.err.splitlines()[-1]
    assert last.startswith("mistral-agent: server 'faulty': not connected: ")
    assert said in last
    assert len(last) < 700
    assert not any(line.startswith("call") for line in asked.noted)


@pytest.mark.parametrize("fault", ["exit-at-start", "hang-in-list", "shapeless-list"])
def test_servers_that_are_well_work_beside_one_that_does_not_come_up(ask, fault):
    asked = ask(fault, (("well", "probe"),), **QUICK_START)
    assert (asked.code, asked.statuses) == (DONE, {"step1": "done"})
    assert "server faulty: " in asked.err


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("die", "the server is gone: it exited with code 7"),
        ("hang", "no result within 1 seconds"),
        ("chatter", "no result within 1 seconds"),
        ("neither", "no result within 1 seconds"),
        ("other-number", "no result within 1 seconds"),
        ("error", "disk full"),
        ("silent-error", "it says that it failed, and not why"),
        ("rpc-error", "out of tokens (JSON-RPC -32000)"),
        ("wrong-type", "'one' is not of type 'integer'"),
        ("missing-field", "'n' is a required property"),
        ("no-structure", "structured"),
        ("null-structure", "structured"),
        ("shapeless", "its answer is not as MCP has it: CallToolResult.content"),
        ("no-content", "its answer is not as MCP has it: CallToolResult.content"),
    ],
)
def test_a_call_that_goes_wrong_fails_its_step_by_name_and_keeps_the_rest(ask, fault, said):
    steps = (("faulty", "probe"), ("faulty", "steady"), ("well", "steady"))
    asked = ask(fault, steps, **QUICK)
    assert asked.code == STEP_FAILED
    assert asked.statuses == {"step1": "failed", "step2": "skipped", "step3": "done"}
    error = asked.steps["step1"]["error"]
    assert "'faulty'" in error
    assert said in error
    assert "\n" not in error
    assert "steady is well" in asked.answer
    assert "probe failed" in asked.answer
    assert "call steady" not in asked.noted


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("noise", "well"),
        ("twice", "well"),
        ("asks-back", "well"),
        ("nothing", "It gave no text"),
        ("call-as-text", "arguments"),
    ],
)
def test_oddities_that_leave_a_result_leave_it(ask, fault, said):
    asked = ask(fault, (("faulty", "probe"), ("faulty", "steady")))
    assert (asked.code, set(asked.statuses.values())) == (DONE, {"done"})
    assert said in asked.answer
    assert asked.noted.count("call steady") == 1


def test_a_giant_result_is_whole_in_json_and_cut_in_the_answer(ask):
    asked = ask("giant")
    assert asked.code == DONE
    assert len(asked.steps["step1"]["result"]["text"]) == len("word ") * 2_000_000
    assert len(asked.answer) < 30_000


def test_a_server_that_dies_in_a_call_that_only_reads_is_asked_again(ask):
    asked = ask("die-once", (("faulty", "probe"), ("faulty", "steady")))
    assert (asked.code, set(asked.statuses.values())) == (DONE, {"done"})
    assert asked.noted == ["start", "call probe", "start", "call probe", "call steady"]
    assert "the server is gone" in asked.err


def test_a_server_that_is_not_trusted_is_not_asked_again(ask):
    asked = ask("die-once", trusted=False)
    assert asked.code == STEP_FAILED
    assert asked.noted.count("call probe") == 1


def test_a_server_that_dies_between_calls_is_started_again(ask):
    asked = ask("die-after", (("faulty", "probe"), ("faulty", "probe")))
    assert (asked.code, set(asked.statuses.values())) == (DONE, {"done"})
    assert asked.noted.count("start") == 2


def test_the_time_limit_of_a_call_cancels_it_on_the_server_which_goes_on(ask):
    asked = ask("hang", (("faulty", "probe"), ("well", "steady")), **QUICK)
    assert asked.statuses == {"step1": "failed", "step2": "done"}
    assert "cancelled" in asked.noted
    assert asked.noted.count("start") == 1


def test_a_tool_that_vanishes_before_its_step_fails_it_by_name(ask):
    asked = ask("", (("faulty", "change"), ("faulty", "probe"), ("well", "steady")), then="gone")
    assert asked.code == STEP_FAILED
    assert asked.statuses == {"step1": "done", "step2": "failed", "step3": "done"}
    assert "'probe'" in asked.steps["step2"]["error"]
    assert "'faulty'" in asked.steps["step2"]["error"]
    assert "call probe" not in asked.noted


def test_a_tool_whose_arguments_changed_before_its_step_is_not_called_with_the_old_ones(ask):
    asked = ask("", (("faulty", "change"), ("faulty", "probe"), ("well", "steady")), then="other")
    assert asked.code == STEP_FAILED
    assert asked.statuses == {"step1": "done", "step2": "failed", "step3": "done"}
    error = asked.steps["step2"]["error"]
    assert "server 'faulty' changed 'probe'" in error
    assert "needs the argument 'colour'" in error
    assert "call probe" not in asked.noted


def test_a_plan_for_tools_that_went_or_changed_since_is_refused_before_anything_runs(ask):
    asked = ask("", (("faulty", "steady"), ("faulty", "vanished")))
    assert (asked.code, asked.out) == (BAD_INPUT, "")
    assert "server 'faulty' has no tool 'vanished'" in asked.err
    assert "call steady" not in asked.noted
