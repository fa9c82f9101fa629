"""What the user says to a question, as the value of the parameter that the question is about."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.code import CodeBlock, split_code
from mistral_agent.intent.model import Intent
from mistral_agent.intent.parameters import kind_of, plain_schema
from mistral_agent.planning.plan import Plan, Question
from mistral_agent.planning.questions import asks_for_code, chosen

CODE = "your answer"
_DEFAULT = re.compile(r"^\W*(?:default|the default|any|whatever|either|up to you)?\W*$", re.I)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_YES = re.compile(r"^\W*(?:y|yes|yeah|yep|sure|true|on|please)\b", re.IGNORECASE)
_NO = re.compile(r"^\W*(?:n|no|nope|false|off|not)\b", re.IGNORECASE)
_CODE_SIGN = re.compile(r"[=(){}\[\];]|=>|^\s*(?:def|class|import|from|return|fn|func)\b", re.M)
_QUOTES = "\"'`“”"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was asked and answered so far.

    Args:
        values: The user's words by "tool.parameter".
        code: Code that was asked for.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    code: tuple[CodeBlock, ...] = ()


NO_ANSWERS = Answers()


def bound(
    questions: Sequence[Question], answer: str, before: Mapping[str, str]
) -> Mapping[str, str] | None:
    """The answers so far with this one, each bound to its parameter.

    One line a question answers them all; else the answer is to the first one. Nothing is bound to
    a question about code that is answered without any.

    Returns:
        None where the first question is about what is meant, rather than about a parameter.
    """
    first = questions[0] if questions else None
    if first is None or first.parameter is None:
        return None
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    asked = [each for each in questions if each.parameter]
    if len(lines) == len(asked) > 1 and not any(asks_for_code(each) for each in asked):
        pairs = zip(asked, lines, strict=True)
    else:
        pairs = zip(asked[:1], [answer.strip("\n")], strict=True)
    said = {str(each.parameter): _said(each, text) for each, text in pairs}
    return {**before, **{name: text for name, text in said.items() if text is not None}}


def answers_it(reading: Intent, asked: Plan) -> bool:
    """Whether what reads like a request of its own is what was asked for: "a function that adds".

    So it is where a description is asked for, and the words ask for nothing but that tool.
    """
    parameter = asked.questions[0].parameter if asked.questions else None
    tools = {goal.tool.name for goal in reading.goals}
    return parameter is not None and tools == {parameter.rpartition(".")[0]}


def answers_of(values: Mapping[str, str], files: Sequence[CodeBlock] = ()) -> Answers:
    """The answers with the code among them apart; `files` are those that the answer names."""
    blocks = [*files]
    for text in values.values():
        _, found = split_code(text)
        blocks += found
        if not found and not files and is_code(text):
            blocks.append(CodeBlock(text, "reply", None, CODE))
    return Answers(values, tuple(dict.fromkeys(blocks)))


def value_of(tool: Tool, parameter: str, answer: str) -> Any:
    """The answer as the value that the parameter takes; None where it is none."""
    schema = plain_schema(tool.parameters.get(parameter), tool.input_schema)
    text = answer.strip()
    plain: str | None = text if "\n" in text else text.strip(_QUOTES)
    match kind_of(tool, parameter):
        case "number":
            return _number(text, schema)
        case "boolean":
            return _truth(text)
        case "choice":
            values = {str(each): each for each in schema["enum"] if each is not None}
            return values.get(chosen(tuple(values), text) or "")
        case "choices" | "list" | "paths":
            return [part.strip(_QUOTES) for part in re.split(r"\s*,\s*|\s+and\s+", text) if part]
        case "source" | "messages" | "other":
            plain = None
        case "path":
            plain = text.strip(_QUOTES).removeprefix("@")
    return plain


def is_code(text: str) -> bool:
    """Whether an answer is source code by itself, rather than words about it."""
    if split_code(text)[1]:
        return True
    if not _CODE_SIGN.search(text):
        return False
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\n" in text or bool(re.search(r"[;{}]\s*$", text))


def _said(question: Question, answer: str) -> str | None:
    if question.default is not None and _DEFAULT.match(answer):
        return question.default
    if asks_for_code(question):
        return answer if is_code(answer) or answer.lstrip().startswith("@") else None
    if question.choices:
        return chosen(question.choices, answer) or answer
    return answer.strip() or None


def _truth(text: str) -> bool | None:
    return True if _YES.match(text) else False if _NO.match(text) else None


def _number(text: str, schema: Schema) -> int | float | None:
    found = _NUMBER.search(text)
    if found is None:
        return None
    value = float(found[0])
    return int(value) if schema.get("type") == "integer" or value.is_integer() else value
