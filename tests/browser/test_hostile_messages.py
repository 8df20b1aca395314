"""Whatever stands in a message or a title: nothing runs, nothing is fetched, and nothing leaves its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send
from tests.support.accounts import ALICE
from tests.support.hostile import HOSTILE, MESSAGES, TITLES
from webapp import create_app
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.services.live.process.pool import Runner
from webapp.services.sessions.changes import create_session
from webapp.services.transcripts.appending import append_turn
from webapp.services.values import NewMessage
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, Request

    from tests.browser.book import Book
    from tests.browser.conftest import Shelf
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

#: A hundred hostile texts are a lot to write at once, on a machine with other things to do.
SLOW = 60_000

#: All that the pages themselves ask for, and what the test opens.
OWN = re.compile(
    r"/assets/|/static/icon\.svg$|/search\?q=\w+$|/chat$|/(?:sessions|chat)$"
    r"|/sessions\?cursor=|/sessions\?current=[0-9a-f-]{36}$"
    r"|/sessions/[0-9a-f-]{36}(?:/live|/news|/title|/retries)?(?:\?(?!.*tripwire)|$)"
)

#: Before any script of the page: notes whatever runs, and whatever the page's policy refuses.
TRIPWIRE = """
window.tripped = [];
for (const name of ["trip", "alert", "confirm", "prompt", "open", "print"])
  window[name] = (...words) => { tripped.push(name + " " + words); };
addEventListener("securitypolicyviolation", event =>
  tripped.push(`refused ${event.violatedDirective} ${event.blockedURI} ${event.sample}`), true);
"""

INSPECT = (Path(__file__).parent / "inspect.js").read_text(encoding="utf-8")


class Watch:
    """Opens pages and keeps an eye on all that the browser does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.wrong: list[str] = []
        page.add_init_script(TRIPWIRE)
        page.context.on("request", self._ask)
        page.context.on("page", lambda other: self.wrong.append(f"a window was opened: {other.url}"))
        page.context.on("dialog", lambda dialog: (self.wrong.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("download", lambda download: self.wrong.append(f"a download: {download.url}"))

    def _ask(self, request: Request) -> None:
        parts = urlsplit(request.url)
        self.asked.append(f"{request.method} {parts.path}{'?' * bool(parts.query)}{parts.query}")

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.look(path)

    def look(self, where: str) -> None:
        self.wrong += [f"{where}: {sentence}" for sentence in self.page.evaluate(INSPECT)]

    def verdict(self) -> list[str]:
        return self.wrong + [asked for asked in self.asked if not OWN.match(asked.partition(" ")[2])]


def parts(texts: list[str], size: int) -> list[list[str]]:
    return [texts[first : first + size] for first in range(0, len(texts), size)]


@pytest.fixture
def sessions(live_shelf: Shelf, live_book: Book, tmp_path: Path) -> Iterator[list[str]]:
    """Chats of 25 turns each in which everything is said by both, and chats that are called the rest."""
    app = create_app(Settings(data_dir=tmp_path, database_url=f"sqlite:///{live_shelf.database}"))
    made = []
    with app.app_context():
        for title in TITLES:
            create_session(ALICE, title=title)
        for title, texts in zip(TITLES, parts(MESSAGES, 25), strict=False):
            session = create_session(ALICE, title=title)
            for text in texts:
                append_turn(ALICE, session.id, NewMessage(content=text), NewMessage(content=text))
            made.append(session.id)
    yield made
    current(Runner, app).close(0)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.slow
def test_whatever_is_said_nothing_runs_is_fetched_or_leaves_its_place(
    tab: Callable[[], Page], sessions: list[str], puppet: Puppet
) -> None:
    page = tab()
    watch = Watch(page)
    said: list[str] = []
    for session_id in sessions:
        watch.open(f"/sessions/{session_id}")
        expect(page.locator(".minute")).to_have_count(min(50, 2 * len(MESSAGES) - len(said) * 2))
        said += page.locator(".user .plain").evaluate_all("all => all.map(each => each.textContent)")
    assert said == [re.sub("\r\n?", "\n", text) for text in MESSAGES]

    for word in ("script", "tripwire", "x", "composer"):
        watch.open(f"/search?q={word}")
        assert page.locator(".card").count() > 10
    open_the_whole_list(page)
    watch.look("the list of chats")
    assert set(TITLES) <= set(page.locator(".row-title").all_text_contents())

    page.goto(f"/sessions/{sessions[-1]}")
    for number, texts in enumerate(parts(HOSTILE, 110)):
        send(page, f"Say it {number}")
        expect(page.locator("#live")).to_be_visible(timeout=SLOW)
        puppet.say(*(f"{text}\n\n" for text in texts), "Quite the end")
        expect(page.locator("#live-said")).to_contain_text("Quite the end", timeout=SLOW)
        watch.look("the answer as it is written")
        puppet.end()
        expect(page.locator("#live")).to_have_count(0, timeout=SLOW)
        watch.look("the finished answer")
    assert_the_page_still_works(page)
    assert watch.verdict() == []


def open_the_whole_list(page: Page) -> None:
    page.goto("/sessions")
    while (more := page.locator("#session-list .more")).count():
        count = page.locator(".row").count()
        more.scroll_into_view_if_needed()
        page.wait_for_function("count => document.querySelectorAll('.row').length > count", arg=count)


def assert_the_page_still_works(page: Page) -> None:
    page.locator("#session-title").click()
    page.get_by_label("Title", exact=True).fill("Calm again")
    page.get_by_label("Title", exact=True).press("Enter")
    expect(page.locator("#session-title")).to_have_text("Calm again")
    page.get_by_role("link", name="Calm again").click()
    expect(page.get_by_label("Message", exact=True)).to_be_editable()


@pytest.mark.slow
@pytest.mark.parametrize(
    "planted",
    [
        "body.firstElementChild.id = 'composer'",
        "body.firstElementChild.setAttribute('hx-get', '/x')",
        "body.append(document.createElement('script'))",
        "fetch('/sessions/archived').then((page) => page.text())",
        "trip()",
        "body.setAttribute('style', 'color: red')",
        "body.style.width = '3000px', body.closest('.minute').style = 'content-visibility: visible; contain: none'",
        "document.querySelector('.number').prepend('a\u202ebc')",
    ],
)
def test_the_watch_sees_what_goes_wrong(page: Page, book: Book, planted: str) -> None:
    session_id = book.session("Quiet", ("a", "b"))
    book.expected_errors = ("Applying inline style violates",)
    watch: Any = Watch(page)
    watch.open(f"/sessions/{session_id}")
    assert watch.verdict() == []

    page.locator("#m-2 .prose").evaluate(f"body => {{ {planted} }}")
    watch.look("now")
    page.wait_for_load_state("networkidle")
    assert watch.verdict() != []
