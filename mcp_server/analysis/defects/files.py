"""Files that are checked in one step and used in another, or looked for in the wrong place."""

import ast
from collections.abc import Iterator, Sequence

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import argument, last_name, number, targets, text
from mcp_server.analysis.defects.table import Check, Defect

_CHECKS = {"os.path.exists", "os.path.isfile", "os.path.isdir", "os.access", "os.path.lexists"}
_CHECKING = {"exists", "is_file", "is_dir"}
_USES = {
    "open", "os.remove", "os.unlink", "os.mkdir", "os.makedirs", "os.rename", "os.replace",
    "os.rmdir", "shutil.rmtree", "shutil.copy", "shutil.move", "shutil.copyfile", "os.open",
    "os.symlink", "os.link",
}  # fmt: skip
_METHODS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir",
            "rename", "replace", "touch", "rmdir", "symlink_to", "stat"}  # fmt: skip
_OTHERS_MAY_WRITE = 0o022
_LARGEST_UMASK = 0o77
_NEAR = 5
"""Statements after a check in which a use still belongs to it."""


def check_then_use(program: Program) -> Iterator[Defect]:
    """A file that is looked for first and used then, between which it may come or go."""
    for node in program.of(ast.If):
        for test in ast.walk(node.test):
            if not isinstance(test, ast.Call):
                continue
            checked = _checked(program, test)
            if checked and _is_used(program, checked, [*node.body, *_following(program, node)]):
                yield Defect(test, f"{checked} may change between this check and its use")


def name_without_directory(program: Program) -> Iterator[Defect]:
    """A name from `os.listdir` that is used without the directory it is in."""
    users = {*_CHECKS, *_USES, "os.stat", "os.path.getsize", "os.path.getmtime"}
    loops: list[tuple[ast.AST, ast.expr]] = [(loop, loop.iter) for loop in program.of(ast.For)]
    loops += [(each, each.generators[0].iter) for each in program.of(ast.ListComp)]
    loops += [(each, each.generators[0].iter) for each in program.of(ast.GeneratorExp)]
    for loop, iterated in loops:
        ordered = isinstance(iterated, ast.Call) and program.name(iterated.func) == "sorted"
        listed = argument(iterated, 0) if isinstance(iterated, ast.Call) and ordered else iterated
        if not isinstance(listed, ast.Call) or program.name(listed.func) != "os.listdir":
            continue
        given = listed.args[0] if listed.args else None
        names = targets(loop)
        for call in ast.walk(loop):
            if isinstance(call, ast.Call) and call.args and program.name(call.func) in users:
                used = call.args[0]
                bare = isinstance(used, ast.Name) and used.id in names
                relative = any("dir_fd" in (k.arg or "") for k in call.keywords)
                if bare and not relative and given is not None and text(given) != ".":
                    yield Defect(call, "listdir gives bare names: join them with the directory")


def open_to_everybody(program: Program) -> Iterator[Defect]:
    """A file or directory that everybody may write, or a secret that everybody may read."""
    for call in program.method_calls("chmod", "mkdir", "makedirs", "touch", "open", "fchmod"):
        name = program.name(call.func)
        position = 1 if name.startswith("os.") else 0
        position = 2 if name == "os.open" else position
        given = argument(call, position, "mode")
        mode = number(given)
        if isinstance(mode, int) and mode & _OTHERS_MAY_WRITE and mode > _LARGEST_UMASK:
            yield Defect(call, f"mode {mode:#o} lets others write")
    for call in program.calls("os.umask"):
        if call.args and number(call.args[0]) == 0:
            yield Defect(call, "with a umask of 0 everybody may write what is created")


def naive_prefix(program: Program) -> Iterator[Defect]:
    """A path that is taken to be in a directory because its text starts like it."""
    for call in program.method_calls("startswith"):
        owner = call.func.value  # type: ignore[attr-defined]
        if not call.args:
            continue
        base = ast.unparse(call.args[0])
        words = set(last_name(call.args[0]).lower().split("_"))
        if isinstance(call.args[0], ast.Call) and program.name(call.args[0].func) == "str":
            words = set(base.lower().replace("(", "_").replace(")", "_").split("_"))
        if words & {"root", "base", "dir", "directory", "folder", "basedir"} and _is_path(owner):
            yield Defect(call, f"`{base}/../x` and `{base}2` start like this: is_relative_to")


def _checked(program: Program, call: ast.Call) -> str:
    """The path that a call looks for."""
    if program.name(call.func) in _CHECKS and call.args:
        return ast.unparse(call.args[0])
    if isinstance(call.func, ast.Attribute) and call.func.attr in _CHECKING and not call.args:
        return ast.unparse(call.func.value)
    return ""


def _following(program: Program, node: ast.If) -> Sequence[ast.stmt]:
    """What runs after an `if`: its `else`, and the next statements if its body leaves."""
    if not isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue):
        return node.orelse
    return [*node.orelse, *program.following(node, _NEAR)]


def _is_used(program: Program, path: str, statements: Sequence[ast.stmt]) -> bool:
    for statement in statements:
        for call in ast.walk(statement):
            if not isinstance(call, ast.Call):
                continue
            if program.name(call.func) in _USES and call.args and ast.unparse(call.args[0]) == path:
                return True
            if (
                isinstance(call.func, ast.Attribute)
                and call.func.attr in _METHODS
                and ast.unparse(call.func.value) == path
                and not _tolerant(call)
            ):
                return True
    return False


def _tolerant(call: ast.Call) -> bool:
    return any(keyword.arg in ("exist_ok", "missing_ok") for keyword in call.keywords)


def _is_path(node: ast.expr) -> bool:
    words = set(ast.unparse(node).lower().replace("(", "_").replace(")", "_").split("_"))
    return bool(words & {"path", "target", "full", "file", "filename", "candidate", "resolved",
                         "destination", "abspath", "realpath", "normpath", "location"})  # fmt: skip


CHECKS = (
    Check("SC711", "check-then-use", check_then_use),
    Check("SC712", "name-without-directory", name_without_directory),
    Check("SC713", "open-to-everybody", open_to_everybody),
    Check("SC714", "path-compared-as-text", naive_prefix),
)
