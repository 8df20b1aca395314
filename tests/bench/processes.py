"""What processes use while something else happens, read from /proc a few times a second."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from struct import unpack_from
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVERY_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1_024 / 1_024


class Use(NamedTuple):
    """At a moment (`time.monotonic_ns`): seconds of CPU used so far, resident megabytes, commits so far."""

    at: int
    cpu: float
    rss: float
    commits: int


class Watch:
    """Looks at a process and its children, and at the commits in an SQLite database."""

    def __init__(self, pid: int, database: Path) -> None:
        self._pids, self._database = family(pid), database
        self.uses = [self.look()]
        self._is_over = threading.Event()

    @classmethod
    @contextmanager
    def over(cls, pid: int, database: Path) -> Iterator[Self]:
        """Watch for the length of a block."""
        watch = cls(pid, database)
        thread = threading.Thread(target=watch.watch)
        thread.start()
        try:
            yield watch
        finally:
            watch._is_over.set()
            thread.join()

    def watch(self) -> None:
        """SnapshotReader until it is over."""
        while not self._is_over.wait(_EVERY_SECONDS):
            self.uses.append(self.look())

    def between(self, start: int, end: int) -> tuple[float, float]:
        """Return the share of a core and the commits a second between two moments, as near as was looked."""
        within = [use for use in self.uses if start <= use.at <= end]
        first, last = within[0], within[-1]
        seconds = (last.at - first.at) / 1e9
        return (last.cpu - first.cpu) / seconds, (last.commits - first.commits) / seconds

    def look(self) -> Use:
        """SnapshotReader at them now."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self._pids)
        ticks = sum(sum(_times(pid)) for pid in self._pids)
        return Use(time.monotonic_ns(), ticks / _TICKS, pages * _PAGE_MB, _commits(self._database))


def family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def _times(pid: int) -> tuple[int, int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]), int(fields[12])


def _commits(database: Path) -> int:
    """Return the counter of the index of the write-ahead log: SQLite adds one with every commit."""
    with Path(f"{database}-shm").open("rb") as index:
        count: int = unpack_from("=I", index.read(12), 8)[0]
    return count
