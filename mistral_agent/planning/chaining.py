"""From goals to a plan: what nobody gave is chained backward to what is there or can be made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.arguments import Given, free_text, literal_arguments
from mistral_agent.intent.literals import Literals, literals_of
from mistral_agent.intent.model import Goal, Intent
from mistral_agent.intent.parameters import kind_of, plain_schema
from mistral_agent.memory import Memory
from mistral_agent.planning import questions
from mistral_agent.planning.answers import NO_ANSWERS, Answers, value_of
from mistral_agent.planning.available import (
    Available,
    of_artifact,
    of_block,
    of_step,
)
from mistral_agent.planning.bounds import out_of_bounds
from mistral_agent.planning.drafts import Draft
from mistral_agent.planning.filenames import names_of_file, with_names_of_files
from mistral_agent.planning.items import item_for
from mistral_agent.planning.languages import language_of_code, language_parameter, said_for_one
from mistral_agent.planning.loops import repeating
from mistral_agent.planning.meaning import (
    described_thing,
    has_content,
    has_thing,
    names_known_thing,
    names_what_is_told,
    points_back,
)
from mistral_agent.planning.optimize import optimize
from mistral_agent.planning.plan import Plan, Question, Step
from mistral_agent.planning.producers import producers
from mistral_agent.planning.references import references
from mistral_agent.planning.selection import for_parameter, for_source


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Bounds and switches of planning.

    Args:
        max_steps: Steps that a plan may have.
        max_questions: Questions that may be asked at once.
        ask_when_ambiguous: Two readings that fit alike become a question.
        confidence_threshold: A goal that is less sure is asked about.
        clarify: Ask at all; otherwise defaults are taken and the plan's notes say so.
        optimize: Make identical calls once, and leave out steps that change nothing.
    """

    max_steps: int = 10
    max_questions: int = 3
    ask_when_ambiguous: bool = True
    confidence_threshold: float = 0.7
    clarify: bool = True
    optimize: bool = True


def make_plan(
    text: str,
    intent: Intent,
    catalogue: Catalogue,
    memory: Memory,
    options: PlanOptions = PlanOptions(),
    *,
    answers: Answers = NO_ANSWERS,
) -> Plan:
    """Turn an intent into a plan, or into the questions that must be answered first.

    Args:
        text: The request in the user's words; it becomes the plan's goal.
        intent: What it was understood to be; a chat has no steps.
        catalogue: The tools that there are.
        memory: What the session remembers; older than anything in the request.
        options: Bounds and switches.
        answers: What the user has said to questions about it.
    """
    if intent.kind == "chat":
        return Plan(text, notes=intent.notes)
    if intent.kind == "unclear" or not intent.goals:
        asked = (questions.purpose(intent.candidates),)
        return Plan(text, questions=asked, notes=intent.notes)
    planner = _Planner(intent, catalogue, memory, options, answers)
    for goal in intent.goals:
        planner.add(goal)
    return with_names_of_files(planner.finish(text), catalogue)


class _Planner:
    def __init__(
        self,
        intent: Intent,
        catalogue: Catalogue,
        memory: Memory,
        options: PlanOptions,
        answers: Answers,
    ) -> None:
        self._intent = intent
        self._request = intent.literals
        self._read = cache(literals_of)  # each clause is asked for by every goal
        self._catalogue = catalogue
        self._options = options
        self._answers = answers
        self._steps: list[Step] = []
        self._changing: list[str] = []
        self._questions: list[Question] = []
        self._notes = list(intent.notes)
        self._lines = 0
        self._remembered = [of_artifact(each, self._line()) for each in memory.artifacts]
        self._given = [
            of_block(block, self._line()) for block in (*intent.literals.code, *answers.code)
        ]
        self._made: list[Available] = []
        # The files that lines of code come from, by line.
        self._files = {
            each.line: each.said.removeprefix("@").removesuffix(", earlier")
            for each in (*self._remembered, *self._given)
            if each.said.startswith("@")
        }

    def add(self, goal: Goal) -> None:
        """Plan the steps of one goal: one, or one for each thing that it is about."""
        self._ask_about(goal)
        tool = goal.tool
        clause = self._read(goal.said)
        source = next((n for n in tool.parameters if kind_of(tool, n) == "source"), None)
        if source is None:
            self._add_step(goal, clause, {})
            return
        found = self._sources_for(goal, source)
        for each in found:
            self._add_step(goal, clause, {source: each})
        if not found:
            self._add_step(goal, clause, {})

    def finish(self, text: str) -> Plan:
        """The plan, with as many questions as may be asked."""
        notes = self._notes
        steps = self._steps
        if len(steps) > self._options.max_steps:
            notes.append(
                f"the request needs {len(steps)} steps; only the first {self._options.max_steps} "
                "are planned (planning.max_steps)"
            )
            steps = steps[: self._options.max_steps]
        asked = tuple(dict.fromkeys(self._questions))[: self._options.max_questions]
        plan = Plan(text, tuple(steps), asked, tuple(notes), self._answers.values)
        return optimize(plan, self._catalogue) if self._options.optimize else plan

    def _line(self) -> int:
        self._lines += 1
        return self._lines

    def _ask_about(self, goal: Goal) -> None:
        options = self._options
        if goal.alternatives and options.ask_when_ambiguous:
            question = questions.reading(goal.clause, (goal.tool, *goal.alternatives))
        elif not goal.alternatives and goal.confidence < options.confidence_threshold:
            question = questions.sureness(goal.clause, goal.tool)
        else:
            return
        if options.clarify:
            self._questions.append(question)
        else:
            self._notes.append(f"took {goal.tool.name} for {goal.clause[:80]!r} without asking")

    def _sources_for(self, goal: Goal, parameter: str) -> list[Available]:
        """The code that a goal is about: asked-for, newest, or made for it."""
        tool = goal.tool
        made = self._made
        thing = described_thing(goal.clause)
        old = [] if thing else self._remembered
        found = for_source(
            goal, parameter, (old, self._given, made), self._intent, makeable=lambda: self._makeable
        )
        if not found and (item := item_for(goal, parameter, made)):
            found = [item]
        if found:
            return found
        inserted = self._insert_producer(goal, parameter, thing)
        if inserted is None:
            self._ask_for(tool, parameter)
            return []
        return [inserted]

    @cached_property
    def _makeable(self) -> frozenset[str]:
        """The variants of code that some tool makes, such as tests."""
        return frozenset(
            word
            for tool in self._catalogue.tools
            for each in of_step("", tool, 0)
            if each.is_source
            for word in each.variant
        )

    def _insert_producer(self, goal: Goal, parameter: str, thing: str | None) -> Available | None:
        """Add a step that makes the input, where a trusted, read-only tool can from the request.

        "Tests for a function that adds" describes the function; "tests for my function" does not.
        """
        clause = self._read(thing or goal.said)
        if not thing and not clause.paths:
            return self._insert_from_words(goal, parameter)
        for tool, field_ in producers(self._catalogue, self._intent.excluded, goal.tool, parameter):
            given = literal_arguments(tool, clause, Literals(clause.prose))
            fed_by = "free_text" if thing else "path"
            fed = any(kind_of(tool, name) == fed_by for name in tool.required)
            if fed and set(tool.required) <= set(given):
                return self._insert(tool, clause, goal, field_)
        return None

    def _insert_from_words(self, goal: Goal, parameter: str) -> Available | None:
        """Add a step that makes the input of words made before: "specify a game, test it"."""
        if names_known_thing(goal.clause):
            return None
        for tool, field_ in producers(self._catalogue, self._intent.excluded, goal.tool, parameter):
            maker = Goal(tool, "")
            if all(for_parameter(maker, name, self._made) for name in tool.required):
                return self._insert(tool, self._read(""), goal, field_)
        return None

    def _insert(self, tool: Tool, clause: Literals, goal: Goal, field_: str) -> Available:
        self._add_step(Goal(tool, clause.prose), clause, {})
        self._notes.append(f"{tool.name} was added: {goal.tool.name} needs its {field_}")
        return next(each for each in reversed(self._made) if each.name == field_)

    def _add_step(self, goal: Goal, clause: Literals, taken: Mapping[str, Available]) -> None:
        tool = goal.tool
        draft = Draft()
        for name, available in taken.items():
            draft.take(name, available)
        for name in tool.parameters:
            answered = self._answered(goal, name)
            if name not in draft.args and answered is not None:
                self._give(draft, tool, name, answered)
        others = [self._read(e.said) for e in self._intent.goals if e.said != goal.said]
        said = literal_arguments(tool, clause, said_for_one(self._request, others))
        for name, given in (said | language_of_code(tool, clause, taken.values())).items():
            if name not in draft.args and self._may_take(goal, name, given):
                self._give(draft, tool, name, given)
        for name, given in self._unsaid(goal, taken).items():
            if name in tool.parameters and name not in draft.args:
                self._give(draft, tool, name, given)
        for name in tool.required:
            if name not in draft.args:
                self._chain(draft, goal, name)
        self._append(tool, draft)

    def _unsaid(self, goal: Goal, taken: Mapping[str, Available]) -> Mapping[str, Given]:
        """What the model reads, and the name of the file that the code comes from."""
        found = {name: Given(each, "the model's reading") for name, each in goal.args.items()}
        for available in taken.values():
            path = None if available.variant else self._files.get(available.line)
            found |= names_of_file(goal.tool, path) if path else {}
        return found

    def _answered(self, goal: Goal, name: str) -> Given | None:
        """What the user said when asked for it; a description goes on with what was said before."""
        answer = self._answers.values.get(f"{goal.tool.name}.{name}")
        value = None if answer is None else value_of(goal.tool, name, answer)
        if value is None:
            return None
        if kind_of(goal.tool, name) == "free_text":
            said = free_text(goal.tool, goal.said)
            value = f"{said}: {value}" if has_thing(said) else value
        return Given(value, "your answer")

    def _may_take(self, goal: Goal, name: str, given: Given) -> bool:
        """What is chained instead: free text that says nothing by itself, "each" of a list.

        "Write code for it" says nothing; in "list /x, then count the lines of each", "/x" is none
        of each.
        """
        if kind_of(goal.tool, name) == "path" and not self._read(goal.said).paths:
            return item_for(goal, name, self._made) is None
        if kind_of(goal.tool, name) != "free_text" or given.source != "your request":
            return True
        text = str(given.value)
        if names_what_is_told(text) and self._told_for(goal, name):
            return False
        return has_content(text, goal.tool)

    def _told_for(self, goal: Goal, name: str) -> Available | None:
        """What is there or made that serves a parameter other than source code."""
        return for_parameter(goal, name, [*self._remembered, *self._given, *self._made])

    def _give(self, draft: Draft, tool: Tool, name: str, given: Given) -> None:
        schema = plain_schema(tool.parameters[name], tool.input_schema)
        problem = out_of_bounds(given.value, schema)
        if problem is None:
            draft.give(name, given)
            if kind_of(tool, name) == "free_text" and given.source == "your request":
                self._add_context(draft, name, str(given.value))
        elif self._options.clarify:
            default = schema.get("default")
            self._questions.append(questions.bounds(tool, name, given.value, problem, default))
        else:
            self._notes.append(f"{name} of {tool.name} {problem}: {given.value} was left out")

    def _add_context(self, draft: Draft, name: str, text: str) -> None:
        """What "it" or "this" in a description means goes along with the description."""
        if not points_back(text):
            return
        pool = [*self._remembered, *self._given, *self._made]
        meant = next((each for each in reversed(pool) if each.is_source and not each.variant), None)
        if meant is not None:
            draft.args[name] = f"{draft.args[name]}\n\n{meant.argument}"
            draft.sources[name] += f", with {meant.said}"

    def _chain(self, draft: Draft, goal: Goal, name: str) -> None:
        if kind_of(goal.tool, name) == "source":
            return
        schema = plain_schema(goal.tool.parameters.get(name), goal.tool.input_schema)
        found = self._told_for(goal, name)
        item = None if found else item_for(goal, name, self._made)
        again = self._said_before(goal.tool, name)
        if item is not None and draft.for_each in (None, item.for_each):
            draft.take(name, item)
        elif again is not None:
            draft.args[name] = again.args[name]
            draft.sources[name] = f"as for {again.id}"
        elif found is not None:
            draft.take(name, found)
        elif "default" in schema:
            draft.give(name, Given(schema["default"], "the tool's default"))
        else:
            self._ask_for(goal.tool, name)

    def _said_before(self, tool: Tool, name: str) -> Step | None:
        """An earlier step of the server that was given this: the branch that it created."""
        return next(
            (
                step
                for step in reversed(self._steps)
                if step.server == tool.server
                and name in step.args
                and not references(step.args[name])
            ),
            None,
        )

    def _ask_for(self, tool: Tool, name: str) -> None:
        question = questions.missing(tool, name)
        same = kind_of(tool, name) == "source" and any(
            questions.asks_for_code(each) for each in self._questions
        )
        if not same:
            self._questions.append(question)

    def _append(self, tool: Tool, draft: Draft) -> None:
        number = f"step{len(self._steps) + 1}"
        needed = {each.step for each in references([draft.args, draft.for_each])}
        if not tool.read_only:
            needed.update(step.id for step in self._steps)
        needed.update(self._changing)
        order = [step.id for step in self._steps if step.id in needed]
        self._steps.append(
            Step(
                number,
                tool.server,
                tool.name,
                draft.args,
                tuple(order),
                draft.sources,
                draft.for_each,
            )
        )
        if not tool.read_only:
            self._changing.append(number)
        origin = self._origin(draft)
        line = origin.line if origin else self._line()
        made = of_step(number, repeating(tool) if draft.for_each else tool, line)
        language = draft.args.get(language_parameter(tool) or "", origin and origin.language)
        made = tuple(replace(each, language=language) for each in made)
        if origin and origin.variant:
            # Formatted tests are tests still.
            made = tuple(
                replace(each, variant=each.variant or origin.variant) if each.is_source else each
                for each in made
            )
        self._made.extend(made)

    def _origin(self, draft: Draft) -> Available | None:
        """The code that a step works on: its results descend from it."""
        pool = [*self._remembered, *self._given, *self._made]
        for value in draft.args.values():
            for each in reversed(pool):
                if each.is_source and isinstance(value, str) and value == each.argument:
                    return each
        return None
