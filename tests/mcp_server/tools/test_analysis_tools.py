"""format_code, analyze_complexity, review_code: no model is needed for them."""

import anyio
import pytest

from model_backends.base import ModelInfo
from model_backends.errors import GenerationError
from model_backends.scripted import ScriptedBackend

pytestmark = pytest.mark.anyio

FAULTY = """import os


def f(a, b=[]):
    try:
        eval(a)
    except:
        pass
    password = "hunter2abc"
    return undefined
"""


async def test_format_code_gives_code_the_number_of_changes_and_what_was_checked(serve):
    async with serve() as call:
        done = await call("format_code", code="x=1\ny = 2\nz=3\n", line_length=79)

    assert done["formatted_code"] == "x = 1\ny = 2\nz = 3\n"
    assert done["changes_made"] == 2
    assert done["formatter_used"] == "black"
    assert {c["name"]: c["status"] for c in done["checks"]} == {
        "same syntax tree": "passed",
        "stable": "passed",
    }
    assert done["verified"] is False


@pytest.mark.parametrize("formatter", ["black", "ruff", "autopep8", "yapf", "isort"])
async def test_every_formatter_is_reached_through_the_tool(serve, formatter):
    async with serve() as call:
        done = await call(
            "format_code", code="import sys\nimport os\n\nx=[ 1]\n", formatter=formatter
        )

    assert done["formatter_used"] == formatter
    assert done["changes_made"] > 0


async def test_format_code_formats_other_languages(serve):
    async with serve() as call:
        done = await call("format_code", code="int  main(){return 0;}\n", language="C++")

    assert done["formatted_code"] == "int main() { return 0; }\n"
    assert (done["language"], done["formatter_used"]) == ("cpp", "clang-format")
    assert {c["name"]: c["status"] for c in done["checks"]} == {
        "same syntax tree": "passed",
        "stable": "passed",
    }


async def test_what_cannot_be_compared_is_a_check_that_was_not_run(serve):
    async with serve() as call:
        done = await call("format_code", code="a { *zoom: 1 }", language="css")

    meaning, _ = done["checks"]
    assert (meaning["name"], meaning["status"]) == ("same syntax tree", "not_run")
    assert "nothing was compared" in meaning["detail"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"language": "cobol"}, "no formatter for the language 'cobol'; there are those of: pyth"),
        ({"language": "c", "formatter": "black"}, "black does not format c; leave the formatter"),
        ({"formatter": "oxfmt"}, "oxfmt does not format python; leave the formatter out, or use"),
        ({"language": "json"}, "line 1, column 1"),
    ],
)
async def test_a_wrong_language_or_formatter_is_explained(serve, arguments, problem):
    async with serve() as call:
        result = await call.client.call_tool("format_code", {"code": "x=1", **arguments})

    assert result.is_error
    assert problem in result.content[0].text


async def test_a_formatter_that_would_change_the_meaning_is_refused(serve):
    # oxfmt takes the white space at the end of a line of code away, which Markdown keeps.
    code = "```\na  \n```\n"
    async with serve() as call:
        arguments = {"code": code, "language": "markdown"}
        refused = await call.client.call_tool("format_code", {**arguments, "formatter": "oxfmt"})
        done = await call("format_code", **arguments)

    assert "oxfmt would change what this code means" in refused.content[0].text
    assert done["formatted_code"] == code


HOSTILE = {
    "minus": "-" * 20_000 + "1",
    "plus": "1" + "+1" * 20_000,
    "attributes": "a" + ".b" * 20_000,
    "parentheses": "(" * 5000 + ")" * 5000,
    "brackets": "[" * 3000,
    "deep but valid": "x = " + "[" * 190 + "]" * 190,
    "elif": "if a:\n    pass\n" + "elif b:\n    pass\n" * 3000,
    "nul": "x = 1\0",
    "surrogate": "x = '\ud800'",
    "empty": "   ",
    "deep call": "x = " + "f(" * 150 + ")" * 150,
    "power": "x = " + "2**" * 900 + "2",
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_hostile_source_is_answered_and_the_server_goes_on(serve, case):
    async with serve() as call:
        for tool, arguments in (
            ("format_code", {"formatter": "black"}),
            ("format_code", {"formatter": "ruff"}),
            ("analyze_complexity", {}),
            ("review_code", {}),
        ):
            with anyio.fail_after(60):
                code = HOSTILE[case].encode("utf-8", "replace").decode()
                result = await call.client.call_tool(tool, {"code": code, **arguments})
            if result.is_error:
                text = result.content[0].text
                assert len(text) < 400
                assert "unexpected" not in text
                assert "see the server's log" not in text
        assert (await call("format_code", code="x=1"))["formatted_code"] == "x = 1\n"


@pytest.mark.parametrize("tool", ["format_code", "analyze_complexity", "review_code"])
async def test_a_syntax_error_is_named_with_line_and_column(serve, tool):
    async with serve() as call:
        result = await call.client.call_tool(tool, {"code": "x = 1\ny = (\n"})

    assert result.is_error
    assert "line 2, column 5: not valid Python: '(' was never closed" in result.content[0].text


async def test_analyze_complexity_measures_and_recommends(serve):
    branches = "".join(f"    if a == {i}:\n        return {i}\n" for i in range(12))
    async with serve() as call:
        done = await call("analyze_complexity", code=f"def many(a):\n{branches}")

    assert done["cyclomatic_complexity"] == 13
    assert done["cyclomatic_total"] == 14
    assert done["cognitive_complexity"] == 12
    assert done["lines_of_code"] == 25
    assert done["functions"][0]["name"] == "many"
    assert done["recommendations"][0].startswith("many() (line 1): cyclomatic complexity is 13")


async def test_analyze_complexity_leaves_the_rows_out_unless_detailed(serve):
    async with serve() as call:
        done = await call("analyze_complexity", code="x = 1", detailed=False)

    assert done["functions"] is None
    assert done["cyclomatic_complexity"] == 1


async def test_analyze_complexity_measures_other_languages(serve):
    branches = "".join(f"  if (a === {i}) return {i};\n" for i in range(12))
    async with serve() as call:
        done = await call(
            "analyze_complexity", code=f"function many(a) {{\n{branches}}}\n", language="js"
        )

    assert done["language"] == "javascript"
    assert (done["cyclomatic_complexity"], done["cyclomatic_total"]) == (13, 13)
    assert done["lines_of_code"] == 14
    assert done["tokens"] > done["functions"][0]["tokens"] > 100
    assert done["recommendations"][0].startswith("many() (line 1): cyclomatic complexity is 13")
    for name in ("cognitive_complexity", "cognitive_total", "maintainability_index", "halstead"):
        assert done[name] is None
    assert done["notes"]


async def test_nothing_is_said_of_the_complexity_of_what_has_no_function(serve):
    async with serve() as call:
        done = await call("analyze_complexity", code="no code at all", language="java")

    assert done["cyclomatic_complexity"] is None
    assert done["cyclomatic_total"] is None
    assert any("No function of java was found" in note for note in done["notes"])


async def test_a_language_that_cannot_be_measured_is_explained(serve):
    async with serve() as call:
        result = await call.client.call_tool(
            "analyze_complexity", {"code": "x", "language": "cobol"}
        )

    assert "the language 'cobol' cannot be measured; there are: " in result.content[0].text


async def test_the_complexity_limit_is_the_configured_one(serve):
    async with serve(STARCODER_MCP__TOOLS__CODING_STANDARDS__PYTHON__COMPLEXITY_LIMIT="1") as call:
        done = await call("analyze_complexity", code="def f(a):\n    return a or 1\n")

    assert "over the limit of 1" in done["recommendations"][0]


async def test_a_review_proves_each_issue_with_rule_line_and_source(serve):
    async with serve() as call:
        done = await call("review_code", code=FAULTY)

    by_rule = {issue["rule"]: issue for issue in done["issues"]}
    assert (by_rule["S307"]["severity"], by_rule["S307"]["line"]) == ("critical", 6)
    assert by_rule["S307"]["rules"] == ["S307", "B307", "W0123"]
    assert by_rule["S307"]["sources"] == ["ruff", "bandit", "pylint"]
    assert by_rule["F821"]["severity"] == "critical"
    assert by_rule["E722"]["area"] == "correctness"
    severities = [issue["severity"] for issue in done["issues"]]
    order = ["critical", "major", "minor", "info"]
    assert severities == sorted(severities, key=order.index)
    assert sum(done["issue_counts"].values()) == len(done["issues"])
    assert done["overall_score"] <= 60
    assert done["verified"] is False
    assert all("line" in s for s in done["suggestions"] if s.startswith("Mend"))
    assert "import os" not in done["refactored_code"]


async def test_clean_code_is_praised_for_what_was_measured(serve):
    code = '''"""Sums."""


def add(a: int, b: int) -> int:
    """Return the sum."""
    return a + b
'''
    async with serve() as call:
        done = await call("review_code", code=code)

    assert done["overall_score"] == 100
    assert done["issues"] == []
    assert done["refactored_code"] is None
    assert done["summary"] == "No issues were found."
    assert len(done["compliments"]) >= 5


@pytest.mark.parametrize("area", ["security", "documentation", "types", "correctness"])
async def test_the_focus_selects_issues(serve, area):
    async with serve() as call:
        done = await call("review_code", code=FAULTY, focus_areas=[area])

    assert done["issues"]
    assert {issue["area"] for issue in done["issues"]} == {area}


async def test_the_number_of_issues_and_the_severities_are_the_configured_ones(serve):
    async with serve(
        STARCODER_MCP__TOOLS__CODE_REVIEW__MAX_ISSUES="2",
        STARCODER_MCP__TOOLS__CODE_REVIEW__SEVERITY_LEVELS="[critical, major]",
    ) as call:
        done = await call("review_code", code=FAULTY)

    assert [issue["severity"] for issue in done["issues"]] == ["critical", "critical"]
    assert "are not listed" in done["summary"]


async def test_type_hints_are_asked_for_only_where_the_standard_does(serve):
    async with serve(STARCODER_MCP__TOOLS__CODING_STANDARDS__PYTHON__TYPE_HINTS="false") as call:
        done = await call("review_code", code=FAULTY)

    assert "types" not in {issue["area"] for issue in done["issues"]}


class Capable(ScriptedBackend):
    @property
    def info(self):
        return ModelInfo("scripted", "big", 4096, "ready", "capable")


async def test_a_capable_model_adds_a_sentence_and_its_failure_takes_nothing_away(serve):
    reply = '{"bugs": [], "advice": "Mend the eval first."}'
    async with serve(backend=Capable(replies=[reply])) as call:
        done = await call("review_code", code=FAULTY)
    assert done["summary"].endswith("Mend the eval first.")

    async with serve(backend=Capable(replies=[GenerationError("big", "broken")])) as call:
        done = await call("review_code", code=FAULTY)
    assert "issues found" in done["summary"]
    assert done["issues"]


async def test_a_small_model_is_not_asked(serve):
    async with serve() as call:
        await call("review_code", code=FAULTY)

        assert call.backend.requests == []


async def test_a_linter_that_fails_is_named_and_the_others_still_count(serve, monkeypatch):
    from mcp.server.mcpserver.exceptions import ToolError

    from mcp_server.analysis.workers import Workers

    run = Workers.run

    async def without_pylint(self, function, *args, **options):
        if function.endswith((":pylint", ":improve")):
            raise ToolError("pylint crashed on this input (exit code -6)")
        return await run(self, function, *args, **options)

    monkeypatch.setattr(Workers, "run", without_pylint)
    async with serve() as call:
        done = await call("review_code", code=FAULTY)

    assert done["issues"]
    assert done["refactored_code"] is None
    assert "Not everything was checked: pylint crashed" in done["summary"]
    checks = {check["name"]: check["status"] for check in done["checks"]}
    assert checks["pylint ran"] == "failed"
    assert checks["ruff ran"] == "passed"


async def test_the_coding_standard_of_the_settings_is_the_default_of_the_formatter(serve):
    long = "total = first_number_of_them + second_number_of_them + third_number\n"
    variable = "STARCODER_MCP__TOOLS__CODING_STANDARDS__PYTHON__LINE_LENGTH"
    async with serve(**{variable: "50"}) as call:
        by_default = await call("format_code", code=long)
        as_asked = await call("format_code", code=long, line_length=100)

    assert by_default["changes_made"] > 0
    assert as_asked["formatted_code"] == long
