"""The shelf of tags and the form of a chat, with and without JavaScript, by keyboard and on a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser


def filled(book: Book, tags: int = 3) -> list[str]:
    """Make three chats, the first two with tags, and return their ids."""
    ids = [str(book.ask("POST", "/api/v1/sessions", {"title": title})["id"]) for title in ("Keys", "Tiles", "Other")]
    names = [
        "Work",
        "Büro 🏢 with a long name that does not fit anywhere at all",
        *(f"Tag {n}" for n in range(tags - 2)),
    ]
    book.ask("PATCH", f"/api/v1/sessions/{ids[0]}", {"tags": names})
    book.ask("PATCH", f"/api/v1/sessions/{ids[1]}", {"tags": names[:1]})
    return ids


def test_a_tag_is_added_shown_filtered_by_and_removed_without_javascript(
    plain_tab: Callable[[], Page], live_book: Book
) -> None:
    ids = filled(live_book)
    page = plain_tab()
    page.goto(f"/sessions/{ids[2]}")
    page.locator(".head-actions summary").click()
    page.locator(".head-actions").get_by_role("link", name="Tags").click()
    page.get_by_label("Add").fill("Garden, " + "x" * 61)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("The limit is 60")
    page.get_by_label("Add").fill("Garden, work")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".tag-chip")).to_have_text(["Garden", "Work"])
    page.locator(".shelf summary").click()
    page.locator(".shelf-row", has_text="Garden").click()
    expect(page).to_have_url(re.compile(r"/tags/[0-9a-f-]{36}$"))
    expect(page.locator(".card-title")).to_have_text(["Other"])
    page.reload()
    expect(page.locator("main h1")).to_have_text("Garden")
    expect(page.locator(".shelf-row[aria-current]")).to_have_text(re.compile("Garden"))
    page.locator(".card-title").click()
    page.locator(".head-actions summary").click()
    page.locator(".head-actions").get_by_role("link", name="Tags").click()
    page.get_by_label("Garden").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".tag-chip")).to_have_text(["Work"])


def test_the_shelf_marks_what_is_shown_and_lets_go(tab: Callable[[], Page], live_book: Book) -> None:
    filled(live_book)
    page = tab()
    page.goto("/sessions")
    page.locator(".shelf summary").press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".shelf-row:focus")).to_have_text(re.compile("Büro"))
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("main .card-title")).to_have_text(["Tiles", "Keys"])
    expect(page.locator(".shelf-row[aria-current]")).to_have_text(re.compile("Work"))
    page.locator("a.row", has_text="Other").click()
    expect(page.locator("#session-title")).to_have_text("Other")
    expect(page.locator(".shelf-row[aria-current]")).to_have_count(0)
    expect(page.locator("details.shelf[open]")).to_have_count(1)
    page.go_back()
    expect(page.locator("main h1")).to_have_text("Work")
    page.get_by_role("link", name="All chats").click()
    expect(page).to_have_url(re.compile("/sessions$"))


def test_several_selected_chats_are_tagged_with_undo(tab: Callable[[], Page], live_book: Book) -> None:
    filled(live_book)
    page = tab()
    page.goto("/sessions")
    page.get_by_label("Select", exact=True).check()
    for title in ("Tiles", "Other"):
        page.get_by_label(f"Select {title}").check()
    field = page.get_by_label("Tag", exact=True)
    field.fill("House")
    field.press("Enter")
    expect(page.locator("#notices")).to_contain_text("2 chats tagged “House”.")
    page.locator(".shelf summary").click()
    expect(page.locator(".shelf-row", has_text="House")).to_contain_text("2")
    page.locator("#notices").get_by_role("button", name="Undo").click()
    expect(page.locator("#notices")).to_contain_text("without the tag “House”")
    expect(page.locator(".shelf-row", has_text="House")).to_contain_text("0")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tags_fit_a_phone_and_are_accessible(browser: Browser, book: Book, scheme: str) -> None:
    ids = filled(book, 5)
    tag = str(book.ask("GET", "/api/v1/tags")["data"][0]["id"])
    context = browser.new_context(
        base_url=book.url,
        viewport={"width": 390, "height": 844},
        color_scheme=scheme,
        bypass_csp=True,
        has_touch=True,  # type: ignore[arg-type]
    )
    page = book.set_sign_in_cookie(context).new_page()
    paths = (
        f"/sessions/{ids[0]}",
        f"/sessions/{ids[0]}/tags",
        f"/tags/{tag}",
        "/settings/tags",
        f"/settings/tags/{tag}",
    )
    for path in paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert violations(page) == []
        small = "els => els.filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).map(e => e.outerHTML)"
        assert page.eval_on_selector_all(".tag-chip, .shelf-row, .shelf summary, .tick label", small) == []
    context.close()
