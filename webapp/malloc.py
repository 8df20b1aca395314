"""How the C library keeps memory that was freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

#: `M_MMAP_THRESHOLD` of glibc's <malloc.h>.
_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1_048_576


@cache
def return_large_blocks() -> bool:
    """Make malloc return blocks of 1 MiB and more to the system as soon as they are freed. Return whether it does.

    By default glibc raises its threshold to the largest block that was freed (up to 32 MiB). Later blocks of that size
    then come from the arena of the thread that asks, and stay in it: 19 MiB for each thread that compares a password.
    Setting the threshold once keeps it where it is (mallopt(3)). Other C libraries need no call.
    """
    with suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES))
    return False
