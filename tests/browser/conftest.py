"""A real browser before the real server. Debian's Chromium is driven as it is; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.book import Book
from tests.browser.provider import Puppet, puppet_server
from tests.server import running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
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
    "--disable-features=OptimizationHints,Translate,MediaRouter",
]
#: What Chromium itself says of an answer that is a refusal; the page shows the sentence.
EXPECTED = ("Failed to load resource: the server responded with a status of 4",)


@pytest.fixture(scope="session", autouse=True)
def _chromium_is_here() -> None:
    if CHROMIUM is None:
        if os.environ.get("MINUTEBOOK_REQUIRE_BROWSER"):
            pytest.fail("Chromium is required here and is not installed.")
        pytest.skip("The browser tests need Chromium, and none is installed.")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture
def book(tmp_path: Any, request: pytest.FixtureRequest) -> Iterator[Book]:
    """A server on an empty book. `@pytest.mark.parametrize("book", [{…}], indirect=True)` gives it settings."""
    settings = getattr(request, "param", {})
    with running_server(None, tmp_path, MINUTEBOOK_CHECK_RESPONSES="yes", **settings) as url:
        yield Book(url)


@pytest.fixture
def context(browser: Browser, book: Book) -> Iterator[BrowserContext]:
    """A browser window that fails its test if a page says an error, or asks anybody else for anything."""
    context = browser.new_context(base_url=book.url, timezone_id="Europe/Berlin")
    context.set_default_timeout(10_000)
    yield from _watched(context, book)


@pytest.fixture
def plain_context(browser: Browser, book: Book) -> Iterator[BrowserContext]:
    """The same without JavaScript."""
    context = browser.new_context(base_url=book.url, java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield from _watched(context, book)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def plain_page(plain_context: BrowserContext) -> Page:
    return plain_context.new_page()


def _watched(context: BrowserContext, book: Book) -> Iterator[BrowserContext]:
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    strangers: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith((book.url, "data:")) else strangers.append(sent.url))
    yield context
    context.close()
    assert strangers == []
    assert [text for text in complaints if not text.startswith((*EXPECTED, *book.expected_errors))] == []


@pytest.fixture
def puppet() -> Iterator[Puppet]:
    """A model server led by the test."""
    with puppet_server() as puppet:
        yield puppet


@pytest.fixture
def live_book(tmp_path: Any, puppet: Puppet) -> Iterator[Book]:
    """A server on an empty book, answered by the puppet."""
    with running_server(None, tmp_path, MINUTEBOOK_CHECK_RESPONSES="yes", **puppet.settings()) as url:
        yield Book(url)


@pytest.fixture
def tab(browser: Browser, live_book: Book) -> Iterator[Callable[[], Page]]:
    """Open tabs of one browser window onto the live book."""
    context = browser.new_context(base_url=live_book.url, timezone_id="Europe/Berlin")
    context.set_default_timeout(10_000)
    for watched in _watched(context, live_book):
        yield watched.new_page


@pytest.fixture
def plain_tab(browser: Browser, live_book: Book) -> Iterator[Callable[[], Page]]:
    """The same without JavaScript."""
    context = browser.new_context(base_url=live_book.url, java_script_enabled=False)
    context.set_default_timeout(10_000)
    for watched in _watched(context, live_book):
        yield watched.new_page
