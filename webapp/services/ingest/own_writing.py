"""Writing of Minutebook's own export, batch by batch. Each transaction notes in the report which chats came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import AppError, Unavailable
from webapp.ids import utc_now
from webapp.models import ChatSession, IngestConversation, IngestRun, SessionMessage, table_of
from webapp.services.exports.archive import open_archive
from webapp.services.exports.restoring import Restore
from webapp.services.exports.unpacked import unpack
from webapp.services.ingest.pace import Pace
from webapp.services.ingest.uploads import folder_of, remove_uploads
from webapp.services.jobs.values import JobFailed
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from webapp.services.exports.restoring import RestoredPart
    from webapp.services.exports.row_writing import RowWriter
    from webapp.services.exports.unpacked import Part, Unpacked
    from webapp.services.jobs.claims import Claim

_runs, _lines = table_of(IngestRun), table_of(IngestConversation)
_sessions, _links = table_of(ChatSession), table_of(SessionMessage)

#: The chat that a former attempt has written in part, with how many messages it has.
_BEGUN = (
    select(_sessions.c.message_count)
    .join_from(_lines, _sessions, _sessions.c.id == _lines.c.session_id)
    .join(_links, (_links.c.session_id == _sessions.c.id) & (_links.c.idx == _sessions.c.message_count - 1))
    .where(
        _lines.c.run_id == bindparam("of_run"),
        _lines.c.position == bindparam("at"),
        _lines.c.outcome == "written",
        _links.c.digest == _lines.c.last_digest,
    )
)
_WRITTEN = (
    update(_lines)
    .where(_lines.c.run_id == bindparam("of_run"), _lines.c.position == bindparam("at"))
    .values(
        outcome="written", made_session=True, first_idx=0, session_id=bindparam("holder"), last_digest=bindparam("last")
    )
)


def write_own(claim: Claim, path: Path) -> None:
    """Write what is left of an export. Raises JobFailed."""
    run_id = str(claim.subject_id)
    written_to = read_connection().execute(select(_runs.c.written_to).where(_runs.c.id == run_id)).scalar_one()
    leave_transaction()
    try:
        with open_archive(path, lambda *_: claim.beat(written_to, None)) as archive:
            total = archive.counts["sessions"]
            with unpack(archive, folder_of(run_id), lambda: claim.beat(written_to, total)) as unpacked:
                restore = Restore(CurrentUser(str(claim.owner_id), ""), archive, unpacked)
                leave_transaction()
                _OwnWriter(claim, restore, run_id, written_to, total).write(unpacked)
    except Unavailable:
        raise
    except (AppError, OSError) as error:
        raise JobFailed(_reason(run_id, error)) from None
    remove_uploads(run_id)


def _reason(run_id: str, error: Exception) -> str:
    said = error.detail if isinstance(error, AppError) else "This export cannot be read any more."
    leave_transaction()
    statement = select(_lines.c.position).where(_lines.c.run_id == run_id, _lines.c.outcome == "written").limit(1)
    if read_connection().execute(statement).first() is None:
        return said
    return f"{said.replace(' Nothing was changed.', '')} What was written until then is here. Undo the import."


class _OwnWriter:
    def __init__(self, claim: Claim, restore: Restore, run_id: str, written_to: int, total: int) -> None:
        self._claim = claim
        self._restore = restore
        self._run_id = run_id
        self._written_to = written_to
        self._total = total
        self._pace = Pace()

    def write(self, unpacked: Unpacked) -> None:
        begun = read_connection().execute(_BEGUN, {"of_run": self._run_id, "at": self._written_to}).scalar()
        leave_transaction()
        for parts in unpacked.parts(self._written_to, begun or 0, lambda: self._pace.messages):
            self._write(parts)
        number, is_more = 0, True
        while is_more:
            with self._pace.transaction() as connection:
                is_more, writer = self._restore.write_rest(number, connection)
                number += 1
                if not is_more:
                    self._restore.end(connection)
                done = {"state": "done", "ended_at": utc_now(), "written_to": self._total}
                self._store(connection, {} if is_more else done, writer)

    def _write(self, parts: Sequence[Part]) -> None:
        with self._pace.transaction() as connection:
            written, writer = self._restore.write(connection, parts)
            if written:
                connection.execute(_WRITTEN, [self._line(one) for one in written])
            self._written_to = parts[-1].position + parts[-1].is_last
            self._store(connection, {"written_to": self._written_to}, writer)

    def _line(self, one: RestoredPart) -> dict[str, Any]:
        return {"of_run": self._run_id, "at": one.part.position, "holder": one.session_id, "last": one.last_digest}

    def _store(self, connection: Connection, values: dict[str, Any], writer: RowWriter) -> None:
        self._claim.store(connection, self._written_to, self._total)
        run = _runs.c.id == self._run_id
        if writer.made_tags:
            before = connection.execute(select(_runs.c.made_tags).where(run)).scalar() or []
            values = values | {"made_tags": [*before, *writer.made_tags]}
        if values:
            connection.execute(update(_runs).where(run).values(**values))
