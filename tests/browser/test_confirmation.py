"""What can harm an account asks for the password again, with JavaScript and without, and the way back keeps what was typed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_accounts import fill
from tests.browser.test_looks import violations
from tests.support.accounts import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.browser.book import Book
    from tests.browser.conftest import Shelf

pytestmark = pytest.mark.browser


@pytest.fixture
def stale(book: Book, shelf: Shelf) -> Book:
    """Alice's book, in a browser that gave the password long ago."""
    with closing(sqlite3.connect(shelf.database)) as database, database:
        database.execute("UPDATE sign_ins SET confirmed_at = '2026-01-01T00:00:00.000000Z'")
    return book


@pytest.mark.parametrize("kind", ["context", "plain_context"])
def test_a_token_is_made_after_the_password_was_given_again(
    request: pytest.FixtureRequest, stale: Book, kind: str
) -> None:
    context: BrowserContext = request.getfixturevalue(kind)
    page = context.new_page()
    page.goto("/account")
    fill(page, "Create token", **{"token-name": "Ann's “backup”", "token-days": "30"})
    expect(page.get_by_role("heading", name="Confirm your password")).to_be_visible()
    fill(page, "Confirm", password="not the password")
    expect(page.locator(".problem")).to_have_text("The password is wrong. Please try again.")
    fill(page, "Confirm", password=PASSWORD)
    assert page.get_by_label("The new token").input_value().startswith("mb_")
    expect(page.locator("#tokens + p + div + ul .card-title").first).to_have_text("Ann's “backup”")
    # The form goes on without being asked again.
    fill(page, "Create token", **{"token-name": "another"})
    assert page.get_by_label("The new token").input_value().startswith("mb_")
    page.goto("/accounts")
    page.get_by_role("button", name="Create invitation").click()
    expect(page.get_by_label("The new link")).to_be_visible()


def test_what_was_typed_is_there_after_going_back(context: BrowserContext, stale: Book) -> None:
    page = context.new_page()
    page.goto("/account")
    page.locator("#token-name").fill("backup")
    page.get_by_role("button", name="Create token").click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    session_id = stale.session("Kept", ("a", "b"))
    page.goto(f"/sessions/{session_id}")
    page.get_by_label("Message", exact=True).fill("A long thought")
    page.goto("/account")
    page.go_back()
    expect(page.get_by_label("Message", exact=True)).to_have_value("A long thought")


def test_its_page_is_fit_to_be_read_and_used(browser: Browser, stale: Book) -> None:
    context = browser.new_context(base_url=stale.url, bypass_csp=True)
    page = stale.set_sign_in_cookie(context).new_page()
    page.goto("/account")
    page.get_by_role("button", name="Sign out everywhere").click()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
