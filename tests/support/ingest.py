"""Imports in tests: chats as an export has them, and their jobs carried out at once."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from webapp.database.transaction import leave_transaction
from webapp.services.ingest.report import read_lines
from webapp.services.ingest.runs import confirm_import, get_import, start_import, undo_import
from webapp.services.ingest.uploads import UploadedFile
from webapp.services.jobs.running import JobRunner
from webapp.state import current

if TYPE_CHECKING:
    from webapp.services.ingest.values import Line, Run
    from webapp.services.users import CurrentUser


def jsonl(*chats: Any) -> bytes:
    return "\n".join(json.dumps(chat) for chat in chats).encode()


def plain(*turns: str) -> dict[str, Any]:
    """A chat in OpenAI's form, by its texts in turn."""
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[place % 2], "content": text} for place, text in enumerate(turns)]}


def upload(user: CurrentUser, *files: tuple[str, bytes], confirmed: bool = False, **options: Any) -> Run:
    """Upload files and carry out everything that follows without a question."""
    given = [UploadedFile(name, io.BytesIO(data)) for name, data in files]
    return work(user, start_import(user, given, confirmed=confirmed, **options))


def work(user: CurrentUser, run: Run) -> Run:
    """Carry out an import's jobs until there is none."""
    while current(JobRunner).run_now(run.id, lambda _done, _total: None):
        leave_transaction()
    leave_transaction()
    return again(user, run)


def again(user: CurrentUser, run: Run) -> Run:
    found = get_import(user, run.id)
    leave_transaction()
    return found


def bring(user: CurrentUser, *files: tuple[str, bytes], **options: Any) -> Run:
    """Import files whole."""
    return upload(user, *files, confirmed=True, **options)


def confirm(user: CurrentUser, run: Run) -> Run:
    return work(user, confirm_import(user, run.id))


def take_back(user: CurrentUser, run: Run) -> Run:
    return work(user, undo_import(user, run.id))


def lines(user: CurrentUser, run: Run) -> list[Line]:
    found: list[Line] = []
    cursor = None
    while True:
        page = read_lines(user, run.id, cursor=cursor)
        found += page.data
        cursor = page.next
        if cursor is None:
            leave_transaction()
            return found
