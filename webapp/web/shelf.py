"""The shelf of tags in the sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.http.authentication import current_user
from webapp.services.tags.listing import list_tags

if TYPE_CHECKING:
    from webapp.services.tags.listing import CountedTag

#: Tags of the shelf. A page lists all.
MOST_SHOWN = 50


class Shelf(NamedTuple):
    """The first tags by name, the number of all, and the id of the tag whose chats the page shows."""

    tags: list[CountedTag]
    total: int
    current_id: str | None = None


def read_shelf(current_id: str | None = None) -> Shelf:
    tags = list_tags(current_user())
    shown = tags[:MOST_SHOWN] + [tag for tag in tags[MOST_SHOWN:] if tag.id == current_id]
    return Shelf(shown, len(tags), current_id)
