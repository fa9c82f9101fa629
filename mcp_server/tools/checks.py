"""What was checked of a result, so that "verified" means something."""

from typing import Literal

from pydantic import BaseModel, Field, computed_field

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
    """At least one behavioural check ran, and every required one passed."""
    ran = any(c.kind == "behaviour" and c.status != "not_run" for c in checks)
    return ran and all(c.status == "passed" for c in checks if c.required)


class CheckedResult(BaseModel):
    """A tool result that says what was checked of it."""

    checks: list[Check] = Field(default_factory=list, description="Everything that was checked.")

    @computed_field(  # type: ignore[prop-decorator]
        description="True only if a behavioural check ran and every required check passed."
    )
    @property
    def verified(self) -> bool:
        """Whether the checks amount to a verification."""
        return is_verified(self.checks)
