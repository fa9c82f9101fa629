"""Classes and methods that do not do what their form promises."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import Function, dotted, is_constant, last_name
from mcp_server.analysis.defects.table import Check, Defect

_CHANGING = {"append", "add", "update", "extend", "insert", "pop", "remove", "clear", "setdefault",
             "discard", "appendleft", "popitem", "sort"}  # fmt: skip
_MUTABLE = {"list", "dict", "set", "defaultdict", "deque", "OrderedDict", "Counter"}
_SHARED = re.compile("cache|registry|instances|memo", re.IGNORECASE)
_ORDER = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}


def method_not_called(program: Program) -> Iterator[Defect]:
    """A method or function of this module in a condition, without being called: always true."""
    methods = _method_names(program)
    functions = {n.name for n in program.module.node.body if isinstance(n, Function)}
    for node in program.of(ast.Attribute):
        if node.attr in methods and _is_value(program, node) and _is_owned(program, node):
            yield Defect(node, f"{node.attr} is a method: without () it is always true")
    for name in program.of(ast.Name):
        scope = program.scope(name)
        local = name.id in scope.stores or name.id in scope.params
        if name.id in functions and not local and _is_value(program, name):
            yield Defect(name, f"{name.id} is a function: without () it is always true")


def shared_attribute(program: Program) -> Iterator[Defect]:
    """A mutable class attribute that methods change through `self`, for all instances."""
    for scope in program.classes.values():
        if _is_declaration(scope):
            continue
        for statement in scope.node.body:
            name = _mutable_attribute(statement)
            shared = "ClassVar" in ast.unparse(statement) or _SHARED.search(name or "")
            if name is None or shared or name.isupper():
                continue
            methods = program.within(scope)
            own = any(_sets(method, name) for method in methods)
            if not own and any(_changes(method, name) for method in methods):
                yield Defect(statement, f"all instances share {name}; make it in __init__")


def swallowing_exit(program: Program) -> Iterator[Defect]:
    """An `__exit__` that always returns true, and so hides every exception."""
    for scope in program.functions:
        if getattr(scope.node, "name", "") in ("__exit__", "__aexit__"):
            returns = scope.of(ast.Return)
            if (
                returns
                and all(is_constant(node.value, True) for node in returns)
                and not scope.of(ast.If)
            ):
                yield Defect(returns[-1], "true hides every exception of the with block")


def mismatched_comparison(program: Program) -> Iterator[Defect]:
    """A comparison method that compares one attribute with another, or with itself."""
    for scope in program.functions:
        if getattr(scope.node, "name", "") not in _ORDER:
            continue
        own, other = [*scope.params, "", ""][:2]
        for node in scope.of(ast.Compare):
            left, right = node.left, node.comparators[0]
            if isinstance(left, ast.Attribute) and isinstance(right, ast.Attribute):
                sides = ast.unparse(left.value), ast.unparse(right.value)
                if set(sides) == {own, other} and left.attr.strip("_") != right.attr.strip("_"):
                    yield Defect(node, f"{left.attr} is compared with {right.attr}")


def equal_without_hash(program: Program) -> Iterator[Defect]:
    """An `__eq__` without a `__hash__`: Python then takes the inherited one away.

    Reported where instances are hashed here, and for values: classes that compare fields and
    never change them. A class that does change is right not to be hashed.
    """
    for name, scope in program.classes.items():
        equal = next((s for s in program.within(scope) if _named(s, "__eq__")), None)
        own = any(_named(s, "__hash__") for s in program.within(scope))
        if equal is None or own or "__hash__" in scope.stores or _has_no_hash(scope):
            continue
        if _is_hashed(program, name):
            yield Defect(equal.node, f"{name} is hashed here, and __eq__ takes __hash__ away")
        elif _compares_fields(equal) and not _changes_itself(program, scope):
            yield Defect(equal.node, "__eq__ takes __hash__ away: define it too, or set it to None")


def frozen_changed(program: Program) -> Iterator[Defect]:
    """An attribute of a frozen dataclass that one of its methods sets."""
    for scope in program.functions:
        owner = scope.outer.node if scope.outer is not None else None
        if not isinstance(owner, ast.ClassDef) or not scope.params or not _is_frozen(owner):
            continue
        own = next(iter(scope.params))
        for node in scope.of(ast.Attribute):
            stored = isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == own
            if stored and own == "self":
                yield Defect(node, f"{owner.name} is frozen: setting {node.attr} is an error")


def decorator_without_result(program: Program) -> Iterator[Defect]:
    """A decorator whose wrapper drops the result, or that does not return its wrapper."""
    for scope in program.functions:
        wrappers = [inner for inner in program.within(scope) if _wraps(scope, inner)]
        if len(wrappers) != 1:
            continue
        wrapper = wrappers[0]
        name = wrapper.node.name  # type: ignore[union-attr]
        if name not in scope.loads and not scope.of(ast.Return):
            yield Defect(scope.node, f"{name} is made and not returned: the decorated is None")
            continue
        called = next(iter(scope.params))
        results = [call for call in wrapper.of(ast.Call) if last_name(call.func) == called]
        dropped = all(isinstance(program.parent(call), ast.Expr) for call in results)
        awaited = any(isinstance(program.parent(call), ast.Await) for call in results)
        if results and dropped and not awaited and not wrapper.of(ast.Return):
            yield Defect(results[0], f"the result of {called}() is dropped: callers get None")


def argument_not_kept(program: Program) -> Iterator[Defect]:
    """An argument of `__init__` that is never used, while others are kept."""
    for scope in program.functions:
        node = scope.node
        if not isinstance(node, Function) or node.name != "__init__" or scope.of(ast.Raise):
            continue
        unused = [
            n for n in list(scope.params)[1:] if not n.startswith("_") and n not in scope.loads
        ]
        kept = [n for n in scope.params if n in scope.loads]
        variable = {a.arg for a in (node.args.vararg, node.args.kwarg) if a}
        for name in unused if len(kept) > 1 else ():
            if name not in variable and name not in scope.read_inside:
                yield Defect(scope.params[name], f"the argument {name} is not kept")


def _is_owned(program: Program, node: ast.Attribute) -> bool:
    """Whether an object is of this module, as far as its name, annotation or making tells."""
    if node.attr.startswith(("is_", "has_", "can_", "should_")):
        return True
    if not isinstance(node.value, ast.Name):
        return False
    scope, name = program.scope(node), node.value.id
    made = scope.value(name)
    made = made.func if isinstance(made, ast.Call) else None
    known = {scope.annotations.get(name, ""), last_name(made)}
    return name == "self" or bool(known & set(program.classes))


def _method_names(program: Program) -> set[str]:
    """Names that in this module are methods only: no property, field or attribute that is set."""
    methods: set[str] = set()
    others: set[str] = set()
    for scope in program.functions:
        node = scope.node
        if isinstance(node, Function) and isinstance(scope.outer.node, ast.ClassDef):  # type: ignore[union-attr]
            (others if node.decorator_list else methods).add(node.name)
    for scope in program.classes.values():
        others |= set(scope.stores)
    others |= {n.attr for n in program.of(ast.Attribute) if not isinstance(n.ctx, ast.Load)}
    return methods - others


def _is_value(program: Program, node: ast.expr) -> bool:
    """Whether a node is used as a condition, or compared or computed with."""
    outer = program.parent(node)
    if isinstance(outer, ast.If | ast.While | ast.IfExp | ast.Assert):
        return node is outer.test
    if isinstance(outer, ast.UnaryOp):
        return isinstance(outer.op, ast.Not)
    if isinstance(outer, ast.BoolOp):
        return node is not outer.values[-1] or _is_value(program, outer)
    if isinstance(outer, ast.comprehension):
        return node in outer.ifs
    if isinstance(outer, ast.Compare):
        order = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
        literal = any(isinstance(s, ast.Constant) and s.value is not None
                      for s in (outer.left, *outer.comparators))  # fmt: skip
        return literal or any(isinstance(op, order) for op in outer.ops)
    return isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Add | ast.Sub | ast.Mult)


def _mutable_attribute(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return None
    made = isinstance(value, ast.Call) and last_name(value.func) in _MUTABLE
    literal = isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp)
    return target.id if isinstance(target, ast.Name) and (made or literal) else None


def _is_declaration(scope: Scope) -> bool:
    """Whether a class body declares fields, so that its values are made into defaults."""
    node = scope.node
    assert isinstance(node, ast.ClassDef)  # noqa: S101  (Program.classes has no others)
    bases = {last_name(base) for base in node.bases}
    decorated = any("dataclass" in ast.unparse(d) or "attr" in ast.unparse(d)
                    for d in node.decorator_list)  # fmt: skip
    return decorated or bool(bases & {"BaseModel", "Enum", "TypedDict", "NamedTuple", "Struct"})


def _sets(method: Scope, name: str) -> bool:
    """Whether a method gives the instance an attribute of its own."""
    return any(
        node.attr == name and isinstance(node.ctx, ast.Store) for node in method.of(ast.Attribute)
    )


def _changes(method: Scope, name: str) -> bool:
    """Whether a method changes what an attribute of `self` holds."""
    own = next(iter(method.params), "self")
    wanted = f"{own}.{name}"
    for call in method.of(ast.Call):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _CHANGING
            and ast.unparse(call.func.value) == wanted
        ):
            return True
    return any(
        not isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == wanted
        for node in method.of(ast.Subscript)
    )


def _named(scope: Scope, name: str) -> bool:
    return isinstance(scope.node, Function) and scope.node.name == name


def _has_no_hash(scope: Scope) -> bool:
    """Whether a class gets its hash elsewhere, or is of a kind that has none."""
    node = scope.node
    assert isinstance(node, ast.ClassDef)  # noqa: S101  (Program.classes has no others)
    bases = {last_name(base) for base in node.bases}
    decorators = " ".join(ast.unparse(d) for d in node.decorator_list)
    return bool(re.search("dataclass|attr|define|frozen", decorators)) or any(
        re.search(r"(?i)dict|list|set$|mapping|sequence|bytearray|array|model$|struct|enum", base)
        for base in bases
    )


def _compares_fields(equal: Scope) -> bool:
    """Whether an `__eq__` compares attributes of its two arguments."""
    own, other = [*equal.params, "", ""][:2]
    for node in equal.of(ast.Compare):
        if isinstance(node.ops[0], ast.Eq):
            sides = [_fields_in(side, (own, other)) for side in (node.left, node.comparators[0])]
            if own in sides[0] | sides[1] and other in sides[0] | sides[1]:
                return True
    return False


def _fields_in(node: ast.expr, owners: tuple[str, str]) -> set[str]:
    """Which of some names a tuple of attributes, or one, is read of."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    names = [part.value.id for part in parts
             if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)]  # fmt: skip
    return set(names) & set(owners) if len(names) == len(parts) else set()


def _changes_itself(program: Program, scope: Scope) -> bool:
    """Whether any method but those that make an instance changes what it holds."""
    making = ("__init__", "__new__", "__post_init__", "__setstate__")
    for method in program.within(scope):
        own = next(iter(method.params), "")
        making_now = getattr(method.node, "name", "") in making
        for node in method.of(ast.Attribute) if not making_now else ():
            stored = not isinstance(node.ctx, ast.Load) and dotted(node.value) == own
            held = dotted(node.value).startswith(f"{own}.") and node.attr in _CHANGING
            if own and (stored or held):
                return True
        for item in method.of(ast.Subscript) if not making_now else ():
            if not isinstance(item.ctx, ast.Load) and dotted(item.value).startswith(f"{own}."):
                return True
    outside = {method.node for method in program.within(scope)}
    return any(
        not isinstance(node.ctx, ast.Load)
        and program.scope(node).node not in outside
        and _is_instance(program, node.value, scope.node.name)  # type: ignore[union-attr]
        for node in program.of(ast.Attribute)
    )


def _is_hashed(program: Program, name: str) -> bool:
    """Whether instances of a class are put into sets or used as keys in this module."""
    for call in program.calls("set", "frozenset", "dict.fromkeys", "collections.Counter", "hash"):
        given = call.args[0] if call.args else None
        if given is not None and (
            _holds(program, given, name)
            or (last_name(call.func) == "hash" and _is_instance(program, given, name))
        ):
            return True
    keys: list[ast.expr | None] = [k for node in program.of(ast.Dict) for k in node.keys]
    keys += [each for node in program.of(ast.Set) for each in node.elts]
    keys += [node.key for node in program.of(ast.DictComp)]
    keys += [node.elt for node in program.of(ast.SetComp)]
    keys += [call.args[0] for call in program.method_calls("add", "setdefault") if call.args]
    if any(key is not None and _makes(key, name) for key in keys):
        return True
    hashed = re.compile(
        rf"\b(set|Set|frozenset|FrozenSet|AbstractSet|Counter)\[['\"]?{name}['\"]?\]"
        rf"|\b(dict|Dict|defaultdict|Mapping)\[['\"]?{name}['\"]?,"
    )
    return any(hashed.search(text) for text in _annotations(program))


def _holds(program: Program, node: ast.expr, name: str) -> bool:
    """Whether a collection holds instances of a class, by annotation, making or name."""
    if isinstance(node, ast.List | ast.Tuple):
        return any(_makes(each, name) for each in node.elts)
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return _makes(node.elt, name)
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    scope = program.scope(node)
    annotation = scope.annotations.get(node.id, "") if isinstance(node, ast.Name) else ""
    if annotation and "[" in annotation:
        return bool(re.search(rf"\b{name}\b", annotation.partition("[")[2]))
    value = scope.value(node.id) if isinstance(node, ast.Name) else None
    if isinstance(value, ast.List | ast.Tuple | ast.ListComp) and _holds(program, value, name):
        return True
    words = last_name(node).lower().split("_")
    return words[-1] in {f"{name.lower()}s", f"{name.lower()}es"}


def _is_instance(program: Program, node: ast.expr, name: str) -> bool:
    """Whether a name is an instance of a class by its annotation, making or own name."""
    if not isinstance(node, ast.Name):
        return _makes(node, name)
    scope = program.scope(node)
    annotation = scope.annotations.get(node.id, "")
    value = scope.value(node.id)
    made = value is not None and _makes(value, name)
    return annotation == name or made or node.id.lower() == name.lower()


def _makes(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == name


def _annotations(program: Program) -> Iterator[str]:
    for scope in program.scopes:
        yield from scope.annotations.values()
        returns = getattr(scope.node, "returns", None)
        if returns is not None:
            yield ast.unparse(returns)
    for node in program.of(ast.AnnAssign):
        yield ast.unparse(node.annotation)


def _is_frozen(node: ast.ClassDef) -> bool:
    return any(
        isinstance(d, ast.Call) and last_name(d.func) == "dataclass"
        and any(k.arg == "frozen" and is_constant(k.value, True) for k in d.keywords)
        for d in node.decorator_list
    )  # fmt: skip


def _wraps(outer: Scope, inner: Scope) -> bool:
    """Whether an inner function takes any arguments and calls the outer one's first parameter."""
    node = inner.node
    if not isinstance(node, ast.FunctionDef) or not outer.params:
        return False
    anything = node.args.vararg is not None and node.args.kwarg is not None
    return anything and next(iter(outer.params)) in inner.loads


CHECKS = (
    Check("SC501", "method-not-called", method_not_called),
    Check("SC502", "shared-class-attribute", shared_attribute),
    Check("SC503", "exit-hides-exceptions", swallowing_exit),
    Check("SC504", "other-attribute-compared", mismatched_comparison),
    Check("SC505", "frozen-attribute-set", frozen_changed),
    Check("SC506", "decorator-drops-result", decorator_without_result),
    Check("SC507", "argument-not-kept", argument_not_kept),
    Check("SC508", "equal-without-hash", equal_without_hash),
)
