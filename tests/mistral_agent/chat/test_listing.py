"""Lists of tools and conversations, for the command line."""

import io
from datetime import UTC, datetime

from mistral_agent.catalogue import Catalogue, ServerProblem, Tool
from mistral_agent.chat.listing import print_sessions, print_tools
from mistral_agent.sessions import SessionSummary


def tool(name, description="", **schema):
    return Tool("zoo", name, f"The {name}", description, schema)


def test_tools_are_answers_and_problems_are_not():
    answers, progress = io.StringIO(), io.StringIO()
    tools = (
        tool("count", "Count. Slowly.", properties={"a": {}, "b": {}}, required=["b"]),
        tool("bare"),
        tool("odd", "x" * 300, properties=[], required=[]),
    )
    problems = (ServerProblem("git", "it exits\nat once \x1b[2J"),)
    print_tools(Catalogue(tools, problems=problems), answers, progress)
    lines = answers.getvalue().splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["TOOL", "SERVER", "INPUTS", "WHAT", "IT", "DOES"],
        ["count", "zoo", "b", "[a]", "Count."],
        ["bare", "zoo", "The", "bare"],
    ]
    assert lines[3].endswith("x…")
    assert progress.getvalue() == "server git: it exits at once\n"


def test_no_tools_leave_the_headings():
    answers = io.StringIO()
    print_tools(Catalogue(), answers, io.StringIO())
    assert answers.getvalue() == "TOOL  SERVER  INPUTS  WHAT IT DOES\n"


def test_conversations_are_listed_with_local_times():
    answers, at = io.StringIO(), datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    print_sessions([SessionSummary("s1", at, at, 3, "write \x1b[2Ja test")], answers)
    local = at.astimezone().strftime("%Y-%m-%d %H:%M")
    assert answers.getvalue().splitlines()[1] == f"s1  {local}  3         write a test"
