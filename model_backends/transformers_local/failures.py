"""What a failure of torch or of the hub means, and what to do about it."""

import errno
from collections.abc import Iterator

from model_backends.errors import (
    BackendError,
    GenerationError,
    MissingPackageError,
    ModelLoadError,
    ModelNotFoundError,
    first_line,
)
from model_backends.transformers_local.choices import INSTALL

LOWER = "lower context_window, parallel or the weights' size (quantization: nf4)"
_OFFLINE = (
    "it is not on this machine and the hub cannot be reached; download it where there is a "
    "network, or give a model's directory"
)
TOKEN = "HF_TOKEN"  # noqa: S105 - the variable's name


def explain_failure(name: str, error: Exception) -> BackendError:
    """Say why a forward pass failed.

    Args:
        name: The model.
        error: What was raised.
    """
    if isinstance(error, BackendError):
        return error
    if _out_of_memory(error):
        return GenerationError(name, f"out of memory; {LOWER}")
    return GenerationError(name, _first_line(error))


def explain_load_failure(name: str, error: Exception) -> BackendError:
    """Say why a model could not be loaded, and what mends it.

    Args:
        name: The model.
        error: What was raised; its causes are looked at, too.
    """
    for cause in _causes(error):
        if isinstance(cause, BackendError):
            return cause
        if known := _known(name, cause):
            return known
    remedy = "see the model's page, or choose another with --model"
    return ModelLoadError(name, _first_line(error), remedy)


def _known(name: str, cause: BaseException) -> BackendError | None:
    if _out_of_memory(cause):
        return ModelLoadError(name, "out of memory", LOWER)
    if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
        remedy = "free some space, or set HF_HOME to a directory with more"
        return ModelLoadError(name, "not enough disk", remedy)
    if isinstance(cause, ImportError):
        return MissingPackageError(cause.name or str(cause), INSTALL)
    return _of_the_hub(name, cause) or _of_the_files(name, cause)


def _of_the_hub(name: str, cause: BaseException) -> BackendError | None:
    import httpx2
    from huggingface_hub import errors

    missing = {
        errors.RepositoryNotFoundError: f"the hub has none of that name; for a private one set "
        f"{TOKEN}",
        errors.EntryNotFoundError: _OFFLINE,
        errors.OfflineModeIsEnabled: _OFFLINE,
    }
    cannot = {
        errors.GatedRepoError: (
            "its owners must grant access",
            f"ask for it on https://huggingface.co/{name} and set {TOKEN} to your token",
        ),
        errors.RevisionNotFoundError: ("the hub has no such revision", "set another revision"),
    }
    for kind, (why, remedy) in cannot.items():
        if isinstance(cause, kind):
            return ModelLoadError(name, why, remedy)
    for absent, remedy in missing.items():
        if isinstance(cause, absent):
            return ModelNotFoundError(name, remedy)
    if isinstance(cause, errors.HfHubHTTPError):
        return ModelLoadError(name, f"the hub failed ({_first_line(cause)})", "try again")
    if isinstance(cause, ConnectionError | httpx2.TransportError):
        return ModelNotFoundError(name, _OFFLINE)
    return None


def _of_the_files(name: str, cause: BaseException) -> BackendError | None:
    from safetensors import SafetensorError

    if isinstance(cause, SafetensorError):
        return ModelLoadError(name, f"a shard is damaged ({cause})", "download it again")
    return None


def _out_of_memory(error: BaseException) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _first_line(error: BaseException) -> str:
    kind, text = type(error).__name__, first_line(error)
    return text if text == kind else f"{kind}: {text}"
