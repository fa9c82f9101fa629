"""The `config.json` of a model, wherever it is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_backends.errors import ModelNotFoundError
from model_backends.hub.published import find_published
from model_backends.hub.references import Reference, read_reference

CONFIG = "config.json"


def configuration_of(model: str) -> tuple[str, Mapping[str, Any]]:
    """Find a model's name and configuration: of a directory, packaged, on this disk, or the hub's.

    Args:
        model: A directory, a known name, or a hub's `OWNER/NAME[@REVISION]`.

    Raises:
        ModelNotFoundError: There is none, or it is no configuration.
        EndpointError: The hub cannot be asked.
    """
    if Path(model).expanduser().is_dir():
        return model, _read(Path(model).expanduser() / CONFIG, model)
    known = find_published(model)
    if known is not None and known.config is not None:
        return known.id, known.config
    reference = read_reference(model)
    if reference.file:
        raise ModelNotFoundError(
            model, "a GGUF file has no config.json; name the model that it was made of"
        )
    return str(reference), _read(_from_hub(reference), model)


def _from_hub(reference: Reference) -> Path:
    from model_backends.hub.downloads import open_hub

    return open_hub().small_file(reference, CONFIG)


def _read(path: Path, model: str) -> Mapping[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "") if isinstance(error, OSError) else "it is not text"
        raise ModelNotFoundError(model, f"its {CONFIG} cannot be read: {reason.lower()}") from None
    except (ValueError, RecursionError):
        raise ModelNotFoundError(model, f"its {CONFIG} is not JSON; download it again") from None
    if not isinstance(config, dict):
        raise ModelNotFoundError(model, f"its {CONFIG} is no JSON object; download it again")
    return config
