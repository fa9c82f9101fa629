import json
import sys
import time

import httpx2
import openai
import pytest

from benchmarks.processes import environment, module_command, running
from benchmarks.stub_endpoint import MODEL, stub_endpoint

ASKED = [{"role": "user", "content": "Hello"}]


def test_the_openai_client_gets_an_answer_whole_and_streamed():
    with (
        stub_endpoint() as endpoint,
        openai.OpenAI(base_url=endpoint.base_url, api_key="x", timeout=20) as client,
    ):
        whole = client.chat.completions.create(model=MODEL, messages=ASKED)
        streamed = list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
        listed = [model.id for model in client.models.list()]
    assert whole.choices[0].message.content == "done"
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + 1 > 10
    assert "".join(c.choices[0].delta.content or "" for c in streamed) == "done"
    assert streamed[-1].choices[0].finish_reason == "stop"
    assert listed == [MODEL]


def test_arrivals_are_noted_in_order_and_can_be_forgotten():
    with stub_endpoint() as endpoint:
        before = time.perf_counter()
        for _ in range(2):
            httpx2.post(f"{endpoint.base_url}/chat/completions", content=json.dumps({}), timeout=20)
        first = endpoint.first_arrival(timeout=20)
        assert before <= first <= time.perf_counter()
        endpoint.forget()
        with pytest.raises(TimeoutError, match="no request for a completion within 0 s"):
            endpoint.first_arrival(timeout=0.01)


def test_the_bare_client_lists_the_tools_of_a_server_and_asks_once(tmp_path):
    server = tmp_path / "server.py"
    server.write_text("from mcp.server import MCPServer\nMCPServer('bare').run()\n")
    with stub_endpoint() as endpoint:
        bare = [*module_command("benchmarks.bare_client"), endpoint.base_url]
        with running([*bare, sys.executable, str(server)], environment()) as process:
            endpoint.first_arrival(timeout=60)
            assert process.wait(60) == 0
        assert endpoint.arrivals.empty()
