"""Small disks of their own for tests: full ones and read-only ones, mounted for a moment."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Disk:
    """A disk of a few megabytes in memory, mounted at a folder."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        mounted = _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder))
        if mounted:
            pytest.skip(f"full disks: none can be mounted here: {mounted}")

    def fill(self) -> Path:
        """Leave no byte free; return the file that takes the space."""
        ballast = self.folder / "ballast"
        # One write may end early: what is left is filled by the next.
        with ballast.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(1 << 20)):
                    pass
            except OSError:
                pass
        return ballast

    def make_read_only(self) -> None:
        """Let nobody write any more, as a disk does whose mount option or hardware says so."""
        problem = _run("mount", "-o", "remount,ro", str(self.folder))
        # A file stays open for a moment after its process was killed.
        deadline = time.monotonic() + 20
        while "busy" in problem and time.monotonic() < deadline:
            time.sleep(0.05)
            problem = _run("mount", "-o", "remount,ro", str(self.folder))
        assert problem == ""

    def unmount(self) -> None:
        _run("umount", "--lazy", str(self.folder))


@contextmanager
def small_disk(folder: Path, megabytes: int = 16) -> Iterator[Disk]:
    """Mount a small disk at a new folder. Skips the test where nobody may mount."""
    if os.geteuid() != 0:
        pytest.skip("full disks: only root mounts disks")
    disk = Disk(folder, megabytes)
    try:
        yield disk
    finally:
        disk.unmount()


def _run(*command: str) -> str:
    """Run a command; return what it complained of."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() or "it failed" if done.returncode else ""
