"""The end of a transcript: messages that are new to a tab, the live turn, and the possible actions.

Sending, streaming, stopping, retrying and polling all respond with this one fragment.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request
from markupsafe import Markup

from webapp.http.authentication import current_user
from webapp.http.numbers import read_whole
from webapp.http.prefixed_links import prefix_html
from webapp.rendering import plain_text
from webapp.services.live import failure_of, is_incomplete, read_page_with_live
from webapp.services.transcripts.html_cache import html_so_far
from webapp.web.composer import composer
from webapp.web.dates import day_label, iso_day, local_day
from webapp.web.menu import menu, menu_groups
from webapp.web.responses import answer
from webapp.web.sidebar import sidebar
from webapp.web.transcript import lines, to_lines

if TYPE_CHECKING:
    from flask import Response

    from webapp.services.live import Failed, LiveTurn
    from webapp.services.values import SessionRow, TranscriptMessage, TranscriptPage
    from webapp.web.composer import FormInput


class TabState(NamedTuple):
    """What a browser tab shows: the `idx` and id of its last message, its live turn, and a hash of the chat's title."""

    after: int
    last: str
    attempt: str
    state: str
    named: str

    @property
    def id(self) -> str:
        """The DOM id of the transcript's end in this state. htmx drops a response whose target has another state."""
        return f"end-{sha256(repr(tuple(self)).encode()).hexdigest()[:16]}"

    @classmethod
    def read(cls) -> TabState:
        """Read the state that the page put into the query or the form."""
        after = read_whole(request.values.get("after", ""))
        return cls(
            after=-1 if after is None else after,
            last=request.values.get("last", ""),
            attempt=request.values.get("attempt", ""),
            state=request.values.get("state", ""),
            named=request.values.get("named", ""),
        )


def read_page_and_live(session_id: str, **place: int | None) -> tuple[TranscriptPage, LiveTurn | None]:
    """Return a page and the live turn from one snapshot of the database."""
    return read_page_with_live(current_user(), session_id, **place)


def end_of(page: TranscriptPage, live: LiveTurn | None) -> dict[str, Any]:
    """Return the context of the transcript's end; `end` is None if the page stops before it."""
    if page.has_later:
        return {"end": None}
    return {"end": _end(page, page.messages[-1] if page.messages else None, live)}


def render_updates(
    session_id: str, tab_state: TabState, *, typed: FormInput | None = None, announce: bool = False
) -> Response:
    """Return the regions of the page that changed since `tab_state`, for htmx.

    `typed` replaces the content of the composer; without it, the text in the composer stays. `announce` lets screen
    readers read a new answer.
    """
    # Rendering the messages ends the transaction, so the sidebar is read first: both show the same state.
    chats = sidebar(session_id, from_cursor=False, has_shelf=False)
    context = _changes_since(session_id, tab_state)
    session, new_lines = context["session"], context["lines"]
    newest = new_lines[-1].message if new_lines and announce else None
    return answer(
        "chat/_updates.html",
        previous=tab_state,
        composer=composer(session, typed),
        clears_composer=typed is not None,
        announced=plain_text(newest.content) if newest and newest.role == "assistant" else "",
        **context,
        **chats,
    )


def has_updates(session_id: str, tab_state: TabState) -> bool:
    """Return whether anything changed since the tab's state."""
    page, live = read_page_and_live(session_id, limit=1)
    return _tab_state(page.session, page.messages[-1] if page.messages else None, live) != tab_state


def live_html(live: LiveTurn) -> Markup:
    """Return the HTML of the partial answer."""
    return Markup(prefix_html(html_so_far(live.attempt, live.partial), request.script_root))  # noqa: S704 - sanitized when rendered


def _changes_since(session_id: str, tab_state: TabState) -> dict[str, Any]:
    page, live = read_page_and_live(session_id, after_idx=max(-1, tab_state.after - 1))
    messages = page.messages
    is_same = tab_state.after < 0 or (bool(messages) and messages[0].id == tab_state.last)
    if not is_same or page.has_later or tab_state.after > page.session.last_idx:
        page, live = read_page_and_live(session_id)
        context = lines(page) | {"is_whole": True}
        last = page.messages[-1] if page.messages else None
    else:
        before = messages[0] if tab_state.after >= 0 else None
        new = messages[1:] if before else messages
        last = messages[-1] if messages else None
        context = {
            "session": page.session,
            "lines": to_lines(
                session_id, new, page.instructions, after=local_day(before.create_time) if before else None
            ),
            "last_day": iso_day(last.create_time) if last else "",
            "is_whole": False,
        }
    return context | {"end": _end(page, last, live)}


def _end(page: TranscriptPage, last: TranscriptMessage | None, live: LiveTurn | None) -> dict[str, Any]:
    session = page.session
    tab_state = _tab_state(session, last, live)
    choices, asked = menu().choices, live.assistant if live else session.assistant
    return {
        "session_id": session.id,
        "id": tab_state.id,
        "tab_state": tab_state,
        "last_role": last.role if last else None,
        "live": live,
        "new_day": _new_day(last, live),
        "failed": _failed(live),
        "is_incomplete": last is not None and is_incomplete(last),
        "html": live_html(live) if live and live.partial else None,
        "offers_others": any(choice.key != asked for choice in choices),
        "is_gone": bool(asked) and all(choice.key != asked for choice in choices),
        "groups": menu_groups(asked),
        "answered_by": session.assistant,
        "undoable": page.undoable,
        "pending": page.pending,
        "pending_files": page.pending_files,
    }


def _new_day(last: TranscriptMessage | None, live: LiveTurn | None) -> str:
    """Return the label of the live turn's day if it is another than that of the last message."""
    if live is None or (last and local_day(last.create_time) == local_day(live.asked_at)):
        return ""
    return day_label(live.asked_at)


def _tab_state(session: SessionRow, last: TranscriptMessage | None, live: LiveTurn | None) -> TabState:
    """Return the tab state of a page that is rendered now."""
    state = "" if live is None else "failed" if _failed(live) else "writing"
    named = sha256(session.title.encode()).hexdigest()[:8]
    return TabState(session.last_idx, last.id if last else "", live.attempt if live else "", state, named)


def _failed(live: LiveTurn | None) -> Failed | None:
    return failure_of(live) if live else None
