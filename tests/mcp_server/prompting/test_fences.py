"""Code out of a model's answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.prompting import extract_code, has_whole_block


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Sure!\n```python\ndef f():\n    return 1\n```\nEnjoy.", "def f():\n    return 1\n"),
        ("```py\nx = 1\n```", "x = 1\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("~~~python\nx = 1\n~~~", "x = 1\n"),
        ("````python\ns = '''\n```\n'''\n````", "s = '''\n```\n'''\n"),
        ("- so:\n  ```python\n  def f():\n      pass\n  ```", "def f():\n    pass\n"),
        ("```bash\npip install x\n```\n```python\ndef f(): pass\n```", "def f(): pass\n"),
        ("```python\nf(1)\n```\n```python\ndef f(x):\n    return x\n```",
         "def f(x):\n    return x\n"),
        ("```python\ndef f(x):\n    return x\n```\nUse:\n```python\nf(1)\nprint(f(2))\nf(3)\n```",
         "def f(x):\n    return x\n"),
        ("```python\ndef f():\n    return 1\n\ndef g():\n    return (1 +",
         "def f():\n    return 1\n"),
        ("def f(x):\n    return x\n\nThis function returns x.", "def f(x):\n    return x\n"),
        ("Here it is:\n\nimport os\n\ndef g():\n    return os\n\nIt is good.",
         "import os\n\ndef g():\n    return os\n"),
        ("nothing of use", ""),
        ("", ""),
        ("```python\n", ""),
        ("```python\n```", ""),
        ("```python\ndef (:\n```", "def (:\n"),
    ],
)  # fmt: skip
def test_code_is_found_in_an_answer(answer, code):
    assert extract_code(answer) == code


def test_code_in_another_language_is_taken_as_it_is():
    answer = "```js\nlet a = 1;\n```\n```python\nx = 1\n```"

    assert extract_code(answer, "javascript") == "let a = 1;\n"
    assert extract_code("let a = 1;", "javascript") == "let a = 1;\n"


def test_a_block_is_whole_when_it_is_closed_and_not_empty():
    assert not has_whole_block("```python\nx = 1\n")
    assert not has_whole_block("```python\n```")
    assert has_whole_block("```python\nx = 1\n```")


@given(st.text(alphabet="`~ \nabdef():=", max_size=80))
def test_any_answer_is_read_without_failing(answer):
    code = extract_code(answer)
    assert code == "" or code.endswith("\n")
