"""A process with the embedded model at a rendezvous: `share_model.py DIRECTORY`.

It obeys lines on standard input: `warm`, `say N` (generate N tokens), `stream N` (say when the
first text has come, and then how it ended); each is answered by one or more JSON lines. The end of
the input closes the backend.
"""

import asyncio
import json
import sys
from typing import Any

from model_backends.base import GenerationRequest, complete
from model_backends.errors import BackendError
from model_backends.registry import open_backend
from model_backends.settings import BackendSettings

PROMPT = "The sea is"


def tell(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def main() -> None:
    backend = open_backend(
        BackendSettings(backend="embedded", context_window=512, parallel=2, rendezvous=sys.argv[1])
    )
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            await obey(backend, *line.split())
    finally:
        await backend.aclose()
    tell(closed=backend.info.state)


async def obey(backend: Any, command: str, tokens: str = "8") -> None:
    request = GenerationRequest(prompt=PROMPT, max_tokens=int(tokens))
    try:
        if command == "warm":
            await backend.warm()
            tell(state=backend.info.state)
        elif command == "say":
            done = await complete(backend, request)
            tell(state=backend.info.state, text=done.text)
        elif command == "stream":
            began = False
            async for chunk in backend.stream(request):
                if chunk.text and not began:
                    began = True
                    tell(began=True)
            tell(error=None)
    except BackendError as error:
        tell(error=type(error).__name__, message=str(error))


asyncio.run(main())
