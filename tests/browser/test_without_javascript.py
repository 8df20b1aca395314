from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser


def test_every_action_works(plain_page: Page, book: Book) -> None:
    """Create, chat, rename, pin, archive, undo, restore and delete for good, by links and forms alone."""
    page = plain_page
    page.goto("/sessions")
    page.get_by_label("Message", exact=True).fill("The boiler was serviced in May")
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_url(re.compile(r"/sessions/[0-9a-f-]{36}"))
    page.get_by_label("Message", exact=True).fill("When was the boiler serviced?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#m-4")).to_contain_text("The boiler was serviced in May")
    expect(page.locator("#m-4")).to_be_in_viewport()

    page.get_by_role("heading", level=1).click()
    page.get_by_label("Title").fill("Boiler")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Boiler")

    page.get_by_role("button", name="Pin this chat").click()
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()
    page.get_by_role("button", name="Unpin this chat").click()
    expect(page.get_by_role("heading", name="Pinned")).to_have_count(0)

    page.get_by_label("More for this chat").click()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Archived “Boiler”")
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("Nothing is kept yet")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("Boiler")

    page.get_by_label("Actions for Boiler").click()
    page.get_by_role("navigation", name="Chats").get_by_role("button", name="Archive").click()
    page.get_by_role("link", name="Archive").click()
    page.get_by_role("button", name="Restore Boiler").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Boiler")

    page.get_by_label("More for this chat").click()
    page.get_by_role("button", name="Archive", exact=True).click()
    page.get_by_role("link", name="Archive").click()
    page.get_by_role("link", name="Delete for good…").click()
    expect(page.get_by_text("cannot be undone")).to_be_visible()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted for good")
    assert book.titles("include_archived=true") == []


def test_long_lists_and_transcripts_go_on_by_links(plain_page: Page, book: Book) -> None:
    page = plain_page
    for number in range(52):
        book.session(f"Chat {number}")
    long = book.session("Long", *[(f"question {n}", f"answer {n}") for n in range(40)])
    page.goto("/sessions")
    expect(page.locator("#session-list a.row")).to_have_count(50)
    page.get_by_role("link", name="Older chats").click()
    expect(page.locator("#session-list a.row")).to_have_count(3)
    page.goto(f"/sessions/{long}")
    expect(page.locator(".minute")).to_have_count(50)
    expect(page.locator("#m-80")).to_be_in_viewport()
    page.get_by_role("link", name="Earlier minutes").click()
    expect(page.locator("#m-1")).to_have_count(1)
    page.get_by_role("link", name="Later minutes").click()
    expect(page.locator("#m-80")).to_have_count(1)


@pytest.mark.parametrize("book", [{"MINUTEBOOK_MAX_CONTENT": "600"}], indirect=True)
def test_a_refused_message_comes_back_with_the_reason(plain_page: Page, book: Book) -> None:
    page = plain_page
    page.goto("/sessions")
    page.get_by_label("Message", exact=True).fill("word " * 150)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("at most 600 are kept")
    expect(page.get_by_label("Message", exact=True)).to_have_value("word " * 150)


def test_the_drawer_opens_by_its_address_on_a_phone(plain_page: Page, book: Book) -> None:
    page = plain_page
    book.session("In the drawer")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/sessions")
    row = page.get_by_role("link", name="In the drawer")
    expect(row).not_to_be_visible()
    page.get_by_label("Open the list of chats").click()
    expect(row).to_be_visible()
    page.get_by_label("Close the list of chats").click()
    expect(row).not_to_be_visible()
