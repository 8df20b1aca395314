"""The rows of what is live: the first text, and many answers at once."""

from __future__ import annotations

from statistics import median, quantiles
from typing import TYPE_CHECKING

from tests.bench.crowd import COUNT, RATE, TURNS, measure_crowd
from tests.bench.first_text import measure_first_text
from tests.bench.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.crowd import Load
    from tests.bench.dataset import Dataset


def first_text_rows(dataset: Dataset, sends: int) -> Iterator[Row]:
    """Tell how long the first text takes. The floor is the provider itself: what is above it is Minutebook's."""
    floor, found = measure_first_text(dataset, sends)
    for name, first in found.items():
        yield Row(f"first text, {name} (median; 95 %)", _usual(floor.total), _usual(first.total))
        yield Row("… of it behind the provider's first token", _usual(floor.behind), _usual(first.behind))


def crowd_rows() -> Iterator[Row]:
    """Tell what so many answers at once take, when they are followed and when nobody looks."""
    title = f"{TURNS} answers at once"
    followed = measure_crowd(followers=1)
    delays = quantiles(followed.delays, n=100)
    yield Row(
        f"{title}, {RATE} tokens a second each: kept whole", "", f"{followed.kept} ({followed.kept * COUNT:,} tokens)"
    )
    yield Row(
        "… each followed: age of a token (50; 95; 99 %)",
        "",
        f"{delays[49]:,.0f}; {delays[94]:,.0f}; {delays[98]:,.0f} ms",
    )
    yield from _load_rows(followed)
    background = measure_crowd(followers=0)
    yield Row(f"{title}, nobody follows: kept whole", "", f"{background.kept}")
    yield from _load_rows(background)


def _load_rows(load: Load) -> Iterator[Row]:
    yield Row(
        "… first question to first token; last token to last kept", "", f"{load.taken_on:.1f}; {load.ended_after:.1f} s"
    )
    yield Row(
        "… CPU of the server; of provider and followers",
        "",
        f"{load.cpu:.0%}; {load.others[0]:.0%} and {load.others[1]:.0%}",
    )
    yield Row("… memory before; at most; after (RSS)", "", "; ".join(f"{size:,.0f}" for size in load.memory) + " MB")
    yield Row("… transactions", "", f"{load.commits:.1f} /s")


def _usual(times: list[float]) -> str:
    return f"{median(times):.1f}; {quantiles(times, n=20)[18]:.1f} ms"
