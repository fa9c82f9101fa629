"""What was checked of a result, so that "verified" means something."""

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from mcp_server.sandbox.base import Mechanism

CheckStatus = Literal["passed", "failed", "not_run"]


class Check(BaseModel):
    """One thing that was checked."""

    name: str = Field(description="What was checked, such as 'parses' or 'example add(1, 2) == 3'.")
    kind: Literal["static", "behaviour"] = Field(
        description="Whether the code was read (static) or run (behaviour)."
    )
    required: bool = Field(description="Whether 'verified' needs this check to pass.")
    status: CheckStatus = Field(description="The outcome; 'not_run' says why in detail.")
    detail: str = Field(default="", description="What was found, in one line.")


def is_verified(checks: list[Check]) -> bool:
    """At least one behavioural check ran and passed, and so did every required one."""
    proven = any(c.kind == "behaviour" and c.status == "passed" for c in checks)
    return proven and all(c.status == "passed" for c in checks if c.required)


class CheckedResult(BaseModel):
    """A tool result that says what was checked of it."""

    checks: list[Check] = Field(default_factory=list, description="Everything that was checked.")
    verified: bool = Field(
        default=False,
        description="True only if a behavioural check passed, and so did every required one.",
    )

    sandbox: Mechanism | None = Field(
        default=None,
        description="What contained the code that was run: 'namespaces', 'landlock' and 'bwrap' "
        "isolate, 'process' has limits alone; null: no code was run.",
    )

    @model_validator(mode="after")
    def _follows_from_the_checks(self) -> Self:
        self.verified = is_verified(self.checks)
        return self
