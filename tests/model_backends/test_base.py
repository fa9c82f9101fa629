"""What a request may hold, and what a whole answer is."""

import pytest

from model_backends import BackendSettings, Chunk, GenerationRequest, Message, ModelInfo, complete
from model_backends.errors import GenerationError, InvalidRequestError


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "messages: give either"),
        ({"prompt": "x", "messages": (Message("user", "x"),)}, "messages: give either"),
        ({"prompt": "x", "max_tokens": 0}, "max_tokens: 0"),
        ({"prompt": "x", "temperature": -0.1}, "temperature: -0.1"),
        ({"prompt": "x", "temperature": 2.5}, "temperature: 2.5"),
        ({"prompt": "x", "top_p": 0.0}, "top_p: 0.0"),
        ({"prompt": "x", "top_p": 1.1}, "top_p: 1.1"),
        ({"prompt": "x", "top_k": 0}, "top_k: 0"),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_name(options, named):
    with pytest.raises(InvalidRequestError) as caught:
        GenerationRequest(**options)
    assert str(caught.value).startswith(named)


def test_an_empty_prompt_is_a_prompt():
    assert GenerationRequest(prompt="").prompt == ""


@pytest.mark.anyio
async def test_an_answer_without_an_end_is_an_error():
    class Endless:
        info = ModelInfo("test", "endless", BackendSettings().context_window, "ready", "unknown")

        async def stream(self, request):
            yield Chunk("half")

    with pytest.raises(GenerationError, match="ended without a finish reason"):
        await complete(Endless(), GenerationRequest(prompt="x"))
