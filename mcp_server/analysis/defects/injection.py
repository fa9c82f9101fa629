"""Text from elsewhere that becomes part of a statement, command, page or pattern."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import (
    is_built_text,
    last_name,
    literal_parts,
    text,
)
from mcp_server.analysis.defects.table import Check, Defect
from mcp_server.analysis.defects.taint import REQUESTED, taint

_SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM|DROP\s+TABLE|ALTER\s+TABLE|"
    r"CREATE\s+TABLE|TRUNCATE|PRAGMA)\b|^\s*(WHERE|AND|OR|ORDER BY|GROUP BY|LIMIT|VALUES|SET)\s",
    re.IGNORECASE | re.DOTALL,
)
_LDAP = re.compile(r"(^|[&|!()])\([\w.-]+[~<>]?=\*?\0")
_XPATH = re.compile(r"//?\w+\[.*=\s*['\"]\0|\[@?\w+\s*=\s*['\"]?\0")
_TAG = re.compile(r"<[a-zA-Z][\w-]*(\s[^<>\0]*)?(>|=|\s|\0)")
_SHELLS = {"sh", "bash", "/bin/sh", "/bin/bash", "zsh", "cmd", "cmd.exe", "powershell"}
_ESCAPES = {
    "escape", "quote", "escape_filter_chars", "clean", "quoteattr", "conditional_escape", "int",
    "float", "len", "dumps", "format_html", "urlencode", "filter_format",
}  # fmt: skip
_QUERIED = {"execute", "executemany", "executescript", "raw", "read_sql", "read_sql_query", "text"}


def sql(program: Program) -> Iterator[Defect]:
    """An SQL statement with values or names put into its text."""
    for call in program.method_calls("execute", "executemany", "executescript", "raw"):
        given = call.args[0] if call.args else None
        if is_built_text(given) and given is not None and not _is_constant_text(program, given):
            yield Defect(given, "values belong into parameters, not into the text of the statement")
    queries = any(True for _ in program.method_calls(*_QUERIED)) or any(
        True for _ in program.calls("sqlalchemy.text")
    )
    for node in (*program.of(ast.JoinedStr), *program.of(ast.BinOp)) if queries else ():
        outer = program.parent(node)
        grown = isinstance(outer, ast.AugAssign | ast.Assign | ast.Return)
        if (
            grown
            and is_built_text(node)
            and _SQL.search(literal_parts(node))
            and "\0" in literal_parts(node)
            and not _is_constant_text(program, node)
        ):
            yield Defect(node, "values belong into parameters, not into the text of the statement")


def ldap(program: Program) -> Iterator[Defect]:
    """An LDAP filter with unescaped text in it."""
    for node in _built(program):
        shown = any(isinstance(n, ast.FormattedValue) and n.conversion > 0 for n in ast.walk(node))
        if _LDAP.search(literal_parts(node)) and not shown and not _escapes(program, node):
            yield Defect(node, "text in an LDAP filter must be escaped: escape_filter_chars")


def xpath(program: Program) -> Iterator[Defect]:
    """An XPath expression with text put into it."""
    for call in program.method_calls("xpath", "find", "findall", "iterfind", "evaluate"):
        given = call.args[0] if call.args else None
        if given is None:
            continue
        if isinstance(given, ast.Name):
            given = program.scope(given).value(given.id) or given
        if is_built_text(given) and _XPATH.search(literal_parts(given)):
            yield Defect(given, "text in an XPath expression changes its meaning: use variables")


def document_query(program: Program) -> Iterator[Defect]:
    """A query of a document database that a request shapes."""
    for node in program.of(ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if text(key) == "$where" and text(value) is None:
                yield Defect(value, "$where runs text as JavaScript")
    for call in program.method_calls("find", "find_one", "update_one", "delete_one", "delete_many"):
        for given in call.args:
            if isinstance(given, ast.Dict | ast.Name) and taint(program, given) == REQUESTED:
                yield Defect(call, "a request may send operators such as $ne instead of text")
                break


def shell(program: Program) -> Iterator[Defect]:
    """A command line for a shell, put together from parts."""
    for call in program.of(ast.Call):
        name = program.name(call.func)
        if (
            name in ("asyncio.create_subprocess_shell", "subprocess.getoutput", "pexpect.run")
            and call.args
            and text(call.args[0]) is None
        ):
            yield Defect(call, "a shell runs whatever is put into its command line")
        first = call.args[0] if call.args else None
        if isinstance(first, ast.List) and first.elts[2:] and name.startswith("subprocess."):
            program_name, flag, line = first.elts[:3]
            run = text(program_name) in _SHELLS and text(flag) in ("-c", "/c", "-lc")
            if run and text(line) is None:
                yield Defect(call, "a shell runs whatever is put into its command line")
    for call in program.method_calls("exec_command", "run", "sudo"):
        given = call.args[0] if call.args else None
        remote = "ssh" in ast.unparse(call.func).lower() or last_name(call.func) == "exec_command"
        if remote and is_built_text(given):
            yield Defect(call, "the remote shell runs whatever is put into its command line")


def page(program: Program) -> Iterator[Defect]:
    """HTML with unescaped text in it."""
    for node in _built(program):
        parts = literal_parts(node)
        if (
            "\0" not in parts
            or not _TAG.search(parts)
            or "</" not in parts + "</" * ("<img" in parts)
        ):
            continue
        if _escapes(program, node) or _is_logged(program, node):
            continue
        certain = taint(program, node) == REQUESTED
        yield Defect(node, "text in HTML must be escaped, or it may bring a script", certain)


def template(program: Program) -> Iterator[Defect]:
    """A template that is itself put together, or comes from outside."""
    makers = ("flask.render_template_string", "jinja2.Template", "render_template_string",
              "mako.template.Template", "django.template.Template")  # fmt: skip
    engines = (
        call for call in program.method_calls("from_string")
        if re.search("env|jinja|engine", ast.unparse(call.func).lower())
    )  # fmt: skip
    for call in (*program.calls(*makers), *engines):
        given = call.args[0] if call.args else None
        if isinstance(given, ast.Name):
            given = program.scope(given).value(given.id) or given
        if given is None or text(given) is not None:
            continue
        local = isinstance(given, ast.Name) and given.id in program.scope(given).params
        if is_built_text(given) or taint(program, given) or local:
            yield Defect(call, "who writes the template runs code here: pass values to it instead")


def format_string(program: Program) -> Iterator[Defect]:
    """A format string from outside, which reads attributes of what it is given."""
    for call in program.method_calls("format", "format_map"):
        owner = call.func.value  # type: ignore[attr-defined]
        if text(owner) is None and not is_built_text(owner) and taint(program, owner):
            certain = taint(program, owner) == REQUESTED
            yield Defect(call, "a format string may read any attribute of its arguments", certain)


def pattern(program: Program) -> Iterator[Defect]:
    """A regular expression with unescaped text from outside in it."""
    for call in program.calls("re.compile", "re.search", "re.match", "re.sub", "re.findall"):
        given = call.args[0] if call.args else None
        if given is not None and text(given) is None and taint(program, given):
            yield Defect(call, "text in a pattern must be escaped: re.escape")


def header(program: Program) -> Iterator[Defect]:
    """A log line or header with raw text of a request."""
    for node in program.of(ast.Assign):
        target = node.targets[0]
        if (
            isinstance(target, ast.Subscript)
            and last_name(target.value) == "headers"
            and taint(program, node.value) == REQUESTED
        ):
            yield Defect(node, "a line end in this text adds headers of the sender's choice")


def _built(program: Program) -> Iterator[ast.expr]:
    """Texts that are put together, outermost first."""
    for node in (*program.of(ast.JoinedStr), *program.of(ast.BinOp), *program.of(ast.Call)):
        outer = program.parent(node)
        if isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Add | ast.Mod):
            continue
        if is_built_text(node):
            yield node


def _escapes(program: Program, node: ast.expr) -> bool:
    """Whether all that is put in was escaped, is a number, or is a constant."""
    scope = program.scope(node)
    parts = [p.value for p in ast.walk(node) if isinstance(p, ast.FormattedValue)]
    parts = parts or _operands(node)
    for part in parts:
        value: ast.expr = part
        if isinstance(value, ast.Name):
            if scope.annotations.get(value.id) in ("int", "float", "Decimal", "bool", "date"):
                continue
            if value.id.isupper():
                continue
            value = scope.value(value.id) or value
        if text(value) is None and not _has_escape(value):
            return False
    return True


def _operands(node: ast.expr) -> list[ast.expr]:
    """What is put into a text by `+`, `%` or `.format`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    if isinstance(node, ast.BinOp):
        parts: list[ast.expr] = []
        while isinstance(node, ast.BinOp):
            parts.append(node.right)
            node = node.left
        return [part for part in (*parts, node) if text(part) is None]
    if isinstance(node, ast.Call):
        return [*node.args, *(k.value for k in node.keywords)]
    return []


def _has_escape(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Call) and last_name(n.func) in _ESCAPES for n in ast.walk(node))


def _is_logged(program: Program, node: ast.expr) -> bool:
    """Whether a text only goes to a log, a message of an error or a terminal."""
    for outer in program.ancestors(node):
        if isinstance(outer, ast.Raise):
            return True
        if isinstance(outer, ast.Call):
            return last_name(outer.func) in (
                "print",
                "debug",
                "info",
                "warning",
                "error",
                "compile",
            )
    return False


def _is_constant_text(program: Program, node: ast.expr) -> bool:
    """Whether what is put into a text is made of this module's constants, or placeholders."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and not part.id.isupper():
            value = program.scope(part).value(part.id)
            made = isinstance(value, ast.Call) and last_name(value.func) == "join"
            if text(value) is None and not (
                made and value is not None and "?" in ast.unparse(value)
            ):
                return "join" in ast.unparse(node) and "'?'" in ast.unparse(node)
        if isinstance(part, ast.Attribute) and not part.attr.isupper() and part.attr != "join":
            return False
    return True


CHECKS = (
    Check("SC911", "sql-injection", sql),
    Check("SC912", "ldap-injection", ldap),
    Check("SC913", "xpath-injection", xpath),
    Check("SC914", "document-query-injection", document_query),
    Check("SC915", "shell-injection", shell),
    Check("SC916", "html-injection", page, certain="SC986"),
    Check("SC917", "template-injection", template),
    Check("SC918", "format-string-injection", format_string, certain="SC988"),
    Check("SC919", "pattern-injection", pattern),
    Check("SC920", "header-injection", header),
)
