from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.book import Book
from tests.browser.test_chat import send, write
from tests.support.cast import age
from tests.support.server import Server, furnish
from tests.support.waiting import eventually
from webapp import create_app
from webapp.config.settings import Settings
from webapp.database.engine import db

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

SESSION = re.compile(r"/sessions/[0-9a-f-]{36}$")
WRITING = "#live-said"


def begin(page: Page, text: str = "How do I tile a wall?") -> None:
    page.goto("/sessions")
    send(page, text)
    expect(page).to_have_url(SESSION)
    expect(page.locator("#live .thinking")).to_be_visible()


def test_an_answer_grows_and_becomes_the_minute(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    begin(page)
    expect(page.locator("#session-list a.row")).to_contain_text("writing…")
    puppet.say("First **dry")
    expect(page.locator(f"{WRITING} strong")).to_have_text("dry")
    puppet.say(" laying**, then\n\n- grout")
    expect(page.locator(f"{WRITING} li")).to_have_text("grout")
    assert live_book.ask("GET", "/api/v1/sessions")["data"][0]["message_count"] == 0
    puppet.end()
    expect(page.locator("#m-2 li")).to_have_text("grout")
    expect(page.locator("#m-1 .plain")).to_have_text("How do I tile a wall?")
    expect(page.locator("#live")).to_have_count(0)
    expect(page.locator("#session-list a.row .row-count")).to_have_text("2 messages")
    expect(page.locator("#head-facts")).to_contain_text("2 messages")


def test_the_finished_turn_is_told_once_to_who_listens(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    begin(page)
    puppet.say("One.", " Two.")
    expect(page.locator(WRITING)).to_have_text("One. Two.")
    expect(page.locator("#announcement")).to_be_empty()
    assert page.locator("[aria-live], [role=status], [role=alert]").locator(f"css={WRITING}").count() == 0
    puppet.end()
    expect(page.locator("#announcement")).to_have_text("The assistant answered: One. Two.")


def test_a_reload_in_mid_answer_finds_it_where_it_is(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    begin(page)
    puppet.say("Half of it")
    expect(page.locator(WRITING)).to_have_text("Half of it")
    page.reload()
    expect(page.locator(WRITING)).to_have_text("Half of it")
    puppet.say(" and the rest")
    expect(page.locator(WRITING)).to_have_text("Half of it and the rest")
    puppet.end()
    expect(page.locator("#m-2 .prose")).to_have_text("Half of it and the rest")
    assert len(puppet.asked) == 1
    session_id = page.url.rpartition("/")[2]
    assert live_book.transcript(session_id) == ["How do I tile a wall?", "Half of it and the rest"]


def test_with_nobody_there_it_is_written_all_the_same(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    begin(page)
    address = page.url
    puppet.say("Half")
    expect(page.locator(WRITING)).to_have_text("Half")
    page.close()
    puppet.answer(" and whole")
    again = tab()
    again.goto(address)
    expect(again.locator("#m-2 .prose")).to_have_text("Half and whole")


def test_two_tabs_see_the_same_answer_grow_and_end(tab: Callable[[], Page], puppet: Puppet) -> None:
    page, other = tab(), tab()
    begin(page)
    other.goto(page.url)
    puppet.say("Seen by both")
    for window in (page, other):
        expect(window.locator(WRITING)).to_have_text("Seen by both")
    puppet.end()
    for window in (page, other):
        expect(window.locator("#m-2 .prose")).to_have_text("Seen by both")
        expect(window.locator("#composer-button")).to_have_text("Send")
        assert window.locator(".minute .number").count() == 2


def test_a_tab_that_was_open_before_learns_of_a_turn_sent_elsewhere(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Shared", ("a", "b"))
    page, other = tab(), tab()
    for window in (page, other):
        window.goto(f"/sessions/{session_id}")
    write(other, "a draft of mine")
    send(page, "From the first tab")
    expect(other.locator("#live .user .plain")).to_have_text("From the first tab")
    puppet.answer("Answered")
    for window in (page, other):
        expect(window.locator("#m-4 .prose")).to_have_text("Answered")
    expect(other.get_by_label("Message", exact=True)).to_have_value("a draft of mine")
    other.get_by_label("Message", exact=True).press("Enter")
    expect(other.locator("#live .user .plain")).to_have_text("a draft of mine")
    puppet.answer("Fine")
    expect(page.locator("#m-6 .prose")).to_have_text("Fine")


def test_a_second_message_waits_in_the_composer_until_the_answer_is_there(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    page = tab()
    begin(page)
    puppet.say("Slowly")
    expect(page.locator(WRITING)).to_have_text("Slowly")
    send(page, "And another thing")
    expect(page.get_by_role("alert")).to_contain_text("answer is in progress")
    expect(page.get_by_label("Message", exact=True)).to_have_value("And another thing")
    puppet.end()
    expect(page.locator("#m-2")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("And another thing")
    page.get_by_label("Message", exact=True).press("Enter")
    puppet.answer("Yes")
    expect(page.locator("#m-4 .prose")).to_have_text("Yes")


def test_stop_keeps_what_is_on_the_screen(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    begin(page)
    puppet.say("So far and")
    expect(page.locator(WRITING)).to_have_text("So far and")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#m-2 .prose")).to_have_text("So far and")
    expect(page.locator("#m-2 .under")).to_contain_text("stopped")
    expect(page.locator("#composer-button")).to_have_text("Send")
    puppet.say("never seen")
    puppet.say("never seen")
    assert puppet.hung_up.wait(10), "the provider goes on for nobody"


def test_stop_before_the_first_word_gives_the_text_back(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Kept", ("a", "b"))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    send(page, "On second thought")
    expect(page.locator("#live .thinking")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#live")).to_have_count(0)
    expect(page.get_by_label("Message", exact=True)).to_have_value("On second thought")
    assert live_book.transcript(session_id) == ["a", "b"]


def test_a_chat_made_for_a_question_goes_with_it(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    page = tab()
    begin(page, "Never mind")
    puppet.wait_until_asked()
    page.get_by_role("button", name="Stop").click()
    expect(page).to_have_url(re.compile(r"/sessions$"))
    assert puppet.hung_up.wait(10), "the model server goes on for nobody"
    expect(page.get_by_label("Message", exact=True)).to_have_value("Never mind")
    assert live_book.titles() == []
    page.get_by_label("Message", exact=True).press("Enter")
    puppet.answer("After all")
    expect(page.locator("#m-2 .prose")).to_have_text("After all")


def test_a_failure_says_why_and_can_be_tried_again_with_another_assistant(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    page = tab()
    begin(page)
    puppet.say("Almost")
    puppet.break_off()
    expect(page.locator(".failed .problem")).to_contain_text("broke off before its end")
    expect(page.locator(".failed .prose")).to_have_text("Almost")
    page.get_by_label("Assistant to ask").select_option("openai:second")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#live .thinking")).to_be_visible()
    puppet.answer("Now it works")
    expect(page.locator("#m-2 .prose")).to_have_text("Now it works")
    assert puppet.models == ["first", "second"]
    assert len(live_book.titles()) == 1


def test_a_failed_question_can_be_taken_back_before_what_is_being_typed(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Kept", ("a", "b"))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    send(page, "The failed one")
    puppet.break_off()
    expect(page.locator(".failed")).to_be_visible()
    write(page, "typed since")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("The failed one\n\ntyped since")
    expect(page.locator(".failed")).to_have_count(0)
    assert live_book.transcript(session_id) == ["a", "b"]


def test_an_answer_can_be_made_anew_and_replaces_the_old_one_at_its_end(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Again", ("Why?", "Because."))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    page.get_by_label("Regenerate with another assistant").click()
    page.get_by_role("button", name="second").click()
    expect(page.locator(".replaces")).to_contain_text("replaces the one above when it is finished")
    expect(page.locator("#m-2 .prose")).to_have_text("Because.")
    puppet.say("For a")
    expect(page.locator(WRITING)).to_have_text("For a")
    assert live_book.transcript(session_id) == ["Why?", "Because."]
    puppet.answer(" reason")
    expect(page.locator("#m-2 .prose")).to_have_text("For a reason")
    expect(page.locator(".minute")).to_have_count(2)
    assert live_book.transcript(session_id) == ["Why?", "For a reason"]


def test_a_message_can_be_said_differently(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Edit", ("One", "1"), ("Two", "2"), ("Three", "3"))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    page.locator("#m-3").hover()
    page.locator("#m-3").get_by_text("Edit").click()
    field = page.get_by_label("Edit message 3")
    expect(field).to_be_focused()
    expect(page.locator("#m-3 .hint")).to_contain_text("The 3 messages that follow it are replaced")
    field.fill("Zwei")
    page.locator("#m-3").get_by_role("link", name="Cancel").click()
    expect(page.locator("#m-3 .plain")).to_have_text("Two")
    page.locator("#m-3").get_by_text("Edit").click()
    page.get_by_label("Edit message 3").fill("Zwei")
    page.locator("#m-3").get_by_role("button", name="Send").click()
    expect(page.locator(".replaces")).to_contain_text("replaces messages 3 to 6")
    expect(page.locator("#m-6")).to_be_visible()
    puppet.answer("Zwei!")
    expect(page.locator("#m-4 .prose")).to_have_text("Zwei!")
    expect(page.locator("#m-5")).to_have_count(0)
    assert live_book.transcript(session_id) == ["One", "1", "Zwei", "Zwei!"]


def test_a_chat_goes_on_from_a_message_in_a_fork(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Plans", ("One", "1"), ("Two", "2"))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    page.locator("#m-2").hover()
    page.locator("#m-2").get_by_text("Fork").click()
    expect(page.locator("#session-title")).to_have_text("Plans (fork)")
    expect(page.locator("#head-facts")).to_contain_text("forked at message 2")
    expect(page.locator(".minute")).to_have_count(2)
    send(page, "Elsewhere")
    puppet.answer("Gone")
    expect(page.locator("#m-4 .prose")).to_have_text("Gone")
    assert live_book.transcript(session_id) == ["One", "1", "Two", "2"]
    page.get_by_role("link", name="forked at message 2").click()
    expect(page).to_have_url(re.compile(f"{session_id}.*#m-2$"))


def test_the_reader_stays_where_the_reader_is(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Long", *((f"Question {n}", "word " * 200) for n in range(10)))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    send(page, "More")
    puppet.say("line\n\n" * 30)
    expect(page.locator(f"{WRITING} p")).to_have_count(30)
    at_the_end = "document.querySelector('#live-said').getBoundingClientRect().bottom < innerHeight"
    assert page.evaluate(at_the_end), "who is at the end stays at the end"
    page.locator("#m-11").scroll_into_view_if_needed()
    top = "document.querySelector('#m-11').getBoundingClientRect().top"
    page.wait_for_timeout(200)
    before = page.evaluate(top)
    puppet.say("more\n\n" * 30)
    expect(page.locator(f"{WRITING} p")).to_have_count(60)
    assert abs(page.evaluate(top) - before) < 2, "who reads further up is not moved"
    puppet.end()
    expect(page.locator("#m-22")).to_be_attached()
    assert abs(page.evaluate(top) - before) < 2


def test_nothing_moves_when_the_answer_is_finished(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Still", *((f"Question {n}", "word " * 100) for n in range(5)))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    send(page, "More")
    puppet.say("The whole answer.\n\n```python\nprint(1)\n```\n")
    expect(page.locator(f"{WRITING} .code")).to_be_visible()
    before = page.locator(f"{WRITING} p").bounding_box()
    puppet.end()
    expect(page.locator("#m-12 .code")).to_be_visible()
    after = page.locator("#m-12 .prose p").bounding_box()
    assert (before["x"], before["y"]) == (after["x"], after["y"])


def test_what_is_finished_keeps_its_elements_and_a_selection_in_it(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    page = tab()
    begin(page)
    puppet.say("The first paragraph.\n\nThe sec")
    expect(page.locator(f"{WRITING} p")).to_have_count(2)
    page.evaluate(
        "() => { window.first = document.querySelector('#live-said p');"
        " getSelection().selectAllChildren(window.first); }"
    )
    puppet.say("ond.\n\nThe third")
    expect(page.locator(f"{WRITING} p")).to_have_count(3)
    assert page.evaluate("window.first === document.querySelector('#live-said p')")
    assert page.evaluate("getSelection().toString()") == "The first paragraph."


def live_turn(data_dir: Path) -> tuple[str, str]:
    """Return the session and the text of the live turn as they are in the database."""
    with closing(sqlite3.connect(data_dir / "minutebook.db")) as connection:
        session_id, text = connection.execute("SELECT session_id, partial FROM live_turns").fetchone()
        return session_id, text


@pytest.mark.slow
def test_after_a_kill_the_page_finds_its_way_back_and_offers_another_try(
    browser: Browser, tmp_path: Path, sqlite_template: Path, puppet: Puppet
) -> None:
    server = Server(None, furnish(tmp_path, sqlite_template), **puppet.settings())
    page = Book(server.url).set_sign_in_cookie(browser.new_context(base_url=server.url)).new_page()
    try:
        begin(page)
        puppet.say("Half of an answer")
        expect(page.locator(WRITING)).to_have_text("Half of an answer")
        eventually(lambda: live_turn(tmp_path)[1] == "Half of an answer")
        server.kill()
        assert puppet.hung_up.wait(10)
        server = Server(None, tmp_path, port=server.port, **puppet.settings())
        app = create_app(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/minutebook.db"))
        with app.app_context():
            age(live_turn(tmp_path)[0])
            db.engine.dispose()
        expect(page.locator(".failed .problem")).to_contain_text(
            "stopped before the answer was complete", timeout=30_000
        )
        expect(page.locator(".failed .prose")).to_have_text("Half of an answer")
        page.get_by_role("button", name="Try again").click()
        puppet.answer("All of it")
        expect(page.locator("#m-2 .prose")).to_have_text("All of it")
        assert [message["content"] for message in puppet.asked[-1]] == ["How do I tile a wall?"]
    finally:
        page.context.close()
        server.kill()


def test_an_answer_that_is_written_elsewhere_ends_in_the_list_too(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    live_book.session("Another", ("a", "b"))
    page = tab()
    begin(page)
    page.get_by_role("navigation", name="Chats").get_by_role("link", name="Another").click()
    expect(page.locator("#m-2 .prose")).to_have_text("b")
    row = page.locator("#session-list a.row").filter(has_text="How do I tile")
    expect(row).to_contain_text("writing…")
    puppet.answer("Like this")
    while any(chat["message_count"] < 2 for chat in live_book.ask("GET", "/api/v1/sessions")["data"]):
        page.wait_for_timeout(50)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(row).to_contain_text("2 messages")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()


def test_a_list_that_somebody_filters_is_left_alone_by_an_answer_that_ends(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    live_book.session("Plumber", ("a", "b"))
    live_book.session("Painter", ("a", "b"))
    page = tab()
    begin(page)
    page.get_by_label("Search your messages").fill("plumb")
    expect(page.locator("#session-list a.row")).to_have_count(1)
    puppet.answer("Done")
    expect(page.locator("#m-2 .prose")).to_have_text("Done")
    expect(page.locator("#session-list a.row")).to_have_count(1)
    page.get_by_label("Search your messages").fill("")
    expect(page.locator("#session-list a.row")).to_have_count(3)


def test_an_example_of_an_empty_book_is_answered_in_place(page: Page, book: Book) -> None:
    """Only a book without a model has examples: the archivist answers them."""
    page.goto("/sessions")
    page.get_by_role("button", name="What can you do?").click()
    expect(page).to_have_url(re.compile(r"/sessions/[0-9a-f-]{36}$"))
    expect(page.locator("#m-1 .plain")).to_have_text("What can you do?")
    expect(page.locator("#m-2 .prose")).to_contain_text("I am the archivist.")
