from __future__ import annotations

from base64 import b64encode
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1600, 1024, 800, 390, 360)
COLOURS = ["color-contrast", "link-in-text-block"]
RICH = (
    "# A heading\n\nText with `code`, [a link](https://example.org) and a very long word: " + "x" * 200 + "\n\n"
    "| a | b | c |\n|---|---|---|\n" + "| wide cell of a table | another one of them | and a third |\n" * 3 + "\n"
    "```python\nvery_long_line = " + "1 + " * 60 + "1  # comment\n```\n\n- [x] done\n- [ ] to do\n\n$$\\frac{1}{2}$$"
)


@pytest.fixture
def rich(book: Book) -> str:
    archived = book.session("Archived", ("a", "b"))
    book.ask("DELETE", f"/api/v1/sessions/{archived}")
    book.session("Pinned " + "and long " * 18, ("a", "b"), pinned=True)
    return book.session("שלום עולם " * 8, ("A question\nin two lines " + "y" * 120, RICH), ("And again?", RICH))


def pages(session_id: str) -> list[str]:
    return [
        "/sessions",
        f"/sessions/{session_id}",
        f"/sessions/{session_id}?rename",
        "/sessions/archived",
        "/search?q=heading",
        "/search?q=nothing-like-it",
        "/api/v1/docs",
        "/nowhere",
    ]


DARK = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  const dark = (x) => [...Array(height).keys()].some((y) => data[4 * (y * width + x)] < 110);
  return [...Array(width).keys()].filter(dark).length / width;
}"""


def test_a_wide_brace_is_drawn_whole(browser: Browser, book: Book, page: Page) -> None:
    commands = ("overbrace", "underbrace", "overrightarrow", "overleftrightarrow", "overparen")
    session_id = book.session("Wide", *(("a", rf"$$\{each}{{abcdefghijklmnopqrstuvwxyz}}$$") for each in commands))
    context = book.set_sign_in_cookie(
        browser.new_context(base_url=book.url, device_scale_factor=3, color_scheme="light")
    )
    sharp = context.new_page()
    sharp.goto(f"/sessions/{session_id}")
    expect(sharp.locator("math")).to_have_count(len(commands))
    for number, command in enumerate(commands):
        whole = sharp.locator(f"#m-{2 * number + 2} math :is(mover, munder)").first
        whole.scroll_into_view_if_needed()
        part = whole.locator("> :first-child").bounding_box()
        around = whole.bounding_box()
        assert part
        assert around
        if command == "underbrace":
            around["y"] = part["y"] + part["height"]
        around["height"] -= part["height"]
        picture = sharp.screenshot(clip=around)
        assert page.evaluate(DARK, b64encode(picture).decode()) > 0.95, command
    context.close()


def test_the_form_of_a_connection_is_reached_without_moving_the_window(page: Page) -> None:
    paths = ("/settings/models?add=openai#connection-form", "/account", "/settings/instructions")
    for width, path in product(WIDTHS, paths):
        page.set_viewport_size({"width": width, "height": 500})
        page.goto(path)
        assert page.evaluate("[scrollY, document.documentElement.scrollHeight - innerHeight]") == [0, 0], (width, path)


def test_the_fields_of_a_connection_are_in_line(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 760})
    page.goto("/settings/models?add=openai")
    boxes = [page.locator(f"#connection-{name}").bounding_box() for name in ("name", "key")]

    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]


@pytest.mark.slow
def test_axe_finds_nothing(browser: Browser, book: Book, rich: str) -> None:
    context = book.set_sign_in_cookie(browser.new_context(base_url=book.url, bypass_csp=True))
    page = context.new_page()
    for path in pages(rich):
        page.goto(path)
        assert violations(page) == [], path
    context.close()


def violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe says of a page: each rule with what breaks it. In the dark, only colours are others."""
    # After a click the next page may not have its head yet.
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(content=AXE)
        # A message that is off the screen is not laid out and cannot be judged; judge all of them. What breathes is
        # judged as it is when it does not.
        page.add_style_tag(
            content=".minute { content-visibility: visible !important; }"
            " * { animation: none !important; transition: none !important; }"
        )
    found = []
    for scheme, rules in (("dark", COLOURS), ("light", RULES)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        told = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
        found += [(scheme, v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in told["violations"]]
    return found


def moments(page: Page, book: Book, puppet: Puppet) -> Iterator[str]:
    """Bring a chat through what may be seen of a live turn, and name each."""
    session_id = book.session("Tiles", ("A question " + "y" * 120, RICH), ("And again?", "Yes."))
    page.goto(f"/sessions/{session_id}")
    send(page, "How do I tile a wall? " + "z" * 120)
    expect(page.locator("#live .thinking")).to_be_visible()
    yield "asked"
    puppet.say(RICH, "\n\nlast", " words")
    expect(page.locator("#live-said")).to_contain_text("last words")
    yield "growing"
    puppet.break_off()
    expect(page.locator(".failed")).to_be_visible()
    yield "failed"
    page.get_by_label("Message", exact=True).press("Enter")
    send(page, "Another one")
    expect(page.get_by_role("alert")).to_contain_text("has no answer")
    yield "refused"
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".failed")).to_have_count(0)
    page.locator("#m-1").get_by_text("Edit").click()
    expect(page.get_by_label("Edit message 1")).to_be_focused()
    yield "edited"
    page.get_by_role("link", name="Cancel").click()
    page.get_by_label("Regenerate with another assistant").click()
    expect(page.get_by_role("button", name="second")).to_be_visible()
    yield "choosing who answers again"
    page.get_by_role("button", name="second").click()
    expect(page.locator(".replaces")).to_be_visible()
    puppet.say("For a reason")
    expect(page.locator("#live-said")).to_have_text("For a reason")
    yield "answered again"


@pytest.mark.slow
def test_a_live_turn_is_as_fit_to_be_read_and_used_as_a_finished_one(
    browser: Browser, live_book: Book, puppet: Puppet
) -> None:
    context = live_book.set_sign_in_cookie(browser.new_context(base_url=live_book.url, bypass_csp=True))
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    for moment in moments(page, live_book, puppet):
        # The narrow one last: in it the next moment is brought about.
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert violations(page) == [], (moment, width)
            assert sticking_out(page, width) == [], moment
    context.close()


def test_nothing_sticks_out_at_any_width(page: Page, rich: str) -> None:
    for path in pages(rich):
        page.goto(path)
        assert [found for width in WIDTHS for found in sticking_out(page, width)] == [], path


def sticking_out(page: Page, width: int) -> list[tuple[int, str, int]]:
    """Make the window so wide, and say what is wider: by how much the page is, and what scrolls in it."""
    page.set_viewport_size({"width": width, "height": 844})
    wider = page.evaluate(
        "() => Object.entries({page: document.documentElement, pane: document.querySelector('#pane, .page')})"
        ".map(([name, e]) => [name, e.scrollWidth - e.clientWidth])"
    )
    assert page.evaluate("innerWidth") == width
    return [(width, name, by) for name, by in wider if by > 0]


def test_the_drawer_takes_the_focus_and_gives_it_back(browser: Browser, book: Book, rich: str) -> None:
    narrow = browser.new_context(base_url=book.url, viewport={"width": 390, "height": 844}, has_touch=True)
    context = book.set_sign_in_cookie(narrow)
    page = context.new_page()
    page.goto(f"/sessions/{rich}")
    opener = page.get_by_label("Open the list of chats")
    opener.click()
    expect(page.get_by_label("Close the list of chats")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("link", name="Pinned and long").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pinned and long")
    expect(page.get_by_label("Close the list of chats")).not_to_be_visible()
    context.close()


def test_the_chosen_colours_stay(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/sessions")
    page.get_by_label("Colours").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/search")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 23, 26)"


def test_on_paper_there_is_the_transcript_alone(page: Page, rich: str) -> None:
    page.goto(f"/sessions/{rich}")
    page.emulate_media(media="print")
    expect(page.locator("#sidebar")).not_to_be_visible()
    expect(page.locator("#composer")).not_to_be_visible()
    expect(page.locator("#m-1 .number")).to_be_visible()


def test_the_first_page_is_under_60_kb_with_everything(page: Page, rich: str) -> None:
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda done: sizes.update({done.url: done.sizes()["responseBodySize"]}))
    page.goto(f"/sessions/{rich}")
    page.wait_for_load_state("networkidle")
    assert len(sizes) >= 3
    assert sum(sizes.values()) < 60_000


def test_nothing_moves_while_a_page_loads(page: Page, rich: str) -> None:
    page.goto(f"/sessions/{rich}")
    page.wait_for_load_state("networkidle")
    shift = page.evaluate(
        "new Promise(told => { let sum = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })"
        ".observe({type: 'layout-shift', buffered: true}); requestAnimationFrame(() => requestAnimationFrame(() => told(sum))); })"
    )
    assert shift < 0.01
