"""Whatever is said or named, it is shown as text and does nothing."""

import re

import pytest

from tests.support.doors import add_turn, draft, hidden, make_session, script

pytestmark = pytest.mark.one_database(
    "What is refused and what is shown is the same on both databases; that both keep any text is tested elsewhere."
)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea></title><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "[x](javascript:alert(1)) ![y](http://evil.example/p.png)",
    "<a href='http://evil.example' hx-get='/x' onclick=alert(1)>a</a>",
    "<form action=/theme><button hx-post=/chat>b</button></form><iframe src=//evil.example>",
    "```html\n<script>alert(1)</script>\n```\n<style>*{display:none}</style>",
    "\u202egnirts\u2028\ufeff\u0000".replace("\u0000", ""),
]


def harmless(text):
    """Check that a page carries no script, handler or address of anybody else's."""
    assert not re.search(r"<script(?! src=\"/assets/)", text)
    inside_tags = re.findall(r"<[a-zA-Z][^<>]*>", text)
    for tag in inside_tags:
        plain = re.sub(r'"[^"]*"', '""', tag)
        assert not re.search(r"\son\w+\s*=", plain), tag
        assert not re.search(
            r'\s(?:href|src|action|formaction)="(?:javascript:|data:|vbscript:)', tag, re.IGNORECASE
        ), tag
        assert not re.match(r"<(?:iframe|object|embed|base|style)\b", tag), tag
        assert not re.search(r'<(?:img|link|source|video|audio)[^>]*="(?:https?:)?//', tag), tag
    assert text.count("<textarea") == text.count("</textarea>")


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_messages_and_titles_are_only_text_on_every_page(client, said):
    session = make_session(client, title=said)
    add_turn(client, session["id"], said, said)
    add_turn(client, session["id"], "pomegranate " + said, "pomegranate " + said)
    archived = make_session(client, title=said)
    for address in (
        "/sessions",
        session["html_url"],
        f"{session['html_url']}?rename",
        "/search?q=pomegranate",
        "/search?q=alert",
    ):
        page = client.get(address)
        assert page.status_code == 200
        harmless(page.text)
    client.delete(archived["url"])
    for address in (
        f"/sessions?undo={archived['id']}",
        "/sessions/archived",
        f"{archived['html_url']}/purge",
        archived["html_url"],
    ):
        harmless(client.get(address).text)


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_input_that_is_refused_comes_back_as_text(make_app, typed):
    app = make_app(max_content_chars=3)
    script(app)
    client = app.test_client()
    page = client.post(
        "/chat", data={"content": typed, "last": typed, "attempt": typed, "assistant": typed, "key": "k"}
    )
    assert page.status_code == 422
    assert draft(page) == typed
    harmless(page.text)
    session = make_session(client)
    page = client.post(f"{session['html_url']}/title", data={"title": typed, "was": typed})
    assert page.status_code == 409
    harmless(page.text)
    assert hidden(page, "was") == "New chat"


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_addresses_are_only_text(client, typed):
    session = make_session(client)
    add_turn(client, session["id"], "a")
    for address in ("/sessions", session["html_url"], "/search", "/sessions/archived", "/nothing"):
        for name in ("q", "under", "current", "day", "undo"):
            for headers in ({}, {"HX-Request-Type": "partial"}):
                page = client.get(address, query_string={name: typed, "before": "2"}, headers=headers)
                assert page.status_code in {200, 404}
                harmless(page.text)
