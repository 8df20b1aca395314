"""What the tests of every door share: an assistant that follows a script, and words for common requests."""

from __future__ import annotations

import re
from collections import deque
from html import unescape
from typing import TYPE_CHECKING, Any, TypeAlias

from webapp.agent.values import End, Reasoning, Rethought, Text
from webapp.services.assistants.registry import Assistants
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    Piece: TypeAlias = str | Exception | End | Callable[[], object]
    Line: TypeAlias = Piece | tuple[Piece, ...]

PROBLEM = "application/problem+json"
NOBODY = "01890000-0000-7000-8000-000000000000"
#: The fields every problem document has.
PROBLEM_FIELDS = {"type", "title", "status", "detail", "code"}


class Scripted:
    """An assistant that gives its lines in turn, a reply each, and remembers what it was asked.

    A line is a text, an exception to raise, or what is called and may return a text; or a tuple of such pieces, which
    may also hold an End of its own.
    """

    key = "scripted"
    label = "Scripted"

    def __init__(self, *lines: Line) -> None:
        self.lines = deque(lines)
        self.asked: list[list[tuple[str, str]]] = []
        self.parameters: list[Any] = []

    def reply(self, history, *, timeout, stop=None, toolbox=None, parameters=None):  # noqa: ARG002 - it does not wait
        self.asked.append([(said.role, said.content) for said in history])
        self.parameters.append(parameters)
        line = self.lines.popleft() if self.lines else "Noted."
        for piece in line if isinstance(line, tuple) else (line,):
            said = piece() if callable(piece) else piece
            if isinstance(said, Exception):
                raise said
            if isinstance(said, str):
                yield Text(said)
            elif isinstance(said, Reasoning | Rethought):
                yield said
            elif isinstance(said, End):
                yield said
                return
        yield End(model="scripted-1")


def script(app: Flask, *lines: Line) -> Scripted:
    """Let a scripted assistant answer where none is chosen."""
    assistant = Scripted(*lines)
    current(Assistants, app).add(assistant)
    return assistant


def make_session(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    """Create an empty chat session."""
    response = client.post("/api/v1/sessions", json=fields)
    assert response.status_code == 201, response.text
    return response.json


def add_turn(client: FlaskClient, session_id: str, said: str = "Hello", answer: str = "Hi.", **more: Any) -> Any:
    """Append a finished turn."""
    body = {"user": {"content": said}, "assistant": {"content": answer}, **more}
    response = client.post(f"/api/v1/sessions/{session_id}/turns", json=body)
    assert response.status_code == 201, response.text
    return response.json


def read(client: FlaskClient, session_id: str) -> Any:
    """Get a session with its messages."""
    return client.get(f"/api/v1/sessions/{session_id}").json


def read_from(client: FlaskClient, address: str, zone: str, headers: dict[str, str] | None = None) -> TestResponse:
    """Get a page with a browser that tells its time zone."""
    browser = client.application.test_client(use_cookies=False)
    return browser.get(address, headers={"Cookie": f"tz={zone}", **(headers or {})})


def problem(response: TestResponse, status: int, code: str | None = None) -> dict[str, Any]:
    """Check that the answer is a problem document of the one shape, and return it."""
    assert response.status_code == status, response.text
    assert response.content_type == PROBLEM
    document = response.json
    assert set(document) >= PROBLEM_FIELDS
    assert document["status"] == status
    assert document["detail"].strip()
    assert document["type"] == f"/api/v1/docs#{document['code']}"
    assert code in (None, document["code"]), document
    for field in document.get("errors", ()):
        assert set(field) == {"pointer", "code", "detail"}
    return document


def untraced(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a problem says without the id of the request it was told to."""
    return {name: value for name, value in document.items() if name != "request_id"}


def pointers(document: dict[str, Any]) -> list[str]:
    """Say which fields a problem is about."""
    return [field["pointer"] for field in document["errors"]]


def hidden(page: TestResponse, name: str) -> str:
    """Return the value of a page's hidden field, the composer's where there are several."""
    found = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)">', page.text)
    assert found, f"no field {name}"
    return unescape(found[-1])


def fill_in(client: FlaskClient, session_id: str | None = None, **typed: str) -> dict[str, str]:
    """Fill in the composer of a page as a browser does."""
    page = client.get(f"/sessions/{session_id}" if session_id else "/sessions")
    names = ("session_id", "expected_last_idx", "key") if session_id else ("expected_last_idx", "key")
    return {name: hidden(page, name) for name in names} | typed


def draft(page: TestResponse) -> str:
    """Return what stands in the composer, as a browser reads it: without a first line break."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert found, "no composer"
    return unescape(found[1]).removeprefix("\n")


def sentence(page: TestResponse) -> str:
    """Return the sentence that says why something was refused."""
    found = re.search(r'class="problem"[^>]*>(.*?)</p>', page.text, re.DOTALL)
    return unescape(found[1]) if found else ""
