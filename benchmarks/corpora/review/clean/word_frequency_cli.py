"""Count word frequencies in text files from the command line.

Usage::

    python word_frequency_cli.py --top 20 --min-length 4 book.txt notes.txt
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

WORD_PATTERN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

EXIT_OK = 0
EXIT_UNREADABLE = 2


def positive_int(text: str) -> int:
    """Convert a command line argument to an integer above zero.

    Args:
        text: Argument as typed by the user.

    Returns:
        The number.

    Raises:
        argparse.ArgumentTypeError: If the text is not a positive integer.
    """
    try:
        number = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a number: {text!r}") from error
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def iter_words(lines: Iterable[str], min_length: int) -> Iterator[str]:
    """Yield the words of some lines in lower case.

    Args:
        lines: Lines of text.
        min_length: Shorter words are left out.

    Yields:
        One word after the other.
    """
    for line in lines:
        for match in WORD_PATTERN.finditer(line):
            word = match.group().casefold()
            if len(word) >= min_length:
                yield word


def count_words(paths: Iterable[Path], min_length: int) -> Counter[str]:
    """Count the words of several files.

    Args:
        paths: UTF-8 text files.
        min_length: Shorter words are left out.

    Returns:
        Number of occurrences by word.

    Raises:
        OSError: If a file cannot be read.
        UnicodeDecodeError: If a file is not UTF-8.
    """
    counts: Counter[str] = Counter()
    for path in paths:
        with path.open(encoding="utf-8") as stream:
            counts.update(iter_words(stream, min_length))
    return counts


def render(ranking: Sequence[tuple[str, int]], as_json: bool) -> str:
    """Render a ranking as JSON or as an aligned table."""
    if as_json:
        return json.dumps(dict(ranking), ensure_ascii=False, indent=2)
    width = max((len(word) for word, _ in ranking), default=0)
    return "\n".join(f"{word:<{width}}  {count:>7}" for word, count in ranking)


def build_parser() -> argparse.ArgumentParser:
    """Create the command line parser."""
    parser = argparse.ArgumentParser(description="Count word frequencies in text files.")
    parser.add_argument("files", nargs="+", type=Path, help="text files to read")
    parser.add_argument("--top", type=positive_int, default=10, help="how many words to show")
    parser.add_argument("--min-length", type=positive_int, default=1, help="shortest word")
    parser.add_argument("--json", action="store_true", dest="as_json", help="write JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = build_parser().parse_args(argv)
    try:
        counts = count_words(options.files, options.min_length)
    except (OSError, UnicodeDecodeError) as error:
        print(f"cannot read input: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    print(render(counts.most_common(options.top), options.as_json))
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
