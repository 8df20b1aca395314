"""Full-text search on PostgreSQL: a GIN index over each message's words, newest first."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, Select, String, bindparam, select, text

from webapp.models import Conversation, Message, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_messages = table_of(Message)
_conversations = table_of(Conversation)
_MATCH = text("message_search_words(messages.content) @@ to_tsquery('pg_catalog.simple', :query)")


@cache
def matching_seqs() -> Select[Any]:
    """Return the query of the newest `most` matching message numbers below `below`; binds `query`, `owner`."""
    seq = _messages.c.seq
    return (
        select(seq.label("seq"))
        .join_from(_messages, _conversations, _conversations.c.id == _messages.c.conversation_id)
        .where(
            _MATCH.bindparams(bindparam("query", type_=String)),
            _conversations.c.owner_id == bindparam("owner"),
            seq < bindparam("below", type_=BigInteger),
        )
        .order_by(seq.desc())
        .limit(bindparam("most", type_=Integer))
    )


def query_text(_owner_id: str, words: Sequence[str], *, last_is_prefix: bool = False) -> str:
    """Write a query for messages that hold every word; the database cuts each as it cut the messages."""
    terms = [f"'{word}'" for word in words]
    if last_is_prefix:
        terms[-1] += ":*"
    return " & ".join(terms)
