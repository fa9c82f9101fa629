"""The code inside a message: fenced, indented, pasted bare, or in a line."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from mistral_agent.intent.bare_code import NEXT_REQUEST, bare_code, is_statement
from mistral_agent.intent.braced_code import braced_code
from mistral_agent.intent.calls import is_call_to_work_on
from mistral_agent.intent.parsing import tree_of
from mistral_agent.intent.words import is_action

CodeSource = Literal["fence", "indent", "bare", "inline", "file", "reply"]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Source code that the user gave.

    Args:
        text: The code, without its fence.
        source: How it was given.
        language: As the fence or the file's ending says, in lower case; None where unsaid.
        label: What it is called towards the user, such as "@stack.py".
    """

    text: str
    source: CodeSource
    language: str | None = None
    label: str = "the code in the message"


_FENCE_OPEN = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_LATE_FENCE = re.compile(
    r"^(?P<before>(?:(?!```|~~~).)*\S)[ \t]*(?P<fence>`{3,}|~{3,})[\w+#.-]*[ \t]*$"
)
_INLINE_FENCE = re.compile(r"```(?P<info>\w+ )?(?P<code>[^\n]+?)```")
_BACKTICKS = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_DEFINITION = re.compile(
    r"^(?:@\w|(?:async\s+)?def\s+\w+\s*\(.*:|class\s+\w+\s*(?:\(.*\))?\s*[:{]"
    r"|import\s+[\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*"
    r"\s*$|from\s+[\w.]+\s+import\s+\S|#include\b|package\s+\w+;?\s*$|(?:pub\s+)?fn\s+\w+\s*[(<]"
    r"|func\s+[\w(].*[({]|(?:export\s+)?(?:async\s+)?function\s*\w*\s*\("
    r"|(?:const|let|var)\s+\w+\s*="
    r"|public\s+(?:static\s+)?\w+|#!/|lambda\b.*:|[A-Za-z_]\w*\s*=\s*lambda\b)"
)
_CODE_LINE = re.compile(
    r"^(?:\s|[)}\]@#]|//|(?:if|for|while|with|try|except|else|elif|finally|match)\b.*:\s*(?:#.*)?$"
    r"|(?:return|raise|yield|assert|del|print)\b"
    r"|[A-Za-z_][\w.\[\]'\"]*\s*(?:[+*/|&^%-]|//|\*\*)?=[^=]"
    r"|[A-Za-z_][\w.]*\(.*\)\s*;?\s*$|\"\"\"|''')"
)
_STATEMENT = re.compile(
    r"(?:^|[^=<>!])=[^=]|\blambda\b|=>|;\s*$|^\s*(?:return|for|while|if|print|try|with)\b.*[:(]"
)
_BROKEN = re.compile(r"(?:async\s+)?def\s+\w+\s*\(.*\)\s*\S|class\s+\w+\b.*\s\S")
_SETTING = re.compile(r"^(?:\w*_\w*|\w{4,})=[\w.%]+$")
_INLINE_DEFINITION = re.compile(r"(?:\basync[ \t]+)?\bdef[ \t]+\w+[ \t]*\([^\n]*", re.ASCII)
_PROSE_AGAIN = re.compile(
    r"\s*,\s+(?:(?:because|but|please|since|so|then|thanks|which|where|as|and|it|my)\b"
    r"|\d+(?:%|\s?percent)?\s+(?!if\b|else\b|for\b|and\b|or\b|in\b|is\b|not\b)[a-z])"
    r"|[.?!](?=\s)|\s(?:--|[\u2013\u2014])\s"
)
_COMMENT = re.compile(r"\s+#+\s*(?P<said>(?:please\s+)?(?P<word>[A-Za-z]+)\b[^#]*)$", re.IGNORECASE)
_MAX_INLINE = 2_000
_NEAR = 40
_MAX_CUTS = 200


def split_code(text: str) -> tuple[str, tuple[CodeBlock, ...]]:
    """Take the code out of a message.

    Returns:
        The text without its code, and the code in the order in which it stands there.
    """
    prose: list[str] = []
    blocks: list[CodeBlock] = []
    lines = _fences_apart(text.splitlines())
    position = 0
    while position < len(lines):
        end, block = _block_at(lines, position, prose)
        if block is None:
            prose.append(_take_inline(lines[position], blocks))
            position += 1
        else:
            blocks.append(block)
            position = end
    blocks = [block for block in blocks if block.text.strip()]
    if len(blocks) == 1 and not "".join(prose).strip():
        return _comment_apart(blocks[0])
    return "\n".join(prose), tuple(blocks)


def _comment_apart(block: CodeBlock) -> tuple[str, tuple[CodeBlock, ...]]:
    """The request that is only a comment at the end of the code: "x = 1  # format this"."""
    asked = _COMMENT.search(block.text)
    if asked is None or not is_action(asked["word"].lower()):
        return "", (block,)
    return asked["said"], (replace(block, text=block.text[: asked.start()]),)


def _fences_apart(lines: list[str]) -> list[str]:
    """The same lines, with fences that share one with other text on lines of their own.

    Apart from what Markdown knows, people write "review this: ```python" and "``` and test it".
    """
    apart: list[str] = []
    fence: str | None = None
    last = {line.strip(): number for number, line in enumerate(lines)}
    for number, line in enumerate(lines):
        if fence is None:
            opening = _FENCE_OPEN.match(line) or _LATE_FENCE.match(line)
            fence = opening["fence"] if opening else None
            late = opening is not None and opening.re is _LATE_FENCE
            apart += (
                [opening["before"], line[opening.start("fence") :]] if opening and late else [line]
            )
            continue
        before, after = _closed(line, fence, last.get(fence, -1) > number)
        if after is None:
            apart.append(line)
            continue
        apart += [part for part in (before, fence, after) if part.strip()]
        fence = None
    return apart


def _closed(line: str, fence: str, closes_later: bool) -> tuple[str, str | None]:
    """What stands before and after the fence that ends a block; None after where none does."""
    text = line.strip()
    if text.startswith(fence) and not text.strip(fence[0]):
        return "", ""
    if text.startswith(f"{fence} "):
        return "", text[len(fence) :]
    if text.endswith(fence) and not closes_later:
        return line.rstrip()[: -len(fence)], ""
    return line, None


def _block_at(lines: list[str], position: int, prose: list[str]) -> tuple[int, CodeBlock | None]:
    line = lines[position]
    fence = _FENCE_OPEN.match(line)
    if fence:
        return _fenced(lines, position, fence)
    if _DEFINITION.match(line):
        return _bare(lines, position)
    if line[:1] in (" ", "\t") and _may_be_indented(lines, position, prose):
        return _indented(lines, position)
    if line.strip() and _ends_open([each for each in prose if each.strip()]):
        return _pasted(lines, position)
    return position, None


def _fenced(lines: list[str], start: int, opening: re.Match[str]) -> tuple[int, CodeBlock]:
    fence = opening["fence"]
    end = start + 1
    while end < len(lines):
        line = lines[end].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            break
        end += 1
    info = opening["info"].strip().lower().split()
    language = info[0].strip("{}.") if info else None
    return end + 1, CodeBlock("\n".join(lines[start + 1 : end]), "fence", language or None)


def _bare(lines: list[str], start: int) -> tuple[int, CodeBlock | None]:
    end = start + 1
    while end < len(lines):
        line = lines[end]
        if line.strip() and not (_DEFINITION.match(line) or _CODE_LINE.match(line)):
            break
        end += 1
    code = "\n".join(lines[start:end]).rstrip()
    if end == start + 1 and not _parses(code):
        return start, None
    return end, CodeBlock(code, "bare")


def _pasted(lines: list[str], start: int) -> tuple[int, CodeBlock | None]:
    """Statements on lines of their own after a colon: up to the last line that still parses."""
    for end in range(min(len(lines), start + _MAX_CUTS), start, -1):
        code = "\n".join(lines[start:end]).rstrip()
        if lines[end - 1].strip() and is_statement(code):
            return end, CodeBlock(code, "bare")
    return start, None


def _may_be_indented(lines: list[str], position: int, prose: list[str]) -> bool:
    line = lines[position]
    wide = line.startswith(("    ", "\t"))
    after_gap = position == 0 or not lines[position - 1].strip() or _ends_open(prose)
    return bool(wide and line.strip() and after_gap and not re.match(r"\s*(?:[-*+]|\d+\.)\s", line))


def _ends_open(prose: list[str]) -> bool:
    return bool(prose) and prose[-1].rstrip().endswith(":")


def _indented(lines: list[str], start: int) -> tuple[int, CodeBlock | None]:
    end = start
    while end < len(lines) and (not lines[end].strip() or lines[end][:1] in (" ", "\t")):
        end += 1
    block = [line.expandtabs(4) for line in lines[start:end]]
    margin = min(len(line) - len(line.lstrip()) for line in block if line.strip())
    code = "\n".join(line[margin:] for line in block).rstrip()
    looks = any(_DEFINITION.match(line[margin:]) or _STATEMENT.search(line) for line in block)
    return (end, CodeBlock(code, "indent")) if looks else (start, None)


def _take_inline(line: str, blocks: list[CodeBlock]) -> str:
    if "`" in line:
        line = _INLINE_FENCE.sub(lambda match: _keep_code(match, blocks), line)
        line = _BACKTICKS.sub(lambda match: _keep_backticks(match, blocks), line)
    match = _INLINE_DEFINITION.search(line) if "def" in line else None
    if match is None:
        found = None if "this code" in line else braced_code(line) or bare_code(line)
        if found is None:
            return line
        start, end = found
        blocks.append(CodeBlock(line[start:end], "inline"))
        return f"{line[:start]}this code{line[end:]}"
    code = _longest_code(match[0][:_MAX_INLINE])
    if code is None:
        return line
    blocks.append(CodeBlock(code, "inline"))
    return line[: match.start()] + "this code" + line[match.start() + len(code) :]


def _keep_code(match: re.Match[str], blocks: list[CodeBlock]) -> str:
    language = (match["info"] or "").strip().lower() or None
    blocks.append(CodeBlock(match["code"].strip(), "fence", language))
    return "this code"


def _keep_backticks(match: re.Match[str], blocks: list[CodeBlock]) -> str:
    code = match[1].strip()
    before = match.string[max(0, match.start() - _NEAR) : match.start()]
    is_code = (
        _DEFINITION.match(code)
        or _BROKEN.match(code)
        or _STATEMENT.search(code)
        or is_call_to_work_on(code, before)
    )
    if not is_code or _SETTING.match(code):
        return match[0]
    blocks.append(CodeBlock(code, "inline"))
    return "this code"


def _longest_code(text: str) -> str | None:
    """The longest start of `text`, up to the end of a word, that is Python.

    In "return x and write tests" the code ends before the next request, though it goes on parsing.
    """
    for match in NEXT_REQUEST.finditer(text):
        if is_action(match["word"]) and _parses(text[: match.start()]):
            return text[: match.start()].rstrip()
    for match in _PROSE_AGAIN.finditer(text):
        if _parses(text[: match.start()]):
            return text[: match.start()].rstrip()
    cuts = [len(text), *(match.start() for match in re.finditer(r"[\s,.;?!]", text))]
    for cut in sorted(set(cuts), reverse=True)[:_MAX_CUTS]:
        if _parses(text[:cut]):
            return text[:cut].rstrip()
    return None


def _parses(code: str) -> bool:
    tree = tree_of(code)
    return tree is not None and bool(tree.body)
