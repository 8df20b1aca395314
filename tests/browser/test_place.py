"""The end of an answer moves nobody: the block that is read stays where it is, to the pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send
from tests.browser.test_live import WRITING, begin

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

LIST = "".join(
    f"{number}. An item of the list that takes a line or two, with **strong** words\n" for number in range(1, 80)
)
PARAGRAPHS = "".join(
    f"Paragraph {number} of a long answer.\n\n```python\nprint({number})\n```\n\n" for number in range(30)
)
#: Where the element that is read stands on the screen, by its own text.
TOP_OF = """text => {
  const all = [...document.querySelectorAll('#minutes :is(p, li, .plain)')].filter(e => e.textContent.includes(text));
  return all.at(-1).getBoundingClientRect().top;
}"""
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


def scroll(page: Page, share: float) -> None:
    """Scroll to a share of the way from the newest message (0) to the oldest (1)."""
    page.locator("#pane").evaluate(
        "(pane, share) => { pane.scrollTop = -share * (pane.scrollHeight - pane.clientHeight); }", share
    )
    page.evaluate(FRAMES)


def in_view(page: Page) -> str:
    """Return the text of the first block that begins in the middle of the window or below."""
    return page.evaluate(
        """() => [...document.querySelectorAll('#minutes :is(.prose p, .prose li, .plain)')].find(
          e => e.getBoundingClientRect().top > innerHeight / 3).textContent"""
    )


@pytest.fixture
def long(live_book: Book) -> str:
    return live_book.session("Long", *((f"Question {n}", f"Answer {n}: " + "word " * 200) for n in range(12)))


@pytest.mark.slow
@pytest.mark.parametrize("text", [LIST, PARAGRAPHS], ids=["list", "paragraphs and code"])
@pytest.mark.parametrize("is_new", [True, False], ids=["new chat", "long chat"])
def test_who_reads_above_stays_when_the_answer_ends(
    tab: Callable[[], Page], long: str, puppet: Puppet, is_new: bool, text: str
) -> None:
    page = tab()
    for share in (1.0, 0.75, 0.4, 0.1):
        if is_new:
            begin(page)
        else:
            page.goto(f"/sessions/{long}")
            send(page, "Go on")
        puppet.say(text, "The last words.")
        expect(page.locator(WRITING)).to_contain_text("The last words.")
        scroll(page, share)
        words = in_view(page)
        before = page.evaluate(TOP_OF, words)
        puppet.end()
        expect(page.locator("#live")).to_have_count(0)
        page.evaluate(FRAMES)
        assert abs(page.evaluate(TOP_OF, words) - before) < 1, share


def test_who_follows_at_the_newest_keeps_following(tab: Callable[[], Page], long: str, puppet: Puppet) -> None:
    page = tab()
    page.goto(f"/sessions/{long}")
    send(page, "Go on")
    for number in range(4):
        puppet.say("line\n\n" * 10)
        expect(page.locator(f"{WRITING} p")).to_have_count(10 * number + 10)
        assert page.locator("#pane").evaluate("pane => pane.scrollTop") == 0
    before = page.locator(f"{WRITING} p").last.bounding_box()
    puppet.end()
    expect(page.locator("#live")).to_have_count(0)
    page.evaluate(FRAMES)
    assert page.locator("#pane").evaluate("pane => pane.scrollTop") == 0
    assert page.locator("#minutes .prose p").last.bounding_box()["y"] == before["y"]


@pytest.mark.slow
@pytest.mark.parametrize("end", ["stop", "failure"])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_stop_and_a_failure_move_nobody_either(
    tab: Callable[[], Page], long: str, puppet: Puppet, share: float, end: str
) -> None:
    page, watching = tab(), tab()
    page.goto(f"/sessions/{long}")
    send(page, "Go on")
    puppet.say(LIST)
    expect(page.locator(f"{WRITING} li")).to_have_count(79)
    watching.goto(f"/sessions/{long}")
    expect(watching.locator(f"{WRITING} li")).to_have_count(79)
    places = []
    for window in (page, watching):
        scroll(window, share)
        words = in_view(window)
        places.append((window, words, window.evaluate(TOP_OF, words)))
    if end == "stop":
        page.get_by_role("button", name="Stop").click()
    else:
        puppet.break_off()
    for window, words, before in places:
        expect(window.locator("#live:not(.failed)")).to_have_count(0)
        window.evaluate(FRAMES)
        assert abs(window.evaluate(TOP_OF, words) - before) < 1


def test_another_answer_moves_nobody(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Long", *((f"Question {n}", f"Answer {n}: " + "word " * 300) for n in range(9)))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    page.get_by_role("button", name="Regenerate", exact=True).click()
    puppet.say(LIST)
    expect(page.locator(f"{WRITING} li")).to_have_count(79)
    scroll(page, 0.3)
    words = in_view(page)
    before = page.evaluate(TOP_OF, words)
    puppet.end()
    expect(page.locator("#live")).to_have_count(0)
    page.evaluate(FRAMES)
    assert abs(page.evaluate(TOP_OF, words) - before) < 1


@pytest.mark.parametrize("number", [3, 15])
def test_an_edit_that_ends_moves_nobody(tab: Callable[[], Page], long: str, puppet: Puppet, number: int) -> None:
    page = tab()
    page.goto(f"/sessions/{long}")
    page.locator(f"#m-{number}").get_by_text("Edit").click()
    page.get_by_label(f"Edit message {number}").fill("Said differently")
    page.locator(f"#m-{number}").get_by_role("button", name="Send").click()
    puppet.say(LIST)
    expect(page.locator(f"{WRITING} li")).to_have_count(79)
    page.locator(f"{WRITING} li").nth(40).scroll_into_view_if_needed()
    page.evaluate(FRAMES)
    words = in_view(page)
    before = page.evaluate(TOP_OF, words)
    puppet.end()
    expect(page.locator("#live")).to_have_count(0)
    page.evaluate(FRAMES)
    assert abs(page.evaluate(TOP_OF, words) - before) < 1


@pytest.mark.parametrize("width", [1440, 390])
def test_the_first_answer_is_drawn_in_its_place_at_once(tab: Callable[[], Page], puppet: Puppet, width: int) -> None:
    page = tab()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/sessions")
    page.evaluate(
        """() => { document.addEventListener('htmx:after:request', () => {
          sessionStorage.y = document.querySelector('.pending .plain')?.getBoundingClientRect().top; }); }"""
    )
    send(page, "How do I tile a wall?")
    expect(page.locator("#live .thinking")).to_be_visible()
    expect(page.locator("#minutes .day")).to_have_text(["Today"])
    expect(page.locator("#live .number")).to_have_text(["Message 1", "Message 2"])
    question = page.locator("#live .user .plain").bounding_box()
    assert page.evaluate("Number(sessionStorage.y)") == question["y"]
    puppet.say("Like this.")
    expect(page.locator(f"{WRITING} p")).to_have_text("Like this.")
    answer = page.locator(f"{WRITING} p").bounding_box()
    puppet.end()
    expect(page.locator("#m-2")).to_be_visible()
    assert page.locator("#m-1 .plain").bounding_box() == question
    assert page.locator("#m-2 .prose p").bounding_box()["y"] == answer["y"]
    expect(page.locator("#minutes .day")).to_have_text(["Today"])


def test_a_link_leads_to_the_newest_from_far_above(tab: Callable[[], Page], long: str, puppet: Puppet) -> None:
    page = tab()
    page.goto(f"/sessions/{long}")
    link = page.locator("#to-newest")
    expect(link).to_be_hidden()
    page.locator("#pane").evaluate("pane => { pane.scrollTop = -pane.clientHeight * 0.4; }")
    page.evaluate(FRAMES)
    expect(link).to_be_hidden()
    page.locator("#pane").evaluate("pane => { pane.scrollTop = -pane.clientHeight * 0.6; }")
    expect(link).to_have_text("To the newest")
    sheet = page.locator("#composer").bounding_box()
    assert link.bounding_box()["y"] + link.bounding_box()["height"] <= sheet["y"]
    send(page, "Go on")
    expect(link).to_be_hidden()
    puppet.say(LIST)
    expect(page.locator(f"{WRITING} li")).to_have_count(79)
    scroll(page, 0.9)
    expect(link).to_have_text("Writing…")
    puppet.end()
    expect(link).to_have_text("To the newest")
    link.click()
    expect(link).to_be_hidden()
    while page.locator("#pane").evaluate("pane => pane.scrollTop") != 0:
        page.evaluate(FRAMES)
    assert page.evaluate("document.activeElement.id") == "pane"


def test_where_the_newest_is_not_loaded_the_link_opens_it(page: Page, book: Book) -> None:
    session_id = book.session("Long", *((f"Question {n}", f"Answer {n}") for n in range(70)))
    page.goto(f"/sessions/{session_id}?around=10#m-11")
    expect(page.locator("#m-140")).to_have_count(0)
    page.locator("#to-newest").click()
    expect(page.locator("#m-140")).to_be_in_viewport()
