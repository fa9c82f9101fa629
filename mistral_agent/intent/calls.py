"""Calls in backticks: code to work on, or only the name of a function."""

import ast
import builtins
import re

from mistral_agent.intent.parsing import tree_of
from mistral_agent.intent.words import is_action, same_use

_LAST_WORD = re.compile(r"(?P<word>[A-Za-z]+):? ?$")
_DEED_OF = re.compile(
    r"\b(?:review|check|audit|analysis|complexity|tests?|formatting|critique) (?:of|for|on):? ?$",
    re.I,
)
_MAX_PARSED = 2_000
_LOOKS_AT_CODE = ("review", "refactor", "format", "analyze", "test", "convert")


def is_call_to_work_on(code: str, before: str) -> bool:
    """Whether a call is what is to be worked on: "review `eval(input())`".

    It is where the verb stands right before it, unless it may be the signature of a function or an
    example of its use, such as `add(a, b)`: then the function is meant.

    Args:
        code: What stands in the backticks.
        before: The words before them.
    """
    if _DEED_OF.search(before):
        return is_concrete_call(code)
    last = _LAST_WORD.search(before)
    verb = last["word"].lower() if last else ""
    if not is_action(verb) or same_use(verb, "update"):
        return False
    return any(same_use(verb, each) for each in _LOOKS_AT_CODE) and is_concrete_call(code)


def is_concrete_call(code: str) -> bool:
    """Whether it calls what is there already: a builtin, a method, the result of a call."""
    tree = tree_of(code, _MAX_PARSED)
    only = tree.body[0] if tree and len(tree.body) == 1 else None
    call = only.value if isinstance(only, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    is_there = not isinstance(call.func, ast.Name) or hasattr(builtins, call.func.id)
    return is_there or any(isinstance(each, ast.Call) for each in call.args)
