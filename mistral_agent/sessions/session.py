"""One conversation, open for going on with it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType

from mistral_agent.catalogue import Tool
from mistral_agent.errors import SessionError
from mistral_agent.events import StepFinished
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.sessions.records import (
    AnswerRecord,
    BegunRecord,
    MessageRecord,
    NoteRecord,
    PlanRecord,
    Record,
    Role,
    StepRecord,
    SummaryRecord,
)

Append = Callable[[Record, bool], None]


class Session:
    """A conversation; each record is where it is kept before `append` returns.

    Args:
        session_id: Its id.
        started: When it began.
        records: What happened so far, oldest first.
        problems: What of its file could not be read, one line each.
        append: Keeps a record, and waits for the disk where it is told to; None where the
            conversation is open for reading alone.
        close: Releases what holds it open.
    """

    def __init__(
        self,
        session_id: str,
        started: datetime,
        *,
        records: Iterable[Record] = (),
        problems: tuple[str, ...] = (),
        append: Append | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = session_id
        self.started = started
        self.records: list[Record] = list(records)
        self.problems = problems
        self._append = append
        self._close = close

    def append(self, record: Record, wait: bool = True) -> None:
        """Add a record.

        Args:
            record: The record.
            wait: Until a power cut cannot lose it; without, only the end of this process cannot.

        Raises:
            SessionStorageError: It could not be kept; it is not among `records` then.
            SessionError: The conversation is open for reading alone, or closed.
        """
        if self._append is None:
            raise SessionError(f"session {self.id!r} is not open for writing")
        self._append(record, wait)
        self.records.append(record)

    def add_message(self, role: Role, content: str) -> None:
        """Add a message."""
        self.append(MessageRecord(role, content))

    def add_plan(self, plan: Plan) -> None:
        """Add a plan."""
        self.append(PlanRecord(plan))

    def add_begun(self, step: Step, tool: Tool) -> None:
        """Add that a step's call is about to go out; `run_plan` can be given it as `begin`.

        Where a power cut may lose it, because the tool only reads, it does not wait for the disk.
        """
        self.append(BegunRecord(step.id), wait=not tool.only_reads)

    def add_step(self, outcome: StepFinished) -> None:
        """Add a step's outcome; it can be given to `run_plan` as `record`."""
        self.append(StepRecord(outcome))

    def add_answer(self, text: str) -> None:
        """Add an answer."""
        self.append(AnswerRecord(text))

    def add_note(self, text: str) -> None:
        """Add a note."""
        self.append(NoteRecord(text))

    def add_summary(self, text: str, messages: int) -> None:
        """Add a summary of the first `messages` messages and answers."""
        self.append(SummaryRecord(text, messages))

    def close(self) -> None:
        """Let other processes open it; safe to call twice."""
        self._append = None
        self._close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
