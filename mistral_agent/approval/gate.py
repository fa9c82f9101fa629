"""Holds a call back until it may be made."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import anyio

from mistral_agent.approval.pins import MemoryPins, Pins
from mistral_agent.approval.policy import CHANGED, definition, reason_to_ask
from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.events import ApprovalNeeded, Decision, Event, Notice
from mistral_agent.planning.plan import Step
from mistral_agent.servers import ApprovalPolicy

Send = Callable[[Event], None]
Look = Callable[[], Awaitable[Catalogue]]

_Grant = tuple[str, str, str, str]

_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is about to be made.

    Args:
        step: The step that makes it.
        args: Its arguments, with its references resolved.
        planned: The tool, as it was when the step was planned.
        current: The tool, as its server describes it now.
    """

    step: Step
    args: Mapping[str, Any]
    planned: Tool
    current: Tool


class Gate(Protocol):
    """Decides of each call whether it may be made."""

    async def refusal(self, call: Call, send: Send) -> str | None:
        """Why a call may not be made, asking first where it must; None where it may.

        Args:
            call: The call.
            send: Takes the question, and notices.
        """
        ...


class Approvals:
    """What was approved in this process and, as far as `pins` remembers, before.

    Args:
        default: The policy of tools that the configuration names none for.
        pins: The definitions that were approved; in memory where none are given.
        look: Gives what the servers offer now. With it a tool that changes while it is asked about
            is asked about again.
    """

    def __init__(
        self, default: ApprovalPolicy, pins: Pins | None = None, look: Look | None = None
    ) -> None:
        self._default = default
        self._look = look
        self._pins = pins or MemoryPins()
        self._granted: set[_Grant] = set()
        self._asking = anyio.Lock()

    def reason(self, tool: Tool) -> str | None:
        """Why a call of `tool` would be asked about; None where it would not."""
        return reason_to_ask(tool, self._default, changed=self._has_changed(tool))

    def gate(self, session_id: str) -> Gate:
        """What holds back the calls of one conversation."""
        return _SessionGate(self, session_id)

    async def refusal(self, session_id: str, call: Call, send: Send) -> str | None:
        """See `Gate.refusal`; what is approved is what was shown, however long that took."""
        for _ in range(_LOOKS):
            refusal = await self._refusal(session_id, call, send)
            current = await self._now(call.current)
            if refusal is not None or current == call.current:
                return refusal
            call = replace(call, current=current)
        return f"{_named(call.current)} was not run: it keeps changing its definition"

    async def _now(self, tool: Tool) -> Tool:
        offered = await self._look() if self._look else None
        return (offered.find(tool.server, tool.name) if offered else None) or tool

    async def _refusal(self, session_id: str, call: Call, send: Send) -> str | None:
        tool, now = call.current, definition(call.current)
        changed = self._has_changed(tool) or now != definition(call.planned)
        reason = reason_to_ask(tool, self._default, changed=changed)
        if reason:
            grant = (session_id, tool.server, tool.name, now)
            decision = await self._decision(grant, call, reason, send)
            if decision in (None, "no"):
                return _refused(tool, reason, decision)
        if changed:
            send(Notice(f"{_named(tool)}: {CHANGED}; it is used as it is now"))
        problem = None if tool.builtin else self._pins.put(tool.server, tool.name, now)
        if problem:
            send(Notice(problem))
        return None

    async def _decision(
        self, grant: _Grant, call: Call, reason: str, send: Send
    ) -> Decision | None:
        """What was decided for as long as the conversation is open, or is now; one at a time."""
        async with self._asking:  # the answer to one question may spare the next
            if grant in self._granted:
                return "session"
            decision = await _ask(call, reason, send)
            if decision == "session":
                self._granted.add(grant)
            return decision

    def _has_changed(self, tool: Tool) -> bool:
        if tool.builtin:
            return False
        pinned = self._pins.get(tool.server, tool.name)
        return pinned is not None and pinned != definition(tool)


class _SessionGate:
    def __init__(self, approvals: Approvals, session_id: str) -> None:
        self._approvals = approvals
        self._session_id = session_id

    async def refusal(self, call: Call, send: Send) -> str | None:
        return await self._approvals.refusal(self._session_id, call, send)


async def _ask(call: Call, reason: str, send: Send) -> Decision | None:
    decided: asyncio.Future[Decision | None] = asyncio.get_running_loop().create_future()

    def answer(decision: Decision | None) -> None:
        if not decided.done():
            decided.set_result(decision)

    send(ApprovalNeeded(call.step, call.args, reason, answer))
    return await decided


def _refused(tool: Tool, reason: str, decision: Decision | None) -> str:
    if decision == "no":
        return f"{_named(tool)} was not run: you did not approve it"
    if reason == CHANGED:
        remedy = "look at it with 'mistral-agent tools --json', then pass --yes"
    else:
        setting = "'approval: never'" if tool.trusted else "'trusted: true' or 'approval: never'"
        remedy = f"pass --yes, or set {setting} at {tool.server!r} in mcp.servers"
    return f"{_named(tool)} needs approval: {reason}; {remedy}"


def _named(tool: Tool) -> str:
    return f"tool {tool.name!r} of server {tool.server!r}"
