"""Searches in the order of time, with the words as a person types them."""

from __future__ import annotations

from webapp.services.search.query import parse
from webapp.services.search.searching import search


def search_messages(user, text, *, with_archivist=False, order="newest", **options):
    """Return the page of turns of which one message has every word."""
    page = search(user, parse(text, with_archivist=with_archivist), order=order, **options)
    return page if page.all_words else page._replace(data=[])
