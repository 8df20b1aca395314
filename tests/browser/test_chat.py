from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)


def send(page: Page, text: str) -> None:
    write(page, text)
    page.get_by_label("Message", exact=True).press("Enter")


def test_the_first_message_makes_a_chat_that_stands_in_the_list(page: Page, book: Book) -> None:
    page.goto("/sessions")
    expect(page.get_by_text("This book is empty")).to_be_visible()
    send(page, "The plumber comes on Tuesday")
    expect(page).to_have_url(re.compile(r"/sessions/[0-9a-f-]{36}$"))
    expect(page.locator("#m-1 .plain")).to_have_text("The plumber comes on Tuesday")
    expect(page.locator("#m-2 .prose")).to_contain_text("found nothing")
    row = page.get_by_role("navigation", name="Chats").get_by_role("link", name="The plumber comes on Tuesday")
    expect(row).to_have_attribute("aria-current", "page")
    assert book.titles() == ["The plumber comes on Tuesday"]


def test_the_next_message_is_added_in_place_with_its_number(page: Page, book: Book) -> None:
    other = book.session("Newer", ("a", "b"))
    session_id = book.session("Plumbing", ("When does the plumber come?", "On Tuesday."))
    book.append(other, "c", "d")
    page.goto(f"/sessions/{session_id}")
    page.evaluate("window.marker = 'not reloaded'")
    send(page, "plumber")
    expect(page.locator("#m-4")).to_contain_text("When does the")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    expect(page.locator(".head-facts")).to_contain_text("4 messages")
    expect(page.locator("#session-list a.row").first).to_contain_text("Plumbing")
    expect(page.locator("#session-list a.row").first).to_have_attribute("aria-current", "page")
    assert page.locator(".minute .number").all_text_contents() == [f"Message {n}" for n in range(1, 5)]
    send(page, "once more")
    expect(page.locator("#m-6")).to_be_visible()
    assert page.evaluate("window.marker") == "not reloaded"
    assert len(book.transcript(session_id)) == 6


def test_shift_enter_breaks_the_line_and_enter_in_an_input_method_does_not_send(page: Page, book: Book) -> None:
    page.goto("/sessions")
    field = page.get_by_label("Message", exact=True)
    field.fill("one")
    field.press("Shift+Enter")
    field.type("two")
    expect(field).to_have_value("one\ntwo")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    expect(field).to_have_value("one\ntwo")
    assert book.titles() == []
    field.press("Enter")
    expect(page.locator("#m-1 .plain")).to_have_text("one\ntwo")


def test_three_quick_sends_are_one_turn(page: Page, book: Book) -> None:
    session_id = book.session("Quick", ("a", "b"))
    page.goto(f"/sessions/{session_id}")
    write(page, "only once")
    page.evaluate("for (let n = 0; n < 3; n++) document.querySelector('#composer').requestSubmit()")
    expect(page.locator("#m-4")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert book.transcript(session_id).count("only once") == 1


@pytest.mark.parametrize("book", [{"MINUTEBOOK_MAX_CONTENT": "600"}], indirect=True)
def test_a_refused_message_stays_in_the_composer_with_the_reason(page: Page, book: Book) -> None:
    session_id = book.session("Short", ("a", "b"))
    page.goto(f"/sessions/{session_id}")
    send(page, "word " * 150)
    expect(page.get_by_role("alert")).to_contain_text("limit is 600")
    expect(page.get_by_label("Message", exact=True)).to_have_value("word " * 150)
    send(page, "shorter")
    expect(page.locator("#m-3")).to_contain_text("shorter")
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_stale_tab_is_told_and_overwrites_nothing(page: Page, book: Book) -> None:
    session_id = book.session("Two tabs", ("a", "b"))
    page.goto(f"/sessions/{session_id}")
    book.append(session_id, "from elsewhere", "answered")
    send(page, "from here")
    expect(page.get_by_role("alert")).to_contain_text("has changed")
    expect(page.get_by_label("Message", exact=True)).to_have_value("from here")
    assert book.transcript(session_id) == ["a", "b", "from elsewhere", "answered"]


def test_without_the_server_the_text_stays(page: Page, book: Book) -> None:
    session_id = book.session("Lost", ("a", "b"))
    book.expected_errors = ("Failed to load resource: net::", "TypeError: Failed to fetch", "htmx: htmx:error")
    page.goto(f"/sessions/{session_id}")
    page.route("**/chat", lambda route: route.abort())
    send(page, "do not lose me")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_label("Message", exact=True)).to_have_value("do not lose me")
    page.unroute("**/chat")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(page.locator("#m-3")).to_contain_text("do not lose me")
