"""What can go wrong between this disk and a hub of models.

BackendError
├── ConfigurationError
│   ├── DiskSpaceError          (exit code 2)
│   └── CacheError              the cache cannot be read or written (exit code 2)
├── EndpointError
│   ├── HubUnreachableError     (exit code 4)
│   ├── HubRefusedError         gated, private, or another status (exit code 4)
│   └── InterruptedDownloadError  it stopped and goes on with the next try (exit code 4)
└── DamagedDownloadError        what came is not what was published (exit code 1)
"""

from pathlib import Path

from model_backends.errors import BackendError, ConfigurationError, EndpointError


class DiskSpaceError(ConfigurationError):
    """The files do not fit the disk."""

    def __init__(self, where: Path, needed: int, free: int) -> None:
        super().__init__(
            f"not enough disk space at {where}: {needed / 1e9:.2f} GB are needed, "
            f"{free / 1e9:.2f} GB are free; free some, or set HF_HOME to another disk"
        )
        self.needed = needed
        self.free = free


class CacheError(ConfigurationError):
    """The cache cannot be read or written."""

    def __init__(self, where: Path, reason: str) -> None:
        super().__init__(
            f"{where}: {reason}; mend its permissions, or set HF_HOME to another directory"
        )


class HubUnreachableError(EndpointError):
    """Nothing answers, or this process is told to be offline."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            url,
            f"no model hub answers at {url} ({reason}); go online, or set HF_ENDPOINT to a mirror. "
            "What is on this disk works without it: starcoder-mcp models list",
        )


class HubRefusedError(EndpointError):
    """The hub answered, and does not give the model; `status` is the HTTP status, if it is one."""

    def __init__(self, url: str, message: str, status: int | None = None) -> None:
        super().__init__(url, message)
        self.status = status


class InterruptedDownloadError(EndpointError):
    """A transfer broke off; what has come is kept."""

    def __init__(self, url: str, file: str, have: int, size: int, reason: str) -> None:
        super().__init__(
            url,
            f"the download of {file} stopped at {have} of {size} bytes ({reason}); "
            "the same command goes on from there",
        )


class DamagedDownloadError(BackendError):
    """A file is not what the hub lists; it is not kept."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(
            f"{file} is damaged: {problem}. It is not kept; run the same command again, and if "
            "that does not help, check what HF_ENDPOINT or a proxy between here and the hub does"
        )
        self.file = file
