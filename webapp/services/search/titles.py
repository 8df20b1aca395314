"""Chats whose titles have the words of a search."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, bindparam, text

from webapp.database.transaction import read_connection
from webapp.database.types import Id, Instant
from webapp.services.search.index.filters import session_condition
from webapp.services.search.index.words import is_apart, stem
from webapp.services.search.snippets import Marks, marked
from webapp.services.search.values import TitleHit
from webapp.services.titles import fold

if TYPE_CHECKING:
    from webapp.services.search.query import Query, Term
    from webapp.services.users import CurrentUser

#: Chats that a search names, and that are looked at: some titles have the letters of a word within another.
_MOST, _READ = 5, 50
_TITLES = """
    SELECT s.id, s.title, s.archived, s.last_activity_at FROM sessions AS s
    WHERE s.owner_id = :owner AND {conditions}
    ORDER BY s.archived, s.last_activity_at DESC, s.id DESC LIMIT :most
"""


def find_titles(user: CurrentUser, query: Query, *, most: int = _MOST) -> tuple[TitleHit, ...]:
    """Return the chats whose titles have every term of a query, active ones first, last active first.

    Filters that are about messages find no title.
    """
    if not query.terms or _is_about_messages(query):
        return ()
    condition = session_condition(query)
    values: dict[str, Any] = condition.values | {"owner": user.id, "most": _READ}
    conditions = [condition.sql]
    for number, term in enumerate(query.terms):
        conditions.append(f"s.title_folded LIKE :title_{number} ESCAPE '!'")
        values[f"title_{number}"] = _pattern(term)
    statement = text(_TITLES.format(conditions=" AND ".join(conditions)))
    statement = statement.bindparams(*(bindparam(name, type_=Id) for name in {"owner", "session_id"} & values.keys()))
    typed = statement.columns(archived=Boolean, last_activity_at=Instant)
    each = [Marks([term]) for term in query.terms]
    every = Marks(query.terms)
    hits = [
        TitleHit(row.id, marked(row.title, every.places(row.title)), row.archived, row.last_activity_at)
        for row in read_connection().execute(typed, values)
        if all(marks.places(row.title) for marks in each)
    ]
    return tuple(hits[:most])


def _is_about_messages(query: Query) -> bool:
    return bool(query.role or query.models or query.has_file is not None or query.after or query.before)


def _pattern(term: Term) -> str:
    """Return a pattern for titles that may have a term: the letters that all forms of its words share."""
    joint = "" if is_apart(term.words[0]) else "%"
    return f"%{joint.join(_escaped(_shared(word)) for word in term.words)}%"


def _shared(word: str) -> str:
    pairs = zip(word, stem(word), strict=False)
    return fold("".join(letter for letter, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _escaped(letters: str) -> str:
    return "".join(f"!{c}" if c in "!%_" else c for c in letters)
