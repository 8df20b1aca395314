"""The job that writes an import, batch by batch. Each batch compares its conversations again in its transaction."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from webapp.database.transaction import read_connection, writing
from webapp.errors import FilesFull
from webapp.ids import utc_now
from webapp.importers.errors import UnreadableUpload
from webapp.models import IngestRun, table_of
from webapp.services.files.spooling import SpooledFile, spool_file
from webapp.services.files.staging import staged
from webapp.services.ingest.batches import Batch
from webapp.services.ingest.own_exports import own_export
from webapp.services.ingest.own_writing import write_own
from webapp.services.ingest.pace import Pace
from webapp.services.ingest.reading import items_of
from webapp.services.ingest.uploads import open_uploads, remove_uploads
from webapp.services.ingest.values import Prepared
from webapp.services.jobs.values import JobFailed
from webapp.services.users import CurrentUser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from webapp.importers.records import LeftOut
    from webapp.services.jobs.claims import Claim

_runs = table_of(IngestRun)


def write_import(claim: Claim) -> None:
    """Write what is left of a confirmed import. Raises JobFailed if its upload cannot be read any more."""
    run_id, owner_id = str(claim.subject_id), str(claim.owner_id)
    run = read_connection().execute(
        select(_runs.c.format_name, _runs.c.created_at, _runs.c.written_to, _runs.c.counts).where(_runs.c.id == run_id)
    ).one()  # fmt: skip
    total = int((run.counts or {}).get("conversations", 0)) + int((run.counts or {}).get("left_out", 0))
    export = own_export(run_id)
    if export is not None:
        write_own(claim, export)
        return
    writer = _Writer(claim, CurrentUser(owner_id, ""), run_id, total, run.written_to)
    try:
        with open_uploads(run_id) as bundle:
            for conversation in _left(items_of(bundle, run.format_name, run.created_at), run.written_to):
                writer.add(conversation)
            writer.finish()
    except UnreadableUpload as error:
        raise JobFailed(str(error)) from None
    except FilesFull as error:
        raise JobFailed(f"{error.detail} What was written until then is here. Undo the import, or make room.") from None
    except OSError:
        raise JobFailed("The files of this import cannot be read any more. Undo it, and import them again.") from None
    remove_uploads(run_id)


def _left(items: Iterator[Prepared | LeftOut], written_to: int) -> Iterator[Prepared]:
    """Yield the conversations that are not written yet."""
    for item in items:
        if isinstance(item, Prepared) and item.position >= written_to:
            yield item


class _Writer:
    """Writes conversations in batches whose transactions are short."""

    def __init__(self, claim: Claim, user: CurrentUser, run_id: str, total: int, written_to: int) -> None:
        self._claim = claim
        self._user = user
        self._run_id = run_id
        self._total = total
        self._written_to = written_to
        self._pace = Pace()
        self._batch: list[Prepared] = []
        self._size = 0

    def add(self, conversation: Prepared) -> None:
        self._batch.append(conversation)
        self._size += conversation.weight
        if self._size >= self._pace.messages:
            self._write()
        self._claim.beat(self._written_to, self._total)

    def finish(self) -> None:
        self._write()
        with writing() as connection:
            self._claim.store(connection, self._total, self._total)
            self._store_state(connection, {"state": "done", "ended_at": utc_now(), "written_to": self._total})

    def _write(self) -> None:
        left, self._batch, self._size = self._batch, [], 0
        with ExitStack() as stack:
            files = _spooled(stack, left)
            stack.enter_context(staged(self._user, files.values()))
            while left:
                with self._pace.transaction() as connection:
                    batch = Batch(connection, self._user, self._run_id, files)
                    left = batch.write(left, self._pace.messages)
                    self._written_to = max(self._written_to, batch.written_to)
                    self._claim.store(connection, self._written_to, self._total)
                    self._store_state(connection, {"written_to": self._written_to})

    def _store_state(self, connection: Connection, values: dict[str, Any]) -> None:
        connection.execute(update(_runs).where(_runs.c.id == self._run_id).values(**values))


def _spooled(stack: ExitStack, conversations: Sequence[Prepared]) -> dict[bytes, SpooledFile]:
    """Copy the files out of the upload, so that no transaction waits for an archive."""
    files: dict[bytes, SpooledFile] = {}
    for file in (file for one in conversations for file in one.files):
        if file.sha256 not in files:
            with file.open() as stream:
                files[file.sha256] = stack.enter_context(spool_file(stream, file.name))
    return files
