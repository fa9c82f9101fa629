"""When a failed request to an endpoint is worth another try, and after how long."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai

FIRST_DELAY = 0.25
LONGEST_DELAY = 8.0
LONGEST_RETRY_AFTER = 30.0

_PASSING = (408, 409, 429)
_SERVER_ERRORS = 500


def retry_delay(error: Exception, failures: int) -> float | None:
    """Seconds until the next try; None where a further one does not help.

    Silence is not tried again: the endpoint may still be working on the request. An endpoint that
    asks for more than 30 s (Retry-After, RFC 9110 section 10.2.3) is not waited for.

    Args:
        error: What the `openai` client raised.
        failures: Tries that have failed, this one among them.
    """
    if isinstance(error, openai.APITimeoutError):
        return None
    if isinstance(error, openai.APIStatusError):
        if error.status_code not in _PASSING and error.status_code < _SERVER_ERRORS:
            return None
        asked = retry_after(error.response.headers, datetime.now(UTC))
        if asked is not None:
            return asked if asked <= LONGEST_RETRY_AFTER else None
    elif not isinstance(error, openai.APIConnectionError):
        return None
    # Full jitter would allow no delay at all; half keeps tries of many clients apart well enough.
    delay = min(FIRST_DELAY * 2.0 ** (failures - 1), LONGEST_DELAY)
    return delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, is no secret


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read the header Retry-After: seconds or a date; None where it is missing or neither."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds(), 0.0)
