"""Requests to a base model, written as the beginning of a file that it goes on with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

FILE_SEPARATOR = "<file_sep>"
"""What StarCoder2 was trained to see between the files of a repository."""
FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE = "<fim_prefix>", "<fim_suffix>", "<fim_middle>"
ENDS = (FILE_SEPARATOR, "<|endoftext|>", "\n```", "\nif __name__ ==")
"""Where a file that a base model goes on with is over."""
AFTER_A_FUNCTION = ("\nclass ", "\nprint(", "\nassert ")

_COMMENTS = {"Python": "# ", "Ruby": "# ", "Bash": "# ", "Shell": "# ", "SQL": "-- ", "Lua": "-- "}


@dataclass(frozen=True, slots=True)
class FileStart:
    """A file as far as it is written.

    Args:
        above: What stands before the answer, and is no part of it.
        begins: How the answer begins.
        below: What follows the answer, for models that fill in a middle.
        stop: Strings that end the answer, besides those of every file.
    """

    above: str
    begins: str = ""
    below: str = ""
    stop: tuple[str, ...] = ()

    def prompt(self, *, fills: bool) -> str:
        """The text that the model goes on with.

        Args:
            fills: Whether it knows StarCoder's tokens; without them files are set apart by a
                blank line, and what is below is left out.
        """
        text = self.above + self.begins
        if not fills:
            return text.replace(FILE_SEPARATOR, "\n")
        return f"{FIM_PREFIX}{text}{FIM_SUFFIX}{self.below}{FIM_MIDDLE}" if self.below else text


def function_file(
    language: str, statement: str, head: str, examples: Sequence[str], *, fill: bool = False
) -> FileStart:
    """A function to be written: signature and docstring, or a comment where neither is known.

    Args:
        language: As it is written, such as "Go".
        statement: What the function shall do.
        head: How it begins, such as "def f(a):"; empty where that is not known.
        examples: Such as "f(2) == 4".
        fill: The examples stand below as assertions, and the body between is to be filled in.
    """
    whole = head.endswith(":")
    if language == "Python" and whole:
        told = "" if fill else "".join(f"\n    {line}" for line in _doctests(examples))
        begins = f'{head}\n    """{_docstring(statement)}{told}\n    """\n'
        below = "\n\n\n" + "\n".join(f"assert {each}" for each in examples) if fill else ""
        return FileStart("", begins, below, AFTER_A_FUNCTION)
    shown = "".join(f"\n{example}" for example in examples)
    return FileStart(f"{_comment(language, statement + shown)}\n\n", head)


def repaired_file(
    language: str, description: str, head: str, code: str, failures: str
) -> FileStart:
    """A better version of code whose failures stand above it."""
    told = f"{description}\nThis version is wrong:\n{failures}"
    first = f"{_comment(language, told)}\n\n{code.strip()}\n{FILE_SEPARATOR}"
    return FileStart(f"{first}{_comment(language, description)} Corrected.\n\n", head)


def file_of_tests(module: str, code: str, names: Sequence[str], framework: str) -> FileStart:
    """The file of tests that stands next to a module."""
    imports = f"from {module} import {', '.join(names)}\n"
    if framework == "unittest":
        begins = f"import unittest\n\n{imports}\n\nclass Test"
    else:
        begins = f"import pytest\n\n{imports}\n\ndef test_"
    return FileStart(f"# {module}.py\n{code.strip()}\n{FILE_SEPARATOR}# test_{module}.py\n", begins)


def simpler_file(code: str, findings: str) -> FileStart:
    """The same module once more, without what a review found."""
    above = f"{code.strip()}\n{FILE_SEPARATOR}"
    return FileStart(f"{above}{_comment('Python', 'The same, simpler, without:')}\n"
                     f"{_comment('Python', findings)}\n\n")  # fmt: skip


def continued(begins: str, parts: Sequence[str]) -> str:
    """What a model made of a beginning: some write it once more instead of going on with it."""
    text = "".join(parts)
    first = begins.strip().partition("\n")[0]
    return text if first and text.lstrip().startswith(first) else begins + text


def _docstring(text: str) -> str:
    safe = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    return re.sub(r"\n\s*", "\n    ", safe)


def _doctests(examples: Sequence[str]) -> list[str]:
    lines: list[str] = [""] if examples else []
    for example in examples:
        called, _, expected = _docstring(example).partition(" == ")
        lines += [f">>> {called}", *([expected] if expected else [])]
    return lines


def _comment(language: str, text: str) -> str:
    mark = _COMMENTS.get(language, "// ")
    return "\n".join(f"{mark}{line}".rstrip() for line in text.strip().splitlines())
