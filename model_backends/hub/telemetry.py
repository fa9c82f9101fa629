"""What the hub's library tells the hub beside what is asked for."""

import os


def refuse_telemetry() -> None:
    """Let it not tell which packages, and what kind of program, run here.

    It looks once, when it is imported. What a user has set stays.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
