"""An HTTP client that waits for a server that says it is busy.

429 (RFC 6585, section 4) and 503 (RFC 9110, section 15.6.4) say that a request was not taken on,
so that sending it again does no harm, whatever it asks for.
"""

from typing import Any

import anyio
import httpx2

BUSY = (429, 503)
DELAYS = (0.25, 0.5, 1.0)
"""Seconds before each further attempt, where the server names no time itself."""

MAX_DELAY = 10.0
"""Longest wait in seconds that a server may ask for; a call's time limit ends it earlier."""


class PatientClient(httpx2.AsyncClient):
    """Sends a request again, after a while, that its server was too busy for."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request; the last response is given back whatever it says."""
        for delay in DELAYS:
            response = await super().send(request, **options)
            if response.status_code not in BUSY:
                return response
            await response.aclose()
            await anyio.sleep(_asked_for(response, delay))
        return await super().send(request, **options)


def _asked_for(response: httpx2.Response, delay: float) -> float:
    """The seconds of `Retry-After`; a date there, or none, is `delay`."""
    said = response.headers.get("retry-after", "").strip()
    return min(float(said), MAX_DELAY) if said.isdecimal() else delay
