"""The module under test, executed: the original, and each mutant when it is first asked for."""

import __future__

import ast
import linecache
import sys
import time
import types
from collections.abc import Collection, Sequence
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
LINES_A_RUN = 400
"""A call that runs more lines counts as several runs."""
ENDLESS_RUNS = 1500
"""What a call that is ended counts as."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A case that was run.

    Args:
        outcome: What it gave.
        arcs: What it took.
        seconds: Of the processor.
        watch: What it compared.
        cost: How many runs it counts as.
    """

    outcome: Outcome
    arcs: frozenset[Arc]
    seconds: float
    watch: Watch
    cost: int = 1


@dataclass
class Module:
    """A module of that source and name; executing it may do anything, so it is in the sandbox.

    Args:
        source: Its source.
        name: Its name.
        path: Its file, as tracebacks show it.
        most_mutants: Bound on mutants.
        lines: Where mutants are; everywhere if None.
    """

    source: str
    name: str
    path: str
    most_mutants: int
    lines: Collection[int] | None = None
    mutants: list[Mutant] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.source)
        linecache.cache[self.path] = (
            len(self.source), None, self.source.splitlines(keepends=True), self.path,
        )  # fmt: skip
        self.mutants = mutants(self.tree, self.most_mutants, self.lines)
        self._flags = _future_flags(self.tree)
        self._code = [self._compiled(statement) for statement in self.tree.body]
        self._watched = list(map(self._compiled, watched(ast.parse(self.source)).body))
        self.runs = 0
        self._endless: set[int] = set()
        self._mutated: dict[int, dict[str, Any] | None] = {}
        self._tracer = Tracer(self.path)
        started = time.process_time()
        self.names = self.fresh()
        took = time.process_time() - started
        self._mutant_import = min(IMPORT_SECONDS, max(CALL_SECONDS, 5 * took))
        with self._tracer.on() as arcs:
            self._traced = self._executed(self._watched, {HOOK: Watch()})
        self.import_lines = lines_of(arcs)

    def fresh(self) -> dict[str, Any]:
        """The names of the module, executed anew.

        Raises:
            BaseException: Whatever executing it raises.
        """
        return self._executed(self._code, {})

    def _compiled(self, statement: ast.stmt) -> types.CodeType:
        """One statement of the module: a mutant needs only its own compiled anew."""
        body = ast.Module([statement], [])
        code: types.CodeType = compile(
            body, self.path, "exec", flags=self._flags, dont_inherit=True
        )
        return code

    def _executed(
        self, code: Sequence[types.CodeType], more: dict[str, Any], seconds: float = IMPORT_SECONDS
    ) -> dict[str, Any]:
        module = types.ModuleType(self.name)
        module.__dict__.update(more)
        module.__file__ = self.path
        sys.modules[self.name] = module
        with bounded(seconds):
            for part in code:
                exec(part, module.__dict__)  # noqa: S102  (what the sandbox is for)
        return module.__dict__

    def run(self, case: Case) -> Ran:
        """Run a case on the original, traced and watched."""
        watch = self._traced[HOOK] = Watch()
        started, ended = time.process_time(), 0
        with self._tracer.on() as arcs:
            try:
                with bounded(CALL_SECONDS):
                    outcome = run(case, self._traced, self.path)
            except OutOfTimeError:
                outcome, ended = Outcome(accident="out of time"), ENDLESS_RUNS
        cost = ended or 1 + self._tracer.lines // LINES_A_RUN
        self.runs += cost
        return Ran(outcome, frozenset(arcs), time.process_time() - started, watch, cost)

    def again(self, case: Case, names: dict[str, Any]) -> Outcome:
        """Run a case without tracing."""
        self.runs += 1
        try:
            with bounded(CALL_SECONDS):
                return run(case, names, self.path)
        except OutOfTimeError:
            return Outcome(accident="out of time")

    def kills(self, case: Case, ran: Ran, number: int) -> bool:
        """Whether a test of the case's outcome notices a mutant."""
        names = self._names_of(number)
        if names is None or number in self._endless:
            return True
        self.runs += ran.cost
        try:
            with bounded(min(max(MUTANT_SECONDS, 5 * ran.seconds), 2 * CALL_SECONDS)):
                outcome = run(case, names, self.path)
        except OutOfTimeError:
            self.runs += ENDLESS_RUNS // 5
            self._endless.add(number)  # to wait for it again would tell nothing new
            return True
        return outcome.tells != ran.outcome.tells

    def _names_of(self, number: int) -> dict[str, Any] | None:
        """The names of a mutant; None if it cannot even be executed."""
        if number not in self._mutated:
            self.runs += 3
            with applied(self.mutants[number]):
                try:
                    self._mutated[number] = self._mutant(self.mutants[number].line)
                except BaseException:  # noqa: BLE001  (whatever it raises, it does not work)
                    self._mutated[number] = None
        return self._mutated[number]

    def _mutant(self, line: int) -> dict[str, Any]:
        """The module executed with what is changed at a line: only that is compiled anew.

        A plain method is put into its class afterwards, as a class may be most of a module.
        """
        at = next(i for i, s in enumerate(self.tree.body) if s.lineno <= line <= _end(s))
        statement = self.tree.body[at]
        method = _plain_method(statement, line)
        if method is None or not isinstance(statement, ast.ClassDef):
            code = [*self._code[:at], self._compiled(statement), *self._code[at + 1 :]]
            return self._executed(code, {}, self._mutant_import)
        names = self._executed(self._code, {}, self._mutant_import)
        held = names[statement.name]
        exec(self._compiled(method), names)  # noqa: S102  (defines the method as a function)
        setattr(held, method.name, names.pop(method.name))
        if method.name == statement.name or method.name in self.names:
            names[method.name] = held if method.name == statement.name else self.names[method.name]
        return names


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _plain_method(node: ast.stmt, line: int) -> ast.FunctionDef | None:
    """The method of a class at a line, if it means the same outside of the class's body."""
    if not isinstance(node, ast.ClassDef):
        return None
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.lineno <= line <= _end(member):
            words = {n.id for n in ast.walk(member) if isinstance(n, ast.Name)}
            private = {
                n.attr for n in ast.walk(member) if isinstance(n, ast.Attribute)
            } | words  # fmt: skip
            mangled = any(w.startswith("__") and not w.endswith("__") for w in private)
            special = member.decorator_list or words & {"super", "__class__"} or mangled
            slots = any(
                "__slots__" in ast.unparse(m) for m in node.body if isinstance(m, ast.Assign)
            )
            return None if special or slots or member.name.startswith("__init_sub") else member
    return None


def _future_flags(tree: ast.Module) -> int:
    """The compiler's flags of the module's `from __future__ import`."""
    names = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    ]
    features = [getattr(__future__, name) for name in names if hasattr(__future__, name)]
    return sum({feature.compiler_flag for feature in features})
