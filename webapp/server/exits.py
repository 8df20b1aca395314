"""What a worker's exit status says."""

from __future__ import annotations

#: It could not begin to serve, and another one could not either.
BOOT_FAILED = 3
