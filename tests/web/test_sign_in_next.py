"""Where somebody goes after signing in: on to the page or the form it was about, and never to another site."""

import re

import pytest

from tests.support.accounts import RIGHT

pytestmark = pytest.mark.one_database("Addresses are checked before any row is read.")


def test_who_is_signed_in_is_not_asked_again(client):
    assert client.get("/sign-in").headers["Location"] == "/sessions"
    assert client.get("/sign-in?next=/account").headers["Location"] == "/account"


OURS = ["/account", "/search?q=a", "/sessions/01890000-0000-7000-8000-000000000000?around=3", "/sessions?q=%C3%A4"]


@pytest.mark.parametrize("page", OURS)
def test_after_signing_in_the_browser_goes_where_it_was_going(guest, page):
    shown = guest.get(page)
    assert shown.status_code == 303
    form = guest.get(shown.headers["Location"]).text
    following = re.search(r'name="next" value="([^"]*)"', form)[1].replace("&amp;", "&")
    answer = guest.post("/sign-in", data=RIGHT | {"next": following})
    assert answer.status_code == 303
    assert guest.get(answer.headers["Location"]).request.full_path.rstrip("?") == page


ELSEWHERE = [
    "//evil.example",
    "//sessions",
    "//account?a=b",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "http://localhost/sessions",
    "javascript:alert(1)",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/sessions?a=\r\nSet-Cookie: a=b",
    "/sessions?a=\u2028b",
    "/sessions\r\n",
    "/sign-out",
    "/sign-in",
    "/sign-in?next=/sign-in",
    "/chat",
    "/nothing",
    "sessions",
    "@evil.example",
    "/.//evil.example",
    "",
]


@pytest.mark.parametrize("page", ELSEWHERE, ids=repr)
def test_nobody_is_sent_elsewhere(guest, client, page):
    answer = guest.post("/sign-in", data=RIGHT | {"next": page})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions")
    answer = client.get("/sign-in", query_string={"next": page})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions")


@pytest.mark.parametrize("page", [*ELSEWHERE, "/account", "/sessions", "/setup?code=a"], ids=repr)
def test_a_form_goes_on_only_to_where_forms_go(guest, page):
    if page == "/chat":
        return
    answer = guest.post("/sign-in", data=RIGHT | {"then": page})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions")
