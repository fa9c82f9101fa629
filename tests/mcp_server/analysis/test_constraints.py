"""What a request says explicitly."""

import pytest

from mcp_server.analysis.constraints import (
    clauses,
    estimate,
    find_constraints,
    invents,
    missing_from,
)


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
        ("1-10 items by 2026-01-31 at 12:30", ["1-10 items", "2026-01-31", "12:30"]),
        ("from 1,000 down to -1.5", ["1,000", "-1.5"]),
        ("use getUser and MAX_SIZE with --verbose", ["getUser", "MAX_SIZE", "--verbose"]),
        ("mail a@b.org", ["a@b.org"]),
        ("python or c++", ["python", "c++"]),
        ("go home and see", []),
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


@pytest.mark.parametrize("text", ["12 items", "2.5", "1.2", "v2"])
def test_a_number_is_not_mentioned_by_another_that_contains_it(text):
    (two,) = find_constraints("add 2")

    assert missing_from([two], [text]) == [two]
    assert missing_from([two], ["it adds 2."]) == []


def test_what_nobody_said_is_noticed():
    assert invents("Limit it to 500 items with Redis", "a cache")
    assert not invents("Limit it to 500 items", "at most 500 items")
