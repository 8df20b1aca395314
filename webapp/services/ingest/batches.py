"""One transaction of an import: conversations are compared, written, and noted in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from webapp.database.types import instant_text
from webapp.ids import utc_now
from webapp.models import Conversation, IngestConversation, IngestRun, table_of
from webapp.services.account_locks import hold_account
from webapp.services.ingest.comparing import compare
from webapp.services.ingest.inserting import Rows
from webapp.services.ingest.stored import find_stored
from webapp.services.ingest.values import Written
from webapp.services.tags.ensuring import ensure_tags
from webapp.services.tags.links import tag_session
from webapp.services.transcripts.keeping import replace_tail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from webapp.services.files.spooling import SpooledFile
    from webapp.services.ingest.values import Plan, Prepared, Stored
    from webapp.services.users import CurrentUser

_runs = table_of(IngestRun)
_lines = table_of(IngestConversation)
_conversations = table_of(Conversation)

BROUGHT = ("new", "grown", "changed")

_of_line = (_lines.c.run_id == bindparam("of_run")) & (_lines.c.position == bindparam("at"))
_LINE = (
    update(_lines)
    .where(_of_line)
    .values(
        state=bindparam("found"),
        reason=bindparam("why"),
        new_count=bindparam("brought"),
        session_id=bindparam("holder"),
        made_session=bindparam("is_made"),
        first_idx=bindparam("first"),
        last_digest=bindparam("last"),
        before=bindparam("was", type_=_lines.c.before.type),
        replacement_id=bindparam("replaced"),
        outcome=bindparam("became"),
    )
)
#: A later part of a long conversation.
_CONTINUE_LINE = (
    update(_lines)
    .where(_of_line)
    .values(new_count=_lines.c.new_count + bindparam("brought"), last_digest=bindparam("last"))
)
_WRITTEN = select(_lines.c.position).where(
    _lines.c.run_id == bindparam("of_run"),
    _lines.c.position.in_(bindparam("positions", expanding=True)),
    _lines.c.outcome.is_not(None),
)
_KNOWN = select(_conversations.c.origin, _conversations.c.external_id).where(
    _conversations.c.owner_id == bindparam("owner"),
    _conversations.c.external_id.in_(bindparam("external_ids", expanding=True)),
)


class Batch:
    """Writes conversations in the caller's transaction. `files` has their files by SHA-256.

    `written_to` is the position after the last conversation that is whole.
    """

    def __init__(
        self, connection: Connection, user: CurrentUser, run_id: str, files: Mapping[bytes, SpooledFile]
    ) -> None:
        self._connection = connection
        self._user = user
        self._run_id = run_id
        self._files = files
        self._rows = Rows(user.id, utc_now())
        self._lines: list[dict[str, Any]] = []
        self._more_lines: list[dict[str, Any]] = []
        self._tags: dict[str, Sequence[str]] = {}
        self._tag_ids: dict[str, str] = {}
        self.written_to = 0

    def write(self, conversations: list[Prepared], room: int) -> list[Prepared]:
        """Write about `room` messages of ordinary length. Return what is left, perhaps a part of the first one."""
        hold_account(self._connection, self._user)
        self._ensure_tags(conversations)
        stored = self._find(conversations)
        begun = self._begun(conversations)
        seen: set[tuple[str, str]] = set()
        left = list(conversations)
        while left and room > 0:
            conversation = left[0]
            key = (conversation.origin, conversation.external_id)
            if key in seen:
                # It is compared with what this transaction stores, so in the next one.
                break
            seen.add(key)
            plan = compare(conversation, stored.get(key))
            # What an undo puts back is replaced as a whole.
            is_whole = plan.state == "changed"
            count = plan.new_count if is_whole else min(plan.new_count, conversation.count_within(plan.first_idx, room))
            written = self._apply(conversation, stored.get(key), plan, count)
            self._note(conversation, plan, written, count, is_begun=conversation.position in begun)
            brought = conversation.messages[plan.first_idx : plan.first_idx + count] if plan.state in BROUGHT else ()
            room -= max(1, sum(message.weight for message in brought))
            if plan.state in BROUGHT and count < plan.new_count:
                break
            self.written_to = conversation.position + 1
            left.pop(0)
        self._store()
        return left

    def _find(self, conversations: Sequence[Prepared]) -> dict[tuple[str, str], Stored]:
        found: dict[tuple[str, str], Stored] = {}
        for origin in sorted({one.origin for one in conversations}):
            keys = [one.external_id for one in conversations if one.origin == origin]
            stored = find_stored(self._connection, self._user.id, origin, keys, lock=True)
            found |= {(origin, key): value for key, value in stored.items()}
        return found

    def _begun(self, conversations: Sequence[Prepared]) -> set[int]:
        """Return the positions of conversations of which a part is written."""
        values = {"of_run": self._run_id, "positions": [one.position for one in conversations]}
        return set(self._connection.scalars(_WRITTEN, values))

    def _apply(self, conversation: Prepared, stored: Stored | None, plan: Plan, count: int) -> Written | None:
        messages = conversation.messages[plan.first_idx : plan.first_idx + count]
        if plan.state not in BROUGHT or not messages:
            return None
        if stored is None or stored.session_id is None:
            session_id, conversation_id = self._rows.add_session(
                conversation, stored.conversation_id if stored else None, count
            )
            self._rows.add_messages(session_id, conversation_id, 0, messages, conversation.title)
            if conversation.tags:
                self._tags[session_id] = conversation.tags
            return Written(session_id, True, 0, messages[-1].digest, None, None)
        last_id = self._rows.add_messages(
            stored.session_id, stored.conversation_id, plan.first_idx, messages, stored.imported_title
        )
        replacement_id = None
        if plan.state == "changed":
            replacement_id = self._replace(stored.session_id, stored, plan, last_id)
        ended = max(stored.last_activity_at, conversation.last_activity_at)
        self._rows.grow_session(stored.session_id, plan.first_idx + count, ended)
        return Written(stored.session_id, False, plan.first_idx, messages[-1].digest, _before(stored), replacement_id)

    def _replace(self, session_id: str, stored: Stored, plan: Plan, last_message_id: str) -> str | None:
        return replace_tail(
            self._connection,
            session_id,
            plan.first_idx,
            kind="import",
            message_count=plan.first_idx + plan.new_count,
            last_message_id=last_message_id,
            now=utc_now(),
            forked_at_idx=stored.forked_at_idx,
        )

    def _note(self, conversation: Prepared, plan: Plan, written: Written | None, count: int, *, is_begun: bool) -> None:
        line: dict[str, Any] = {"of_run": self._run_id, "at": conversation.position, "brought": count}
        if is_begun:
            if written is not None:
                self._more_lines.append(line | {"last": written.last_digest})
            return
        done = written or Written(None, False, None, None, None, None)
        self._lines.append(line | {
            "found": plan.state, "why": plan.reason, "holder": done.session_id, "is_made": done.made_session,
            "first": done.first_idx, "last": done.last_digest, "was": done.before, "replaced": done.replacement_id,
            "became": "written" if written else None,
        })  # fmt: skip

    def _store(self) -> None:
        self._rows.insert(self._connection, self._user, self._files)
        for statement, lines in ((_LINE, self._lines), (_CONTINUE_LINE, self._more_lines)):
            if lines:
                self._connection.execute(statement, lines)
        for session_id, names in self._tags.items():
            tag_session(self._connection, session_id, [self._tag_ids[name] for name in names if name in self._tag_ids])

    def _ensure_tags(self, conversations: Sequence[Prepared]) -> None:
        """Make the tags of new chats, before any chat is locked."""
        tagged = [one for one in conversations if one.tags]
        if not tagged:
            return
        known = {(key.origin, key.external_id) for key in self._connection.execute(_KNOWN, {
            "owner": self._user.id, "external_ids": [one.external_id for one in tagged],
        })}  # fmt: skip
        names = [name for one in tagged if (one.origin, one.external_id) not in known for name in one.tags]
        if names:
            tags = ensure_tags(self._connection, self._user, dict.fromkeys(names))
            self._tag_ids = {name: tag.id for name, tag in tags.items()}
            made = list(dict.fromkeys(tag.id for tag in tags.values() if tag.made))
            if made:
                self._add_made_tags(made)

    def _add_made_tags(self, made: list[str]) -> None:
        before = self._connection.execute(select(_runs.c.made_tags).where(_runs.c.id == self._run_id)).scalar() or []
        values = {"made_tags": [*before, *made]}
        self._connection.execute(update(_runs).where(_runs.c.id == self._run_id).values(**values))


def _before(stored: Stored) -> dict[str, Any]:
    """Return what an undo puts back into the rows of the session and its conversation."""
    return {
        "message_count": stored.message_count,
        "last_activity_at": instant_text(stored.last_activity_at),
        "imported_count": stored.imported_count,
        "imported_digest": stored.imported_digest.hex() if stored.imported_digest else None,
    }
