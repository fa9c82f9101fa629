"""The tool `model_info`."""

from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.model_settings import Model
from mcp_server.models_offered import DEFAULT_MODEL
from mcp_server.prompting.styles import style_of
from mcp_server.sandbox.base import Mechanism
from mcp_server.services import Services, services
from mcp_server.sessions import Conversations, SessionStoreError
from model_backends.base import LoadState, ModelBackend, ModelQuality, PromptStyle
from model_backends.registry import TRANSFORMERS, VLLM

TITLE = "Model and server information"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class OneModel(BaseModel):
    """One of the server's models; null where something does not apply to its backend."""

    name: str = Field(description="What the argument `model` of other tools calls it.")
    model_name: str = Field(description="The model's own name.")
    backend: str = Field(description="Where the model runs, such as 'embedded' or 'openai'.")
    dtype: str | None = Field(
        description="Format of the weights, such as Q4_1, nf4 or bfloat16; null if unknown."
    )
    quantization: str | None = Field(
        description="How weights are compressed as they are loaded: nf4, int8, none, or auto, "
        "which is nf4 on a GPU; null where the backend does not do that."
    )
    max_model_len: int = Field(description="Context window: tokens of prompt and answer together.")
    tensor_parallel_size: int | None = Field(description="GPUs that share the model, or null.")
    gpu_memory_utilization: float | None = Field(
        description="Share of GPU memory that it may take, or null."
    )
    max_memory: dict[str, str] | None = Field(
        description="The most that it may take of each device, or null."
    )
    memory_mb: int | None = Field(
        description="Memory of weights and caches in MB, where this server holds them and the "
        "backend knows; else null."
    )
    server_state: LoadState = Field(
        description="Whether the weights are loaded; 'idle': with the first request; 'remote': "
        "another process holds them."
    )
    quality: ModelQuality = Field(
        description="'small': do not trust it to decide, only what was checked; 'capable'; "
        "'unknown'."
    )
    prompt_style: PromptStyle = Field(
        description="Asked by a conversation, by a document of instructions, or by text to "
        "continue."
    )
    parallel: int = Field(description="Requests that the model serves at once.")


class ModelFacts(OneModel):
    """What answers by default, and how it is set; the other models; what contains code."""

    active_sessions: int | None = Field(
        description="Conversations of chat_completion kept now; null if they cannot be counted."
    )
    sessions_problem: str | None = Field(
        description="Why conversations cannot be kept, and what to do; null: they can."
    )
    max_sessions: int = Field(
        description="Conversations kept at most; the oldest goes first, or by setting the one "
        "unused for longest."
    )
    max_session_messages: int = Field(description="Messages kept of each conversation.")
    default_temperature: float = Field(description="Of chat_completion.")
    default_max_tokens: int = Field(description="Of chat_completion.")
    models: list[OneModel] = Field(description="All models, the default one first.")
    sandbox: Mechanism = Field(description="What contains code that is run; 'none': none is run.")
    sandbox_reason: str = Field(description="Why this mechanism, and what it does not cover.")


async def model_info(ctx: Context[Services]) -> ModelFacts:
    """Say which language model answers, whether it is loaded, and how code is contained.
    Nothing is loaded for it.
    """
    given = services(ctx)
    mechanism = await given.sandbox.probe()
    chat = given.settings.tools.chat_completion
    active, problem = await _sessions(given.sessions)
    models = [
        _facts(DEFAULT_MODEL, given.backend, given.settings.model),
        *(_facts(n, given.others[n], given.settings.models[n]) for n in given.others),
    ]
    return ModelFacts(
        **models[0].model_dump(),
        active_sessions=active,
        sessions_problem=problem,
        max_sessions=given.sessions.max_sessions,
        max_session_messages=given.sessions.max_session_messages,
        default_temperature=chat.temperature,
        default_max_tokens=chat.max_tokens,
        models=models,
        sandbox=mechanism,
        sandbox_reason=given.sandbox.reason,
    )


def _facts(name: str, backend: ModelBackend, settings: Model) -> OneModel:
    info = backend.info
    by_vllm, by_transformers = info.backend == VLLM, info.backend == TRANSFORMERS
    chosen = settings.backend_settings()
    return OneModel(
        name=name,
        model_name=info.model,
        backend=info.backend,
        dtype=info.dtype,
        quantization=chosen.quantization if by_transformers else None,
        max_model_len=info.context_window,
        tensor_parallel_size=info.tensor_parallel_size if by_vllm else None,
        gpu_memory_utilization=info.gpu_memory_utilization if by_vllm else None,
        max_memory=dict(chosen.max_memory) if by_transformers and chosen.max_memory else None,
        memory_mb=info.memory_mb,
        server_state=info.state,
        quality=info.quality,
        prompt_style=style_of(info),
        parallel=info.parallel,
    )


async def _sessions(store: Conversations) -> tuple[int | None, str | None]:
    try:
        return await store.active_sessions(), None
    except SessionStoreError as error:
        return None, str(error)
