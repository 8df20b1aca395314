"""Full-text search on PostgreSQL: a stored `tsvector` column with a GIN index, newest first."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Integer, String, TextualSelect, bindparam, column, text

from webapp.database.types import Id

if TYPE_CHECKING:
    from collections.abc import Sequence

# A GIN index returns all hits without an order. So the query first scans a bounded number of the newest messages, which
# is enough for a common word. Only if they have too few hits does it use the index and sort all hits. `OFFSET 0` is a
# fence for the planner, which might otherwise walk back through all messages.
# Replaced messages that no chat holds wait for an undo. Their table is small, and each hit looks into its index.
_NEWEST_HITS = """
    WITH newest AS MATERIALIZED (
        SELECT near.seq
        FROM (
            SELECT seq, conversation_id, message_search_vector, is_lookup FROM messages
            WHERE seq < :below ORDER BY seq DESC LIMIT 128
        ) AS near
        JOIN conversations ON conversations.id = near.conversation_id
        WHERE near.message_search_vector @@ to_tsquery('pg_catalog.simple', :query)
            AND conversations.owner_id = :owner
            AND NOT EXISTS (
                SELECT 1 FROM kept_messages AS kept WHERE kept.seq = near.seq
                AND NOT EXISTS (SELECT 1 FROM session_messages AS held WHERE held.message_id = kept.message_id OFFSET 0)
            )
            AND (:with_lookups OR NOT near.is_lookup)
        ORDER BY near.seq DESC LIMIT :most
    )
    SELECT seq FROM (
        SELECT seq FROM newest WHERE (SELECT count(*) FROM newest) >= :most
        UNION ALL
        SELECT seq FROM (
            SELECT messages.seq
            FROM messages JOIN conversations ON conversations.id = messages.conversation_id
            WHERE messages.message_search_vector @@ to_tsquery('pg_catalog.simple', :query)
                AND conversations.owner_id = :owner
                AND messages.seq < :below
                AND NOT EXISTS (
                    SELECT 1 FROM kept_messages AS kept WHERE kept.seq = messages.seq
                    AND NOT EXISTS (SELECT 1 FROM session_messages AS held WHERE held.message_id = kept.message_id OFFSET 0)
                )
                AND (:with_lookups OR NOT messages.is_lookup)
            OFFSET 0
        ) AS indexed WHERE (SELECT count(*) FROM newest) < :most
    ) AS hits
    ORDER BY seq DESC LIMIT :most
"""


@cache
def matching_seqs() -> TextualSelect:
    """Return the query for the newest `most` matching message numbers below `below`. Binds what `values` returns."""
    binds = (
        bindparam("query", type_=String),
        bindparam("owner", type_=Id),
        bindparam("with_lookups", type_=Boolean),
        bindparam("below", type_=BigInteger),
        bindparam("most", type_=Integer),
    )
    return text(_NEWEST_HITS).bindparams(*binds).columns(column("seq", BigInteger))


def values(owner_id: str, words: Sequence[str], *, last_is_prefix: bool, with_archivist: bool) -> dict[str, Any]:
    """Return the values of a query for messages that contain every word. The database tokenizes it like the messages.

    The words are a `tsquery`.
    """
    terms = [f"'{word}'" for word in words]
    if last_is_prefix:
        terms[-1] += ":*"
    return {"query": " & ".join(terms), "owner": owner_id, "with_lookups": with_archivist}
