"""Full-text search on PostgreSQL: a table of small rows with a GIN index over the words of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.services.search.index.endings import likely_words
from webapp.services.search.index.words import is_emoji

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.search.index.values import Condition
    from webapp.services.search.query import Query, Term

#: The planner merges no subquery with it into the query around it.
_FENCE = "OFFSET 0"
#: Newest messages that are looked through before the index is asked: a common word stands in enough of them.
_LOOKED_THROUGH = 512


def newest(owner_id: str, query: Query, condition: Condition) -> tuple[str, dict[str, Any]]:
    """Return the query for the newest `:most` numbers from `:low` on and below `:below`, and its other values.

    GIN returns all hits without an order. So the query first looks through a bounded number of the owner's newest
    messages. Only if they have too few hits does it ask the index and sort all hits. `OFFSET 0` is a fence for the
    planner, which might otherwise walk back through all messages.
    """
    place = "owner_id = :owner AND seq < :below AND seq >= :low"
    is_wanted, values = _conditions(owner_id, query)
    more = condition.sql.format(seq="found.seq", fence=_FENCE)
    if "term_0" not in values:
        sql = f"""
            SELECT seq FROM message_search AS found WHERE {place} AND {is_wanted} AND {more}
            ORDER BY seq DESC LIMIT :most
        """  # noqa: S608 - the conditions are ours
        return sql, values | condition.values
    sql = f"""
        WITH newest AS MATERIALIZED (
            SELECT seq FROM (
                SELECT * FROM message_search WHERE {place} ORDER BY seq DESC LIMIT {_LOOKED_THROUGH}
            ) AS found WHERE {is_wanted} AND {more} ORDER BY seq DESC LIMIT :most
        )
        SELECT seq FROM (
            SELECT seq FROM newest WHERE (SELECT count(*) FROM newest) >= :most
            UNION ALL
            SELECT seq FROM (
                SELECT seq FROM message_search AS found WHERE {place} AND {is_wanted} AND {more} OFFSET 0
            ) AS indexed WHERE (SELECT count(*) FROM newest) < :most
        ) AS hits ORDER BY seq DESC LIMIT :most
    """  # noqa: S608 - the conditions are ours
    return sql, values | condition.values


def counts(owner_id: str, query: Query, condition: Condition, edges: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """Return the query for how many messages match between each number and the next one, and its values.

    It reads the index and the small rows, no words.
    """
    is_wanted, values = _conditions(owner_id, query)
    sql = f"""
        SELECT width_bucket(seq, CAST(:edges AS bigint[])) - 1 AS place, count(*)
        FROM message_search AS found
        WHERE owner_id = :owner AND seq >= :low AND seq < :below
        AND {is_wanted} AND {condition.sql.format(seq="found.seq", fence=_FENCE)} GROUP BY 1
    """  # noqa: S608 - the conditions are ours
    listed = "{" + ",".join(map(str, edges)) + "}"
    return sql, values | condition.values | {"edges": listed, "low": edges[0], "below": edges[-1]}


def bounds(owner_id: str, query: Query, condition: Condition) -> tuple[str, dict[str, Any]]:
    """Return the query for the oldest and the newest number, and its values."""
    is_wanted, values = _conditions(owner_id, query)
    sql = f"""
        SELECT min(seq) AS oldest, max(seq) AS newest FROM (
            SELECT seq FROM message_search AS found
            WHERE owner_id = :owner AND seq >= :low AND seq < :below
            AND {is_wanted} AND {condition.sql.format(seq="found.seq", fence=_FENCE)} OFFSET 0
        ) AS hits
    """  # noqa: S608 - the conditions are ours
    return sql, values | condition.values


def _conditions(owner_id: str, query: Query) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"owner": owner_id}
    conditions = [] if query.with_archivist else ["NOT is_lookup"]
    if query.role:
        conditions.append("is_question" if query.role == "user" else "NOT is_question")
    terms = _Terms()
    if matches := terms.matches(query):
        conditions.append(f"words @@ ({matches})")
    return " AND ".join(conditions) or "true", values | terms.values


class _Terms:
    """The terms of a search as an expression of the type `tsquery`, and its values."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def matches(self, query: Query) -> str:
        parts = []
        if query.terms:
            parts.append(" && ".join(map(self._add, query.terms)))
        if query.one_of:
            parts.append(" || ".join(map(self._add, query.one_of)))
        parts += [f"!!{self._add(term)}" for term in query.excluded]
        return " && ".join(f"({part})" for part in parts)

    def _add(self, term: Term) -> str:
        name = f"term_{len(self.values)}"
        self.values[name] = _term(term)
        # PostgreSQL's parser knows no emoji, so that it would drop them.
        return f"CAST(:{name} AS tsquery)" if is_emoji(term.words[0]) else f"to_tsquery('minutebook', :{name})"


def _term(term: Term) -> str:
    """Return a term in the syntax of `tsquery`. Words have letters and digits only, and each is quoted."""
    if is_emoji(term.words[0]) or not term.is_prefix:
        return " <-> ".join(f"'{word}'" for word in term.words)
    begun = " <-> ".join([*(f"'{word}'" for word in term.words[:-1]), f"'{term.words[-1]}':*"])
    others = [" <-> ".join(f"'{each}'" for each in (*term.words[:-1], word)) for word in likely_words(term.words[-1])]
    return " | ".join(f"({each})" for each in [begun, *others])
