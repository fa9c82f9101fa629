"""Where text in a function comes from: from outside, or from the function's caller.

Data is followed through assignments of one function, in order, and no further. `REQUESTED` is
certain: a part of a web request. `TYPED` is `input()` and `sys.argv`, from whoever started the
program. `SAID` is a parameter of which the docstring says so ("as typed by the visitor"), or
whose name does. What is not followed: attributes, containers,
calls of other functions, and conditions that make a value safe in ways not listed here.
"""

import ast
import re
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import dotted, last_name, names_in

SAID = 1
TYPED = 2
REQUESTED = 3

_REQUESTS = {"request", "req", "flask.request", "self.request", "bottle.request"}
_REQUEST_PARTS = {
    "args", "form", "values", "json", "data", "files", "cookies", "headers", "GET", "POST", "query",
    "query_params", "path_params", "match_info", "view_args", "get_json", "get_data", "body",
    "params", "get_argument", "rel_url", "FILES", "META", "COOKIES", "DATA", "path",
}  # fmt: skip
_READERS = {"input", "sys.stdin.read", "sys.stdin.readline"}
_SAFE = {
    "int", "float", "bool", "len", "uuid.UUID", "UUID", "quote", "quote_plus", "escape",
    "secure_filename", "basename", "clean", "escape_filter_chars", "safe_join", "hash", "type",
    "isinstance", "escape_dn_chars", "hexdigest", "sha256", "filter_format", "literal_eval",
    "urlencode", "Decimal", "date", "fromisoformat", "striptags", "linkify", "sanitize",
}  # fmt: skip
_PHRASES = re.compile(
    r"\b(user|visitor|client|customer|browser|request|upload|submit|typed|enter|form|untrusted|"
    r"query string|attacker|partner|caller's|webhook|address bar|anonymous|remote|tenant|guest|"
    r"chosen by|given by|from the (web|net|url|path|body)|operator|supplied|member|sender|param)",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"(^|_)(user_?input|user_?supplied|untrusted|payload|form|filename|file_name|query|raw|"
    r"search|term|comment|requested)($|_)"
)
_FORMS = ("dict", "Mapping[str", "Dict[str", "MultiDict")

_known: "WeakKeyDictionary[Scope, Mapping[str, int]]" = WeakKeyDictionary()


def taint(program: Program, node: ast.AST) -> int:
    """How certain it is that an expression holds text from outside: 0, SAID, TYPED or REQUESTED."""
    names = _tainted_names(program, program.scope(node))
    return _level(program, node, names)


def documented(scope: Scope, name: str) -> bool:
    """Whether the docstring says that a parameter comes from outside."""
    found = re.search(
        rf"^\s*{re.escape(name)}\b[^:\n]*:(.*(?:\n\s{{4,}}.*)*)", scope.docstring, re.M
    )
    return found is not None and _PHRASES.search(found.group(1)) is not None


def _tainted_names(program: Program, scope: Scope) -> Mapping[str, int]:
    if (known := _known.get(scope)) is None:
        known = _known[scope] = _follow(program, scope)
    return known


def _follow(program: Program, scope: Scope) -> dict[str, int]:
    """The levels of all names; a name keeps the highest that any assignment gives it."""
    levels = _parameters(scope)
    for name, values in scope.values.items():
        found = max((_level(program, value, levels) for value in values), default=0)
        levels[name] = max(found, levels.get(name, 0))
    loops = [(n.target, n.iter) for n in scope.of(ast.For)]
    loops += [(n.target, n.iter) for n in scope.of(ast.comprehension)]
    for target, iterated in loops:
        found = _level(program, iterated, levels)
        for name in names_in(target):
            levels[name] = max(found, levels.get(name, 0))
    return levels


def _parameters(scope: Scope) -> dict[str, int]:
    """The levels of parameters: those of a web request's handler are certain."""
    routed = _is_routed(scope)
    levels: dict[str, int] = {}
    for name in scope.params:
        annotation = scope.annotations.get(name, "str")
        textual = "str" in annotation or "bytes" in annotation or annotation in ("Any", "object")
        said = documented(scope, name) or _NAMES.search(name) is not None
        if textual and routed and name not in ("self", "cls", "request"):
            levels[name] = REQUESTED
        elif said and (textual or annotation.startswith(_FORMS)):
            levels[name] = SAID
    return levels


def _is_routed(scope: Scope) -> bool:
    """Whether a function answers web requests, so that its arguments come from them."""
    routes = {"route", "get", "post", "put", "patch", "delete", "websocket", "api_route"}
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)
        and each.func.attr in routes
        for each in getattr(scope.node, "decorator_list", ())
    )  # fmt: skip


def _level(program: Program, node: ast.AST, names: Mapping[str, int]) -> int:
    highest = 0
    stack: list[ast.AST] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Call) and last_name(current.func) in _SAFE:
            continue
        if isinstance(current, ast.Compare | ast.Lambda | ast.Constant):
            continue
        highest = max(highest, _own_level(program, current, names))
        if isinstance(current, ast.Attribute) and current.attr in ("name", "stem", "suffix"):
            continue
        stack.extend(ast.iter_child_nodes(current))
    return highest


def _own_level(program: Program, node: ast.AST, names: Mapping[str, int]) -> int:
    if isinstance(node, ast.Name):
        return names.get(node.id, 0)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        asked = owner in _REQUESTS or program.name(node.value) in _REQUESTS
        if asked and node.attr in _REQUEST_PARTS:
            return REQUESTED
        return TYPED if program.name(node) == "sys.argv" else 0
    if isinstance(node, ast.Call) and program.name(node.func) in _READERS:
        return TYPED
    return 0
