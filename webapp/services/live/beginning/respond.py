"""Answer a question whose history a client names instead of sending it, as in OpenAI's Responses API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select

from webapp.database.transaction import leave_transaction, read_connection
from webapp.errors import Invalid, NotFound
from webapp.models import ChatSession, Message, SessionMessage, table_of
from webapp.services.files.links import files_of
from webapp.services.live.beginning.left_live import stop_attempts
from webapp.services.live.beginning.told_history import told_history
from webapp.services.live.system_messages import INSTRUCTIONS, SystemMessage, carried_over, held_of_clients
from webapp.services.live.unstored import begin_unstored
from webapp.services.session_rows import read_session_row
from webapp.services.transcripts.positions import find_message
from webapp.services.transcripts.reading import read_range
from webapp.services.transcripts.struck import struck_places
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.agent.values import Parameters
    from webapp.services.idempotency import RequestKey, StoredAnswer
    from webapp.services.live.values import Answered, Begun
    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_links = table_of(SessionMessage)
_messages = table_of(Message)

_NAMED = (
    select(_messages.c.id, _messages.c.role, _messages.c.content, _messages.c.struck_at)
    .join_from(_messages, _links, _links.c.message_id == _messages.c.id)
    .join(_sessions, _sessions.c.id == _links.c.session_id)
    .where(_messages.c.id.in_(bindparam("ids", expanding=True)), _sessions.c.owner_id == bindparam("owner"))
    .distinct()
)
_AT_ONCE = 500


class Asked(NamedTuple):
    """A question, and the history and the system messages that a client sends with it.

    The `instructions` stand before everything. The places of the `system` messages count from the previous answer.
    """

    question: str
    history: tuple[NewMessage, ...] = ()
    system: tuple[SystemMessage, ...] = ()
    instructions: str | None = None
    parameters: Parameters | None = None


class _Before(NamedTuple):
    """The messages up to the previous answer, and the clients' system messages between them.

    `session_id` is the session that ends with it, None if none does.
    """

    messages: tuple[NewMessage, ...]
    session_id: str | None
    system: tuple[SystemMessage, ...] = ()


def respond(
    user: CurrentUser,
    asked: Asked,
    *,
    previous: str | None = None,
    session_id: str | None = None,
    assistant: str | None = None,
    repeated: bool = False,
    store: bool = True,
    key: RequestKey | None = None,
) -> Begun | Answered | StoredAnswer:
    """Begin the answer to a question after the answer with the id `previous` and then its history.

    A message of the history with an id and no text stands for the stored message. If messages follow the previous
    answer in its session, the chat forks there. An answer that is still written, and that is named here, is stopped:
    its client has stopped reading. Raises Invalid for ids that the user does not have, and what `told_history` raises.
    """
    ids = [message.id for message in asked.history if message.id]
    stop_attempts(user, [*ids, *([previous] if previous else [])])
    before = _before(user, previous) if previous else _Before((), session_id)
    told = (*before.messages, *_quoted(user, asked.history, ids))
    leave_transaction()
    first = [SystemMessage(0, asked.instructions, INSTRUCTIONS)] if asked.instructions else []
    said = [*first, *(_after(len(before.messages), each) for each in asked.system)]
    placed = carried_over(before.system, said)
    if not store:
        return begin_unstored(
            user, told, asked.question, assistant=assistant, system=placed, parameters=asked.parameters
        )
    return told_history(
        user,
        told,
        asked.question,
        session_id=before.session_id,
        assistant=assistant,
        system=placed,
        parameters=asked.parameters,
        repeated=repeated,
        key=key,
    )


def _after(count: int, message: SystemMessage) -> SystemMessage:
    return message if message.position is None else message._replace(position=message.position + count)


def _before(user: CurrentUser, previous: str) -> _Before:
    try:
        place = find_message(user, previous)
        messages = read_range(user, place.session_id, 0, place.idx + 1)
        session = read_session_row(read_connection(), user, place.session_id)
    except NotFound:
        raise Invalid.field(
            "#/previous_response_id",
            "previous_response_not_found",
            "There is no such response, or it was not stored. Send the whole conversation as input instead.",
        ) from None
    held = () if session.instructions_digest is None else held_of_clients(read_connection(), session.id, place.idx + 1)
    return _Before(tuple(_named(messages)), session.id if session.last_idx == place.idx else None, tuple(held))


def _named(messages: Sequence[Any]) -> list[NewMessage]:
    """Return stored messages as a history has them. A struck one has its place instead of its text."""
    places = struck_places(read_connection(), [each.id for each in messages if each.struck_at])
    files = files_of(read_connection(), [each.id for each in messages])
    return [
        NewMessage(content=each.content, role=each.role, struck=places.get(each.id), files=files.get(each.id, ()))
        for each in messages
    ]


def _quoted(user: CurrentUser, history: Sequence[NewMessage], ids: Sequence[str]) -> list[NewMessage]:
    """Return the history with the stored messages that it names. Raises Invalid."""
    stored: dict[str, NewMessage] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = read_connection().execute(_NAMED, {"ids": ids[start : start + _AT_ONCE], "owner": user.id}).all()
        stored |= dict(zip((row.id for row in rows), _named(rows), strict=True))
    for message in history:
        if message.id and message.id not in stored:
            raise Invalid.field(
                message.pointer, "item_not_found", "There is no such message, or it was not stored. Send its text."
            )
    return [stored[message.id] if message.id else message for message in history]
