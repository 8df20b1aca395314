"""A progress bar on standard error, for work whose size becomes known while it goes on."""

from __future__ import annotations

import sys
import time
from typing import Self

import click

_WIDTH = 30
_SECONDS = 0.1


class Bar:
    """Draws a bar in a terminal. Elsewhere it prints nothing."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._is_drawn = False
        self._drawn_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_drawn:
            click.echo("\r\033[K", nl=False, err=True)

    def show(self, done: int, total: int | None) -> None:
        """Draw how much is done."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._drawn_at < _SECONDS:
            return
        self._drawn_at, self._is_drawn = now, True
        share = min(1.0, done / total) if total else 0.0
        filled = int(share * _WIDTH)
        click.echo(f"\r{self._label} [{'#' * filled}{'.' * (_WIDTH - filled)}] {share:4.0%}", nl=False, err=True)
