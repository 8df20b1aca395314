"""A browser tab with htmx, as far as the server can tell: it sends what its page holds, and swaps what comes."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from tests.support.doors import draft
from tests.support.events import Event, Listener, Reader

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PARTIAL = {"HX-Request-Type": "partial"}

_PARTIAL = re.compile(r'<hx-partial hx-target="#([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)
_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_END = re.compile(r'<div id="(end[^"]*)" class="end"')


def partials(html: str) -> dict[str, str]:
    """Return what is to be swapped, by the id of its place. Nothing but these and a title may be in an answer."""
    found = _PARTIAL.findall(html)
    assert html.count("<hx-partial") == html.count("</hx-partial>") == len(found), html
    assert re.sub(r"<title>[^<]*</title>", "", _PARTIAL.sub("", html)).strip() == "", html
    return {target: inside for target, _, inside in found}


def articles(html: str) -> list[str]:
    """Return the ids of the minutes, in their order."""
    return re.findall(r'<article id="(m-\d+)"', html)


def words(html: str) -> str:
    """Return what is to be read, without the tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


class Tab:
    """A page of a chat that is open."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client = client
        page = client.get(address)
        assert page.status_code == 200, page.text
        self.ignored: list[str] = []
        self.title = page.text.partition("<title>")[2].partition("</title>")[0]
        self.minutes = _between(page.text, '<div id="minutes"', "</div>\n</div>\n<p id=")
        self.rows = _between(page.text, '<nav id="session-list"', "</nav>")
        self.facts = _between(page.text, '<p id="head-facts"', "</p>")
        self.composer = _between(page.text, '<form id="composer"', "</form>")
        self.announcement = ""

    @property
    def numbers(self) -> list[str]:
        return articles(self.minutes)

    @property
    def end(self) -> str:
        """What stands behind the last minute."""
        found = _END.search(self.minutes)
        return self.minutes[found.start() :] if found else ""

    @property
    def end_id(self) -> str:
        found = _END.search(self.minutes)
        return found[1] if found else ""

    @property
    def state(self) -> dict[str, str]:
        """What the composer tells of the page, and its key."""
        return {name: unescape(value) for name, value in _FIELD.findall(self.composer)}

    @property
    def button(self) -> str:
        return re.search(r'<button id="composer-button"[^>]*>(\w+)', self.composer)[1]

    @property
    def live_url(self) -> str:
        return unescape(re.search(r'hx-sse:connect="([^"]+)"', self.end)[1])

    @property
    def news_url(self) -> str:
        return unescape(re.search(r'class="end" hx-get="([^"]+)"', self.end)[1])

    def form_url(self, end: str) -> str:
        """The address of a form of htmx's, by how it ends."""
        return unescape(re.search(rf'hx-post="([^"]+/{end}[^"]*)"', self.end)[1])

    def post(self, url: str, **fields: str) -> TestResponse:
        """Send a form and swap what comes, as htmx does: nothing at its answer's status 4xx, 204 or a redirect."""
        answer = self.client.post(url, data=fields, headers=PARTIAL)
        if answer.status_code == 200 and "HX-Redirect" not in answer.headers:
            self.swap(answer.text)
        return answer

    def send(self, text: str, **fields: str) -> TestResponse:
        return self.post("/chat", **self.state, content=text, **fields)

    def retry(self, **fields: str) -> TestResponse:
        return self.post(self.form_url("retries"), expected_last_idx=self.state["expected_last_idx"], **fields)

    def stop(self, typed: str = "") -> TestResponse:
        session_id = self.state["session_id"]
        return self.post(f"/sessions/{session_id}/live/stop", **self.state, content=typed)

    def discard(self, typed: str = "") -> TestResponse:
        return self.post(self.form_url("live/take-back"), content=typed)

    def look(self) -> TestResponse:
        """Ask for news."""
        answer = self.client.get(self.news_url, headers=PARTIAL)
        if answer.status_code == 200:
            self.swap(answer.text)
        return answer

    def follow(self) -> list[Event]:
        """Follow the growing answer to its end, and swap what comes at last."""
        events = events_of(self.client.get(self.live_url, headers=PARTIAL))
        self.swap(events[-1].data)
        return events

    def finish(self) -> None:
        """Follow the growing answer to its end, unless it ended before it was shown."""
        if "hx-sse:connect" in self.end:
            self.follow()

    def swap(self, html: str) -> None:
        for target, inside in partials(html).items():
            if target == self.end_id:
                self.minutes = self.minutes[: _END.search(self.minutes).start()] + inside
            elif target == "minutes":
                self.minutes = inside
            elif target == "composer":
                self.composer = inside
            elif target.startswith("composer-"):
                self._compose(target, inside)
            elif target == "session-list":
                self.rows = inside
            elif target == "head-facts":
                self.facts = inside
            elif target == "announcement":
                self.announcement = inside
            else:
                self.ignored.append(target)
        if "<title>" in html:
            self.title = html.partition("<title>")[2].partition("</title>")[0]

    def _compose(self, target: str, inside: str) -> None:
        tag = "span" if target == "composer-action" else "div"
        self.composer, count = re.subn(
            rf'(<{tag} id="{target}"[^>]*>).*?(</{tag}>)',
            lambda found: found[1] + inside + found[2],
            self.composer,
            count=1,
            flags=re.DOTALL,
        )
        assert count == 1, self.composer

    def draft(self) -> str:
        """What stands in the composer."""
        return draft(_Text(self.composer))


class _Text:
    def __init__(self, text: str) -> None:
        self.text = text


class HtmlReader(Reader):
    """Gives events whose data is HTML."""

    def _dispatch(self) -> Event | None:
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        return Event(name, "\n".join(data), self._id) if data else None


def events_of(response: TestResponse) -> list[Event]:
    """Return the events of a stream, once it is over."""
    assert (response.status_code, response.mimetype) == (200, "text/event-stream"), response.text
    return HtmlReader().feed(response.data)


class Stream(Listener):
    """Follows an answer as a page does: the data of its events is HTML."""

    reader_class = HtmlReader

    def __init__(self, app: Flask, url: str) -> None:
        super().__init__(app, "GET", url, headers=PARTIAL)

    def until_seen(self, text: str) -> Event:
        """Wait for an event whose HTML shows the text."""
        while (event := self.next()) is not None:
            if text in words(event.data):
                return event
        raise AssertionError(f"the stream ended before {text!r}")


def _between(text: str, start: str, end: str) -> str:
    return start + text.partition(start)[2].partition(end)[0]
