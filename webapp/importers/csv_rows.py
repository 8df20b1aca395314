"""Rows of CSV files, one at a time, by the names of their columns."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.importers.bundle import Member
    from webapp.importers.probe import Probe

_LONGEST_FIELD = 16_000_000


def columns(probe: Probe) -> tuple[str, ...]:
    """Return the names in the first row of a text, in lower case."""
    first = probe.head.partition("\n")[0].strip()
    try:
        return _names(next(csv.reader([first]), []))
    except csv.Error:
        return ()


def read_rows(member: Member) -> Iterator[dict[str, str] | None]:
    """Yield each row; None for the rest of a file that cannot be read on."""
    csv.field_size_limit(_LONGEST_FIELD)
    with member.open() as stream:
        rows = csv.reader(io.TextIOWrapper(stream, "utf-8-sig", "replace", newline=""))
        try:
            names = _names(next(rows, []))
            for row in rows:
                if any(row):
                    yield dict(zip(names, row, strict=False))
        except csv.Error:
            yield None


def _names(row: list[str]) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in row)
