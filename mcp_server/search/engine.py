"""The search for cases of one subject: by coverage first, then for mutants that nothing notices."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from .cases import Case, Step, Target
from .changes import change, put_in_place
from .comparisons import CompareGoal, distances
from .inputs import MISTYPED, Inputs, choose, plain_steps
from .module import Module, Ran
from .outcomes import Outcome
from .subjects import Subject
from .tracing import Arc, lines_of
from .values import parts_of, shape

PLAIN_EACH = 40
MOST_STEPS = 5
PATIENCE = 1.0
"""Seconds without anything new, beyond half of the time that was not in vain, end a search."""
REUSED = 0.25
"""How often a changed value is one that the case uses elsewhere: names and keys must agree."""
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
        until: `time.monotonic()` at which it ends.
    """

    module: Module
    subject: Subject
    inputs: Inputs
    random: Random
    until: float

    def __post_init__(self) -> None:
        self.kept: list[Kept] = []
        self._seen: set[str] = set()
        self._arcs: set[Arc] = set()
        self._parents: list[tuple[Case, frozenset[Arc]]] = []
        self._visited: set[Arc] = set()
        self._nearest: dict[CompareGoal, tuple[float, Case, tuple[object, object]]] = {}
        self._unstable: set[str] = set()
        self._shapes: dict[str, set[tuple[str, ...]]] = {}
        self._alive = set(self._mutants_here())
        self.evaluated = 0

    def _mutants_here(self) -> Iterator[int]:
        """Mutants of the subject's own lines, and of those that belong to no public subject."""
        node = self.subject.node
        first, last = node.lineno, node.end_lineno or node.lineno
        others = [
            (n.lineno, n.end_lineno or n.lineno)
            for n in self.module.tree.body
            if hasattr(n, "name") and n is not node and not n.name.startswith("_")
        ]
        for number, mutant in enumerate(self.module.mutants):
            elsewhere = any(a <= mutant.line <= b for a, b in others)
            if first <= mutant.line <= last or not elsewhere:
                yield number

    def run(self, documented: Sequence[Case] = ()) -> list[Kept]:
        """Search until there is nothing left, nothing new, or no time; gives what was kept."""
        for case in documented:
            self._try(case, documented=True)
        for target in self._targets():
            self.inputs.probe(target, self._case_of, self._attempt)
        self._plain()
        progress, started = time.monotonic(), time.monotonic()
        while time.monotonic() < self.until and (self._alive or self._unreached()):
            if self._try(self._next()):
                progress = time.monotonic()
            patience = PATIENCE + 0.5 * (progress - started)
            if time.monotonic() - progress > patience:
                break
        return self.kept

    def _attempt(self, case: Case) -> tuple[Outcome, int]:
        ran = self.module.run(case)
        return ran.outcome, len(ran.arcs)

    def _targets(self) -> list[Target]:
        made = [self.subject.maker] if self.subject.maker else []
        return [*made, *self.subject.static, *self.subject.targets]

    def _unreached(self) -> bool:
        node = self.subject.node
        reached = lines_of(self._arcs) | self.module.import_lines
        own = {
            m.line for m in self.module.mutants
            if node.lineno <= m.line <= (node.end_lineno or node.lineno)
        }  # fmt: skip
        return bool(own - reached)

    def _plain(self) -> None:
        for target in self._targets():
            for step in plain_steps(target, self.inputs, PLAIN_EACH):
                if time.monotonic() > self.until:
                    return
                self._try(self._case_of(step))
        if self.subject.maker:
            for _ in range(10 * len(self.subject.targets)):
                if time.monotonic() > self.until:
                    return
                self._try(self._sampled())

    def _case_of(self, step: Step) -> Case:
        """A case of one step, with an instance where it needs one."""
        if step.target.name == "__init__" or step.target in self.subject.static:
            return Case((step,))
        if step.target.owner is None or self.subject.maker is None:
            return Case((step,))
        return Case((step,), self._maker())

    def _maker(self) -> Step:
        assert self.subject.maker is not None  # noqa: S101  (asked for methods only)
        makers = [k.case.maker for k in self.kept if k.case.maker]
        if makers and self.random.random() < 0.5:
            return self.random.choice(makers)
        plainly = self.random.random() < 0.3
        return choose(self.subject.maker, self.inputs, self.random, plainly=plainly)

    def _sampled(self) -> Case:
        """A new case: values as they come, methods in any order."""
        target = self.random.choice(self._targets())
        step = choose(target, self.inputs, self.random)
        case = self._case_of(step)
        if case.maker is None or not self.subject.targets:
            return case
        before = tuple(
            choose(self.random.choice(self.subject.targets), self.inputs, self.random)
            for _ in range(self.random.choice((0, 1, 1, 2, 2, 3, 4)))
        )
        return self._agreeing(replace(case, steps=(*before, step)))

    def _agreeing(self, case: Case) -> Case:
        """Half of the time the same values for parameters of the same name in all steps."""
        if self.random.random() < 0.5:
            return case
        held: dict[str, object] = {}
        steps = tuple(
            step.with_values({n: held.setdefault(n, v) for n, v in step.values})
            for step in case.steps
        )
        return replace(case, steps=steps)

    def _next(self) -> Case:
        """What to try next: near a comparison's other answer, near a living mutant, or new."""
        roll = self.random.random()
        if roll < 0.35 and (open_goals := [g for g, n in self._nearest.items() if n[0] > 0]):
            _, case, pair = self._nearest[self.random.choice(open_goals)]
            if self.random.random() < 0.4:
                return self._with_operand(case, pair)
            return self._changed(case)
        if self._parents and roll < 0.85:
            pool = self._parents
            if self._alive and roll < 0.65:
                line = self.module.mutants[self.random.choice(sorted(self._alive))].line
                pool = [p for p in pool if any(to == line for _, to in p[1])] or pool
            return self._changed(self.random.choice(pool)[0])
        return self._sampled()

    def _with_operand(self, case: Case, pair: tuple[object, object]) -> Case:
        """The case with what a comparison saw replaced by what it wanted."""
        steps = [*case.steps, *([case.maker] if case.maker else [])]
        changed = [self._step_with_operand(step, pair) for step in steps]
        maker = changed.pop() if case.maker else None
        return Case(tuple(changed), maker)

    def _step_with_operand(self, step: Step, pair: tuple[object, object]) -> Step:
        given = {n: put_in_place(v, pair, self.random) for n, v in step.values}
        for parameter in step.target.parameters:
            if parameter.name not in given and parameter.default == repr(pair[0]):
                given[parameter.name] = pair[1]
        return step.with_values(given)

    def _changed(self, case: Case) -> Case:
        """A case near another: one or two values or steps are different."""
        for _ in range(self.random.choice((1, 1, 2))):
            case = self._changed_once(case)
        return case

    def _changed_once(self, case: Case) -> Case:
        random = self.random
        if case.maker is not None and self.subject.targets and random.random() < 0.4:
            return self._other_steps(case)
        index = random.randrange(len(case.steps) + (case.maker is not None))
        if index == len(case.steps) and case.maker is not None:
            return replace(case, maker=self._other_values(case.maker, case))
        steps = list(case.steps)
        steps[index] = self._other_values(steps[index], case)
        return replace(case, steps=tuple(steps))

    def _other_steps(self, case: Case) -> Case:
        random, steps = self.random, list(case.steps)
        roll = random.randrange(3)
        if roll == 0 and len(steps) > 1:
            del steps[random.randrange(len(steps) - 1)]
        elif roll == 1 and len(steps) < MOST_STEPS:
            steps.insert(random.randrange(len(steps)), self._fitting(case))
        else:
            steps[-1] = self._fitting(case)
        return replace(case, steps=tuple(steps))

    def _fitting(self, case: Case) -> Step:
        """A new step that mostly has the case's values for parameters of the same names."""
        step = choose(self.random.choice(self.subject.targets), self.inputs, self.random)
        if self.random.random() < 0.3:
            return step
        held = {name: value for s in case.steps for name, value in s.values}
        return step.with_values({n: held.get(n, v) for n, v in step.values})

    def _other_values(self, step: Step, case: Case) -> Step:
        if not step.target.parameters:
            return step
        parameter = self.random.choice(step.target.parameters)
        domain = self.inputs.of(step.target, parameter)
        given = dict(step.values)
        if parameter.name not in given:
            given[parameter.name] = domain.sample(self.random)
        elif self.random.random() < REUSED and (
            used := self._used_like(given[parameter.name], case)
        ):
            given[parameter.name] = self.random.choice(used)
        elif parameter.default is not None and self.random.random() < 0.1:
            del given[parameter.name]
        else:
            hints = self.inputs.domains.hints
            given[parameter.name] = change(given[parameter.name], self.random, domain, hints)
        return step.with_values(given)

    def _used_like(self, value: object, case: Case) -> list[object]:
        """Values of the same type that the case uses elsewhere, and their parts."""
        steps = [*case.steps, *([case.maker] if case.maker else [])]
        held = [p for s in steps for _, v in s.values for p in parts_of(v)]
        return [v for v in held if type(v) is type(value) and v != value]

    def _try(self, case: Case, *, documented: bool = False) -> bool:
        """Run a case; keep it if it shows something new. True if it did, or leads further."""
        if not self._is_new(case):
            return False
        self.evaluated += 1
        ran = self.module.run(case)
        if ran.outcome.step >= 0 and ran.outcome.raised:
            return self._try(_suppressing(case, ran.outcome))
        nearer = self._note(case, ran)
        if not documented and not self.is_worth_holding(case, ran.outcome):
            return nearer
        kills = self._kills(case, ran)
        shows = ran.arcs - self._arcs or kills or documented
        if not shows or self.module.again(case, self.module.names).tells != ran.outcome.tells:
            return nearer
        self._keep(Kept(case, ran, kills, documented))
        return True

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
        self._parents.append((kept.case, kept.ran.arcs))
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
            self._parents.append((case, ran.arcs))
        return further

    def _kills(self, case: Case, ran: Ran) -> set[int]:
        reached = lines_of(set(ran.arcs)) | self.module.import_lines
        found = set()
        for number in sorted(self._alive):
            if self.module.mutants[number].line in reached:
                if time.monotonic() > self.until:
                    break
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
