"""An open menu lies inside the window, not under the header, and is moved through with keys."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

#: Menus as a page with many models has them.
FILL = """count => { const items = document.querySelector('.again .menu-items');
  for (let n = 0; n < count; n++) { const b = document.createElement('button'); b.name = 'assistant';
    b.value = 'openai:second'; b.textContent = `model-${n} of a provider`; items.append(b); } }"""
INSIDE = """() => { const box = document.querySelector('.menu[open] .menu-items').getBoundingClientRect();
  const header = document.querySelector('#session-header').getBoundingClientRect();
  const point = document.elementFromPoint(box.left + box.width / 2, box.top + 12);
  return box.top >= header.bottom && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth
    && document.querySelector('.menu[open]').contains(point); }"""

OFF_CENTRE = """() => { const pill = document.querySelector('#composer .picker > .pill');
  const range = document.createRange(); range.selectNodeContents(pill);
  const [words, box] = [range.getBoundingClientRect(), pill.getBoundingClientRect()];
  return words.top + words.height / 2 - box.top - box.height / 2; }"""


@pytest.mark.slow
@pytest.mark.parametrize("turns", [1, 20])
def test_a_menu_of_the_transcript_is_inside_the_window(tab: Callable[[], Page], live_book: Book, turns: int) -> None:
    session_id = live_book.session("Short", *((f"Question {n}", "Answer.") for n in range(turns)))
    page = tab()
    for (width, height), count in product([(1440, 900), (1024, 500), (390, 844)], [0, 6, 500]):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/sessions/{session_id}")
        page.evaluate(FILL, count)
        page.get_by_label("Regenerate with another assistant").click()
        expect(page.locator(".again .menu-items")).to_be_visible()
        assert page.evaluate(INSIDE), (width, count)
        page.set_viewport_size({"width": 360, "height": 480})
        page.wait_for_function(INSIDE)
        page.keyboard.press("Escape")
        expect(page.locator(".again .menu-items")).to_be_hidden()
        assert page.evaluate("document.activeElement.matches('.again summary')"), (width, count)


def test_a_long_menu_is_filtered_and_chosen_from_by_keys(
    tab: Callable[[], Page], live_book: Book, puppet: Puppet
) -> None:
    session_id = live_book.session("Short", ("Why?", "Because."))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    page.evaluate(FILL, 30)
    page.get_by_label("Regenerate with another assistant").press("Enter")
    field = page.get_by_label("Filter this menu")
    expect(field).to_be_focused()
    page.keyboard.type("29 provider")
    shown = page.locator(".again .menu-items button:visible")
    expect(shown).to_have_count(1)
    field.fill("model-2")
    expect(shown).to_have_count(11)
    page.keyboard.press("ArrowDown")
    expect(shown.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(shown.last).to_be_focused()
    page.keyboard.press("Home")
    expect(shown.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#live .thinking")).to_be_visible()
    puppet.answer("Anew")
    expect(page.locator("#m-2 .prose")).to_have_text("Anew")
    assert puppet.models == ["second"]


def test_regenerate_regenerates_at_once(tab: Callable[[], Page], live_book: Book, puppet: Puppet) -> None:
    session_id = live_book.session("Short", ("Why?", "Because."))
    page = tab()
    page.goto(f"/sessions/{session_id}")
    page.get_by_role("button", name="Regenerate", exact=True).click()
    expect(page.locator("#live .thinking")).to_be_visible()
    puppet.answer("Anew")
    expect(page.locator("#m-2 .prose")).to_have_text("Anew")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
def test_a_menu_of_the_list_is_inside_the_window(page: Page, book: Book, width: int) -> None:
    for number in range(40):
        book.session(f"Chat {number}")
    page.set_viewport_size({"width": width, "height": 600})
    page.goto("/sessions#sidebar" if width < 800 else "/sessions")
    for row in page.locator("#session-list li").all()[::13]:
        row.scroll_into_view_if_needed()
        row.hover()
        row.locator("summary").click()
        box = row.locator(".menu-items").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 600
        assert box["x"] >= 0
        page.keyboard.press("Escape")


@pytest.mark.parametrize(
    "book",
    [{"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODELS": ",".join(f"model-{n}" for n in range(30))}],
    indirect=True,
)
def test_a_long_choice_of_assistants_is_searched_by_typing(page: Page, book: Book) -> None:
    page.goto("/sessions")
    chosen = page.locator("#composer details.picker")
    expect(chosen.locator("summary")).to_have_text("model-0")
    chosen.locator("summary").click()
    page.get_by_label("Filter this menu").press_sequentially("del-17")
    expect(chosen.get_by_role("button")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(chosen.locator("summary")).to_have_text("model-17")
    expect(page.locator("select[name=assistant]")).to_have_value("openai:model-17")
    box = page.evaluate("innerHeight")
    chosen.locator("summary").click()
    menu = chosen.locator(".menu-items").bounding_box()
    assert menu is not None
    assert menu["y"] >= 0
    assert menu["y"] + menu["height"] <= box
    page.keyboard.press("Escape")
    expect(chosen.locator("summary")).to_be_focused()
    chosen.locator("summary").click()
    page.set_viewport_size({"width": 390, "height": 844})
    assert abs(page.evaluate(OFF_CENTRE)) <= 2
