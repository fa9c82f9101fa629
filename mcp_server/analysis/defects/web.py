"""Settings of web applications and parsers that open a hole."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import is_constant, keyword, last_name, text
from mcp_server.analysis.defects.table import Check, Defect

_OFF = {
    "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_SECURE", "WTF_CSRF_ENABLED",
    "SECURE_SSL_REDIRECT", "CSRF_ENABLED", "REMEMBER_COOKIE_HTTPONLY", "REMEMBER_COOKIE_SECURE",
}  # fmt: skip
_LOADERS = {
    "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "joblib.load", "cloudpickle.load",
    "cloudpickle.loads", "pandas.read_pickle", "jsonpickle.decode", "jsonpickle.loads", "dill.load",
    "dill.loads", "marshal.load", "marshal.loads", "shelve.open", "pickle.load", "pickle.loads",
    "pickle.Unpickler", "torch.load", "numpy.load", "yaml.load", "sklearn.externals.joblib.load",
}  # fmt: skip
_UNSAFE_LOADERS = {"Loader", "UnsafeLoader", "FullLoader", "CLoader", "CFullLoader"}


def every_origin(program: Program) -> Iterator[Defect]:
    """Cross-origin requests allowed from everywhere."""
    for call in program.of(ast.Call):
        origins = keyword(call, "origins", "allow_origins", "allowed_origins")
        listed = origins is not None and "'*'" in ast.unparse(origins)
        bare = last_name(call.func) == "CORS" and len(call.args) == 1 and not call.keywords
        if listed or bare:
            yield Defect(call, "every site may send requests from its visitors' browsers")
    for name, value, node in _settings(program):
        header = name.lower() == "access-control-allow-origin"
        if (header and text(value) == "*") or (
            name == "CORS_ORIGIN_ALLOW_ALL" and is_constant(value, True)
        ):
            yield Defect(node, "every site may read the answers in its visitors' browsers")


def open_cookie(program: Program) -> Iterator[Defect]:
    """A cookie that scripts can read, or that goes over unencrypted connections."""
    for call in program.method_calls("set_cookie", "set_signed_cookie"):
        if any(k.arg is None for k in call.keywords) or len([*call.args, *call.keywords]) == 1:
            continue
        name = text(call.args[0] if call.args else keyword(call, "key")) or ""
        secure, hidden = keyword(call, "secure"), keyword(call, "httponly")
        harmless = any(word in name for word in ("theme", "lang", "locale", "csrf", "consent"))
        off = [each for each in (secure, hidden) if is_constant(each, False)]
        if (secure is None or hidden is None or off) and not harmless:
            yield Defect(call, "set secure=True and httponly=True, or the cookie can be stolen")


def protection_off(program: Program) -> Iterator[Defect]:
    """A setting that switches off a protection, or debugging on."""
    for name, value, node in _settings(program):
        if name in _OFF and is_constant(value, False):
            yield Defect(node, f"{name} = False switches off a protection")
        if name == "DEBUG" and is_constant(value, True) and _is_django(program):
            yield Defect(node, "debug pages show the inside of the program to everybody")
        if name == "ALLOWED_HOSTS" and "'*'" in ast.unparse(value):
            yield Defect(node, "any Host header is accepted")
    for call in program.of(ast.Call):
        debugs = is_constant(keyword(call, "debug"), True)
        if debugs and last_name(call.func) in ("run", "FastAPI", "Starlette", "run_app", "Flask"):
            yield Defect(call, "the debugger lets everybody run code")
    for scope in program.functions:
        for decorator in scope.node.decorator_list:  # type: ignore[union-attr]
            if last_name(decorator) == "csrf_exempt" or ast.unparse(decorator) == "csrf.exempt":
                yield Defect(decorator, "other sites can send this form in a visitor's name")


def external_entities(program: Program) -> Iterator[Defect]:
    """An XML parser that follows what a document refers to."""
    for call in program.of(ast.Call):
        if last_name(call.func) == "XMLParser":
            options = ("resolve_entities", "load_dtd", "huge_tree")
            opened = any(is_constant(keyword(call, option), True) for option in options)
            if opened or is_constant(keyword(call, "no_network"), False):
                yield Defect(call, "a document can read files and reach hosts through entities")
        if (
            last_name(call.func) == "setFeature"
            and len(call.args) > 1
            and "external" in ast.unparse(call.args[0])
            and not is_constant(call.args[1], False)
            and not is_constant(call.args[1], 0)
        ):
            yield Defect(call, "a document can read files through external entities")


def code_in_data(program: Program) -> Iterator[Defect]:
    """A format whose loading runs code of whoever wrote the data."""
    for call in program.calls(*_LOADERS):
        name = program.name(call.func)
        if name == "numpy.load" and not is_constant(keyword(call, "allow_pickle"), True):
            continue
        if name == "torch.load" and is_constant(keyword(call, "weights_only"), True):
            continue
        loader = keyword(call, "Loader") or (call.args[1] if len(call.args) > 1 else None)
        if name == "yaml.load" and loader is not None and last_name(loader) not in _UNSAFE_LOADERS:
            continue
        yield Defect(call, f"{name} runs code that whoever wrote the data put into it")


def _is_django(program: Program) -> bool:
    """Whether a module holds the settings of a Django project."""
    names = {"ALLOWED_HOSTS", "INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF", "DATABASES"}
    return bool(names & set(program.module.stores)) or "django" in program.imports


def _settings(program: Program) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    """What is set by name: variables, keys and keyword arguments."""
    for assign in program.of(ast.Assign):
        target = assign.targets[0]
        if isinstance(target, ast.Name | ast.Subscript | ast.Attribute):
            yield last_name(target), assign.value, assign
    for pairs in program.of(ast.Dict):
        for key, value in zip(pairs.keys, pairs.values, strict=True):
            if (name := text(key)) is not None:
                yield name, value, value
    for each in program.of(ast.keyword):
        yield each.arg or "", each.value, each.value


CHECKS = (
    Check("SC951", "every-origin", every_origin),
    Check("SC952", "open-cookie", open_cookie),
    Check("SC953", "protection-off", protection_off),
    Check("SC954", "external-entities", external_entities),
    Check("SC955", "code-in-data", code_in_data),
)
