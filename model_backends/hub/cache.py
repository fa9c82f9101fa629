"""The hub's cache on this disk, in the layout that transformers and huggingface_hub read.

`models--OWNER--NAME/` holds `blobs/` (contents by hash), `snapshots/COMMIT/` (links to them by
name) and `refs/` (the commit of each branch or tag). Beside them stands a record of ours: the
licence, and what was downloaded. Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_backends.errors import MissingPackageError, ModelNotFoundError
from model_backends.hub.errors import CacheError
from model_backends.hub.listing import INSTALL, HubFile
from model_backends.hub.references import Reference

PART = ".part"
RECORD = "starcoder-mcp.json"
MAIN = "main"


@dataclass(frozen=True, slots=True)
class CachedModel:
    """What this disk has of one model.

    Args:
        repository: Owner and name at the hub.
        directory: Where it is.
        revisions: The branches and tags of each commit that is here.
        files: Names of all files of all commits.
        size: Bytes on this disk, unfinished downloads among them.
        unfinished: Bytes of unfinished downloads.
        licence: As it was recorded with the download, or None.
    """

    repository: str
    directory: Path
    revisions: Mapping[str, tuple[str, ...]]
    files: tuple[str, ...]
    size: int
    unfinished: int
    licence: str | None


class Cache:
    """The directory of all models.

    Args:
        directory: It; None is what HF_HUB_CACHE and HF_HOME say.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or _configured()

    def models(self) -> Sequence[CachedModel]:
        """All models, by name."""
        if not self.directory.is_dir():
            return []
        found = [d for d in sorted(self.directory.glob("models--*--*")) if d.is_dir()]
        return [self._model(directory) for directory in found]

    def model(self, reference: Reference) -> CachedModel:
        """One model.

        Raises:
            ModelNotFoundError: This disk has nothing of it.
        """
        directory = self.home(reference)
        if not directory.is_dir():
            raise self._missing(reference)
        return self._model(directory)

    def path(self, reference: Reference) -> Path:
        """Where the model's directory, or its one file, is.

        Raises:
            ModelNotFoundError: It is not here, or not whole.
        """
        snapshot = self._snapshot(reference)
        found = snapshot / reference.file if snapshot and reference.file else snapshot
        if found is None or not found.exists():
            raise self._missing(reference)
        return found

    def loadable(self, reference: Reference) -> Path | None:
        """Where the model is, if its weights are here; None if they are not."""
        snapshot = self._snapshot(reference)
        if snapshot is None:
            return None
        if reference.file:
            found = snapshot / reference.file
            return found if found.exists() else None
        return snapshot if any(snapshot.glob("*.safetensors")) else None

    def remove(self, reference: Reference) -> int:
        """Delete a model, or only one revision of it; bytes that are free now.

        Raises:
            ModelNotFoundError: It is not here.
            CacheError: It cannot be deleted.
        """
        model = self.model(reference)
        try:
            if reference.revision is None:
                shutil.rmtree(model.directory)
                shutil.rmtree(self._locks(reference), ignore_errors=True)
                return model.size
            self._remove_revision(model, reference)
        except OSError as error:
            raise CacheError(model.directory, (error.strerror or str(error)).lower()) from None
        left = self._model(model.directory).size if model.directory.exists() else 0
        return model.size - left

    def home(self, reference: Reference) -> Path:
        """The directory of a model."""
        return self.directory / f"models--{reference.repository.replace('/', '--')}"

    def blob(self, reference: Reference, file: HubFile) -> Path:
        """Where a file's content is or will be."""
        return self.home(reference) / "blobs" / file.etag

    def lock(self, reference: Reference, file: HubFile) -> Path:
        """The lock of a file's download, the same as huggingface_hub's."""
        return self._locks(reference) / f"{file.etag}.lock"

    def link(self, reference: Reference, commit: str, files: Sequence[HubFile]) -> None:
        """Give the contents their names, and the commit the name by which it was asked for."""
        home = self.home(reference)
        for file in files:
            name = home / "snapshots" / commit / file.name
            name.parent.mkdir(parents=True, exist_ok=True)
            blob = self.blob(reference, file)
            # Made aside: another process may be linking the same files.
            aside = name.with_name(f".{name.name}.{os.getpid()}")
            aside.unlink(missing_ok=True)
            try:
                aside.symlink_to(os.path.relpath(blob, name.parent))
            except OSError:  # a file system without links
                shutil.copyfile(blob, aside)
            aside.replace(name)
        revision = reference.revision or MAIN
        if revision != commit:
            named = home / "refs" / revision
            named.parent.mkdir(parents=True, exist_ok=True)
            named.write_text(commit, encoding="utf-8")

    def _snapshot(self, reference: Reference) -> Path | None:
        home, revision = self.home(reference), reference.revision or MAIN
        named = home / "refs" / revision
        commit = named.read_text(encoding="utf-8").strip() if named.is_file() else revision
        snapshot = home / "snapshots" / commit
        return snapshot if snapshot.is_dir() else None

    def _remove_revision(self, model: CachedModel, reference: Reference) -> None:
        snapshot = self._snapshot(reference)
        if snapshot is None:
            raise self._missing(reference)
        shutil.rmtree(snapshot)
        for name in model.revisions.get(snapshot.name, ()):
            (model.directory / "refs" / name).unlink(missing_ok=True)
        if not any((model.directory / "snapshots").iterdir()):
            shutil.rmtree(model.directory)
            return
        used = {p.resolve() for p in _files(model.directory / "snapshots")}
        for blob in _files(model.directory / "blobs"):
            if blob.resolve() not in used:
                blob.unlink()

    def _model(self, directory: Path) -> CachedModel:
        names: dict[str, list[str]] = {}
        for commit in sorted((directory / "snapshots").glob("*")):
            names[commit.name] = []
        for ref in _files(directory / "refs"):
            commit_name = ref.read_text(encoding="utf-8", errors="replace").strip()
            if commit_name in names:
                names[commit_name].append(ref.relative_to(directory / "refs").as_posix())
        files = {
            path.relative_to(directory / "snapshots" / commit).as_posix()
            for commit in names
            for path in _files(directory / "snapshots" / commit)
        }
        sizes = {p: p.lstat().st_size for p in _files(directory) if not p.is_symlink()}
        return CachedModel(
            repository=directory.name.removeprefix("models--").replace("--", "/", 1),
            directory=directory,
            revisions={commit: tuple(sorted(refs)) for commit, refs in names.items()},
            files=tuple(sorted(files)),
            size=sum(sizes.values()),
            unfinished=sum(size for path, size in sizes.items() if path.name.endswith(PART)),
            licence=read_record(directory).get("licence"),
        )

    def _locks(self, reference: Reference) -> Path:
        return self.directory / ".locks" / self.home(reference).name

    def _missing(self, reference: Reference) -> ModelNotFoundError:
        return ModelNotFoundError(
            str(reference),
            f"it is not in {self.directory}; run: starcoder-mcp models pull {reference}",
        )


def read_record(directory: Path) -> Mapping[str, Any]:
    """What was recorded with the download; empty where nothing was."""
    try:
        record = json.loads((directory / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _files(directory: Path) -> Iterator[Path]:
    return (p for p in directory.rglob("*") if p.is_symlink() or p.is_file())


def _configured() -> Path:
    try:
        from huggingface_hub import constants
    except ImportError:
        raise MissingPackageError("huggingface_hub", INSTALL) from None
    return Path(constants.HF_HUB_CACHE).expanduser()
