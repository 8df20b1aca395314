"""Undo of edits and new answers, and the removal of a text, with and without JavaScript."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

SECRET = "Quetzalfrost"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def regenerate(page: Page, puppet: Puppet) -> None:
    page.get_by_label("Regenerate with another assistant").click()
    page.get_by_role("button", name="second").click()
    puppet.answer("For a reason")
    expect(page.locator("#m-2 .prose")).to_have_text("For a reason")


def test_a_new_answer_is_undone_and_brought_back_in_place(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Again", ("Why?", "Because."))
    page, other = tab(), tab()
    page.goto(f"/sessions/{session_id}")
    regenerate(page, puppet)
    page.get_by_label("Message", exact=True).fill("half typed")
    expect(page.locator(".replaced")).to_contain_text("The answer was replaced.")
    other.goto(f"/sessions/{session_id}")
    other.get_by_role("button", name="Undo").click()
    expect(other.locator("#m-2 .prose")).to_have_text("Because.")
    # The first tab follows, with what is typed in it.
    page.bring_to_front()
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("#m-2 .prose")).to_have_text("For a reason")
    expect(page.get_by_label("Message", exact=True)).to_have_value("half typed")
    other.goto(f"/sessions/{session_id}")
    other.get_by_role("button", name="Keep both").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Again (before the undo)")
    expect(other.locator("#m-2 .prose")).to_have_text("Because.")
    assert live_book.transcript(session_id) == ["Why?", "For a reason"]


def test_a_text_is_removed_after_a_question(page: Page, book: Book) -> None:
    session_id = book.session("Keys", (f"It is {SECRET}", "I see."))
    page.goto(f"/sessions/{session_id}")
    page.locator("#m-1").hover()
    page.locator("#m-1").get_by_text("Remove…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Remove this text?")
    expect(page.locator("blockquote")).to_have_text(f"It is {SECRET}")
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("#m-1")).to_contain_text(SECRET)
    page.locator("#m-1").get_by_text("Remove…").click()
    page.get_by_role("button", name="Remove the text").click()
    expect(page.locator("#m-1 .struck")).to_contain_text("Text removed on")
    expect(page.locator("#m-2")).to_contain_text("I see.")
    assert SECRET not in page.content()


def test_everything_works_without_javascript(plain_page: Page, book: Book) -> None:
    page = plain_page
    session_id = book.session("Keys", (f"It is {SECRET}", "I see."))
    book.ask("POST", f"/api/v1/sessions/{session_id}/edits", {"idx": 0, "content": "It is a secret"})
    page.goto(f"/sessions/{session_id}")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#m-1")).to_contain_text(SECRET)
    page.locator("#m-1").hover()
    page.locator("#m-1").get_by_text("Remove…").click()
    page.get_by_role("button", name="Remove the text").click()
    expect(page.locator("#m-1 .struck")).to_be_visible()


def test_nothing_is_wider_than_the_window(page: Page, book: Book) -> None:
    session_id = book.session(
        "Keys", ("Where is the key to the boiler room?", "Under the mat."), (f"It is {SECRET}", "I see.")
    )
    struck = book.ask("GET", f"/api/v1/sessions/{session_id}")["messages"][0]["id"]
    book.ask("POST", f"/api/v1/messages/{struck}/strike")
    book.ask("POST", f"/api/v1/sessions/{session_id}/edits", {"idx": 2, "content": "It is a secret"})
    for width, scheme in product((390, 1440), SCHEMES):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"/sessions/{session_id}")
        expect(page.locator(".replaced")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("#m-3").get_by_text("Remove…").click()
        expect(page.locator("blockquote")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
