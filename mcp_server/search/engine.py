"""The search for cases of one subject: by coverage first, then for mutants that nothing notices."""

import ast
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from random import Random

from .budget import Budget
from .cases import Case, Parameter, Step
from .comparisons import CompareGoal, distances
from .inputs import MISTYPED, Inputs, plain_steps
from .module import Module, Ran
from .moves import Moves
from .outcomes import Outcome
from .subjects import Subject
from .tracing import Arc, lines_of
from .values import shape

PLAIN_EACH = 40
PATIENCE = 500
"""Calls without anything new, beyond half of those that were not in vain, end a search."""
OFTEN = 25
"""A mutant that so many calls did not tell from the code is tried with ever fewer of them."""
PROBING = 0.4
"""Of the runs of a search, what finding the kinds of parameters may take."""
CALLS_OF_RESULT = 6
LONGEST_CALL = 160
_IMPLICIT = ("ValueError", "KeyError", "IndexError", "ZeroDivisionError", "StopIteration",
             "LookupError", "UnicodeDecodeError", "UnicodeEncodeError", "OverflowError",
             "JSONDecodeError", "InvalidOperation", "FileNotFoundError")  # fmt: skip

Goal = tuple[str, int] | tuple[str, Arc]


@dataclass
class Kept:
    """A case that shows something that no case before it showed.

    Args:
        case: What is done.
        ran: What it gave.
        kills: Mutants that it notices.
        documented: It is an example of the code's own documentation.
    """

    case: Case
    ran: Ran
    kills: set[int] = field(default_factory=set)
    documented: bool = False

    @property
    def goals(self) -> set[Goal]:
        """All that it shows: arcs and mutants."""
        return {("arc", a) for a in self.ran.arcs} | {("kill", k) for k in self.kills}

    @property
    def shapes(self) -> tuple[str, ...]:
        """The kinds of its values."""
        return tuple(shape(value) for _, value in self.case.last.values)


@dataclass
class Search:
    """The search for one subject.

    Args:
        module: The module, executed.
        subject: What is tested.
        inputs: Values of parameters.
        random: Decides all that is left to chance.
        budget: Its end.
    """

    module: Module
    subject: Subject
    inputs: Inputs
    random: Random
    budget: Budget

    def __post_init__(self) -> None:
        self.kept: list[Kept] = []
        self._seen: set[str] = set()
        self._arcs: set[Arc] = set()
        self._parents: list[tuple[Case, set[int]]] = []
        self._visited: set[Arc] = set()
        self._nearest: dict[CompareGoal, tuple[float, Case, tuple[object, object]]] = {}
        self._shapes: dict[str, set[tuple[str, ...]]] = {}
        self._alive = set(range(len(self.module.mutants)))
        self._moves = Moves(self.subject, self.inputs, self.random)
        self._tries: Counter[int] = Counter()
        self._hunting = False
        self._other_classes = [
            range(n.lineno, (n.end_lineno or n.lineno) + 1)
            for n in self.module.tree.body
            if isinstance(n, ast.ClassDef) and n is not self.subject.node
        ]
        self._passed: list[tuple[Case, Ran]] = []
        self._probing = self.budget
        self.evaluated = 0
        self.told: Callable[[Kept], None] = lambda _: None

    def run(self, documented: Sequence[Case] = ()) -> list[Kept]:
        """Search until there is nothing left, nothing new, or no time; gives what was kept."""
        for case in documented:
            self._try(case, documented=True)
        self._probe()
        self._plain()
        self._hunt()
        progress = tried = 0
        while not self.budget.is_over and (self._alive or self._unreached()):
            tried += 1
            self.module.runs += 1  # also where nothing was new enough to be run
            if self._try(self._next()):
                progress = tried
            if tried - progress > PATIENCE + 0.5 * progress:
                break
        return self.kept

    def _probe(self) -> None:
        """Find what untyped parameters take; no target may use up the time of the others."""
        targets, whole = self._moves.targets, self.budget.part(PROBING)
        for number, target in enumerate(targets):
            self._probing = whole.part(1 / (len(targets) - number))
            self.inputs.probe(target, self._moves.case_of, self._attempt)

    def _hunt(self) -> None:
        """From now on mutants count: first what the cases kept so far notice, then the others."""
        self._hunting = True
        for each in self.kept:
            each.kills |= self._kills(each.case, each.ran)
            self._alive -= each.kills
        for case, ran in self._passed:
            kills = self._kills(case, ran)
            if kills and self.module.again(case, self.module.names).tells == ran.outcome.tells:
                self._keep(Kept(case, ran, kills))
        self._passed.clear()

    def _attempt(self, case: Case) -> tuple[Outcome, set[Arc]]:
        if self._probing.is_over:
            return Outcome(accident="out of time"), set()
        ran = self.module.run(case)
        # What making an instance takes is no progress: a class's lines are its own business.
        classes = self._other_classes
        own = {a for a in ran.arcs if not any(abs(a[1]) in lines for lines in classes)}
        return ran.outcome, own

    def _unreached(self) -> bool:
        node = self.subject.node
        reached = lines_of(self._arcs) | self.module.import_lines
        own = {
            m.line for m in self.module.mutants
            if node.lineno <= m.line <= (node.end_lineno or node.lineno)
        }  # fmt: skip
        return bool(own - reached)

    def _plain(self) -> None:
        every = [plain_steps(target, self.inputs, PLAIN_EACH) for target in self._moves.targets]
        # In turns, so that one target that does not end leaves time for the others.
        for step in (s for steps in zip_longest(*every) for s in steps if s is not None):
            if self.budget.is_over:
                return
            self._try(self._moves.case_of(step))
        if self.subject.maker:
            for _ in range(10 * len(self.subject.targets)):
                if self.budget.is_over:
                    return
                self._try(self._moves.sampled())

    def _next(self) -> Case:
        """What to try next: near a comparison's other answer, near a living mutant, or new."""
        roll = self.random.random()
        if roll < 0.35 and (open_goals := [g for g, n in self._nearest.items() if n[0] > 0]):
            _, case, pair = self._nearest[self.random.choice(open_goals)]
            if self.random.random() < 0.4:
                return self._moves.with_operand(case, pair)
            return self._moves.changed(case)
        if self._parents and roll < 0.85:
            pool = self._parents
            if self._alive and roll < 0.65:
                line = self.module.mutants[self.random.choice(sorted(self._alive))].line
                pool = [p for p in pool if line in p[1]] or pool
            return self._moves.changed(self.random.choice(pool)[0])
        return self._moves.sampled()

    def _try(self, case: Case, *, documented: bool = False) -> bool:
        """Run a case; keep it if it shows something new. True if it did, or leads further."""
        if not self._is_new(case):
            return False
        self.evaluated += 1
        ran = self.module.run(case)
        if ran.outcome.step >= 0 and ran.outcome.raised:
            return self._try(_suppressing(case, ran.outcome))
        nearer = self._note(case, ran)
        if ran.outcome.gives is not None and nearer:
            return self._called(case, ran.outcome.gives)
        if not documented and not self.is_worth_holding(case, ran.outcome):
            return nearer
        kills = self._kills(case, ran) if self._hunting else set()
        shows = ran.arcs - self._arcs or kills or documented
        if not shows and not self._hunting:
            self._passed.append((case, ran))
        if not shows or self.module.again(case, self.module.names).tells != ran.outcome.tells:
            return nearer
        self._keep(Kept(case, ran, kills, documented))
        return True

    def _called(self, case: Case, names: tuple[str, ...]) -> bool:
        """Try what a case gives: functions and decorators are seen through their results."""
        step = case.last
        inner = step.text(case.receiver)
        if step.target.is_async or len(inner) > LONGEST_CALL:
            return False
        target = replace(
            step.target,
            template="({args})",
            before=inner,
            parameters=tuple(Parameter(name) for name in names),
        )
        found = False
        for _ in range(CALLS_OF_RESULT):
            kinds = {p.name: self.inputs.candidates(p)[:2] for p in target.parameters}
            values = {n: self.random.choice(self.random.choice(k).plain) for n, k in kinds.items()}
            called = Step(target, tuple(values.items()))
            found = self._try(replace(case, steps=(*case.steps[:-1], called))) or found
        return found

    def _is_new(self, case: Case) -> bool:
        try:
            key = case.key()
        except (RecursionError, ValueError, TypeError):
            return False
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _keep(self, kept: Kept) -> None:
        self._arcs |= kept.ran.arcs
        self._alive -= kept.kills
        self.kept.append(kept)
        self.told(kept)
        self._moves.makers += [kept.case.maker] if kept.case.maker else []
        self._parents.append((kept.case, lines_of(set(kept.ran.arcs))))
        if not kept.ran.outcome.raised:
            self._shapes.setdefault(kept.case.last.target.name, set()).add(kept.shapes)

    def _note(self, case: Case, ran: Ran) -> bool:
        """Remember a case to start from, where it leads further; True if it does."""
        further = bool(ran.arcs - self._visited)
        self._visited |= ran.arcs
        for goal, far, pair in distances(ran.watch):
            before = self._nearest.get(goal)
            if (
                before is None
                or far < before[0]
                or (far == before[0] and self.random.random() < 0.05)
            ):
                further = further or (before is not None and far == 0)
                self._nearest[goal] = (far, case, pair)
        if further:
            self._parents.append((case, lines_of(set(ran.arcs))))
        return further

    def _kills(self, case: Case, ran: Ran) -> set[int]:
        reached = lines_of(set(ran.arcs)) | self.module.import_lines
        found = set()
        for number in sorted(self._alive):
            if self.module.mutants[number].line in reached:
                if self.budget.is_over:
                    break
                self._tries[number] += 1
                if self.random.random() * self._tries[number] > OFTEN:
                    continue
                if self.module.kills(case, ran, number):
                    found.add(number)
        return found

    def is_worth_holding(self, case: Case, outcome: Outcome) -> bool:
        """Whether an outcome is the code's answer, and no accident of a guessed value."""
        if outcome.accident:
            return False
        if not outcome.raised or outcome.stated:
            return True
        if outcome.raised in MISTYPED or outcome.raised not in _IMPLICIT:
            return False
        target = case.last.target
        if not self.inputs.is_guessed(target):
            return True
        shapes = tuple(shape(value) for _, value in case.last.values)
        return shapes in self._shapes.get(target.name, set())


def _suppressing(case: Case, outcome: Outcome) -> Case:
    """The case in which a step before the last may raise what it raised."""
    steps = list(case.steps)
    steps[outcome.step] = replace(steps[outcome.step], suppressed=outcome.raised)
    return replace(case, steps=tuple(steps))
