"""A temporary chat in the browser: its words are on the page and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import RICH, sticking_out, violations
from tests.support.accounts import COOKIE, SECRET
from tests.support.server import Server, furnish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

MARK = "Quetzalfrost"


def send(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send").click()


def ask(page: Page, puppet: Puppet, question: str, answer: str, number: int = 2) -> None:
    send(page, question)
    puppet.answer(answer)
    expect(page.locator(f"#m-{number} .prose")).to_have_text(answer)


def test_an_answer_grows_and_stays_on_the_page_alone(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    page.goto("/sessions")
    page.get_by_role("link", name="Temporary chat").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Temporary chat · nothing is stored")
    field = page.get_by_label("Message", exact=True)
    expect(field).to_be_focused()
    send(page, f"What is {MARK}?")
    puppet.say("A **bird**, ")
    expect(page.locator("#live-said strong")).to_have_text("bird")
    expect(field).to_have_value("")
    expect(page.get_by_role("button", name="Keep")).to_be_hidden()
    puppet.say("and code:\n\n```python\nx = 1\n```\n")
    expect(page.locator("#live-said pre")).to_contain_text("x = 1")
    puppet.end()
    expect(page.locator("#m-2 strong")).to_have_text("bird")
    expect(page.locator("#m-2")).to_contain_text("first")
    expect(page.get_by_role("button", name="Keep")).to_be_visible()
    ask(page, puppet, "And again?", "Again.", 4)
    assert [said["content"] for said in puppet.asked[1]][-3:] == [
        f"What is {MARK}?",
        "A **bird**, and code:\n\n```python\nx = 1\n```\n",
        "And again?",
    ]
    assert page.locator(".day").count() == 1
    assert live_book.titles() == []


def test_stop_keeps_what_came_and_hangs_up(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    send(page, "Count")
    puppet.say("One, two")
    expect(page.locator("#live-said")).to_have_text("One, two")
    page.get_by_role("button", name="Stop").click()
    assert puppet.hung_up.wait(10)
    expect(page.locator("#m-2")).to_contain_text("You stopped this")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    ask(page, puppet, "Go on", "Three", 4)
    assert [said["content"] for said in puppet.asked[1]][-3:] == ["Count", "One, two", "Go on"]


def test_stop_before_the_first_word_returns_the_question(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    send(page, "Count")
    puppet.wait_until_asked()
    # The model may be asked before the page knows of it, and offers to stop.
    expect(page.locator(".minute")).to_have_count(2)
    page.keyboard.press("Escape")
    field = page.get_by_label("Message", exact=True)
    expect(field).to_have_value("Count")
    expect(page.locator(".minute")).to_have_count(0)
    page.get_by_role("button", name="Send").click()
    puppet.answer("One")
    expect(page.locator("#m-2 .prose")).to_have_text("One")


def test_a_failure_returns_the_question_or_keeps_the_part(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    send(page, "Count")
    puppet.break_off()
    expect(page.locator("#composer-problem")).to_contain_text("Try again")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Count")
    page.get_by_role("button", name="Try again").click()
    puppet.say("One, ")
    expect(page.locator("#live-said")).to_have_text("One,")
    puppet.break_off()
    expect(page.locator("#m-2")).to_contain_text("Broke off before its end")
    expect(page.locator("#composer-problem .problem")).to_be_visible()
    page.get_by_label("Message", exact=True).fill("half typed")
    page.get_by_role("button", name="Regenerate").click()
    puppet.say("One")
    expect(page.locator("#live-said")).to_have_text("One")
    expect(page.locator(".minute.user")).to_have_count(1)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#m-2")).to_contain_text("You stopped this")
    expect(page.locator(".minute")).to_have_count(2)
    page.get_by_role("button", name="Regenerate").click()
    puppet.answer("One, two.")
    expect(page.locator("#m-2 .prose")).to_have_text("One, two.")
    expect(page.locator(".minute")).to_have_count(2)
    expect(page.get_by_label("Message", exact=True)).to_have_value("half typed")


def test_the_last_message_is_edited(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Cuont", "What?")
    page.get_by_role("button", name="Edit the last message").click()
    field = page.get_by_label("Message", exact=True)
    expect(field).to_have_value("Cuont")
    expect(page.get_by_label("Replaces message 1 and its answer")).to_be_checked()
    field.fill("Count")
    page.get_by_role("button", name="Send").click()
    puppet.answer("One")
    expect(page.locator("#m-2 .prose")).to_have_text("One")
    expect(page.locator(".minute")).to_have_count(2)
    expect(page.locator("#m-1")).to_contain_text("Count")
    expect(page.locator("#replaces")).to_have_count(0)


def test_keep_makes_one_chat_with_what_is_typed(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    page.get_by_label("Message", exact=True).fill("and then")
    page.get_by_role("button", name="Keep").dblclick(no_wait_after=True)
    expect(page.locator(".temporary-pill")).to_have_count(0)
    expect(page.locator("#m-2 .prose")).to_have_text("One")
    expect(page.get_by_label("Message", exact=True)).to_have_value("and then")
    assert live_book.titles() == ["Count"]


def test_leaving_asks_first(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    live_book.session("Other", ("a", "b"))
    page = tab()
    asked: list[str] = []
    answer = False

    def decide(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept() if answer else dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", decide)
    page.goto("/temporary")
    page.get_by_role("link", name="Temporary chat", exact=True).click()
    assert asked == []
    ask(page, puppet, "Count", "One")
    page.locator("#session-list a.row").click()
    page.get_by_role("link", name="New temporary chat").click()
    assert asked == ["confirm", "confirm"]
    expect(page.locator("#m-2 .prose")).to_have_text("One")
    page.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(300)
    assert asked[2:] == ["beforeunload"]
    expect(page.locator("#m-2 .prose")).to_have_text("One")
    answer = True
    page.locator("#session-list a.row").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Other")
    assert asked[3:] == ["confirm"]


def test_no_draft_and_no_message_is_left_in_the_browser(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, MARK, f"{MARK}!")
    page.get_by_label("Message", exact=True).fill(f"half typed {MARK}")
    page.wait_for_timeout(100)
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])")
    assert MARK not in stored
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/sessions")
    page.goto("/temporary")
    assert MARK not in page.content()
    expect(page.get_by_label("Message", exact=True)).to_have_value("")


def test_it_works_without_javascript(plain_tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = plain_tab()
    page.goto("/temporary")
    puppet.answer("A **bird**")
    send(page, MARK)
    expect(page.locator("#m-2 strong")).to_have_text("bird")
    puppet.answer("Again")
    send(page, "And again?")
    expect(page.locator("#m-4 .prose")).to_have_text("Again")
    page.get_by_role("button", name="Edit the last message").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("And again?")
    puppet.answer("Twice")
    page.get_by_label("Message", exact=True).fill("And twice?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#m-4 .prose")).to_have_text("Twice")
    puppet.answer("Anew")
    page.get_by_role("button", name="Regenerate").click()
    expect(page.locator("#m-4 .prose")).to_have_text("Anew")
    assert live_book.titles() == []
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(MARK)
    assert live_book.titles() == [MARK]


def moments(page: Page, puppet: Puppet) -> Iterator[str]:
    """Bring a temporary chat through what may be seen of it, and name each."""
    page.goto("/temporary")
    yield "empty"
    send(page, "How do I tile a wall? " + "z" * 120)
    puppet.say(RICH, "\n\nlast", " words")
    expect(page.locator("#live-said")).to_contain_text("last words")
    yield "growing"
    puppet.end()
    expect(page.locator("#m-2")).to_contain_text("last words")
    yield "answered"
    send(page, "And then?")
    puppet.say("Part")
    expect(page.locator("#live-said")).to_have_text("Part")
    puppet.break_off()
    expect(page.locator("#m-4")).to_contain_text("Broke off")
    yield "broken off"
    page.get_by_role("button", name="Edit the last message").click()
    expect(page.locator("#replaces")).to_be_checked()
    yield "edited"


@pytest.mark.slow
def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, live_book: Book, puppet: Puppet) -> None:
    context = live_book.set_sign_in_cookie(browser.new_context(base_url=live_book.url, bypass_csp=True))
    page = context.new_page()
    for moment in moments(page, puppet):
        for width in (1440, 390):
            assert sticking_out(page, width) == [], moment
            assert violations(page) == [], (moment, width)
    context.close()


def test_changes_of_the_sidebar_leave_it_alone(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    live_book.session("Other", ("a", "b"))
    page = tab()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    page.get_by_label("Colours").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#session-list summary").first.click()
    page.get_by_role("button", name="Pin", exact=True).first.click()
    expect(page.locator("#session-list")).to_contain_text("Pinned")
    expect(page.locator("#m-2 .prose")).to_have_text("One")
    ask(page, puppet, "And", "Two", 4)


def test_a_killed_server_leaves_the_question_and_what_came(
    browser: Browser, tmp_path: Path, sqlite_template: Path, puppet: Puppet
) -> None:
    furnish(tmp_path, sqlite_template)
    server = Server(None, tmp_path, **puppet.settings())
    try:
        context = browser.new_context(base_url=server.url)
        context.add_cookies([{"name": COOKIE, "value": SECRET, "url": server.url}])
        page = context.new_page()
        page.goto("/temporary")
        ask(page, puppet, "Count", "One")
        send(page, "On")
        puppet.say("Two, ")
        expect(page.locator("#live-said")).to_have_text("Two,")
        server.kill()
        expect(page.locator("#m-4")).to_contain_text("Broke off before its end")
        expect(page.locator("#composer-problem")).to_contain_text("What came before is still here")
        expect(page.get_by_role("button", name="Send")).to_be_visible()
        send(page, "Further")
        expect(page.locator("#composer-problem")).to_contain_text("cannot be reached")
        expect(page.get_by_label("Message", exact=True)).to_have_value("Further")
        assert page.locator(".minute").count() == 4
        context.close()
    finally:
        server.kill()


def test_who_is_signed_out_keeps_the_page_and_goes_on(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    page.context.clear_cookies()
    send(page, "On")
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator(".minute")).to_have_count(2)
    expect(page.get_by_label("Message", exact=True)).to_have_value("On")
    live_book.set_sign_in_cookie(page.context)
    page.get_by_role("button", name="Send").click()
    puppet.answer("Two")
    expect(page.locator("#m-4 .prose")).to_have_text("Two")
    expect(page.locator("#signed-out")).to_be_hidden()


def test_a_page_from_the_browsers_cache_is_empty(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator(".minute")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Temporary chat")


def count_questions(page: Page) -> list[str]:
    """Count the dialogs of a page and stay: return the list of their types, which grows."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def reload(page: Page) -> None:
    page.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(300)


def test_links_that_stay_on_the_page_ask_nothing(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    live_book.session("Other", ("a", "b"))
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    asked = count_questions(page)
    page.locator("#session-list summary").first.click()
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Title").fill("Renamed")
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("#session-list a.row")).to_have_text("Other 2 messages")
    page.evaluate(
        """for (const [name, facts] of Object.entries({
            anchor: {href: location.pathname + '#m-1'}, tab: {href: '/account', target: 'elsewhere'},
            file: {href: '/account', download: 'a.html'}, mail: {href: 'mailto:a@example.org'},
        })) {
            const link = Object.assign(document.createElement('a'), facts, {id: name, textContent: name});
            link.addEventListener('click', (event) => { if (name !== 'anchor') event.preventDefault(); });
            document.querySelector('#minutes').append(link);
        }"""
    )
    for name in ("anchor", "tab", "file", "mail"):
        page.locator(f"#{name}").click()
    assert asked == []
    reload(page)
    assert asked == ["beforeunload"]
    page.get_by_role("link", name="Archive", exact=True).click()
    page.locator("#session-list a.row").click()
    assert asked == ["beforeunload", "confirm", "confirm"]
    expect(page.locator(".minute")).to_have_count(2)


def test_a_page_that_is_not_left_after_all_asks_again(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    page.route("**/sessions/archived", lambda route: route.fulfill(status=204))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Archive", exact=True).click()
    page.wait_for_timeout(3500)
    asked = count_questions(page)
    reload(page)
    assert asked == ["beforeunload"]
    expect(page.locator("#m-2 .prose")).to_have_text("One")


def test_a_chat_that_cannot_be_opened_leaves_the_guard(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    live_book.session("Other", ("a", "b"))
    live_book.expected_errors = ("Failed to load resource: net::", "TypeError: Failed to fetch", "htmx: htmx:error")
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    page.route("**/sessions/0*", lambda route: route.abort())
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#session-list a.row").click()
    page.wait_for_timeout(300)
    asked = count_questions(page)
    reload(page)
    assert asked == ["beforeunload"]
    expect(page.locator("#m-2 .prose")).to_have_text("One")


def test_a_first_message_that_is_not_sent_asks_too(tab: Callable[[], Page]) -> None:
    page = tab()
    page.goto("/temporary")
    asked = count_questions(page)
    field = page.get_by_label("Message", exact=True)
    field.fill("half typed")
    page.get_by_role("link", name="Archive", exact=True).click()
    assert asked == ["confirm"]
    reload(page)
    assert asked == ["confirm", "beforeunload"]
    expect(field).to_have_value("half typed")
    field.fill("  ")
    page.get_by_role("link", name="Archive", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Archive")
    assert asked == ["confirm", "beforeunload"]


def test_an_edit_twice_and_keep_leave_no_question_behind(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    field = page.get_by_label("Message", exact=True)
    for _ in range(2):
        with page.expect_response("**/temporary/edits"):
            page.get_by_role("button", name="Edit the last message").click()
        expect(field).to_have_value("Count")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".temporary-pill")).to_have_count(0)
    expect(page.locator("#m-2 .prose")).to_have_text("One")
    expect(field).to_have_value("")
    assert "minutebook:draft" not in page.evaluate("JSON.stringify({...localStorage})")
    assert live_book.titles() == ["Count"]


def test_who_signed_in_since_in_another_tab_gets_nothing_of_it(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    page = tab()
    page.goto("/temporary")
    ask(page, puppet, "Count", "One")
    # To the server the page of another user looks like this; two accounts are in the tests without a browser.
    owner = page.locator("#composer [name=user]")
    own_id = owner.get_attribute("value")
    assert own_id == page.locator("body").get_attribute("data-user")
    owner.evaluate("field => { field.value = '01890000-0000-7000-8000-000000000000' }")
    page.get_by_label("Message", exact=True).fill("half typed")
    for button in ("Keep", "Regenerate", "Edit the last message", "Send"):
        with page.expect_response(lambda response: response.request.method == "POST") as refused:
            page.get_by_role("button", name=button).click()
        assert refused.value.status == 409
        expect(page.locator("#composer-problem")).to_contain_text("belongs to another account")
    expect(page.locator(".minute")).to_have_count(2)
    expect(page.get_by_label("Message", exact=True)).to_have_value("half typed")
    assert live_book.titles() == []
    owner.evaluate("(field, id) => { field.value = id }", own_id)
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".temporary-pill")).to_have_count(0)
    assert live_book.titles() == ["Count"]
