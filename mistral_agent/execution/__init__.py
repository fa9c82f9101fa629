"""Running a plan: independent steps at once, each outcome on record before anything follows it."""

from mistral_agent.execution.options import ExecutionOptions
from mistral_agent.execution.run import run_plan

__all__ = ["ExecutionOptions", "run_plan"]
