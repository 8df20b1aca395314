"""Template context of the composer and of the form that edits a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.config.settings import Settings
from webapp.http.authentication import current_user
from webapp.ids import new_id
from webapp.state import current
from webapp.web.carried import page_user
from webapp.web.menu import menu, menu_groups

if TYPE_CHECKING:
    from webapp.services.assistants.values import Choice
    from webapp.services.values import SessionRow


class FormInput(NamedTuple):
    """Input to show in a form again, and the error that rejected it."""

    draft: str = ""
    problem: str = ""
    retry: bool = False
    assistant: str | None = None
    title: str | None = None
    title_problem: str = ""


def composer(session: SessionRow | None = None, typed: FormInput | None = None) -> dict[str, Any]:
    """Return the composer's template context. `key` is an idempotency key: a form sent twice starts one turn."""
    typed = typed or FormInput()
    offered = menu()
    of_chat = session.assistant if session else None
    # Of a chat whose assistant is gone the person chooses who gets it.
    otherwise = "" if of_chat else offered.chosen
    chosen = next((choice.key for choice in offered.choices if choice.key == (typed.assistant or of_chat)), otherwise)
    return {
        "session": session,
        "user": current_user().id,
        "draft": typed.draft,
        "problem": typed.problem,
        "retry": typed.retry,
        "key": new_id(),
        "placeholder": _placeholder(session, offered.choices),
        "choices": offered.choices,
        "groups": menu_groups(chosen),
        "chosen": chosen,
        "gone": "" if chosen else of_chat,
        "limit": current(Settings).max_content_chars,
    }


def temporary_composer(typed: FormInput | None = None) -> dict[str, Any]:
    """Return the template context of the composer of a temporary chat. No draft of its text is stored."""
    return composer(typed=typed) | temporary_field(typed.draft if typed else "") | {"user": page_user()}


def temporary_field(draft: str = "") -> dict[str, Any]:
    """Return the template context of the text field alone."""
    limit = current(Settings).max_content_chars
    placeholder = "Write a message that is not stored…"
    return {"temporary": True, "draft": draft, "placeholder": placeholder, "limit": limit}


def _placeholder(session: SessionRow | None, choices: list[Choice]) -> str:
    if len(choices) == 1:
        return "Ask the archivist…"
    return "Write a message…" if session else "Write the first message…"


def edit_form(session: SessionRow, idx: int, typed: FormInput, message_id: str) -> dict[str, Any]:
    """Return the template context of the edit form. `replaced` counts the messages that an edit replaces.

    `message_id` names the form's draft in the browser.
    """
    return {
        "idx": idx,
        "message_id": message_id,
        "replaced": max(0, session.last_idx - idx),
        **composer(session, typed),
    }
