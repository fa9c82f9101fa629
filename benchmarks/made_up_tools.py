"""A hundred tools of servers that do not exist, and how long planning with them takes."""

import statistics
import time
from collections.abc import Sequence
from itertools import product

from benchmarks.planning_corpus import load_catalogue, load_requests, memory_of
from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.model import IntentOptions
from mistral_agent.intent.parse import parse_intent
from mistral_agent.planning.chaining import make_plan
from mistral_agent.planning.validation import validate_plan
from model_backends import BackendSettings, open_backend

TOOLS = 100

_VERBS = ("list", "create", "update", "remove", "search", "export", "assign", "archive")
_THINGS = (
    "invoice", "customer", "ticket", "calendar event", "shipment", "playlist", "sensor",
    "recipe", "employee", "vehicle", "webhook", "dashboard", "contract",
)  # fmt: skip


def made_up_tools(count: int) -> tuple[Tool, ...]:
    """As many tools as are asked for, ten a server, with schemas of the usual size."""
    pairs = list(product(_THINGS, _VERBS))[:count]
    return tuple(_tool(f"server{n // 10}", verb, thing) for n, (thing, verb) in enumerate(pairs))


def _tool(server: str, verb: str, thing: str) -> Tool:
    name = thing.replace(" ", "_")
    text = {"type": "string", "description": f"The {thing} that is meant, by its name."}
    properties = {
        f"{name}_id": text,
        "description": {"type": "string", "description": f"What the {thing} is about."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 20},
        "order": {"type": "string", "enum": ["newest", "oldest", "alphabetical"]},
        "include_archived": {"type": "boolean", "default": False},
    }
    return Tool(
        server,
        f"{verb}_{name}",
        f"{verb.capitalize()} {thing}",
        f"{verb.capitalize()} a {thing} of the account. Gives the {thing} with all its fields, "
        "and says who changed it last. Use it when the user names one.",
        {"type": "object", "properties": properties, "required": [f"{name}_id"]},
        {"type": "object", "properties": {name: {"type": "string"}, "total": {"type": "integer"}}},
    )


async def milliseconds() -> Sequence[float]:
    """Processor time of reading, planning and validating each request of the corpus, unseen."""
    own = load_catalogue(["starcoder"]).tools
    catalogue = Catalogue((*own, *made_up_tools(TOOLS - len(own))))
    backend = open_backend(BackendSettings(backend="scripted"))
    taken: list[float] = []
    for request in load_requests("tuning"):
        memory = memory_of(request.session, catalogue)
        started = time.process_time()
        intent = await parse_intent(
            request.text,
            files=request.files,
            catalogue=catalogue,
            memory=memory,
            history=(),
            backend=backend,
            options=IntentOptions(use_model=False),
        )
        plan = make_plan(request.text, intent, catalogue, memory)
        validate_plan(plan, catalogue, max_steps=10)
        taken.append((time.process_time() - started) * 1000)
    return taken


async def row_of_planning() -> str:
    """The row of the table."""
    first, *rest = await milliseconds()
    taken = sorted(rest)
    return (
        f"planning with {TOOLS} tools, {len(taken)} requests, processor time: median "
        f"{statistics.median(taken):.1f} ms, 95 % within {taken[int(len(taken) * 0.95)]:.1f} ms, "
        f"most {taken[-1]:.1f} ms; the first, which prepares the tools, {first:.1f} ms"
    )
