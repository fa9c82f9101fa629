"""The edge of the process: parse, run one module of `mistral_agent.verbs`, end with a code."""

import argparse
import importlib
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from mistral_agent.command_line import build_parser

EXIT_DEFECT = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

Verb = Callable[[argparse.Namespace], Coroutine[Any, Any, int]]


def run(argv: Sequence[str]) -> int:
    """Run one command and return the process's exit code."""
    if sys.stdout is None or sys.stderr is None:
        return EXIT_BAD_INPUT  # there is nowhere to say why
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 2
    return _run_to_the_end(arguments)


def _run_to_the_end(arguments: argparse.Namespace) -> int:
    """Run a verb; the expected failures become one line on standard error and an exit code."""
    import asyncio
    import logging

    from mistral_agent.errors import AgentError
    from model_backends.errors import BackendError
    from service.outputs import BROKEN_PIPE, abandon_output
    from service.settings import SettingsError

    try:
        verb: Verb = importlib.import_module(f"mistral_agent.verbs.{arguments.verb}").run
        code = asyncio.run(_ended_by_sigterm(verb(arguments)))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("mistral-agent: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        abandon_output()
        return BROKEN_PIPE
    except (AgentError, BackendError, SettingsError) as error:
        print(f"mistral-agent: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        where = f" {error.filename!r}" if error.filename else ", such as standard output"
        print(f"mistral-agent: cannot use a file{where}: {error.strerror}", file=sys.stderr)
        abandon_output()
        return EXIT_DEFECT
    except Exception as error:  # the outermost edge: a defect is one line, too
        logging.getLogger(__name__).exception("%s failed unexpectedly", arguments.verb)
        print(
            f"mistral-agent: unexpected {type(error).__name__}: {error} "
            "(a defect of this program; the log has the details)",
            file=sys.stderr,
        )
        return EXIT_DEFECT


async def _ended_by_sigterm(work: Coroutine[Any, Any, int]) -> int:
    """Let SIGTERM cancel the work, so that servers are stopped and sessions closed."""
    import asyncio

    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGTERM, terminate)
    try:
        return await task
    except asyncio.CancelledError:
        if terminated:
            return 128 + signal.SIGTERM
        raise
