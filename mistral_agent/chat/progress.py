"""Plan, steps and notices, for the stream beside the answer."""

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TextIO

from mistral_agent.chat.streams import console_on, is_styled, write_line
from mistral_agent.events import (
    ApprovalNeeded,
    Notice,
    PlanReady,
    PlanResumed,
    StepFinished,
    StepProgress,
    StepStarted,
)
from mistral_agent.plain_text import one_line, plain
from mistral_agent.planning.plan import Plan, Step

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

ProgressEvent = Notice | PlanReady | ApprovalNeeded | StepStarted | StepProgress | StepFinished

MAX_VALUE = 40
MAX_SHOWN = 400
MAX_ERROR = 1000
_COLOURS = {"done": "green", "failed": "red", "skipped": "yellow", "cancelled": "yellow"}


class Progress(Protocol):
    """Shows how a request goes on."""

    def show(self, event: ProgressEvent) -> None:
        """Show one event."""
        ...

    def say(self, text: str) -> None:
        """Show a line of our own."""
        ...

    def hold(self) -> None:
        """Take what moves off the screen, for something else to be written."""
        ...

    def preview(self, text: str) -> None:
        """Show what is being written, until it is written or held."""
        ...


def open_progress(stream: TextIO, environ: Mapping[str, str]) -> Progress:
    """The progress that suits the stream."""
    return LiveProgress(stream, environ) if is_styled(stream, environ) else PlainProgress(stream)


def plan_rows(ready: PlanReady) -> list[tuple[str, str, str, str]]:
    """A plan's steps as (id, tool, where each argument comes from, why it needs approval)."""
    return [
        (
            step.id,
            ready.names.get(step.id, step.tool),
            "; ".join([*_repetition(step), *(_argument(step, name) for name in step.args)]),
            ready.approvals.get(step.id, ""),
        )
        for step in ready.plan.steps
    ]


def approval_lines(event: ApprovalNeeded) -> list[str]:
    """What is asked about: the call, why, and each argument, of which both ends are shown."""
    step = event.step
    head = f"{step.id} {step.tool} of server {step.server} needs approval: {event.reason}"
    arguments = (f"  {one_line(name, 80)}: {_shown(value)}" for name, value in event.args.items())
    return [one_line(head, 500), *arguments]


def _shown(value: object) -> str:
    """A value on one line, its line ends and spaces to be seen; of a long one both ends."""
    is_plain = isinstance(value, str) and value == one_line(value, len(value) + 1)
    text = str(value) if is_plain else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > MAX_SHOWN:
        half = MAX_SHOWN // 2
        text = f"{text[:half]} … {text[-half:]} ({len(text)} characters)"
    return plain(text).replace("\n", " ")


def resumed_line(event: PlanResumed) -> str:
    """Which steps ended before, in one line."""
    ended = [f"{each.step.id} {each.step.tool} ({each.status})" for each in event.outcomes]
    return f"ended before: {', '.join(ended)}" if ended else "no step had ended before"


def outcome_line(event: StepFinished) -> str:
    """How a step ended, in one line."""
    reason = f": {one_line(event.error, MAX_ERROR)}" if event.error else ""
    is_timed = event.status == "done" or (event.status == "failed" and event.seconds > 0)
    seconds = f" in {event.seconds:.1f} s" if is_timed else ""
    return f"{event.status}{seconds}{reason}"


class PlainProgress:
    """Lines, for files, pipes and terminals that can do no more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._names: Mapping[str, str] = {}

    def show(self, event: ProgressEvent) -> None:
        """Write a line or a few; the steps' inner progress is left out."""
        match event:
            case Notice(text):
                self.say(f"note: {text}")
            case PlanReady(plan):
                self._names = event.names
                self.say(f"plan: {_count(plan)}")
                for step, tool, arguments, approval in plan_rows(event):
                    self.say(f"  {step}  {tool}  {arguments}".rstrip())
                    if approval:
                        self.say(f"    needs approval: {approval}")
            case ApprovalNeeded():
                for line in approval_lines(event):
                    self.say(line)
            case StepStarted(step):
                self.say(f"{step.id} {self._name(step)}: started")
            case StepFinished(step):
                self.say(f"{step.id} {self._name(step)}: {outcome_line(event)}")
            case StepProgress():
                pass

    def say(self, text: str) -> None:
        """Write a line."""
        write_line(self._stream, text)

    def hold(self) -> None:
        """Nothing moves here."""

    def preview(self, text: str) -> None:
        """Nothing moves here."""

    def _name(self, step: Step) -> str:
        return self._names.get(step.id, step.tool)


class LiveProgress:
    """A terminal: what is finished stays, what runs is a line that moves."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        self._console = console_on(stream, environ)
        self._running: dict[str, tuple[Step, float, str]] = {}
        self._preview = ""
        self._names: Mapping[str, str] = {}
        self._live: Live | None = None

    def show(self, event: ProgressEvent) -> None:
        """Show one event."""
        match event:
            case Notice(text):
                self.say(f"note: {text}")
            case PlanReady():
                self._names = event.names
                self._show_plan(event)
            case ApprovalNeeded():
                self.hold()
                for line in approval_lines(event):
                    self._console.print(line, markup=False, highlight=False, soft_wrap=True)
                return
            case StepStarted(step):
                self._running[step.id] = (step, time.monotonic(), "")
            case StepProgress(step):
                started = self._running.get(step.id, (step, time.monotonic(), ""))[1]
                self._running[step.id] = (step, started, _inner_progress(event))
            case StepFinished(step):
                self._running.pop(step.id, None)
                self._show_outcome(event)
        self._move()

    def say(self, text: str) -> None:
        """Show a line of our own, dimmed."""
        from rich.text import Text

        self._console.print(Text(one_line(text, 2000), style="dim"))

    def hold(self) -> None:
        """Clear the moving lines; the next event brings them back."""
        self._preview = ""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def preview(self, text: str) -> None:
        """Show the end of what is being written."""
        self._preview = text
        self._move()

    def __rich__(self) -> "Text":
        """The moving lines as they are now; rich asks several times a second."""
        from rich.text import Text

        now = time.monotonic()
        lines = [
            f"{one_line(self._name(step))} … {now - started:.0f} s  {message}".rstrip()
            for step, started, message in list(self._running.values())
        ]
        lines += [one_line(line, 500) for line in self._preview.splitlines()[-3:]]
        return Text("\n".join(lines), style="dim", no_wrap=True, overflow="ellipsis")

    def _move(self) -> None:
        if not self._running and not self._preview:
            self.hold()
        elif self._live is None:
            from rich.live import Live

            self._live = Live(
                self,
                console=self._console,
                transient=True,
                refresh_per_second=8,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)

    def _show_plan(self, ready: PlanReady) -> None:
        from rich.table import Table
        from rich.text import Text

        headers = ("step", "tool", "arguments", "needs approval")[: 4 if ready.approvals else 3]
        table = Table(*headers, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for row in plan_rows(ready):
            cells = (Text(one_line(cell, 500)) for cell in row[: len(headers)])
            table.add_row(*cells, style="dim")
        self._console.print(table)

    def _name(self, step: Step) -> str:
        return self._names.get(step.id, step.tool)

    def _show_outcome(self, event: StepFinished) -> None:
        from rich.text import Text

        status, _, rest = outcome_line(event).partition(" ")
        word = status.rstrip(":")
        text = Text(f"{one_line(self._name(event.step))} ")
        text.append(status, style=_COLOURS.get(word, ""))
        self._console.print(text.append(f" {rest}".rstrip()))


def _repetition(step: Step) -> list[str]:
    return [f"for each item of {one_line(step.for_each, MAX_VALUE)}"] if step.for_each else []


def _argument(step: Step, name: str) -> str:
    source = step.sources.get(name, "")
    value = step.args[name]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    is_long = len(text) > MAX_VALUE or "\n" in text or text.startswith("${")
    if source and is_long:
        return one_line(f"{name}: {source}")
    return one_line(f"{name}: {one_line(text, MAX_VALUE)}" + (f" ({source})" if source else ""))


def _inner_progress(event: StepProgress) -> str:
    message = one_line(event.message, 120)
    if event.total and event.total > 0:
        share = min(100, max(0, round(100 * event.progress / event.total)))
        return f"{message} ({share} %)".lstrip()
    return message


def _count(plan: Plan) -> str:
    return "1 step" if len(plan.steps) == 1 else f"{len(plan.steps)} steps"
