"""What was typed is still there after reload, back, another chat, another tab and another sign-in, until it is sent."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Locator, Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

LINES = "\n".join(f"line {number} – 中文 👩‍👩‍👧" for number in range(30))


def field(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def drafts(page: Page) -> list[str]:
    return page.evaluate(
        "Object.keys(localStorage).filter(k => k.startsWith('minutebook:draft:')).map(k => JSON.parse(localStorage[k]).text)"
    )


def test_a_draft_survives_reload_another_chat_back_and_a_new_tab(context: BrowserContext, book: Book) -> None:
    one, other = book.session("One", ("a", "b")), book.session("Other", ("c", "d"))
    page = context.new_page()
    page.goto(f"/sessions/{one}")
    write(page, LINES)
    page.reload()
    expect(field(page)).to_have_value(LINES)
    page.get_by_role("navigation", name="Chats").get_by_role("link", name="Other").click()
    expect(page).to_have_url(re.compile(other))
    expect(field(page)).to_have_value("")
    write(page, "for the other")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("One")
    expect(field(page)).to_have_value(LINES)
    page.go_forward()
    expect(field(page)).to_have_value("for the other")
    page.get_by_role("link", name="New chat").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New chat")
    expect(field(page)).to_have_value("")
    write(page, "for a new chat")
    page.goto(f"/sessions/{one}")
    expect(field(page)).to_have_value(LINES)
    fresh = context.new_page()
    fresh.goto("/sessions")
    expect(field(fresh)).to_have_value("for a new chat")


def test_a_sent_draft_is_gone_and_a_refused_one_stays(context: BrowserContext, book: Book) -> None:
    page = context.new_page()
    page.goto("/sessions")
    send(page, "Where is the spare key?")
    expect(page.locator("#m-2")).to_be_visible()
    expect(field(page)).to_have_value("")
    assert drafts(page) == []
    page.goto("/sessions")
    expect(field(page)).to_have_value("")
    page.goto("/sessions")
    long = "x" * 100_001
    send(page, long)
    expect(page.get_by_role("alert")).to_contain_text("100,000")
    page.reload()
    expect(field(page)).to_have_value(long)
    write(page, "")
    assert drafts(page) == []
    page.reload()
    expect(field(page)).to_have_value("")


def test_a_draft_survives_the_end_of_the_connection(page: Page, book: Book) -> None:
    book.expected_errors = ("Failed to load resource: net::ERR_INTERNET_DISCONNECTED", "htmx")
    session_id = book.session("One", ("a", "b"))
    page.goto(f"/sessions/{session_id}")
    page.context.set_offline(True)
    send(page, "in the tunnel")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    page.reload()
    expect(field(page)).to_have_value("in the tunnel")
    field(page).press("Enter")
    expect(page.locator("#m-3")).to_be_visible()
    assert drafts(page) == []


def test_an_edit_is_kept_through_cancel_and_reload_until_it_is_sent(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Edit", ("One", "1"), ("Two", "2"))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    write(page, "in the composer")
    page.locator("#m-3").get_by_text("Edit").click()
    page.get_by_label("Edit message 3").fill("Two, but better")
    page.locator("#m-3").get_by_role("link", name="Cancel").click()
    page.reload()
    page.locator("#m-3").get_by_text("Edit").click()
    edit = page.get_by_label("Edit message 3")
    expect(edit).to_have_value("Two, but better")
    page.get_by_role("button", name="Show the original text").click()
    expect(edit).to_have_value("Two")
    expect(page.get_by_role("button", name="Show the original text")).to_be_hidden()
    assert drafts(page) == ["in the composer"]
    edit.fill("Two, at last")
    edit.press("Enter")
    puppet.answer("2!")
    expect(page.locator("#m-4 .prose")).to_have_text("2!")
    expect(field(page)).to_have_value("in the composer")
    assert drafts(page) == ["in the composer"]
    page.locator("#m-3").get_by_text("Edit").click()
    expect(page.get_by_label("Edit message 3")).to_have_value("Two, at last")


def test_two_tabs_of_one_chat_keep_their_own_words(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Shared", ("a", "b"))
    one, other = tab(), tab()
    for page in (one, other):
        page.goto(f"/sessions/{session_id}")
    write(one, "from one")
    expect(field(other)).to_have_value("from one")
    field(other).fill("of the other's own")
    write(one, "from one, longer")
    expect(field(other)).to_have_value("of the other's own")
    field(one).press("Enter")
    puppet.answer("Yes")
    for page in (one, other):
        expect(page.locator("#m-4 .prose")).to_have_text("Yes")
    expect(field(other)).to_have_value("of the other's own")
    other.reload()
    expect(field(other)).to_have_value("of the other's own")


def test_another_account_of_this_browser_never_sees_a_draft(page: Page, book: Book) -> None:
    page.goto("/sessions")
    write(page, "Alice's own words")
    page.evaluate("document.body.dataset.user = '0190a000-0000-7000-8000-000000000000'")
    page.reload()
    expect(field(page)).to_have_value("Alice's own words")
    # The same page for somebody else: the script looks at the account alone.
    page.route(
        "**/sessions",
        lambda route: route.fulfill(
            response=(answer := route.fetch()),
            body=re.sub(r'data-user="[^"]+"', 'data-user="0190a000-0000-7000-8000-000000000000"', answer.text()),
        ),
    )
    page.goto("/sessions")
    expect(field(page)).to_have_value("")


def test_sign_out_and_sign_in_bring_a_draft_back(page: Page, book: Book) -> None:
    page.goto("/sessions")
    write(page, "half a thought")
    state = page.context.cookies()
    page.context.clear_cookies()
    page.goto("/sessions")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.context.add_cookies(state)  # type: ignore[arg-type]
    page.goto("/sessions")
    expect(field(page)).to_have_value("half a thought")


def test_what_was_sent_before_the_sign_in_is_no_draft_after_it(page: Page, book: Book) -> None:
    page.goto(f"/sessions/{book.session('Talk', ('a', 'b'))}")
    write(page, "Sent while signed out")
    state = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    # As if the person had signed in: the form on that page goes on with the message.
    page.context.add_cookies(state)  # type: ignore[arg-type]
    page.locator("input[type=password]").evaluate("field => field.form.noValidate = true")
    kept = page.locator("form:has(input[type=password])")
    fields = kept.evaluate("form => Object.fromEntries(new FormData(form))")
    assert "Sent while signed out" in json.dumps(fields)
    page.evaluate(
        """fields => {
            const form = Object.assign(document.createElement("form"), { method: "post", action: "/chat" });
            for (const [name, value] of Object.entries(fields)) {
                form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
            }
            document.body.append(form);
            form.submit();
        }""",
        {name: value for name, value in fields.items() if name not in {"name", "password"}},
    )
    expect(page.locator("#m-3")).to_contain_text("Sent while signed out")
    expect(field(page)).to_have_value("")
    page.reload()
    expect(field(page)).to_have_value("")


def test_instructions_that_are_not_saved_yet_are_drafts(page: Page, book: Book) -> None:
    session_id = book.session("Talk", ("a", "b"))
    for address in ("/settings/instructions", f"/sessions/{session_id}/settings"):
        page.goto(address)
        page.locator("#instructions").fill("Be brief, half typed")
        page.goto("/sessions")
        page.goto(address)
        expect(page.locator("#instructions")).to_have_value("Be brief, half typed")
        page.get_by_role("button", name="Show what is stored").click()
        expect(page.locator("#instructions")).to_have_value("")
        page.locator("#instructions").fill("Be brief.")
        page.get_by_role("button", name="Save").click()
        expect(page).not_to_have_url(f"{book.url}{address}")
        page.goto(address)
        page.reload()
        expect(page.locator("#instructions")).to_have_value("Be brief.")
        page.locator("#instructions").fill("")
        page.get_by_role("button", name="Save").click()
        expect(page).not_to_have_url(f"{book.url}{address}")
        page.goto(address)
        expect(page.locator("#instructions")).to_have_value("")


def test_what_is_sent_after_a_new_sign_in_is_no_draft_any_more(page: Page, book: Book) -> None:
    session_id = book.session("One", ("a", "b"))
    page.goto(f"/sessions/{session_id}")
    state = page.context.cookies()
    page.context.clear_cookies()
    send(page, "Sent after signing in")
    expect(page).to_have_url(re.compile("/(sign-in|chat)$"))
    page.context.add_cookies(state)  # type: ignore[arg-type]
    page.goto(f"/sessions/{session_id}")
    expect(field(page)).to_have_value("Sent after signing in")
    # As the form after the sign-in does: sent by the browser itself, without htmx.
    page.evaluate(
        "document.addEventListener('submit', e => e.stopImmediatePropagation(), {once: true, capture: true}),"
        "document.querySelector('#content').dispatchEvent(new Event('input', {bubbles: true})),"
        "document.querySelector('#composer').dispatchEvent(new Event('submit', {bubbles: false, cancelable: false})),"
        "HTMLFormElement.prototype.submit.call(document.querySelector('#composer'))"
    )
    expect(page.locator("#m-4")).to_be_visible()
    expect(field(page)).to_have_value("")
    assert drafts(page) == []


def test_drafts_are_bounded_and_the_oldest_go_first(page: Page, book: Book) -> None:
    page.goto("/sessions")
    user = page.evaluate("document.body.dataset.user")
    page.evaluate(
        "user => { for (let n = 0; n < 150; n++) localStorage['minutebook:draft:' + user + ':chat:' + n]"
        " = JSON.stringify({text: 'draft ' + n, at: n}); }",
        user,
    )
    write(page, "the newest")
    kept = drafts(page)
    assert len(kept) == 100
    assert {"the newest", "draft 149", "draft 51"} <= set(kept)
    assert "draft 50" not in kept


def test_a_full_or_missing_storage_disturbs_nothing(context: BrowserContext, book: Book) -> None:
    session_id = book.session("One", ("a", "b"))
    full = context.new_page()
    full.goto(f"/sessions/{session_id}")
    full.evaluate(
        "() => { const k = 'minutebook:draft:' + document.body.dataset.user + ':chat:old';"
        " localStorage[k] = JSON.stringify({text: 'old', at: 1});"
        " for (let size = 1 << 20; size; size >>= 1) try { for (let n = 0; ; n++) localStorage[`x${size}-${n}`] = 'x'.repeat(size); } catch {} }"
    )
    send(full, "It is sent all the same, with or without a draft")
    expect(full.locator("#m-4")).to_be_visible()
    full.evaluate("localStorage.clear()")
    full.close()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    without = context.new_page()
    without.goto(f"/sessions/{session_id}")
    send(without, "And this one too")
    expect(without.locator("#m-6")).to_be_visible()


def test_a_field_can_opt_out(page: Page, book: Book) -> None:
    page.goto("/sessions")
    page.locator("#composer").evaluate("form => form.setAttribute('data-no-draft', '')")
    write(page, "never stored")
    assert drafts(page) == []
