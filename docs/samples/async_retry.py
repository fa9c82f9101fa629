from typing import Awaitable, Callable, List, Optional, Tuple, Type


class RetryError(Exception):
    """All attempts failed; carries the errors seen."""

    def __init__(self, errors: List[Exception]) -> None:
        super().__init__(f"{len(errors)} attempts failed")
        self.errors = errors


async def retry(
    action: Callable[[int], Awaitable[object]],
    attempts: int = 3,
    *,
    retry_on: Tuple[Type[Exception], ...] = (ValueError, TimeoutError),
    accept: Optional[Callable[[object], bool]] = None,
) -> object:
    """Await action(n) until it succeeds, at most attempts times."""
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    errors: List[Exception] = []
    for number in range(1, attempts + 1):
        try:
            result = await action(number)
        except retry_on as error:
            errors.append(error)
            continue
        if accept is None or accept(result):
            return result
        errors.append(ValueError(f"rejected result: {result!r}"))
    raise RetryError(errors)