"""`doctor`: it tries everything that the assistant stands on, and says what to do."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TextIO

import anyio

from mistral_agent.app import with_the_model
from mistral_agent.chat.streams import write_line, write_table
from mistral_agent.errors import AgentError
from mistral_agent.installation import EXIT_REACH, Finding, Status, examine
from mistral_agent.plain_text import one_line
from mistral_agent.servers import ServerSpec
from mistral_agent.settings import AgentSettings
from mistral_agent.tool_client import McpToolClient, ToolClient
from model_backends.base import GenerationRequest, Message, complete
from model_backends.discovery import find_local_servers
from model_backends.errors import BackendError
from model_backends.registry import open_backend, resolve
from model_backends.settings import BackendSettings

MODEL_SECONDS = 120.0
INFORMING_TOOL = "model_info"

_BETTER = "it is small; for real work choose another with --base-url URL --model NAME"


async def diagnose(
    settings: AgentSettings,
    extra_servers: Sequence[ServerSpec] = (),
    environ: Mapping[str, str] = os.environ,
) -> list[Finding]:
    """Look at everything, one thing after the other; what fails hides nothing that follows.

    The model is asked for one token, at no other endpoint than the configured one. Model servers
    found on this machine are asked for their list of models and for nothing else.
    """
    specs = [*settings.server_specs(), *extra_servers]
    has_builtin = any(spec.builtin for spec in specs)
    chosen, problem = _choose(settings, environ)
    extras = ["agent", *(["server"] if has_builtin else [])]
    extras += ["embedded"] if chosen and chosen.backend == "embedded" else []
    findings = list(examine(settings, extras))
    findings += await _servers(with_the_model(chosen, specs, environ) if chosen else specs)
    findings += [problem] if problem else []
    findings += [await _model(chosen)] if chosen else []
    return findings + await _local_models(chosen)


def exit_code(findings: Sequence[Finding]) -> int:
    """0 when the assistant is usable, else the code of the first failure."""
    return next((finding.exit_code for finding in findings if finding.status == "fail"), 0)


def report(findings: Sequence[Finding], answers: TextIO, *, as_json: bool = False) -> None:
    """Write the findings and what to do, or one JSON object."""
    if as_json:
        told = [
            {"name": f.name, "status": f.status, "detail": f.detail, "remedy": f.remedy}
            for f in findings
        ]
        found = {"usable": not exit_code(findings), "findings": told}
        write_line(answers, json.dumps(found, indent=2))
        return
    rows = [(finding.status, finding.name, finding.detail) for finding in findings]
    write_table(answers, ("", "what", "found"), rows)
    remedies = [finding for finding in findings if finding.remedy]
    for finding in remedies:
        write_line(answers, f"{finding.name}: {one_line(finding.remedy, 500)}")
    usable = "The assistant can be used." if not exit_code(findings) else "Something must be done."
    write_line(answers, usable)


def _choose(
    settings: AgentSettings, environ: Mapping[str, str]
) -> tuple[BackendSettings | None, Finding | None]:
    try:
        return resolve(settings.backend_settings(), environ), None
    except BackendError as error:
        return None, _failure("model", error)


async def _servers(specs: Sequence[ServerSpec]) -> list[Finding]:
    """Start all at once, each by itself, so that each has its own time."""
    found: dict[int, list[Finding]] = {}

    async def look(place: int, spec: ServerSpec) -> None:
        found[place] = await _server(spec)

    async with anyio.create_task_group() as tasks:
        for place, spec in enumerate(specs):
            tasks.start_soon(look, place, spec)
    if not specs:
        remedy = "set mcp.include_builtin: true, or name a server with --extra-server"
        return [Finding("servers", "fail", "no MCP server is configured", remedy)]
    return [finding for place in sorted(found) for finding in found[place]]


async def _server(spec: ServerSpec) -> list[Finding]:
    name = f"server {spec.name}"
    started = time.monotonic()
    try:
        async with McpToolClient([spec]) as client:
            catalogue = await client.catalogue()
            seconds = time.monotonic() - started
            if catalogue.problems:
                reason = catalogue.problems[0].reason
                return [Finding(name, "fail", reason, _server_remedy(spec), EXIT_REACH)]
            counts = (len(catalogue.tools), len(catalogue.resources), len(catalogue.prompts))
            detail = "{} tools, {} resources, {} prompts".format(*counts)
            finding = Finding(name, "ok", f"{detail} in {seconds:.1f} s")
            return [finding, *([await _sandbox(client)] if spec.builtin else [])]
    except AgentError as error:
        return [replace(_failure(name, error), remedy=_server_remedy(spec))]


def _server_remedy(spec: ServerSpec) -> str:
    if spec.builtin:
        return "run 'starcoder-mcp --help' to see why, and 'make install' to repair it"
    return f"mend its {'url' if spec.url else 'command'} in the settings, or disable it"


async def _sandbox(client: ToolClient) -> Finding:
    """What the server says of where it runs code."""
    tools = (await client.catalogue()).tools
    tool = next((tool for tool in tools if tool.name == INFORMING_TOOL), None)
    if tool is None:
        return Finding("sandbox", "warn", "not known", f"enable {INFORMING_TOOL} in tools.enabled")
    result = await client.call(tool, {})
    mechanism = result.structured.get("sandbox")
    detail = one_line(f"{mechanism}: {result.structured.get('sandbox_reason') or result.text}", 300)
    if result.is_error or mechanism in (None, "none"):
        remedy = "allow user namespaces, or install bubblewrap; nothing is verified without"
        return Finding("sandbox", "warn", detail, remedy)
    if mechanism == "process":
        return Finding("sandbox", "warn", detail, "set sandbox.mode: auto to isolate code")
    return Finding("sandbox", "ok", detail)


async def _model(chosen: BackendSettings) -> Finding:
    """Ask for one token."""
    backend = open_backend(chosen)
    request = GenerationRequest((Message("user", "Say hello."),), max_tokens=1)
    started = time.monotonic()
    try:
        with anyio.fail_after(MODEL_SECONDS):
            await complete(backend, request)
    except BackendError as error:
        return _failure("model", error)
    except TimeoutError:
        detail = f"{backend.info.model} gave nothing within {MODEL_SECONDS:g} s"
        return Finding("model", "fail", detail, "choose a smaller model", EXIT_REACH)
    finally:
        await backend.aclose()
    info = backend.info
    seconds = time.monotonic() - started
    detail = f"{info.model} ({info.backend}) answers, the first time in {seconds:.1f} s"
    return Finding("model", "ok", detail, _BETTER if info.quality == "small" else "")


async def _local_models(chosen: BackendSettings | None) -> list[Finding]:
    findings = []
    for server in await find_local_servers():
        used = chosen is not None and chosen.base_url == server.base_url
        models = one_line(", ".join(server.models), 200) or "no models"
        name = server.models[0] if server.models else "NAME"
        remedy = "" if used else f"to use it: --base-url {server.base_url} --model {name}"
        detail = f"{server.base_url} has {models}"
        findings.append(Finding(f"found {server.name}", "ok", detail, remedy))
    return findings


def _failure(name: str, error: BackendError | AgentError) -> Finding:
    status: Status = "fail"
    code = error.exit_code if error.exit_code > 1 else EXIT_REACH
    return Finding(name, status, one_line(str(error), 500), "", code)
