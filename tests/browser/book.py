"""Filling a book through its API, as a user's own script would."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen


class Book:
    """A running server and what was put into it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.expected_errors: tuple[str, ...] = ()

    def ask(self, method: str, path: str, body: object | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
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
