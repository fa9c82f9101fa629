"""Events for people: the answer on one stream, everything else on another."""

import os
from collections.abc import Mapping, Sequence
from typing import TextIO

from mistral_agent.chat.progress import open_progress, resumed_line
from mistral_agent.chat.streams import (
    console_on,
    forgiving,
    is_styled,
    write_line,
    write_markdown,
    write_table,
)
from mistral_agent.events import (
    Answer,
    AnswerDelta,
    Clarification,
    Event,
    PlanResumed,
    Summarised,
)
from mistral_agent.markdown import open_fence_after
from mistral_agent.plain_text import one_line, plain
from mistral_agent.planning.plan import Question

PREVIEW = 500


class Renderer:
    """Shows the events of requests, one after the other.

    Args:
        answers: Takes answers and questions, and nothing else: standard output.
        progress: Takes plans, steps and notices: standard error.
        environ: TERM, NO_COLOR and COLUMNS are read from here.
    """

    def __init__(
        self, answers: TextIO, progress: TextIO, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._environ = environ
        self._answers = forgiving(answers)
        self._progress = open_progress(forgiving(progress), environ)
        self._styled = is_styled(answers, environ)
        self._draft = Draft(by_line=not self._styled)
        self._in_line = False

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case AnswerDelta(text):
                self._write(self._draft.add(text))
                if self._styled:
                    self._progress.preview(plain(self._draft.pending[-PREVIEW:]))
            case Answer(text):
                self._write(self._draft.finish(text))
                self._end_line()
            case Clarification(questions):
                self.flush()
                write_line(self._answers, questions_text(questions))
            case Summarised(messages, text):
                earlier = one_line(text, PREVIEW)
                which = "message is" if messages == 1 else "messages are"
                self.say(f"{messages} earlier {which} summarised: {earlier}")
            case PlanResumed():
                self.say(resumed_line(event))
            case _:
                self._progress.show(event)

    def say(self, text: str) -> None:
        """Show a line of our own beside the answers."""
        self._progress.hold()
        self._progress.say(text)

    def markdown(self, text: str) -> None:
        """Write Markdown among the answers."""
        self._write(text)
        self._end_line()

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table among the answers."""
        self._progress.hold()
        write_table(self._answers, headers, rows, self._environ)

    def clear(self) -> None:
        """Clear the screen, where there is one."""
        self._progress.hold()
        if self._styled:
            console_on(self._answers, self._environ).clear()

    def flush(self) -> None:
        """Write what was begun and not finished, and stop whatever moves."""
        self._progress.hold()
        self._write(self._draft.finish(None))
        self._end_line()

    def _write(self, text: str) -> None:
        """Write a part of an answer: blocks on a terminal, elsewhere what it is."""
        if self._styled:
            if text.strip():
                self._progress.hold()
                write_line(self._answers, "")
                write_markdown(self._answers, text.strip("\n"), self._environ)
        elif text:
            self._progress.hold()
            self._answers.write(plain(text))
            self._answers.flush()
            self._in_line = not text.endswith("\n")

    def _end_line(self) -> None:
        if self._in_line:
            write_line(self._answers, "")
            self._in_line = False


def questions_text(questions: tuple[Question, ...]) -> str:
    """Numbered questions, each with its choices and its default."""
    lines = []
    for place, question in enumerate(questions, start=1):
        lines.append(f"{place}. {one_line(question.text, 1000)}")
        if question.choices:
            lines.append(f"   Choices: {', '.join(one_line(c) for c in question.choices)}.")
        if question.default is not None:
            lines.append(f"   Default: {one_line(question.default)}.")
    return "\n".join(lines)


class Draft:
    """An answer as it arrives: it gives out what is complete, so that it can be laid out.

    Args:
        by_line: Complete is a line; otherwise a block of Markdown that ended.
    """

    def __init__(self, *, by_line: bool) -> None:
        self._by_line = by_line
        self._text, self._given = "", 0
        # Lines are read once: where reading stopped, the fence open there, the last complete end.
        self._read, self._inside, self._complete = 0, "", 0

    @property
    def pending(self) -> str:
        """What has arrived and is not given out."""
        return self._text[self._given :]

    def add(self, text: str) -> str:
        """Take a piece, and give out what is now complete."""
        self._text += text
        self._read_lines()
        given, self._given = self._text[self._given : self._complete], self._complete
        return given

    def finish(self, answer: str | None) -> str:
        """Give out the rest, and begin anew.

        Args:
            answer: The whole answer; what of it was given out before is not repeated. None where
                the answer was cut short.
        """
        text, given = self._text, self._given
        self._text, self._given = "", 0
        self._read, self._inside, self._complete = 0, "", 0
        if answer is None:
            return text[given:]
        return answer[given:] if answer.startswith(text[:given]) else answer

    def _read_lines(self) -> None:
        while (end := self._text.find("\n", self._read) + 1) > 0:
            line = self._text[self._read : end]
            self._inside = open_fence_after(self._inside, line)
            if self._by_line or not (self._inside or line.strip()):
                self._complete = end
            self._read = end
