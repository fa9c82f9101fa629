"""Encryption, signatures and connections that are weaker than they look."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import argument, is_constant, keyword, last_name, number
from mcp_server.analysis.defects.table import Check, Defect

_OLD = {"PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1"}
_OLD_VERSIONS = {"SSLv3", "TLSv1", "TLSv1_1"}
_LONGEST_OF_CURVES = 256
_SHORTEST = 2048
_VECTORS = {"CBC", "CTR", "GCM", "CFB", "OFB", "OFB8", "CFB8", "nonce"}


def repeating_mode(program: Program) -> Iterator[Defect]:
    """ECB, in which equal blocks stay equal."""
    nodes: list[ast.expr] = [*program.of(ast.Attribute), *program.of(ast.Name)]
    for node in nodes:
        if last_name(node) in ("MODE_ECB", "ECB"):
            yield Defect(node, "ECB shows which blocks are equal: use an authenticated mode")


def constant_vector(program: Program) -> Iterator[Defect]:
    """An initialisation vector or nonce that is always the same."""
    for call in program.of(ast.Call):
        given = keyword(call, "iv", "nonce", "initial_value")
        mode = last_name(call.func)
        if given is None and mode in _VECTORS and call.args:
            given = call.args[0]
        if given is None and mode == "new":
            given = argument(call, 2)
        if given is None and mode == "encrypt" and argument(call, 2) is not None:
            given = call.args[0]
        if given is not None and _is_fixed(program, given):
            yield Defect(call, "the vector must differ each time: os.urandom")


def unverified_token(program: Program) -> Iterator[Defect]:
    """A JWT that is read without its signature being checked."""
    for call in program.of(ast.Call):
        name = program.name(call.func)
        if name not in ("jwt.decode", "jose.jwt.decode", "jwt.encode"):
            continue
        options = keyword(call, "options")
        off = is_constant(keyword(call, "verify"), False)
        if isinstance(options, ast.Dict):
            off = off or any(is_constant(v, False) for v in options.values)
        algorithms = keyword(call, "algorithms", "algorithm")
        none = algorithms is not None and "none" in ast.unparse(algorithms).lower()
        if off or none:
            yield Defect(call, "the signature is not checked: anybody can write such a token")


def unverified_connection(program: Program) -> Iterator[Defect]:
    """A TLS connection that accepts any certificate, or an old protocol."""
    for node in program.of(ast.Assign):
        target = last_name(node.targets[0])
        if isinstance(node.targets[0], ast.Attribute):
            off = is_constant(node.value, False) and target in ("check_hostname", "verify")
            none = target == "verify_mode" and last_name(node.value) == "CERT_NONE"
            old = target == "minimum_version" and last_name(node.value) in _OLD_VERSIONS
            own = ast.unparse(node.targets[0]).startswith("self.check")
            if (off and not own) or none or old:
                yield Defect(node, f"{ast.unparse(node)} lets anybody listen in")
    for attribute in program.of(ast.Attribute):
        used = isinstance(program.parent(attribute), ast.Call | ast.keyword)
        if attribute.attr in _OLD and used and program.name(attribute).startswith("ssl."):
            yield Defect(attribute, f"{attribute.attr} is broken: use PROTOCOL_TLS_CLIENT")
    for call in program.of(ast.Call):
        for option in (
            "verify",
            "ssl",
            "verify_ssl",
            "verify_certs",
            "ssl_verify",
            "validate_certs",
        ):
            if is_constant(keyword(call, option), False):
                yield Defect(call, f"{option}=False accepts any certificate")
        if last_name(keyword(call, "cert_reqs")) == "CERT_NONE":
            yield Defect(call, "CERT_NONE accepts any certificate")


def plain_login(program: Program) -> Iterator[Defect]:
    """A password sent over a connection that is not encrypted."""
    for call in program.method_calls("login"):
        owner = call.func.value  # type: ignore[attr-defined]
        scope = program.scope(call)
        made = scope.value(owner.id) if isinstance(owner, ast.Name) else None
        plain = ("smtplib.SMTP", "imaplib.IMAP4", "poplib.POP3", "ftplib.FTP")
        if (
            isinstance(made, ast.Call)
            and program.name(made.func) in plain
            and not any(program.scope(c) is scope for c in program.method_calls("starttls"))
        ):
            yield Defect(call, "the password is sent unencrypted: starttls first")


def small_key(program: Program) -> Iterator[Defect]:
    """A key that is too short."""
    for call in program.of(ast.Call):
        if last_name(call.func) in ("generate_private_key", "generate"):
            size = number(keyword(call, "key_size")) or number(argument(call, 0, "bits"))
            if size is not None and _LONGEST_OF_CURVES < size < _SHORTEST:
                yield Defect(call, f"{size} bits can be broken: use at least {_SHORTEST}")


def _is_fixed(program: Program, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        scope = program.scope(node)
        node = scope.value(node.id) or program.module.value(node.id) or node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        node = node.left
    if isinstance(node, ast.Call) and last_name(node.func) in ("bytes", "bytearray", "fromhex"):
        return bool(node.args) and isinstance(node.args[0], ast.Constant)
    return isinstance(node, ast.Constant) and isinstance(node.value, bytes)


CHECKS = (
    Check("SC941", "repeating-mode", repeating_mode),
    Check("SC942", "constant-vector", constant_vector),
    Check("SC943", "unverified-token", unverified_token),
    Check("SC944", "unverified-connection", unverified_connection),
    Check("SC945", "login-in-plain-text", plain_login),
    Check("SC946", "key-too-small", small_key),
)
