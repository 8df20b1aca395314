"""Several clients at once: requests a second."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.bench.http import Client
from tests.bench.operations import Operations
from tests.bench.rounds import Compared, compared

if TYPE_CHECKING:
    from tests.bench.dataset import Dataset
    from tests.bench.servers import Server

CLIENTS = 8
_SECONDS = 1.5
NAMES = ("list, first page", "append a turn to 1,000", "search a word of 0.5 %")


def compare_parallel(floor: Server, ours: Server, dataset: Dataset, rounds: int) -> dict[str, Compared]:
    """Return requests a second of some operations. The ratio is of time, as everywhere: the floor's by ours."""
    found = {}
    for name in NAMES:
        pairs = [(_rate(floor, dataset, name), _rate(ours, dataset, name)) for _ in range(rounds)]
        rates, times = compared(pairs), compared([(1 / bare, 1 / mine) for bare, mine in pairs])
        found[name] = rates._replace(ratio=times.ratio)
    return found


def _rate(server: Server, dataset: Dataset, name: str) -> float:
    clients = [Client(server.port) for _ in range(CLIENTS)]
    calls = [Operations(client, dataset).api()[name] for client in clients]
    end = time.perf_counter() + _SECONDS

    def work(number: int) -> int:
        done = 0
        while time.perf_counter() < end:
            calls[number]()
            done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        total = sum(pool.map(work, range(CLIENTS)))
    for client in clients:
        client.close()
    return total / _SECONDS
