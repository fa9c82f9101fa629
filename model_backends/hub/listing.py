"""What a hub has of a model: its files with sizes and hashes, and its licence."""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model_backends.errors import MissingPackageError, ModelNotFoundError, first_line
from model_backends.hub.errors import HubRefusedError, HubUnreachableError
from model_backends.hub.references import PREFIX, Reference, leaves

INSTALL = "pip install 'starcoder-mistral[server]'"
LISTING_SECONDS = 20.0

_WANTED = (
    "*.safetensors",
    "*.json",
    "*.jinja",
    "*.model",
    "merges.txt",
    "vocab.txt",
    "LICENSE*",
    "NOTICE*",
    "USE_POLICY*",
    "README.md",
)
"""What loading a model takes, and what says under which terms; directories are left out."""
_UNWANTED = ("consolidated*", "training_args*", "trainer_state*")
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PART_OF = re.compile(r"(.*)-\d{5}-of-(\d{5})\.gguf")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the hub lists it.

    Args:
        name: Its path in the model's directory.
        size: Bytes.
        sha256: Of its content, for large files.
        git_sha1: Of its content as git counts it (with a header), for the others.
    """

    name: str
    size: int
    sha256: str | None
    git_sha1: str | None

    @property
    def etag(self) -> str:
        """The name of its blob in the cache, which is one of the two hashes."""
        return self.sha256 or self.git_sha1 or ""


@dataclass(frozen=True, slots=True)
class Listing:
    """One commit of a model.

    Args:
        commit: It.
        licence: The licence's name as the model's card has it, or None.
        files: All files.
    """

    commit: str
    licence: str | None
    files: tuple[HubFile, ...]


def list_files(reference: Reference, endpoint: str) -> Listing:
    """Ask the hub.

    Raises:
        MissingPackageError: huggingface_hub is not installed.
        ModelNotFoundError: The hub has no such model or revision.
        EndpointError: The hub cannot be reached, or refuses.
    """
    try:
        import httpx2
        from huggingface_hub import HfApi
        from huggingface_hub import errors as hub_errors
    except ImportError:
        raise MissingPackageError("huggingface_hub", INSTALL) from None

    name = reference.repository
    try:
        info = HfApi(endpoint=endpoint).model_info(
            name, revision=reference.revision, files_metadata=True, timeout=LISTING_SECONDS
        )
    except hub_errors.GatedRepoError:
        raise gated(reference, endpoint) from None
    except hub_errors.RevisionNotFoundError:
        raise ModelNotFoundError(
            str(reference), f"{endpoint} has {name}, but no such revision of it"
        ) from None
    except hub_errors.RepositoryNotFoundError:
        raise ModelNotFoundError(
            name,
            f"{endpoint} has none of this name, or it is private: check the name, or set HF_TOKEN "
            "to a token that may read it",
        ) from None
    except hub_errors.OfflineModeIsEnabled:
        raise HubUnreachableError(endpoint, "HF_HUB_OFFLINE is set") from None
    except hub_errors.HfHubHTTPError as error:
        status = error.response.status_code
        raise HubRefusedError(
            endpoint, f"{endpoint} answered HTTP {status} for {name}", status
        ) from None
    except (httpx2.HTTPError, OSError) as error:
        raise HubUnreachableError(endpoint, first_line(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise HubRefusedError(endpoint, f"{endpoint} does not answer as a model hub") from None
    return _listing(info, endpoint)


def gated(reference: Reference, endpoint: str) -> HubRefusedError:
    """The error of a model whose conditions have to be accepted first."""
    return HubRefusedError(
        endpoint,
        f"{reference.repository} is gated: accept its conditions at "
        f"{endpoint}/{reference.repository}, make a token at {endpoint}/settings/tokens, "
        "and set HF_TOKEN to it",
    )


def wanted_files(listing: Listing, reference: Reference) -> Sequence[HubFile]:
    """The files to download: the named one with its other parts, or all that loading takes.

    Raises:
        ModelNotFoundError: There is no such file, or nothing that a backend could load.
    """
    if reference.file:
        return _named(listing, reference)
    found = [file for file in listing.files if _is_wanted(file.name)]
    if any(file.name.endswith(".safetensors") for file in found):
        return found
    if gguf := [f.name for f in listing.files if f.name.endswith(".gguf")]:
        shown = ", ".join(gguf[:8]) + (", …" if len(gguf) > 8 else "")  # noqa: PLR2004
        raise ModelNotFoundError(
            str(reference),
            f"it has GGUF files; name one as {PREFIX}{reference.repository}/FILE: {shown}",
        )
    raise ModelNotFoundError(str(reference), "it has no .safetensors and no .gguf file to load")


def _named(listing: Listing, reference: Reference) -> Sequence[HubFile]:
    name = reference.file or ""
    names = {name}
    if match := _PART_OF.fullmatch(name):
        count = int(match[2])
        names = {f"{match[1]}-{n:05}-of-{match[2]}.gguf" for n in range(1, count + 1)}
    found = [file for file in listing.files if file.name in names]
    if missing := names - {file.name for file in found}:
        others = ", ".join(f.name for f in listing.files if f.name.endswith(".gguf"))
        raise ModelNotFoundError(
            str(reference), f"it has no {min(missing)}; its GGUF files are: {others or 'none'}"
        )
    return [*found, *(f for f in listing.files if fnmatch.fnmatch(f.name, "LICENSE*"))]


def _is_wanted(name: str) -> bool:
    if any(fnmatch.fnmatch(name, pattern) for pattern in _UNWANTED):
        return False
    return "/" not in name and any(fnmatch.fnmatch(name, pattern) for pattern in _WANTED)


def _listing(info: Any, endpoint: str) -> Listing:
    files = []
    for each in info.siblings or ():
        lfs = each.lfs
        size = lfs.size if lfs else each.size
        if size is None or not (lfs or each.blob_id):
            raise HubRefusedError(
                endpoint, f"{endpoint} lists {each.rfilename} without its size or hash"
            )
        sha256, git_sha1 = (lfs.sha256, None) if lfs else (None, each.blob_id)
        file = HubFile(each.rfilename, size, sha256, git_sha1)
        # All three become parts of paths on this disk.
        if leaves(file.name) or not all(map(_HASH.fullmatch, (file.etag, str(info.sha)))):
            raise HubRefusedError(
                endpoint, f"{endpoint} lists {file.name!r} with a name or hash that is none"
            )
        files.append(file)
    card = info.card_data
    licence = getattr(card, "license_name", None) or getattr(card, "license", None)
    return Listing(str(info.sha), str(licence) if licence else None, tuple(files))
