"""The limit for a whole reply. Silence has its own limit, in the HTTP client."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from webapp.agent.protocol import AssistantFailed
from webapp.agent.provider_errors import too_slow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webapp.agent.connection import CuttableConnection


#: Seconds that a provider may take for the usage after the finish reason.
_AFTER_FINISH = 10.0


class ReplyClock:
    """Begins now and ends after `whole` seconds."""

    def __init__(self, whole: float) -> None:
        self._whole = whole
        self._ends_at = time.monotonic() + whole

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def check(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces. Raises AssistantFailed at the first piece after the end, or if the end cut them off."""
        for piece in pieces:
            self._check()
            yield piece
        self._check()

    def _check(self) -> None:
        if self.is_over:
            raise AssistantFailed(too_slow(self._whole))

    @contextmanager
    def cutting(self, connection: CuttableConnection) -> Iterator[None]:
        """Cut the connection at the end, so that a provider cannot go on for ever by sending a header byte by byte.

        Raises AssistantFailed in place of the error of the cut connection.
        """
        self._cut = connection.cut
        self._start_timer(self._ends_at - time.monotonic())
        try:
            yield
        except AssistantFailed:
            raise
        except Exception:
            if self.is_over:
                raise AssistantFailed(too_slow(self._whole)) from None
            raise
        finally:
            self._timer.cancel()

    def hurry(self) -> None:
        """Cut the connection soon: the answer is complete, and only its usage may come."""
        self._timer.cancel()
        self._start_timer(_AFTER_FINISH)

    def _start_timer(self, seconds: float) -> None:
        self._timer = threading.Timer(max(0.0, seconds), self._cut)
        self._timer.daemon = True
        self._timer.start()
