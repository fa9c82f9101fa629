"""`python -m benchmarks.samples`: ten generated test files as they come out, for readers."""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.testing import serving, subjects_of

SEED = 2026
COUNT = 10
SECONDS = 60


async def write(directory: Path) -> None:
    """Write the code and the tests of subjects of the frozen half that a fixed seed chooses."""
    chosen = random.Random(SEED).sample(subjects_of("frozen"), COUNT)
    async with serving("scripted", SECONDS) as client:
        for subject in chosen:
            module = subject.name.replace("-", "_")
            result = await client.call_tool(
                "generate_tests",
                {"code": subject.code, "module_name": module},
                read_timeout_seconds=SECONDS + 30,
            )
            made = result.structured_content or {}
            (directory / f"{module}.py").write_text(subject.code, encoding="utf-8")
            (directory / f"test_{module}.py").write_text(made["test_code"], encoding="utf-8")
            print(f"{module}: {made['coverage_estimate']} %, {made['mutation_score']} % of mutants")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the samples."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.samples")
    parser.add_argument("directory", type=Path, nargs="?", default=Path("docs/samples"))
    directory: Path = parser.parse_args(argv).directory
    directory.mkdir(parents=True, exist_ok=True)
    asyncio.run(write(directory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
