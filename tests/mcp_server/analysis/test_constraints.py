"""What a request says explicitly."""

import pytest

from mcp_server.analysis.constraints import clauses, estimate, find_constraints, invents


@pytest.mark.parametrize(
    ("request_", "constraints"),
    [
        ("sort at most 100 items in 2.5 seconds", ["100 items", "2.5 seconds"]),
        ('print "hello world" and `foo`', ["hello world", "foo"]),
        (
            "write merge(a, b) using user_id and HttpClient",
            ["merge(a, b)", "user_id", "HttpClient"],
        ),
        ("read data.csv, write JSON in UTF-8", ["data.csv", "JSON", "UTF-8"]),
        ("in Go or C++, not Python", ["Go", "C++", "Python"]),
        ("an endpoint /users/{id} with FastAPI", ["/users/{id}", "FastAPI"]),
        ("three retries at 50% load", ["three retries", "50%"]),
        ("a function named area", ["area"]),
        ("make it good", []),
    ],
)
def test_constraints_are_found_as_they_stand(request_, constraints):
    assert [each.text for each in find_constraints(request_)] == constraints


def test_a_request_is_divided_into_its_parts():
    text = "Please write a parser, add tests and review the code. Use Go.\n- log errors\n2) stop"

    assert clauses(text) == [
        "Write a parser", "Add tests", "Review the code", "Use Go", "Log errors", "Stop",
    ]  # fmt: skip


def test_quoted_text_is_not_divided():
    assert clauses('print "a, and write b" to me') == ['Print "a, and write b" to me']


@pytest.mark.parametrize(
    ("request_", "level"),
    [
        ("write a function that adds two numbers", "low"),
        ("create a REST endpoint for user management, write tests, and review the code", "medium"),
        ("build a distributed scheduler with encryption, a database and a login", "high"),
    ],
)
def test_the_complexity_is_derived_with_its_reason(request_, level):
    estimated, reason = estimate(request_, find_constraints(request_))

    assert estimated == level
    assert "part" in reason


def test_what_nobody_said_is_noticed():
    assert invents("Limit it to 500 items with Redis", "a cache")
    assert not invents("Limit it to 500 items", "at most 500 items")
