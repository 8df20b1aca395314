"""What a strike changes: the message, the answers that repeat it, the quotes of it, and the titles made of it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, or_, select

from webapp.errors import NotFound
from webapp.models import ChatSession, Conversation, Message, SessionMessage, table_of
from webapp.services.sessions.forks import MARKS
from webapp.services.titles import NEW_CHAT, automatic_title

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from webapp.services.users import CurrentUser

_sessions = table_of(ChatSession)
_conversations = table_of(Conversation)
_messages = table_of(Message)
_links = table_of(SessionMessage)

_OWNED = (
    select(*(_messages.c[name] for name in "id role content model citations struck_at".split()))
    .join_from(_messages, _conversations, _conversations.c.id == _messages.c.conversation_id)
    .where(_conversations.c.owner_id == bindparam("owner"))
)
_BY_ID = _OWNED.where(_messages.c.id == bindparam("message_id"))
_TITLED = select(_sessions.c.id).where(
    _sessions.c.owner_id == bindparam("owner"), _sessions.c.title.in_(bindparam("titles", expanding=True))
)
_LINKING = select(_links.c.session_id).where(_links.c.message_id.in_(bindparam("ids", expanding=True))).distinct()

_not_words = re.compile(r"[\W_]+")


class Target(NamedTuple):
    """A message to strike. Its text is needed to find what was made of it."""

    id: str
    role: str
    content: str


class Plan(NamedTuple):
    """All changes of one strike. `citations` has the new citations of messages by id."""

    struck_at: datetime | None
    targets: list[Target]
    citations: dict[str, list[dict[str, Any]]]
    titles: frozenset[str]
    session_ids: frozenset[str]


def plan_strike(connection: Connection, user: CurrentUser, message_id: str) -> Plan:
    """Find everything that holds the text of the user's message. Raises NotFound.

    An answer that cites the message is struck with it if its own text repeats the quote, or a title made of it: the
    archivist's answers do. Of other answers only the quote is removed.
    """
    row = connection.execute(_BY_ID, {"owner": user.id, "message_id": message_id}).first()
    if row is None:
        raise NotFound("There is no such message. It may have been deleted permanently, or replaced by another one.")
    if row.struck_at is not None:
        return Plan(row.struck_at, [], {}, frozenset(), frozenset())
    targets = {row.id: Target(row.id, row.role, row.content)}
    citations: dict[str, list[dict[str, Any]]] = {}
    titles: set[str] = set()
    waiting = [row]
    while waiting:
        made_of_it = _titles_of(waiting.pop())
        titles |= made_of_it
        for citing in _citing(connection, user, targets.keys(), made_of_it):
            found = [citation for citation in citing.citations if _is_of(citation, targets.keys(), titles)]
            if not found or citing.id in targets:
                continue
            if any(_repeats(citing.content, citation, titles) for citation in found):
                targets[citing.id] = Target(citing.id, citing.role, citing.content)
                citations.pop(citing.id, None)
                waiting.append(citing)
            else:
                citations[citing.id] = [_unquoted(citation, targets.keys(), titles) for citation in citing.citations]
    ids = [*targets, *citations]
    linking = set(connection.scalars(_LINKING, {"ids": ids}))
    titled = set(connection.scalars(_TITLED, {"owner": user.id, "titles": sorted(titles)})) if titles else set()
    return Plan(None, list(targets.values()), citations, frozenset(titles), frozenset(linking | titled))


def _titles_of(row: Row[Any]) -> set[str]:
    """Return the titles that chats and their forks have from this message."""
    title = automatic_title(row.content)
    return {title + mark for mark in MARKS} if row.role == "user" and title != NEW_CHAT else set()


def _citing(
    connection: Connection, user: CurrentUser, ids: Sequence[str] | Any, titles: set[str]
) -> Sequence[Row[Any]]:
    """Return the messages whose citations name one of the messages, or a chat that has one of the titles."""
    titled = set(connection.scalars(_TITLED, {"owner": user.id, "titles": sorted(titles)})) if titles else set()
    text = cast(_messages.c.citations, Text)
    named = [text.contains(id_, autoescape=True) for id_ in {*ids, *titled}]
    return connection.execute(_OWNED.where(or_(*named)), {"owner": user.id}).all()


def _is_of(citation: dict[str, Any], ids: Any, titles: set[str]) -> bool:
    return citation["message_id"] in ids or citation["title"] in titles


def _unquoted(citation: dict[str, Any], ids: Any, titles: set[str]) -> dict[str, Any]:
    quote = "" if citation["message_id"] in ids else citation["quote"]
    title = "" if citation["title"] in titles else citation["title"]
    return citation | {"quote": quote, "title": title}


def _repeats(content: str, citation: dict[str, Any], titles: set[str]) -> bool:
    """Say whether a text repeats what it cites. Markdown's marks, escapes and line breaks make no difference."""
    said = _plain(content)
    cited = [citation["quote"]] + ([citation["title"]] if citation["title"] in titles else [])
    return any(_plain(part) in said for part in cited if part)


def _plain(text: str) -> str:
    return _not_words.sub(" ", html.unescape(text)).strip().casefold()
