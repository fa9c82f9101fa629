"""Downloading a model: what is missing of it, space for it, and a record of its licence."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from model_backends.errors import MissingPackageError, ModelNotFoundError
from model_backends.hub.cache import PART, RECORD, Cache, read_record
from model_backends.hub.errors import CacheError, DiskSpaceError, HubRefusedError
from model_backends.hub.listing import INSTALL, HubFile, Listing, gated, list_files, wanted_files
from model_backends.hub.published import find_published
from model_backends.hub.references import Reference
from model_backends.hub.telemetry import refuse_telemetry
from model_backends.hub.transfer import damage, fetch

SPARE_BYTES = 64 << 20
"""Bytes that stay free on the disk."""
FORBIDDEN = (401, 403)


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a model may be used.

    Args:
        licence: The licence's name, or None where nobody says.
        url: Where its text is, or the model's page.
        restrictions: What it forbids or asks for, in short; None where that is not known here.
    """

    licence: str | None
    url: str
    restrictions: str | None


@dataclass(frozen=True, slots=True)
class Download:
    """A download that is about to begin.

    Args:
        reference: What was asked for.
        listing: What the hub has.
        files: The files of it.
        missing: Those that are not on this disk, or damaged there.
        needed: Bytes that are still to come.
        terms: The model's licence.
    """

    reference: Reference
    listing: Listing
    files: tuple[HubFile, ...]
    missing: tuple[HubFile, ...]
    needed: int
    terms: Terms

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


class Hub:
    """A hub of models, and its cache on this disk.

    Args:
        endpoint: Its URL.
        cache: The cache.
        token: Sent to the hub, and to nothing else.
    """

    def __init__(self, endpoint: str, cache: Cache, token: str | None) -> None:
        self.endpoint = endpoint
        self.cache = cache
        self._headers: Mapping[str, str] = {"Authorization": f"Bearer {token}"} if token else {}

    def plan(self, reference: Reference) -> Download:
        """Find out what is to be downloaded, and that there is space for it.

        Files that are on this disk are read again, and count as missing where they are damaged.

        Raises:
            ModelNotFoundError: The hub has no such model, revision or file.
            EndpointError: The hub cannot be reached, or refuses.
            DiskSpaceError: The files do not fit.
        """
        listing = list_files(reference, self.endpoint)
        files = wanted_files(listing, reference)
        missing = [f for f in files if damage(self.cache.blob(reference, f), f)]
        needed = sum(file.size - self._have(reference, file) for file in missing)
        free = shutil.disk_usage(_existing(self.cache.directory)).free
        if missing and needed + SPARE_BYTES > free:
            raise DiskSpaceError(self.cache.directory, needed + SPARE_BYTES, free)
        terms = self._terms(reference, listing)
        return Download(reference, listing, tuple(files), tuple(missing), needed, terms)

    def run(self, download: Download, told: Callable[[int], None]) -> Path:
        """Download what is missing, link it, and record its licence; where it is now.

        Args:
            download: What `plan` made.
            told: Is told how many more bytes there are.

        Raises:
            EndpointError: The transfer broke off, or the hub refuses; what has come is kept.
            DamagedDownloadError: A file is not what the hub lists.
            ConfigurationError: The disk is full, or the cache cannot be written.
        """
        reference, commit = download.reference, download.listing.commit
        try:
            for file in download.missing:
                self._bring(reference, commit, file, told)
            self.cache.link(reference, commit, download.files)
            self._record(download)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise CacheError(self.cache.directory, reason) from None
        return self.cache.path(reference)

    def small_file(self, reference: Reference, name: str) -> Path:
        """One file of a model, from this disk or from the hub, where the rest is not needed."""
        one = Reference(reference.repository, name, reference.revision)
        try:
            return self.cache.path(one)
        except ModelNotFoundError:
            return self.run(self.plan(one), lambda _: None)

    def _bring(
        self, reference: Reference, commit: str, file: HubFile, told: Callable[[int], None]
    ) -> None:
        from filelock import FileLock

        blob, lock = self.cache.blob(reference, file), self.cache.lock(reference, file)
        blob.parent.mkdir(parents=True, exist_ok=True)
        lock.parent.mkdir(parents=True, exist_ok=True)
        url = f"{self.endpoint}/{reference.repository}/resolve/{commit}/{_quoted(file.name)}"
        with FileLock(lock):  # who waits here finds the file when the other process is done
            if damage(blob, file) is None:
                told(file.size)
                return
            part = blob.with_name(blob.name + PART)
            try:
                fetch(url, self._headers, file, part, told)
            except HubRefusedError as error:
                if error.status in FORBIDDEN:
                    raise gated(reference, self.endpoint) from None
                raise
            part.replace(blob)

    def _have(self, reference: Reference, file: HubFile) -> int:
        blob = self.cache.blob(reference, file)
        part = blob.with_name(blob.name + PART)
        return min(part.stat().st_size, file.size) if part.is_file() else 0

    def _terms(self, reference: Reference, listing: Listing) -> Terms:
        known = find_published(reference.repository)
        if known is not None:
            return Terms(known.licence, known.licence_url, known.restrictions)
        return Terms(listing.licence, f"{self.endpoint}/{reference.repository}", None)

    def _record(self, download: Download) -> None:
        terms, listing = download.terms, download.listing
        files = {f.name: {"size": f.size, "hash": f.etag} for f in download.files}
        before = read_record(self.cache.home(download.reference))
        if before.get("commit") == listing.commit and isinstance(before.get("files"), dict):
            files = {**before["files"], **files}
        record = {
            "model": download.reference.repository,
            "source": self.endpoint,
            "commit": listing.commit,
            "downloaded": datetime.now(UTC).isoformat(timespec="seconds"),
            "licence": terms.licence,
            "licence_url": terms.url,
            "restrictions": terms.restrictions,
            "files": files,
        }
        path = self.cache.home(download.reference) / RECORD
        path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def open_hub() -> Hub:
    """The hub and the cache that HF_ENDPOINT, HF_HOME and HF_TOKEN name.

    Raises:
        MissingPackageError: huggingface_hub is not installed.
    """
    refuse_telemetry()
    try:
        from huggingface_hub import constants, get_token
    except ImportError:
        raise MissingPackageError("huggingface_hub", INSTALL) from None
    return Hub(constants.ENDPOINT, Cache(), get_token())


def _existing(directory: Path) -> Path:
    """The directory, or the nearest above it that exists."""
    return next(d for d in (directory, *directory.parents) if d.exists())


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name)
