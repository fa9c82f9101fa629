"""`starcoder-mcp`, also as `python -m mcp_server`."""

import sys

EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from mcp_server.cli import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        # Interrupted before the server listened to signals: nothing is open yet.
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
