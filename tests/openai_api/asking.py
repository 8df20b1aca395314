"""Words for what a client of OpenAI's says, and what it is told."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

URL = "/v1/chat/completions"
HEADER = "X-Minutebook-Session"


def said(*texts: str) -> list[dict[str, str]]:
    """Messages of the user and the assistant in turn, the user first."""
    return [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(texts)]


def ask(client: FlaskClient, *texts: str, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
    """Ask for a completion of a conversation of these texts."""
    return client.post(URL, json={"model": "scripted", "messages": said(*texts), **fields}, headers=headers)


def answered(response: TestResponse) -> dict[str, Any]:
    """Check that the answer is a completion, and return it with its text as `text`."""
    assert response.status_code == 200, response.text
    told = response.json
    assert told["object"] == "chat.completion"
    return told | {"text": told["choices"][0]["message"]["content"], "session_id": told["metadata"].get("session_id")}


def error(response: TestResponse, status: int, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """Check that the answer is an error of OpenAI's shape, and return what it says."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    assert list(response.json) == ["error"]
    told = response.json["error"]
    assert set(told) == {"message", "type", "param", "code"}
    assert told["message"].strip()
    assert code in (None, told["code"]), told
    assert param in (None, told["param"]), told
    return told


def events(response: TestResponse) -> list[Any]:
    """Return the data of a stream's events; `[DONE]` as it stands there."""
    assert response.mimetype == "text/event-stream", response.text
    lines = [line.removeprefix("data: ") for line in response.text.split("\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def text_of(chunks: list[Any]) -> str:
    """Put the pieces of a stream together."""
    choices = [choice for chunk in chunks if chunk != "[DONE]" for choice in chunk.get("choices", ())]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


class Gate:
    """A line of a scripted assistant that is not said before it is opened."""

    def __init__(self, line: str = "At last.") -> None:
        self.line = line
        self.opened = threading.Event()
        self.reached = threading.Event()

    def __call__(self) -> str:
        self.reached.set()
        assert self.opened.wait(20), "nobody opened the gate"
        return self.line


class Meanwhile:
    """A request in a thread of its own."""

    def __init__(self, act: Any) -> None:
        self._result: Any = None
        self._thread = threading.Thread(target=self._run, args=(act,), daemon=True)
        self._thread.start()

    def result(self) -> Any:
        self._thread.join(20)
        assert not self._thread.is_alive(), "it never ended"
        return self._result

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def _run(self, act: Any) -> None:
        self._result = act()
