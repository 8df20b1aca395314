"""How the C library keeps memory that was freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache

#: `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of glibc's <malloc.h>.
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE_BYTES = 1_048_576


@cache
def return_freed_memory() -> bool:
    """Make malloc give freed memory back: blocks of 1 MiB at once, the rest from one arena. Return whether it does.

    By default glibc raises its threshold to the largest block that was freed (up to 32 MiB). Later blocks of that size
    then come from the arena of the thread that asks, and stay in it: 19 MiB for each thread that compares a password.
    It also makes up to eight arenas a core, each with free memory that no other thread can use. Python's own lock lets
    one thread at a time allocate, so one arena serves them as well (mallopt(3)). Other C libraries need no call.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)) and bool(mallopt(_M_ARENA_MAX, 1))
    return False
