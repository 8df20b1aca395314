"""The real server as a child of the tests: `minutebook serve` on a free port, gone when its parent is."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

MINUTEBOOK = Path(sys.executable).with_name("minutebook")

_PR_SET_PDEATHSIG = 1
#: States of a connection in /proc/net/tcp.
_ESTABLISHED, _CLOSE_WAIT = "01", "08"
_libc = ctypes.CDLL(None)


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(database_url: str | None, data_dir: Path, **env: str) -> dict[str, str]:
    """Return the environment of a `minutebook` that knows nothing of the one around it.

    How often somebody may write is not bounded: tests are faster than people. No model is asked for titles: tests count
    what a provider is asked.
    """
    basic = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    given = {"HOME": str(data_dir), "MINUTEBOOK_DATA": str(data_dir), "PYTHONDONTWRITEBYTECODE": "1"}
    unbounded = {"MINUTEBOOK_WRITES_A_MINUTE": "0", "MINUTEBOOK_MODEL_TITLES": "no"}
    return basic | given | unbounded | env | ({"DATABASE_URL": database_url} if database_url else {})


def furnish(data_dir: Path, template: Path) -> Path:
    """Put the copy of a migrated database where a server of this folder looks for its own; return the folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    shutil.copy(template, data_dir / "minutebook.db")
    return data_dir


class Server:
    """A running `minutebook serve`, with its workers in a process group of its own."""

    def __init__(self, database_url: str | None, data_dir: Path, *, port: int | None = None, **env: str) -> None:
        self.host = env.get("HOST", "127.0.0.1")
        self._count = int(env.get("MINUTEBOOK_WORKERS", "1"))
        self._start(database_url, data_dir, port or free_port(), env)
        while not self.wait_until_it_answers():
            if port or "Address already in use" not in self.log.read_text():
                raise RuntimeError(self.log.read_text())
            # Another program took the port after it was found free.
            self._start(database_url, data_dir, free_port(), env)

    def _start(self, database_url: str | None, data_dir: Path, port: int, env: dict[str, str]) -> None:
        self.port = port
        self.url = f"http://[{self.host}]:{port}" if ":" in self.host else f"http://{self.host}:{port}"
        self.log = data_dir / f"server-{port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [MINUTEBOOK, "serve"],
                env=environment(database_url, data_dir, PORT=str(port), **env),
                cwd=data_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def stop(self) -> None:
        """Ask it to end, and see that it did."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it and its workers as a power cut would, and wait until none of them runs any more."""
        # Once their parent is gone nobody else tells who they are.
        workers = self.workers() if self.process.poll() is None else []
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while any(map(is_running, workers)):
            time.sleep(0.005)

    def kill_worker(self, choice: random.Random) -> None:
        """End one worker as the system does when memory is short. Its supervisor starts another."""
        victim = choice.choice(self.workers())
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        while is_running(victim):
            time.sleep(0.005)

    def kill_supervisor(self) -> None:
        """End the supervisor alone, and wait until its workers have seen it and ended by themselves."""
        workers = self.workers()
        self.process.kill()
        self.process.wait()
        while any(map(is_running, workers)):
            time.sleep(0.005)

    def tell(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send it a signal; with `group` to its workers as well, as a terminal does."""
        (os.killpg if group else os.kill)(self.process.pid, number)

    def workers(self) -> list[int]:
        """The processes that serve, each answering some of the connections."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def worker_of(self, client_port: int) -> int | None:
        """Say which worker serves the connection that comes from this port, None while it waits to be accepted."""
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, *fields = line.split()
            if (int(local[-4:], 16), int(remote[-4:], 16)) == (self.port, client_port):
                inode = fields[6]
                break
        else:
            return None
        return next((pid for pid in self.workers() if f"socket:[{inode}]" in _open_files(pid)), None)

    def connections(self) -> int:
        """Say how many connections to it are open: a client that hung up counts until the server has, too."""
        return sum(
            int(local[-4:], 16) == self.port and state in {_ESTABLISHED, _CLOSE_WAIT}
            for _, local, _, state, *_ in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:])
        )

    def has_taken_signals(self) -> bool:
        """Say whether each of its processes has handled all signals that were sent to it."""
        return not any(map(_waiting_signals, (self.process.pid, *self.workers())))

    def wait_until_it_answers(self) -> bool:
        """Return whether a request is answered and every worker runs; False if it ended before.

        Raises RuntimeError with its log if it does neither within 30 seconds.
        """
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            # The supervisor holds the port before a worker serves: only an answer says that one does.
            with suppress(OSError, HTTPException), closing(HTTPConnection(self.host, self.port, timeout=20)) as asking:
                asking.request("GET", "/healthz")
                asking.getresponse().read()
                if len(self.workers()) >= self._count:
                    return True
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"The server did not answer: {self.log.read_text()}")


@contextmanager
def running_server(database_url: str | None, data_dir: Path, **env: str) -> Iterator[str]:
    """Serve a database (SQLite or PostgreSQL, migrated if it is not) and yield the address.

    Keyword arguments are environment variables: `MINUTEBOOK_CHECK_RESPONSES="yes"`.
    """
    server = Server(database_url, data_dir, **env)
    try:
        yield server.url
    finally:
        # How it ends well is tested where that is the matter; here nothing is left to be kept.
        server.kill()


def is_running(pid: int) -> bool:
    """Say whether a process runs: one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _waiting_signals(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd:", "ShdPnd:")))


def _open_files(pid: int) -> set[str]:
    found = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.add(str(path.readlink()))
    return found


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
