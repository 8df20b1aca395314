"""Retrieval for the archivist: the user's turns that share words with a question, best first."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from webapp.agent.values import Citation, Findings, MonthCount
from webapp.database.transaction import leave_transaction, read_connection
from webapp.models import Message, table_of
from webapp.services.search.index import NEWEST, find_words, seqs_of_words
from webapp.services.search.messages import hits_statement
from webapp.services.search.snippets import snippet
from webapp.urls import message_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from webapp.services.users import CurrentUser

_messages = table_of(Message)
_TIMES = select(_messages.c.create_time).where(_messages.c.seq.in_(bindparam("seqs", expanding=True)))
_CHOSEN = hits_statement(select(_messages.c.seq).where(_messages.c.seq.in_(bindparam("seqs", expanding=True))))

#: Limits: words looked up, newest messages scored for each word, messages read, and turns quoted.
_WORDS, _NEWEST, _READ, _QUOTED = 8, 100, 40, 5

#: Words that say nothing about the subject (English, German, French, Spanish).
STOP_WORDS = frozenset(
    """
    a about again all also am an and any are as at be because been before being between both but by can could did do
    does doing done for from get had has have having he her here him his how i if in into is it its just let like
    make me more most my no not now of on once only or other our out over please put said same say she should so some
    such tell than that the their them then there these they thing things think this those time to too under until up
    us very was we were what when where which while who whom whose why will with would you your yours
    aber als am an auch auf aus bei bin bis bist da das dass dein dem den der des die dies doch du durch ein eine
    einem einen einer es euch für hab habe haben hat hatte ich ihr im in ist ja kann kein mein mich mir mit nach nicht
    noch nun nur oder schon sein sich sie sind so um und uns von vor wann war warum was weil wenn wer werden wie wir
    wird wo zu zum zur
    au aux avec ce ces dans de des du elle en est et eux il je la le les leur lui ma mais me mes moi mon ne nos notre
    nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous
    con de del el ella en entre era es esta este fue ha la las lo los más mi muy no nos o para pero por que se sin
    sobre su sus te tu un una y ya yo
    """.split()
)


def retrieve(user: CurrentUser, question: str) -> Findings:
    """Return the user's turns that share words with the question.

    A word weighs more if fewer messages contain it. Of turns with equal scores the newer comes first. The number of
    words bounds the number of queries, and the index bounds their cost. No transaction is left open, because the
    result may be written to a slow client.
    """
    words = keywords(question)
    if not words:
        return Findings()
    try:
        return _find(read_connection(), user, words)
    finally:
        leave_transaction()


def _find(connection: Connection, user: CurrentUser, words: Sequence[str]) -> Findings:
    scores = _score(connection, user, words)
    best = sorted(scores, key=lambda seq: (scores[seq], seq), reverse=True)
    rows = {row.seq: row for row in connection.execute(_CHOSEN, {"seqs": best[:_READ]})}
    passages = _passages((rows[seq] for seq in best if seq in rows), words)
    times = connection.scalars(_TIMES, {"seqs": best[: _WORDS * _NEWEST]})
    months = Counter(f"{time:%Y-%m}" for time in times)
    return Findings(passages, tuple(MonthCount(month, months[month]) for month in sorted(months)))


def keywords(question: str) -> list[str]:
    """Return the longest words of a question that are no stop words."""
    words = [word for word in find_words(question) if word not in STOP_WORDS]
    return sorted(words, key=len, reverse=True)[:_WORDS]


def _score(connection: Connection, user: CurrentUser, words: Sequence[str]) -> dict[int, float]:
    scores: dict[int, float] = defaultdict(float)
    total = 0.0
    for word in words:
        seqs = _newest(connection, user, [word])
        weight = math.log(1 + 2 * _NEWEST / max(1, len(seqs)))
        total += weight
        for seq in seqs:
            scores[seq] += weight
    # The newest messages with a common word may not include those that contain all the words.
    if len(words) > 1:
        scores |= dict.fromkeys(_newest(connection, user, words), total)
    return scores


def _newest(connection: Connection, user: CurrentUser, words: Sequence[str]) -> list[int]:
    statement, values = seqs_of_words(connection, user.id, words)
    return list(connection.scalars(statement, values | {"below": NEWEST, "most": _NEWEST}))


def _passages(rows: Iterable[Any], words: Sequence[str]) -> tuple[Citation, ...]:
    """Quote each turn once, by its best message, and equal quotes only once."""
    passages: dict[tuple[str, int], Citation] = {}
    quotes: set[str] = set()
    for row in rows:
        turn = (row.session_id, row.idx if row.role == "user" else row.idx - 1)
        quote = "".join(snippet(row.content, row.role, words)).strip()
        if turn in passages or quote in quotes:
            continue
        quotes.add(quote)
        passages[turn] = Citation(
            session_id=row.session_id,
            title=row.title,
            idx=row.idx,
            message_id=row.message_id,
            create_time=row.create_time,
            quote=quote,
            html_url=message_path(row.message_id),
        )
        if len(passages) == _QUOTED:
            break
    return tuple(passages.values())
