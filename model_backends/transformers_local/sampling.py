"""The next token of one request, from its row of logits."""

from typing import Any

import torch

from model_backends.base import GenerationRequest

LEAST_TEMPERATURE = 1e-5
"""Below it logits over the temperature overflow float32, for an answer that is greedy anyway."""


class Sampler:
    """Temperature, then top-k, then nucleus sampling, with random numbers of the request's own.

    The order is that of transformers' own generation. The numbers come from a generator that no
    other request uses, so what is drawn does not depend on who else is served.

    Args:
        request: Its temperature, top_k, top_p and seed.
        device: Where the logits are.
    """

    def __init__(self, request: GenerationRequest, device: Any) -> None:
        self.greedy = request.temperature == 0
        self._temperature = max(request.temperature, LEAST_TEMPERATURE)
        self._top_k = request.top_k
        self._top_p = request.top_p
        self._generator: Any = None
        if not self.greedy:
            self._generator = torch.Generator(device=device)
            if request.seed is None:
                self._generator.seed()
            else:
                self._generator.manual_seed(request.seed % 2**63)

    def choose(self, logits: Any) -> Any:
        """Draw a token.

        Args:
            logits: Float32, shape `[vocabulary]`; minus infinity forbids a token.

        Returns:
            A tensor without dimensions, on the device of the logits.
        """
        if self.greedy:
            return logits.argmax()
        logits = logits / self._temperature
        if self._top_k is not None and self._top_k < logits.shape[0]:
            least = logits.topk(self._top_k).values[-1]
            logits = logits.masked_fill(logits < least, float("-inf"))
        if self._top_p >= 1:
            return torch.multinomial(logits.softmax(-1), 1, generator=self._generator)[0]
        mass, order = logits.softmax(-1).sort(descending=True, stable=True)
        # The first token stays, also where its mass alone is above top_p.
        mass = mass.masked_fill(mass.cumsum(-1) - mass >= self._top_p, 0.0)
        return order[torch.multinomial(mass, 1, generator=self._generator)[0]]
