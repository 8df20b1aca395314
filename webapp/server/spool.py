"""Bytes on their way in or out: in memory while there is room for all that are under way, else in temporary files."""

from __future__ import annotations

from io import BytesIO
from tempfile import TemporaryFile
from typing import IO

from webapp.errors import Busy

#: What a worker keeps of bodies and answers that are under way, in memory and on the disk.
MEMORY_BYTES = 64_000_000
DISK_BYTES = 2_000_000_000
#: One body or answer larger than this never stays in memory.
LARGEST_IN_MEMORY = 2_000_000


class Budget:
    """How many bytes are under way in a worker. Used from its event loop alone."""

    def __init__(self, memory: int = MEMORY_BYTES, disk: int = DISK_BYTES) -> None:
        self.memory_left = memory
        self.disk_left = disk


class Spool:
    """Bytes that are gathered in order and then read from the beginning. `close` it to give its room back."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._in_memory = 0
        self._on_disk = 0
        self.file: IO[bytes] = BytesIO()

    @property
    def size(self) -> int:
        """The number of bytes so far."""
        return self._in_memory + self._on_disk

    def write(self, piece: bytes) -> None:
        """Add a piece. Raises Busy if there is room for it neither in memory nor on the disk, or that is full."""
        if not self._on_disk and self._fits_in_memory(len(piece)):
            self._budget.memory_left -= len(piece)
            self._in_memory += len(piece)
            self.file.write(piece)
            return
        try:
            self._write_to_disk(piece)
        except OSError as error:
            raise Busy("The server has no room for this request just now. Nothing was changed.") from error

    def rewind(self) -> IO[bytes]:
        """Return the file, at its beginning."""
        self.file.seek(0)
        return self.file

    def close(self) -> None:
        """Forget the bytes."""
        self.file.close()
        self._budget.memory_left += self._in_memory
        self._budget.disk_left += self._on_disk
        self._in_memory = self._on_disk = 0

    def _fits_in_memory(self, more: int) -> bool:
        return more <= self._budget.memory_left and self._in_memory + more <= LARGEST_IN_MEMORY

    def _write_to_disk(self, piece: bytes) -> None:
        needed = len(piece) + self._in_memory
        if needed > self._budget.disk_left:
            raise OSError("too much is under way")
        if self._in_memory or not self._on_disk:
            # 64 KiB at a time go to the disk's cache as quickly as to memory: no thread is needed for it.
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
