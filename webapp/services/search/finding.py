"""Search for programs: words and filters as values of their own, results as turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from webapp.errors import Invalid
from webapp.services.search.query import parse
from webapp.services.search.searching import search

if TYPE_CHECKING:
    from webapp.services.search.values import TurnHit
    from webapp.services.users import CurrentUser


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
    """Return the turns that fit. Raises Invalid, and BadRequest for a cursor of another search."""
    parsed = parse(wanted.words)
    query = replace(
        parsed,
        # The cursor is of this text.
        text=repr(wanted),
        after=_moment(wanted.after, "after") or parsed.after,
        before=_moment(wanted.before, "before") or parsed.before,
        tags=(*parsed.tags, *((wanted.tag,) if wanted.tag else ())),
        role=wanted.role or parsed.role,
    )
    page = search(user, query, order=wanted.order, limit=limit, cursor=cursor)
    return FoundPage([_found(hit) for hit in page.data], page.next)


def _moment(text: str, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{text}-01-01"[:10]).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise Invalid.field(name, "date", f"{name}: write a date like 2025-03-09, 2025-03 or 2025.") from None


def _found(hit: TurnHit) -> Found:
    text = "".join(hit.snippet)
    return Found(hit.message_id, hit.session_id, hit.title, hit.archived, hit.role, hit.create_time, text)
