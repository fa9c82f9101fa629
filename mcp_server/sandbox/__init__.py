"""Where untrusted code runs: `open_sandbox` chooses how it is contained."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_server.sandbox.select import open_sandbox

__all__ = ["open_sandbox"]


def __getattr__(name: str) -> Any:
    # Imported on use: the processes around the code import this package too, without anyio.
    if name == "open_sandbox":
        from mcp_server.sandbox.select import open_sandbox

        return open_sandbox
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
