import subprocess
import sys

from benchmarks.processes import environment
from benchmarks.stub_endpoint import MODEL, stub_endpoint

PROGRAM = """
import asyncio, importlib, sys
from model_backends.base import GenerationRequest, Message, complete
from model_backends.registry import FIRST_REQUEST_IMPORTS, open_backend
from model_backends.settings import BackendSettings

def client_modules():
    return {name for name in sys.modules if name.split(".")[0] in ("openai", "model_backends")}

async def ask():
    backend = open_backend(BackendSettings("openai", sys.argv[1], sys.argv[2]))
    assert "openai" not in sys.modules
    for name in FIRST_REQUEST_IMPORTS["openai"]:
        importlib.import_module(name)
    before = client_modules()
    completion = await complete(backend, GenerationRequest((Message("user", "Hello"),)))
    await backend.aclose()
    return completion.text, len(before), len(client_modules() - before)

print(*asyncio.run(ask()))
"""


def test_what_is_imported_ahead_is_nearly_all_that_the_first_request_needs():
    with stub_endpoint() as endpoint:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, MODEL, endpoint.base_url],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stderr == ""
    answer, ahead, later = done.stdout.split()
    assert answer == "done"
    assert int(ahead) > 20 * int(later)
