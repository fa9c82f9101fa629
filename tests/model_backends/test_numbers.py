"""Estimates, names and delays: pure functions."""

from datetime import UTC, datetime

import httpx2
import openai
import pytest

from model_backends.model_names import dtype_of, quality_of
from model_backends.retries import LONGEST_DELAY, retry_after, retry_delay
from model_backends.token_estimates import estimate_tokens, least_tokens

CODE = "def merge(first: list[int], second: list[int]) -> list[int]:\n    return sorted(first)\n"
PROSE = "The quick brown fox doesn't jump over the lazy dog's back, in 2026 or ever after."


@pytest.mark.parametrize(
    ("name", "quality"),
    [
        ("SmolLM2-135M-Instruct.Q4_1", "small"),
        ("llama3.2:1b", "small"),
        ("qwen2.5-coder:1.5b-instruct", "small"),
        ("gemma-2-2b-it", "unknown"),
        ("starcoder2:3b", "capable"),
        ("bigcode/starcoder2-7b", "capable"),
        ("mixtral-8x7b", "capable"),
        ("Meta-Llama-3-70B-4bit", "capable"),
        ("gpt-4o", "unknown"),
        ("model-4bit", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_models_size_is_read_from_its_name(name, quality):
    assert quality_of(name) == quality


@pytest.mark.parametrize(
    ("stem", "dtype"),
    [
        ("a.Q4_1", "Q4_1"),
        ("a-q4_k_m", "Q4_K_M"),
        ("a.IQ3_XS", "IQ3_XS"),
        ("a-f16", "F16"),
        ("a", None),
    ],
)
def test_a_weight_format_is_read_from_a_files_name(stem, dtype):
    assert dtype_of(stem) == dtype


@pytest.mark.anyio
@pytest.mark.parametrize("text", [CODE, PROSE, CODE * 9, "x", "日本語のテキスト", "    " * 40])
async def test_a_real_count_lies_between_the_bound_and_the_estimate(embedded, text):
    exact = (await embedded.count_tokens(text)).tokens

    assert least_tokens(text) <= exact <= estimate_tokens(text).tokens
    assert not estimate_tokens(text).exact


REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1")


def status(code, **headers):
    response = httpx2.Response(code, request=REQUEST, headers=headers)
    return openai.APIStatusError("no", response=response, body=None)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422])
def test_what_will_not_change_is_not_tried_again(code):
    assert retry_delay(status(code), 1) is None
    assert retry_delay(ValueError("x"), 1) is None
    assert retry_delay(openai.APITimeoutError(REQUEST), 1) is None


@pytest.mark.parametrize("error", [status(503), openai.APIConnectionError(request=REQUEST)])
def test_delays_grow_and_have_a_bound(error):
    for failures in range(1, 40):
        full = min(0.25 * 2.0 ** (failures - 1), LONGEST_DELAY)
        assert full / 2 <= retry_delay(error, failures) <= full


def test_the_endpoints_own_delay_is_kept_within_reason():
    assert retry_delay(status(429, **{"retry-after": "7"}), 1) == 7.0
    assert retry_delay(status(429, **{"retry-after": "31"}), 1) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    assert retry_after({"retry-after": value}, now) == seconds
