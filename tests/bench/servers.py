"""Starting and stopping the two servers: Minutebook as its users start it, the floor under gunicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.http import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.config.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MINUTEBOOK = Path(sys.executable).with_name("minutebook")
_CONFIGURED = ("MINUTEBOOK_", "OPENAI_", "DATABASE_URL", "HOST", "PORT", "TRUSTED_HOSTS", "PYTHONDONTWRITEBYTECODE")
#: Writes are counted, as everywhere, and no client is so fast that it meets the bound.
_UNBOUNDED = {"MINUTEBOOK_WRITES_A_MINUTE": "1000000"}
_FLOOR = ("--worker-class=gthread", "--workers=1", "--threads=32", "--keep-alive=30", "--no-control-socket")


class Server(NamedTuple):
    """A server that answers, and how long its first answer took."""

    port: int
    pid: int
    seconds: float


@contextmanager
def serve_app(settings: Settings, **variables: str) -> Iterator[Server]:
    """Run `minutebook serve` on a migrated database, with these environment variables besides."""
    port = free_port()
    command = [str(MINUTEBOOK), "serve"]
    ours = {"MINUTEBOOK_DATA": str(settings.data_dir), "DATABASE_URL": settings.database_url, "PORT": str(port)}
    variables = _UNBOUNDED | variables | ours
    with _running(command, port, variables) as server:
        yield server


@contextmanager
def serve_floor(database: Path | str) -> Iterator[Server]:
    """Run the floor on its copy: an SQLite file, or the URL of a PostgreSQL database."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "tests.bench.floor:create_app()", f"--bind=127.0.0.1:{port}", *_FLOOR]
    with _running(command, port, {"FLOOR_DATABASE": str(database)}) as server:
        yield server


def clean_environment() -> dict[str, str]:
    """Return the environment without what configures Minutebook."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_CONFIGURED)}


@contextmanager
def run_module(name: str, port: int, *arguments: str) -> Iterator[Server]:
    """Run a module as a server of its own."""
    with _running([sys.executable, "-m", name, *arguments], port, {}) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, variables: dict[str, str]) -> Iterator[Server]:
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=clean_environment() | variables, stdout=subprocess.DEVNULL)
    try:
        yield Server(port, process.pid, _first_answer(process, port) - begun)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _first_answer(process: subprocess.Popen[bytes], port: int) -> float:
    """Return the moment of the first 200."""
    while process.poll() is None:
        try:
            with Client(port) as client:
                client.get("/sessions")
                return time.perf_counter()
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"The server ended with {process.returncode} before it answered.")


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
