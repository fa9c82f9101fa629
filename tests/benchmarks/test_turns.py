import pytest

from benchmarks.turns import in_turns


@pytest.mark.anyio
async def test_sides_take_turns_back_and_forth_and_the_first_round_only_warms_up():
    taken = []

    def side(name):
        def reading():
            taken.append(name)
            return float(len(taken))

        return reading

    assert await in_turns(2, side("a"), side("b")) == ([4.0, 5.0], [3.0, 6.0])
    assert taken == ["a", "b", "b", "a", "a", "b"]


@pytest.mark.anyio
async def test_a_single_run_has_no_warm_up():
    taken = []
    assert await in_turns(1, lambda: float(taken.append(1) or len(taken))) == ([1.0],)


@pytest.mark.anyio
async def test_readings_may_be_awaited():
    async def reading():
        return 7.0

    assert await in_turns(1, reading, lambda: 8.0) == ([7.0], [8.0])
