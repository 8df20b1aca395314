"""Connecting a model from the page, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import violations
from tests.support.model_servers import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.book import Book

pytestmark = pytest.mark.browser

KEY = "sk-secret-of-grout"


def enter(page: Page, address: str) -> None:
    # The empty page has the form already.
    page.goto("/settings/models")
    page.get_by_label("Name", exact=True).fill("Grout")
    page.locator("#connection-key").fill(KEY)
    page.locator("#connection-address").fill(address)


def test_a_model_is_connected_tested_and_asked(page: Page, book: Book) -> None:
    with serving("small", "text-embedding") as server:
        enter(page, "nowhere")
        page.get_by_role("button", name="Test").click()
        expect(page.locator("#problem-address")).to_contain_text("must begin with http://")
        expect(page.locator("#connection-key")).to_have_value(KEY)
        page.locator("#connection-address").fill(server.url)
        page.get_by_role("button", name="Test").click()
        expect(page.locator("#connection-result")).to_contain_text("It answers.")
        expect(page.locator("#problem-address")).to_be_empty()
        # The key is still there, though no answer has it.
        expect(page.locator("#connection-key")).to_have_value(KEY)
        page.get_by_role("button", name="Save and show its models").click()
        expect(page.locator(".connection .standing")).to_contain_text("Answers. 2 models, 2 shown")
        assert KEY not in page.content()
        page.goto("/sessions")
        expect(page.locator("#assistant")).to_have_value("grout:small")
        page.locator("#content").fill("Hello?")
        page.keyboard.press("Enter")
        expect(page.locator(".minute.assistant").last).to_contain_text("Hello!")
        assert set(server.keys) == {f"Bearer {KEY}"}


def test_without_javascript_a_model_is_connected_too(browser: Browser, book: Book) -> None:
    context = book.set_sign_in_cookie(browser.new_context(base_url=book.url, java_script_enabled=False))
    page = context.new_page()
    with serving("small") as server:
        enter(page, server.url)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".connection .standing")).to_contain_text("Answers. 1 model, 1 shown")
        page.locator(".label-of summary").click()
        page.get_by_label("Another name for small").fill("Tiny")
        page.get_by_role("button", name="Save the models").click()
        expect(page.locator(".models .name")).to_have_text("Tiny")
        page.locator(".connection .menu summary").click()
        page.get_by_role("link", name="Remove…").click()
        page.get_by_role("button", name="Remove").click()
        expect(page.locator(".connection")).to_have_count(0)
    context.close()


@pytest.mark.slow
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser: Browser, book: Book) -> None:
    context = book.set_sign_in_cookie(browser.new_context(base_url=book.url, bypass_csp=True))
    page = context.new_page()
    names = [f"maker-{'x' * 40}/a-model-with-a-long-name-{number}" for number in range(14)]
    with serving(*names) as server:
        page.goto("/settings/models")
        assert violations(page) == []
        enter(page, server.url)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".connection .standing")).to_contain_text("Answers. 14 models")
        server.status, server.words = 401, "No such user: " + "y" * 200
        page.get_by_role("button", name="Test Grout").click()
        expect(page.locator(".connection .standing")).to_contain_text("Refused the key (401)")
        edit = page.get_by_role("link", name="Edit Grout").get_attribute("href") or ""
        remove = page.get_by_role("link", name="Remove…", include_hidden=True).get_attribute("href") or ""
        for path in ("/settings/models", edit, remove, "/settings/models?add=mistral"):
            page.goto(path)
            assert violations(page) == [], path
            for width in (1440, 800, 390, 360):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
                assert page.evaluate(
                    "(pane => pane.scrollWidth <= pane.clientWidth + 1)(document.querySelector('.page'))"
                ), (path, width)
    context.close()
