"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import endpoint as endpoints

# A machine under load is no failure of what is tested.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

WITHOUT_TORCH = "needs the extra [transformers]; 'make test-transformers' runs it"


@pytest.fixture(scope="session")
def anyio_backend():
    """One event loop kind for all async tests; session-wide fixtures may be async, too."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _users_directories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is written where a user's data and logs go stays in the tests' own directory."""
    home = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as environment:
        for kind in ("DATA", "STATE"):
            environment.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        yield


@pytest.fixture
def make():
    """The ways to build an answer of `endpoint`."""

    class Make:
        answer = endpoints.Answer
        json = staticmethod(endpoints.as_json)
        error = staticmethod(endpoints.as_error)
        events = staticmethod(endpoints.as_events)
        piece = staticmethod(endpoints.piece)
        usage = staticmethod(endpoints.usage)
        says = staticmethod(endpoints.says)

    return Make


@pytest.fixture
def endpoint():
    running = endpoints.Endpoint()
    yield running
    running.close()


@pytest.fixture(scope="session")
def tiny_starcoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a base model with random weights."""
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    from benchmarks.tiny_models import make_starcoder

    return make_starcoder(tmp_path_factory.mktemp("models") / "tiny-starcoder2-7b")


@pytest.fixture(scope="session")
def tiny_mistral(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of an instruct model with random weights and Mistral's chat template."""
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    from benchmarks.tiny_models import make_mistral

    return make_mistral(tmp_path_factory.mktemp("models") / "tiny-mistral-instruct")
