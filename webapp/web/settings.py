"""Settings that a person changes at any time: standing instructions, and those and the parameters of a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, url_for

from webapp.errors import AppError, Invalid, PreconditionFailed
from webapp.http.authentication import current_user
from webapp.ids import new_id
from webapp.services.instructions.checks import INSTRUCTIONS_LIMIT
from webapp.services.instructions.settings import (
    change_account_settings,
    change_chat_settings,
    get_account_settings,
    get_chat_settings,
)
from webapp.web.addresses import session_url
from webapp.web.forms import text_field
from webapp.web.responses import accepted, answer, see_other
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.services.instructions.settings import AccountSettings, ChatSettings

pages = Blueprint("settings", __name__)

_LABELS = {"instructions": "Instructions", "temperature": "Temperature", "max_tokens": "Maximum length"}
_FIELDS = tuple(_LABELS)


@pages.get("/settings/instructions")
def show_account() -> Response:
    return _account_page(get_account_settings(current_user()), done=request.args.get("done", ""))


@pages.post("/settings/instructions")
def update_account() -> Response:
    """Set the standing instructions. An empty text removes them."""
    try:
        change_account_settings(current_user(), _changes("instructions"), expected_tags=_seen())
    except AppError as error:
        return _account_page(get_account_settings(current_user()), error=error, typed=request.form)
    return accepted(see_other(url_for("settings.show_account", done="saved")))


@pages.get("/sessions/<id:session_id>/settings")
def show_chat(session_id: str) -> Response:
    return _chat_page(get_chat_settings(current_user(), session_id))


@pages.post("/sessions/<id:session_id>/settings")
def update_chat(session_id: str) -> Response:
    """Set the instructions and the parameters of a chat. An empty field removes one."""
    try:
        change_chat_settings(current_user(), session_id, _changes(*_FIELDS), expected_tags=_seen())
    except AppError as error:
        # Of a chat that is gone there is no form: this raises NotFound again.
        return _chat_page(get_chat_settings(current_user(), session_id), error=error, typed=request.form)
    return accepted(see_other(session_url(session_id)))


def _seen() -> tuple[str, ...] | None:
    """Return the tag of the settings that the form showed, None for a form without one."""
    tag = request.form.get("tag")
    return None if tag is None else (tag,)


def _changes(*names: str) -> dict[str, Any]:
    """Return the values of those of the fields that the form has. Raises Invalid."""
    return {name: _READ[name](text_field(name)) for name in names if name in request.form}


def _temperature(text: str) -> float | None:
    """Return a number that was typed, also with a decimal comma. Raises Invalid."""
    try:
        return float(text.replace(",", ".")) if text.strip() else None
    except ValueError:
        raise Invalid.field(
            "#/temperature", "type", "The temperature must be a number from 0 to 2, like 0.7."
        ) from None


def _max_tokens(text: str) -> int | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid.field("#/max_tokens", "type", "The maximum length must be a whole number of tokens, like 500.")
    return int(text) if text else None


_READ: dict[str, Callable[[str], Any]] = {"instructions": str, "temperature": _temperature, "max_tokens": _max_tokens}


def _account_page(
    settings: AccountSettings, *, done: str = "", error: AppError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    context = _context(settings, error, typed) | {"done": done, "is_admin": current_user().is_admin}
    return answer(
        "settings/instructions.html",
        status=error.status if error else 200,
        **context,
        **sidebar(None, from_cursor=False),
    )


def _chat_page(
    settings: ChatSettings, *, error: AppError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    context = _context(settings, error, typed) | {"chat": settings}
    return answer(
        "sessions/settings.html", status=error.status if error else 200, **context, **sidebar(settings.session_id)
    )


def _context(
    settings: AccountSettings | ChatSettings, error: AppError | None, typed: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the values of the form: what was typed after an error, else what is stored."""
    stored = settings._asdict()
    shown = {name: _text(stored.get(name)) for name in _FIELDS}
    if typed is not None:
        shown |= {name: typed[name] for name in _FIELDS if name in typed}
    fields = error.problems if isinstance(error, Invalid) else ()
    problems = {problem.pointer.removeprefix("#/"): problem.detail for problem in fields}
    return {
        "form": shown,
        "form_key": new_id(),
        "is_refilled": typed is not None,
        # The form has the present tag, so that sending it again is a decision about these values.
        "stored": _stored(settings) if isinstance(error, PreconditionFailed) else [],
        "tag": settings.tag,
        "problems": problems,
        "problem": "" if error is None or problems else error.detail,
        "limit": INSTRUCTIONS_LIMIT,
    }


def _stored(settings: AccountSettings | ChatSettings) -> list[tuple[str, str]]:
    """Return the stored settings with their labels."""
    values = settings._asdict()
    return [(label, _text(values[name]) or "none") for name, label in _LABELS.items() if name in values]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).removesuffix(".0")
