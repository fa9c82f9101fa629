import builtins
import keyword

import pytest

from mcp_server.search.cases import Case, Parameter, Step, Target, plain, variable_of
from mcp_server.search.values import Code


def function(*parameters, name="f", **more):
    return Target(name, None, f"{name}({{args}})", parameters, **more)


def method(template, *names, name="m", **more):
    return Target(name, "Stack", template, tuple(Parameter(n) for n in names), **more)


MAKER = Step(Target("__init__", "Stack", "Stack({args})", (Parameter("size"),)), (("size", 3),))
A, B = Parameter("a"), Parameter("b", default="1")
ONLY = Parameter("only", default="None", keyword_only=True)
ARGS, KEYWORDS = (
    Parameter("args", starred="*", default="()"),
    Parameter("kw", starred="**", default="{}"),
)


@pytest.mark.parametrize(
    ("parameters", "values", "text"),
    [
        ((), {}, "f()"),
        ((A, B), {"a": 1, "b": "x"}, "f(1, 'x')"),
        ((A, B), {"a": 1}, "f(1)"),
        ((B, A), {"a": 1}, "f(a=1)"),
        ((A, ONLY), {"a": 1, "only": True}, "f(1, only=True)"),
        ((A, B, ONLY), {"a": 1, "only": [2]}, "f(1, only=[2])"),
        ((A, ARGS), {"a": 1, "args": (2, "x")}, "f(1, 2, 'x')"),
        ((ARGS,), {"args": ()}, "f()"),
        ((ARGS, ONLY), {"args": (1,), "only": 2}, "f(1, only=2)"),
        ((A, KEYWORDS), {"a": 1, "kw": {"x": 2, "a": 3}}, "f(1, x=2)"),
        ((A,), {"a": Code("Decimal('1')")}, "f(Decimal('1'))"),
        ((A,), {"a": "{self} {0} {args}"}, "f('{self} {0} {args}')"),
    ],
)
def test_a_call_is_written_with(parameters, values, text):
    assert Step(function(*parameters), ()).with_values(values).text("") == text


@pytest.mark.parametrize(
    ("template", "names", "values", "text"),
    [
        ("{self}.push({args})", ("x",), (5,), "stack.push(5)"),
        ("{self}.empty", (), (), "stack.empty"),
        ("{self}.limit = {0}", ("value",), (5,), "stack.limit = 5"),
        ("len({self})", (), (), "len(stack)"),
        ("{0} in {self}", ("x",), ("a",), "'a' in stack"),
        ("{self}[{0}] = {1}", ("k", "v"), ("a", [1]), "stack['a'] = [1]"),
        ("{self}[{0}] = {1}", ("k", "v"), ("{1}", "{0}"), "stack['{1}'] = '{0}'"),
        ("{self}[{0}] = {1}", ("k", "v"), ("{self}", 1), "stack['{self}'] = 1"),
        ("{self}({args})", ("x",), (1,), "stack(1)"),
        ("del {self}[{0}]", ("k",), (1,), "del stack[1]"),
        ("hash({self}) == hash({self})", (), (), "hash(stack) == hash(stack)"),
    ],
)
def test_what_is_done_with_an_instance_is_written_as_its_user_would(template, names, values, text):
    step = Step(method(template, *names), tuple(zip(names, values, strict=True)))
    assert step.text("stack") == text


def test_what_is_awaited_is_run_in_a_loop():
    assert Step(function(A, is_async=True), (("a", 1),)).text("") == "asyncio.run(f(1))"


def test_a_step_that_may_raise_is_suppressed():
    step = Step(method("{self}.pop({args})"), (), suppressed="IndexError")
    assert step.line("stack") == "with contextlib.suppress(IndexError):\n    stack.pop()"
    assert Step(method("{self}.pop({args})"), ()).line("stack") == "stack.pop()"


def test_a_case_makes_the_instance_does_the_steps_and_observes_the_last():
    push = Step(method("{self}.push({args})", "x"), (("x", 1),))
    case = Case((push, push, Step(method("len({self})"), ())), MAKER)
    assert case.setup() == ["stack = Stack(3)", "stack.push(1)", "stack.push(1)"]
    assert case.observed() == "len(stack)"
    assert case.key() == "stack = Stack(3)\nstack.push(1)\nstack.push(1)\nlen(stack)"


def test_a_value_that_may_be_changed_in_place_is_named_first():
    step = Step(function(A, B), (("a", [2, 1]), ("b", 5)))
    case = Case((step,))
    assert case.mutable == ("a",)
    assert case.setup(["a"]) == ["a = [2, 1]"]
    assert case.observed(["a"]) == "f(a, 5)"


@pytest.mark.parametrize(
    "name", ["list", "type", "len", "result", "self", "error", "capsys", "math"]
)
def test_a_value_is_not_named_like_what_its_test_uses(name):
    case = Case((Step(function(Parameter(name)), ((name, [1]),)),))
    assert case.setup(case.mutable) == [f"{name}_value = [1]"]
    assert case.observed(case.mutable) == f"f({name}_value)"


def test_a_value_is_not_named_like_the_function():
    assert Case((Step(function(Parameter("f")), (("f", [1]),)),)).mutable == ()


def test_values_of_methods_and_of_statements_are_not_named():
    step = Step(method("{self}.push({args})", "x"), (("x", [1]),))
    assert Case((step,), MAKER).mutable == ()
    statement = Step(
        method("{self}[{0}] = {1}", "a", "b", is_statement=True), (("a", [1]), ("b", 1))
    )
    assert Case((statement,)).mutable == ()


def test_a_further_step_weighs_more_than_a_longer_value():
    push = Step(method("{self}.push({args})", "x"), (("x", 1),))
    longer = Step(method("{self}.push({args})", "x"), (("x", 100),))
    assert Case((push,), MAKER).weight < Case((longer,), MAKER).weight
    assert Case((longer,), MAKER).weight < Case((push, push), MAKER).weight


@pytest.mark.parametrize(
    ("class_name", "variable"),
    [
        ("BankAccount", "bank_account"),
        ("Stack", "stack"),
        ("_Node", "node"),
        ("LRUCache", "lru_cache"),
        ("HTTPServer2", "http_server2"),
        ("A", "a"),
        ("_", "instance"),
        ("Snake_Case", "snake_case"),
    ],
)
def test_an_instance_is_named_after_its_class(class_name, variable):
    assert variable_of(class_name) == variable


@pytest.mark.parametrize(
    "class_name",
    [
        "stack",
        "List",
        "Set",
        "Class",
        "Not",
        "If",
        "Lambda",
        "Result",
        "Error",
        "Self",
        "IO",
        "Math",
        "Datetime",
        "Pytest",
        "Capsys",
    ],
)
def test_an_instance_has_no_name_that_its_test_needs_for_something_else(class_name):
    variable = variable_of(class_name)
    assert variable.isidentifier()
    assert variable not in (
        class_name,
        "result",
        "error",
        "self",
        "math",
        "datetime",
        "pytest",
        "capsys",
    )
    assert not keyword.iskeyword(variable)
    assert not hasattr(builtins, variable)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 'a']", [1, "a"]),
        ("-1", -1),
        ("f(1)", Code("f(1)")),
        ("Color.RED", Code("Color.RED")),
        ("{[]}", Code("{[]}")),
    ],
)
def test_source_becomes_a_value_where_it_is_one(text, value):
    assert plain(text) == value
