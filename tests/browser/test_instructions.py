"""Instructions on a phone and without JavaScript, and that they move nothing when an answer ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send, write
from tests.browser.test_looks import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

LONG = "Answer in short sentences.\n" * 12


def instructed(book: Book, puppet: Puppet) -> str:
    """Make a chat whose instructions change before its second turn, and return its id."""
    book.ask("PATCH", "/api/v1/account/settings", {"instructions": "I am a tiler."})
    puppet.answer("Stoneware.")
    session_id = str(book.ask("POST", "/api/v1/chat", {"content": "Which tiles?"})["session_id"])
    settings = {"instructions": LONG, "temperature": 0.2, "max_tokens": 500}
    book.ask("PATCH", f"/api/v1/sessions/{session_id}/settings", settings)
    puppet.answer("Mosaic.")
    book.ask("POST", "/api/v1/chat", {"content": "And for the bath?", "session_id": session_id})
    return session_id


def test_they_are_set_without_javascript(plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = plain_tab()
    page.goto("/account")
    page.get_by_role("link", name="Instructions").click()
    page.get_by_label("Instructions", exact=True).fill("I am a tiler.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    puppet.answer("Stoneware.")
    page.goto("/sessions")
    write(page, "Which tiles?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("I am a tiler.")).to_be_visible()

    page.locator(".head-actions summary").click()
    page.get_by_role("link", name="Instructions and parameters").click()
    page.get_by_label("Temperature").fill("warm")
    page.get_by_label("Instructions for this chat").fill("Be brief.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The temperature must be a number")).to_be_visible()
    expect(page.get_by_label("Instructions for this chat")).to_have_value("Be brief.")
    page.get_by_label("Temperature").fill("0.2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#composer")).to_be_visible()
    puppet.answer("Mosaic.")
    write(page, "And for the bath?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("made with temperature 0.2")).to_be_visible()
    systems = [said["content"] for said in puppet.asked[-1] if said["role"] == "system"]
    assert systems == ["I am a tiler.\n\nBe brief."]
    assert live_book.titles() == ["Which tiles?"]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_they_fit_a_phone_and_are_accessible(browser: Browser, live_book: Book, puppet: Puppet, scheme: str) -> None:
    session_id = instructed(live_book, puppet)
    phone = {"width": 390, "height": 844}
    context = browser.new_context(base_url=live_book.url, viewport=phone, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = live_book.set_sign_in_cookie(context).new_page()
    for path in (f"/sessions/{session_id}", f"/sessions/{session_id}/settings", "/settings/instructions"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert violations(page) == [], path
    page.goto(f"/sessions/{session_id}")
    long = page.locator("details.instruction", has_text="short sentences")
    expect(long.locator(".plain")).to_be_hidden()
    long.locator("summary").click()
    expect(long.locator(".plain")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_they_stand_there_while_the_answer_is_written_and_nothing_moves(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    live_book.ask("PATCH", "/api/v1/account/settings", {"instructions": "I am a tiler."})
    page = tab()
    page.goto("/sessions")
    send(page, "Which tiles?")
    puppet.say("Stone")
    expect(page.locator("#live-said")).to_contain_text("Stone")
    expect(page.get_by_text("I am a tiler.")).to_be_visible()
    question = page.locator(".minute.user .plain").first
    before = question.bounding_box()
    puppet.answer("ware.")
    expect(page.locator("#m-2")).to_contain_text("Stoneware.")
    expect(page.locator("details.instruction")).to_have_count(1)
    assert question.bounding_box() == before
    expect(page.locator("details.instruction a")).to_have_attribute("href", re.compile("/instructions/.*/strike"))
