"""From all that a search kept to what a reader wants: few cases, plain values, nothing lost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .budget import Budget
from .cases import Case, Step
from .engine import Goal, Kept, Search
from .tracing import lines_of
from .values import simpler

TRIES_EACH = 60
ODD = 12.0
"""Weight of values of another kind than most calls of the same target have."""
RAISING = 3.0


@dataclass
class Selection:
    """Chooses and simplifies cases.

    Args:
        search: The finished search.
        budget: Its end.
    """

    search: Search
    budget: Budget

    def run(self) -> list[Kept]:
        """The chosen cases, the documented ones first, then the plainest."""
        kept = list(self._judged(self.search.kept))
        chosen = self._covering(kept)
        for index, each in enumerate(chosen):
            # One after the other: what two of them show must not be left out of both.
            chosen[index] = self._shrunk(each, chosen)
        chosen = self._covering(list({k.case.key(): k for k in chosen}.values()))
        return self._confirmed(chosen)

    def _judged(self, kept: list[Kept]) -> Iterator[Kept]:
        """Each with all the mutants that it notices, not only those that it was first to notice."""
        for each in kept:
            yield replace(each, kills=self._all_kills(each))

    def _all_kills(self, each: Kept) -> set[int]:
        module = self.search.module
        reached = lines_of(set(each.ran.arcs)) | module.import_lines
        found = set(each.kills)
        for number, mutant in enumerate(module.mutants):
            if self.budget.is_over:
                break
            new = number not in found and mutant.line in reached
            if new and module.kills(each.case, each.ran, number):
                found.add(number)
        return found

    def _cost(self, each: Kept, usual: dict[str, tuple[str, ...]]) -> float:
        odd = usual.get(each.case.last.target.name) not in (None, each.shapes)
        return 3 + each.case.weight + ODD * odd + RAISING * bool(each.ran.outcome.raised)

    def _usual(self, kept: list[Kept]) -> dict[str, tuple[str, ...]]:
        """The kinds of values that most calls of a target have."""
        counts: dict[str, Counter[tuple[str, ...]]] = {}
        for each in kept:
            if not each.ran.outcome.raised:
                weight = 5 if each.documented else 1
                counts.setdefault(each.case.last.target.name, Counter())[each.shapes] += weight
        return {name: found.most_common(1)[0][0] for name, found in counts.items()}

    def _covering(self, kept: list[Kept]) -> list[Kept]:
        """Greedily what shows most for its weight, until all that is shown is shown."""
        usual = self._usual(kept)
        costs = {id(k): self._cost(k, usual) for k in kept}
        goals = {id(k): k.goals for k in kept}
        chosen = [k for k in kept if k.documented]
        shown: set[Goal] = set().union(*(goals[id(k)] for k in chosen))
        rest = [k for k in kept if not k.documented]
        while rest:
            best = max(rest, key=lambda k: len(goals[id(k)] - shown) / costs[id(k)])
            if not goals[id(best)] - shown:
                break
            chosen.append(best)
            shown |= goals[id(best)]
            rest.remove(best)
        return self._needed(chosen, goals)

    def _needed(self, chosen: list[Kept], goals: dict[int, set[Goal]]) -> list[Kept]:
        """Without those that later choices made superfluous."""
        for each in sorted(chosen, key=lambda k: -k.case.weight):
            others: set[Goal] = set().union(*(goals[id(k)] for k in chosen if k is not each))
            if not each.documented and goals[id(each)] <= others:
                chosen = [k for k in chosen if k is not each]
        return sorted(chosen, key=lambda k: (not k.documented, k.case.weight))

    def _shrunk(self, each: Kept, chosen: list[Kept]) -> Kept:
        """The plainest case that still shows what only this one shows."""
        if each.documented:
            return each
        others: set[Goal] = set().union(*(k.goals for k in chosen if k is not each))
        required = each.goals - others
        tries = TRIES_EACH
        improved = True
        while improved and tries > 0 and not self.budget.is_over:
            improved = False
            for case in _plainer(each.case):
                tries -= 1
                if tries < 0 or self.budget.is_over:
                    break
                if found := self._same(case, each, required):
                    each, improved = found, True
                    break
        return replace(each, kills=self._all_kills(each))

    def _same(self, case: Case, each: Kept, required: set[Goal]) -> Kept | None:
        """The case as kept, if it shows all that is required."""
        search, module = self.search, self.search.module
        if case.weight >= each.case.weight:
            return None
        ran = module.run(case)
        alike = bool(ran.outcome.raised) == bool(each.ran.outcome.raised)
        if not alike or not search.is_worth_holding(case, ran.outcome):
            return None
        arcs = {goal for goal in required if goal[0] == "arc"}
        kills = {int(g[1]) for g in required if g[0] == "kill"}  # type: ignore[arg-type]
        if arcs - {("arc", arc) for arc in ran.arcs}:
            return None
        if not all(module.kills(case, ran, number) for number in kills):
            return None
        if module.again(case, module.names).tells != ran.outcome.tells:
            return None
        return Kept(case, ran, kills)

    def _confirmed(self, chosen: list[Kept]) -> list[Kept]:
        """Those that give the same in a fresh module, in their order and in the reverse."""
        module = self.search.module
        for order in (chosen, chosen[::-1]):
            names = module.fresh()
            good = {
                id(k) for k in order
                if module.again(k.case, names).tells == k.ran.outcome.tells
            }  # fmt: skip
            chosen = [k for k in chosen if id(k) in good]
        return chosen


def _plainer(case: Case) -> Iterator[Case]:
    """Cases with a step or an option less, or with a plainer value."""
    for index in range(len(case.steps) - 1):
        yield replace(case, steps=case.steps[:index] + case.steps[index + 1 :])
    if case.maker is not None:
        for step in _plainer_steps(case.maker):
            yield replace(case, maker=step)
    for index, step in enumerate(case.steps):
        for plainer in _plainer_steps(step):
            yield replace(case, steps=(*case.steps[:index], plainer, *case.steps[index + 1 :]))


def _plainer_steps(step: Step) -> Iterator[Step]:
    if step.suppressed:
        yield replace(step, suppressed="")
    optional = {p.name for p in step.target.parameters if p.default is not None}
    for name, _ in step.values:
        if name in optional:
            yield replace(step, values=tuple((n, v) for n, v in step.values if n != name))
    for name, value in step.values:
        for plainer in simpler(value):
            yield step.with_values({**dict(step.values), name: plainer})
