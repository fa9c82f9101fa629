"""The function that a description asks for: its name and its parameters, as far as it says them."""

import ast
import builtins
import keyword
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_server.analysis.examples import find_examples
from mcp_server.analysis.literals import balanced

_DEF = re.compile(r"\b(?:async\s+)?def\s+([A-Za-z_]\w*)\s*\(")
_MENTION = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\(")
_NAMED = (
    r"(?:def|class)\s+([A-Za-z_]\w*)\s*[(:]",
    r"\bclass\s+[`'\"]?([A-Z]\w*)",
    r"(?:function|method|class|coroutine|generator)\s+(?:called|named)\s+[`'\"]?([A-Za-z_]\w*)",
    r"(?:function|method|class)\s+[`'\"]([A-Za-z_]\w*)[`'\"(]",
    r"\b(?:called|named)\s+[`'\"]([A-Za-z_]\w*)",
    r"[`'\"]([A-Za-z_]\w*)\((?:[^()`]*)\)[`'\"]",
    r"\b(?:function|method)\s+([a-z]\w*)\((?:[^()]*)\)",
    r"\b(?:function|method)\s+([a-z]+_\w+)\b",
)
_ASKING = re.compile(
    r"(?:^|[`\n]|\b(?:write|implement|function|method|create|make|need|define|code|build|called|named"
    r"|like|want|add)\s+)\Z",
    re.IGNORECASE,
)
"""What stands before `name(s)` where that is a function and no plural."""
_NOT_FUNCTIONS = frozenset({"O", *keyword.kwlist, *dir(builtins)})
"""What stands before a bracket without being asked for: O(n), len(x)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, whether it may be left out, and whether it takes any number."""

    name: str
    optional: bool = False
    many: bool = False
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function is called and takes.

    Args:
        name: Its name.
        parameters: In their order.
        source: How it is written, without `def`: "f(a: int, b: str = 'x') -> int".
        exact: The names of the parameters count, too: it was written with `def`.
    """

    name: str
    parameters: tuple[Parameter, ...]
    source: str
    exact: bool = False

    @property
    def fewest(self) -> int:
        """How many arguments it needs."""
        return sum(not (p.optional or p.many) for p in self.parameters)

    @property
    def most(self) -> float:
        """How many it can take; infinity with `*args`."""
        return float("inf") if any(p.many for p in self.parameters) else len(self.parameters)


def requested_name(description: str) -> str | None:
    """The name that the description wants the function or class to have, if it says one."""
    for pattern in _NAMED:
        if match := re.search(pattern, description):
            return match[1]
    if examples := find_examples(description):
        return examples[0].name
    mentioned = {signature.name for signature in _mentioned(description)}
    return mentioned.pop() if len(mentioned) == 1 else None


def several_functions(description: str) -> bool:
    """Whether it speaks of more than one function, or of a class."""
    names = {signature.name for signature in (*_written(description), *_mentioned(description))}
    names |= {example.name for example in find_examples(description)}
    return len(names) > 1 or bool(re.search(r"\bclass(?:es)?\b", description))


def requested_signature(description: str, name: str | None) -> Signature | None:
    """How the function `name` is written: in a `def` line, or as a mention like `f(a, b)`."""
    written = [*_written(description), *_mentioned(description)]
    return next((s for s in written if s.name == name), None)


def signature_of(node: ast.FunctionDef | ast.AsyncFunctionDef, *, exact: bool = True) -> Signature:
    """The signature of a definition."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    without = len(positional) - len(arguments.defaults)
    parameters = [_parameter(a, optional=number >= without) for number, a in enumerate(positional)]
    parameters += [
        _parameter(a, optional=default is not None)
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    parameters += [_parameter(a, many=True) for a in (arguments.vararg, arguments.kwarg) if a]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    source = f"{node.name}({ast.unparse(arguments)}){returns}"
    return Signature(node.name, tuple(parameters), source, exact)


def mismatch(asked: Signature, found: Signature) -> str | None:
    """Why calls that the asked signature allows would not do on the one that was found."""
    if found.fewest > asked.fewest:
        return f"it needs {_arguments(found.fewest)}: {found.source}"
    if found.most < asked.most:
        return f"it takes no more than {_arguments(int(found.most))}: {found.source}"
    if not asked.exact:
        return None
    names = [p.name for p in found.parameters if not p.many]
    wanted = [p.name for p in asked.parameters if not p.many]
    if names[: len(wanted)] != wanted and not any(p.many for p in found.parameters):
        return f"its parameters have other names: {found.source}"
    return None


def _parameter(argument: ast.arg, *, optional: bool = False, many: bool = False) -> Parameter:
    annotation = ast.unparse(argument.annotation) if argument.annotation else ""
    return Parameter(argument.arg, optional, many, annotation)


def _arguments(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"


def _written(text: str) -> Iterator[Signature]:
    """Signatures that stand in the text as `def` lines, whole or without their colon."""
    for match in _DEF.finditer(text):
        if not (call := balanced(text, match.end() - 1)):
            continue
        rest = text[match.end() - 1 + len(call) :]
        returns = re.match(r"\s*->\s*([^:\n`]+)", rest)
        annotation = f" -> {returns[1].strip().rstrip('.,;')}" if returns else ""
        for tail in (annotation, ""):
            if signature := _parsed(f"{match[1]}{call}{tail}", exact=True):
                yield signature
                break


def _mentioned(text: str) -> Iterator[Signature]:
    """Calls whose arguments are all names: `f(a, b)`, or `f(a, b=2)`."""
    for match in _MENTION.finditer(text):
        call = balanced(text, match.end() - 1)
        before = text[max(match.start() - 20, 0) : match.start()]
        if not call or match[1] in _NOT_FUNCTIONS or before.endswith("def "):
            continue
        if call in ("(s)", "(es)") and not _ASKING.search(before):
            continue
        if re.fullmatch(r"\(\s*(?:\*{0,2}[A-Za-z_]\w*\b[^()\n]*)?\)", call):
            signature = _parsed(f"{match[1]}{call}", exact=False)
            if signature and not re.search(r"\b(?:True|False|None)\b\s*[,)]", call):
                yield signature


def _parsed(source: str, *, exact: bool) -> Signature | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(f"def {source}: pass").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return signature_of(node, exact=exact) if isinstance(node, ast.FunctionDef) else None
