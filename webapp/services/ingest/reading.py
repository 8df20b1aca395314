"""The job that reads an upload and writes its report: nothing of it is stored but the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from webapp.config.settings import Settings
from webapp.database.transaction import read_connection, writing
from webapp.importers.errors import UnreadableUpload
from webapp.importers.reading import read_upload
from webapp.importers.records import LeftOut
from webapp.models import IngestConversation, IngestRun, table_of
from webapp.services.ingest.comparing import compare
from webapp.services.ingest.own_exports import own_export, report_own
from webapp.services.ingest.preparing import prepare
from webapp.services.ingest.runs import begin
from webapp.services.ingest.stored import find_stored
from webapp.services.ingest.uploads import open_uploads
from webapp.services.ingest.values import COUNTS, STATES, WRITE, Plan, Prepared
from webapp.services.jobs.values import JobFailed
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from webapp.importers.bundle import Bundle
    from webapp.services.jobs.claims import Claim

_runs = table_of(IngestRun)
_lines = table_of(IngestConversation)

#: Conversations that are compared together, and lines that are stored together; and their weight, which is in memory.
_AT_ONCE, _MOST_WEIGHT = 50, 2_000
_TWICE = "It stands twice in the upload."


def read_import(claim: Claim) -> None:
    """Read an upload from its beginning. Raises JobFailed for one that cannot be read or holds no chat."""
    run_id, owner_id = _subject(claim)
    row = read_connection().execute(
        select(_runs.c.format_name, _runs.c.created_at, _runs.c.confirmed).where(_runs.c.id == run_id)
    ).one()  # fmt: skip
    with writing() as connection:
        claim.store(connection, 0, None)
        connection.execute(delete(_lines).where(_lines.c.run_id == run_id))
    report = _Report(claim, run_id, owner_id)
    try:
        export = own_export(run_id)
        if export is not None:
            finish_reading(claim, report_own(claim, export), confirmed=row.confirmed)
            return
        with open_uploads(run_id) as bundle:
            total = sum(member.size for member in bundle.members)
            for item in items_of(bundle, row.format_name, row.created_at):
                report.add(item, bundle.bytes_read(), total)
    except UnreadableUpload as error:
        raise JobFailed(str(error)) from None
    except OSError:
        raise JobFailed("The files of this import cannot be read any more. Import them again.") from None
    report.finish(confirmed=row.confirmed)


def items_of(bundle: Bundle, format_name: str | None, imported_at: datetime) -> Iterator[Prepared | LeftOut]:
    """Yield the conversations as they will be stored, and what is left out, each with its number in the upload.

    Identical conversations without an id get the number of their occurrence.
    """
    limit = current(Settings).max_file_bytes
    occurrences: Counter[str] = Counter()
    for position, (origin, record) in enumerate(read_upload(bundle, format_name)):
        if isinstance(record, LeftOut):
            yield record
            continue
        prepared = prepare(record, origin, position, imported_at, limit)
        if prepared is None:
            yield LeftOut(place=record.place, kind="empty_chat", reason="It has no messages.", title=record.title)
            continue
        if record.external_id is None:
            occurrences[prepared.external_id] += 1
            if (number := occurrences[prepared.external_id]) > 1:
                prepared = replace(prepared, external_id=f"{prepared.external_id}#{number}")
        yield prepared


def finish_reading(claim: Claim, values: dict[str, Any], *, confirmed: bool) -> None:
    """Store the columns of a run that is read. A confirmed one begins to be written."""
    run_id, owner_id = _subject(claim)
    with writing() as connection:
        claim.store(connection, 1, 1)
        connection.execute(update(_runs).where(_runs.c.id == run_id).values(state="ready", **values))
        if confirmed:
            begin(connection, run_id, owner_id, "writing", WRITE)


def _subject(claim: Claim) -> tuple[str, str]:
    if claim.subject_id is None or claim.owner_id is None:
        raise JobFailed("This import is gone.")
    return claim.subject_id, claim.owner_id


class _Report:
    """Collects lines and stores them in batches, with the counts at the end."""

    def __init__(self, claim: Claim, run_id: str, owner_id: str) -> None:
        self._claim = claim
        self._run_id = run_id
        self._owner_id = owner_id
        self._position = 0
        self._batch: list[Prepared | LeftOut] = []
        self._weight = 0
        self._seen: set[int] = set()
        self._origins: dict[str, None] = {}
        self._counts: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._progress = (0, 0)

    def add(self, item: Prepared | LeftOut, done: int, total: int) -> None:
        self._progress = (min(done, total), total)
        self._batch.append(item)
        self._weight += item.weight if isinstance(item, Prepared) else 0
        if len(self._batch) == _AT_ONCE or self._weight >= _MOST_WEIGHT:
            self._store()
        self._claim.beat(*self._progress)

    def finish(self, *, confirmed: bool) -> None:
        """Store the last lines and the counts. Raises JobFailed if there is no conversation."""
        if self._batch:
            self._store()
        if not self._counts["conversations"]:
            raise JobFailed(self._nothing_found())
        values = {
            "counts": {name: self._counts[name] for name in COUNTS},
            "left_out": dict(self._left_out),
            "formats": list(self._origins),
        }
        finish_reading(self._claim, values, confirmed=confirmed)

    def _nothing_found(self) -> str:
        reasons = ", ".join(sorted(self._left_out)) or "nothing"
        return f"There is no chat with messages in this upload. It holds: {reasons}."

    def _store(self) -> None:
        batch, self._batch, self._weight = self._batch, [], 0
        plans = self._compare([item for item in batch if isinstance(item, Prepared)])
        rows = [
            self._left_out_line(item) if isinstance(item, LeftOut) else self._line(item, plans[item.position])
            for item in batch
        ]
        with writing() as connection:
            self._claim.store(connection, *self._progress)
            connection.execute(insert(_lines), rows)

    def _compare(self, conversations: list[Prepared]) -> dict[int, Plan]:
        plans: dict[int, Plan] = {}
        for origin, some in _by_origin(conversations):
            external_ids = [one.external_id for one in some]
            stored = find_stored(read_connection(), self._owner_id, origin, external_ids)
            for one in some:
                key = hash((origin, one.external_id))
                is_again = key in self._seen
                self._seen.add(key)
                plan = compare(one, stored.get(one.external_id))
                plans[one.position] = Plan("unchanged", 0, 0, _TWICE) if is_again and plan.state == "new" else plan
        return plans

    def _line(self, item: Prepared, plan: Plan) -> dict[str, Any]:
        self._origins[item.origin] = None
        self._counts["conversations"] += 1
        self._counts[plan.state] += 1
        self._counts["messages"] += plan.new_count if plan.state != "continued" else 0
        brought = item.messages[plan.first_idx :] if plan.state in ("new", "grown", "changed") else ()
        files = sum(len(message.files) for message in brought)
        self._counts["files"] += files
        self._left_out.update(item.left_out)
        return self._row(
            item.place, item.shown_title, plan.state, plan.reason, origin=item.origin, external_id=item.external_id,
            message_count=len(item.messages), new_count=plan.new_count, file_count=files,
            left_out=dict(item.left_out) or None,
        )  # fmt: skip

    def _left_out_line(self, item: LeftOut) -> dict[str, Any]:
        self._counts["left_out"] += 1
        self._left_out[item.kind] += item.count
        return self._row(item.place, item.title, "left_out", item.reason, left_out={item.kind: item.count})

    def _row(self, place: str, title: str, state: str, reason: str | None, **values: Any) -> dict[str, Any]:
        assert state in STATES
        row = {
            "run_id": self._run_id, "position": self._position, "place": place[:300], "title": title[:200],
            "state": state, "reason": reason, "origin": "", "external_id": None, "message_count": 0, "new_count": 0,
            "file_count": 0, "made_session": False,
        }  # fmt: skip
        self._position += 1
        return row | values


def _by_origin(conversations: Iterable[Prepared]) -> list[tuple[str, list[Prepared]]]:
    groups: dict[str, list[Prepared]] = {}
    for one in conversations:
        groups.setdefault(one.origin, []).append(one)
    return list(groups.items())
