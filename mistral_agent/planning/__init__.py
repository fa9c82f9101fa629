"""From goals to a validated chain of tool calls."""
