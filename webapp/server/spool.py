"""Buffers for request and response bodies: in memory up to a total budget, beyond it in temporary files."""

from __future__ import annotations

from io import BytesIO
from tempfile import TemporaryFile
from typing import IO

from webapp.errors import Busy

#: Bytes that a worker holds of request and response bodies, in memory and on disk: at least two uploads of exports.
MEMORY_BYTES = 64_000_000
DISK_BYTES = 5_000_000_000
#: A single larger body is stored on disk, unless its route keeps bodies from it.
MAX_IN_MEMORY_BYTES = 2_000_000


class Budget:
    """The number of buffered bytes of a worker. It is used from the event loop only."""

    def __init__(self, memory: int = MEMORY_BYTES, disk: int = DISK_BYTES) -> None:
        self.memory_left = memory
        self.disk_left = disk
        #: Without a disk the memory alone bounds a body.
        self.largest_in_memory = MAX_IN_MEMORY_BYTES if disk else memory


class Spool:
    """Bytes that are written in order and then read from the start. `close` returns them to the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._in_memory = 0
        self._on_disk = 0
        self.file: IO[bytes] = BytesIO()

    @property
    def size(self) -> int:
        return self._in_memory + self._on_disk

    def write(self, piece: bytes) -> None:
        """Add a piece. Raises Busy if neither memory nor disk has room."""
        if not self._on_disk and self._fits_in_memory(len(piece)):
            self._budget.memory_left -= len(piece)
            self._in_memory += len(piece)
            self.file.write(piece)
            return
        try:
            self._write_to_disk(piece)
        except OSError as error:
            raise Busy(
                "The server has no space for this request now. Nothing was changed. Please try again in a few seconds."
            ) from error

    def rewind(self) -> IO[bytes]:
        self.file.seek(0)
        return self.file

    def close(self) -> None:
        self.file.close()
        self._budget.memory_left += self._in_memory
        self._budget.disk_left += self._on_disk
        self._in_memory = self._on_disk = 0

    def _fits_in_memory(self, more: int) -> bool:
        return more <= self._budget.memory_left and self._in_memory + more <= self._budget.largest_in_memory

    def _write_to_disk(self, piece: bytes) -> None:
        needed = len(piece) + self._in_memory
        if needed > self._budget.disk_left:
            raise OSError("too much is under way")
        if self._in_memory or not self._on_disk:
            # Writes of 64 KiB go to the page cache as fast as to memory, so they need no thread.
            file = TemporaryFile()  # noqa: SIM115 - `close` closes it
            file.write(self.rewind().read())
            self.file.close()
            self.file = file
            self._budget.memory_left += self._in_memory
            self._budget.disk_left -= self._in_memory
            self._on_disk, self._in_memory = self._in_memory, 0
        self.file.write(piece)
        self._budget.disk_left -= len(piece)
        self._on_disk += len(piece)
