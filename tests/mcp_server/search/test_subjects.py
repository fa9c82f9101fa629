import ast
import textwrap

import pytest

from mcp_server.search.subjects import aliases, enum_members, read


def subjects(source):
    return {s.name: s for s in read(ast.parse(textwrap.dedent(source)))}


def parameters(target):
    return [
        (p.starred + p.name, p.annotation, p.default, p.keyword_only) for p in target.parameters
    ]


def test_functions_are_found_with_their_parameters():
    (target,) = subjects("def f(a, /, b: int, c='x', *rest: str, d, e: 'int' = 1, **more): pass")[
        "f"
    ].targets
    assert target.template == "f({args})"
    assert parameters(target) == [
        ("a", None, None, False),
        ("b", "int", None, False),
        ("c", None, "'x'", False),
        ("*rest", "str", "()", False),
        ("d", None, None, True),
        ("e", "'int'", "1", True),
        ("**more", None, "{}", False),
    ]


def test_what_is_called_from_outside_is_found_wherever_the_module_defines_it():
    found = subjects("""
    import os
    if os.sep == "/":
        def f(): pass
    else:
        def g(): pass
    try:
        def h(): pass
    finally:
        class C:
            def m(self): pass
    def _private(): pass
    def __dunder__(): pass
    def outer():
        def inner(): pass
    """)
    assert list(found) == ["f", "g", "h", "C", "_private", "outer"]
    assert [name for name, s in found.items() if s.is_private] == ["_private"]


def test_of_two_definitions_the_last_counts():
    (target,) = subjects("def f(a): pass\ndef f(b, c): pass")["f"].targets
    assert [p.name for p in target.parameters] == ["b", "c"]


@pytest.mark.parametrize(
    ("source", "is_async"),
    [
        ("async def f(): return 1", True),
        ("async def f(): yield 1", True),
        ("def f(): yield 1", False),
    ],
)
def test_what_must_be_awaited_is_known(source, is_async):
    assert subjects(source)["f"].targets[0].is_async is is_async


CLASS = """
class Bank(Base):
    def __init__(self, owner, *, limit=3): pass
    def pay(self, amount: float): pass
    def _secret(self): pass
    async def later(self): pass
    @property
    def empty(self): pass
    @empty.setter
    def empty(self, value): pass
    @empty.deleter
    def empty(self): pass
    @staticmethod
    def parse(text): pass
    @classmethod
    async def open(cls, name): pass
    def __len__(self): pass
    def __getitem__(self, index): pass
    def __setitem__(self, index, value): pass
    def __contains__(self, x): pass
    def __call__(self, x, y=1): pass
    def __exit__(self, *args): pass
    def __getstate__(self): pass

class Base:
    def shared(self): pass
    def pay(self, other): pass
"""


def test_all_that_can_be_done_with_an_instance_is_found():
    bank = subjects(CLASS)["Bank"]
    assert {t.template for t in bank.targets} == {
        "{self}.pay({args})",
        "{self}.shared({args})",
        "{self}.later({args})",
        "{self}.empty",
        "{self}.empty = {0}",
        "len({self})",
        "{self}[{0}]",
        "{self}[{0}] = {1}",
        "{0} in {self}",
        "{self}({args})",
        "{self}.__exit__(None, None, None)",
    }
    assert {t.template for t in bank.targets if t.is_statement} == {
        "{self}.empty = {0}",
        "{self}[{0}] = {1}",
        "{self}.__exit__(None, None, None)",
    }
    assert [t.template for t in bank.targets if t.is_async] == ["{self}.later({args})"]
    assert {t.template: [p.name for p in t.parameters] for t in bank.static} == {
        "Bank.parse({args})": ["text"],
        "Bank.open({args})": ["name"],
    }
    assert parameters(bank.maker) == [("owner", None, None, False), ("limit", None, "3", True)]
    pay = next(t for t in bank.targets if t.name == "pay")
    assert [p.name for p in pay.parameters] == ["amount"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A: pass", []),
        (
            "@dataclass\nclass A:\n    x: int\n    y: 'str' = 'a'\n    z: ClassVar[int] = 1",
            [("x", "int", None, False), ("y", "'str'", "...", False)],
        ),
        (
            (
                "@dataclasses.dataclass(frozen=True)\n"
                "class A:\n"
                "    x: int = field(init=False)\n"
                "    y: int"
            ),
            [("y", "int", None, False)],
        ),
        (
            "@dataclass(kw_only=True)\nclass A:\n    x: int\n    y: int = 1",
            [("x", "int", None, True), ("y", "int", "...", True)],
        ),
        (
            (
                "@dataclass\n"
                "class B:\n"
                "    x: int\n"
                "    y: int = 1\n"
                "@dataclass\n"
                "class A(B):\n"
                "    x: str\n"
                "    z: int = 2"
            ),
            [("x", "str", None, False), ("y", "int", "...", False), ("z", "int", "...", False)],
        ),
        (
            "class A(NamedTuple):\n    x: int\n    y: int = 0",
            [("x", "int", None, False), ("y", "int", "...", False)],
        ),
        ("class A(typing.TypedDict):\n    x: int", [("x", "int", None, False)]),
        ("class A:\n    x: int", []),
        ("class A:\n    def __new__(cls, v): pass", [("v", None, None, False)]),
        ("class B:\n    def __init__(self, v): pass\nclass A(B): pass", [("v", None, None, False)]),
    ],
)
def test_an_instance_is_made_with(source, expected):
    assert parameters(subjects(source)["A"].maker) == expected


def test_an_enumeration_is_not_made_but_its_members_are_known():
    source = """
    class Color(enum.Enum):
        RED = 1
        BLUE = GREEN = 2
        _ignored = 3
        @classmethod
        def parse(cls, text): pass
        def dark(self): pass
    """
    color = subjects(source)["Color"]
    assert color.maker is None
    assert color.targets == []
    assert [t.template for t in color.static] == ["Color.parse({args})"]
    members = enum_members(ast.parse(textwrap.dedent(source)))
    assert members == {"Color": ("Color.RED", "Color.BLUE", "Color.GREEN")}


def test_an_enumeration_without_methods_is_no_subject():
    assert subjects("class Color(Enum):\n    RED = 1") == {}


def test_names_of_types_are_aliases_and_other_names_are_not():
    tree = ast.parse("Row = dict[str, int]\nId: TypeAlias = int | str\nx = 1\ny = f(2)")
    assert aliases(tree) == {"Row": "dict[str, int]", "Id": "int | str"}
