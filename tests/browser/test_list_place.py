"""Pinning, renaming, colours and reloads change what they name: the list, the transcript and the draft stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send, write
from tests.browser.test_drafts import field
from tests.browser.test_live import WRITING
from tests.browser.test_place import FRAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

LIST_TOP = "id => document.querySelector('#row-' + id).getBoundingClientRect().top"


@pytest.fixture
def many(book: Book) -> list[str]:
    """160 chats, oldest first."""
    return [book.session(f"Chat {number:03}", ("q", "a")) for number in range(160)]


def load_all(page: Page, count: int) -> None:
    rows = page.locator("#session-list a.row")
    for reached in range(100, count + 50, 50):
        page.locator(".sidebar-scroll").evaluate("list => list.scrollTo(0, list.scrollHeight)")
        expect(rows).to_have_count(min(reached, count))


def act(page: Page, session_id: str, name: str) -> None:
    row = page.locator(f"#row-{session_id}")
    row.hover()
    row.locator("summary").click()
    row.locator(".menu-items").get_by_text(name, exact=True).click()


def read_in_the_middle(page: Page, book: Book) -> str:
    """Open a long chat in the middle, with a draft, and mark the document."""
    session_id = book.session("Being read", *((f"Question {n}", "word " * 150) for n in range(12)))
    page.goto(f"/sessions/{session_id}")
    write(page, "half a sentence")
    page.locator("#pane").evaluate("pane => { pane.scrollTop = -900; window.marker = 1; }")
    page.evaluate("document.querySelector('#m-19').marker = 1")
    return session_id


def is_undisturbed(page: Page) -> None:
    page.evaluate(FRAMES)
    assert page.evaluate("window.marker") == 1
    assert page.evaluate("document.querySelector('#m-19').marker") == 1
    assert page.locator("#pane").evaluate("pane => pane.scrollTop") == -900
    expect(field(page)).to_have_value("half a sentence")


def test_pin_rename_archive_and_colours_leave_what_is_read_alone(page: Page, book: Book) -> None:
    other = book.session("Other", ("a", "b"))
    here = read_in_the_middle(page, book)
    act(page, other, "Pin")
    expect(page.get_by_role("heading", name="Pinned")).to_be_visible()
    is_undisturbed(page)
    act(page, other, "Rename")
    title = page.get_by_label("Title", exact=True).locator("visible=true")
    expect(title).to_be_focused()
    title.fill("x" * 201)
    title.evaluate("field => field.removeAttribute('maxlength')")
    title.fill("x" * 201)
    title.press("Enter")
    expect(page.locator(f"#row-{other} .problem")).to_contain_text("200")
    title.fill("Renamed")
    title.press("Enter")
    expect(page.locator(f"#row-{other}")).to_contain_text("Renamed")
    is_undisturbed(page)
    page.get_by_role("heading", level=1).click()
    page.get_by_label("Title", exact=True).fill("Still read")
    page.get_by_label("Title", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Still read")
    expect(page.locator(f"#row-{here}")).to_contain_text("Still read")
    expect(page).to_have_title("Still read · Minutebook")
    is_undisturbed(page)
    page.get_by_role("button", name="Pin this chat").click()
    expect(page.get_by_role("button", name="Unpin this chat")).to_be_visible()
    is_undisturbed(page)
    page.get_by_label("Colours").click()
    for name in ("Dark", "Light", "Automatic"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        is_undisturbed(page)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    act(page, other, "Archive")
    expect(page.get_by_role("status").filter(has_text="Archived")).to_contain_text("“Renamed”")
    expect(page.locator(f"#row-{other}")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#row-{other}")).to_have_count(1)
    assert page.evaluate("document.querySelector('#m-19').marker") == 1
    expect(field(page)).to_have_value("half a sentence")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_row_that_is_renamed_can_be_left(page: Page, book: Book) -> None:
    other = book.session("Other", ("a", "b"))
    read_in_the_middle(page, book)
    act(page, other, "Rename")
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator(f"#row-{other} a.row")).to_contain_text("Other")
    is_undisturbed(page)


def test_a_pin_far_down_keeps_the_place(page: Page, many: list[str]) -> None:
    page.goto("/sessions")
    load_all(page, 160)
    page.locator(f"#row-{many[40]}").scroll_into_view_if_needed()
    before = page.evaluate(LIST_TOP, many[42])
    act(page, many[40], "Pin")
    expect(page.get_by_role("heading", name="Pinned")).to_have_count(1)
    expect(page.locator("#session-list a.row")).to_have_count(160)
    assert abs(page.evaluate(LIST_TOP, many[42]) - before) < 2 + 36
    page.evaluate(FRAMES)
    assert page.locator(".sidebar-scroll").evaluate("list => list.scrollTop") > 3000
    act(page, many[60], "Archive")
    expect(page.locator("#session-list a.row")).to_have_count(159)
    assert page.locator(".sidebar-scroll").evaluate("list => list.scrollTop") > 3000


def test_a_reload_far_down_keeps_the_place_and_shows_the_open_chat(page: Page, many: list[str]) -> None:
    page.goto("/sessions")
    load_all(page, 160)
    row = page.locator(f"#row-{many[20]}")
    row.scroll_into_view_if_needed()
    row.locator("a.row").click()
    expect(page).to_have_url(re.compile(many[20]))
    place = page.locator(".sidebar-scroll").evaluate("list => list.scrollTop")
    page.reload()
    expect(row.locator("a.row[aria-current]")).to_be_in_viewport()
    page.wait_for_load_state("networkidle")
    assert abs(page.locator(".sidebar-scroll").evaluate("list => list.scrollTop") - place) < 2


def test_a_chat_far_down_that_is_opened_by_its_address_is_in_view(
    page: Page, plain_page: Page, many: list[str]
) -> None:
    page.goto(f"/sessions/{many[10]}")
    expect(page.locator(f"#row-{many[10]} a.row[aria-current]")).to_be_in_viewport()
    page.locator(".sidebar-scroll").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    expect(page.locator("#session-list a.row")).to_have_count(160)
    assert len(set(page.locator("#session-list li").evaluate_all("all => all.map(e => e.id)"))) == 160
    plain_page.goto(f"/sessions/{many[10]}")
    expect(plain_page.locator(f"#row-{many[10]} a.row[aria-current]")).to_have_count(1)


def test_the_end_of_an_answer_keeps_the_list_that_was_scrolled_since(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    ids = [live_book.session(f"Chat {number:03}", ("q", "a")) for number in range(160)]
    page = tab()
    page.goto(f"/sessions/{ids[-1]}")
    send(page, "Go on")
    puppet.say("Half")
    expect(page.locator(WRITING)).to_have_text("Half")
    load_all(page, 160)
    page.locator(f"#row-{ids[30]}").scroll_into_view_if_needed()
    before = page.evaluate(LIST_TOP, ids[30])
    puppet.end()
    expect(page.locator("#m-4")).to_be_attached()
    expect(page.locator("#session-list a.row")).to_have_count(160)
    assert len(set(page.locator("#session-list li").evaluate_all("all => all.map(e => e.id)"))) == 160
    assert abs(page.evaluate(LIST_TOP, ids[30]) - before) < 1
