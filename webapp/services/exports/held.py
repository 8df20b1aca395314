"""The bytes of an export, with what has to be closed at their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack


class Pieces:
    """An iterator over bytes that closes its resources at the end, at an error, or when it is closed before."""

    def __init__(self, resources: ExitStack, pieces: Iterator[bytes]) -> None:
        """Take over the resources (`ExitStack.pop_all`)."""
        self._resources = resources
        self._pieces = pieces

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close everything. It may be called again, and from another thread between two pieces."""
        close = getattr(self._pieces, "close", None)
        try:
            if close is not None:
                close()
        finally:
            self._resources.close()

    def __del__(self) -> None:
        # A reader that left before the first piece runs no other code of this.
        self.close()
