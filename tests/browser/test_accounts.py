"""People at the door: the first of them, an invited one, and one whose sign-in runs out in the middle of a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import violations
from tests.support.accounts import COOKIE, PASSWORD, SECRET
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser

SESSION = re.compile(r"/sessions/[0-9a-f-]{36}$")
TEXT = "A long thought,\nin two lines & “quoted”"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    """A server that was just installed."""
    server = Server(None, tmp_path)
    yield server
    server.stop()


def fill(page: Page, button: str, **fields: str) -> None:
    for field, value in fields.items():
        page.locator(f"#{field}").fill(value)
    page.get_by_role("button", name=button).click()


def test_the_first_account_invites_the_second_and_neither_sees_the_others_chats(
    browser: Browser, empty: Server
) -> None:
    def window() -> Page:
        context = browser.new_context(base_url=empty.url, java_script_enabled=False)
        context.set_default_timeout(10_000)
        return context.new_page()

    alice, bob = window(), window()
    alice.goto("/sessions")
    expect(alice.locator(".page-lead")).to_contain_text("no account yet")
    printed = re.search(r"http\S+/setup\?code=\S+", empty.log.read_text())
    assert printed
    alice.goto(printed[0])
    fill(alice, "Create account", name="Alice", password="password123")
    expect(alice.locator(".problem")).to_contain_text("too common")
    expect(alice.locator("#name")).to_have_value("Alice")
    fill(alice, "Create account", password="thirty-one green bottles")
    expect(alice).to_have_url(f"{empty.url}/sessions")
    fill(alice, "Send", content="Where is the key?")
    expect(alice).to_have_url(SESSION)

    alice.get_by_role("link", name="Settings", exact=True).click()
    alice.get_by_role("link", name="Accounts and invitations").click()
    alice.get_by_role("button", name="Create invitation").click()
    link = alice.get_by_label("The new link").input_value()
    bob.goto(link)
    fill(bob, "Create account", name="bob", password="a rather long word list")
    expect(bob).to_have_url(f"{empty.url}/sessions")
    expect(bob.locator("#session-list")).to_contain_text("No chats yet.")
    bob.goto(link)
    expect(bob.locator(".page-lead")).to_contain_text("was used, withdrawn, or has run out")
    bob.goto("/account")
    bob.get_by_role("button", name="Sign out", exact=True).click()
    expect(bob.get_by_role("heading", name="Sign in")).to_be_visible()
    bob.goto("/sessions")
    expect(bob.get_by_role("heading", name="Sign in")).to_be_visible()
    for page in (alice, bob):
        page.context.close()


def run_out(context: BrowserContext) -> None:
    context.clear_cookies(name=COOKIE)


def sign_in(page: Page, password: str = PASSWORD) -> None:
    fill(page, "Sign in", name="Alice", password=password)


@pytest.mark.parametrize("kind", ["context", "plain_context"])
def test_what_was_sent_after_the_sign_in_ran_out_goes_on_after_signing_in(
    request: pytest.FixtureRequest, book: Book, kind: str
) -> None:
    context: BrowserContext = request.getfixturevalue(kind)
    session_id = book.session("Kept", ("a", "b"))
    page = context.new_page()
    page.goto(f"/sessions/{session_id}")
    run_out(context)
    fill(page, "Send", content=TEXT)
    expect(page.locator(".kept")).to_have_text(TEXT)
    sign_in(page, "not the password")
    expect(page.locator(".problem")).to_have_text("The name or the password is wrong.")
    expect(page.locator(".kept")).to_have_text(TEXT)
    sign_in(page)
    expect(page.locator("#m-3 .plain")).to_have_text(TEXT)
    expect(page).to_have_url(re.compile(f"/sessions/{session_id}$"))
    assert book.transcript(session_id)[:3] == ["a", "b", TEXT]
    assert next(c["value"] for c in context.cookies() if c["name"] == COOKIE) != SECRET


def test_whoever_is_signed_out_meanwhile_is_told_and_keeps_what_is_being_typed(
    context: BrowserContext, book: Book
) -> None:
    session_id = book.session("Kept", ("a", "b"))
    page = context.new_page()
    page.goto(f"/sessions/{session_id}")
    field = page.get_by_label("Message", exact=True)
    field.fill(TEXT)
    run_out(context)
    look = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(look)
    expect(page.locator("#signed-out")).to_be_visible()
    expect(field).to_have_value(TEXT)
    with context.expect_page() as opened:
        page.get_by_role("link", name="sign in in another tab").click()
    sign_in(opened.value)
    expect(opened.value).to_have_url(f"{book.url}/sessions")
    page.evaluate(look)
    expect(page.locator("#signed-out")).to_be_hidden()
    expect(field).to_have_value(TEXT)


def test_a_list_that_is_gone_through_without_a_sign_in_leads_to_the_door(context: BrowserContext, book: Book) -> None:
    session_id = book.session("Kept", ("a", "b"))
    page = context.new_page()
    page.goto("/sessions")
    run_out(context)
    page.locator("#session-list a.row").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page)
    expect(page).to_have_url(re.compile(f"/sessions/{session_id}$"))


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_pages_of_accounts_are_fit_to_be_read_and_used(browser: Browser, book: Book, colours: str) -> None:
    context = browser.new_context(base_url=book.url, bypass_csp=True, color_scheme=colours)  # type: ignore[arg-type]
    page = context.new_page()

    def check() -> None:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert violations(page) == [], page.url
            assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    page.goto("/account")
    check()
    sign_in(page, "not the password")
    check()
    book.set_sign_in_cookie(context)
    page.goto("/accounts")
    page.get_by_role("button", name="Create invitation").click()
    check()
    link = page.get_by_label("The new link").input_value()
    page.goto("/account")
    fill(page, "Create token", **{"token-name": "A script with a long name " * 3})
    check()
    page.goto("/account/trail")
    check()
    page.goto(link)
    check()
    context.close()
