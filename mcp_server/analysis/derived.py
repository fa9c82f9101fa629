"""Tests that hold the present behaviour of code: rendered from what calls of it gave."""

import ast
import keyword
import re
from collections.abc import Iterable, Sequence

from mcp_server.analysis.probing import Seen
from mcp_server.analysis.testfiles import Framework, TestFile

CASES_EACH = 8
RAISES_EACH = 2
LONGEST_NAME = 60


def render_tests(
    seen: Sequence[Seen], framework: Framework, names: Sequence[str], module_name: str
) -> TestFile:
    """Write a test for each outcome that is worth holding.

    Args:
        seen: What calls gave, the most telling first.
        framework: Whose form the tests have.
        names: What the code defines.
        module_name: Where it is imported from.
    """
    chosen = choose(seen)
    if not chosen:
        return TestFile(problem="no call of the code has an outcome that can be recorded")
    titles = _titles(chosen)
    used = sorted({n for n in names if any(re.search(rf"\b{n}\b", _text(s)) for s in chosen)})
    imports = [f"from {module_name} import {', '.join(used)}"]
    if any(s.call.subject.is_async for s in chosen):
        imports.append("import asyncio")
    if framework == "unittest":
        return _unittest(chosen, titles, ["import unittest", *imports])
    if any(s.raised or _is_float(s.value) for s in chosen):
        imports.append("import pytest")
    tests = [
        (title, f"def {title}():\n{_body(s, 'pytest', '    ')}")
        for title, s in zip(titles, chosen, strict=True)
    ]
    return TestFile(tuple(imports), (), tuple(tests))


def choose(seen: Iterable[Seen]) -> list[Seen]:
    """The outcomes to hold: of each function the first with each value, and few exceptions.

    Where types were guessed, only calls like the first that gave a value are taken: how a
    function of numbers treats text is an accident.
    """
    kept: dict[tuple[str | None, str], list[Seen]] = {}
    for each in seen:
        subject = each.call.subject
        own = kept.setdefault((subject.owner, subject.name), [])
        if each.value == "None" and subject.returns_value is False and subject.owner:
            continue  # that a method for its effect returns nothing tells nothing
        raised = {s.raised for s in own if s.raised}
        if each.raised and (each.raised in raised or len(raised) >= RAISES_EACH):
            continue
        if each.value and sum(s.value == each.value for s in own) >= _repeats(each):
            continue
        if len(own) < CASES_EACH and _same_kind(own, each):
            own.append(each)
    return [each for own in kept.values() for each in own]


def _repeats(seen: Seen) -> int:
    """How often a value may be held: twice where it is one of few, such as True."""
    return 2 if seen.value in ("True", "False", "None", "0", "1") else 1


def import_test(framework: Framework, module_name: str, names: Sequence[str]) -> TestFile:
    """A test that the module can be imported and has its names: all that can be said of it."""
    if names:
        title, facts = "test_module_defines_its_names", [
            f"callable({module_name}.{n})" for n in names
        ]
    else:
        title, facts = "test_module_can_be_imported", [f"{module_name}.__name__"]
    imports = (f"import {module_name}",)
    if framework == "unittest":
        body = "\n".join(f"        self.assertTrue({fact})" for fact in facts)
        text = f"class TestModule(unittest.TestCase):\n    def {title}(self):\n{body}"
        return TestFile(("import unittest", *imports), (), (("TestModule", text),))
    body = "\n".join(f"    assert {fact}" for fact in facts)
    return TestFile(imports, (), ((title, f"def {title}():\n{body}"),))


def _unittest(chosen: Sequence[Seen], titles: Sequence[str], imports: Sequence[str]) -> TestFile:
    methods = [
        f"    def {title}(self):\n{_body(s, 'unittest', '        ')}"
        for title, s in zip(titles, chosen, strict=True)
    ]
    text = "class TestRecordedBehaviour(unittest.TestCase):\n" + "\n\n".join(methods)
    return TestFile(tuple(imports), (), (("TestRecordedBehaviour", text),))


def _body(seen: Seen, framework: Framework, indent: str) -> str:
    expression = _text(seen)
    if seen.raised:
        context = "self.assertRaises" if framework == "unittest" else "pytest.raises"
        return f"{indent}with {context}({seen.raised}):\n{indent}    {expression}"
    value = seen.value or "None"
    single = value in ("None", "True", "False")
    if framework == "unittest":
        if _is_float(value):
            return f"{indent}self.assertAlmostEqual({expression}, {value})"
        return f"{indent}self.{'assertIs' if single else 'assertEqual'}({expression}, {value})"
    if _is_float(value):
        return f"{indent}assert {expression} == pytest.approx({value})"
    return f"{indent}assert {expression} {'is' if single else '=='} {value}"


def _text(seen: Seen) -> str:
    expression = seen.call.expression
    return f"asyncio.run({expression})" if seen.call.subject.is_async else expression


def _same_kind(own: Sequence[Seen], each: Seen) -> bool:
    valued = [s for s in own if s.value is not None]
    if not each.call.guessed or not valued:
        return True
    return _shape(valued[0].call.expression) == _shape(each.call.expression)


def _shape(expression: str) -> tuple[str, ...]:
    """The types of a call's arguments."""
    node = ast.parse(expression, mode="eval").body
    if not isinstance(node, ast.Call):
        return ()
    return tuple(type(_value(a)).__name__ for a in (*node.args, *(k.value for k in node.keywords)))


def _titles(chosen: Sequence[Seen]) -> list[str]:
    """A name for each test, from what it calls and with what."""
    titles: list[str] = []
    for seen in chosen:
        base = _title(seen)
        title, number = base, 2
        while title in titles:
            title, number = f"{base}_{number}", number + 1
        titles.append(title)
    return titles


def _title(seen: Seen) -> str:
    subject = seen.call.subject
    whose = f"{_snake(subject.owner)}_{subject.name}" if subject.owner else subject.name
    node = ast.parse(seen.call.expression, mode="eval").body
    words = []
    if isinstance(node, ast.Call):
        words = [_word(_value(a)) for a in node.args]
        words += [f"{k.arg}_{_word(_value(k.value))}" for k in node.keywords]
    of = f"_of_{'_and_'.join(words)}" if words else ""
    if len(whose + of) > LONGEST_NAME:
        of = ""
    raises = f"_raises_{_snake(seen.raised)}" if seen.raised else ""
    title = re.sub(r"\W+", "_", f"test_{whose.strip('_')}{of}{raises}").strip("_")
    return f"{title}_" if keyword.iskeyword(title) else title


def _value(node: ast.expr) -> object:
    return ast.literal_eval(node)


def _word(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int | float):
        return ("minus_" if value < 0 else "") + str(abs(value)).replace(".", "_")
    if isinstance(value, str):
        return _snake(value) or ("blank" if value else "empty_string")
    kind = type(value).__name__
    size = len(value) if isinstance(value, list | tuple | dict | set | bytes) else 0
    return f"{kind}_of_{size}" if size else f"empty_{kind}"


def _snake(text: str | None) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text or "")
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:30]


def _is_float(text: str | None) -> bool:
    return text is not None and isinstance(ast.literal_eval(text), float)
