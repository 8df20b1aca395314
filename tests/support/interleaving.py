"""Two transactions in a forced order: one stops at a statement while the other runs, or waits for a lock."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import event, text

from webapp.database.engine import db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 30.0

_WAITING = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")

_WAITING_FOR = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :part")


def await_waiting(count: int, part: str) -> None:
    """Wait until so many statements with `part` wait for a lock. The caller's own transaction stays open."""
    deadline = time.monotonic() + PATIENCE
    with db.engine.connect() as connection:
        while (waiting := connection.execute(_WAITING_FOR, {"part": f"%{part}%"}).scalar()) != count:
            assert time.monotonic() < deadline, f"{count} should wait, {waiting} do"
            connection.rollback()
            time.sleep(0.01)


class Elsewhere:
    """An action in a thread and a connection of its own."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._app, self._act = current_app._get_current_object(), act  # type: ignore[attr-defined]
        self._result: Any = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> Any:
        """Return what came of it, once it has ended, or raise what it raised."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "it never ended"
        if self._error is not None:
            raise self._error
        return self._result

    def until_blocked(self) -> None:
        """Wait until it has ended, or waits for a lock that another transaction holds."""
        deadline = time.monotonic() + PATIENCE
        with db.engine.connect() as connection:
            while self._thread.is_alive() and not connection.execute(_WAITING).scalar():
                assert time.monotonic() < deadline, "it neither ended nor waits"
                self._thread.join(0.01)

    def _run(self) -> None:
        with self._app.app_context():
            try:
                self._result = self._act()
            except Exception as error:
                self._error = error


@contextmanager
def after_statement(part: str, act: Callable[[], Any]) -> Iterator[list[str]]:
    """Call `act` once, right after this thread's first statement inside the block that holds `part`.

    The list is of the statements after which it was called: one, if the block sent such a statement.
    """
    here, engine, at = threading.get_ident(), db.engine, []

    def look(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if threading.get_ident() == here and not at and part in sql:
            at.append(sql)
            act()

    event.listen(engine, "after_cursor_execute", look)
    try:
        yield at
    finally:
        event.remove(engine, "after_cursor_execute", look)


def meanwhile(part: str, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Run `first` up to its statement with `part`, then `second` elsewhere as far as it comes, then both to the end."""
    began: list[Elsewhere] = []

    def begin() -> None:
        began.append(Elsewhere(second))
        began[0].until_blocked()

    with after_statement(part, begin) as at:
        came = first()
    assert at, f"no statement with {part}"
    return came, began[0].result()
