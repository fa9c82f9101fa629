import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.memory import descendants
from benchmarks.soak import BATCH, Sample, growth, judged, soak
from benchmarks.workload import CALLS, WrongAnswerError, code_of, deadly_of, long_line_of, mixed

LEAKING = [sys.executable, str(Path(__file__).with_name("leaking_server.py"))]


def leak(megabytes):
    async def call(client, number):
        result = await client.call_tool("leak", {"megabytes": megabytes})
        assert not result.is_error

    return {"leak": call}


def samples(*server_mb, children_mb=0.0):
    return [Sample(10 * n, mb, children_mb, 1) for n, mb in enumerate(server_mb)]


def test_growth_compares_the_ends_and_one_outlier_is_not_growth():
    assert growth([100, 100, 100, 130, 100, 100, 100, 100, 100]) == 0
    assert growth([100, 100, 100, 105, 105, 105, 120, 120, 120]) == pytest.approx(0.2)
    assert growth([100, 100, 100, 90, 90, 90, 80, 80, 80]) == pytest.approx(-0.2)


def test_memory_that_grows_over_a_tenth_is_named_with_its_figures():
    assert judged(samples(100, 101, 102, 103, 104, 105)) == []
    problem, same = judged(samples(100, 105, 110, 115, 120, 125))
    assert problem.startswith("the server grew by 20%, from 100 to 125 MB")
    assert same.startswith("the server with its children grew")


def test_a_leak_in_the_server_is_not_hidden_by_large_children():
    (problem,) = judged(samples(100, 110, 120, 130, 140, 150, children_mb=900))
    assert problem.startswith("the server grew by 38%")


@pytest.mark.anyio
async def test_a_server_that_leaks_is_found_out():
    found = await soak(LEAKING, leak(megabytes=3), count=4 * BATCH, at_once=2, seconds=60)
    assert found.problems == []
    assert [sample.calls for sample in found.samples] == [2 * BATCH, 3 * BATCH, 4 * BATCH]
    assert "the server grew" in judged(found.samples)[0]


@pytest.mark.anyio
async def test_a_wrong_answer_is_a_problem_that_names_the_call():
    async def wrong(client, number):
        raise WrongAnswerError("leak: not refused")

    found = await soak(LEAKING, {"wrong": wrong}, count=2, at_once=2, seconds=60)
    assert found.problems == [
        "call 0, wrong: leak: not refused",
        "call 1, wrong: leak: not refused",
    ]


@pytest.mark.anyio
async def test_a_server_that_dies_ends_its_soak():
    before = {process.pid for process in descendants(os.getpid())}

    async def kill(client, number):
        for server in descendants(os.getpid()):
            if server.pid not in before:
                os.kill(server.pid, signal.SIGKILL)
        await client.call_tool("leak", {"megabytes": 1})

    found = await soak(LEAKING, {"kill": kill}, count=2 * BATCH, at_once=1, seconds=60)
    assert found.problems[-1] == f"the server died within the first {BATCH} calls"


@pytest.mark.anyio
async def test_a_soak_stops_when_its_time_is_over(capsys):
    found = await soak(LEAKING, leak(megabytes=1), count=1000, at_once=2, seconds=0)
    assert len(found.samples) <= 1
    assert "0 s are over" in capsys.readouterr().out


def test_a_process_that_outlives_its_server_is_reported_and_ended():
    program = (
        "import asyncio, sys\n"
        "from benchmarks import soak\n"
        "soak.adopt_orphans()\n"
        f"command = {[*LEAKING, '--orphan']!r}\n"
        "asyncio.run(soak.soak(command, {}, 0, 1, 60))\n"
        "soak.EXIT_SECONDS = 0.2\n"
        "print(soak._left_over(), soak._left_over())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "(sleep) outlived the server'] []" in done.stdout


def test_codes_differ_by_number_and_are_valid():
    for make in (code_of, long_line_of, deadly_of):
        assert make(1) != make(2)
        compile(make(7), "code", "exec")


def test_calls_take_turns_and_keep_their_numbers():
    names = [(number, name) for number, name, _ in mixed({"a": None, "b": None}, 3)]
    assert names == [(0, "a"), (1, "b"), (2, "a")]


def test_the_real_server_answers_every_kind_of_call_as_it_must():
    assert {
        "format_code",
        "generate_tests",
        "unknown tool",
        "deep nesting",
        "code that kills",
    } <= set(CALLS)
    options = ["--calls", str(len(CALLS)), "--embedded", "1", "--seconds", "100"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", *options],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if line.startswith("benchmarks.")] == []
    assert done.returncode == 0
    assert done.stdout.endswith("nothing grew or stayed\n")
