"""The tool `model_info`."""

from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.prompting.styles import Style, style_of
from mcp_server.sandbox.base import Mechanism
from mcp_server.services import Services, services
from mcp_server.sessions import Conversations, SessionStoreError
from model_backends.base import LoadState, ModelQuality

TITLE = "Model and server information"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class ModelFacts(BaseModel):
    """What answers, and how it is set; null where something does not apply to the backend."""

    model_name: str = Field(description="The model's name.")
    dtype: str | None = Field(description="Format of the weights, such as Q4_1; null if unknown.")
    max_model_len: int = Field(description="Context window: tokens of prompt and answer together.")
    tensor_parallel_size: int | None = Field(description="GPUs that share the model, or null.")
    gpu_memory_utilization: float | None = Field(description="Share of GPU memory, or null.")
    server_state: LoadState = Field(
        description="Whether the weights are loaded; 'idle': with the first request; 'remote': "
        "another process holds them."
    )
    active_sessions: int | None = Field(
        description="Conversations of chat_completion kept now; null if they cannot be counted."
    )
    sessions_problem: str | None = Field(
        description="Why conversations cannot be kept, and what to do; null: they can."
    )
    max_sessions: int = Field(description="Conversations kept at most; the oldest goes first.")
    max_session_messages: int = Field(description="Messages kept of each conversation.")
    default_temperature: float = Field(description="Of chat_completion.")
    default_max_tokens: int = Field(description="Of chat_completion.")
    backend: str = Field(description="Where the model runs, such as 'embedded' or 'openai'.")
    quality: ModelQuality = Field(
        description="'small': do not trust it to decide, only what was checked; 'capable'; "
        "'unknown'."
    )
    prompt_style: Style = Field(description="Asked by a conversation, or by text to continue.")
    parallel: int = Field(description="Requests that the model serves at once.")
    sandbox: Mechanism = Field(description="What contains code that is run; 'none': none is run.")
    sandbox_reason: str = Field(description="Why this mechanism, and what it does not cover.")


async def model_info(ctx: Context[Services]) -> ModelFacts:
    """Say which language model answers, whether it is loaded, and how code is contained.
    Nothing is loaded for it.
    """
    given = services(ctx)
    mechanism = await given.sandbox.probe()
    info = given.backend.info
    chat = given.settings.tools.chat_completion
    active, problem = await _sessions(given.sessions)
    return ModelFacts(
        model_name=info.model,
        dtype=info.dtype,
        max_model_len=info.context_window,
        tensor_parallel_size=None,
        gpu_memory_utilization=None,
        server_state=info.state,
        active_sessions=active,
        sessions_problem=problem,
        max_sessions=given.sessions.max_sessions,
        max_session_messages=given.sessions.max_session_messages,
        default_temperature=chat.temperature,
        default_max_tokens=chat.max_tokens,
        backend=info.backend,
        quality=info.quality,
        prompt_style=style_of(info),
        parallel=info.parallel,
        sandbox=mechanism,
        sandbox_reason=given.sandbox.reason,
    )


async def _sessions(store: Conversations) -> tuple[int | None, str | None]:
    try:
        return await store.active_sessions(), None
    except SessionStoreError as error:
        return None, str(error)
