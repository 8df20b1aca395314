"""Search for programs: filters as values of their own beside the words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webapp.services.search.periods import read_bound
from webapp.services.search.query import parse_question
from webapp.services.search.searching import search

if TYPE_CHECKING:
    from webapp.services.search.query import Role
    from webapp.services.search.values import Order, SearchPage
    from webapp.services.users import CurrentUser


@dataclass(frozen=True)
class Wanted:
    """What is searched for, in words and filters. `after` and `before` are dates or times; `after` includes its own."""

    words: str
    after: str = ""
    before: str = ""
    tag: str = ""
    role: Role | None = None
    order: Order = "best"
    zone: str = "UTC"


def find_turns(user: CurrentUser, wanted: Wanted, *, limit: int, cursor: str | None = None) -> SearchPage:
    """Return a page of turns as `search` does.

    Raises Invalid for a date that is none, and BadRequest for a cursor of another search.
    """
    query = parse_question(wanted.words, wanted.zone)
    query = query.within(
        read_bound(wanted.after, wanted.zone, "after"), read_bound(wanted.before, wanted.zone, "before")
    )
    if wanted.tag:
        query = replace(query, tags=(*query.tags, wanted.tag))
    if wanted.role:
        query = replace(query, role=wanted.role)
    # A cursor belongs to the text of a query, which must differ where a filter does.
    query = replace(query, text=repr(wanted))
    return search(user, query, order=wanted.order, limit=limit, cursor=cursor)
