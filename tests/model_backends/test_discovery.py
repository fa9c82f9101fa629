"""The search for model servers on this machine."""

import socket

import pytest

from model_backends.discovery import KNOWN_PORTS, LocalServer, find_local_servers

pytestmark = pytest.mark.anyio

PATIENT = 10.0


async def test_servers_are_found_with_their_models(endpoint):
    found = await find_local_servers(PATIENT, [("Ollama", endpoint.port)])

    assert found == [LocalServer("Ollama", endpoint.url, ("alpha", "beta:latest"))]
    assert [(seen.method, seen.path) for seen in endpoint.seen] == [("GET", "/v1/models")]


async def test_only_the_list_of_models_is_asked_for_and_without_a_key(endpoint, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    await find_local_servers(PATIENT, [("vLLM", endpoint.port)])

    assert endpoint.seen[0].body is None
    assert "secret" not in str(endpoint.seen[0].headers)


@pytest.mark.parametrize("value", [{"data": 5}, {"data": [{"id": 5}]}, {"data": ["x"]}, [], 5])
async def test_what_answers_otherwise_is_no_model_server(endpoint, make, value):
    endpoint.models = make.json(value)

    assert await find_local_servers(PATIENT, [("vLLM", endpoint.port)]) == []


async def test_a_page_and_an_error_are_no_model_server(endpoint, make):
    for answer in (make.answer(200, {}, (b"<html>",)), make.error(404, "no"), make.error(401, "")):
        endpoint.models = answer
        assert await find_local_servers(PATIENT, [("vLLM", endpoint.port)]) == []


async def test_a_silent_server_does_not_keep_back_what_the_others_said(endpoint, make):
    """The silent one takes part in the same search, which ends at its bound all the same."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ports = [("Silent", silent.getsockname()[1]), ("Ollama", endpoint.port)]
        found = await find_local_servers(0.5, ports)

    assert [server.name for server in found] == ["Ollama"]


async def test_nothing_is_found_where_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert await find_local_servers(PATIENT, [("vLLM", port)]) == []


def test_the_usual_ports_are_known():
    assert dict(KNOWN_PORTS) == {
        "Ollama": 11434,
        "llama-server": 8080,
        "LM Studio": 1234,
        "vLLM": 8000,
    }
