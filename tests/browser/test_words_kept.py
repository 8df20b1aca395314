"""Whatever happens elsewhere, what somebody is typing stays, and can be sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser


def purge(book: Book, session_id: str) -> None:
    for query in ("", "?purge=true"):
        book.ask("DELETE", f"/api/v1/sessions/{session_id}{query}")


def test_a_message_for_a_chat_that_is_gone_is_sent_as_a_new_chat(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Gone", ("a", "b"))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    purge(live_book, session_id)
    send(page, "Still here")
    expect(page.get_by_role("alert")).to_contain_text("There is no such chat")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Still here")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(page.locator("#session-title")).to_have_text("Still here")
    puppet.answer("Yes")
    expect(page.locator("#m-2 .prose")).to_have_text("Yes")
    assert live_book.titles() == ["Still here"]


def test_a_chat_that_goes_while_it_is_answered_leaves_what_is_being_typed(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    page = tab()
    page.goto("/sessions")
    send(page, "Never mind")
    expect(page).to_have_url(re.compile(r"/sessions/[0-9a-f-]{36}$"))
    expect(page.locator("#live .thinking")).to_be_visible()
    other = tab()
    other.goto(page.url)
    write(page, "typed since")
    other.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("This chat no longer exists")).to_be_visible()
    expect(page.locator("#composer-button")).to_have_text("Send")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(page.locator("#live .user .plain")).to_have_text("typed since")
    puppet.break_off()


def test_a_message_that_is_being_said_differently_outlives_what_is_done_elsewhere(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Edit", ("One", "1"), ("Two", "2"))
    page, other = tab(), tab()
    for window in (page, other):
        window.goto(f"/sessions/{session_id}")
    page.locator("#m-3").hover()
    page.locator("#m-3").get_by_text("Edit").click()
    page.get_by_label("Edit message 3").fill("Zwei")
    other.locator("#m-1").hover()
    other.locator("#m-1").get_by_text("Edit").click()
    other.get_by_label("Edit message 1").fill("Eins")
    other.locator("#m-1").get_by_role("button", name="Send").click()
    puppet.answer("Eins!")
    expect(other.locator("#m-2 .prose")).to_have_text("Eins!")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(500)
    expect(page.get_by_label("Edit message 3")).to_have_value("Zwei")
    page.locator("#m-3").get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").filter(has_text="has changed")).to_be_visible()
    expect(page.get_by_label("Edit message 3")).to_have_value("Zwei")
    purge(live_book, session_id)
    page.locator("#m-3").get_by_role("button", name="Send").click()
    expect(page.locator("#edit-problem-3")).to_contain_text(re.compile(r"\w"))
    expect(page.get_by_label("Edit message 3")).to_have_value("Zwei")


def test_from_the_middle_of_a_chat_a_message_leads_to_its_end(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Long", *((f"Question {number}", "Noted.") for number in range(30)))
    page = tab()
    page.goto(f"/sessions/{session_id}?before=4")
    expect(page.locator("#m-4")).to_be_visible()
    send(page, "From the middle")
    expect(page).to_have_url(re.compile(rf"{session_id}$"))
    expect(page.locator("#live .user .plain")).to_have_text("From the middle")
    puppet.answer("To the end")
    expect(page.locator("#m-62 .prose")).to_have_text("To the end")
