from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser


@pytest.fixture
def long(book: Book) -> str:
    """A session with 160 messages."""
    return book.session("Long", *[(f"question {n}", f"answer {n} " + "word " * 60) for n in range(80)])


def top_of(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"]


def test_it_opens_at_the_newest_message(page: Page, long: str) -> None:
    page.goto(f"/sessions/{long}")
    expect(page.locator("#m-160")).to_be_in_viewport()
    expect(page.locator(".minute")).to_have_count(50)


def test_earlier_messages_come_in_above_without_moving_what_is_read(page: Page, long: str) -> None:
    # The first page tells the server the reader's time zone, where it may be another day.
    page.goto("/sessions")
    page.goto(f"/sessions/{long}")
    page.locator("#m-112").scroll_into_view_if_needed()
    page.locator("#pane").evaluate("pane => pane.scrollBy(0, -60)")
    expect(page.locator("#m-61")).to_have_count(1)
    place = top_of(page, "#m-112")
    assert -40 < place < 900
    expect(page.locator(".day")).to_have_count(1)
    for reached in (150, 160):
        page.locator("#pane").evaluate("pane => pane.scrollTo(0, -pane.scrollHeight)")
        expect(page.locator(".minute")).to_have_count(reached)
    numbers = page.locator(".minute .number").evaluate_all("all => all.map(a => +a.lastChild.data)")
    assert numbers == list(range(1, 161))


def test_a_minutes_number_is_its_permalink(page: Page, long: str) -> None:
    page.goto(f"/sessions/{long}")
    href = page.locator("#m-120 .number").get_attribute("href")
    assert href == f"/sessions/{long}?around=119#m-120"
    page.goto(f"/sessions/{long}?around=19#m-20")
    expect(page.locator("#m-20")).to_be_in_viewport()
    expect(page.locator("#m-20")).to_contain_text("answer 9")
    page.locator("#later").scroll_into_view_if_needed()
    expect(page.locator("#m-60")).to_have_count(1)


def test_copy_copies_the_source(page: Page, book: Book) -> None:
    session_id = book.session("Copy", ("q", "**bold** and `code`\n\n- list"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/sessions/{session_id}")
    page.locator("#m-2").hover()
    page.locator("#m-2 [data-copy]").click()
    expect(page.locator("#m-2 [data-copy]")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "**bold** and `code`\n\n- list"


def test_markdown_is_rendered_and_a_users_text_is_not(page: Page, book: Book) -> None:
    answer = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f(): pass\n```\n\n$x^2$ and $$\\frac{1}{2}$$"
    session_id = book.session("Markdown", ("**not bold**\n  <b>nor this</b>", answer))
    page.goto(f"/sessions/{session_id}")
    expect(page.locator("#m-1 .plain")).to_have_text("**not bold**\n  <b>nor this</b>")
    expect(page.locator("#m-2 table td").first).to_have_text("1")
    assert page.locator("#m-2 .c-k").first.evaluate("e => getComputedStyle(e).color") == "rgb(122, 46, 42)"
    expect(page.locator("#m-2 math")).to_have_count(2)
    assert page.locator("#m-2 mfrac").evaluate("e => e.namespaceURI") == "http://www.w3.org/1998/Math/MathML"


def test_days_and_times_are_the_readers(page: Page, book: Book) -> None:
    session_id = book.session("Time")
    moment = "2026-03-12T23:30:00Z"
    book.ask(
        "POST",
        f"/api/v1/sessions/{session_id}/turns",
        {"user": {"content": "late", "create_time": moment}, "assistant": {"content": "yes", "create_time": moment}},
    )
    page.goto("/sessions")
    page.goto(f"/sessions/{session_id}")
    # Half past eleven at night in London is tomorrow in Berlin.
    expect(page.locator("#m-1 time")).to_have_text("00:30")
    expect(page.locator(".day").first).to_contain_text("13 March")
