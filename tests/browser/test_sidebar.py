from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser


@pytest.fixture
def many(book: Book) -> list[str]:
    """120 sessions, oldest first."""
    return [book.session(f"Chat {number:03}", ("q", f"answer {number}")) for number in range(120)]


def test_older_chats_come_in_as_the_list_is_scrolled(page: Page, many: list[str]) -> None:
    page.goto("/sessions")
    rows = page.locator("#session-list a.row")
    for reached in (100, 120):
        page.locator(".sidebar-scroll").evaluate("list => list.scrollTo(0, list.scrollHeight)")
        expect(rows).to_have_count(reached)
    expect(page.locator("#session-list .more")).to_have_count(0)
    titles = page.locator("#session-list .row-title").all_text_contents()
    assert titles == [f"Chat {number:03}" for number in reversed(range(120))]
    assert page.locator("#session-list h2").all_text_contents() == ["Today"]


def test_going_from_chat_to_chat_keeps_the_list_and_back_returns(page: Page, many: list[str]) -> None:
    page.goto("/sessions")
    page.evaluate("window.marker = 'same document'")
    page.locator("#session-list .more").scroll_into_view_if_needed()
    deep = page.get_by_role("link", name="Chat 050 ")
    deep.scroll_into_view_if_needed()
    place = page.locator(".sidebar-scroll").evaluate("e => e.scrollTop")
    deep.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 050")
    expect(page).to_have_title("Chat 050 · Minutebook")
    expect(page).to_have_url(re.compile(many[50]))
    expect(page.locator("#session-list [aria-current]")).to_have_count(1)
    expect(deep).to_have_attribute("aria-current", "page")
    assert abs(page.locator(".sidebar-scroll").evaluate("e => e.scrollTop") - place) < 2
    page.get_by_role("link", name="Chat 049 ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 049")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 050")
    assert page.evaluate("window.marker") == "same document"


def test_row_actions_act_where_the_reader_is(page: Page, book: Book) -> None:
    here, there = book.session("Here", ("a", "b")), book.session("There", ("c", "d"))
    page.goto(f"/sessions/{here}")
    row = page.locator(f"#row-{there}")
    row.hover()
    row.get_by_label("Actions for There").click()
    row.get_by_role("button", name="Pin").click()
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Here")
    row.hover()
    row.get_by_label("Actions for There").click()
    row.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("status").filter(has_text="Archived")).to_contain_text("“There”")
    expect(row).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Here")
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    assert sorted(book.titles()) == ["Here", "There"]


def test_the_title_is_renamed_in_place(page: Page, book: Book) -> None:
    session_id = book.session("Old name", ("a", "b"))
    page.goto(f"/sessions/{session_id}")
    page.get_by_role("heading", level=1).click()
    field = page.get_by_label("Title")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(field).not_to_be_visible()
    page.get_by_role("heading", level=1).click()
    field.fill("New name")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New name")
    expect(page.locator(f"#row-{session_id}")).to_contain_text("New name")
    expect(page).to_have_title("New name · Minutebook")


def test_a_title_that_is_being_typed_outlives_what_is_done_to_another_chat(page: Page, book: Book) -> None:
    first, second = book.session("First", ("a", "b")), book.session("Second", ("a", "b"))
    page.goto("/sessions")
    page.locator(f"#row-{first}").get_by_label("Actions for First").click()
    page.locator(f"#row-{first}").get_by_role("link", name="Rename").click()
    page.locator("#row-title").fill("Half typed")
    page.locator(f"#row-{second}").get_by_label("Actions for Second").click()
    page.locator(f"#row-{second}").get_by_role("button", name="Pin").click()
    expect(page.get_by_text("Pinned", exact=True)).to_be_visible()
    expect(page.locator("#row-title")).to_have_value("Half typed")
    page.locator("#row-title").press("Enter")
    expect(page.locator(f"#row-{first} .row-title")).to_have_text("Half typed")
    assert sorted(book.titles()) == ["Half typed", "Second"]


def test_the_field_filters_by_title_while_typing_and_searches_on_enter(page: Page, book: Book) -> None:
    book.session("Crème brûlée", ("How hot?", "At 170 degrees."))
    book.session("Bicycle", ("Which oil?", "A dry one."))
    page.goto("/sessions")
    page.keyboard.press("Control+k")
    field = page.get_by_label("Search your messages")
    expect(field).to_be_focused()
    field.press_sequentially("creme")
    expect(page.locator("#session-list a.row")).to_have_count(1)
    field.fill("degr")
    expect(page.locator("#session-list")).to_contain_text("No chat has this title.")
    field.press("Enter")
    expect(page.get_by_role("link", name="Crème brûlée · 2")).to_be_visible()
    expect(page.locator("mark")).to_have_text("degrees")
    page.get_by_role("link", name="Crème brûlée · 2").click()
    expect(page.locator("#m-2")).to_be_in_viewport()
