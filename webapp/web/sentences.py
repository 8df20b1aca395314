"""Sentences of the pages that depend on what they tell about. Templates use them as filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.web.dates import long_date

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.accounts.invitations import Invited
    from webapp.services.live import LiveTurn
    from webapp.services.search.messages import Hit
    from webapp.services.values import SessionRow


def init_app(app: Flask) -> None:
    """Give the templates the filters below."""
    for function in (
        card_facts,
        edit_note,
        finish_note,
        fork_origin,
        fork_origin_url,
        hit_facts,
        invitation_lead,
        messages_or_none,
        replaces_note,
        sign_in_lead,
    ):
        app.add_template_filter(function)


def messages_or_none(count: int) -> str:
    """Return how many messages a chat has."""
    return f"{count} message{'' if count == 1 else 's'}" if count else "no messages yet"


def card_facts(session: SessionRow) -> str:
    """Return what stands under the title of a chat in a list."""
    return f"{session.message_count} messages · last on {long_date(session.last_activity_at)}"


def hit_facts(hit: Hit) -> str:
    """Return who wrote a message that was found, and when."""
    author = "You" if hit.role == "user" else "Assistant"
    return f"{author}, {long_date(hit.create_time)}{' · archived' if hit.archived else ''}"


def search_hint(query: str, *, has_titles: bool) -> str:
    """Return what to try when no message was found."""
    if not query:
        return "Every word must occur; the last one may be just its beginning."
    but = " but in those titles" if has_titles else ""
    return f"No message has all of these words{but}. Try fewer."


def fork_origin(session: SessionRow) -> str:
    """Return where a fork was made."""
    if session.forked_at_idx is None:
        return "forked from another chat"
    return f"forked at message {session.forked_at_idx + 1}"


def fork_origin_url(session: SessionRow) -> str:
    """Return the address of the message, or of the chat, that a fork began at."""
    idx = session.forked_at_idx
    anchor = None if idx is None else f"m-{idx + 1}"
    return url_for("sessions.show", session_id=session.forked_from_id, around=idx, _anchor=anchor)


def finish_note(reason: str | None) -> str:
    """Return why an answer ended before it was whole, nothing if it did not."""
    if reason in {None, "", "stop"}:
        return ""
    if reason == "stopped":
        return "You stopped this"
    return "Cut off at the model's limit" if reason == "length" else f"Ended early: {reason}"


def edit_note(replaced: int) -> str:
    """Return what sending a changed message does to the `replaced` messages that follow it."""
    if replaced == 1:
        effect = "The answer below it is replaced when the new one is finished."
    elif replaced:
        effect = f"The {replaced} messages that follow it are replaced when the new answer is finished."
    else:
        effect = "It takes the place of the old one when its answer is finished."
    return f"{effect} To keep both, fork first."


def replaces_note(live: LiveTurn) -> str:
    """Return what a live turn replaces when it is finished, nothing if it is appended."""
    if live.replaces_from_idx is None:
        return ""
    number = live.question_idx + 1
    if live.question_is_stored:
        if not live.replaced_count:
            return f"The answer to message {number}."
        return f"Another answer to message {number}. It replaces the one above when it is finished."
    if live.replaced_count == 1:
        effect = "It replaces the message above"
    else:
        effect = f"With its answer it replaces messages {live.replaces_from_idx + 1} to {live.base_idx + 1}"
    return f"Message {number} was edited. {effect} when the answer is finished."


def invitation_lead(invited: Invited) -> str:
    """Return what a link is for."""
    if invited.account:
        return f"For the account “{invited.account}”. It is signed out everywhere else."
    return "You are invited to this Minutebook."


def sign_in_lead(text: str) -> str:
    """Return what happens after signing in to the form that was sent, with or without a `text` of the user's."""
    effect = (
        "What you wrote is kept, and goes on its way when you have signed in:"
        if text
        else "What you did is done when you have signed in."
    )
    return f"Your sign-in has run out. {effect}"
