"""What all tests share."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend():
    """One event loop kind for all async tests; session-wide fixtures may be async, too."""
    return "asyncio"
