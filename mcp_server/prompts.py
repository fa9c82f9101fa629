"""The prompts that the server offers; their text lies in `config/prompts/`."""

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from string import Template

from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import PromptArgument

from mcp_server.texts import Texts, fenced

LANGUAGES = ("python", "javascript", "typescript", "go", "rust", "java", "c", "cpp")
STYLES = ("pep8", "google", "numpy", "standard", "airbnb", "gofmt", "rustfmt")
FRAMEWORKS = ("pytest", "unittest")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a prompt.

    Args:
        name: Its name, also as `$name` in the prompt's file.
        description: What is expected.
        default: Used where the caller gives none; None if it must be given.
        choices: What is offered as completion.
        closed: Whether nothing but a choice is accepted.
        is_code: Whether it is put into a code block.
    """

    name: str
    description: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    closed: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """A prompt: the text of `config/prompts/<name>.md` with its arguments put in."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]


_CODE = Argument("code", "The source code.", is_code=True)
_LANGUAGE = Argument(
    "language", "The programming language of the code.", "python", choices=LANGUAGES
)
_STYLE = Argument("style", "The style guide to hold the code to.", "pep8", choices=STYLES)

PROMPTS = (
    PromptSpec(
        "code-review",
        "Review code",
        "Review code: score, issues by severity, suggestions, security and performance.",
        (_CODE, _LANGUAGE, _STYLE),
    ),
    PromptSpec(
        "test-generation",
        "Write tests",
        "Write tests for code: ordinary cases, edges, errors, and what depends on the outside.",
        (
            _CODE,
            Argument("framework", "The test framework.", "pytest", choices=FRAMEWORKS, closed=True),
        ),
    ),
    PromptSpec(
        "code-generation",
        "Write code",
        "Write code from a description, in a language and a style.",
        (Argument("description", "What the code shall do."), _LANGUAGE, _STYLE),
    ),
    PromptSpec(
        "task-formalization",
        "Formalize a task",
        "Turn an informal request into requirements, steps and open questions.",
        (
            Argument("request", "The request, in the words of who made it."),
            Argument("context", "What is known around it, such as existing code.", ""),
        ),
    ),
)


class PromptLibrary:
    """All prompts, with their checks and completions.

    Args:
        texts: Where the prompts' files are read.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._specs = {spec.name: spec for spec in PROMPTS}

    def prompts(self) -> list[Prompt]:
        """The prompts as the SDK wants them."""
        return [
            Prompt(
                name=spec.name,
                title=spec.title,
                description=spec.description,
                arguments=[
                    PromptArgument(
                        name=a.name, description=_described(a), required=a.default is None
                    )
                    for a in spec.arguments
                ],
                fn=self._renderer(spec),
                context_kwarg=None,
            )
            for spec in self._specs.values()
        ]

    def problem(self, name: str, arguments: Mapping[str, object]) -> str:
        """What is wrong with asking for prompt `name` with `arguments`; empty if nothing is."""
        spec = self._specs.get(name)
        if spec is None:
            return f"unknown prompt {name!r}; the prompts are: {', '.join(self._specs)}"
        known = {argument.name: argument for argument in spec.arguments}
        for extra in arguments.keys() - known.keys():
            close = difflib.get_close_matches(extra, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(known)}"
            return f"prompt {name!r} has no argument {extra!r}; {hint}"
        for argument in spec.arguments:
            given = arguments.get(argument.name, argument.default)
            if given is None:
                return (
                    f"prompt {name!r} needs the argument {argument.name!r}: {argument.description}"
                )
            if argument.closed and given not in argument.choices:
                choices = ", ".join(argument.choices)
                return f"prompt {name!r}: {argument.name} must be one of {choices} (got {given!r})"
        return ""

    def completions(self, name: str, argument: str, start: str) -> list[str]:
        """The choices of a prompt's argument that begin with `start`."""
        spec = self._specs.get(name)
        arguments = spec.arguments if spec else ()
        choices = next((a.choices for a in arguments if a.name == argument), ())
        return [choice for choice in choices if choice.startswith(start.lower())]

    def _renderer(self, spec: PromptSpec) -> Callable[..., Awaitable[str]]:
        async def render(**given: str) -> str:
            values = {a.name: given.get(a.name) or a.default or "" for a in spec.arguments}
            language = values.get("language", "python")
            for argument in spec.arguments:
                if argument.is_code:
                    values[argument.name] = fenced(values[argument.name], language)
            text = await self._texts.prompt(spec.name)
            return Template(text).safe_substitute(values).strip() + "\n"

        return render


def _described(argument: Argument) -> str:
    if argument.default:
        return f"{argument.description} Default: {argument.default}."
    return argument.description
