"""How long it takes from sending a question to the first text of its answer, with a provider that answers at once.

The floor is the provider itself, asked the same by the same client.
"""

from __future__ import annotations

import json
import re
import time
from html import unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from tests.bench.http import FORM, Client
from tests.bench.servers import serve_app
from tests.bench.tokens import MODEL, asked_of, provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.dataset import Dataset
    from tests.bench.http import Piece

_WARM_UP = 5
#: A short answer: three tokens, a hundredth of a second apart.
_RATE, _COUNT = 100, 3
_TOKEN = re.compile(rb"\bt(\d{9,}) ?")
_LIVE = re.compile(r'hx-sse:connect="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class First(NamedTuple):
    """Milliseconds from sending to the first text, and how many of them came after the provider had sent it."""

    total: list[float]
    behind: list[float]


class _Sent(NamedTuple):
    """When a question was sent, and what came back."""

    at: int
    pieces: Iterator[Piece]


def measure_first_text(dataset: Dataset, sends: int) -> tuple[First, dict[str, First]]:
    """Return the floor, and what was found for each way of asking."""
    with provider(_RATE, _COUNT) as there:
        with serve_app(dataset.settings(), **asked_of(there)) as server, Client(server.port) as client:
            asking = _Asking(client, dataset.hundred)
            found = {name: _repeat(ask, sends) for name, ask in asking.ways().items()}
        return _repeat(lambda number: _ask_provider(there.port, number), sends), found


class _Asking:
    """The ways of asking Minutebook."""

    def __init__(self, client: Client, hundred: str) -> None:
        self._client, self._hundred = client, hundred

    def ways(self) -> dict[str, Callable[[int], _Sent]]:
        """Return them by name. A session that is asked is a fork of its own: it stays as long."""
        return {
            "API, new session": self._api,
            "API, session of 100 messages": lambda number: self._api(number, session_id=self._fork()),
            "page, new session": self._new_page,
            "page, session of 100 messages": self._page,
        }

    def _api(self, number: int, **place: str) -> _Sent:
        body = json.dumps({"content": f"Question {number}", "stream": True, **place}).encode()
        return _Sent(time.monotonic_ns(), self._client.stream("/api/v1/chat", body))

    def _new_page(self, number: int) -> _Sent:
        """Send as a browser does: it is told of the new session, loads its page, and follows."""
        form = _form(self._get("/sessions"), number)
        sent_at = time.monotonic_ns()
        moved = self._client.post("/chat", form, FORM).body.decode()
        found = re.search(r'href="(/sessions/[^"]+)"', moved)
        assert found, moved
        return self._follow(sent_at, self._get(found[1]))

    def _page(self, number: int) -> _Sent:
        form = _form(self._get(f"/sessions/{self._fork()}"), number)
        sent_at = time.monotonic_ns()
        return self._follow(sent_at, self._client.post("/chat", form, FORM).body.decode())

    def _follow(self, sent_at: int, page: str) -> _Sent:
        found = _LIVE.search(page)
        assert found, page
        return _Sent(sent_at, self._client.stream(unescape(found[1])))

    def _get(self, path: str) -> str:
        return self._client.get(path).body.decode()

    def _fork(self) -> str:
        body = json.dumps({"idx": 99}).encode()
        fork: str = self._client.post(f"/api/v1/sessions/{self._hundred}/forks", body).json()["id"]
        return fork


def _ask_provider(port: int, number: int) -> _Sent:
    body = json.dumps({"messages": [{"role": "user", "content": f"Question {number}"}]}).encode()

    def pieces() -> Iterator[Piece]:
        with Client(port) as client:
            yield from client.stream("/v1/chat/completions", body)

    return _Sent(time.monotonic_ns(), pieces())


def _repeat(ask: Callable[[int], _Sent], sends: int) -> First:
    found = [_first(ask(number)) for number in range(sends + _WARM_UP)][_WARM_UP:]
    return First([total for total, _ in found], [behind for _, behind in found])


def _first(sent: _Sent) -> tuple[float, float]:
    """Read the answer to its end, so that nothing of it is in the way of the next one."""
    first = None
    for piece in sent.pieces:
        token = None if first else _TOKEN.search(piece.data)
        if token:
            first = ((piece.at - sent.at) / 1e6, (piece.at - int(token[1])) / 1e6)
    assert first, "no text came"
    return first


def _form(page: str, number: int) -> bytes:
    """Fill in the composer of a page."""
    composer = page[page.index('<form id="composer"') :]
    composer = composer[: composer.index("</form>")]
    fields = {name: unescape(value) for name, value in _HIDDEN.findall(composer)}
    return urlencode(fields | {"content": f"Question {number}", "assistant": f"openai:{MODEL}"}).encode()
