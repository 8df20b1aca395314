"""An account in which much has happened, chosen at random, and all that is known of an account."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from tests.support.cast import chat, say
from webapp.database.snapshot import open_snapshot
from webapp.database.transaction import writing
from webapp.ids import new_id, utc_now
from webapp.models import (
    Conversation,
    File,
    FileChunk,
    IngestConversation,
    IngestRun,
    MessageFile,
    SessionTag,
    Tag,
    User,
    table_of,
)
from webapp.services.exports.tables import TABLES
from webapp.services.exports.transcript import read_bytes
from webapp.services.instruction_values import Given
from webapp.services.instructions.storing import store_given
from webapp.services.sessions.changes import archive_session, pin_session
from webapp.services.sessions.forks import fork_session
from webapp.services.strikes.instructions import strike_instruction
from webapp.services.strikes.strike import strike_message
from webapp.services.titles import fold
from webapp.services.transcripts.appending import append_turn
from webapp.services.transcripts.reading import read_transcript
from webapp.services.transcripts.replacing import replace_from
from webapp.services.users import CurrentUser
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Callable

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40).filter(
    str.strip
)
times = st.datetimes(datetime(1975, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
ACTIONS = (
    "begin", "say", "say then", "fork", "replace", "strike", "instruct", "strike instructions", "tag", "file",
    "archive", "pin", "import",
)  # fmt: skip


def a_user(user_id: str | None = None) -> CurrentUser:
    """Make an account of nobody in particular."""
    user = CurrentUser(user_id or new_id(), f"user-{new_id()}")
    with writing() as connection:
        connection.execute(insert(table_of(User)), {"id": user.id, "name": user.name, "created_at": utc_now()})
    return user


@st.composite
def deeds(draw: Callable[..., Any]) -> list[tuple[str, int, str, datetime]]:
    """Draw what happens: an action, a number that chooses its object, a text and a time."""
    deed = st.tuples(st.sampled_from(ACTIONS), st.integers(0, 10_000), texts, times)
    return [("begin", 0, draw(texts), draw(times)), *draw(st.lists(deed, max_size=14))]


# ruff: noqa: ARG002 - each deed takes what some of them need
class Book:
    """Carries out deeds."""

    def __init__(self, user: CurrentUser) -> None:
        self.user = user
        self.sessions: list[str] = []
        self.done: Counter[str] = Counter()

    def do(self, action: str, choice: int, text: str, moment: datetime) -> None:
        if action == "begin" or (action == "say then" and not self.sessions):
            self.sessions.append(chat(self.user, (text, f"*{text}*"), title=text[:20]).id)
            return
        session_id = self.sessions[choice % len(self.sessions)]
        page = read_transcript(self.user, session_id)
        if page.session.archived:
            return
        getattr(self, f"_{action.replace(' ', '_')}")(page, choice % len(page.messages), text, moment)
        self.done[action] += 1

    def _say(self, page, idx, text, moment):
        say(self.user, page.session.id, text, text[::-1])

    def _say_then(self, page, idx, text, moment):
        answer = NewMessage(
            content="Then.", role="assistant", create_time=moment, model="m/1", finish_reason="length",
            usage={"total": 0.1}, reasoning=text, reasoning_seconds=1.25, made_with={"temperature": 0.3},
        )  # fmt: skip
        append_turn(self.user, page.session.id, NewMessage(content=text, create_time=moment), answer)

    def _fork(self, page, idx, text, moment):
        self.sessions.append(fork_session(self.user, page.session.id, idx).id)

    def _replace(self, page, idx, text, moment):
        new = [NewMessage(role="user", content=text), NewMessage(role="assistant", content="Again.", id=new_id())]
        last = page.session.last_idx
        with writing() as connection:
            replace_from(connection, self.user, page.session.id, idx, new, kind="edit", expected_last_idx=last)

    def _strike(self, page, idx, text, moment):
        strike_message(self.user, page.messages[idx].id)

    def _instruct(self, page, idx, text, moment):
        known = max((fact.at_idx for fact in page.instructions), default=0)
        given = [Given("chat", "system", 0, 0, text)]
        with writing() as connection:
            store_given(connection, self.user, page.session.id, given, at_idx=max(idx, known), known=0)

    def _strike_instructions(self, page, idx, text, moment):
        for fact in page.instructions[:1]:
            if fact.text_id:
                strike_instruction(self.user, fact.text_id)

    def _tag(self, page, idx, text, moment):
        name = f"Tag {idx % 3}"
        tags, tagged = table_of(Tag), table_of(SessionTag)
        with writing() as connection:
            found = select(tags.c.id).where(tags.c.owner_id == self.user.id, tags.c.name == name)
            tag_id = connection.scalar(found)
            if tag_id is None:
                tag_id = new_id()
                row = {
                    "id": tag_id,
                    "owner_id": self.user.id,
                    "name": name,
                    "name_folded": fold(name),
                    "created_at": moment,
                }
                connection.execute(insert(tags), row | {"instructions": text})
            one = {"session_id": page.session.id, "tag_id": tag_id}
            if connection.execute(select(tagged).filter_by(**one)).first() is None:
                connection.execute(insert(tagged), one)

    def _file(self, page, idx, text, moment):
        data = text.encode() * (1 + 20_000 * (idx % 2))
        files, placed = table_of(File), table_of(MessageFile)
        sha = hashlib.sha256(data).digest()
        with writing() as connection:
            found = select(files.c.id).where(files.c.owner_id == self.user.id, files.c.sha256 == sha)
            file_id = connection.scalar(found)
            if file_id is None:
                file_id = new_id()
                row = {"id": file_id, "owner_id": self.user.id, "sha256": sha, "size": len(data), "created_at": moment}
                connection.execute(insert(files), row | {"media_type": "text/plain"})
                for position, start in enumerate(range(0, len(data), 262_144)):
                    chunk = {"file_id": file_id, "position": position, "data": data[start : start + 262_144]}
                    connection.execute(insert(table_of(FileChunk)), chunk)
            message_id = page.messages[idx].id
            position = len(connection.execute(select(placed).filter_by(message_id=message_id)).all())
            connection.execute(
                insert(placed),
                {"message_id": message_id, "position": position, "file_id": file_id, "name": f"../{text}.txt"},
            )

    def _archive(self, page, idx, text, moment):
        if len(self.sessions) > 1:
            archive_session(self.user, page.session.id)

    def _pin(self, page, idx, text, moment):
        pin_session(self.user, page.session.id)

    def _import(self, page, idx, text, moment):
        run_id = new_id()
        run = {
            "id": run_id, "owner_id": self.user.id, "state": "done", "source": text, "confirmed": True, "written_to": 1,
            "counts": {"new": 1}, "left_out": {"tool": 2}, "formats": ["claude"], "created_at": moment,
        }  # fmt: skip
        line = {
            "run_id": run_id, "position": 0, "place": text, "origin": "claude", "external_id": text, "title": text,
            "state": "new", "message_count": 2, "new_count": 2, "file_count": 0, "session_id": page.session.id,
            "made_session": True, "before": {"title": text}, "outcome": "written",
        }  # fmt: skip
        conversations = table_of(Conversation)
        with writing() as connection:
            connection.execute(insert(table_of(IngestRun)), run)
            connection.execute(insert(table_of(IngestConversation)), line)
            known = update(conversations).where(conversations.c.id == page.session.conversation_id)
            connection.execute(known.values(imported_count=2, imported_title=text, imported_digest=b"\1" * 16))


def everything(user: CurrentUser) -> dict[str, Any]:
    """Return all rows of an account, and the bytes of its files."""
    connection = open_snapshot()
    try:
        found: dict[str, Any] = {
            each.name: [each.facts.as_dict(row) for row in connection.execute(each.rows, {"owner": user.id})]
            for each in TABLES
        }
        found["bytes"] = {row["id"]: b"".join(read_bytes(connection, row["id"])) for row in found["files"]}
        return found
    finally:
        connection.close()
