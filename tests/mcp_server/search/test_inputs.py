import ast
from random import Random

import pytest

from mcp_server.search.cases import Case, Step
from mcp_server.search.driver import _inputs
from mcp_server.search.inputs import Inputs, choose, plain_steps
from mcp_server.search.subjects import read
from mcp_server.search.values import Code, render

pytestmark = [
    pytest.mark.timeout(60, method="thread"),  # the other method's timer is used here
    # A call may run out of time in a callback, which swallows it; it is raised again then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def opened(execute):
    """The module, the inputs of its last subject, and the subject's first target."""

    def of(source):
        module = execute(source)
        subject = read(module.tree)[-1]
        return module, _inputs(module, subject), (subject.targets or [subject.maker])[0]

    return of


def kinds(inputs, target):
    return {p.name: inputs.of(target, p).name for p in target.parameters}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a: int, b: 'list[str]'): pass", {"a": "int", "b": "list[str]"}),
        (
            "def f(a=1, b='x', c=2.5, d=True): pass",
            {"a": "int", "b": "str", "c": "float", "d": "bool"},
        ),
        ("def f(a=(), b=[]): pass", {"a": "tuple[int]|tuple[str]", "b": "list[int]|list[str]"}),
        ("def f(*rest: int): pass", {"rest": "tuple[int]"}),
        ("def f(**more): pass", {"more": "keywords"}),
        ("def f(text): return text", {"text": "str|list[str]|int"}),
        ("def f(x=open): pass", {"x": "int|str|list[int]"}),
    ],
)
def test_a_parameters_kind_comes_from_its_annotation_its_default_or_its_name(
    opened, source, expected
):
    _, inputs, target = opened(source)
    found = kinds(inputs, target)
    assert {n: k for n, k in found.items() if n != "text"} == {
        n: k for n, k in expected.items() if n != "text"
    }
    assert found.get("text", "str").startswith("str")


def test_the_default_is_the_plainest_value(opened):
    _, inputs, target = opened("def f(a=17): pass")
    assert inputs.of(target, target.parameters[0]).plain[0] == 17


def test_keywords_that_are_passed_on_are_those_of_the_other_function(opened):
    source = (
        "def g(size: int, *, name: str): pass\ndef f(size, **more):\n    return g(size, **more)\n"
    )
    _, inputs, target = opened(source)
    plain = inputs.of(target, target.parameters[1]).plain
    assert {key for value in plain for key in value} == {"name"}
    assert all(isinstance(v, str) for value in plain for v in value.values())


UNTYPED = {
    "def f(x):\n    y = x.strip()\n    return y.upper() + 'a'": {"x": str},
    (
        "def f(x):\n"
        "    total = 0\n"
        "    for y in x:\n"
        "        total = total + y * 2\n"
        "    return total / len(x)"
    ): {"x": list},
    "def f(x):\n    for k, v in x.items():\n        k = v\n    return x['name']": {"x": dict},
    "def f(x):\n    y = x(1)\n    return y": {"x": Code},
    "def f(x):\n    y = x - 1\n    return y ** 2": {"x": int},
    "def f(items, size):\n    y = items[:size]\n    y.append(size + 1)\n    return y": {
        "items": list,
        "size": int,
    },
    "def f(words):\n    y = ' '.join(words)\n    return y.split(',')": {"words": list},
    (
        "def f(key, rows):\n"
        "    found = []\n"
        "    for r in rows:\n"
        "        found.append(key(r))\n"
        "    return found"
    ): {
        "key": Code,
        "rows": list,
    },
    "def f(d):\n    y = d.year\n    return y + d.month": {"d": Code},
    (
        "class P:\n"
        "    def __init__(self, x: int):\n"
        "        self.x = x\n"
        "\n"
        "def f(p):\n"
        "    y = p.x\n"
        "    return y + p.x"
    ): {"p": Code},
}


@pytest.mark.parametrize("source", UNTYPED)
def test_what_untyped_code_takes_is_found_by_trying(opened, source):
    module, inputs, target = opened(source)

    def attempt(case):
        ran = module.run(case)
        return ran.outcome, ran.arcs

    inputs.probe(target, lambda step: Case((step,)), attempt)
    assert inputs.is_guessed(target)
    plainest = {p.name: type(inputs.of(target, p).plain[0]) for p in target.parameters}
    assert plainest == UNTYPED[source]


def test_what_is_known_is_not_tried(opened):
    _, inputs, target = opened("def f(x: int, *rest, y=1): pass")
    inputs.probe(target, lambda step: pytest.fail(str(step)), None)
    assert not inputs.is_guessed(target)


def test_types_that_the_code_tells_apart_are_all_tried(opened):
    source = """def f(x):
    if isinstance(x, str):
        return x.upper()
    if isinstance(x, dict):
        return len(x)
    raise TypeError(x)
"""
    module, inputs, target = opened(source)
    inputs.probe(
        target, lambda step: Case((step,)), lambda case: (module.run(case).outcome, {(1, 2)})
    )
    domain, random = inputs.of(target, target.parameters[0]), Random(1)
    found = {type(domain.sample(random)) for _ in range(200)}
    assert {str, dict, int} <= found


def test_the_plainest_call_leaves_options_out_and_then_each_is_given(opened):
    _, inputs, target = opened("def f(a: int, b: bool = True, *, c: str = 'x'): pass")
    texts = [step.text("") for step in plain_steps(target, inputs, 40)]
    assert texts[0] == "f(1)"
    assert {"f(0)", "f(1, False)", "f(1, c='')"} <= set(texts)
    assert len(texts) == len(set(texts)) <= 40


def test_chosen_values_are_in_the_order_of_the_parameters_and_what_must_be_is_given(opened):
    _, inputs, target = opened("def f(a: int, b: str, c: float = 1.0, *, d: bool = True): pass")
    random, seen = Random(1), set()
    for _ in range(200):
        names = [name for name, _ in choose(target, inputs, random).values]
        assert names[:2] == ["a", "b"]
        assert names == sorted(names)
        seen.update(names)
    assert seen == {"a", "b", "c", "d"}


def test_an_instance_is_given_as_the_call_that_makes_it_and_one_that_needs_itself_ends(opened):
    source = (
        "class Node:\n"
        "    def __init__(self, value: int, next: 'Node | None' = None): pass\n"
        "\n"
        "def f(n: Node): pass\n"
    )
    _, inputs, target = opened(source)
    domain, random = inputs.of(target, target.parameters[0]), Random(7)
    texts = {render(domain.sample(random)) for _ in range(100)}
    assert any(text.count("Node(") == 1 for text in texts)
    assert any("Node(" in text[5:] for text in texts)
    for text in texts:
        ast.parse(text)


def test_inputs_of_another_functions_parameter_of_the_same_name_are_apart(opened):
    module, inputs, _ = opened("def g(x: int): pass\ndef f(x: str): pass\n")
    one, other = (s.targets[0] for s in read(module.tree))
    assert isinstance(inputs, Inputs)
    assert kinds(inputs, one) == {"x": "int"}
    assert kinds(inputs, other) == {"x": "str"}


def test_a_text_is_given_in_the_form_that_the_code_reads_it_in(opened):
    _, inputs, target = opened("import json\ndef f(data: str):\n    return json.loads(data)\n")
    assert '{"a": 1}' in inputs.of(target, target.parameters[0]).plain[:4]
    assert isinstance(Step(target, (("data", "1"),)).text(""), str)
