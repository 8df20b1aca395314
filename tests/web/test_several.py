"""POST /sessions/changes: several selected chats are changed with one form, and Undo takes it back."""

import re

import pytest

from tests.support.doors import NOBODY, make_session, read

PARTIAL = {"HX-Request-Type": "partial"}


@pytest.fixture
def two(client):
    return [make_session(client, title=title)["id"] for title in ("One", "Two")]


def send(client, action, *ids, **more):
    fields = {"action": action, "session": list(ids), **more.pop("fields", {})}
    return client.post("/sessions/changes", data=fields, **more)


def notice(text):
    return re.search(r'<form\s+class="notice".*?</form>', text, re.DOTALL)[0]


@pytest.mark.parametrize(("action", "name", "undo"), [("archive", "archived", "restore"), ("pin", "pinned", "unpin")])
def test_a_form_changes_all_and_the_page_offers_undo(client, two, action, name, undo):
    answer = send(client, action, *two, NOBODY, headers={"Referer": "http://localhost/sessions"})
    assert answer.status_code == 303
    assert [read(client, id_)[name] for id_ in two] == [True, True]
    page = client.get(answer.headers["Location"]).text
    assert f"2 chats {name}." in notice(page)
    ids = re.findall(r'name="session" value="([^"]+)"', notice(page))
    assert (ids, f'value="{undo}"' in notice(page)) == (two, True)
    send(client, undo, *ids)
    assert [read(client, id_)[name] for id_ in two] == [False, False]


def test_a_fragment_has_the_list_and_the_notice_but_not_the_transcript(client, two):
    here = make_session(client, title="Here")
    headers = PARTIAL | {"Referer": f"http://localhost{here['html_url']}"}
    text = send(client, "archive", *two, headers=headers).text
    assert re.findall(r'hx-target="([^"]+)"', text)[0] == "#session-list"
    assert "2 chats archived." in notice(text)
    assert f'id="row-{two[0]}"' not in text
    assert 'id="pane"' not in text
    answer = send(client, "archive", here["id"], headers=headers)
    assert answer.headers["HX-Redirect"].startswith(here["html_url"])


def test_deleting_for_good_asks_first(client, two):
    other = make_session(client, title="Not archived")["id"]
    send(client, "archive", *two)
    asked = send(client, "purge", *two, other, NOBODY, "x")
    assert asked.status_code == 200
    assert "2 chats with" in asked.text
    assert "Not archived" not in asked.text.partition('class="doomed"')[2].partition("</ul>")[0]
    assert read(client, two[0])["archived"]
    ids = re.findall(r'type="hidden" name="session" value="([^"]+)"', asked.text)
    answer = send(client, "purge", *ids, fields={"sure": "yes"})
    assert "2 chats deleted permanently." in client.get(answer.headers["Location"]).text
    assert client.get(f"/api/v1/sessions/{two[0]}").status_code == 404


@pytest.mark.parametrize(
    ("action", "ids"),
    [
        ("pin", []),
        ("explode", [NOBODY]),
        ("", [NOBODY]),
        ("pin", [NOBODY] * 3 + [f"{n}" for n in range(101)]),
        ("purge", []),
        ("purge", [NOBODY]),
    ],
)
def test_what_cannot_be_done_is_told(client, action, ids):
    assert send(client, action, *ids).status_code == 422
    assert send(client, action, *ids, headers=PARTIAL).status_code == 422


@pytest.mark.parametrize(
    "query",
    ["did=archive", "did=archive&chats=x", "did=purge&chats=" + NOBODY, "did=pin&chats=..", "did=%00&chats=%00"],
)
def test_a_query_that_names_nothing_offers_nothing(client, query):
    page = client.get(f"/sessions?{query}")
    assert page.status_code == 200
    assert 'class="notice" hx-boost' not in page.text


def test_others_chats_are_not_there(client, guest, two):
    assert send(guest, "pin", *two).status_code in {303, 401}
    assert read(client, two[0])["pinned"] is False
