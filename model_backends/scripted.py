"""A model that says what it is told to: for tests, examples and trying the programs out."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_backends.base import (
    Chunk,
    FinishReason,
    GenerationRequest,
    LoadState,
    ModelInfo,
    Timings,
    TokenCount,
    Usage,
)
from model_backends.errors import (
    BackendError,
    ConfigurationError,
    ContextLengthError,
    GenerationError,
)
from model_backends.schema_instance import smallest_instance
from model_backends.settings import BackendSettings
from model_backends.token_estimates import prompt_text

_PIECE = re.compile(r"\s*\S+|\s+$")
"""A word with the white space before it; to this backend it is a token."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a script.

    Args:
        when: Regular expression that is searched in the last message, or in the prompt.
        reply: The answer.
        error: Instead of an answer, the request fails with this reason.
        times: How often the rule may be used; None is any number of times.
    """

    when: str = ""
    reply: str = ""
    error: str | None = None
    times: int | None = None


class ScriptedBackend:
    """Answers from a script, word by word, deterministically.

    A YAML script is a list of rules: `[{when: REGEX, reply: TEXT, error: REASON, times: N}]`. The
    first rule that matches and is not used up answers. Without a rule it says what it was asked,
    and under a JSON schema gives the smallest instance of it. It honours `stop`, `max_tokens`
    (words count as tokens) and the context window; the seed changes nothing.

    Args:
        settings: `model` is the path of a YAML script, or None.
        replies: Answers in order instead; the last one is repeated. An exception is raised.

    Attributes:
        requests: Every request that was made, oldest first.
    """

    def __init__(
        self,
        settings: BackendSettings | None = None,
        *,
        replies: Sequence[str | BackendError] = (),
        rules: Sequence[Rule] = (),
    ) -> None:
        self._settings = settings or BackendSettings(backend="scripted")
        model = self._settings.model
        self._replies = list(replies)
        self._rules = list(rules) or (read_script(Path(model)) if model else [])
        self._used = [0] * len(self._rules)
        self._state: LoadState = "ready"
        self.requests: list[GenerationRequest] = []

    @property
    def info(self) -> ModelInfo:
        """What is known of the model now."""
        settings = self._settings
        name = Path(settings.model).stem if settings.model else "scripted"
        window, parallel = settings.context_window, settings.parallel
        return ModelInfo("scripted", name, window, self._state, "small", parallel=parallel)

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Chunk]:
        """Answer word by word.

        Raises:
            ContextLengthError: The prompt has as many words as the context window, or more.
            GenerationError: The script says so, or the backend is closed.
        """
        if self._state == "closed":
            raise GenerationError(self.info.model, "it is closed")
        self.requests.append(request)
        read = len(_PIECE.findall(prompt_text(request)))
        room = self._settings.context_window - read
        if room < 1:
            raise ContextLengthError(read, self._settings.context_window, "context_window")
        pieces, finish = _limit(self._reply(request), request, room)
        for piece in pieces:
            yield Chunk(piece)
        yield Chunk("", finish, Usage(read, len(pieces)), Timings(0.0, 0.0))

    async def count_tokens(self, text: str) -> TokenCount:
        """Count words: they are this backend's tokens."""
        return TokenCount(len(_PIECE.findall(text)), exact=True)

    async def aclose(self) -> None:
        """Refuse further requests."""
        self._state = "closed"

    def _reply(self, request: GenerationRequest) -> str:
        if self._replies:
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            if isinstance(reply, BackendError):
                raise reply
            return reply
        asked = request.prompt if request.prompt is not None else request.messages[-1].content
        for number, rule in enumerate(self._rules):
            if self._used[number] != rule.times and re.search(rule.when, asked):
                self._used[number] += 1
                if rule.error is not None:
                    raise GenerationError(self.info.model, rule.error)
                return rule.reply
        if request.json_schema is not None:
            return json.dumps(smallest_instance(request.json_schema))
        return f"You said: {' '.join(asked.split()[:40])}"


def read_script(path: Path) -> list[Rule]:
    """Read the rules of a YAML script.

    Raises:
        ConfigurationError: The file cannot be read, or holds something else than rules.
    """
    import yaml

    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"script {str(path)!r} cannot be read: {reason}") from None
    if not isinstance(entries, list):
        raise ConfigurationError(f"script {str(path)!r} is not a list of rules")
    return [_rule(path, number, entry) for number, entry in enumerate(entries, 1)]


def _rule(path: Path, number: int, entry: Any) -> Rule:
    where = f"script {str(path)!r}, rule {number}"
    if not isinstance(entry, dict) or set(entry) - {"when", "reply", "error", "times"}:
        raise ConfigurationError(
            f"{where}: a rule has when, reply, error and times; found {entry!r}"
        )
    if ("reply" in entry) == ("error" in entry):
        raise ConfigurationError(f"{where}: give either reply or error")
    rule = Rule(**entry)
    texts = (rule.when, rule.reply, rule.error or "")
    if not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(f"{where}: when, reply and error are texts; found {entry!r}")
    if rule.times is not None and (type(rule.times) is not int or rule.times < 1):
        raise ConfigurationError(f"{where}: times: {rule.times!r} is not a whole number from 1 on")
    try:
        re.compile(rule.when)
    except re.error as error:
        raise ConfigurationError(f"{where}: when: {rule.when!r} is no pattern: {error}") from None
    return rule


def _limit(reply: str, request: GenerationRequest, room: int) -> tuple[list[str], FinishReason]:
    ends = [reply.find(stop) for stop in request.stop if stop and stop in reply]
    if ends:
        reply = reply[: min(ends)]
    pieces = _PIECE.findall(reply)
    limit = min(request.max_tokens, room)
    return (pieces[:limit], "length") if len(pieces) > limit else (pieces, "stop")
