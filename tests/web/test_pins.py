"""Pinning: POST /sessions/{id}/pin and …/unpin."""

import re

from tests.support.doors import NOBODY, make_session, read


def rows(client):
    return re.findall(r'id="row-([^"]+)"', client.get("/sessions").text)


def test_a_pinned_chat_stands_first_under_its_heading(client):
    old, new = make_session(client, title="old"), make_session(client, title="new")
    assert rows(client) == [new["id"], old["id"]]
    answer = client.post(f"{old['html_url']}/pin")
    assert (answer.status_code, answer.headers["Location"]) == (303, old["html_url"])
    assert rows(client) == [old["id"], new["id"]]
    assert re.findall(r'class="list-heading">([^<]+)', client.get("/sessions").text) == ["Pinned", "Today"]


def test_an_unpinned_chat_goes_back_to_its_place(client):
    old, new = make_session(client, pinned=True), make_session(client)
    assert client.post(f"{old['html_url']}/unpin").status_code == 303
    assert rows(client) == [new["id"], old["id"]]


def test_pinning_twice_is_pinning_once(client):
    session = make_session(client)
    for _ in range(2):
        client.post(f"{session['html_url']}/pin")
    assert (read(client, session["id"])["pinned"], read(client, session["id"])["revision"]) == (True, 2)


def test_the_page_offers_the_other_of_both(client):
    session = make_session(client)
    page = client.get(session["html_url"]).text
    assert f'formaction="{session["html_url"]}/pin"' in page
    assert "/unpin" not in page
    client.post(f"{session['html_url']}/pin")
    assert f'formaction="{session["html_url"]}/unpin"' in client.get(session["html_url"]).text


def test_it_leads_back_to_the_page_it_was_done_on_if_that_is_ours(client):
    session, other = make_session(client), make_session(client)
    for referer, expected in (
        (f"http://localhost{other['html_url']}?around=3", other["html_url"]),
        ("http://localhost/sessions/archived", "/sessions/archived"),
        ("http://evil.example/sessions", session["html_url"]),
        ("http://localhost/search?q=a", session["html_url"]),
        ("http://localhost//evil.example/sessions", session["html_url"]),
        ("//[", session["html_url"]),
        ("x", session["html_url"]),
    ):
        answer = client.post(f"{session['html_url']}/pin", headers={"Referer": referer})
        assert (answer.status_code, answer.headers["Location"]) == (303, expected), referer


def test_what_is_not_there_is_not_found(client):
    for action in ("pin", "unpin"):
        assert client.post(f"/sessions/{NOBODY}/{action}").status_code == 404
