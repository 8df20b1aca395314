"""Filling Alice's book through its API, as a script of hers would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from tests.support.accounts import BEARER, COOKIE, SECRET

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


class Book:
    """A running server and what was put into it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.expected_errors: tuple[str, ...] = ()

    def set_sign_in_cookie(self, context: BrowserContext) -> BrowserContext:
        """Give a browser window Alice's sign-in."""
        cookie = {"name": COOKIE, "value": SECRET, "url": self.url, "httpOnly": True, "sameSite": "Lax"}
        context.add_cookies([cookie])  # type: ignore[list-item]
        return context

    def ask(self, method: str, path: str, body: object | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"Content-Type": "application/json", **BEARER}, method=method)
        with urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def session(self, title: str, *turns: tuple[str, str], **fields: object) -> str:
        """Make a session with turns and return its id."""
        session_id = self.ask("POST", "/api/v1/sessions", {"title": title, **fields})["id"]
        for question, answer in turns:
            self.append(session_id, question, answer)
        return str(session_id)

    def append(self, session_id: str, question: str, answer: str) -> None:
        self.ask(
            "POST",
            f"/api/v1/sessions/{session_id}/turns",
            {"user": {"content": question}, "assistant": {"content": answer, "model": "test"}},
        )

    def transcript(self, session_id: str) -> list[str]:
        return [message["content"] for message in self.ask("GET", f"/api/v1/sessions/{session_id}")["messages"]]

    def titles(self, query: str = "") -> list[str]:
        return [session["title"] for session in self.ask("GET", f"/api/v1/sessions?{query}")["data"]]
