"""All data of an account as one zip archive (`minutebook-export/1`), made while it is sent.

`data/*.ndjson` has all facts, a row a line; `files/` the bytes of files by their SHA-256; `chats/` each chat to read.
`manifest.json` is the last member: it has the counts and the digests of the others.
"""

from __future__ import annotations

from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from webapp.database.revision import head_revision
from webapp.database.transaction import writing
from webapp.database.types import instant_text
from webapp.ids import utc_now
from webapp.models import ChatSession, Conversation, File, Message, SessionMessage, User, table_of
from webapp.services.accounts.audit_log import record
from webapp.services.exports.as_markdown import write_markdown
from webapp.services.exports.facts import Facts, to_json
from webapp.services.exports.held import Pieces
from webapp.services.exports.names import Names, safe_name
from webapp.services.exports.sessions import ZIP, Export
from webapp.services.exports.slots import snapshot
from webapp.services.exports.tables import TABLES
from webapp.services.exports.transcript import SESSIONS, read_bytes
from webapp.services.exports.zips import ZipStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection

    from webapp.services.users import CurrentUser

FORMAT = "minutebook-export/1"
MANIFEST = "manifest.json"
ACCOUNT = "account"

_users, _messages, _files = table_of(User), table_of(Message), table_of(File)
_sessions, _conversations, _links = table_of(ChatSession), table_of(Conversation), table_of(SessionMessage)
_OWNER: BindParameter[str] = bindparam("owner")

#: No password, no rights: those are not the account's chats.
ACCOUNT_FACTS = Facts([_users.c[name] for name in ("id", "name", "created_at", "last_assistant", "instructions")])
_ACCOUNT = select(*ACCOUNT_FACTS.columns).where(_users.c.id == _OWNER)
_LAST_DIGESTS = (
    select(_sessions.c.id, _links.c.digest)
    .join_from(_sessions, _links, _links.c.session_id == _sessions.c.id)
    .where(_sessions.c.owner_id == _OWNER, _links.c.idx == _sessions.c.message_count - 1)
    .order_by(_sessions.c.id)
)
_ALL_FILES = select(_files.c.id, _files.c.sha256, _files.c.media_type).where(
    _files.c.owner_id == _OWNER, _files.c.staged_at.is_(None)
)
_ALL_SESSIONS = SESSIONS.where(_sessions.c.owner_id == _OWNER).order_by(_sessions.c.created_at, _sessions.c.id)
_MESSAGE_COUNT = (
    select(func.count())
    .join_from(_messages, _conversations, _conversations.c.id == _messages.c.conversation_id)
    .where(_conversations.c.owner_id == _OWNER)
)
_SESSION_COUNT = select(func.sum(_sessions.c.message_count)).where(_sessions.c.owner_id == _OWNER)
#: Compressing them again costs time and saves nothing.
_COMPRESSED = ("image/", "video/", "audio/", "application/zip", "application/pdf")


def export_everything(user: CurrentUser, report: Callable[[int, int], None] | None = None) -> Export:
    """Return all data of an account as a zip archive. The audit log gets an event.

    `report` is told how many messages are written and how many there are: each is written as a row and as text. Raises
    Busy and Unavailable.
    """
    with writing() as connection:
        record(connection, user, "exported")
    with ExitStack() as resources:
        now = utc_now()
        archive = _Archive(resources.enter_context(snapshot()), user, now, report or (lambda *_: None))
        return Export(
            f"Minutebook {now:%Y-%m-%d} {safe_name(user.name)}.zip", ZIP, Pieces(resources.pop_all(), archive.write())
        )


class _Archive:
    """Writes the members one after the other."""

    def __init__(
        self, connection: Connection, user: CurrentUser, now: datetime, report: Callable[[int, int], None]
    ) -> None:
        self._connection = connection
        self._owner = {"owner": user.id}
        self._now = now
        self._report = report
        self._stream = ZipStream(now)
        self._counts: dict[str, int] = {}
        self._done = 0
        self._total = 0

    def write(self) -> Iterator[bytes]:
        rows = self._connection.scalar(_MESSAGE_COUNT, self._owner) or 0
        self._total = rows + (self._connection.scalar(_SESSION_COUNT, self._owner) or 0)
        yield from self._member(f"data/{ACCOUNT}.ndjson", self._lines(ACCOUNT, ACCOUNT_FACTS, _ACCOUNT))
        for exported in TABLES:
            lines = self._lines(exported.name, exported.facts, exported.rows)
            yield from self._member(f"data/{exported.name}.ndjson", lines)
        yield from self._file_members()
        yield from self._chat_members()
        yield from self._member(MANIFEST, iter([to_json(self._manifest())]))
        yield from self._stream.end()

    def _member(self, name: str, pieces: Iterator[bytes], *, is_compressed: bool = False) -> Iterator[bytes]:
        return self._stream.member(
            name, pieces, is_compressed=is_compressed, is_large=name.startswith(("data", "files"))
        )

    def _lines(self, name: str, facts: Facts, rows: Any) -> Iterator[bytes]:
        count = 0
        for row in self._connection.execute(rows, self._owner):
            yield facts.as_line(row)
            count += 1
            if name == _messages.name:
                self._step(1)
        self._counts[name] = count

    def _file_members(self) -> Iterator[bytes]:
        for file in self._connection.execute(_ALL_FILES, self._owner):
            yield from self._member(
                f"files/{file.sha256.hex()}",
                read_bytes(self._connection, file.id),
                is_compressed=file.media_type.startswith(_COMPRESSED),
            )

    def _chat_members(self) -> Iterator[bytes]:
        names = Names()
        for session in self._connection.execute(_ALL_SESSIONS, self._owner):
            name = names.take(f"{session.created_at:%Y-%m-%d} {safe_name(session.title)}", ".md")
            text = write_markdown(self._connection, session, lambda file: f"../files/{file.sha256.hex()}")
            yield from self._member(f"chats/{name}", text)
            self._step(session.message_count)

    def _step(self, count: int) -> None:
        self._done += count
        self._report(self._done, self._total)

    def _manifest(self) -> dict[str, Any]:
        digests = self._connection.execute(_LAST_DIGESTS, self._owner)
        return {
            "format": FORMAT,
            "app": f"minutebook {version('minutebook')}",
            "schema": head_revision(),
            "made_at": instant_text(self._now),
            "counts": self._counts,
            "transcripts": {session.id: session.digest.hex() for session in digests},
            "members": [member._asdict() for member in self._stream.members],
        }
