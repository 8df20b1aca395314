"""Search: the user's turns that fit a query, best or newest first."""

from __future__ import annotations

from hashlib import blake2s
from typing import TYPE_CHECKING

from webapp.database.transaction import read_connection
from webapp.services.cursors import decode_cursor, encode_cursor
from webapp.services.search.hits import read_hits
from webapp.services.search.index import NEWEST
from webapp.services.search.newest import find_newest
from webapp.services.search.ranking import rank_matches
from webapp.services.search.titles import find_titles
from webapp.services.search.values import SearchPage

if TYPE_CHECKING:
    from webapp.services.search.query import Query
    from webapp.services.search.values import Order
    from webapp.services.users import CurrentUser

PAGE = 20


def search(
    user: CurrentUser, query: Query, *, order: Order = "best", limit: int = PAGE, cursor: str | None = None
) -> SearchPage:
    """Find turns of which one message has every term of the query and passes its filters.

    If no message has every word, turns are found that have some of them (`all_words` is False then). Titles of chats
    that have every word are on the first page. A query without words and filters gives an empty page. The order of
    relevance goes through the newest thousand matching messages only.

    Raises BadRequest for a cursor of another search.
    """
    kind = f"search:{order}:{query.with_archivist:d}:{blake2s(query.text.encode(), digest_size=8).hexdigest()}"
    mode, place, top = decode_cursor(kind, cursor, bool, int, int) if cursor else (True, 0, NEWEST)
    if query.is_empty:
        return SearchPage([], None)
    pages = _newest if order == "newest" or not query.terms else _best
    page = pages(user, query, limit, kind, (mode, place, top))
    if page.data or cursor or len(query.terms) < 2:
        return page if cursor else page._replace(titles=find_titles(user, query))
    page = pages(user, query, limit, kind, (False, 0, NEWEST))
    return page._replace(all_words=False, titles=find_titles(user, query))


def _newest(user: CurrentUser, query: Query, limit: int, kind: str, position: tuple[bool, int, int]) -> SearchPage:
    all_words, _, below = position
    connection = read_connection()
    wanted = query if all_words else query.any_word()
    places, following = find_newest(connection, user, wanted, limit, below)
    hits = read_hits(connection, places, query.terms)
    cursor = None if following is None else encode_cursor(kind, all_words, 0, following)
    return SearchPage(hits, cursor, all_words)


def _best(user: CurrentUser, query: Query, limit: int, kind: str, position: tuple[bool, int, int]) -> SearchPage:
    all_words, start, top = position
    found = rank_matches(read_connection(), user, query, all_words=all_words, below=top)
    cursor = None
    if len(found.turns) > start + limit:
        cursor = encode_cursor(kind, all_words, start + limit, found.top + 1)
    hits = found.hits(start, start + limit)
    return SearchPage(hits, cursor, all_words, is_cut=found.is_cut)
