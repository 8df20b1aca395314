"""Retrieval for the archivist: the user's turns that answer a question best."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from webapp.agent.values import Citation, Findings, MonthCount
from webapp.database.transaction import leave_transaction
from webapp.services.search.peeking import peek
from webapp.services.search.query import QUERY_LIMIT, words_query
from webapp.services.search.ranking.keywords import has_subject
from webapp.urls import message_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.services.search.values import TurnHit
    from webapp.services.users import CurrentUser

#: Turns that are quoted, and looked at for that.
_QUOTED, _READ = 5, 40


def retrieve(user: CurrentUser, question: str) -> Findings:
    """Return the user's turns that share telling words with the question, best first.

    A bounded number of queries is sent. No transaction is left open, because the result may be written to a slow
    client.
    """
    if not has_subject(question):
        return Findings()
    try:
        found = peek(user, words_query(question[:QUERY_LIMIT]), top_k=_READ, unit="month")
    finally:
        leave_transaction()
    if found.fit in {"weak", "nothing"}:
        return Findings()
    months = Counter({f"{each.start:%Y-%m}": each.count for each in found.histogram.bins if each.count})
    return Findings(_passages(found.matches), tuple(MonthCount(*each) for each in sorted(months.items())))


def _passages(hits: Iterable[TurnHit]) -> tuple[Citation, ...]:
    """Quote each turn by the message that matches, and equal quotes only once."""
    passages: dict[str, Citation] = {}
    for hit in hits:
        quote = "".join(hit.snippet).strip()
        if quote in passages:
            continue
        passages[quote] = Citation(
            session_id=hit.session_id,
            title=hit.title,
            idx=hit.idx,
            message_id=hit.message_id,
            create_time=hit.create_time,
            quote=quote,
            html_url=message_path(hit.message_id),
        )
        if len(passages) == _QUOTED:
            break
    return tuple(passages.values())
