"""Secrets in the source, in logs, and compared or hashed so that they leak."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import argument, keyword, last_name, number, text
from mcp_server.analysis.defects.table import Check, Defect

_SECRET = re.compile(
    r"(^|_)(password|passwd|passphrase|pwd|secret|api_?key|apikey|private_?key|access_?key|"
    r"secret_?key|signing_?key|encryption_?key|auth_?token|access_?token|refresh_?token|"
    r"bearer_?token|token|credentials?|client_?secret|hmac_?key|jwt_?key|webhook_?secret|pepper|"
    r"account_?key|master_?key|session_?key|shared_?key|auth_?key|license_?key)$",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"(^|_)(password|passwd|passphrase|pwd|secret|api_?key|private_?key|access_?token|auth_?token|"
    r"refresh_?token|session_?token|credentials?|authorization|card_?number|cvv|cvc|ssn|pin|"
    r"client_?secret|secret_?key|reset_?token|bearer|token|iban)$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"(^|_)(signature|hmac|mac|(\w+_)token|secret|api_?key|password|passwd|password_?hash|csrf|otp|"
    r"passcode|secret_?key|hashed|pin_?code|sig|auth_?code)$",
    re.IGNORECASE,
)
_FORMATS = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|sk_live_[A-Za-z0-9]{16,}|xox[abp]-[\w-]{10,}|"
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AIza[\w-]{35}|glpat-[\w-]{16,}|sk-[A-Za-z0-9]{20,}|"
    r"SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
)
_ADDRESS = re.compile(r"^[a-z][\w+.-]*://[^/\s:@{}]*:([^/\s@{}$<>%]+)@")
_SETTING = re.compile(r"(?:^|[\s;])(?:password|pwd)=([^\s;'\"{}$<%]{4,})", re.IGNORECASE)
_HEADER = re.compile(r"^(Bearer|Basic|Token) [A-Za-z0-9+/=._-]{12,}$")
_PLACEHOLDER = re.compile(
    r"^(x+|\*+|\.+|changeme|example|password|secret|token|none|null|test|your.*|<.*>|\$\{.*|"
    r"\{.*|%.*|env:.*|placeholder.*|dummy|todo)$",
    re.IGNORECASE,
)
_LEXED = {"next_token", "first_token", "last_token", "previous_token", "prev_token",
          "current_token", "matching_token", "start_token", "end_token", "open_token"}  # fmt: skip
_LOGGERS = re.compile(r"(^|_|\.)(log|logger|logging)$", re.IGNORECASE)
_LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log", "warn"}
_HASHES = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b",
           "blake2s", "new"}  # fmt: skip
_LEAST_ITERATIONS = 100_000
_LEAST_BYTES = 16
_SHORTEST = 6


def in_source(program: Program) -> Iterator[Defect]:
    """A secret that is written into the source."""
    for name, value in _named_values(program):
        literal = _literal(value)
        if literal is not None and _SECRET.search(name) and _looks_real(name, literal):
            yield Defect(value, f"{name} is written into the source; read it from the environment")
    for node in program.of(ast.Constant):
        literal = "" if isinstance(program.parent(node), ast.Expr) else text(node) or ""
        if _FORMATS.search(literal) or _HEADER.match(literal):
            yield Defect(node, "this is a secret in the source; read it from the environment")
        elif (
            found := _ADDRESS.match(literal) or _SETTING.search(literal)
        ) and not _PLACEHOLDER.match(found.group(1)):
            yield Defect(node, "the address holds a password; read it from the environment")
    for call in program.of(ast.Call):
        pair = keyword(call, "auth")
        if isinstance(pair, ast.Tuple) and pair.elts[1:] and text(pair.elts[1]):
            yield Defect(pair, "the password is written into the source")


def as_default(program: Program) -> Iterator[Defect]:
    """A secret from the environment with a fallback that everybody can read."""
    for call in program.calls("os.environ.get", "os.getenv"):
        name = text(call.args[0]) if call.args else None
        fallback = text(call.args[1]) if len(call.args) > 1 else None
        if name and fallback and _SECRET.search(name):
            yield Defect(call, f"without {name} a secret counts that everybody can read")


def constant_key(program: Program) -> Iterator[Defect]:
    """A key for signing or encrypting that is written into the source."""
    keyed = {"hmac.new": 0, "hmac.digest": 0, "cryptography.fernet.Fernet": 0, "jwt.encode": 1,
             "jwt.decode": 1, "itsdangerous.URLSafeTimedSerializer": 0}  # fmt: skip
    for name, position in keyed.items():
        for call in program.calls(name):
            given = call.args[position] if len(call.args) > position else keyword(call, "key")
            if isinstance(given, ast.Call) and last_name(given.func) in ("encode", "b64encode"):
                given = getattr(given.func, "value", given)
            if isinstance(given, ast.Constant) and given.value:
                yield Defect(call, "the key is written into the source")


def logged(program: Program) -> Iterator[Defect]:
    """A secret that is written to a log or to the terminal."""
    for call in program.of(ast.Call):
        if not _is_logging(program, call):
            continue
        call_name = program.name(call.func)
        for given in (*call.args, *(k.value for k in call.keywords)):
            for name in _shown_names(given):
                spoken = _SPOKEN.search(name) and (name != "token" or call_name != "print")
                if spoken:
                    yield Defect(call, f"{name} is written to the log, where many can read it")
                    break


def compared(program: Program) -> Iterator[Defect]:
    """A secret compared by `==`, whose time tells how much of it was right."""
    keyed = "hmac" in program.imports or any(
        v.startswith("hmac.") for v in program.imports.values()
    )
    for node in program.of(ast.Compare):
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = (node.left, node.comparators[0])
        if any(isinstance(side, ast.Constant | ast.List | ast.Tuple) for side in sides):
            continue
        names = [_compared_name(side, program.scope(node).values) for side in sides]
        digests = keyed and any("digest" in name for name in names)
        tokens = "token" in names and any(re.match("expected|stored|config", n) for n in names)
        known = any(_COMPARED.search(n) and n not in _LEXED for n in names)
        if not digests and not tokens and not known:
            continue
        if all(names) and not _is_about_more(program, node):
            yield Defect(node, "the time this takes tells how much is right: hmac.compare_digest")


def weak_hash(program: Program) -> Iterator[Defect]:
    """A password hashed by something fast, so that it can be guessed."""
    for call in program.of(ast.Call):
        name = program.name(call.func)
        head, _, tail = name.rpartition(".")
        if head in ("hashlib", "") and tail in _HASHES and (head or name in program.imports):
            words = {n for each in call.args for n in _all_names(each)}
            function = getattr(program.scope(call).node, "name", "")
            secret = any(re.search(r"passw|pwd|passphrase|(^|_)pin$", word) for word in words)
            if secret or re.search(r"hash.*passw|passw.*hash", function):
                yield Defect(call, "a fast hash lets passwords be guessed: scrypt, argon2, bcrypt")
        if name == "hashlib.pbkdf2_hmac":
            rounds = number(argument(call, 3, "iterations"))
            if rounds is not None and rounds < _LEAST_ITERATIONS:
                yield Defect(call, f"{rounds} iterations are too few: passwords can be guessed")


def short_token(program: Program) -> Iterator[Defect]:
    """A random token that is short enough to be guessed."""
    for call in program.calls("secrets.token_bytes", "secrets.token_hex", "secrets.token_urlsafe"):
        size = number(call.args[0]) if call.args else None
        if size is not None and size < _LEAST_BYTES / 2:
            yield Defect(call, f"{size} random bytes can be guessed; take at least {_LEAST_BYTES}")


def weak_random(program: Program) -> Iterator[Defect]:
    """A secret drawn by a generator that can be predicted."""
    for call in program.of(ast.Call):
        name = program.name(call.func)
        if not name.startswith(("random.", "numpy.random.")) or name.endswith("SystemRandom"):
            continue
        around = getattr(program.scope(call).node, "name", "")
        stored = next((n for n in program.ancestors(call) if isinstance(n, ast.Assign)), None)
        target = last_name(stored.targets[0]) if stored is not None else ""
        words = r"token|password|secret|otp|nonce|salt|session|api_?key|csrf|reset|voucher|pin|code"
        if re.search(words, f"{around} {target}".lower()):
            yield Defect(call, "this can be predicted: take the module secrets")
    for call in program.calls("uuid.uuid1"):
        yield Defect(call, "uuid1 is made of the time and the machine, and can be predicted")


def _named_values(program: Program) -> Iterator[tuple[str, ast.expr]]:
    """Values with the names that they are given, as a variable, key, argument or default."""
    for assign in program.of(ast.Assign):
        yield from ((last_name(target), assign.value) for target in assign.targets)
    for annotated in program.of(ast.AnnAssign):
        if annotated.value is not None:
            yield last_name(annotated.target), annotated.value
    for pairs in program.of(ast.Dict):
        yield from ((text(k) or "", v) for k, v in zip(pairs.keys, pairs.values, strict=True))
    for each in program.of(ast.keyword):
        yield each.arg or "", each.value
    for arguments in program.of(ast.arguments):
        positional = [*arguments.posonlyargs, *arguments.args][::-1]
        defaults = zip(positional, arguments.defaults[::-1], strict=False)
        yield from ((parameter.arg, default) for parameter, default in defaults)
        named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        yield from ((p.arg, d) for p, d in named if d is not None)


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return node.value.decode("latin-1")
    return text(node)


def _looks_real(name: str, value: str) -> bool:
    """Whether a text may be a secret: no word, no placeholder, no name of something else."""
    if len(value) < _SHORTEST or " " in value.strip() or _PLACEHOLDER.match(value):
        return False
    plain = re.sub(r"[^a-z]", "", value.lower())
    if plain in re.sub(r"[^a-z]", "", name.lower()) or value.startswith(
        ("/", "http://", "https://")
    ):
        return False
    mixed = bool(re.search(r"\d", value)) or bool(re.search(r"[a-z][A-Z]|[^\w\s.-]", value))
    strong = re.search(r"password|passwd|secret|pwd|passphrase", name.lower()) is not None
    identifier = value.isupper() or re.fullmatch(r"[a-z]+([_.:-][a-z]+)*", value) is not None
    return mixed or (strong and not identifier) or (strong and value.count("-") > 1)


def _is_logging(program: Program, call: ast.Call) -> bool:
    if program.name(call.func) == "print":
        return True
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _LEVELS:
        return False
    owner = last_name(call.func.value)
    return _LOGGERS.search(owner) is not None or program.name(call.func.value) == "logging"


def _shown_names(node: ast.expr) -> Iterator[str]:
    """The names of what an argument shows as it is: itself, or what is formatted into it."""
    stack: list[ast.AST] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Name | ast.Attribute):
            yield last_name(current)
        elif isinstance(current, ast.Subscript):
            yield text(current.slice) or ""
        elif not isinstance(current, ast.Call):
            stack.extend(ast.iter_child_nodes(current))
        elif last_name(current.func) == "format":
            stack.extend([*current.args, *current.keywords])


def _compared_name(node: ast.expr, values: Mapping[str, Sequence[ast.expr]]) -> str:
    """What a side of a comparison is called, by way of the call that makes it."""
    if isinstance(node, ast.Name) and node.id in values:
        value = values[node.id][0]
        if "digest" in last_name(value) and "hmac" in ast.unparse(value):
            return "hmac"
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in ("strip", "lower", "encode", "decode", "hexdigest", "digest"):
            break
        if node.func.attr in ("hexdigest", "digest"):
            return "hexdigest"
        node = node.func.value
    return last_name(node)


def _is_about_more(program: Program, node: ast.Compare) -> bool:
    """Whether a password is typed twice, or objects are compared as a whole."""
    names = [last_name(side).lower() for side in (node.left, node.comparators[0])]
    twice = any(re.search(r"confirm|repeat|again|old_|new_", name) for name in names)
    return twice or getattr(program.scope(node).node, "name", "") in ("__eq__", "__ne__")


def _all_names(node: ast.AST) -> set[str]:
    """All names and attributes in an expression."""
    found = {n.id.lower() for n in ast.walk(node) if isinstance(n, ast.Name)}
    return found | {n.attr.lower() for n in ast.walk(node) if isinstance(n, ast.Attribute)}


CHECKS = (
    Check("SC931", "secret-in-source", in_source),
    Check("SC932", "secret-as-default", as_default),
    Check("SC933", "key-in-source", constant_key),
    Check("SC934", "secret-logged", logged),
    Check("SC935", "secret-compared-by-equality", compared),
    Check("SC936", "password-hashed-fast", weak_hash),
    Check("SC937", "token-too-short", short_token),
    Check("SC938", "secret-predictable", weak_random),
)
