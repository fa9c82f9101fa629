"""Candidates of generated code: asked for, checked and ranked until one passes."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.candidates import Reading
from mcp_server.analysis.examples import Example, as_tests
from mcp_server.analysis.findings import canonical, grade
from mcp_server.analysis.linters import RawFinding
from mcp_server.prompting import Sampling, extract_code, generate_text, has_whole_block, prompt_text
from mcp_server.sandbox.pytest_runner import TestReport, run_tests
from mcp_server.services import Services
from mcp_server.tools.checks import Check, CheckStatus

CANDIDATES = 3
WARMTH = 0.8
"""Temperature of the candidates after the greedy one: they shall differ."""
MODULE = "solution"
MODEL_SHARE = 0.75
"""Of the time that is left to the call, what the model may use."""
SMALL_MODEL_TOKENS = 512
"""A small model that has not come to an end by then is repeating itself."""

Progress = Callable[[float, float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CodeTask:
    """What shall be written; `name` is what it shall be called, where the request says."""

    description: str
    language: str
    style: str
    name: str | None
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer's code with what was checked; `reading` is None where it cannot be read."""

    code: str
    reading: Reading | None
    checks: tuple[Check, ...]

    @property
    def passes(self) -> bool:
        """It has code, and no check that ran failed."""
        return bool(self.code) and all(c.status != "failed" for c in self.checks if c.required)

    @property
    def rank(self) -> tuple[bool, bool, int, int]:
        """Any code, then valid code, then passed examples, then other passed checks."""
        valid = self.reading is not None and self.reading.problem is None
        behaviour = sum(c.status == "passed" for c in self.checks if c.kind == "behaviour")
        static = sum(c.status == "passed" for c in self.checks if c.kind == "static")
        return bool(self.code), valid, behaviour, static


async def write_code(given: Services, task: CodeTask, progress: Progress) -> list[Candidate]:
    """Ask for candidates until one passes, `CANDIDATES` were seen, or the time is over.

    Returns:
        All candidates, at least one.

    Raises:
        BackendError: The model fails.
    """
    seconds = (anyio.current_effective_deadline() - anyio.current_time()) * MODEL_SHARE
    until = anyio.current_time() + seconds
    found: list[Candidate] = []
    for number in range(CANDIDATES):
        left = until - anyio.current_time()
        if found and left < seconds / CANDIDATES / 2:
            break
        answer = await _answer(given, task, number, left, progress)
        found.append(await check_code(given, task, answer))
        if found[-1].passes:
            break
    return found


async def check_code(given: Services, task: CodeTask, code: str) -> Candidate:
    """Check a candidate: it parses, defines the name, is clean, and does what examples say."""
    if task.language != "python" or not code:
        detail = "no code" if not code else f"{task.language} is not checked in this version"
        return Candidate(code, None, (_static("parses", "not_run", detail),))
    run = given.workers.run
    reading: Reading = await run("mcp_server.analysis.candidates:read_python", code, tool="parser")
    if reading.problem:
        return Candidate(code, reading, (_static("parses", "failed", reading.problem),))
    code = await _formatted(given, code)
    checks = [_static("parses", "passed")]
    if task.name:
        checks.append(_defines(task.name, reading))
    checks.append(await _lints(given, code))
    checks += await _run_examples(given, task, code)
    return Candidate(code, reading, tuple(checks))


async def _answer(
    given: Services, task: CodeTask, number: int, seconds: float, progress: Progress
) -> str:
    settings = given.settings.tools.code_generation
    info = given.backend.info
    small = info.quality == "small"
    step = f"candidate {number + 1} of {CANDIDATES}"
    await progress(number, CANDIDATES, f"generating {step}")

    async def told(pieces: int) -> None:
        await progress(number, CANDIDATES, f"generating {step}: {pieces} tokens")

    most = min(settings.max_new_tokens, SMALL_MODEL_TOKENS) if small else settings.max_new_tokens
    warm = number > 0 and (small or given.settings.model.do_sample)
    model = given.settings.model
    first = 0.0 if small or not model.do_sample else model.temperature
    generated = await generate_text(
        given.backend,
        prompt_text(
            "code",
            language=_shown(task.language),
            description=task.description,
            details=_details(task),
        ),
        Sampling(
            max_tokens=most,
            temperature=WARMTH if warm else first,
            top_p=model.top_p if warm or first else 1.0,
            seed=number,
            stop=settings.stop_sequences,
        ),
        seconds=seconds,
        enough=has_whole_block,
        progress=told,
    )
    return extract_code(generated.text, task.language)


def _details(task: CodeTask) -> str:
    """What the model needs to be told besides the request, which a small one is better without."""
    details = ""
    if task.name and not re.search(rf"\b{re.escape(task.name)}\b", task.description):
        details += f" Name it {task.name}."
    if task.style in ("google", "numpy"):
        details += f" Write {task.style.capitalize()} style docstrings."
    return details


def _shown(language: str) -> str:
    return {"cpp": "C++", "csharp": "C#", "javascript": "JavaScript", "typescript": "TypeScript",
            "php": "PHP", "sql": "SQL"}.get(language, language.capitalize())  # fmt: skip


async def _formatted(given: Services, code: str) -> str:
    """The code formatted by black where that keeps its meaning."""
    line_length = given.settings.coding_standard().line_length
    try:
        done = await given.workers.run(
            "mcp_server.analysis.formatters:format_python", code, "black", line_length, tool="black"
        )
    except ToolError:
        return code
    return str(done.code) if done.same_meaning else code


def _defines(name: str, reading: Reading) -> Check:
    if name in reading.names:
        return _static(f"defines {name}", "passed")
    instead = f"it defines {', '.join(reading.names) or 'nothing'}"
    return _static(f"defines {name}", "failed", instead)


async def _lints(given: Services, code: str) -> Check:
    """No finding of ruff's is critical or major, docstrings and annotations apart."""
    line_length = given.settings.coding_standard().line_length
    try:
        raw: list[RawFinding] = await given.workers.run(
            "mcp_server.analysis.linters:ruff", code, "pep8", line_length, tool="ruff"
        )
    except ToolError as error:
        return _static("lints", "not_run", str(error), required=False)
    grave = [f for f in raw if grade(canonical(f.source, f.rule))[0] in ("critical", "major")]
    if not grave:
        return _static("lints", "passed", "ruff found nothing critical or major", required=False)
    named = "; ".join(f"line {f.line}: {f.message} ({f.rule})" for f in grave[:3])
    return _static("lints", "failed", named, required=False)


async def _run_examples(given: Services, task: CodeTask, code: str) -> list[Check]:
    if not task.examples:
        return []
    report = await run_tests(
        given.sandbox,
        code,
        as_tests(list(task.examples), MODULE),
        module_name=MODULE,
        seconds=given.settings.sandbox.seconds,
    )
    return [
        example_check(example, number, report) for number, example in enumerate(task.examples, 1)
    ]


def example_check(example: Example, number: int, report: TestReport) -> Check:
    """What a run of `as_tests` says of its example `number`."""
    node = next((n for n in report.collected if n.endswith(f"::test_example_{number}")), None)
    outcome = report.outcomes.get(node) if node else None
    detail = (report.messages.get(node, "") if node else "") or (report.problem or "")
    status: CheckStatus = "passed" if outcome == "passed" else "failed"
    if outcome is None and not _is_failure(report):
        status, detail = "not_run", detail or "it was not run"
    return Check(
        name=f"example {example}",
        kind="behaviour",
        required=True,
        status=status,
        detail=detail.strip().splitlines()[0] if detail.strip() else "",
    )


def _is_failure(report: TestReport) -> bool:
    """Whether tests that did not run are the code's fault rather than this machine's."""
    problem = report.problem or ""
    return not (problem.startswith("not run") or problem.endswith("is not installed"))


def _static(name: str, status: CheckStatus, detail: str = "", *, required: bool = True) -> Check:
    return Check(name=name, kind="static", required=required, status=status, detail=detail)
