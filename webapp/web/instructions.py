"""Instructions in a transcript, as templates show them, and the removal of their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, url_for

from webapp.http.authentication import current_user
from webapp.ids import canonical_id
from webapp.services.instruction_values import CHAT, TAG, USER
from webapp.services.strikes.instructions import get_instruction_text, strike_instruction
from webapp.web.responses import answer, return_address, see_other
from webapp.web.sidebar import sidebar

if TYPE_CHECKING:
    from flask import Flask

    from webapp.services.instruction_values import Instruction

pages = Blueprint("instructions", __name__)

_WHOSE = {USER: "Your instructions", TAG: "Instructions of a tag", CHAT: "Instructions for this chat"}
_OTHERS = "Instructions sent by an app"
#: Texts up to so many characters and lines are shown open.
_SHORT, _FEW_LINES = 280, 4


def init_app(app: Flask) -> None:
    for function in (instruction_label, is_short_instruction, made_with_note):
        app.add_template_filter(function)


@pages.get("/instructions/<id:text_id>/strike")
def new(text_id: str) -> Response:
    """Ask for confirmation."""
    text = get_instruction_text(current_user(), text_id)
    back = return_address(url_for("sessions.new"))
    return answer("messages/strike_instruction.html", text=text, back=back, **sidebar(None, from_cursor=False))


@pages.post("/instructions/<id:text_id>/strike")
def create(text_id: str) -> Response:
    """Remove the text and show the chat that the form came from."""
    strike_instruction(current_user(), text_id)
    return see_other(_chat_of(request.form.get("back", "")))


def _chat_of(path: str) -> str:
    session_id = canonical_id(path.rpartition("/")[2])
    return url_for("sessions.show", session_id=session_id) if session_id else url_for("sessions.new")


def instruction_label(instruction: Instruction) -> str:
    whose = _WHOSE.get(instruction.origin, _OTHERS)
    if instruction.text_id is None:
        return f"{whose} end here"
    return whose if instruction.at_idx == 0 else f"{whose} from here on"


def is_short_instruction(text: str) -> bool:
    return len(text) <= _SHORT and text.count("\n") < _FEW_LINES


def made_with_note(made_with: dict[str, Any] | None) -> str:
    """Return the parameters of an answer as words, empty if none were set."""
    if not made_with:
        return ""
    words = {"temperature": "temperature {:g}", "top_p": "top-p {:g}", "max_tokens": "at most {:,} tokens"}
    said = [form.format(made_with[name]) for name, form in words.items() if name in made_with]
    return f"made with {', '.join(said)}" if said else ""
