"""The examples of `deploy/`, run as they are before a real server."""

from __future__ import annotations

import html
import itertools
import json
import re
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from tests.deploy.fronts import EXAMPLES, NAME, front
from tests.support.accounts import BEARER, PASSWORD
from tests.support.server import free_port

pytestmark = pytest.mark.slow

FORM = {"Content_Type": "application/x-www-form-urlencoded"}
JSON = {"Content_Type": "application/json", **BEARER}
FORGED = {"X_Forwarded_For": "203.0.113.7", "Forwarded": "for=203.0.113.7"}

_addresses = (f"127.0.9.{number}" for number in itertools.count(1))


@pytest.fixture
def source():
    """An address of this machine that no other test asks from."""
    return next(_addresses)


def sign_in(proxy, source, name="alice", password=PASSWORD, **headers):
    body = urlencode({"name": name, "password": password})
    return proxy.ask("POST", "/sign-in", body, source, **FORM, **headers)


def cookie_of(answer):
    return answer.headers["Set-Cookie"].partition(";")[0]


def test_a_browser_signs_in_with_a_cookie_that_only_this_very_host_can_set_and_read(proxy, source):
    answer = sign_in(proxy, source)
    assert (answer.status, answer.headers["Location"]) == (303, "/sessions")
    name, *flags = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-minutebook=")
    assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    page = proxy.ask("GET", "/sessions", source=source, Cookie=cookie_of(answer))
    assert (page.status, "</html>" in page.text) == (200, True)


def test_a_program_is_answered_over_tls(proxy, source):
    answer = proxy.ask("GET", "/api/v1/sessions", source=source, **BEARER)
    assert (answer.status, set(json.loads(answer.text))) == (200, {"data", "next"})


def test_without_tls_everything_is_sent_on_to_tls(proxy):
    connection = HTTPConnection("127.0.0.1", proxy.plain_port, timeout=15)
    connection.request("GET", "/sessions?page=2", headers={"Host": NAME, **BEARER})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status in {301, 308}
    assert answer.headers["Location"].replace(f":{proxy.tls_port}", "") == f"https://{NAME}/sessions?page=2"


def test_where_somebody_came_from_is_told_and_what_they_claim_is_not(proxy, source):
    cookie = cookie_of(sign_in(proxy, source, **FORGED))
    for page in ("/account", "/account/trail"):
        told = proxy.ask("GET", page, source=source, Cookie=cookie, **FORGED).text
        assert source in told
        assert "203.0.113.7" not in told


def test_the_proxy_names_each_request_and_a_client_does_not(proxy, source):
    names = [
        proxy.ask("GET", "/sign-in", source=source, X_Request_ID="chosen-by-a-client").headers["X-Request-ID"]
        for _ in range(2)
    ]
    assert len(set(names)) == 2
    # As nginx writes them, or Caddy: Minutebook's own begin with the time.
    assert all(re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name) for name in names)
    assert all(name[14] != "7" for name in names if "-" in name)


def test_guesses_are_counted_by_the_real_address(proxy, source):
    guesses = [
        sign_in(proxy, source, f"name-{n}", "a wrong password", X_Forwarded_For=f"203.0.113.{n}") for n in range(31)
    ]
    assert [guess.status for guess in guesses] == [401] * 30 + [429]
    assert sign_in(proxy, source).status == 429
    assert sign_in(proxy, next(_addresses)).status == 303


def test_another_name_that_leads_here_is_not_answered(proxy, source):
    answer = proxy.ask("GET", "/sign-in", source=source, Host="evil.example")
    # nginx hands it on to Minutebook, which refuses it; Caddy has nothing to say.
    assert answer.status == 400 or answer.text == ""
    assert "Sign in" not in answer.text


def test_forms_are_taken_from_its_own_pages_alone(proxy, source):
    assert sign_in(proxy, source, Origin=proxy.origin).status == 303
    assert sign_in(proxy, source, Origin=proxy.origin, Sec_Fetch_Site="same-origin").status == 303
    for foreign in ("https://evil.example", f"http://{NAME}:{proxy.tls_port}", f"https://{NAME}", "null"):
        assert sign_in(proxy, source, Origin=foreign).status == 403
    assert sign_in(proxy, source, Sec_Fetch_Site="cross-site").status == 403


def begin_on_page(proxy, source, content):
    """Send a message as htmx does; return the cookie and the address of the stream that shows the answer."""
    cookie = cookie_of(sign_in(proxy, source))
    form = urlencode({"content": content, "expected_last_idx": "-1"})
    sent = proxy.ask("POST", "/chat", form, source, **FORM, Cookie=cookie, HX_Request="true", HX_Request_Type="partial")
    page = proxy.ask("GET", sent.headers["HX-Redirect"], source=source, Cookie=cookie)
    return cookie, html.unescape(re.search(r'hx-sse:connect="([^"]+)"', page.text)[1])


def test_an_answer_grows_on_the_page_while_it_is_written(proxy, source, puppet):
    cookie, stream = begin_on_page(proxy, source, "Where is the ladder?")
    assert streamed(proxy, "GET", stream, None, puppet, {"Cookie": cookie})


@pytest.mark.parametrize("path", ["/api/v1/chat", "/v1/chat/completions"])
def test_an_answer_grows_in_programs_while_it_is_written(proxy, path, puppet):
    history = {"model": "first", "stream": True, "messages": [{"role": "user", "content": "Where?"}]}
    body = {"content": "Where is the ladder?"} if path.startswith("/api/") else history
    headers = {"Accept": "text/event-stream", "Content-Type": "application/json", **BEARER}
    assert streamed(proxy, "POST", path, json.dumps(body), puppet, headers)


def streamed(proxy, method, path, body, puppet, headers):
    """Say whether the first words are read before the last are written, which are written only then."""
    connection = proxy.connect()
    puppet.say("Under the flowerpot ")
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        assert (response.status, response.headers["Content-Type"][:17]) == (200, "text/event-stream")
        while b"flowerpot" not in (line := response.readline()):
            assert line, "it ended before the first words came"
        puppet.say("it is dry.")
        puppet.end()
        return b"dry" in response.read()
    finally:
        connection.close()


def test_the_longest_message_comes_through_however_it_is_written(proxy, source):
    cookie = cookie_of(sign_in(proxy, source))
    form = {"content": "🪜" * 100_000, "expected_last_idx": "-1", "assistant": "archivist"}
    answer = proxy.ask("POST", "/chat", urlencode(form), source, **FORM, Cookie=cookie)
    assert answer.status == 303, answer.text
    session = answer.headers["Location"].rpartition("/")[2]
    kept = json.loads(proxy.ask("GET", f"/api/v1/sessions/{session}", source=source, **BEARER).text)
    assert kept["messages"][0]["content"] == form["content"]


def test_what_is_too_long_is_refused_in_minutebooks_own_words(proxy, source):
    answer = proxy.ask("POST", "/api/v1/chat", json.dumps({"content": "x" * 2_000_000}), source, **JSON)
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")


def test_a_long_history_comes_through(proxy, source, puppet):
    messages = [{"role": role, "content": "x" * 99_000} for role in ("user", "assistant") * 40]
    puppet.answer("Enough.")
    body = json.dumps({"model": "first", "store": False, "messages": [*messages, {"role": "user", "content": "?"}]})
    assert len(body) > 7_000_000
    answer = proxy.ask("POST", "/v1/chat/completions", body, source, **JSON)
    assert json.loads(answer.text)["choices"][0]["message"]["content"] == "Enough."


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_what_is_asked_for_stands_in_no_log_of_the_proxys(kind, tmp_path, minutebook):
    addresses = ("/search?q=marked-word", "/invitations/marked-word", "/setup?code=marked-word", "/static/marked-word")
    with front(kind, tmp_path, minutebook.port) as proxy:
        assert {proxy.ask("GET", address).status for address in addresses} == {303, 404, 409}
        assert "marked-word" not in proxy.logged()
    with front(kind, tmp_path, free_port()) as alone:
        assert {alone.ask("GET", address).status for address in addresses} == {502}
        assert "marked-word" not in alone.logged()


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "minutebook.service", "../SECURITY.md"])
def test_what_is_told_of_running_it_names_settings_that_there_are(name):
    settings = (EXAMPLES.parent / "webapp" / "config" / "settings.py").read_text()
    told = re.findall(r"\b(?:MINUTEBOOK_[A-Z_]+|[A-Z_]+_FILE|TRUSTED_HOSTS)\b", (EXAMPLES / name).read_text())
    assert told
    assert [setting for setting in told if f'"{setting.removesuffix("_FILE")}"' not in settings] == []
