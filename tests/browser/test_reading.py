"""Answers as they are read: code with its head, formulas, text from right to left, and long messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_chat import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.book import Book
    from tests.browser.provider import Puppet

pytestmark = pytest.mark.browser

WIDE = "wide = " + "1 + " * 90 + "1"
CODE = f"Run it:\n\n```python title=run.py\nprint('a')  # b\n```\n\n```\n{WIDE}\n```\n\n    indented"
FORMULAS = (
    "A root $\\frac{\\sqrt{\\pi}}{2}$ and \\(x_1 + x_2 + x_3 + x_4 + x_5 + x_6 + x_7 + x_8 + x_9 + x_{10} + x_{11} + "
    "x_{12} = 100\\) here.\n\n- in a list: $\\sum_{i=1}^{n} (x_i - \\bar{x})^2 / (n - 1) = s^2 \\geq 0 \\text{ for all "
    "samples } x$\n\n\\[\n\\begin{aligned}\n2x + 3 &= 7 \\\\\n2x &= 4\n\\end{aligned}\n\\]\n\n$\\norm{x}$"
)
ARABIC = (
    "مرحبا بالعالم\n\n1. الخطوة الأولى\n2. الخطوة الثانية\n10. الأخيرة\n\n> اقتباس قصير\n\n"
    "| الاسم | القيمة |\n|---|---|\n| واحد | 1 |\n\n- نقطة\n- English item"
)


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def test_a_line_over_a_part_is_as_wide_as_the_part(phone: Page, book: Book) -> None:
    session_id = book.session("Lines", ("q", r"So $\overline{A \cap B}$ and $\underline{x + y}$"))
    phone.goto(f"/sessions/{session_id}")
    found = phone.evaluate("""[...document.querySelectorAll('mover, munder')].map(part => {
        const style = getComputedStyle(part), [base, mark] = part.children
        const outer = part.getBoundingClientRect(), inner = base.getBoundingClientRect()
        return [parseFloat(style.borderTopWidth) > 0, parseFloat(style.borderBottomWidth) > 0,
                Math.abs(outer.left - inner.left) < 1 && Math.abs(outer.right - inner.right) < 1,
                mark.getBoundingClientRect().width]
    })""")
    assert found == [[True, False, True, 0], [False, True, True, 0]]


def test_code_is_copied_as_it_is_and_the_button_keeps_its_width(page: Page, book: Book) -> None:
    session_id = book.session("Code", ("q", CODE))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/sessions/{session_id}")
    blocks = page.locator(".code")
    expect(blocks).to_have_count(3)
    expect(blocks.nth(0).locator(".language")).to_have_text("python title=run.py")
    button = blocks.nth(0).get_by_role("button", name="Copy")
    before = button.bounding_box()
    button.focus()
    page.keyboard.press("Enter")
    expect(blocks.nth(0).get_by_role("button", name="Copied")).to_be_visible()
    assert blocks.nth(0).locator(".copy-code").bounding_box() == before
    assert page.evaluate("navigator.clipboard.readText()") == "print('a')  # b\n"
    expect(blocks.nth(0).get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_only_wide_code_can_be_wrapped(page: Page, book: Book) -> None:
    session_id = book.session("Code", ("q", CODE))
    page.goto(f"/sessions/{session_id}")
    blocks = page.locator(".code")
    wrap = blocks.nth(1).get_by_role("button", name="Wrap")
    expect(wrap).to_have_attribute("aria-pressed", "false")
    for narrow in (0, 2):
        expect(blocks.nth(narrow).get_by_role("button", name="Wrap")).to_have_count(0)
    wrap.click()
    expect(wrap).to_have_attribute("aria-pressed", "true")
    assert blocks.nth(1).locator("pre").evaluate("pre => pre.scrollWidth <= pre.clientWidth")
    wrap.click()
    assert blocks.nth(1).locator("pre").evaluate("pre => pre.scrollWidth > pre.clientWidth")


def test_without_a_script_code_has_no_buttons(plain_page: Page, book: Book) -> None:
    session_id = book.session("Code", ("q", CODE))
    plain_page.goto(f"/sessions/{session_id}")
    expect(plain_page.locator(".code")).to_have_count(3)
    expect(plain_page.locator(".code button")).to_have_count(0)


def test_growing_code_has_its_buttons_and_they_stay(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/sessions")
    send(page, "Code, please")
    puppet.say(f"```python\n{WIDE}\n")
    head = page.locator("#live-said .code figcaption")
    expect(head.get_by_role("button", name="Copy")).to_be_visible()
    head.get_by_role("button", name="Wrap").click()
    head.locator(".copy-code").evaluate("button => { button.kept = true; }")
    puppet.say("more = 2\n")
    expect(page.locator("#live-said .code")).to_contain_text("more")
    assert head.locator(".copy-code").evaluate("button => button.kept")
    assert page.locator("#live-said .code").get_attribute("data-wrap") == ""
    puppet.end()
    expect(page.locator("#m-2 .code").get_by_role("button", name="Copy")).to_be_visible()


def test_formulas_in_a_line_scroll_where_they_are_wide(page: Page, book: Book) -> None:
    session_id = book.session("Formulas", ("q", FORMULAS), ("again", f"| a | b |\n|---|---|\n| {FORMULAS[2:30]} | 1 |"))
    for width in (360, 390, 1024):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"/sessions/{session_id}")
        page.locator("#m-2").scroll_into_view_if_needed()
        ends = page.locator("#m-2 .prose").evaluate(
            """prose => [...prose.querySelectorAll("span.formula, math")].filter(part => {
              const column = prose.getBoundingClientRect().right + 1;
              const box = part.closest(".formula");
              if (part !== box && box) return false;
              return part.getBoundingClientRect().right > column;
            }).map(part => part.textContent)"""
        )
        assert ends == [], width
        assert page.locator("#pane").evaluate("pane => pane.scrollWidth <= pane.clientWidth")
        if width < 400:
            wide = page.locator("#m-2 span.formula").first
            assert wide.evaluate("box => { box.scrollLeft = 9999; return box.scrollLeft > 0; }")


def test_lines_of_a_formula_are_aligned_at_their_signs(page: Page, book: Book) -> None:
    session_id = book.session("Formulas", ("q", FORMULAS))
    page.goto(f"/sessions/{session_id}")
    signs = page.locator("#m-2 .formula mtd:nth-child(2) > mo:first-child").evaluate_all(
        "signs => signs.map(sign => sign.getBoundingClientRect().left)"
    )
    assert len(signs) == 2
    assert abs(signs[0] - signs[1]) < 1
    ends = page.locator("#m-2 .formula mtd:nth-child(1) > :last-child").evaluate_all(
        "parts => parts.map(part => part.getBoundingClientRect().right)"
    )
    assert abs(ends[0] - ends[1]) < 1.5
    expect(page.locator("#m-2 code.tex")).to_have_text("\\norm{x}")


def test_text_from_right_to_left_stays_within_its_column(phone: Page, book: Book) -> None:
    session_id = book.session("Arabic", ("مرحبا", ARABIC))
    phone.goto(f"/sessions/{session_id}")
    for selector in ("ol", "ul", "blockquote", "table"):
        assert phone.locator(f"#m-2 .prose {selector}").evaluate("box => getComputedStyle(box).direction") == "rtl"
    padding = phone.locator("#m-2 .prose ol").evaluate(
        "list => [getComputedStyle(list).paddingRight, getComputedStyle(list).paddingLeft]"
    )
    assert float(padding[0][:-2]) > 20
    assert padding[1] == "0px"
    assert phone.locator("#m-2 blockquote").evaluate("box => getComputedStyle(box).borderRightWidth") == "2px"
    cells = phone.locator("#m-2 th").evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().left)")
    assert cells[0] > cells[1]
    bubble, column = phone.locator("#m-1 .plain").bounding_box(), phone.locator("#m-1 .said").bounding_box()
    assert bubble and column
    assert abs(bubble["x"] + bubble["width"] - column["x"] - column["width"]) < 1


LONG = "\n".join(f"line {number}" for number in range(60))


def test_a_long_message_is_folded_and_whole_on_demand(page: Page, book: Book) -> None:
    session_id = book.session("Long", (LONG, "a"), ("x" * 5_000, "b"), ("line\n" * 19, "c"))
    page.goto(f"/sessions/{session_id}")
    for number in (1, 3):
        folded = page.locator(f"#m-{number} .folded")
        assert 400 < folded.evaluate("box => box.clientHeight") < 560
    expect(page.locator("#m-5 .folded")).to_have_count(0)
    page.locator("#m-1 .unfold").click()
    assert page.locator("#m-1 .folded").evaluate("box => box.clientHeight") > 1_400
    expect(page.locator("#m-1")).to_contain_text("Show less")
    page.locator("#m-1 .unfold input").press("Space")
    assert page.locator("#m-1 .folded").evaluate("box => box.clientHeight") < 560
    page.emulate_media(media="print")
    assert page.locator("#m-1 .folded").evaluate("box => box.clientHeight") > 1_000


def test_a_folded_message_opens_without_a_script(plain_page: Page, book: Book) -> None:
    session_id = book.session("Long", (LONG, "a"))
    plain_page.goto(f"/sessions/{session_id}")
    plain_page.get_by_text("Show all 60 lines").click()
    assert plain_page.locator("#m-1 .folded").bounding_box()["height"] > 1_400  # type: ignore[index]


def test_model_and_end_are_said_at_rest(tab: Callable[[], Page], puppet: Puppet) -> None:
    page = tab()
    page.goto("/sessions")
    send(page, "Go on")
    puppet.say("Some words")
    expect(page.locator("#live-said")).to_contain_text("Some words")
    page.get_by_role("button", name="Stop").click()
    page.mouse.move(0, 0)
    for words in page.locator("#m-2 .under .rest").all():
        assert words.evaluate("words => getComputedStyle(words).opacity") == "1"
    expect(page.locator("#m-2 .end-mark")).to_have_text("You stopped this")
    assert page.locator("#m-2 .under .rest").count() == 2
