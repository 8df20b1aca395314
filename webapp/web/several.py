"""Changes to several chats that are selected in the list or in the archive."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, Response, request, url_for

from webapp.errors import AppError, Invalid
from webapp.http.authentication import current_user
from webapp.ids import canonical_id
from webapp.services.sessions.changes import get_session
from webapp.services.sessions.several import MOST, PURGE, TAG, UNTAG, Change, change_sessions
from webapp.services.tags.changes import get_tag
from webapp.services.tags.listing import list_tags
from webapp.services.titles import fold
from webapp.web.changed import show_changed
from webapp.web.responses import (
    answer,
    is_tag_open,
    open_session_id,
    redirect_browser,
    return_address,
    see_other,
    wants_fragment,
)
from webapp.web.sidebar import sidebar

pages = Blueprint("several", __name__)

_EXPORT = "export"
_DONE = {
    "archive": "archived",
    "restore": "restored",
    "pin": "pinned",
    "unpin": "unpinned",
    TAG: "tagged “{}”",
    UNTAG: "without the tag “{}” now",
}
_TAGGING = (TAG, UNTAG)
_UNDO = {"archive": "restore", "restore": "archive", "pin": "unpin", "unpin": "pin", TAG: UNTAG, UNTAG: TAG}


class Done(NamedTuple):
    """A change to several chats, for the notice that offers Undo."""

    sentence: str
    undo: str
    session_ids: list[str]
    #: The name of the tag that was added or removed.
    tag: str = ""


@pages.post("/sessions/changes")
def create() -> Response:
    """Change the selected chats, or save them as a file. Deleting permanently asks first."""
    action, ids = request.form.get("action", ""), request.form.getlist("session")
    if action == _EXPORT:
        return redirect_browser(url_for("exports.several", session=ids))
    if action == PURGE and "sure" not in request.form:
        return _ask(ids)
    tag = " ".join(request.form.get("tag", "").split()) if action in _TAGGING else None
    changes = change_sessions(current_user(), action, ids, tag=tag)
    changed = [change.session_id for change in changes if change.is_changed]
    if action == PURGE:
        return see_other(url_for("archive.index", deleted=len(changed)))
    is_page_changed = is_tag_open() or (open_session_id() in changed and action in {"archive", "restore"})
    if wants_fragment() and not is_page_changed:
        return show_changed(changed, several=_done(action, changes, tag or ""))
    query = {"did": action, "chats": ".".join(id_.replace("-", "") for id_ in changed)} if changed else {}
    if changed and tag:
        query["tag"] = next((each.id for each in list_tags(current_user()) if fold(each.name) == fold(tag)), "")
    return redirect_browser(return_address(url_for("sessions.new"), **query))


@pages.app_context_processor
def from_query() -> dict[str, Any]:
    """Return the notice of the change that the page's query names. Only chats that are there are offered for Undo."""
    action = request.args.get("did", "") if request.method == "GET" else ""
    if action not in _UNDO:
        return {}
    ids = [id_ for text in request.args.get("chats", "").split(".")[:MOST] if (id_ := canonical_id(text))]
    tag = _tag_of_query() if action in _TAGGING else ""
    if not ids or tag is None:
        return {}
    return {"several": _done(action, [Change(id_, is_changed=True) for id_ in ids], tag)}


def _tag_of_query() -> str | None:
    """Return the name of the tag that the query names, None if it is not there."""
    tag_id = canonical_id(request.args.get("tag", ""))
    try:
        return get_tag(current_user(), tag_id).name if tag_id else None
    except AppError:
        return None


def _done(action: str, changes: list[Change], tag: str) -> Done:
    changed = [change.session_id for change in changes if change.is_changed]
    refused = [change.error for change in changes if change.error]
    sentence = f"{_count(len(changed))} {_DONE[action].format(tag)}."
    if refused:
        sentence += f" {_count(len(refused))} not: {refused[0].detail}"
    return Done(sentence, _UNDO[action] if changed else "", changed, tag)


def _count(number: int) -> str:
    return f"{number} chat{'' if number == 1 else 's'}"


def _ask(ids: list[str]) -> Response:
    """Ask before chats are deleted permanently. Chats that are not archived or not there are left out."""
    sessions = []
    for session_id in dict.fromkeys(filter(None, map(canonical_id, ids[:MOST]))):
        try:
            session = get_session(current_user(), session_id)
        except AppError:
            continue
        if session.archived:
            sessions.append(session)
    if not sessions:
        raise Invalid.field("session", "missing", "Select at least one archived chat.")
    return answer("sessions/purge_several.html", sessions=sessions, **sidebar(None, from_cursor=False))
