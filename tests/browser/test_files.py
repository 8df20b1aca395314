"""Images and other files in a transcript, as a browser lays them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import violations
from tests.support.accounts import ALICE
from tests.support.files import png, say_with
from webapp import create_app
from webapp.config.settings import Settings
from webapp.database.engine import db
from webapp.services.sessions.changes import create_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from tests.browser.book import Book
    from tests.browser.conftest import Shelf

pytestmark = pytest.mark.browser

HOSTILE = '"><img src=x onerror=alert(1)> \u202e' + "long name " * 30 + ".png"
FILES = [
    ("Kitchen, north wall.png", png(1600, 1200)),
    ("Panorama.png", png(3000, 400)),
    ("Tall.png", png(300, 1800)),
    ("Icon.png", png(24, 24)),
    ("Offer.pdf", b"%PDF-1.7\n" + bytes(1_300_000)),
    ("page.html", b"<!doctype html><script>alert(1)</script>"),
    (HOSTILE, b"text"),
    (HOSTILE, png(120, 90)),
]


@pytest.fixture
def chat(book: Book, shelf: Shelf, tmp_path: Path) -> Iterator[str]:
    """A chat with all of these, in a message that is followed by others."""
    # Chromium's own page around an image has inline styles, which the policy of a file refuses.
    book.expected_errors = ("Applying inline style",)
    app = create_app(Settings(data_dir=tmp_path, database_url=f"sqlite:///{shelf.database}"), commands=False)
    with app.app_context():
        session = create_session(ALICE, title="Tiles")
        say_with(ALICE, session.id, "Which of these tiles go with the wall?", *FILES)
        say_with(
            ALICE, session.id, "", ("Grout.png", png(400, 300)), answer="Grey.", made=[("Sketch.png", png(640, 480))]
        )
        yield session.id
        db.engine.dispose()


SHOW_ALL = "document.querySelectorAll('.picture img').forEach(image => image.loading = 'eager')"
ALL_ARE_THERE = "Promise.all([...document.querySelectorAll('.picture img')].map(image => image.decode()))"
PLACES = "[...document.querySelectorAll('.minute, .files > li')].map(e => JSON.stringify(e.getBoundingClientRect()))"
#: Images whose place has another shape than they have themselves.
MISSHAPEN = """[...document.querySelectorAll('.picture img')].filter(image => {
    const place = image.getBoundingClientRect()
    return Math.abs(place.width - place.height * image.naturalWidth / image.naturalHeight) > 1
}).map(image => image.alt)"""


@pytest.mark.parametrize("width", [1280, 700, 390])
def test_nothing_moves_when_images_come(page: Page, chat: str, width: int) -> None:
    held: list[Route] = []
    is_held = True

    def hold(route: Route) -> None:
        if is_held:
            held.append(route)
        else:
            route.continue_()

    page.set_viewport_size({"width": width, "height": 900})
    page.route("**/files/**", hold)
    page.goto(f"/sessions/{chat}?around=0")
    expect(page.locator(".picture img")).to_have_count(7)
    before = page.evaluate(PLACES)
    is_held = False
    for route in held:
        route.continue_()
    page.evaluate(SHOW_ALL)
    page.evaluate(ALL_ARE_THERE)

    assert held
    assert page.evaluate(PLACES) == before
    assert page.evaluate(MISSHAPEN) == []


def test_an_image_is_opened_in_full_and_another_file_is_downloaded(page: Page, chat: str) -> None:
    page.goto(f"/sessions/{chat}?around=0")
    with page.expect_download() as download:
        page.get_by_role("link", name="page.html").click()
    assert download.value.suggested_filename == "page.html"
    page.get_by_role("link", name="Kitchen, north wall.png").click()
    page.wait_for_url("**/files/**")
    expect(page.locator("img")).to_have_js_property("naturalWidth", 1600)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_files_fit_and_are_readable(browser: Browser, book: Book, chat: str, width: int, scheme: str) -> None:
    window = browser.new_context(
        base_url=book.url, bypass_csp=True, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = book.set_sign_in_cookie(window).new_page()
    page.goto(f"/sessions/{chat}?around=0")
    expect(page.locator(".picture img")).to_have_count(7)

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = "[...document.querySelectorAll('.files *')].filter(e => e.getBoundingClientRect().right > innerWidth).length"
    assert page.evaluate(wide) == 0
    assert violations(page) == []
    window.close()


def test_files_are_shown_without_javascript(plain_page: Page, chat: str) -> None:
    plain_page.goto(f"/sessions/{chat}")
    expect(plain_page.get_by_alt_text("Grout.png")).to_be_visible()
    expect(plain_page.get_by_alt_text("Sketch.png")).to_have_js_property("complete", True)
    plain_page.get_by_role("link", name="Grout.png").click()
    plain_page.wait_for_url("**/files/**")
