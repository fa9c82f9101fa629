"""What must be so before a plan runs: servers that are up, and steps that fit their tools."""

from collections.abc import Collection, Sequence

from mistral_agent.catalogue import Catalogue
from mistral_agent.errors import PlanError, ServerUnavailableError
from mistral_agent.events import Notice
from mistral_agent.planning.plan import Plan
from mistral_agent.planning.validation import validate_plan
from mistral_agent.settings.schema import Planning


def require_tools(catalogue: Catalogue) -> None:
    """Refuse to answer in prose what servers that are down would have done."""
    if not catalogue.tools and catalogue.problems:
        first = catalogue.problems[0]
        raise ServerUnavailableError(first.server, None, first.reason)


def notices(catalogue: Catalogue) -> list[Notice]:
    """What is to be said of the servers before anything runs."""
    down = [f"server {problem.server}: {problem.reason}" for problem in catalogue.problems]
    return [Notice(text) for text in (*down, *catalogue.notes)]


def require_servers(plan: Plan, catalogue: Catalogue) -> None:
    """Name the server that is down rather than say that there is none of this name."""
    named = {step.server for step in plan.steps}
    for problem in catalogue.problems:
        if problem.server in named:
            raise ServerUnavailableError(problem.server, None, problem.reason)


def validate(
    plan: Plan,
    catalogue: Catalogue,
    planning: Planning,
    failing: str = "no valid plan was found",
    finished: Collection[str] = (),
) -> None:
    """Hold a plan that is about to run against the tools' schemas.

    Raises:
        PlanError: It does not fit them; nothing was run.
    """
    problems: Sequence[str] = ()
    if not plan.needs_clarification:
        problems = validate_plan(
            plan,
            catalogue,
            max_steps=planning.max_steps,
            finished=finished,
            allow_loops=planning.allow_loops,
        )
    if problems:
        raise PlanError(f"{failing}: {'; '.join(problems)}")
