import asyncio
import pytest
from async_retry import RetryError, retry


def test_new_retry_error_has___name():
    assert type(RetryError([])).__name__ == "RetryError"


def test_retry_returns_one():
    assert asyncio.run(retry(lambda x: asyncio.sleep(0, x), 1)) == 1


def test_retry_raises_value_error_attempts_must_be_at_least():
    with pytest.raises(ValueError) as error:
        asyncio.run(retry(lambda x: asyncio.sleep(0, x), 0))
    assert str(error.value) == "attempts must be at least 1"


def test_retry_raises_retry_error_attempts_failed():
    with pytest.raises(RetryError) as error:
        asyncio.run(retry(lambda x: asyncio.sleep(0, x), accept=lambda x: False))
    assert str(error.value) == "3 attempts failed"


def test_retry_raises_retry_error_attempts_failed_2():
    with pytest.raises(RetryError) as error:
        asyncio.run(retry(lambda x: asyncio.wait_for(asyncio.sleep(9), 0)))
    assert str(error.value) == "3 attempts failed"
