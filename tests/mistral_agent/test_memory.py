"""What a conversation remembers as inputs."""

from mistral_agent.catalogue import Tool
from mistral_agent.intent.literals import extract_literals
from mistral_agent.memory import MAX_ARTIFACTS, Memory, remember, remember_code

TOOL = Tool("s", "make", "", "", {}, {"properties": {"code": {"type": "string"}}})


def test_texts_and_lists_are_kept_and_figures_and_empty_values_are_not():
    memory = remember(
        Memory(), TOOL, {"code": "x", "n": 3, "no": None, "e": " ", "l": [], "i": [1]}
    )
    assert [(a.name, a.value, a.label) for a in memory.artifacts] == [
        ("code", "x", "code of make"),
        ("i", [1], "i of make"),
    ]
    assert memory.artifacts[0].schema == {"type": "string"}


def test_the_newest_is_found_first():
    memory = remember(remember(Memory(), TOOL, {"code": "old"}), TOOL, {"code": "new"})
    last = memory.last()
    assert last is not None
    assert last.value == "new"
    assert memory.last(lambda each: each.name == "other") is None


def test_code_of_the_user_is_remembered():
    memory = remember_code(Memory(), extract_literals("see `x = 1`", {"a.py": "y"}).code)
    assert [(a.value, a.tool, a.label) for a in memory.artifacts] == [
        ("x = 1", "you", "the code in the message"),
        ("y", "you", "@a.py"),
    ]


def test_memory_is_bounded():
    memory = Memory()
    for number in range(MAX_ARTIFACTS + 5):
        memory = remember(memory, TOOL, {"code": str(number)})
    assert len(memory.artifacts) == MAX_ARTIFACTS
    assert remember(Memory(), TOOL, {"code": "x" * (2 << 20)}).artifacts == ()
