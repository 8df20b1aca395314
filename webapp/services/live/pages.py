"""A page of a transcript and the live turn of its session, read in one snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.database.transaction import read_connection
from webapp.services.live.rows import find_live
from webapp.services.transcripts.reading import read_page

if TYPE_CHECKING:
    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser
    from webapp.services.values import TranscriptPage


def read_page_with_live(
    user: CurrentUser, session_id: str, **place: int | None
) -> tuple[TranscriptPage, LiveTurn | None]:
    """Return a page, as `read_page` does, and the session's live turn or None. Raises NotFound.

    One transaction reads both, so a turn that ends meanwhile is either live or on the page, never both or neither.
    """
    live = find_live(read_connection(), user, session_id)
    return read_page(user, session_id, **place), live  # type: ignore[arg-type]
