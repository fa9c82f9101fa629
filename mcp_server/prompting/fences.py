"""Source code out of a model's answer: fenced or not, whole or cut off, with prose around it."""

import ast
import re
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]*(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[\w+#.-]*)[^\n`]*$", re.MULTILINE)
_CODE_LINE = re.compile(
    r"^(?:@\w|(?:async )?def \w+\s*\(|class \w+\s*[(:]|import \w|from [\w.]+ import\b|#|\"\"\"|'''"
    r"|if __name__|\w+\s*(?::[^=]+)?=[^=])"
)
_ALIASES = {"py": "python", "python3": "python", "js": "javascript", "ts": "typescript",
            "golang": "go", "c++": "cpp", "c#": "csharp", "rs": "rust", "sh": "bash",
            "shell": "bash"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `closed` is False where the answer ended in it."""

    language: str
    code: str
    closed: bool


def extract_code(answer: str, language: str = "python") -> str:
    """The code in a model's answer.

    Of several blocks, those in the language (or, without any, those that name none) count, and
    of these the first that parses and defines something; else the longest. In Python, lines that
    the end of the answer cut off are dropped if the rest then parses.

    Returns:
        The code with one newline at its end; empty where there is none.
    """
    name = language_name(language)
    blocks = fenced_blocks(answer)
    if not blocks:
        found = _bare_python(answer) if name == "python" else answer.strip("\n")
        return _ended(found)
    fitting = [b for b in blocks if b.language == name] or [b for b in blocks if not b.language]
    chosen = _best(fitting or blocks, name)
    code = chosen.code
    if name == "python" and not parses(code):
        code = _longest_parsing(code.splitlines()) or code
    return _ended(code)


def has_whole_block(answer: str) -> bool:
    """Whether a fenced block has been opened, filled and closed."""
    return any(block.closed and block.code.strip() for block in fenced_blocks(answer))


def fenced_blocks(answer: str) -> list[Block]:
    """All fenced blocks, the last one perhaps without an end (CommonMark 4.5)."""
    blocks, position = [], 0
    while opening := _FENCE.search(answer, position):
        marks = opening["marks"]
        closing = re.compile(
            rf"^[ \t]*{re.escape(marks[0])}{{{len(marks)},}}[ \t]*$", re.MULTILINE
        ).search(answer, min(opening.end() + 1, len(answer)))
        end = closing.start() if closing else len(answer)
        code = answer[opening.end() + 1 : end]
        blocks.append(
            Block(language_name(opening["info"]), textwrap.dedent(code), closing is not None)
        )
        if not closing:
            break
        position = closing.end()
    return blocks


def language_name(name: str) -> str:
    """One name for a language that has several."""
    lowered = name.strip().lower()
    return _ALIASES.get(lowered, lowered)


def parses(code: str) -> bool:
    """Whether it is valid Python with at least one statement."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(ast.parse(code).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _best(blocks: Sequence[Block], language: str) -> Block:
    if language == "python":
        for block in blocks:
            if parses(block.code) and re.search(r"^\s*(?:async def|def|class)\b", block.code, re.M):
                return block
    return max(blocks, key=lambda block: len(block.code))


def _bare_python(answer: str) -> str:
    """Code without fences: from the first line that looks like code to the last that parses."""
    lines = answer.splitlines()
    for start, line in enumerate(lines):
        if _CODE_LINE.match(line):
            return _longest_parsing(lines[start:])
    return ""


def _longest_parsing(lines: Sequence[str]) -> str:
    """The longest beginning that is valid Python and ends before a new block or at the end."""
    for end in range(len(lines), 0, -1):
        following = lines[end] if end < len(lines) else ""
        if following[:1] in (" ", "\t") and not lines[end - 1].strip():
            continue
        code = "\n".join(lines[:end])
        if parses(code):
            return code
    return ""


def _ended(code: str) -> str:
    code = code.strip("\n").rstrip()
    return f"{code}\n" if code.strip() else ""
