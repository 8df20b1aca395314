"""An app is connected in a real browser, which holds redirects after forms to the policy of the page."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import violations
from tests.support.accounts import PASSWORD
from tests.support.oauth import challenge_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.book import Book

pytestmark = pytest.mark.browser

ON = pytest.mark.parametrize("book", [{"MINUTEBOOK_PUBLIC_URL": "http://127.0.0.1"}], indirect=True)


class Callback(BaseHTTPRequestHandler):
    """The app that the browser comes back to."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Back</title>Back in the app")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def callback() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/callback"
    server.shutdown()
    server.server_close()


def authorization(book: Book, redirect_uri: str, name: str = "Claude") -> str:
    """Register an app and return the address to which it sends its user."""
    body = json.dumps({"client_name": name, "redirect_uris": [redirect_uri]}).encode()
    with urlopen(Request(f"{book.url}/oauth/register", body, {"Content-Type": "application/json"})) as answer:
        client_id = json.load(answer)["client_id"]
    asked: dict[str, Any] = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri}
    asked |= {"code_challenge": challenge_of(), "code_challenge_method": "S256", "state": "s&1"}
    return f"{book.url}/authorize?{urlencode(asked)}"


def age_password(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "minutebook.db")) as database, database:
        database.execute("UPDATE sign_ins SET confirmed_at = '2026-01-01T00:00:00.000000Z'")


@ON
@pytest.mark.parametrize("javascript", [True, False])
def test_an_app_is_connected_and_disconnected(
    browser: Browser, book: Book, callback: str, tmp_path: Path, *, javascript: bool
) -> None:
    age_password(tmp_path)
    context = book.set_sign_in_cookie(browser.new_context(base_url=book.url, java_script_enabled=javascript))
    page = context.new_page()
    page.goto(authorization(book, callback))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connect “Claude”?")
    expect(page.get_by_label("Let it add, change and delete")).not_to_be_checked()
    page.get_by_label("Let it add, change and delete").check()
    page.get_by_role("button", name="Connect").click()

    expect(page).to_have_title("Back")
    back = parse_qs(urlsplit(page.url).query)
    assert (back["state"], back["iss"]) == (["s&1"], ["http://127.0.0.1"])
    fields = {"grant_type": "authorization_code", "code": back["code"][0], "code_verifier": "v" * 50}
    client_id = book.ask("GET", "/api/v1/account/apps")
    assert client_id["data"] == []
    with closing(sqlite3.connect(tmp_path / "minutebook.db")) as database:
        fields["client_id"] = database.execute("SELECT client_id FROM oauth_clients").fetchone()[0]
    fields["redirect_uri"] = callback
    urlopen(f"{book.url}/oauth/token", urlencode(fields).encode()).close()

    page.goto("/account")
    expect(page.get_by_role("region", name="Connected apps")).to_contain_text("reads and writes")
    page.get_by_role("button", name="Disconnect Claude").click()
    expect(page.get_by_text("The app is disconnected.")).to_be_visible()
    assert book.ask("GET", "/api/v1/account/apps")["data"] == []
    context.close()


@ON
def test_a_refusal_comes_back_to_the_app(book: Book, browser: Browser, callback: str) -> None:
    context = book.set_sign_in_cookie(browser.new_context(base_url=book.url))
    page = context.new_page()
    page.goto(authorization(book, callback))
    page.get_by_role("button", name="Cancel").click()
    expect(page).to_have_title("Back")
    assert parse_qs(urlsplit(page.url).query)["error"] == ["access_denied"]
    context.close()


@ON
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_readable(browser: Browser, book: Book, scheme: Any, width: int) -> None:
    context = browser.new_context(
        base_url=book.url, color_scheme=scheme, viewport={"width": width, "height": 844}, bypass_csp=True
    )
    page = book.set_sign_in_cookie(context).new_page()
    long = "An app whose name is as long as a name may be, " + "and-has-a-word-that-does-not-break"
    good = authorization(book, "https://claude.ai/api/mcp/auth_callback")
    for address in (
        good,
        authorization(book, "https://a-very-long-name-of-a-host.with-many-labels.example.org/cb", long),
        authorization(book, "http://127.0.0.1:9/callback"),
        good.replace("S256", "plain"),
        good.replace("claude.ai", "evil.example"),
        "/account#apps",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert violations(page) == []
    context.close()
