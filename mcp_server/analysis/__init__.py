"""What the tools stand on: the source guard, linters, metrics, formatters."""
