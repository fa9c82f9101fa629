"""Values against the bounds that a schema states."""

import pytest

from mistral_agent.planning.bounds import out_of_bounds


@pytest.mark.parametrize(
    ("value", "schema", "problem"),
    [
        (3, {"type": "integer", "minimum": 1, "maximum": 5}, None),
        (0, {"minimum": 1}, "must be at least 1"),
        (9, {"maximum": 5}, "must be at most 5"),
        (0, {"exclusiveMinimum": 0}, "must be above 0"),
        (1.0, {"exclusiveMaximum": 1}, "must be below 1"),
        (1.5, {"type": "integer"}, "must be a whole number"),
        ("c", {"enum": ["a", "b"]}, "must be one of a, b"),
        ("abc", {"maxLength": 2}, "must have at most 2 characters"),
        ("ab", {"maxLength": 2}, None),
        (True, {"minimum": 5}, None),
        ([1], {}, None),
    ],
)
def test_a_value_out_of_its_bounds_is_named(value, schema, problem):
    assert out_of_bounds(value, schema) == problem
