"""Importing from the page, in a real browser."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import violations
from tests.support.exports import EXPORTS
from tests.support.ingest import jsonl, plain

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser

CHATGPT = EXPORTS / "chatgpt" / "librechat-chatgpt-tree.json"
AN_IMPORT = re.compile(r"/imports/[0-9a-f-]{36}$")


def picture(page: Page, name: str) -> None:
    """Keep a picture for people, if they ask for it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """An export that takes some seconds to read."""
    chats = [plain(f"Question {number}?", "Words. " * 200, "And?", "More. " * 200) for number in range(2500)]
    path = tmp_path / "many.jsonl"
    path.write_bytes(jsonl(*chats) + b"\n{torn\n")
    return path


def drop(page: Page, path: Path) -> None:
    """Drop a file beside the field, as from a folder of the desktop."""
    page.evaluate(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name));
          for (const type of ["dragover", "drop"]) {
            document.querySelector("#main").dispatchEvent(
              new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
          }
        }""",
        [path.name, path.read_text()],
    )


def test_files_are_dropped_read_confirmed_written_and_undone(page: Page, book: Book, many: Path) -> None:
    page.goto("/imports")
    picture(page, "drop")
    drop(page, many)
    expect(page).to_have_url(AN_IMPORT)
    expect(page.get_by_role("progressbar", name="Reading the files")).to_be_visible()
    picture(page, "reading")
    page.reload()
    expect(page.get_by_role("button", name="Import 10,000 messages")).to_be_visible(timeout=60_000)
    expect(page.locator("#import-said")).to_have_text("The report is ready.")
    expect(page.locator("#running-import")).to_have_count(0)
    assert book.titles() == []
    picture(page, "report")

    page.get_by_role("link", name="Left out").click()
    expect(page.locator(".import-list > li")).to_have_count(1)
    expect(page.locator(".import-list > li")).to_contain_text("many.jsonl, item 2501")
    page.get_by_role("link", name="New", exact=False).last.click()
    expect(page.locator(".import-list > li:not(.more-item)")).to_have_count(50)
    page.get_by_role("link", name="More chats").click()
    expect(page.locator(".import-list > li:not(.more-item)")).to_have_count(100)

    page.get_by_role("button", name="Import 10,000 messages").click()
    expect(page.get_by_role("progressbar").last).to_be_visible()
    page.goto("/sessions")
    expect(page.locator("#running-import")).to_contain_text("Importing…")
    picture(page, "elsewhere")
    page.locator("#running-import").click()
    expect(page.locator("#progress-title")).to_contain_text("Writing")
    picture(page, "writing")
    expect(page.locator(".standing")).to_contain_text("Imported: 10,000 messages", timeout=120_000)
    expect(page.locator("#session-list a.row").first).to_be_visible()
    expect(page.locator("#running-import")).to_have_count(0)
    picture(page, "done")
    page.locator(".import-list a").first.click()
    expect(page.locator("#m-1")).to_contain_text("Question")
    session_id = page.url.rpartition("/")[2].partition("?")[0]
    book.append(session_id, "Here?", "Here.")

    page.goto("/imports")
    picture(page, "earlier")
    page.get_by_role("link", name="many.jsonl").click()
    page.get_by_role("link", name="Undo…").click()
    expect(page.get_by_role("row", name="Chats removed")).to_contain_text("2,499")
    expect(page.locator(".doomed")).to_contain_text("Question 0?")
    picture(page, "undo")
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="undone")).to_be_visible(timeout=120_000)
    picture(page, "undone")
    assert book.titles("include_archived=true") == ["Question 0?"]


def test_a_refused_upload_leaves_a_sentence_on_the_page(page: Page, tmp_path: Path) -> None:
    page.goto("/imports")
    empty = tmp_path / "empty.json"
    empty.write_bytes(b"")
    page.locator("#import-files").set_input_files(empty)
    expect(page.locator("#import-problem")).to_have_text("There is no file in this upload. Choose one or more files.")
    expect(page).to_have_url(re.compile("/imports$"))
    expect(page.get_by_role("button", name="Read the files")).to_be_visible()
    many = [tmp_path / f"{number}.json" for number in range(60)]
    for path in many:
        path.write_text("[]")
    page.locator("#import-files").set_input_files(many)
    expect(page.locator("#import-problem")).to_contain_text("40 files are the most at once")


def test_a_bar_shows_what_is_sent_and_sending_can_be_cancelled(page: Page, book: Book, tmp_path: Path) -> None:
    page.goto("/imports")
    big = tmp_path / "big.json"
    big.write_bytes(b" " * 4_000_000)
    wire = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    wire.send("Network.emulateNetworkConditions", slow)
    page.locator("#import-files").set_input_files(big)
    bar = page.get_by_role("progressbar", name="Sending the files")
    expect(bar).to_be_visible()
    expect(page.locator("[data-figures]")).to_have_text(re.compile(r"^[0-9.]+ of 4 MB$"))
    picture(page, "sending")
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
    expect(page.locator("#import-problem")).to_be_hidden()
    expect(page.locator("#import-files")).to_be_focused()

    book.expected_errors = ("Failed to load resource: net::ERR_INTERNET_DISCONNECTED",)
    # The files are still chosen. A connection that breaks is said, and they can be sent again.
    wire.send("Network.emulateNetworkConditions", slow | {"offline": True})
    page.get_by_role("button", name="Read the files").click()
    expect(page.locator("#import-problem")).to_contain_text("The connection broke")
    wire.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    page.get_by_role("button", name="Read the files").click()
    expect(page).to_have_url(AN_IMPORT)


def test_a_pdf_is_named_and_discarded(page: Page, tmp_path: Path) -> None:
    page.goto("/imports")
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF-1.7\n" + b"x" * 100)
    page.locator("#import-files").set_input_files(paper)
    expect(page.get_by_role("alert").filter(has_text="seems to be a PDF")).to_be_visible()
    picture(page, "failed")
    page.get_by_role("link", name="Discard…").click()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("status").filter(has_text="discarded")).to_be_visible()
    expect(page.get_by_role("heading", name="Earlier imports")).to_have_count(0)


def test_without_javascript_an_export_comes_in_too(plain_page: Page, book: Book) -> None:
    page = plain_page
    page.goto("/sessions")
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("button", name="Read the files")).to_be_hidden()
    page.locator("#import-files").set_input_files(CHATGPT)
    page.get_by_role("button", name="Read the files").click()
    expect(page).to_have_url(AN_IMPORT)
    button = page.get_by_role("button", name=re.compile("^Import .* message"))
    until(page, button)
    button.click()
    until(page, page.get_by_text("Imported:"))
    assert len(book.titles("include_archived=true")) == 1
    page.get_by_role("link", name="Undo…").click()
    page.get_by_role("button", name="Undo the import").click()
    until(page, page.get_by_role("heading", name="undone"))
    assert book.titles("include_archived=true") == []


def until(page: Page, locator: object) -> None:
    """Press Refresh until something is there."""
    for _ in range(100):
        if locator.count():  # type: ignore[attr-defined]
            return
        page.wait_for_timeout(100)
        page.get_by_role("link", name="Refresh").click()
    pytest.fail("the import does not come to its end")


@pytest.mark.slow
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser: Browser, book: Book, tmp_path: Path) -> None:
    context = book.set_sign_in_cookie(browser.new_context(base_url=book.url, bypass_csp=True))
    page = context.new_page()
    hostile = tmp_path / ("x" * 180 + "\u202e" + ".jsonl")
    title = {"title": "y" * 150, **plain("a", "b")}
    hostile.write_bytes(jsonl(plain("Hello", "Well"), title) + b"\n{torn\n")
    page.goto("/imports")
    page.locator("#import-files").set_input_files(hostile)
    expect(page).to_have_url(AN_IMPORT)
    expect(page.get_by_role("button", name="Import 4 messages")).to_be_visible()
    address = page.url
    look(page, "/imports", f"{address}/discard", address)
    page.get_by_role("button", name="Import 4 messages").click()
    expect(page.locator(".standing")).to_contain_text("Imported")
    look(page, "/imports", address, f"{address}/undo", "/sessions")
    context.close()


def look(page: Page, *addresses: str) -> None:
    for address in addresses:
        page.goto(address)
        assert violations(page) == [], address
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                picture(page, f"{name_of(address)}-{width}-{scheme}")
            pane = "document.querySelector('.page, .pane')"
            assert page.evaluate(f"(pane => pane.scrollWidth <= pane.clientWidth + 1)({pane})"), (address, width)
        page.set_viewport_size({"width": 1280, "height": 900})


def name_of(address: str) -> str:
    """Return the last word of an address that is no id."""
    return [part for part in address.split("/") if not re.search("[0-9]", part)][-1]
