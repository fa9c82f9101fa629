"""Cases to try: new ones, and ones near to others."""

from dataclasses import dataclass, field, replace
from random import Random

from .cases import Case, Step, Target
from .changes import change, put_in_place
from .inputs import Inputs, choose
from .subjects import Subject
from .values import parts_of

MOST_STEPS = 5
SETTING = 0.3
"""How often a step before the last sets an attribute, where there are such."""
REUSED = 0.25
"""How often a changed value is one that the case uses elsewhere: names and keys must agree."""


@dataclass
class Moves:
    """Makes cases of one subject.

    Args:
        subject: What is tested.
        inputs: Values of parameters.
        random: Decides all that is left to chance.
        makers: How instances were made in cases that were worth keeping.
    """

    subject: Subject
    inputs: Inputs
    random: Random
    makers: list[Step] = field(default_factory=list)

    @property
    def targets(self) -> list[Target]:
        """All that can be called: the constructor, what needs no instance, and methods."""
        made = [self.subject.maker] if self.subject.maker else []
        return [*made, *self.subject.static, *self.subject.targets]

    def case_of(self, step: Step) -> Case:
        """A case of one step, with an instance where it needs one."""
        if step.target.name == "__init__" or step.target in self.subject.static:
            return Case((step,))
        if step.target.owner is None or self.subject.maker is None:
            return Case((step,))
        return Case((step,), self._maker())

    def _maker(self) -> Step:
        assert self.subject.maker is not None  # noqa: S101  (asked for methods only)
        if self.makers and self.random.random() < 0.5:
            return self.random.choice(self.makers)
        plainly = self.random.random() < 0.3
        return choose(self.subject.maker, self.inputs, self.random, plainly=plainly)

    def sampled(self) -> Case:
        """A new case: values as they come, methods in any order."""
        target = self.random.choice(self.targets)
        step = choose(target, self.inputs, self.random)
        case = self.case_of(step)
        if case.maker is None or not self.subject.targets:
            return case
        before = tuple(
            choose(self._before(), self.inputs, self.random)
            for _ in range(self.random.choice((0, 1, 1, 2, 2, 3, 4)))
        )
        return self._agreeing(replace(case, steps=(*before, step)))

    def _agreeing(self, case: Case) -> Case:
        """Half of the time the same values for parameters of the same name in all steps."""
        if self.random.random() < 0.5:
            return case
        held: dict[str, object] = {}
        steps = tuple(
            step.with_values(
                {n: v if n in step.starred else held.setdefault(n, v) for n, v in step.values}
            )
            for step in case.steps
        )
        return replace(case, steps=steps)

    def with_operand(self, case: Case, pair: tuple[object, object]) -> Case:
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

    def changed(self, case: Case) -> Case:
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
            step = self._fitting(case, self._before())
            steps.insert(random.randrange(len(steps)), step)
        else:
            steps[-1] = self._fitting(case, random.choice(self.subject.targets))
        return replace(case, steps=tuple(steps))

    def _before(self) -> Target:
        """What may be done before the last step: a method, or now and then a setting."""
        settings = self.subject.settings
        if settings and self.random.random() < SETTING:
            return self.random.choice(settings)
        return self.random.choice(self.subject.targets)

    def _fitting(self, case: Case, target: Target) -> Step:
        """A new step that mostly has the case's values for parameters of the same names."""
        step = choose(target, self.inputs, self.random)
        if self.random.random() < 0.3:
            return step
        held = {n: v for s in case.steps for n, v in s.values if n not in s.starred}
        return step.with_values(
            {n: v if n in step.starred else held.get(n, v) for n, v in step.values}
        )

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
