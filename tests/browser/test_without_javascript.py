from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send as send_by_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser


def test_every_action_works(plain_page: Page, book: Book) -> None:
    """Create, chat, rename, pin, archive, undo, restore and delete for good, by links and forms alone."""
    page = plain_page
    page.goto("/sessions")
    page.get_by_label("Message", exact=True).fill("Remember: the boiler was serviced in May")
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_url(re.compile(r"/sessions/[0-9a-f-]{36}"))
    page.get_by_label("Message", exact=True).fill("When was the boiler serviced?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#m-4")).to_contain_text("the boiler was serviced in May")
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
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("No chats yet.")
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
    page.get_by_role("link", name="Delete permanently…").click()
    expect(page.get_by_text("cannot be undone")).to_be_visible()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted permanently")
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
    page.get_by_role("link", name="Earlier messages").click()
    expect(page.locator("#m-1")).to_have_count(1)
    page.get_by_role("link", name="Later messages").click()
    expect(page.locator("#m-80")).to_have_count(1)


@pytest.mark.parametrize("book", [{"MINUTEBOOK_MAX_CONTENT": "600"}], indirect=True)
def test_a_refused_message_comes_back_with_the_reason(plain_page: Page, book: Book) -> None:
    page = plain_page
    page.goto("/sessions")
    page.get_by_label("Message", exact=True).fill("word " * 150)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("limit is 600")
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


def send(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def test_an_answer_that_fails_gives_the_text_back_to_be_sent_again(
    plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    live_book.expected_errors = ("Failed to load resource: the server responded with a status of 502",)
    page = plain_tab()
    page.goto("/sessions")
    puppet.break_off()
    send(page, "How do I tile a wall?")
    expect(page.get_by_role("alert")).to_contain_text("broke off before its end")
    expect(page.get_by_label("Message", exact=True)).to_have_value("How do I tile a wall?")
    assert live_book.titles() == []
    puppet.answer("Dry first.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#m-2 .prose")).to_have_text("Dry first.")
    assert live_book.titles() == ["How do I tile a wall?"]


@pytest.mark.parametrize(
    ("button", "answer"), [("Try again", "Dry first."), ("Continue", "Almost done."), ("Keep", "Almost")]
)
def test_a_part_of_an_answer_stays_with_its_message(
    plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet, button: str, answer: str
) -> None:
    page = plain_tab()
    page.goto("/sessions")
    puppet.say("Almost")
    puppet.break_off()
    send(page, "How do I tile a wall?")
    expect(page.locator(".failed .problem")).to_contain_text("broke off before its end")
    expect(page.locator(".failed .prose")).to_have_text("Almost")
    expect(page.locator(".failed .user .plain")).to_have_text("How do I tile a wall?")
    if button != "Keep":
        puppet.answer(answer.removeprefix("Almost"))
    page.get_by_role("button", name=button).click()
    expect(page.locator("#m-2 .prose")).to_have_text(answer)
    assert live_book.titles() == ["How do I tile a wall?"]


def test_a_message_can_be_said_differently(plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Edit", ("One", "1"), ("Two", "2"), ("Three", "3"))
    page = plain_tab()
    page.goto(f"/sessions/{session_id}")
    page.locator("#m-3").get_by_text("Edit").click()
    field = page.get_by_label("Edit message 3")
    expect(field).to_have_value("Two")
    expect(field).to_be_in_viewport()
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("#m-3 .plain")).to_have_text("Two")
    page.locator("#m-3").get_by_text("Edit").click()
    field.fill("Zwei")
    puppet.answer("Zwei!")
    page.locator("#m-3").get_by_role("button", name="Send").click()
    expect(page.locator("#m-4 .prose")).to_have_text("Zwei!")
    expect(page.locator(".minute")).to_have_count(4)
    assert live_book.transcript(session_id) == ["One", "1", "Zwei", "Zwei!"]


def test_a_chat_goes_on_from_a_message_in_a_fork(
    plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Plans", ("One", "1"), ("Two", "2"))
    page = plain_tab()
    page.goto(f"/sessions/{session_id}")
    page.locator("#m-2").get_by_role("button", name="Fork").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plans (fork)")
    puppet.answer("Gone")
    send(page, "Elsewhere")
    expect(page.locator("#m-4 .prose")).to_have_text("Gone")
    page.get_by_role("link", name="forked at message 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plans")
    assert live_book.transcript(session_id) == ["One", "1", "Two", "2"]


def test_an_answer_can_be_made_anew_by_another_assistant(
    plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Again", ("Why?", "Because."))
    page = plain_tab()
    page.goto(f"/sessions/{session_id}")
    puppet.answer("For a reason")
    page.get_by_label("Regenerate with another assistant").click()
    page.get_by_role("button", name="second").click()
    expect(page.locator("#m-2 .prose")).to_have_text("For a reason")
    assert puppet.models == ["second"]
    assert live_book.transcript(session_id) == ["Why?", "For a reason"]


def test_an_answer_that_grows_in_another_tab_can_be_looked_at_and_stopped(
    tab: Callable[[], Page], plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Shared", ("a", "b"))
    other, page = tab(), plain_tab()
    other.goto(f"/sessions/{session_id}")
    send_by_script(other, "How do I tile a wall?")
    expect(other.locator("#live .thinking")).to_be_visible()
    page.goto(f"/sessions/{session_id}")
    expect(page.locator("#live .user .plain")).to_have_text("How do I tile a wall?")
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("writing…")
    puppet.say("Dry first")
    expect(other.locator("#live-said")).to_have_text("Dry first")
    for _ in range(20):
        page.get_by_role("link", name="Show the answer so far").click()
        if page.get_by_text("Dry first").count():
            break
        page.wait_for_timeout(100)
    expect(page.locator("#live-said")).to_have_text("Dry first")
    page.get_by_role("button", name="Stop").click()
    for window in (page, other):
        expect(window.locator("#m-4 .prose")).to_have_text("Dry first")
        expect(window.locator("#m-4 .under")).to_contain_text("stopped")
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def test_what_was_not_answered_can_be_tried_again_or_taken_back(
    tab: Callable[[], Page], plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Kept", ("a", "b"))
    other, page = tab(), plain_tab()
    other.goto(f"/sessions/{session_id}")
    send_by_script(other, "The failed one")
    puppet.break_off()
    expect(other.locator(".failed")).to_be_visible()
    page.goto(f"/sessions/{session_id}")
    puppet.say("Again")
    puppet.break_off()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".failed .prose")).to_have_text("Again")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("The failed one")
    expect(page.locator(".failed")).to_have_count(0)
    puppet.answer("At last")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#m-4 .prose")).to_have_text("At last")
    assert live_book.transcript(session_id) == ["a", "b", "The failed one", "At last"]
