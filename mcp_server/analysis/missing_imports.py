"""Imports that code forgot: names of Python's own library that it uses and does not define."""

import ast
import builtins

_MODULES = frozenset({
    "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "heapq",
    "itertools", "json", "math", "operator", "os", "random", "re", "statistics", "string", "sys",
    "time", "typing",
})  # fmt: skip
_MEMBERS = {
    "collections": ("Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"),
    "dataclasses": ("dataclass",),
    "decimal": ("Decimal",),
    "enum": ("Enum",),
    "fractions": ("Fraction",),
    "functools": ("cache", "lru_cache", "partial", "reduce", "wraps"),
    "itertools": ("accumulate", "chain", "combinations", "groupby", "permutations", "zip_longest"),
    "math": ("ceil", "floor", "gcd", "isqrt", "pi", "sqrt"),
    "typing": ("Any", "Callable", "Dict", "Iterable", "Iterator", "List", "Optional", "Sequence",
               "Set", "Tuple", "Union"),
}  # fmt: skip
_HOME = {name: module for module, names in _MEMBERS.items() for name in names}


def with_imports(code: str, tree: ast.Module) -> str:
    """The code with the imports that it forgot, below its docstring and its `__future__` imports.

    Only names that belong to one module of the standard library beyond doubt are imported.
    """
    defined = _defined(tree)
    missing = set() if "*" in defined else _used(tree) - defined - set(dir(builtins))
    lines = [f"import {name}" for name in sorted(missing & _MODULES)]
    by_module = {m: sorted(n for n in missing if _HOME.get(n) == m) for m in sorted(_MEMBERS)}
    lines += [f"from {m} import {', '.join(names)}" for m, names in by_module.items() if names]
    if not lines:
        return code
    place = _place(tree)
    source = code.splitlines()
    return "\n".join([*source[:place], *lines, "", *source[place:]]) + "\n"


def _used(tree: ast.Module) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _defined(tree: ast.Module) -> set[str]:
    """Every name that anything in the module gives a meaning, wherever that is."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _place(tree: ast.Module) -> int:
    """The number of lines that have to stay above an import."""
    place = 0
    for node in tree.body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (docstring and isinstance(node.value.value, str)) and not future:  # type: ignore[attr-defined]
            break
        place = node.end_lineno or place
    return place
