"""Imports of Minutebook's own export of a whole account: its chats come back as they were, with their ids.

The report has a line for each chat. `own_writing.py` writes them.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.errors import Invalid
from webapp.ids import canonical_id
from webapp.models import ChatSession, IngestConversation, IngestRun, SessionMessage, Tag, table_of
from webapp.services.exports.archive import is_export, open_archive
from webapp.services.exports.new_ids import derived_id
from webapp.services.ingest.uploads import paths_of
from webapp.services.ingest.values import COUNTS
from webapp.services.jobs.values import JobFailed
from webapp.services.titles import NEW_CHAT

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from webapp.services.exports.archive import Archive
    from webapp.services.jobs.claims import Claim

_runs = table_of(IngestRun)
_lines = table_of(IngestConversation)
_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_tags = table_of(Tag)

ORIGIN = "minutebook"
_AT_ONCE = 200

_THERE = select(_sessions.c.id).where(
    _sessions.c.owner_id == bindparam("owner"), _sessions.c.id.in_(bindparam("ids", expanding=True))
)


def own_export(run_id: str) -> Path | None:
    """Return the upload's only file if it is an export of a whole account, else None."""
    paths = paths_of(run_id)
    return paths[0] if len(paths) == 1 and paths[0].is_file() and is_export(paths[0]) else None


def report_own(claim: Claim, path: Path) -> dict[str, Any]:
    """Store the report of an export, and return the columns of its run. Raises JobFailed for one that is torn."""
    run_id, owner_id = str(claim.subject_id), str(claim.owner_id)
    counts = dict.fromkeys(COUNTS, 0)
    try:
        with open_archive(path, claim.beat) as archive:
            counts["files"] = archive.counts["files"]
            position = 0
            for rows in _batches(archive):
                lines = _report_lines(run_id, owner_id, rows, position)
                position += len(lines)
                for line in lines:
                    counts["conversations"] += 1
                    counts[line["state"]] += 1
                    counts["messages"] += line["new_count"]
                with writing() as connection:
                    claim.store(connection, position, archive.counts["sessions"])
                    connection.execute(insert(_lines), lines)
    except Invalid as error:
        raise JobFailed(error.detail) from None
    if not counts["conversations"]:
        raise JobFailed("There is no chat in this export.")
    return {"counts": counts, "left_out": {}, "formats": [ORIGIN]}


def _batches(archive: Archive) -> Any:
    rows = archive.rows("sessions")
    while few := list(islice(rows, _AT_ONCE)):
        yield few


def _report_lines(run_id: str, owner_id: str, rows: list[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    ids = [canonical_id(str(row.get("id"))) or "" for row in rows]
    known = _known(read_connection(), owner_id, [id_ for id_ in ids if id_])
    leave_transaction()
    lines = []
    for position, (row, id_) in enumerate(zip(rows, ids, strict=True), first):
        count = row.get("message_count")
        count = count if isinstance(count, int) and count >= 0 else 0
        is_new = id_ not in known
        lines.append({
            "run_id": run_id, "position": position, "place": f"chat {position + 1}", "origin": ORIGIN,
            "external_id": id_, "title": str(row.get("title") or NEW_CHAT)[:200],
            "state": "new" if is_new else "unchanged", "reason": None, "message_count": count,
            "new_count": count if is_new else 0, "file_count": 0, "made_session": False,
        })  # fmt: skip
    return lines


def _known(connection: Connection, owner_id: str, ids: list[str]) -> dict[str, str]:
    """Return the sessions that the account has of these, by their ids in the export."""
    own = {derived_id(id_, owner_id): id_ for id_ in ids} | {id_: id_ for id_ in ids}
    found = connection.scalars(_THERE, {"owner": owner_id, "ids": list(own)})
    return {own[session_id]: session_id for session_id in found}
