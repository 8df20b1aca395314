from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from webapp.http.audience import checks_writing
from webapp.http.body_limits import max_bytes
from webapp.urls import MCP

if TYPE_CHECKING:
    from flask import Response

pages = Blueprint("mcp", __name__)


@pages.post(MCP)
@checks_writing
@max_bytes(texts=2)
def answer() -> Response:
    """Answer one message."""
    # The types of the protocol take a fifth of a second to import, and most servers have no such client.
    from webapp.mcp.exchange import answer_message

    return answer_message()
