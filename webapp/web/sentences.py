"""Template filters that write sentences about sessions, messages, live turns and invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.web.dates import long_date

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.accounts.invitations import Invited
    from webapp.services.assistants.values import Check
    from webapp.services.live import LiveTurn
    from webapp.services.search.values import TurnHit
    from webapp.services.values import Replacement, SessionRow

#: Why an answer is incomplete, by its finish reason. Imported answers have those of other APIs, too.
_FILTERED = "Cut off by the provider's filter"
_WANTED_TOOL = "Ended early: the model wanted to call a tool, which Minutebook does not offer"
_ENDS = {
    "stopped": "You stopped this",
    "broken_off": "Broke off before its end, kept as it was",
    "too_long": "Cut off at the longest length that is kept here",
    "length": "Cut off at the model's limit",
    "max_tokens": "Cut off at the model's limit",
    "content_filter": _FILTERED,
    "refusal": _FILTERED,
    "safety": _FILTERED,
    "tool_calls": _WANTED_TOOL,
    "tool_use": _WANTED_TOOL,
    "function_call": _WANTED_TOOL,
    "error": "Ended with an error",
    "end_turn": "",
    "stop_sequence": "",
}


def init_app(app: Flask) -> None:
    for function in (
        card_facts,
        check_headline,
        edit_note,
        finish_note,
        fork_origin,
        fork_origin_url,
        hit_facts,
        invitation_lead,
        messages_or_none,
        replaced_note,
        replaces_note,
        short_time,
        sign_in_lead,
    ):
        app.add_template_filter(function)


def messages_or_none(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}" if count else "no messages yet"


def card_facts(session: SessionRow) -> str:
    """Return the line below a chat's title in a list."""
    return f"{session.message_count} messages · last on {long_date(session.last_activity_at)}"


def hit_facts(hit: TurnHit) -> str:
    """Return the line below a search hit: author, time, and whether the chat is archived."""
    author = "You" if hit.role == "user" else "Assistant"
    return f"{author}, {long_date(hit.create_time)}{' · archived' if hit.archived else ''}"


def search_hint(query: str, *, has_titles: bool) -> str:
    """Return the hint that is shown when there are no hits."""
    if not query:
        return "Every word must occur. The last word may be incomplete."
    but = ", only the titles above" if has_titles else ""
    return f"No message has all of these words{but}. Try fewer words."


def check_headline(check: Check) -> str:
    """Return the beginning of the line about a failed test of a connection."""
    if check.status in {401, 403}:
        return f"Refused the key ({check.status})"
    return f"Does not answer ({check.status})" if check.status else "Does not answer"


def fork_origin(session: SessionRow) -> str:
    if session.forked_at_idx is None:
        return "forked from another chat"
    return f"forked at message {session.forked_at_idx + 1}"


def fork_origin_url(session: SessionRow) -> str:
    idx = session.forked_at_idx
    anchor = None if idx is None else f"m-{idx + 1}"
    return url_for("sessions.show", session_id=session.forked_from_id, around=idx, _anchor=anchor)


def finish_note(reason: str | None) -> str:
    """Return why an answer is incomplete, or an empty text if it is complete."""
    if reason in {None, "", "stop"}:
        return ""
    return _ENDS.get(str(reason), f"Ended early: {str(reason).replace('_', ' ')}")


def edit_note(replaced: int) -> str:
    """Return what an edit does to the `replaced` messages after the edited one."""
    if replaced == 1:
        effect = "The answer below it is replaced when the new one is finished."
    elif replaced:
        effect = f"The {replaced} messages that follow it are replaced when the new answer is finished."
    else:
        effect = "It replaces the old message when its answer is finished."
    return f"{effect} You can undo it, or keep both."


def replaced_note(replacement: Replacement) -> str:
    """Return what the last change of a transcript did, beside its Undo."""
    count = replacement.kept_count
    if replacement.kind == "undo":
        return "The change was undone."
    if replacement.kind == "regenerate":
        return "The answer was replaced."
    rest = count - 1
    if rest == 0:
        return "The message was edited."
    return f"The message was edited, and {rest} later {'message was' if rest == 1 else 'messages were'} replaced."


def replaces_note(live: LiveTurn) -> str:
    """Return what a live turn will replace, or an empty text if it is appended."""
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
    if invited.account:
        return f"This link is for the account “{invited.account}”. The new password signs it out everywhere else."
    return "You are invited to this Minutebook."


def short_time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.05 else "less than 0.1 s"


def sign_in_lead(text: str) -> str:
    """Return what happens to the pending form after signing in. `text` is the user's text in it, if any."""
    effect = (
        "Your text is not lost: it is sent after you sign in." if text else "Your action continues after you sign in."
    )
    return f"Your sign-in has expired. {effect}"
