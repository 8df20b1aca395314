"""Template context of the composer and of the form that edits a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.config.settings import Settings
from webapp.ids import new_id
from webapp.services.assistants.registry import list_assistants
from webapp.state import current

if TYPE_CHECKING:
    from webapp.services.assistants.registry import Choice
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
    choices = list_assistants()
    preferred = typed.assistant or (session.assistant if session else None)
    chosen = next((c.key for c in choices if c.key == preferred), None)
    return {
        "session": session,
        "draft": typed.draft,
        "problem": typed.problem,
        "retry": typed.retry,
        "key": new_id(),
        "placeholder": _placeholder(session, choices),
        "choices": choices,
        "chosen": chosen or next(c.key for c in choices if c.is_default),
        "limit": current(Settings).max_content_chars,
    }


def _placeholder(session: SessionRow | None, choices: list[Choice]) -> str:
    if len(choices) == 1:
        return "Ask the archivist…"
    return "Write a message…" if session else "Write the first message…"


def edit_form(session: SessionRow, idx: int, typed: FormInput) -> dict[str, Any]:
    """Return the template context of the edit form. `replaced` counts the messages that an edit replaces."""
    return {"idx": idx, "replaced": max(0, session.last_idx - idx), **composer(session, typed)}
