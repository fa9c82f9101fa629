"""Words around facts; where a model fails, the facts stand alone."""

from mcp_server.prompting.generation import Sampling, generate_text
from mcp_server.prompting.wording import prompt_text
from model_backends.base import ModelBackend
from model_backends.errors import BackendError

PROSE_TOKENS = 160


async def describe_findings(backend: ModelBackend, findings: str, *, seconds: float) -> str:
    """A sentence or two on a review's findings; empty where the model gives none in time."""
    try:
        said = await generate_text(
            backend,
            prompt_text("findings", findings=findings),
            Sampling(PROSE_TOKENS),
            seconds=seconds,
        )
    except BackendError:
        return ""
    return "" if said.finish_reason is None else " ".join(said.text.split())
