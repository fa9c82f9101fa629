"""`mistral-agent`, also as `python -m mistral_agent`."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from mistral_agent.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
