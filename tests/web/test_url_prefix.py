"""Below a path every address of every page, answer and cookie is below it, and what is outside is not ours."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from tests.support.accounts import ALICE, PASSWORD, client_of
from tests.support.cast import chat
from tests.support.waiting import eventually
from webapp.config.validators import url_prefix
from webapp.urls import message_path

pytestmark = pytest.mark.one_database("No database knows the prefix: what is stored has paths without it.")

PREFIX = "/house/minutes"
_ADDRESS = re.compile(r'(?:href|src|action|formaction|hx-get|hx-post|hx-sse:connect)="([^"]*)"')
FORWARDED = {"X-Forwarded-Prefix": PREFIX}


@pytest.fixture
def app(make_app):
    return make_app(url_prefix=PREFIX)


def addresses(html):
    """Return the addresses in a page that are no others' and not places on the page itself."""
    found = [unescape(address) for address in _ADDRESS.findall(html)]
    return [address for address in found if not address.startswith(("#", "http://", "https://", "mailto:"))]


@pytest.fixture
def filled(app):
    """A chat that links to itself, an archived one, and a fork."""
    nowhere = message_path("00000000-0000-7000-8000-000000000000")
    with app.app_context():
        session = chat(ALICE, ("First?", f"See [this]({nowhere})."))
    return session.id


def test_every_link_of_every_page_is_below_the_prefix_and_leads_somewhere(app, client, filled):
    client.post(f"{PREFIX}/sessions/{filled}/forks", data={"idx": "1"})
    seen, ahead = set(), [f"{PREFIX}/sessions", f"{PREFIX}/sessions/{filled}?around=0", f"{PREFIX}/api/v1/docs"]
    while ahead:
        address = ahead.pop()
        page = client.get(address)
        # What asks for a form by POST alone, or for a token, is there as well.
        assert page.status_code in {200, 303, 401, 404, 405}, (address, page.status_code)
        if page.status_code == 404:
            # The only link that leads nowhere is the one that a message made up.
            assert "00000000-0000-7000-8000-000000000000" in address
        html = page.text if page.mimetype == "text/html" else ""
        page.close()
        for found in addresses(html):
            whole = urljoin(address, found)
            assert whole.startswith(f"{PREFIX}/"), (address, found)
            path = urlsplit(whole).path
            if path not in seen:
                seen.add(path)
                ahead.append(whole)
    assert {f"{PREFIX}/account", f"{PREFIX}/sessions/archived", f"{PREFIX}/static/icon.svg"} <= seen
    assert len(seen) > 30


def test_outside_of_the_prefix_is_nothing_but_the_probes(client):
    for path in ("/", "/sessions", "/house", "/house/minutesx/sessions", "/api/v1/sessions", "/static/icon.svg"):
        assert client.get(path).status_code == 404, path
    assert client.post("/chat", data={"content": "Hello"}).status_code == 404
    for probe in ("/healthz", "/readyz"):
        assert client.get(probe).status_code == client.get(PREFIX + probe).status_code == 200
    page = client.get("/nothing").text
    assert addresses(page)
    assert all(address.startswith(PREFIX) for address in addresses(page))


def test_the_path_itself_leads_to_the_chats(client):
    for address in (PREFIX, f"{PREFIX}/"):
        assert client.get(address).headers["Location"] == f"{PREFIX}/sessions"


def test_signing_in_leads_back_below_the_prefix_and_the_cookies_stay_there(app, filled):
    guest = client_of(app)
    asked = guest.get(f"{PREFIX}/sessions/{filled}?around=0")
    assert asked.headers["Location"].startswith(f"{PREFIX}/sign-in?next=")
    assert f'form-action="{PREFIX}/sign-in"' in asked.headers["WWW-Authenticate"]
    following = re.search(r'name="next" value="([^"]*)"', guest.get(asked.headers["Location"]).text)[1]
    signed_in = guest.post(
        f"{PREFIX}/sign-in", data={"name": "alice", "password": PASSWORD, "next": unescape(following)}
    )
    assert signed_in.headers["Location"] == f"{PREFIX}/sessions/{filled}?around=0"
    assert f"Path={PREFIX};" in signed_in.headers["Set-Cookie"] + ";"
    theme = guest.post(
        f"{PREFIX}/theme", data={"theme": "dark"}, headers={"Referer": f"http://localhost{PREFIX}/sessions/archived"}
    )
    assert theme.headers["Location"] == f"{PREFIX}/sessions/archived"
    assert f"Path={PREFIX}" in theme.headers["Set-Cookie"]
    assert 'data-theme="dark"' in guest.get(f"{PREFIX}/sessions").text
    gone = guest.post(f"{PREFIX}/sign-out")
    assert gone.headers["Location"] == f"{PREFIX}/sign-in"
    assert f"Path={PREFIX}" in gone.headers["Set-Cookie"]


def test_behind_tls_the_cookie_is_for_the_path_and_not_for_the_host(make_app):
    guest = client_of(make_app(url_prefix=PREFIX))
    answer = guest.post(f"{PREFIX}/sign-in", data={"name": "alice", "password": PASSWORD}, base_url="https://localhost")
    assert answer.headers["Set-Cookie"].startswith("__Secure-minutebook=")
    assert {"Secure", f"Path={PREFIX}"} <= set(answer.headers["Set-Cookie"].split("; "))


@pytest.fixture
def api(app):
    """A program that asks below the prefix."""
    client = app.test_client()

    def ask(method, path, **rest):
        headers = {"Authorization": f"Bearer {client.token}", **rest.pop("headers", {})}
        return client.open(PREFIX + path, method=method, headers=headers, **rest)

    return ask


def test_the_api_answers_with_addresses_below_the_prefix(api):
    made = api("POST", "/api/v1/sessions", json={"title": 'See "url":"/x"'})
    session = made.json
    assert made.headers["Location"] == session["url"] == f"{PREFIX}/api/v1/sessions/{session['id']}"
    assert session["html_url"] == f"{PREFIX}/sessions/{session['id']}"
    assert session["title"] == 'See "url":"/x"'
    assert api("GET", "/api/v1/nothing").json["type"] == f"{PREFIX}/api/v1/docs#not-found"
    assert api("GET", "/api/v1/openapi.json").json["servers"] == [{"url": f"{PREFIX}/api/v1"}]


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_kept_under_a_key_holds_no_prefix(make_app, app, api, stream):
    sent = {"json": {"content": "Hello", "stream": stream}, "headers": {"Idempotency-Key": "once"}}
    first = api("POST", "/api/v1/chat", **sent).text
    again = api("POST", "/api/v1/chat", **sent).text
    assert first.count(f'"{PREFIX}/') == again.count(f'"{PREFIX}/') > 1
    at_root = make_app().test_client().post("/api/v1/chat", **sent).text
    assert (PREFIX in at_root, '"html_url":"/sessions/' in at_root) == (False, True)


def test_what_is_cached_serves_every_prefix(make_app, filled):
    moved = make_app(proxies=1).test_client()
    for prefix in ("", PREFIX, "", "/elsewhere"):
        page = moved.get(f"/sessions/{filled}", headers={"X-Forwarded-Prefix": prefix}).text
        # A link to a message, and the links that remove the two texts.
        assert page.count(f'href="{prefix}/messages/') == 3
        assert all(address.startswith(f"{prefix}/") for address in addresses(page))


@pytest.mark.parametrize(
    "claimed", ["//evil.example", "/a/../b", "https://evil.example", "minutes", "/a b", '/"x', "/a,/b", "/a?b", "/%2e"]
)
def test_a_prefix_that_is_none_is_ignored(make_app, claimed):
    page = make_app(proxies=1).test_client().get("/sessions", headers={"X-Forwarded-Prefix": claimed})
    assert all(
        address.startswith(("/sessions", "/s", "/a", "/c", "/t", "/imports", "/manifest"))
        for address in addresses(page.text)
    )
    assert "evil" not in page.text


def test_without_a_proxy_nobody_names_a_prefix(make_app):
    page = make_app().test_client().get("/sessions", headers=FORWARDED).text
    assert PREFIX not in page


def test_the_setting_outweighs_the_header(make_app):
    page = make_app(proxies=1, url_prefix="/set").test_client().get("/set/sessions", headers=FORWARDED).text
    assert all(address.startswith("/set/") for address in addresses(page))


def test_a_growing_answer_links_below_the_prefix(app, client):
    client.post(f"{PREFIX}/chat", data={"content": "Remember: the key is at number 14."})
    asked = client.post(f"{PREFIX}/chat", data={"content": "Where is the key?"}, headers={"HX-Request-Type": "partial"})
    address = asked.headers["HX-Redirect"]
    assert address.startswith(f"{PREFIX}/sessions/")
    eventually(lambda: 'class="again"' in client.get(address).text)
    page = client.get(address).text
    assert f'href="{PREFIX}/messages/' in page


@pytest.mark.parametrize("path", ["", "/minutes", "/house/minutes_2", "/~me/m-1"])
def test_a_path_is_taken_as_a_prefix(path):
    assert url_prefix(path) == path


@pytest.mark.parametrize(
    "path",
    ["/", "minutes", "/minutes/", "//minutes", "/a//b", "/a.b", "/..", "/a b", "/ä", "/a?b", "/a\n", "/" + "a" * 200],
)
def test_what_is_no_prefix_is_refused_with_an_example(path):
    with pytest.raises(ValueError, match="/minutes"):
        url_prefix(path)
