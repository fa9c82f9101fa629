"""The planning corpus: what was tuned on stays right, with servers of others and no network."""

import asyncio

import pytest

from benchmarks.planning import plan_request
from benchmarks.planning_corpus import GROUPS, load_catalogue, load_requests
from model_backends import BackendSettings, open_backend


@pytest.mark.parametrize(
    ("file", "sequences", "arguments"),
    [
        ("tuning", 0.95, 0.95),
        ("tuning_second", 0.93, 0.88),
        ("foreign_tuning", 0.9, 0.9),
        ("other_languages", 0.9, 0.9),
        ("frozen", 0.92, 0.85),
        ("blind", 0.92, 0.8),
        ("blind_second", 0.92, 0.9),
        ("foreign_frozen", 0.85, 0.75),
    ],
)
def test_requests_become_the_right_plans_and_none_is_invalid(file, sequences, arguments):
    backend = open_backend(BackendSettings(backend="scripted"))

    async def outcomes():
        return [
            await plan_request(each, load_catalogue(each.servers), backend, "evidence")
            for each in load_requests(file)
        ]

    found = asyncio.run(outcomes())
    checked = [each for each in found if each.request.args]
    assert not [each.request.text for each in found if each.problems]
    assert sum(each.right_sequence for each in found) >= sequences * len(found)
    assert sum(each.right_arguments for each in checked) >= arguments * len(checked)


def test_the_halves_share_no_request():
    texts = [
        (each.text, each.session) for file, _ in GROUPS.values() for each in load_requests(file)
    ]
    assert len(set(texts)) == len(texts)
