"""The process that holds the embedded model: loads it and serves it on a loopback port.

It runs as a script of its own, apart from this package, for what it costs in a program's own
process: loading holds Python's interpreter lock for seconds, the library writes to the descriptors
of the standard streams, and a fault of the library would end the program.

It reads one JSON object from standard input and writes one to standard output: `url`, or `error`,
or `missing` with the name of a package. It ends when standard input ends, as that means that its
owner is gone; one that is loading at that time ends after it.
"""

import json
import os
import sys
from typing import Any

BATCH_TOKENS = 128
"""Prompt tokens that are read in one go: what a cancelled request still costs."""
HTTP_THREADS = 64
HEADROOM_BYTES = 2 * 1024**3


def main() -> None:
    """Serve until standard input ends."""
    reply_to = os.fdopen(os.dup(1), "w")
    # The library's noise goes nowhere, at the level of descriptors as it writes from C++.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    reply, server = _load(json.loads(sys.stdin.readline()))
    with reply_to:
        reply_to.write(json.dumps(reply) + "\n")
    if server is not None:
        sys.stdin.read()
    # Its threads may be generating; nothing here is worth waiting for them.
    os._exit(0)


def _load(order: dict[str, Any]) -> tuple[dict[str, str], object]:
    try:
        import xllamacpp
    except ImportError as error:
        return {"missing": f"{error.name or 'xllamacpp'}"}, None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = order["weights"]
    parameters.api_keys = [order["key"]]
    parameters.port = 0
    parameters.n_parallel = order["parallel"]
    parameters.n_ctx = order["parallel"] * order["context_window"]
    parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = order["threads"]
    # Slots keep their last prompt; keeping more of them would grow without use here.
    parameters.cache_ram_mib = 0
    # A request that waits for a slot holds one, and the owner's look at the process needs one.
    parameters.n_threads_http = HTTP_THREADS
    parameters.verbosity = 0
    parameters.ui = False
    try:
        server = xllamacpp.Server(parameters)
    except RuntimeError as error:
        return {"error": str(error)}, None
    _limit_memory()
    return {"url": server.listening_address}, server


def _limit_memory() -> None:
    """Bound what is taken after loading (Linux): requests that grow without end, end the process.

    Every buffer is there by now; what grows is grammars and queues.
    """
    try:
        import resource

        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - no imports
            kilobytes = next(line.split()[1] for line in status if line.startswith("VmData:"))
    except (ImportError, OSError, StopIteration):
        return
    limit = int(kilobytes) * 1024 + HEADROOM_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    main()
