"""Timing two things side by side: what disturbs one round disturbs both, and their ratio stays."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Calls = Mapping[str, Callable[[], object]]

_WARM_UP = 10


class Compared(NamedTuple):
    """The floor's figure, ours, and how many times the floor's ours is (the median of the rounds' ratios)."""

    floor: float
    ours: float
    ratio: float


def compare(floor: Calls, ours: Calls, rounds: int, calls: int) -> dict[str, Compared]:
    """Return the median milliseconds of each operation; in every other round ours goes first."""
    for operations in (floor, ours):
        for call in operations.values():
            _median_ms(call, _WARM_UP)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ours}
    for number in range(rounds):
        for name, pairs in taken.items():
            if number % 2:
                mine, bare = _median_ms(ours[name], calls), _median_ms(floor[name], calls)
            else:
                bare, mine = _median_ms(floor[name], calls), _median_ms(ours[name], calls)
            pairs.append((bare, mine))
    return {name: compared(pairs) for name, pairs in taken.items()}


def compared(pairs: list[tuple[float, float]]) -> Compared:
    """Put the rounds together."""
    return Compared(
        median(bare for bare, _ in pairs),
        median(mine for _, mine in pairs),
        median(mine / bare for bare, mine in pairs),
    )


def _median_ms(call: Callable[[], object], count: int) -> float:
    taken = []
    for _ in range(count):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    return median(taken) * 1_000
