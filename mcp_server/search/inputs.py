"""Which values each parameter takes: from its annotation, its default, or by trying."""

import ast
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from .annotations import TypedDomains
from .cases import Case, Parameter, Step, Target
from .domains import Domain
from .outcomes import UNWRITABLE, Outcome
from .tracing import Arc
from .values import Code

Try = Callable[[Case], tuple[Outcome, Set[Arc]]]
"""Runs a case: its outcome, and the arcs that it took."""

_BY_ATTRIBUTE = {
    "str": {"split", "strip", "lower", "upper", "startswith", "endswith", "replace", "isdigit",
            "join", "splitlines", "encode", "isalpha", "find", "title", "partition", "lstrip",
            "rstrip", "isspace", "count"},
    "dict": {"items", "keys", "values", "get", "setdefault", "update"},
    "list": {"append", "sort", "extend", "insert", "reverse"},
}  # fmt: skip
_BY_NAME: Mapping[str, str] = {
    "str": "text string name word line path url key char pattern sentence password email code expr "
    "token msg message prefix title label owner user unit op operator mode kind command s st value "
    "raw date source query",
    "list": "items values numbers nums lst arr array data words rows list seq elements scores "
    "points lines xs matrix grid intervals records prices args tokens edges cards rolls",
    "dict": "mapping config options d dct dictionary counts graph record tree node obj settings "
    "params inventory weights row",
    "callable": "func function fn callback predicate f key_func handler",
    "int": "n k i j x y a b count number num size length index idx limit width height depth age "
    "year month day hour minute second amount total start end step low high maximum minimum max "
    "min times seed level",
    "StringIO": "stream file fp fileobj buffer",
    "BytesIO": "input output",
}
_WIDEST = 3
_MOST_KINDS = 6
PROBES_EACH = 18
ENDED = 6
"""Arcs that a call is ahead of another when it gives a value."""
MISTYPED = ("TypeError", "AttributeError")


@dataclass
class Inputs:
    """Chooses domains for the parameters of targets, and remembers them.

    Args:
        domains: Makes domains.
        tree: The module.
    """

    domains: TypedDomains
    tree: ast.Module

    def __post_init__(self) -> None:
        self._found: dict[tuple[str | None, str, str], Domain] = {}
        self._guessed: set[tuple[str | None, str, str]] = set()

    def of(self, target: Target, parameter: Parameter) -> Domain:
        """The domain of a parameter; where nothing is known, numbers, texts and lists."""
        key = (target.owner, target.name, parameter.name)
        if key not in self._found:
            found = self._declared(target, parameter) or self._anything(parameter)
            self._found[key] = self._with_named(found, parameter)
        return self._found[key]

    def _with_named(self, domain: Domain, parameter: Parameter) -> Domain:
        """Half of the texts in the form that the code reads from this very parameter."""
        named = self.domains.hints.named.get(parameter.name, [])
        if not named or "str" not in domain.name or domain.name.startswith(("list", "dict")):
            return domain

        def sample(random: Random) -> Any:
            return random.choice(named) if random.random() < 0.5 else domain.sample(random)

        return replace(domain, plain=tuple(dict.fromkeys([*named, *domain.plain])), sample=sample)

    def is_guessed(self, target: Target) -> bool:
        """Whether a parameter's kind was found by trying."""
        return any((target.owner, target.name, p.name) in self._guessed for p in target.parameters)

    def _declared(self, target: Target, parameter: Parameter) -> Domain | None:
        if parameter.starred == "**":
            return self._keywords(target, parameter)
        found = self.domains.of_annotation(parameter.annotation) if parameter.annotation else None
        if found and parameter.starred:
            return self.domains.sequence(tuple, found, "tuple")
        if found or parameter.starred:
            return found or self.domains.sequence(tuple, self._anything(parameter), "tuple")
        if parameter.annotation is None and parameter.default not in (None, "None", "..."):
            return self._of_default(parameter.default or "")
        return None

    def _of_default(self, text: str) -> Domain | None:
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return None
        found = self.domains.simple(type(value).__name__)
        return replace(found, plain=(value, *found.plain)) if found else None

    def _keywords(self, target: Target, parameter: Parameter) -> Domain:
        """Keywords that are passed on to something whose parameters are known."""
        known: dict[str, Domain] = {}
        for name, other in self._passed_to(target, parameter.name):
            known[name] = self.of(*other)
        if not known:
            return self.domains.choices("keywords", ({}, {"a": 1}, {"b": "x", "c": 2}))
        single = [{name: value} for name, d in known.items() for value in d.plain[:3]]

        def sample(random: Random) -> dict[str, Any]:
            chosen = random.sample(list(known), min(len(known), random.choice((1, 1, 2, 3))))
            return {
                name: (
                    random.choice(known[name].plain)
                    if random.random() < 0.6
                    else known[name].sample(random)
                )
                for name in chosen
            }

        return Domain("keywords", ({}, *single), sample)

    def _passed_to(
        self, target: Target, keywords: str
    ) -> list[tuple[str, tuple[Target, Parameter]]]:
        from .subjects import read

        by_name = {s.name: s.maker or s.targets[0] for s in read(self.tree) if s.maker or s.targets}
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.name == target.name:
                for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
                    passes = any(
                        k.arg is None and isinstance(k.value, ast.Name) and k.value.id == keywords
                        for k in call.keywords
                    )
                    other = by_name.get(call.func.id) if isinstance(call.func, ast.Name) else None
                    if passes and other:
                        own = {p.name for p in target.parameters}
                        found += [(p.name, (other, p)) for p in other.parameters
                                  if p.name not in own and not p.starred]  # fmt: skip
        return found

    def _anything(self, parameter: Parameter) -> Domain:
        return self.domains.union(self.candidates(parameter)[:_WIDEST])

    def candidates(self, parameter: Parameter) -> list[Domain]:
        """Kinds that a parameter may take, the likeliest first."""
        d = self.domains
        integers, texts = d.integers(), d.texts()
        numbers = d.sequence(list, integers, "list")
        pairs = d.tuples([integers, integers])
        records = d.mapping(texts, d.union([integers, texts]))
        found = [integers, texts, numbers, d.sequence(list, texts, "list"), d.floats(), records,
                 d.grid(integers), d.grid(texts), d.sequence(list, pairs, "list"), pairs,
                 d.choices("bool", (True, False)), d.sequence(list, records, "list"),
                 d.mapping(texts, d.sequence(list, texts, "list")), d.simple("Callable"),
                 d.sequence(list, d.tuples([texts, integers]), "list"),
                 d.nested(), d.mapping(texts, records), d.mapping(integers, integers),
                 d.simple("bytes"), d.simple("date"), d.simple("datetime"),
                 d.simple("StringIO"), d.simple("BytesIO"),
                 *(d.simple(name) for name in d.makers), d.objects()]  # fmt: skip
        likely = self._likely(parameter.name)
        known = [each for each in found if each is not None]
        return sorted(known, key=lambda each: not each.name.startswith(likely) if likely else False)

    def _likely(self, name: str) -> str:
        if kind := self.domains.hints.uses.get(name):
            return kind
        used = self.domains.hints.attributes.get(name, set())
        for kind, attributes in _BY_ATTRIBUTE.items():
            if used & attributes:
                return kind
        lowered = name.lower()
        known = {word: kind for kind, words in _BY_NAME.items() for word in words.split()}
        if lowered in known:
            return known[lowered]
        if lowered.startswith(("is_", "has_", "allow", "use_", "no_", "keep_")):
            return "bool"
        if lowered.startswith(("max", "min", "num_", "n_")):
            return "int"
        parts = [w for w in known if len(w) > 2 and lowered.startswith(w) | lowered.endswith(w)]
        return known[max(parts, key=len)] if parts else ""

    def probe(self, target: Target, make: Callable[[Step], Case], attempt: Try) -> None:
        """Find kinds for parameters that say nothing, by how far the code gets with each.

        One parameter is varied at a time, twice over, the others as they did best.
        """
        unknown = [p for p in target.parameters if not p.starred and not self._declared(target, p)]
        if not unknown:
            return
        best = {p.name: Guess((c,), c.plain[0]) for p in unknown for c in self.candidates(p)[:1]}
        for _ in range(2 if len(unknown) > 1 else 1):
            for parameter in unknown:
                best[parameter.name] = self._ranked(target, parameter, best, make, attempt)
        for parameter in unknown:
            key = (target.owner, target.name, parameter.name)
            guess = best[parameter.name]
            self._guessed.add(key)
            kinds = [*guess.kinds, *self._asked_for(parameter.name)]
            if parameter.default == "None":
                kinds.append(self.domains.choices("None", (None,)))
            found = self.domains.union(kinds) if len(kinds) > 1 else kinds[0]
            found = self._with_named(found, parameter)
            rest = [v for v in found.plain if v is not guess.value]
            self._found[key] = replace(found, plain=(guess.value, *rest))

    def _asked_for(self, name: str) -> list[Domain]:
        """Types that the code itself tells apart, and one more, for what is none of them."""
        found = [
            self.domains.of_annotation(kind) for kind in self.domains.hints.kinds.get(name, [])
        ]
        return [*(d for d in found if d), self.domains.integers()] if any(found) else []

    def _ranked(
        self,
        target: Target,
        parameter: Parameter,
        best: Mapping[str, "Guess"],
        make: Callable[[Step], Case],
        attempt: Try,
    ) -> "Guess":
        probed = []
        for candidate in self.candidates(parameter):
            one = Probed(candidate, candidate.plain[0] if candidate.plain else None)
            for value in candidate.plain[:PROBES_EACH]:
                one.add(value, *attempt(make(self._step(target, parameter, value, best))))
            probed.append(one)
        top = max(one.score for one in probed)
        good = [one for one in probed if one.score >= top]
        kinds = self._readable([one.domain for one in good], parameter)
        first = next(one for one in good if one.domain is kinds[0])
        others = _leading_elsewhere(probed, kinds)
        return Guess((*kinds, *others), first.value)

    def _readable(self, good: list[Domain], parameter: Parameter) -> list[Domain]:
        """Few of the kinds that do equally well: what is likely by its use, whole numbers first."""
        likely = self._likely(parameter.name)
        if likely and (named := [c for c in good if c.name.startswith(likely)]):
            return named[:2]
        whole = any(c.name == "int" for c in good)
        return [c for c in good if not (whole and c.name in ("float", "bool"))][:_WIDEST]

    def _step(
        self, target: Target, parameter: Parameter, value: Any, best: Mapping[str, "Guess"]
    ) -> Step:
        """The target with a value for one parameter, and what did best for the others."""
        values = []
        for p in target.parameters:
            if p.name == parameter.name:
                values.append((p.name, value))
            elif not p.starred and (p.default is None or p.name in best):
                known = best[p.name].value if p.name in best else self.of(target, p).plain[0]
                values.append((p.name, known))
        return Step(target, tuple(values))


def _leading_elsewhere(probed: Sequence["Probed"], kinds: Sequence[Domain]) -> list[Domain]:
    """Kinds that the code answers on other ways: it tells types apart."""
    chosen = [p for p in probed if any(p.domain is kind for kind in kinds)]
    reached: set[Arc] = set().union(*(p.arcs for p in chosen))
    found: list[Domain] = []
    rest = [p for p in probed if p not in chosen]
    while rest and len(found) + len(kinds) < _MOST_KINDS:
        best = max(rest, key=lambda p: len(p.arcs - reached))
        if not best.arcs - reached:
            break
        found.append(best.domain)
        reached |= best.arcs
        rest.remove(best)
    return found


def _score(outcome: Outcome, arcs: int) -> float:
    """How far the code got: arcs, and more where it ended as it means to."""
    if outcome.accident and (outcome.accident != UNWRITABLE or outcome.gives is None):
        return arcs - 1
    if outcome.raised:
        return arcs + (1 if outcome.stated else 0)
    return arcs + ENDED


@dataclass
class Probed:
    """How a kind of values did: its best value, and the arcs of all that the code answered."""

    domain: Domain
    value: Any
    score: float = -1.0
    arcs: set[Arc] = field(default_factory=set)

    def add(self, value: Any, outcome: Outcome, arcs: Set[Arc]) -> None:
        """Count a value; of two that do equally well the first is the plainer."""
        score = _score(outcome, len(arcs))
        if score > self.score:
            self.score, self.value = score, value
        if not outcome.accident and not outcome.raised:
            self.arcs |= arcs


@dataclass(frozen=True)
class Guess:
    """Kinds that a parameter may take, and the value that did best."""

    kinds: tuple[Domain, ...]
    value: Any


def choose(target: Target, inputs: Inputs, random: Random, *, plainly: bool = False) -> Step:
    """A step with values for what must be given, and now and then for what may."""
    values = []
    for p in target.parameters:
        domain = inputs.of(target, p)
        optional = p.default is not None
        if optional and (plainly or random.random() < 0.6):
            continue
        if plainly:
            values.append((p.name, domain.plain[0]))
        elif random.random() < 0.4 and domain.plain:
            values.append((p.name, random.choice(domain.plain)))
        else:
            values.append((p.name, domain.sample(random)))
    return Step(target, tuple(values))


def plain_steps(target: Target, inputs: Inputs, most: int) -> list[Step]:
    """The plainest values, then one changed at a time; options are given one at a time."""
    first = choose(target, inputs, Random(0), plainly=True)  # noqa: S311
    found = [first]
    lists: dict[str, Sequence[Any]] = {
        p.name: inputs.of(target, p).plain for p in target.parameters
    }
    given = dict(first.values)
    for rank in range(max(map(len, lists.values()), default=0)):
        for name, values in lists.items():
            if rank < len(values) and (name not in given or rank > 0):
                changed = {**given, name: values[rank]}
                ordered = [(p.name, changed[p.name]) for p in target.parameters
                           if p.name in changed]  # fmt: skip
                found.append(Step(target, tuple(ordered)))
    return list({s.text("self"): s for s in found}.values())[:most]


@dataclass
class Maker:
    """Gives source of an instance of a class, for a parameter that takes one."""

    target: Target
    inputs: Inputs
    depth: int = 0

    def __call__(self, random: Random) -> Code:
        """Source of an instance; `None` where an instance would need itself."""
        if self.depth > 1:
            return Code("None")
        self.depth += 1
        try:
            return Code(choose(self.target, self.inputs, random).text(""))
        finally:
            self.depth -= 1
