"""The number of bytes that one reading of an upload may unpack. A small archive can unpack to any size."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from webapp.importers.errors import TooLarge

if TYPE_CHECKING:
    from typing import BinaryIO

#: Real exports unpack to 3 to 15 times their size.
_RATIO = 100
_LEAST = 1_000_000_000
_MOST = 100_000_000_000


class Budget:
    """Counts the unpacked bytes of an upload of `size` bytes, once for every time that they are read."""

    def __init__(self, size: int) -> None:
        self._left = min(max(_LEAST, size * _RATIO), _MOST)
        self.taken = 0

    def take(self, count: int) -> None:
        """Count bytes. Raises TooLarge."""
        self._left -= count
        self.taken += count
        if self._left < 0:
            raise TooLarge(
                "This archive unpacks to far more than its size. It was not read further, and nothing was imported. "
                "Unpack it, and choose the files inside."
            )


class BudgetedStream(io.RawIOBase):
    """A stream whose bytes are counted. Close it to close the stream inside."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._budget.take(len(data))
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()
        super().close()
