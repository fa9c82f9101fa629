"""Questions about what a plan lacks, each answerable in a line, and how an answer goes on."""

import re
from collections.abc import Sequence

from mistral_agent.catalogue import Tool
from mistral_agent.intent.parameters import kind_of, plain_schema
from mistral_agent.planning.plan import Question

_MAX_DESCRIPTION = 120
_WHICH_CODE = "Which code"


def missing(tool: Tool, parameter: str) -> Question:
    """Ask for an input that nobody gave."""
    name = f"{tool.name}.{parameter}"
    schema = plain_schema(tool.parameters.get(parameter), tool.input_schema)
    match kind_of(tool, parameter):
        case "source":
            text = f"{_WHICH_CODE} should {tool.name} look at? Paste it or name a file with @path."
        case "free_text":
            text = f"What exactly should {tool.name} do? Describe it in a line."
        case "path" | "paths":
            text = f"Which file or folder should {tool.name} use as {parameter!r}?"
        case _:
            text = f"What should {parameter!r} of {tool.name} be?{_hint(schema.get('description'))}"
    choices = tuple(str(each) for each in schema.get("enum", ()) if each is not None)
    return Question(text, name, choices)


def asks_for_code(question: Question) -> bool:
    """Whether source code is what the question asks for."""
    return question.text.startswith(_WHICH_CODE)


def reading(clause: str, tools: Sequence[Tool]) -> Question:
    """Ask which of several readings is meant; the first one is the default."""
    names = _distinct(tools)
    offered = [f"{name} ({_short(tool.title)})" for name, tool in zip(names, tools, strict=True)]
    listed = ", ".join(offered[:-1]) + f" or {offered[-1]}"
    return Question(
        f"What is meant by {_quoted(clause)}: {listed}?",
        None,
        names,
        names[0],
    )


def sureness(clause: str, tool: Tool) -> Question:
    """Ask whether the one reading that was found is right."""
    return Question(
        f"Should I use {tool.name} ({_short(tool.title)}) for {_quoted(clause)}?",
        None,
        (tool.name, "no"),
        tool.name,
    )


def purpose(tools: Sequence[Tool]) -> Question:
    """Ask what is to be done at all."""
    if not tools:
        return Question("What should be done? Say it in a sentence.")
    names = _distinct(tools)
    return Question(f"What should be done: {', '.join(names)}, or something else?", None, names)


def bounds(tool: Tool, parameter: str, value: object, problem: str, default: object) -> Question:
    """Ask for another value in place of one that the tool does not take."""
    return Question(
        f"{parameter!r} of {tool.name} {problem}, not {value}: which value?",
        f"{tool.name}.{parameter}",
        default=None if default is None else str(default),
    )


def unfit(tool: Tool, parameter: str, problem: str) -> Question:
    """Ask for another value in place of one that does not fit the parameter's schema."""
    asked = missing(tool, parameter)
    return Question(f"{problem}: which value?", asked.parameter, asked.choices)


def continue_request(request: str, questions: Sequence[Question], answer: str) -> str:
    """The request as the answer says what is meant by it, to be read again as one.

    An answer to a question about a parameter is bound to it instead (`answers.bound`).

    Args:
        request: What the user had asked.
        questions: What was asked back.
        answer: What the user said to that.
    """
    first = questions[0] if questions else None
    said = answer.strip()
    if first is None or not said:
        return request
    choice = chosen(first.choices, said)
    if first.parameter is None and choice is not None:
        return _with_choice(request, first, choice)
    return f"{request}\n{said}"


def _with_choice(request: str, question: Question, chosen: str) -> str:
    """The request with the chosen tool beside the clause that it is for."""
    if chosen == "no":
        return f"{request}\nDon't use {question.choices[0]}."
    clause = question.text.partition('"')[2].rpartition('"')[0]
    told = f"{clause.rstrip('.?! ')} (use {chosen})"
    if clause and clause in request:
        return request.replace(clause, told, 1)
    return f"{request}\n(use {chosen})" if request.strip() else f"Use {chosen}."


def _distinct(tools: Sequence[Tool]) -> tuple[str, ...]:
    """Names that tell the tools apart: their own, with the server in front where they share one."""
    names = [tool.name for tool in tools]
    return tuple(
        tool.name if names.count(tool.name) == 1 else f"{tool.server}.{tool.name}" for tool in tools
    )


def chosen(choices: Sequence[str], answer: str) -> str | None:
    """The choice that an answer is, by its words or its number, or else the first one it names.

    Names are whole words, so "no" is not in "I don't know"; None where the answer names none.
    """
    said = answer.strip().rstrip(".)").lower()
    exact = next((each for each in choices if each.lower() == said), None)
    if exact is not None:
        return exact
    if said.isdecimal() and 0 < int(said) <= len(choices):
        return choices[int(said) - 1]
    found = ((_place(each, answer), each) for each in choices)
    named = [(place, -len(each), each) for place, each in found if place is not None]
    return min(named)[-1] if named else None


def _place(choice: str, answer: str) -> int | None:
    """Where the answer names the choice as a word of its own."""
    match = re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", answer, re.IGNORECASE)
    return match.start() if match else None


def _quoted(clause: str) -> str:
    return f'"{_short(clause)}"'


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_DESCRIPTION else line[: _MAX_DESCRIPTION - 1] + "…"


def _hint(description: object) -> str:
    return (
        f" ({_short(description).rstrip('.')})"
        if isinstance(description, str) and description
        else ""
    )
