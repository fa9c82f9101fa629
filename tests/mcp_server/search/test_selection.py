"""Few cases of many, and nothing lost, on harmless code in this process."""

import time
from random import Random

import pytest

from mcp_server.search import subjects
from mcp_server.search.budget import Budget
from mcp_server.search.driver import _inputs
from mcp_server.search.engine import Search
from mcp_server.search.selection import Selection

pytestmark = pytest.mark.timeout(120, method="thread")  # the other method's timer is used here

RUNS = 20_000
STOCK = """
class Stock:
    def __init__(self, low_mark: int = 5):
        self._stock = {}
        self._reserved = {}
        self.low_mark = low_mark
    def receive(self, name: str, count: int) -> None:
        if count <= 0:
            raise ValueError("count must be positive")
        self._stock[name] = self._stock.get(name, 0) + count
    def available(self, name: str) -> int:
        return self._stock.get(name, 0) - self._reserved.get(name, 0)
    def reserve(self, name: str, count: int = 1) -> bool:
        if name not in self._stock:
            raise KeyError(name)
        if count > self.available(name):
            return False
        self._reserved[name] = self._reserved.get(name, 0) + count
        return True
    def ship(self, name: str) -> int:
        held = self._reserved.get(name, 0)
        if held == 0:
            raise LookupError(f"{name} is not reserved")
        self._reserved[name] = 0
        self._stock[name] -= held
        return held
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_all_that_was_reached_is_still_reached_by_the_plainer_cases(execute, seed):
    module = execute(STOCK)
    (subject,) = subjects.read(module.tree)
    until = time.monotonic() + 60
    search = Search(
        module, subject, _inputs(module, subject), Random(seed), Budget(module, RUNS, until)
    )
    kept = search.run()
    chosen = Selection(search, Budget(module, module.runs + RUNS // 2, until)).run()
    assert len(chosen) < len(kept)
    for name in ("arc", "kill"):
        shown = [
            {g for each in cases for g in each.goals if g[0] == name} for cases in (kept, chosen)
        ]
        assert shown[0] <= shown[1]
