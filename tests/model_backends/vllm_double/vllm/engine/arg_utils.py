from dataclasses import dataclass


@dataclass
class EngineArgs:
    model: str = "Qwen/Qwen3-0.6B"
    tokenizer_mode: str = "auto"
    revision: str | None = None
    dtype: str = "auto"
    tensor_parallel_size: int = 1
    gpu_memory_utilization: float = 0.92
    max_model_len: int | None = None
    disable_log_stats: bool = False


@dataclass
class AsyncEngineArgs(EngineArgs):
    enable_log_requests: bool = False
