"""The table, and what we aim for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.bench.rounds import Compared

#: At most so many times the floor.
RATIO = 1.5
#: A deep page takes as long as the first; the rest is what two equal things differ by in a run.
DEEP = 1.1
START_SECONDS = 1.0
MEMORY_MB = 120.0
PACKAGES = 40
INSTALLED_MB = 60.0

_HEADINGS = ("", "floor", "Minutebook", "ratio", "aim", "")


class Row(NamedTuple):
    """A line of the table. Figures are given as text, the aim as text and whether it is met."""

    name: str
    floor: str
    ours: str
    ratio: float | None = None
    aim: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the cells' text."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}×"
        verdict = "" if self.met is None else "met" if self.met else "**missed**"
        return (self.name, self.floor, self.ours, ratio, self.aim, verdict)


def timed(name: str, found: Compared, *, aim: float | None) -> Row:
    """Make the line of an operation, in milliseconds."""
    digits = 3 if found.floor < 1 else 1
    return Row(
        name,
        f"{found.floor:.{digits}f} ms",
        f"{found.ours:.{digits}f} ms",
        found.ratio,
        f"≤ {aim}×" if aim else "",
        found.ratio <= aim if aim else None,
    )


def counted(name: str, found: Compared) -> Row:
    """Make the line of a rate. Its ratio is of time too: above 1 is slower than the floor."""
    return Row(name, f"{found.floor:,.0f} /s", f"{found.ours:,.0f} /s", found.ratio)


def limited(name: str, floor: float | None, ours: float, aim: float | None, unit: str, digits: int = 0) -> Row:
    """Make the line of a figure with a limit of its own."""
    return Row(
        name,
        "" if floor is None else f"{floor:,.{digits}f}{unit}",
        f"{ours:,.{digits}f}{unit}",
        ours / floor if floor else None,
        f"≤ {aim:g}{unit}" if aim else "",
        ours <= aim if aim else None,
    )


def deep_row(name: str, found: dict[str, Compared]) -> Row:
    """Compare the deep page with the first."""
    first, deep = found["list, first page"], found["list, deep page"]
    ratio = deep.ours / first.ours
    return Row(name, f"{deep.floor / first.floor:.2f}×", f"{ratio:.2f}×", None, f"≤ {DEEP}×", ratio <= DEEP)


def render(rows: list[Row]) -> str:
    """Write the table as Markdown, aligned for reading in a terminal."""
    lines = [_HEADINGS, *(row.cells() for row in rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(_HEADINGS))]
    ruled = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:4]), *("-" * w for w in widths[4:])]
    written = []
    for line in (lines[0], tuple(ruled), *lines[1:]):
        cells = (
            cell.rjust(width) if 1 <= column <= 3 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        written.append(f"| {' | '.join(cells)} |")
    return "\n".join(written)
