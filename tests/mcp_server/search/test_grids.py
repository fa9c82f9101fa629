"""Matrices and boards: how they are made, changed and made plainer."""

import ast
from random import Random

import pytest

from mcp_server.search.annotations import TypedDomains
from mcp_server.search.changes import change
from mcp_server.search.grids import is_grid
from mcp_server.search.inputs import Inputs
from mcp_server.search.mining import Hints, mine
from mcp_server.search.subjects import read
from mcp_server.search.values import simpler


def domains(hints=None):
    return TypedDomains(hints or Hints(), {}, {}, {})


def is_rectangular(value):
    return all(isinstance(row, list) and len(row) == len(value[0]) for row in value)


@pytest.mark.parametrize("annotation", ["list[list[int]]", "Sequence[Sequence[int]]"])
def test_rows_are_mostly_of_one_length_and_often_as_many_as_there_are_columns(annotation):
    domain, random = domains().of_annotation(annotation), Random(3)
    found = [domain.sample(random) for _ in range(300)]
    assert sum(map(is_rectangular, found)) > 220
    assert sum(is_grid(g) and len(g) == len(g[0]) for g in found) > 80
    assert not all(map(is_rectangular, found))
    assert domain.plain[0] == [[1, 0], [2, 3]]
    assert all(type(cell) is int for g in found for row in g for cell in row)


def test_a_changed_grid_stays_one_and_is_another():
    random, value = Random(5), [["a", "b"], ["c", "d"]]
    domain = domains().of_annotation("list[list[str]]")
    found = [change(value, random, domain, Hints()) for _ in range(300)]
    assert sum(map(is_rectangular, found)) > 200
    assert {(len(g), len(g[0])) for g in found if is_grid(g)} >= {(2, 2), (1, 2), (2, 1), (3, 2)}
    assert value == [["a", "b"], ["c", "d"]]


def test_plainer_grids_lose_a_row_or_a_column_and_never_a_cell():
    found = list(simpler([[7, 8], [9, 4]]))
    assert [] in found
    assert [[9, 4]] in found
    assert [[8], [4]] in found
    assert [[0, 8], [9, 4]] in found
    assert all(is_rectangular(g) for g in found)


@pytest.mark.parametrize(
    ("body", "likely"),
    [("return x[0][1]", True), ("return x[i][j]", True), ("return x['a'][0]", False)],
)
def test_what_is_indexed_twice_is_first_taken_for_rows(body, likely):
    tree = ast.parse(f"def f(x, i=0, j=0):\n    {body}\n")
    inputs = Inputs(domains(mine(tree.body, tree)), tree)
    (subject,) = read(tree)
    first = inputs.candidates(subject.targets[0].parameters[0])[0]
    assert first.name.startswith("list[list") is likely
