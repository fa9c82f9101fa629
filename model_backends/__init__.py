"""The one seam to language models: a Protocol, its implementations, and how one is chosen."""

from model_backends.base import (
    Chunk,
    Completion,
    FinishReason,
    GenerationRequest,
    Message,
    ModelBackend,
    ModelInfo,
    Role,
    Timings,
    TokenCount,
    Usage,
    complete,
)
from model_backends.registry import open_backend
from model_backends.settings import BackendSettings

__all__ = [
    "BackendSettings",
    "Chunk",
    "Completion",
    "FinishReason",
    "GenerationRequest",
    "Message",
    "ModelBackend",
    "ModelInfo",
    "Role",
    "Timings",
    "TokenCount",
    "Usage",
    "complete",
    "open_backend",
]
