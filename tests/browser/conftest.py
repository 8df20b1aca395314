"""A real browser before the real server. Debian's Chromium is driven as it is; nothing is downloaded.

Starting a server is the dearest thing a test would do, so tests share two of them, one without and one with a model
server behind it. Each test finds the database as it was in the beginning, with Alice's account and nothing else.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.book import Book
from tests.browser.provider import Puppet, led, model_server
from tests.support.programs import need
from tests.support.server import furnish, running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import ThreadingHTTPServer
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FEATURES = [
    "MediaRouter",
    "OptimizationHints",
    "SpareRendererForSitePerProcess",
    "Translate",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    # Processes that are not needed. The one for the suggestions below the address bar costs more than most of our pages.
    "--in-process-gpu",
    f"--disable-features={','.join(FEATURES)}",
]
#: What Chromium itself says of an answer that is a refusal; the page shows the sentence.
EXPECTED = ("Failed to load resource: the server responded with a status of 4",)


class Shelf:
    """A server that one test after the other finds as new."""

    def __init__(self, url: str, database: Path, template: Path) -> None:
        self.url = url
        self.database = database
        self.template = template

    def new_book(self) -> Book:
        """Bring the database back to how it was, at once for all who have it open."""
        with closing(sqlite3.connect(self.template)) as new, closing(sqlite3.connect(self.database)) as used:
            new.backup(used)
        return Book(self.url)

    def wait_until_nothing_is_written(self) -> None:
        """Wait for the end of the answers that a test has left behind: they would ask the next one's puppet."""
        deadline = time.monotonic() + 20
        with closing(sqlite3.connect(self.database)) as database:
            while database.execute("SELECT count(*) FROM live_turns WHERE state = 'writing'").fetchone()[0]:
                assert time.monotonic() < deadline, "an answer does not end"
                time.sleep(0.02)


@pytest.fixture(scope="session", autouse=True)
def _chromium_is_here() -> None:
    need("Chromium", CHROMIUM)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Shelf]:
    """A server without a model server, for all tests."""
    data_dir = furnish(tmp_path_factory.mktemp("book"), sqlite_template)
    with running_server(None, data_dir, MINUTEBOOK_CHECK_RESPONSES="yes") as url:
        yield Shelf(url, data_dir / "minutebook.db", sqlite_template)


@pytest.fixture
def book(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[Book]:
    """Alice's book, empty.

    `@pytest.mark.parametrize("book", [{…}], indirect=True)` gives it settings, and a server of its own.
    """
    settings = getattr(request, "param", None)
    if settings is None:
        yield request.getfixturevalue("shelf").new_book()
        return
    furnish(tmp_path, sqlite_template)
    with running_server(None, tmp_path, MINUTEBOOK_CHECK_RESPONSES="yes", **settings) as url:
        yield Book(url)


@pytest.fixture
def context(browser: Browser, book: Book) -> Iterator[BrowserContext]:
    """A browser window of Alice's that fails its test if a page says an error, or asks anybody else for anything."""
    yield from _watched(browser.new_context(base_url=book.url, timezone_id="Europe/Berlin"), book)


@pytest.fixture
def plain_context(browser: Browser, book: Book) -> Iterator[BrowserContext]:
    """The same without JavaScript."""
    yield from _watched(browser.new_context(base_url=book.url, java_script_enabled=False), book)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def plain_page(plain_context: BrowserContext) -> Page:
    return plain_context.new_page()


def _watched(context: BrowserContext, book: Book) -> Iterator[BrowserContext]:
    book.set_sign_in_cookie(context)
    context.set_default_timeout(10_000)
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    strangers: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith((book.url, "data:")) else strangers.append(sent.url))
    yield context
    context.close()
    assert strangers == []
    assert [text for text in complaints if not text.startswith((*EXPECTED, *book.expected_errors))] == []


@pytest.fixture(scope="session")
def models() -> Iterator[ThreadingHTTPServer]:
    """A model server, led by one test after the other."""
    with model_server() as server:
        yield server


@pytest.fixture
def puppet(models: ThreadingHTTPServer) -> Iterator[Puppet]:
    """A model server led by the test."""
    with led(models) as puppet:
        yield puppet


@pytest.fixture(scope="session")
def live_shelf(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, models: ThreadingHTTPServer
) -> Iterator[Shelf]:
    """A server that asks the model server, for all tests."""
    data_dir = furnish(tmp_path_factory.mktemp("live-book"), sqlite_template)
    with running_server(None, data_dir, MINUTEBOOK_CHECK_RESPONSES="yes", **Puppet(models).settings()) as url:
        yield Shelf(url, data_dir / "minutebook.db", sqlite_template)


@pytest.fixture
def live_book(live_shelf: Shelf, puppet: Puppet) -> Iterator[Book]:
    """Alice's book, empty, answered by the puppet."""
    yield live_shelf.new_book()
    puppet.let_go()
    live_shelf.wait_until_nothing_is_written()


@pytest.fixture
def tab(browser: Browser, live_book: Book) -> Iterator[Callable[[], Page]]:
    """Open tabs of one browser window onto the live book."""
    context = browser.new_context(base_url=live_book.url, timezone_id="Europe/Berlin")
    for watched in _watched(context, live_book):
        yield watched.new_page


@pytest.fixture
def plain_tab(browser: Browser, live_book: Book) -> Iterator[Callable[[], Page]]:
    """The same without JavaScript."""
    context = browser.new_context(base_url=live_book.url, java_script_enabled=False)
    for watched in _watched(context, live_book):
        yield watched.new_page
