"""How steps are run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """How steps are run.

    Args:
        timeout: Longest wait for one call in seconds; None is the server's own.
        retry_attempts: Further calls of a step whose server died, where a second call is harmless.
        retry_delay: Seconds before the first of them, doubled before each later one.
        max_parallel: Calls that run at once.
        max_calls: Calls that a plan with steps that repeat may make; None: any number.
    """

    timeout: float | None = None
    retry_attempts: int = 2
    retry_delay: float = 0.25
    max_parallel: int = 4
    max_calls: int | None = None
