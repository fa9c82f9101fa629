"""What a test file imports, and the test that says only that the module can be imported."""

import re
from collections.abc import Collection, Sequence

from mcp_server.analysis.testfiles import Framework, TestFile
from mcp_server.search.values import IMPORTS


def imports_of(bodies: Sequence[str], names: Collection[str], module_name: str) -> list[str]:
    """Import lines for all names that the bodies of tests use: Python's own, pytest, the module."""
    text = "\n".join(bodies)
    bare = re.sub(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"", "''", text)
    words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", bare))
    used = sorted(words & set(names))
    lines = [line for name, line in IMPORTS.items() if name in words and name not in names]
    if "pytest" in words:
        lines.append("import pytest")
    if used:
        lines.append(f"from {module_name} import {', '.join(used)}")
    return lines


def import_test(framework: Framework, module_name: str, names: Sequence[str]) -> TestFile:
    """A test that the module can be imported and has its names: all that can be said of it."""
    if names:
        name, facts = (
            "test_module_defines_its_names",
            [f"callable({module_name}.{n})" for n in names],
        )
    else:
        name, facts = "test_module_can_be_imported", [f"{module_name}.__name__"]
    imports = (f"import {module_name}",)
    if framework == "unittest":
        body = "\n".join(f"        self.assertTrue({fact})" for fact in facts)
        text = f"class TestModule(unittest.TestCase):\n    def {name}(self):\n{body}"
        return TestFile(("import unittest", *imports), (), (("TestModule", text),))
    body = "\n".join(f"    assert {fact}" for fact in facts)
    return TestFile(imports, (), ((name, f"def {name}():\n{body}"),))
