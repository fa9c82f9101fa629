"""Ctrl-C while a request runs: it stops the request, not the chat."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether SIGINT has come."""

    happened = False


@contextmanager
def on_interrupt(stop: Callable[[], object]) -> Iterator[Interrupt]:
    """Call `stop` in the event loop at the first SIGINT; a second one has its usual effect.

    `loop.add_signal_handler` would not do: removing it forgets the handler of `asyncio.run`.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    loop = asyncio.get_running_loop()
    usual = signal.getsignal(signal.SIGINT)

    def interrupted(_: int, __: FrameType | None) -> None:
        interrupt.happened = True
        signal.signal(signal.SIGINT, usual)
        loop.call_soon_threadsafe(stop)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, usual)
