"""`starcoder-mcp models pull`: download a model, with its terms and its progress on stderr."""

import argparse
import sys
import textwrap
import time

from mcp_server.models.numbers import shown_size
from model_backends.hub.downloads import Download, Hub, Terms, open_hub
from model_backends.hub.errors import HubUnreachableError
from model_backends.hub.published import published_models
from model_backends.hub.references import Reference, read_reference

_TERMINAL_SECONDS = 0.2
_LOG_SECONDS = 10.0


def pull(arguments: argparse.Namespace) -> int:
    """Download the model and print where it is; without a name, print the known ones."""
    if arguments.model is None:
        _print_known()
        return 0
    reference = read_reference(arguments.model)
    hub = open_hub()
    try:
        download = hub.plan(reference)
    except HubUnreachableError as error:
        here = hub.cache.loadable(reference)
        if here is None:
            raise
        _tell(f"{error}\n{reference} is here, and was not compared with the hub's")
        print(here)
        return 0
    _tell(f"{reference}, commit {download.listing.commit[:12]}, from {hub.endpoint}")
    _tell_terms(download.terms)
    path = _run(hub, download)
    print(path)
    _tell(_use(reference, str(path)))
    return 0


def _run(hub: Hub, download: Download) -> object:
    count = f"{len(download.files)} {'file' if len(download.files) == 1 else 'files'}"
    if not download.missing:
        _tell(f"{count}, {shown_size(download.size)}: all here, hashes checked")
        return hub.run(download, lambda _: None)
    here = download.size - download.needed
    resumed = f", {shown_size(here)} of it is here" if here else ""
    _tell(f"{count}, {shown_size(download.size)}{resumed}; into {hub.cache.directory}")
    progress = _Progress(download.size, here)
    try:
        path = hub.run(download, progress.add)
    finally:
        progress.close()
    _tell("sizes and hashes are those that the hub lists")
    return path


class _Progress:
    """Bytes so far, on one line of a terminal, or now and then on a line of a log."""

    def __init__(self, size: int, here: int) -> None:
        self._size = size
        self._have = self._began_with = here
        self._terminal = sys.stderr.isatty()
        self._began = self._shown = time.monotonic()

    def add(self, count: int) -> None:
        """Count more bytes, and show them where it is time."""
        self._have += count
        now = time.monotonic()
        if now - self._shown >= (_TERMINAL_SECONDS if self._terminal else _LOG_SECONDS):
            self._shown = now
            self._show(now)

    def close(self) -> None:
        """Show where it ended."""
        self._show(time.monotonic())
        if self._terminal:
            sys.stderr.write("\n")

    def _show(self, now: float) -> None:
        seconds = max(now - self._began, 1e-3)
        rate = max(self._have - self._began_with, 0) / seconds
        left = f", {(self._size - self._have) / rate:.0f} s left" if rate else ""
        line = (
            f"{100 * self._have // max(self._size, 1):3d} %  {shown_size(self._have)} of "
            f"{shown_size(self._size)}, {shown_size(int(rate))}/s{left}"
        )
        sys.stderr.write(f"\r{line:70}" if self._terminal else f"{line}\n")
        sys.stderr.flush()


def _tell_terms(terms: Terms) -> None:
    _tell(f"licence: {terms.licence or 'not stated by the hub'} ({terms.url})")
    if terms.restrictions:
        _tell(textwrap.fill(terms.restrictions, 96, initial_indent="  ", subsequent_indent="  "))


def _use(reference: Reference, path: str) -> str:
    if reference.file:
        return f"use it: starcoder-mcp --model {path}, or mistral-agent --model {path}"
    # The name alone means the newest.
    model = path if reference.revision else reference.repository
    return (
        f"use it: starcoder-mcp --backend transformers --model {model}, "
        "or the same flags of mistral-agent"
    )


def _print_known() -> None:
    for model in published_models():
        print(f"{model.aliases[0]:26} {model.id}\n{'':26} {model.purpose}; {model.licence}")
    _tell("or any OWNER/NAME[@REVISION] of the hub, and hf:OWNER/NAME/FILE.gguf")


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
