"""Busy servers over a transport that answers from a list."""

import httpx2
import pytest

from mistral_agent.tool_client import patience
from mistral_agent.tool_client.patience import PatientClient

pytestmark = pytest.mark.anyio


@pytest.fixture
def waited(monkeypatch):
    """The seconds that were waited, none of which passes."""
    seconds: list[float] = []

    async def sleep(delay):
        seconds.append(delay)

    monkeypatch.setattr(patience.anyio, "sleep", sleep)
    return seconds


async def answered(*responses):
    """Send one request; gives the last status and the bodies that arrived."""
    left, bodies = list(responses), []

    def handler(request):
        bodies.append(request.content)
        return left.pop(0)

    async with PatientClient(transport=httpx2.MockTransport(handler)) as client:
        response = await client.post("http://server/mcp", json={"id": 1})
    return response.status_code, bodies


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again_with_the_same_request(waited, status):
    code, bodies = await answered(httpx2.Response(status), httpx2.Response(200))
    assert (code, bodies, waited) == (200, [b'{"id":1}'] * 2, [0.25])


async def test_each_wait_is_longer_and_the_last_answer_counts(waited):
    code, bodies = await answered(*(httpx2.Response(503) for _ in range(4)))
    assert (code, len(bodies), waited) == (503, 4, [0.25, 0.5, 1.0])


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("2", 2.0), ("86400", 10.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.25), ("-1", 0.25)],
)
async def test_the_server_may_say_how_long_within_bounds(waited, said, seconds):
    busy = httpx2.Response(503, headers={"Retry-After": said})
    assert (await answered(busy, httpx2.Response(200)))[0] == 200
    assert waited == [seconds]


@pytest.mark.parametrize("status", [200, 202, 400, 401, 404, 500, 502])
async def test_any_other_answer_is_taken_as_it_is(waited, status):
    code, bodies = await answered(httpx2.Response(status))
    assert (code, len(bodies), waited) == (status, 1, [])
