"""The page by keys alone: shortcuts, Escape, the list as one stop of the Tab key; and by fingers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send, write
from tests.browser.test_drafts import field
from tests.browser.test_live import WRITING, begin

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

FOCUSED_ROW = "document.activeElement.closest('li')?.querySelector('.row-title')?.textContent"


def leave_fields(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")


def test_keys_lead_to_composer_search_new_chat_and_neighbours(page: Page, book: Book) -> None:
    ids = [book.session(f"Chat {number}", ("a", "b")) for number in range(4)]
    page.goto(f"/sessions/{ids[2]}")
    leave_fields(page)
    page.keyboard.press("c")
    expect(field(page)).to_be_focused()
    page.keyboard.type("jkn?/cs")
    expect(field(page)).to_have_value("jkn?/cs")
    expect(page).to_have_url(re.compile(ids[2]))
    leave_fields(page)
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 1")
    leave_fields(page)
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 2")
    expect(field(page)).to_have_value("jkn?/cs")
    leave_fields(page)
    page.keyboard.press("/")
    expect(page.get_by_label("Search your messages")).to_be_focused()
    page.keyboard.type("chat 3")
    expect(page.locator("#session-list a.row")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#session-list a.row")).to_have_count(4)
    leave_fields(page)
    for keys in ("Control+j", "Alt+j", "Meta+j"):
        page.keyboard.press(keys)
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 2")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("New chat")


def test_a_list_of_the_shortcuts_opens_and_closes(page: Page, book: Book) -> None:
    page.goto("/sessions")
    leave_fields(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Next chat")
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_escape_closes_what_lies_on_top_and_stops_last(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    live_book.session("Other", ("a", "b"))
    session_id = live_book.session("Edit", ("One", "1"))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    send(page, "Go on")
    puppet.say("So far")
    expect(page.locator(WRITING)).to_have_text("So far")
    page.get_by_label("More for this chat").click()
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    page.locator("#m-1").get_by_text("Edit").click()
    page.get_by_label("Edit message 1").fill("One, but")
    page.keyboard.press("Escape")
    expect(page.locator("#m-1 .plain")).to_have_text("One")
    expect(page.locator("#composer-button")).to_have_text("Stop")
    field(page).focus()
    field(page).dispatch_event("keydown", {"key": "Escape", "isComposing": True, "bubbles": True})
    expect(page.locator("#composer-button")).to_have_text("Stop")
    page.keyboard.press("Escape")
    expect(page.locator("#m-4 .prose")).to_have_text("So far")
    expect(page.locator("#composer-button")).to_have_text("Send")
    page.keyboard.press("Escape")
    expect(page.locator("#m-4 .prose")).to_have_text("So far")


def test_the_list_is_one_stop_and_the_composer_near(page: Page, book: Book) -> None:
    for number in range(120):
        book.session(f"Chat {number:03}", ("a", "b"))
    page.goto("/sessions")
    stops = "document.querySelectorAll('#session-list :is(a, summary, input):not([tabindex=\"-1\"])')"
    visible = f"[...{stops}].filter(e => e.getClientRects().length && !e.closest('.menu-items')).length"
    assert page.evaluate(visible) == 1
    page.get_by_role("link", name="Skip to the chat").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field(page)).to_be_focused()
    page.get_by_label("Search your messages").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED_ROW) == "Chat 119"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(FOCUSED_ROW) == "Chat 118"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(FOCUSED_ROW) == "Chat 118"
    for expected in ("Chat 000",):
        while page.evaluate(FOCUSED_ROW) != expected:
            page.keyboard.press("End")
            page.keyboard.press("ArrowDown")
    expect(page.locator("#session-list a.row")).to_have_count(120)
    page.keyboard.press("Home")
    assert page.evaluate(FOCUSED_ROW) == "Chat 119"
    assert page.evaluate(visible) == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 118")


def test_several_are_selected_archived_and_brought_back(page: Page, book: Book) -> None:
    ids = [book.session(f"Chat {number}", ("a", "b")) for number in range(6)]
    page.goto(f"/sessions/{ids[5]}")
    write(page, "half a sentence")
    page.evaluate("window.marker = 1")
    page.get_by_label("Select", exact=True).check()
    page.get_by_label("Select Chat 4").check()
    page.get_by_label("Select Chat 2").click(modifiers=["Shift"])
    expect(page.locator("#selected")).to_have_text("3 selected")
    page.get_by_role("button", name="Archive", exact=True).click()
    notice = page.get_by_role("status").filter(has_text="archived")
    expect(notice).to_contain_text("3 chats archived.")
    assert sorted(book.titles()) == ["Chat 0", "Chat 1", "Chat 5"]
    notice.get_by_role("button", name="Undo").click()
    expect(page.locator("#session-list a.row")).to_have_count(6)
    assert len(book.titles()) == 6
    page.keyboard.press("Escape")
    expect(page.get_by_label("Select Chat 4")).to_be_hidden()
    assert page.evaluate("window.marker") == 1
    expect(field(page)).to_have_value("half a sentence")


def test_a_selection_outlives_a_filter_and_says_what_it_hides(page: Page, book: Book) -> None:
    for title in ("Apple", "Pear", "Plum", "Quince"):
        book.session(title, ("a", "b"))
    page.goto("/sessions")
    chosen, search = page.locator("#selected"), page.get_by_label("Search your messages")
    page.get_by_label("Select", exact=True).check()
    page.get_by_label("Select Apple").check()
    page.get_by_label("Select Pear").check()
    search.fill("Plum")
    expect(page.get_by_label("Select Apple")).to_have_count(0)
    expect(chosen).to_have_text("2 selected, 2 not shown")
    page.get_by_label("Select Plum").check()
    expect(chosen).to_have_text("3 selected, 2 not shown")
    search.fill("")
    expect(page.get_by_label("Select Apple")).to_be_checked()
    expect(chosen).to_have_text("3 selected")
    page.get_by_label("Select Apple").uncheck()
    search.fill("Quince")
    expect(chosen).to_have_text("2 selected, 2 not shown")
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="archived")).to_contain_text("2 chats archived.")
    assert sorted(book.titles()) == ["Apple", "Quince"]
    expect(chosen).to_have_text("0 selected")


def test_a_selection_begins_at_a_row_with_shift_x_or_a_long_press(page: Page, book: Book) -> None:
    for number in range(5):
        book.session(f"Chat {number}", ("a", "b"))
    page.goto("/sessions")
    chosen = page.locator("#selected")
    row = page.locator("#session-list a.row")
    row.nth(1).click(modifiers=["Shift"])
    expect(chosen).to_have_text("1 selected")
    row.nth(3).click(modifiers=["Shift"])
    expect(chosen).to_have_text("3 selected")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Select Chat 4")).to_be_hidden()
    page.get_by_label("Search your messages").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.get_by_label("Select Chat 4")).to_be_checked()
    page.keyboard.press("x")
    expect(page.get_by_label("Select Chat 4")).not_to_be_checked()
    page.keyboard.press("Escape")
    held = {"pointerType": "touch", "bubbles": True}
    row.nth(2).dispatch_event("pointerdown", held)
    expect(chosen).to_have_text("1 selected")
    row.nth(2).dispatch_event("pointerup", held)
    row.nth(2).dispatch_event("click")
    expect(page.get_by_label("Select Chat 2")).to_be_checked()
    row.nth(0).dispatch_event("click")
    expect(chosen).to_have_text("2 selected")
    expect(page).to_have_url(re.compile("/sessions$"))


def test_several_are_archived_and_deleted_without_javascript(plain_page: Page, book: Book) -> None:
    for number in range(4):
        book.session(f"Chat {number}", ("a", "b"))
    page = plain_page
    page.goto("/sessions")
    page.get_by_label("Select", exact=True).check()
    for number in (1, 2, 3):
        page.get_by_label(f"Select Chat {number}").check()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="3 chats archived.")).to_be_visible()
    page.goto("/sessions/archived")
    for number in (1, 2):
        page.get_by_label(f"Select Chat {number}").check()
    page.get_by_role("button", name="Delete permanently…").click()
    expect(page.get_by_text("2 chats with")).to_be_visible()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("status")).to_have_text("2 chats deleted permanently.")
    assert book.titles("include_archived=true") == ["Chat 3", "Chat 0"]


def test_a_failed_question_is_not_a_chat_of_zero_messages(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    begin(page)
    puppet.say("Half")
    puppet.break_off()
    expect(page.locator(".failed")).to_be_visible()
    expect(page.locator("#session-list .row-count")).to_have_text("not answered")
    expect(page.locator("#head-facts")).to_contain_text("not answered")
    page.get_by_role("button", name="Discard").click()
    expect(page).to_have_url(re.compile(r"/sessions$"))
    expect(page.locator("#session-list a.row")).to_have_count(0)


def test_on_a_touch_screen_enter_makes_a_line_and_targets_are_large(browser: Browser, book: Book) -> None:
    session_id = book.session("One", ("a", "b"), ("c", "d"))
    context = browser.new_context(
        base_url=book.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    book.set_sign_in_cookie(context)
    page = context.new_page()
    try:
        page.goto(f"/sessions/{session_id}")
        field(page).tap()
        expect(page.get_by_text("Enter starts a new line. The button sends.")).to_be_visible()
        page.keyboard.type("one")
        page.keyboard.press("Enter")
        page.keyboard.type("two")
        expect(field(page)).to_have_value("one\ntwo")
        expect(page.locator("#m-5")).to_have_count(0)
        small = page.evaluate(
            """() => [...document.querySelectorAll('#main :is(a, button, summary, select)')]
              .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.unseen, .prose'))
              .map(e => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect()])
              .filter(([, box]) => box.height < 40 || box.width < 24).map(([text, box]) => [text, box.width, box.height])"""
        )
        assert small == []
        page.get_by_label("Open the list of chats").tap()
        assert page.locator("#search-field").evaluate("e => getComputedStyle(e).fontSize") == "16px"
        page.get_by_label("Close the list of chats").tap()
        page.get_by_role("button", name="Send").tap()
        expect(page.locator("#m-5 .plain")).to_have_text("one\ntwo")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        context.close()


def test_the_app_can_be_put_on_the_home_screen(page: Page, book: Book) -> None:
    page.goto("/sessions")
    manifest = page.evaluate("async () => (await fetch(document.querySelector('link[rel=manifest]').href)).json()")
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/sessions")
    sizes = page.evaluate(
        """async icons => Promise.all(icons.map(async icon => {
          const image = await createImageBitmap(await (await fetch(icon.src)).blob()); return `${image.width}x${image.height}`; }))""",
        manifest["icons"],
    )
    assert sizes == [icon["sizes"] for icon in manifest["icons"]]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    colours = page.locator("meta[name=theme-color]").evaluate_all(
        "all => all.map(e => [e.content, e.media, matchMedia(e.media).matches])"
    )
    assert [colour[2] for colour in colours] == [True, False]
    page.get_by_label("Colours").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    matches = page.locator("meta[name=theme-color]").evaluate_all("all => all.map(e => matchMedia(e.media).matches)")
    assert matches == [False, True]
