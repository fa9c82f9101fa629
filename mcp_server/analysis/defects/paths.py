"""Paths, addresses and names that somebody else chooses."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    argument,
    dotted,
    keyword,
    last_name,
    literal_parts,
    names_in,
    text,
)
from mcp_server.analysis.defects.table import Check, Defect
from mcp_server.analysis.defects.taint import REQUESTED, SAID, documented, taint

_BASES = re.compile(
    r"(^|_)(dir|directory|root|base|folder|path|home|store|storage|uploads?|media|static|templates?|"
    r"files?|documents?|archive|data)($|_)",
    re.IGNORECASE,
)
_CHOSEN = re.compile(
    r"(^|_)(file_?name|name|path|document|attachment|slug|page|template|theme|report|key|topic|"
    r"requested|file|relative|avatar|image|photo|log|member)($|_)"
)
_UPLOADS = re.compile(r"(^|_)(upload|uploaded|file|part|attachment|member|info|entry|item|image)$")
_CONTAINED = {
    "is_relative_to", "relative_to", "commonpath", "commonprefix", "secure_filename", "safe_join",
    "basename", "resolve", "realpath", "normpath", "isalnum", "isidentifier", "fullmatch",
    "isdigit",
}  # fmt: skip
_FETCHERS = {
    f"{library}.{verb}"
    for library in ("requests", "httpx")
    for verb in ("get", "post", "put", "head", "delete", "patch", "request")
} | {"urllib.request.urlopen", "urllib.request.urlretrieve", "urllib.request.Request"}
_VISITED = {"redirect", "HttpResponseRedirect", "RedirectResponse", "HTTPFound"}
_ADDRESSES = re.compile(r"(^|_)(next|url|uri|link|target|return_to|redirect|callback|destination)")
_CHECKERS = {"urlparse", "urlsplit", "url_has_allowed_host_and_scheme", "is_safe_url", "startswith"}


def path_from_outside(program: Program) -> Iterator[Defect]:
    """A path joined with a name from outside, which `..` leads out of the directory."""
    for scope in (program.module, *program.functions):
        if _is_contained(scope):
            continue
        for node, part in _joined(program, scope):
            if _is_foreign(program, scope, part):
                certain = taint(program, part) == REQUESTED or _is_upload(scope, part)
                shown = ast.unparse(part)
                yield Defect(node, f"{shown} may hold `..` and lead out of the directory", certain)


def certain_path(program: Program) -> Iterator[Defect]:
    """A file named by a request, opened or sent as it is."""
    for call in program.calls("open", "flask.send_file", "send_file", "pathlib.Path"):
        given = call.args[0] if call.args else None
        scope = program.scope(call)
        if given is not None and taint(program, given) == REQUESTED and not _is_contained(scope):
            yield Defect(call, "whoever sends the request chooses the file")


def fetched_address(program: Program) -> Iterator[Defect]:
    """A request to an address that somebody else chooses: it may be an internal one."""
    calls = [*program.calls(*_FETCHERS)]
    verbs = program.method_calls("get", "post", "request", "head", "urlopen")
    calls += [c for c in verbs if _is_client(program, c) and c not in calls]
    for call in calls:
        position = 1 if last_name(call.func) == "request" else 0
        given = argument(call, position, "url")
        scope = program.scope(call)
        if given is None or _is_checked_address(scope, given):
            continue
        if _starts_fixed(given) or not taint(program, given):
            continue
        certain = taint(program, given) == REQUESTED
        yield Defect(call, "who chooses this address reaches internal hosts through here", certain)


def open_redirect(program: Program) -> Iterator[Defect]:
    """A redirect to an address that somebody else chooses."""
    for call in program.of(ast.Call):
        if last_name(call.func) not in _VISITED or not call.args:
            continue
        given, scope = call.args[0], program.scope(call)
        named = isinstance(given, ast.Name) and given.id in scope.params
        foreign = taint(program, given) == REQUESTED or (
            named and _ADDRESSES.search(last_name(given)) is not None
        )
        if foreign and not _is_checked_address(scope, given) and not _starts_fixed(given):
            certain = taint(program, given) == REQUESTED
            yield Defect(call, "who sends the link chooses where the redirect leads", certain)


def extracted_names(program: Program) -> Iterator[Defect]:
    """An archive unpacked to wherever the names in it lead."""
    for call in program.method_calls("extractall", "extract"):
        owner = call.func.value  # type: ignore[attr-defined]
        made = program.scope(call).value(owner.id) if isinstance(owner, ast.Name) else owner
        name = program.name(made.func) if isinstance(made, ast.Call) else ""
        archive = name in ("tarfile.open", "zipfile.ZipFile", "tarfile.TarFile")
        filtered = keyword(call, "filter", "members")
        if (
            (archive or "tar" in ast.unparse(owner).lower())
            and filtered is None
            and not _is_contained(program.scope(call))
        ):
            yield Defect(call, "names in the archive may lead out of the directory")
    for call in program.calls("shutil.unpack_archive"):
        if keyword(call, "filter") is None:
            yield Defect(call, "names in the archive may lead out of the directory")


def chosen_attribute(program: Program) -> Iterator[Defect]:
    """Attributes that a request names, set or called on an object."""
    for call in program.calls("setattr"):
        loop = program.loop(call)
        if not call.args[2:] or not isinstance(loop, ast.For):
            continue
        key = call.args[1]
        source = loop.iter
        given = last_name(source.func.value) if isinstance(source, ast.Call) and isinstance(
            source.func, ast.Attribute) else ""  # fmt: skip
        foreign = taint(program, source) or given in (
            "data", "payload", "json", "form", "fields", "updates", "body", "changes", "values",
            "attributes", "params", "patch",
        )  # fmt: skip
        tested = names_in(key) & program.scope(call).tested
        if isinstance(key, ast.Name) and foreign and not tested:
            certain = taint(program, source) == REQUESTED
            yield Defect(call, "the sender chooses which attributes are set: list them", certain)
    for update in program.method_calls("update"):
        owner = update.func.value  # type: ignore[attr-defined]
        if (
            isinstance(owner, ast.Attribute)
            and owner.attr == "__dict__"
            and update.args
            and (taint(program, update.args[0]) or last_name(update.args[0]) in ("data", "payload"))
        ):
            yield Defect(update, "the sender chooses which attributes are set")
    for call in program.of(ast.Call):
        for each in call.keywords:
            if each.arg is None and taint(program, each.value) == REQUESTED:
                yield Defect(call, "the sender chooses which arguments are given", certain=True)


def chosen_code(program: Program) -> Iterator[Defect]:
    """A module, attribute or global that text from outside names."""
    for call in program.calls("getattr", "importlib.import_module", "__import__"):
        position = 1 if program.name(call.func) == "getattr" else 0
        given = call.args[position] if len(call.args) > position else None
        if given is None or text(given) is not None:
            continue
        called = isinstance(outer := program.parent(call), ast.Call) and outer.func is call
        tested = names_in(given) & program.scope(call).tested
        if taint(program, given) and not tested and (position == 0 or called):
            certain = taint(program, given) == REQUESTED
            yield Defect(call, "text from outside chooses what is called", certain)
    for node in program.of(ast.Subscript):
        if (
            isinstance(node.value, ast.Call)
            and program.name(node.value.func) in ("globals", "locals")
            and isinstance(node.ctx, ast.Load)
            and text(node.slice) is None
        ):
            yield Defect(node, "text chooses which global is used")


def _joined(program: Program, scope: Scope) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Paths put together under a directory, with the part that is put in."""
    for node in scope.of(ast.BinOp):
        if isinstance(node.op, ast.Div) and (_is_base(node.left) or _is_upload(scope, node.right)):
            yield node, node.right
        if isinstance(node.op, ast.Add) and _is_prefix(node.left):
            yield node, node.right
    for call in scope.of(ast.Call):
        if program.name(call.func) == "os.path.join" or last_name(call.func) == "joinpath":
            yield from ((call, part) for part in call.args)
        if program.name(call.func) == "pathlib.Path" and len(call.args) > 1:
            yield from ((call, part) for part in call.args[1:])
    for joined in scope.of(ast.JoinedStr):
        head = literal_parts(joined)
        if re.match(r"(\.{0,2}/|\0/)", head) and "\0" in head and "://" not in head:
            values = [p.value for p in joined.values if isinstance(p, ast.FormattedValue)]
            yield from ((joined, value) for value in values)


def _is_base(node: ast.expr) -> bool:
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        node = node.left
    if isinstance(node, ast.Call):
        return last_name(node.func) in ("Path", "PurePath")
    return _BASES.search(last_name(node)) is not None or last_name(node).isupper()


def _is_prefix(node: ast.expr) -> bool:
    """Whether the left of a `+` ends like a directory."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        node = node.right
    value = text(node)
    if value is not None:
        return value.endswith("/") and value.startswith(("/", ".")) and "://" not in value
    return bool(re.search(r"(^|_)(dir|directory|root|folder|base_path)$", last_name(node).lower()))


def _is_foreign(program: Program, scope: Scope, part: ast.expr) -> bool:
    """Whether a part of a path is somebody else's choice."""
    if isinstance(part, ast.Attribute) and part.attr == "filename":
        return True
    parts = [p.value for p in ast.walk(part) if isinstance(p, ast.FormattedValue)]
    level = taint(program, part)
    if level > SAID:
        # Whoever starts a program may open any file anyway.
        return level == REQUESTED
    if isinstance(part, ast.Name) and part.id in scope.params:
        annotation = scope.annotations.get(part.id, "str")
        chosen = _CHOSEN.search(part.id) is not None and "str" in annotation
        return chosen and part.id not in scope.tested and _is_public(scope)
    if isinstance(part, ast.Name) and isinstance(loop := scope.stores.get(part.id), list) and loop:
        return level >= SAID or _is_member_name(scope, part.id)
    if isinstance(part, ast.Attribute) and part.attr == "name" and isinstance(part.value, ast.Name):
        return _is_member_name(scope, part.value.id)
    return level >= SAID or any(documented(scope, last_name(p)) for p in parts)


def _is_member_name(scope: Scope, name: str) -> bool:
    """Whether a name goes over the members of an archive."""
    listings = {"namelist", "getnames", "infolist", "getmembers"}
    for loop in scope.of(ast.For):
        if name in names_in(loop.target) and isinstance(loop.iter, ast.Call):
            if last_name(loop.iter.func) in listings:
                return True
            if isinstance(loop.iter.func, ast.Name) and "tar" in dotted(loop.iter.func):
                return True
    return False


def _is_public(scope: Scope) -> bool:
    return not getattr(scope.node, "name", "_").startswith("_")


def _is_contained(scope: Scope) -> bool:
    """Whether a function looks whether a path stays where it belongs, or takes its last part."""
    if scope.called & _CONTAINED:
        return True
    for compare in scope.of(ast.Compare):
        sides = [compare.left, *compare.comparators]
        if any(text(side) in ("..", "/", "\\", "../") for side in sides):
            return True
        if any(last_name(side) == "parents" for side in sides):
            return True
    return False


def _is_upload(scope: Scope, node: ast.expr) -> bool:
    """Whether a part is the name that an upload or a member of an archive brings along."""
    if not isinstance(node, ast.Attribute) or node.attr != "filename":
        return False
    owner = last_name(node.value)
    annotation = scope.annotations.get(owner, "")
    return _UPLOADS.search(owner) is not None or annotation in ("FileStorage", "UploadFile")


def _is_client(program: Program, call: ast.Call) -> bool:
    owner = last_name(call.func.value).lower()  # type: ignore[attr-defined]
    web = {"requests", "httpx", "aiohttp", "urllib3"} & set(program.imports)
    return bool(web) and owner in ("session", "client", "http", "_session", "_client", "pool")


def _is_checked_address(scope: Scope, given: ast.expr) -> bool:
    """Whether a function takes an address apart, or looks it up, before it uses it."""
    if scope.called & _CHECKERS:
        return True
    return bool(names_in(given) & scope.tested and _compared(scope, names_in(given)))


def _compared(scope: Scope, names: set[str]) -> bool:
    """Whether a name is looked for in something, or given to a function that answers."""
    for test in scope.tests:
        for node in ast.walk(test):
            if (
                isinstance(node, ast.Compare)
                and isinstance(node.ops[0], ast.In | ast.NotIn)
                and names_in(node.left) & names
            ):
                return True
            if isinstance(node, ast.Call) and names_in(node) & names:
                return True
    return False


def _starts_fixed(node: ast.expr) -> bool:
    """Whether an address has a fixed host."""
    head = literal_parts(node)
    return (
        re.match(r"https?://[^/\0]+/", head) is not None or re.match(r"/[^/\0]", head) is not None
    )


CHECKS = (
    Check("SC901", "path-from-outside", path_from_outside, certain="SC971"),
    Check("SC902", "file-named-by-request", certain_path),
    Check("SC903", "address-from-outside", fetched_address, certain="SC973"),
    Check("SC904", "open-redirect", open_redirect, certain="SC974"),
    Check("SC905", "archive-names", extracted_names),
    Check("SC906", "attributes-from-outside", chosen_attribute, certain="SC976"),
    Check("SC907", "code-named-from-outside", chosen_code, certain="SC977"),
)
