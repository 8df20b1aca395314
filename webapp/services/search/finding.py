"""Search for programs: words and filters as values of their own, results as turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from webapp.database.transaction import read_connection
from webapp.errors import Invalid
from webapp.services.search.messages import search_messages
from webapp.services.session_rows import read_session_row
from webapp.services.titles import fold

if TYPE_CHECKING:
    from webapp.services.search.messages import Hit
    from webapp.services.users import CurrentUser

#: Pages that are read for one page of what the filters leave.
_PAGES = 20


@dataclass(frozen=True)
class Wanted:
    """What is searched for. `after` and `before` are days, months or years; `after` includes its own."""

    words: str
    after: str = ""
    before: str = ""
    tag: str = ""
    role: Literal["user", "assistant"] | None = None
    order: Literal["best", "newest"] = "best"


class Found(NamedTuple):
    """A turn that fits, by the message that fits."""

    message_id: str
    session_id: str
    title: str
    archived: bool
    role: str
    create_time: datetime
    text: str


class FoundPage(NamedTuple):
    """A page of turns. `next` is the cursor of the next page, None on the last one."""

    data: list[Found]
    next: str | None


def find_turns(user: CurrentUser, wanted: Wanted, *, limit: int, cursor: str | None = None) -> FoundPage:
    """Return the turns with all the words. Raises Invalid, and BadRequest for a cursor of another search."""
    after, before = _moment(wanted.after, "after"), _moment(wanted.before, "before")
    found: list[Found] = []
    for _ in range(_PAGES):
        page = search_messages(user, wanted.words, limit=limit, cursor=cursor)
        kept = [hit for hit in page.data if _fits(user, hit, wanted, after, before)]
        found += [_found(hit) for hit in kept]
        cursor = page.next
        if cursor is None or len(found) >= limit:
            break
    return FoundPage(found, cursor)


def _moment(text: str, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{text}-01-01"[:10]).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise Invalid.field(name, "date", f"{name}: write a date like 2025-03-09, 2025-03 or 2025.") from None


def _fits(user: CurrentUser, hit: Hit, wanted: Wanted, after: datetime | None, before: datetime | None) -> bool:
    if wanted.role not in (None, hit.role):
        return False
    if (after and hit.create_time < after) or (before and hit.create_time >= before):
        return False
    return not wanted.tag or _has_tag(user, hit.session_id, wanted.tag)


def _has_tag(user: CurrentUser, session_id: str, name: str) -> bool:
    row = read_session_row(read_connection(), user, session_id)
    return any(fold(tag.name) == fold(name) for tag in row.tags)


def _found(hit: Hit) -> Found:
    text = "".join(hit.snippet)
    return Found(hit.message_id, hit.session_id, hit.title, hit.archived, hit.role, hit.create_time, text)
