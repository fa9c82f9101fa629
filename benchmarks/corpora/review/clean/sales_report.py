"""Summarise sales from a CSV export by region and month."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple, TextIO

REQUIRED_COLUMNS = frozenset({"date", "region", "amount"})


class Sale(NamedTuple):
    """One row of the export."""

    day: date
    region: str
    amount: Decimal


class Group(NamedTuple):
    """Region and month that sales are summed up for."""

    region: str
    month: str


class Summary(NamedTuple):
    """Figures of one group."""

    count: int
    total: Decimal
    largest: Decimal

    @property
    def average(self) -> Decimal:
        """Mean amount of a sale, rounded to cents."""
        return (self.total / self.count).quantize(Decimal("0.01"))


class BadRowError(ValueError):
    """A row of the export cannot be understood."""


def read_sales(stream: TextIO) -> Iterator[Sale]:
    """Read sales from an open CSV export.

    Args:
        stream: Text stream, opened with ``newline=""``.

    Yields:
        One sale for each row.

    Raises:
        BadRowError: If columns are missing or a value is malformed.
    """
    reader = csv.DictReader(stream, restval="")
    missing = REQUIRED_COLUMNS.difference(reader.fieldnames or ())
    if missing:
        raise BadRowError(f"missing columns: {', '.join(sorted(missing))}")
    for row in reader:
        try:
            yield Sale(
                day=date.fromisoformat(row["date"]),
                region=row["region"].strip() or "unknown",
                amount=Decimal(row["amount"]),
            )
        except (ValueError, InvalidOperation) as error:
            raise BadRowError(f"line {reader.line_num}: bad date or amount") from error


def summarise(sales: Iterable[Sale]) -> dict[Group, Summary]:
    """Sum up sales by region and month."""
    amounts: defaultdict[Group, list[Decimal]] = defaultdict(list)
    for sale in sales:
        amounts[Group(sale.region, f"{sale.day:%Y-%m}")].append(sale.amount)
    return {
        group: Summary(len(values), sum(values, start=Decimal(0)), max(values))
        for group, values in sorted(amounts.items())
    }


def write_summary(summary: Mapping[Group, Summary], stream: TextIO) -> None:
    """Write a summary as CSV.

    Args:
        summary: Figures by group.
        stream: Text stream, opened with ``newline=""``.
    """
    writer = csv.writer(stream)
    writer.writerow(["region", "month", "count", "total", "average", "largest"])
    writer.writerows(
        [*group, figures.count, figures.total, figures.average, figures.largest]
        for group, figures in summary.items()
    )


def build_report(source: Path, target: Path) -> int:
    """Create the report file and return its number of groups."""
    with source.open(encoding="utf-8", newline="") as stream:
        summary = summarise(read_sales(stream))
    with target.open("w", encoding="utf-8", newline="") as stream:
        write_summary(summary, stream)
    return len(summary)
