"""The question whether a step may run."""

import io

import pytest

from mistral_agent.chat.approving import QUESTION, approve, decision_of
from mistral_agent.chat.render import Renderer
from mistral_agent.chat.state import Chat
from mistral_agent.events import ApprovalNeeded
from mistral_agent.planning.plan import Step

pytestmark = pytest.mark.anyio


class Said:
    """Lines of a person in answer to questions."""

    def __init__(self, *answers, interactive=True):
        self.answers = list(answers)
        self.interactive = interactive
        self.questions = []

    async def read(self):
        raise AssertionError("a message is no answer")

    async def ask(self, question):
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else None


async def ask(lines, *, approve_all=False):
    decisions, progress = [], io.StringIO()
    event = ApprovalNeeded(Step("s1", "s", "t", {}), {"a": 1}, "it writes", decisions.append)
    chat = Chat(None, None, Renderer(io.StringIO(), progress, {}), lines, approve_all)
    await approve(chat, event)
    return decisions, progress.getvalue()


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("y", "once"),
        (" YES ", "once"),
        ("a", "session"),
        ("Always", "session"),
        ("n", "no"),
        ("no", "no"),
        ("", "no"),
        ("yes, but not there", None),
        ("ye", None),
        ("1", None),
    ],
)
def test_a_line_says_yes_no_or_always(line, decision):
    assert decision_of(line) == decision


async def test_what_is_no_answer_is_asked_again():
    lines = Said("what?", "yes")
    decisions, progress = await ask(lines)
    assert decisions == ["once"]
    assert lines.questions == [QUESTION, QUESTION]
    assert "type yes, no or always" in progress
    assert "needs approval: it writes" in progress


async def test_the_end_of_the_input_is_a_no():
    assert (await ask(Said("hm")))[0] == ["no"]


async def test_nobody_is_asked_where_nobody_sits():
    lines = Said("yes", interactive=False)
    assert await ask(lines) == ([], "")
    assert lines.questions == []


async def test_who_said_yes_to_all_is_not_asked():
    lines = Said()
    decisions, progress = await ask(lines, approve_all=True)
    assert decisions == ["once"]
    assert lines.questions == []
    assert "approved by --yes" in progress
