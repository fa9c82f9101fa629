"""The engine: a "model" of words, which continues any prompt by words drawn with the seed."""

import asyncio
import json
import random
import re
from types import SimpleNamespace

from model_backends.errors import SchemaError
from model_backends.schema_instance import smallest_instance
from vllm.exceptions import VLLMValidationError
from vllm.v1.engine.exceptions import EngineDeadError

WORDS = "sea wave wind salt sand gull boat tide foam reef".split()  # noqa: SIM905
OWN_WINDOW = 2048


class Tokenizer:
    """Words and the space before them are tokens; as transformers' tokenizers are called."""

    chat_template = "{{ messages }}"
    added_tokens_encoder = {}

    def __init__(self):
        self._ids, self._words = {}, []

    def __call__(self, text, add_special_tokens=True):
        return {"input_ids": [self._id(word) for word in re.findall(r"\s*\S+|\s+$", text)]}

    def apply_chat_template(self, turns, **_):
        return "".join(f"<{turn['role']}> {turn['content']} " for turn in turns)

    def decode(self, tokens):
        return "".join(self._words[token] for token in tokens)

    def _id(self, word):
        if word not in self._ids:
            self._ids[word] = len(self._words)
            self._words.append(word)
        return self._ids[word]


class AsyncLLM:
    fail_to_start = None
    started = []

    def __init__(self, args):
        self.args, self.errored, self.running, self.sampled = args, False, set(), []
        self.model_config = SimpleNamespace(max_model_len=args.max_model_len or OWN_WINDOW)
        self._tokenizer = Tokenizer()
        self.shut = False

    @classmethod
    def from_engine_args(cls, engine_args, start_engine_loop=True):
        if cls.fail_to_start is not None:
            raise cls.fail_to_start
        engine = cls(engine_args)
        cls.started.append(engine)
        return engine

    def get_tokenizer(self):
        return self._tokenizer

    def shutdown(self, timeout=None):
        self.shut = True

    async def generate(self, prompt, sampling_params, request_id, *, priority=0):
        if self.errored:
            raise EngineDeadError
        tokens = prompt["prompt_token_ids"]
        if len(tokens) >= self.model_config.max_model_len:
            raise VLLMValidationError("The decoder prompt is longer than the maximum model length")
        self.sampled.append(sampling_params)
        self.running.add(request_id)
        try:
            text, sent, finish = "", 0, None
            pieces = self._pieces(tokens, sampling_params)
            while finish is None:
                piece = next(pieces, None)
                await asyncio.sleep(0)
                if self.errored:
                    raise EngineDeadError
                text += piece or ""
                sent += piece is not None
                stops = [text.find(s) for s in sampling_params.stop or () if s in text]
                cut = min(stops) if stops else None
                if cut is not None or piece is None:
                    finish = "stop"
                elif sent == sampling_params.max_tokens:
                    finish = "length"
                delta = piece or ""
                if cut is not None:
                    delta = delta[: max(0, len(delta) - (len(text) - cut))]
                completion = SimpleNamespace(
                    index=0,
                    text=delta,
                    token_ids=[sent] if piece is not None else [],
                    finish_reason=finish,
                    stop_reason=None,
                )
                yield SimpleNamespace(
                    request_id=request_id,
                    prompt_token_ids=tokens,
                    outputs=[completion],
                    finished=finish is not None,
                )
        finally:
            self.running.discard(request_id)

    def _pieces(self, tokens, sampling):
        structured = sampling.structured_outputs
        if structured is not None:
            try:
                yield json.dumps(smallest_instance(structured.json))
            except SchemaError as error:
                raise VLLMValidationError(f"Failed to build a grammar: {error}") from None
            return
        random_ = random.Random(f"{tokens} {sampling.seed} {sampling.temperature > 0}")
        while True:
            yield f" {random_.choice(WORDS)}"
