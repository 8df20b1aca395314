"""The form that a message is written in, and what was typed in it and not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.config.settings import Settings
from webapp.ids import new_id
from webapp.services.assistants.registry import list_assistants
from webapp.state import current

if TYPE_CHECKING:
    from webapp.services.values import SessionRow


class Typed(NamedTuple):
    """What somebody typed that was not taken, and why: shown again where it was typed."""

    draft: str = ""
    problem: str = ""
    retry: bool = False
    assistant: str | None = None
    title: str | None = None
    title_problem: str = ""


def composer(session: SessionRow | None = None, typed: Typed | None = None) -> dict[str, Any]:
    """Return what the composer needs. The key makes a form that is sent twice one turn."""
    typed = typed or Typed()
    choices = list_assistants()
    remembered = typed.assistant or (session.assistant if session else None)
    chosen = next((c.key for c in choices if c.key == remembered), None)
    return {
        "session": session,
        "draft": typed.draft,
        "problem": typed.problem,
        "retry": typed.retry,
        "key": new_id(),
        "choices": choices,
        "chosen": chosen or next(c.key for c in choices if c.is_default),
        "limit": current(Settings).max_content_chars,
    }


def edit_form(session: SessionRow, idx: int, typed: Typed) -> dict[str, Any]:
    """Return what the form of a message of the user's needs."""
    return {"idx": idx, "replaced": max(0, session.last_idx - idx), **composer(session, typed)}
