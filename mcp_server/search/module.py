"""The module under test, executed: the original, and each mutant when it is first asked for."""

import ast
import linecache
import sys
import time
import types
from dataclasses import dataclass, field
from typing import Any

from .cases import Case
from .comparisons import HOOK, Watch, watched
from .mutants import Mutant, applied, mutants
from .outcomes import Outcome, run
from .tracing import Arc, OutOfTimeError, Tracer, bounded, lines_of

CALL_SECONDS = 0.5
MUTANT_SECONDS = 0.1
IMPORT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Ran:
    """A case that was run: its outcome, the arcs it took, how many seconds, what it compared."""

    outcome: Outcome
    arcs: frozenset[Arc]
    seconds: float
    watch: Watch


@dataclass
class Module:
    """A module of that source and name; executing it may do anything, so it is in the sandbox.

    Args:
        source: Its source.
        name: Its name.
        path: Its file, as tracebacks show it.
        most_mutants: Bound on mutants.
    """

    source: str
    name: str
    path: str
    most_mutants: int
    mutants: list[Mutant] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.source)
        linecache.cache[self.path] = (
            len(self.source), None, self.source.splitlines(keepends=True), self.path,
        )  # fmt: skip
        self.mutants = mutants(self.tree, self.most_mutants)
        self._code = compile(self.tree, self.path, "exec")
        self._watched = compile(watched(ast.parse(self.source)), self.path, "exec")
        self._mutated: dict[int, dict[str, Any] | None] = {}
        self._tracer = Tracer(self.path)
        self.names = self.fresh()
        with self._tracer.on() as arcs:
            self._traced = self._executed(self._watched, {HOOK: Watch()})
        self.import_lines = lines_of(arcs)

    def fresh(self) -> dict[str, Any]:
        """The names of the module, executed anew.

        Raises:
            BaseException: Whatever executing it raises.
        """
        return self._executed(self._code, {})

    def _executed(self, code: types.CodeType, more: dict[str, Any]) -> dict[str, Any]:
        module = types.ModuleType(self.name)
        module.__dict__.update(more)
        module.__file__ = self.path
        sys.modules[self.name] = module
        with bounded(IMPORT_SECONDS):
            exec(code, module.__dict__)  # noqa: S102  (what the sandbox is for)
        return module.__dict__

    def run(self, case: Case) -> Ran:
        """Run a case on the original, traced and watched."""
        watch = self._traced[HOOK] = Watch()
        started = time.perf_counter()
        with self._tracer.on() as arcs:
            try:
                with bounded(CALL_SECONDS):
                    outcome = run(case, self._traced, self.path)
            except OutOfTimeError:
                outcome = Outcome(accident="out of time")
        return Ran(outcome, frozenset(arcs), time.perf_counter() - started, watch)

    def again(self, case: Case, names: dict[str, Any]) -> Outcome:
        """Run a case without tracing."""
        try:
            with bounded(CALL_SECONDS):
                return run(case, names, self.path)
        except OutOfTimeError:
            return Outcome(accident="out of time")

    def kills(self, case: Case, ran: Ran, number: int) -> bool:
        """Whether a test of the case's outcome notices a mutant."""
        names = self._names_of(number)
        if names is None:
            return True
        try:
            with bounded(min(max(MUTANT_SECONDS, 5 * ran.seconds), 2 * CALL_SECONDS)):
                outcome = run(case, names, self.path)
        except OutOfTimeError:
            return True
        return outcome.tells != ran.outcome.tells

    def _names_of(self, number: int) -> dict[str, Any] | None:
        """The names of a mutant; None if it cannot even be executed."""
        if number not in self._mutated:
            with applied(self.mutants[number]):
                try:
                    code = compile(self.tree, self.path, "exec")
                    self._mutated[number] = self._executed(code, {})
                except BaseException:  # noqa: BLE001  (whatever it raises, it does not work)
                    self._mutated[number] = None
        return self._mutated[number]
