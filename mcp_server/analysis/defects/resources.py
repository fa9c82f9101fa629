"""Files, sockets and connections that stay open, or are closed too early."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import argument, has_spread, keyword, last_name, text
from mcp_server.analysis.defects.table import Check, Defect

_OPENERS = {
    "open", "io.open", "gzip.open", "bz2.open", "lzma.open", "codecs.open", "socket.socket",
    "sqlite3.connect", "psycopg2.connect", "pymysql.connect", "mysql.connector.connect",
    "zipfile.ZipFile", "tarfile.open", "urllib.request.urlopen", "smtplib.SMTP",
    "smtplib.SMTP_SSL", "ftplib.FTP", "socket.create_connection", "http.client.HTTPConnection",
    "http.client.HTTPSConnection", "tempfile.TemporaryFile", "tempfile.NamedTemporaryFile",
    "imaplib.IMAP4_SSL", "telnetlib.Telnet", "subprocess.Popen", "wave.open",
    "concurrent.futures.ThreadPoolExecutor", "multiprocessing.Pool", "PIL.Image.open",
    "multiprocessing.pool.ThreadPool", "paramiko.SSHClient",
    "concurrent.futures.ProcessPoolExecutor",
}  # fmt: skip
_CLOSERS = {"close", "quit", "shutdown", "terminate", "wait", "communicate", "disconnect", "kill",
            "pid", "returncode", "poll", "detach"}  # fmt: skip
_READERS = {
    "json.load", "json.dump", "csv.reader", "csv.writer", "csv.DictReader", "csv.DictWriter",
    "pickle.load", "pickle.dump", "yaml.safe_load", "yaml.load", "tomllib.load", "print", "list",
    "sum", "len", "enumerate", "iter", "next", "sorted", "map", "set", "zip", "configparser",
    "xml.etree.ElementTree.parse", "shutil.copyfileobj", "str", "plistlib.load",
}  # fmt: skip
_TIMED = {
    "urllib.request.urlopen": 2, "socket.create_connection": 1, "smtplib.SMTP": 3,
    "smtplib.SMTP_SSL": 3, "http.client.HTTPConnection": 2, "http.client.HTTPSConnection": 2,
    "ftplib.FTP": 4, "telnetlib.Telnet": 2, "imaplib.IMAP4_SSL": 3, "poplib.POP3_SSL": 3,
}  # fmt: skip
_VERBS = ("get", "post", "put", "patch", "delete", "head", "request")


def never_closed(program: Program) -> Iterator[Defect]:
    """Something opened into a variable that is neither closed nor handed on."""
    for scope in (program.module, *program.functions):
        cared: dict[str, bool] = {}
        for assign in scope.of(ast.Assign):
            call, target = assign.value, assign.targets[0]
            if not isinstance(call, ast.Call) or not isinstance(target, ast.Name):
                continue
            if not _opener(program, call):
                continue
            if target.id not in cared:
                cared[target.id] = _is_taken_care_of(program, scope, target.id)
            if not cared[target.id]:
                yield Defect(call, f"{target.id} is never closed; use `with`")


def opened_in_passing(program: Program) -> Iterator[Defect]:
    """A file that is opened inside of an expression, so that nothing can close it."""
    for call in program.of(ast.Call):
        if not _opener(program, call):
            continue
        outer = program.parent(call)
        given = isinstance(outer, ast.Call) and program.name(outer.func) in _READERS
        if isinstance(outer, ast.Attribute):
            given = outer.attr in ("read", "readlines", "readline", "write", "execute", "recv")
        looped = isinstance(outer, ast.For | ast.comprehension) and outer.iter is call
        if (given or looped) and program.name(call.func) != "subprocess.Popen":
            yield Defect(call, "what is opened here is never closed; use `with`")


def not_closed_on_error(program: Program) -> Iterator[Defect]:
    """A connection that is closed at the end only if nothing fails before."""
    for scope in program.functions:
        for name in list(scope.values):
            call = scope.value(name)
            if not isinstance(call, ast.Call) or program.name(call.func) not in _OPENERS:
                continue
            closing = [c for c in _closings(program, scope, name) if c.lineno > call.lineno]
            managed = any(isinstance(program.parent(c), ast.withitem) for c in (call, *closing))
            if (
                closing
                and not managed
                and not _any_in_finally(program, closing)
                and program.name(call.func) not in ("subprocess.Popen",)
            ):
                yield Defect(call, f"{name} stays open if anything fails before its close")


def read_after_close(program: Program) -> Iterator[Defect]:
    """Something lazy that reads from a file after its `with` has closed it."""
    for node in program.of(ast.With):
        files = {
            item.optional_vars.id
            for item in node.items
            if isinstance(item.optional_vars, ast.Name)
            and isinstance(item.context_expr, ast.Call) and _opener(program, item.context_expr)
        }  # fmt: skip
        for statement in node.body if files else ():
            value = statement.value if isinstance(statement, ast.Return) else None
            if value is not None and _is_lazy(program, value, files):
                yield Defect(statement, "this is read when the file is closed already: ValueError")


def no_timeout(program: Program) -> Iterator[Defect]:
    """A connection that waits for ever for an answer."""
    for name, position in _TIMED.items():
        for call in program.calls(name):
            if argument(call, position, "timeout") is None and not has_spread(call):
                yield Defect(call, "without a timeout this may wait for ever")
    for call in program.method_calls(*_VERBS):
        owner = call.func.value  # type: ignore[attr-defined]
        if (
            _is_session(program, owner)
            and keyword(call, "timeout") is None
            and not has_spread(call)
        ):
            yield Defect(call, "without a timeout this may wait for ever")


def missing_encoding(program: Program) -> Iterator[Defect]:
    """A text file opened in the encoding of whatever machine this runs on."""
    for call in program.method_calls("open", "read_text", "write_text"):
        name, owner = last_name(call.func), call.func.value  # type: ignore[attr-defined]
        if has_spread(call) or not _is_path(program, owner):
            continue
        mode = text(argument(call, 0, "mode")) if name == "open" else ""
        position = {"open": 2, "read_text": 0, "write_text": 1}[name]
        binary = mode is not None and "b" in mode
        if not binary and argument(call, position, "encoding") is None:
            yield Defect(call, "without an encoding the machine's default counts")


def left_behind(program: Program) -> Iterator[Defect]:
    """A temporary directory or file that nobody removes."""
    for scope in program.functions:
        for name in list(scope.values):
            call = scope.value(name)
            if not isinstance(call, ast.Call):
                continue
            called = program.name(call.func)
            kept = keyword(call, "delete")
            lasting = isinstance(kept, ast.Constant) and kept.value is False
            if (
                (
                    called in ("tempfile.mkdtemp", "tempfile.mkstemp")
                    or (called == "tempfile.NamedTemporaryFile" and lasting)
                )
                and not _is_removed(program, scope)
                and not _is_returned(program, scope, name)
            ):
                yield Defect(call, "nobody removes this; use a context manager")


def _opener(program: Program, call: ast.Call) -> bool:
    name = program.name(call.func)
    if name in _OPENERS:
        return True
    attribute = call.func
    return (
        isinstance(attribute, ast.Attribute) and attribute.attr == "open"
        and _is_path(program, attribute.value)
    )  # fmt: skip


def _is_path(program: Program, node: ast.expr) -> bool:
    """Whether an expression is a pathlib path, as far as annotations and calls tell."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return text(node.right) is not None or _is_path(program, node.left)
    if isinstance(node, ast.Call):
        return program.name(node.func) in ("pathlib.Path", "pathlib.Path.home", "pathlib.Path.cwd")
    if not isinstance(node, ast.Name):
        return isinstance(node, ast.Attribute) and node.attr in ("path", "_path")
    scope = program.scope(node)
    annotation = scope.annotations.get(node.id, "")
    value = scope.value(node.id) or program.module.value(node.id)
    if annotation in ("Path", "pathlib.Path", "Path | None"):
        return True
    return value is not None and not isinstance(value, ast.Name) and _is_path(program, value)


def _is_taken_care_of(program: Program, scope: Scope, name: str) -> bool:
    """Whether something opened is closed, managed, or goes to somebody else."""
    if scope.outer is None and name.isupper():
        return True
    if name in scope.read_inside or _closings(program, scope, name):
        return True
    for use in scope.loads[name]:
        outer = program.parent(use)
        if isinstance(outer, ast.Call) and use is not outer.func:
            if program.name(outer.func) not in _READERS:
                return True
        elif not isinstance(outer, ast.Attribute | ast.For | ast.comprehension | ast.Subscript):
            return True
    return any(name in node.names for node in scope.of(ast.Global))


def _closings(program: Program, scope: Scope, name: str) -> list[ast.expr]:
    """Where something is closed, or given to a `with`."""
    found: list[ast.expr] = []
    for use in scope.loads[name]:
        outer = program.parent(use)
        if isinstance(outer, ast.withitem):
            found.append(use)
        closed = isinstance(outer, ast.Attribute) and outer.attr in _CLOSERS
        managed = isinstance(outer, ast.Call) and last_name(outer.func) in ("closing", "callback")
        if isinstance(outer, ast.expr) and (closed or managed):
            found.append(outer)
    return found


def _any_in_finally(program: Program, nodes: list[ast.expr]) -> bool:
    for node in nodes:
        child: ast.AST = node
        for outer in program.ancestors(node):
            if isinstance(outer, ast.Try) and child in outer.finalbody:
                return True
            child = outer
    return False


def _is_lazy(program: Program, node: ast.expr, files: set[str]) -> bool:
    """Whether an expression reads one of some files only when it is read itself."""
    sources: list[ast.expr] = []
    if isinstance(node, ast.GeneratorExp):
        sources = [node.generators[0].iter]
    elif isinstance(node, ast.Call):
        lazy = ("map", "filter", "csv.reader", "csv.DictReader", "enumerate", "zip", "iter")
        sources = node.args if program.name(node.func) in lazy else []
    return any(isinstance(s, ast.Name) and s.id in files for s in sources)


def _is_session(program: Program, node: ast.expr) -> bool:
    sessions = ("requests.Session", "requests.session", "Session")
    if isinstance(node, ast.Call):
        return program.name(node.func) in sessions
    if isinstance(node, ast.Attribute):
        return "requests" in program.imports and node.attr in ("session", "_session")
    if not isinstance(node, ast.Name):
        return False
    scope = program.scope(node)
    value = scope.value(node.id) or program.module.value(node.id)
    made = isinstance(value, ast.Call) and program.name(value.func) in sessions
    return made or scope.annotations.get(node.id) in sessions


def _is_removed(program: Program, scope: Scope) -> bool:
    calls = [*program.method_calls("rmtree", "unlink", "remove", "cleanup", "replace", "rename")]
    return any(program.scope(call) is scope for call in calls)


def _is_returned(program: Program, scope: Scope, name: str) -> bool:
    for use in scope.loads[name]:
        outer = [use, *program.ancestors(use)]
        if any(isinstance(n, ast.Return | ast.Yield) for n in outer):
            return True
        if any(isinstance(n, ast.Assign) and "self." in ast.unparse(n.targets[0]) for n in outer):
            return True
    return False


CHECKS = (
    Check("SC701", "never-closed", never_closed),
    Check("SC702", "opened-in-passing", opened_in_passing),
    Check("SC703", "open-after-an-error", not_closed_on_error),
    Check("SC704", "read-after-close", read_after_close),
    Check("SC705", "no-timeout", no_timeout),
    Check("SC706", "no-encoding", missing_encoding),
    Check("SC707", "left-behind", left_behind),
)
