"""Template context of the new chat's page while no model is connected."""

from __future__ import annotations

from typing import Any

from flask import url_for

from webapp.http.authentication import current_user
from webapp.services.accounts.accounts import administrators
from webapp.services.assistants.presets import PRESETS
from webapp.web.menu import menu

#: They look like messages, and the archivist answers all of them in an empty book.
EXAMPLES = (
    "What can you do?",
    "Remember: the spare key is with the neighbours at number 14.",
    "How do I connect a model?",
)

#: Presets of connections by where their servers run.
_PLACES = {
    "On your machine": tuple(preset for preset in PRESETS if not preset.needs_key),
    "With a key": tuple(preset for preset in PRESETS if preset.needs_key),
}


def first_run() -> dict[str, Any] | None:
    """Return the context, or None if a model is connected."""
    if len(menu().choices) > 1:
        return None
    user = current_user()
    return {
        "is_admin": user.is_admin,
        "models_url": url_for("models.index"),
        "places": _PLACES,
        "whom": "" if user.is_admin else _listed(administrators()),
        "examples": EXAMPLES,
    }


def _listed(names: list[str]) -> str:
    """Return names in a sentence: ada, ben or cleo."""
    if not names:
        return "an administrator"
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
