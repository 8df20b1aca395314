"""What a strike changes: the message, the answers that repeat it, the quotes of it, and the titles made of it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, or_, select

from webapp.errors import NotFound
from webapp.models import ChatSession, Conversation, Message, SessionMessage, table_of
from webapp.services.lookups import ARCHIVIST, links_to
from webapp.services.sessions.forks import MARKS
from webapp.services.titles import NEW_CHAT, automatic_title
from webapp.urls import message_path

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
    archivist's answers do. Of other answers only the quote is removed. An answer that a client carried has no
    citations; the links of its text tell what it quotes.
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
        made = waiting.pop()
        made_of_it = _titles_of(made)
        titles |= made_of_it
        for citing in _citing(connection, user, made.id, made_of_it):
            if citing.id in targets:
                continue
            found = [each for each in citing.citations or () if _is_of(each, targets.keys(), titles)]
            is_repeated = any(_repeats(citing.content, citation, titles) for citation in found)
            if is_repeated or _quotes(citing, made, made_of_it):
                targets[citing.id] = Target(citing.id, citing.role, citing.content)
                citations.pop(citing.id, None)
                waiting.append(citing)
            elif found:
                citations[citing.id] = [_unquoted(citation, targets.keys(), titles) for citation in citing.citations]
    ids = [*targets, *citations]
    linking = set(connection.scalars(_LINKING, {"ids": ids}))
    titled = set(connection.scalars(_TITLED, {"owner": user.id, "titles": sorted(titles)})) if titles else set()
    return Plan(None, list(targets.values()), citations, frozenset(titles), frozenset(linking | titled))


def _titles_of(row: Row[Any]) -> set[str]:
    """Return the titles that chats and their forks have from this message."""
    title = automatic_title(row.content)
    return {title + mark for mark in MARKS} if row.role == "user" and title != NEW_CHAT else set()


def _citing(connection: Connection, user: CurrentUser, message_id: str, titles: set[str]) -> Sequence[Row[Any]]:
    """Return the messages that cite or link to a message, or to a chat that has one of the titles."""
    titled = set(connection.scalars(_TITLED, {"owner": user.id, "titles": sorted(titles)})) if titles else set()
    text = cast(_messages.c.citations, Text)
    named = [text.contains(id_, autoescape=True) for id_ in sorted({message_id, *titled})]
    linked = [_messages.c.content.contains(link, autoescape=True) for link in links_to(message_id, titles)]
    is_answer = _messages.c.role == "assistant"
    return connection.execute(_OWNED.where(or_(*named, is_answer & or_(*linked))), {"owner": user.id}).all()


def _quotes(answer: Row[Any], message: Row[Any], titles: set[str]) -> bool:
    """Say whether an answer links to a message and quotes it, or names a chat by one of the titles.

    The archivist quotes whatever it links to. Anybody else's answer quotes by lines that begin with “>”.
    """
    if answer.role != "assistant":
        return False
    if answer.model == ARCHIVIST:
        return any(link in answer.content for link in links_to(message.id, titles))
    said = _plain(message.content)
    quoted = (_plain(line) for line in answer.content.splitlines() if line.lstrip().startswith(">"))
    return message_path(message.id) in answer.content and any(line in said for line in quoted if line)


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
