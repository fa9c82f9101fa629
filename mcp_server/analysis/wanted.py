"""What a request for code fixes: the name, the signature, and examples of what it shall do."""

from dataclasses import dataclass

from mcp_server.analysis.example_edges import edge_examples
from mcp_server.analysis.example_prose import prose_examples
from mcp_server.analysis.example_tables import table_examples
from mcp_server.analysis.examples import Example, each_call_once, find_examples, without_examples
from mcp_server.analysis.signatures import Signature, requested_name, requested_signature

READ = 10_000
"""Characters of a request that are read for what it fixes."""
MOST = 40
"""Examples that are taken; a table of thousands is a data set."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What can be held against code that was written for a request.

    Args:
        name: What the function or class is to be called.
        signature: Its parameters, where the request says them.
        examples: What it is to give.
        statement: The request without the examples that are written as calls or in tables.
    """

    name: str | None = None
    signature: Signature | None = None
    examples: tuple[Example, ...] = ()
    statement: str = ""


def read_request(text: str) -> Wanted:
    """Read a request.

    Tables and prose count only where the request speaks of one function: of several, it would not
    be sure whose examples they are.
    """
    text = text[:READ]
    name = requested_name(text)
    signature = requested_signature(text, name)
    examples = find_examples(text)
    if name and {example.name for example in examples} <= {name}:
        examples += table_examples(text, name, signature)
        examples += prose_examples(text, name, signature)
        examples += edge_examples(text, name, signature, examples)
    prose = "\n".join(line for line in text.splitlines() if not line.strip().startswith("|"))
    kept = without_examples(prose) or " ".join(text.split())
    return Wanted(name, signature, tuple(each_call_once(examples)[:MOST]), kept)
