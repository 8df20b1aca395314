"""The exit statuses of a worker."""

from __future__ import annotations

#: The worker could not begin to serve, and another one would fail in the same way.
BOOT_FAILED = 3
