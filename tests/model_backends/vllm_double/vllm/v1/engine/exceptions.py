from vllm.exceptions import VLLMServerError


class EngineDeadError(VLLMServerError):
    def __init__(self, *args):
        super().__init__("EngineCore encountered an issue.", *args)
