"""Loading, told on standard error, as it takes up to a minute."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SECONDS_BETWEEN = 2.0

Report = Callable[[str], None]


def to_standard_error(line: str) -> None:
    """Write a line where a user sees it; standard output is for answers."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def progress_told(name: str, report: Report) -> Iterator[None]:
    """Turn the progress bars of transformers into a line every two seconds.

    Its table of missing weights is left out: that is an error here, which says so.
    """
    from transformers.utils import logging as library

    def hook(_: Any, args: tuple[Any, ...], options: dict[str, Any]) -> "_Steps":
        return _Steps(name, report, *args, **options)

    before, level = library.set_tqdm_hook(hook), library.get_verbosity()
    library.set_verbosity_error()
    try:
        yield
    finally:
        library.set_tqdm_hook(before)
        library.set_verbosity(level)


class _Steps:
    """What transformers uses of a tqdm bar."""

    def __init__(
        self,
        name: str,
        report: Report,
        iterable: Any = None,
        *,
        total: float | None = None,
        desc: str | None = None,
        **_: Any,
    ) -> None:
        self._name = name
        self._report = report
        self._iterable = iterable
        self._total = total or (len(iterable) if hasattr(iterable, "__len__") else None)
        self._what = (desc or "loading").lower()
        self._done = 0.0
        self._told = time.monotonic()

    def __enter__(self) -> "_Steps":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        for each in self._iterable:
            yield each
            self.update()

    def __getattr__(self, _: str) -> Callable[..., None]:
        """Whatever else a bar can do, such as `set_postfix`, changes nothing here."""
        return lambda *_args, **_options: None

    def update(self, steps: float = 1) -> None:
        """Count, and tell now and then."""
        self._done += steps
        now = time.monotonic()
        if self._total and now - self._told >= SECONDS_BETWEEN:
            self._told = now
            self._report(f"{self._name}: {self._what} {100 * self._done / self._total:.0f} %")
