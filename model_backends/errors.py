"""What can go wrong with a model, by who can mend it.

BackendError
├── ConfigurationError          the user chose something that cannot be (exit code 2)
│   ├── UnknownBackendError
│   ├── ModelNotFoundError
│   ├── MissingPackageError
│   └── ModelLoadError
├── EndpointError               a model server cannot serve (exit code 4)
│   ├── EndpointUnreachableError
│   ├── AuthenticationError
│   ├── UnknownModelError
│   ├── EndpointStatusError
│   └── PromptTruncatedError
├── RequestError                this request cannot be served; the next one can
│   ├── InvalidRequestError
│   ├── SchemaError
│   └── ContextLengthError
└── GenerationError             the model's runtime failed
"""

from collections.abc import Sequence
from typing import ClassVar

LONGEST_LINE = 300


class BackendError(Exception):
    """A model could not do what was asked; `exit_code` is the process's where nobody mends it."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(BackendError):
    """A setting names something that does not exist here."""

    exit_code: ClassVar[int] = 2


class UnknownBackendError(ConfigurationError):
    """No backend is registered under this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown backend {name!r}; choose one of {', '.join(known)}")
        self.name = name


class ModelNotFoundError(ConfigurationError):
    """The model's weights are not where the setting says."""

    def __init__(self, model: str, remedy: str) -> None:
        super().__init__(f"model {model!r} not found; {remedy}")
        self.model = model


class MissingPackageError(ConfigurationError):
    """A backend's packages are not installed."""

    def __init__(self, package: str, install: str) -> None:
        super().__init__(f"package {package!r} is not installed; run: {install}")
        self.package = package


class ModelLoadError(ConfigurationError):
    """A model that is there cannot be loaded, or not as it is set."""

    def __init__(self, model: str, cause: str, remedy: str) -> None:
        super().__init__(f"model {model!r} cannot be loaded: {cause}; {remedy}")
        self.model = model
        self.cause = cause
        self.remedy = remedy


class EndpointError(BackendError):
    """A model server did not serve; `url` is the one that was asked."""

    exit_code: ClassVar[int] = 4

    def __init__(self, url: str, message: str) -> None:
        super().__init__(message)
        self.url = url


class EndpointUnreachableError(EndpointError):
    """Nothing answers at the endpoint, also after the retries."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            url,
            f"no model server answers at {url} ({reason}); "
            "start it, or set another with --base-url",
        )


class AuthenticationError(EndpointError):
    """The endpoint refused the API key (401 or 403)."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(
            url, f"{url} refused the API key (HTTP {status}); set OPENAI_API_KEY or --api-key"
        )
        self.status = status


class UnknownModelError(EndpointError):
    """The endpoint does not have this model."""

    def __init__(self, url: str, model: str, available: Sequence[str]) -> None:
        offer = f"it has {', '.join(available)}" if available else "it lists none"
        super().__init__(url, f"{url} has no model {model!r}; {offer}; choose with --model")
        self.model = model
        self.available = tuple(available)


class EndpointStatusError(EndpointError):
    """The endpoint answered with another error status."""

    def __init__(self, url: str, status: int, detail: str) -> None:
        super().__init__(url, f"{url} answered HTTP {status}: {detail}")
        self.status = status


class PromptTruncatedError(EndpointError):
    """The endpoint read far fewer prompt tokens than were sent: it cut the prompt silently."""

    def __init__(self, url: str, sent: int, read: int) -> None:
        super().__init__(
            url,
            f"{url} read only {read} of about {sent} prompt tokens; raise its context length "
            "(Ollama: OLLAMA_CONTEXT_LENGTH or num_ctx) or lower context_window here",
        )
        self.sent = sent
        self.read = read


class RequestError(BackendError):
    """One request cannot be served as it is."""


class InvalidRequestError(RequestError):
    """A sampling parameter is out of its range."""

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(f"{parameter}: {problem}")
        self.parameter = parameter


class SchemaError(RequestError):
    """The JSON schema cannot be compiled to a grammar."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the JSON schema cannot be used for decoding: {reason}")


class ContextLengthError(RequestError):
    """Prompt and answer together do not fit the context window."""

    def __init__(self, needed: int | None, window: int, setting: str) -> None:
        size = f"{needed} tokens" if needed is not None else "the prompt"
        super().__init__(
            f"{size} do not fit the context window of {window}; "
            f"shorten the input or raise {setting}"
        )
        self.needed = needed
        self.window = window


class GenerationError(BackendError):
    """The model's runtime failed in the middle."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"model {model!r} failed: {reason}")


def first_line(error: BaseException) -> str:
    """What an exception of a library says, on one line; its type where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:LONGEST_LINE] if lines else type(error).__name__
