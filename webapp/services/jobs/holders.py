"""Locked files by which the processes of one machine know whether the holder of a claim is alive."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def holding(locks: Path, attempt: str) -> Iterator[None]:
    """Hold the file of an attempt locked during the block. The system releases it when the process dies."""
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = locks / attempt
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def is_held(locks: Path, attempt: str) -> bool:
    """Say whether a living process of this machine holds the attempt."""
    return (locks / attempt).exists() and not is_abandoned(locks, attempt)


def is_abandoned(locks: Path, attempt: str) -> bool:
    """Say whether a process of this machine held the attempt and died. False if none of this machine held it."""
    try:
        descriptor = os.open(locks / attempt, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
