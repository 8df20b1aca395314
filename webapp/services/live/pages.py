"""A page of a transcript and the live turn of its session, read in one snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.database.transaction import read_connection
from webapp.services.live.pending import pending_instructions
from webapp.services.live.rows import find_live
from webapp.services.transcripts.reading import read_files, read_page
from webapp.services.transcripts.replacements import find_undoable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.live.values import LiveTurn
    from webapp.services.users import CurrentUser
    from webapp.services.values import StoredFile, TranscriptPage


def read_page_with_live(
    user: CurrentUser, session_id: str, **place: int | None
) -> tuple[TranscriptPage, LiveTurn | None]:
    """Return a page, as `read_page` does, with what can be undone, and the session's live turn. Raises NotFound.

    One transaction reads both, so a turn that ends meanwhile is either live or on the page, never both or neither.
    """
    live = find_live(read_connection(), user, session_id)
    page = read_page(user, session_id, **place)  # type: ignore[arg-type]
    if live is None and not page.has_later and page.messages:
        page = page._replace(undoable=find_undoable(user, page.session, page.messages[-1]))
    if live is not None and not page.has_later:
        page = page._replace(
            pending=pending_instructions(read_connection(), page.session, live),
            pending_files=_kept_files(live),
        )
    return page, live


def _kept_files(live: LiveTurn) -> Sequence[StoredFile]:
    """Return the files of the message that the live turn edits, none if it edits none."""
    if live.replaces_from_idx is None or live.question_is_stored:
        return ()
    return read_files(read_connection(), live.session_id, live.question_idx)
