"""Archiving with an undo, restoring, and the archive's page."""

import re

from tests.support.accounts import ALICE
from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, read
from tests.support.library import fill


def cards(page):
    return re.findall(r'class="card-title" href="/sessions/([^"]+)"', page.text)


def test_an_archived_chat_leaves_the_list_and_is_offered_back(client):
    session = make_session(client, title="Keys & doors")
    answer = client.post(f"{session['html_url']}/archive", headers={"Referer": "http://localhost/sessions"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions?undo={session['id']}")
    page = client.get(answer.headers["Location"])
    assert 'Archived “<span dir="auto">Keys &amp; doors</span>”' in page.text
    assert f'role="status" method="post" action="{session["html_url"]}/restore"' in page.text
    assert f'id="row-{session["id"]}"' not in page.text


def test_the_undo_restores_and_opens_it(client):
    session = make_session(client)
    client.post(f"{session['html_url']}/archive")
    answer = client.post(f"{session['html_url']}/restore")
    assert (answer.status_code, answer.headers["Location"]) == (303, session["html_url"])
    assert read(client, session["id"])["archived"] is False
    assert "Archived “" not in client.get(f"/sessions?undo={session['id']}").text


def test_an_undo_of_what_cannot_be_undone_is_not_offered(app, client):
    with app.app_context():
        theirs = chat(stranger(), title="Bob's")
    session = make_session(client)
    for undo in (session["id"], NOBODY, theirs.id, "x", "%00", ""):
        page = client.get(f"/sessions?undo={undo}")
        assert page.status_code == 200
        assert "Archived “" not in page.text


def test_an_archived_chat_can_be_read_and_takes_no_message(client):
    session = make_session(client)
    add_turn(client, session["id"], "Where is the key?")
    client.post(f"{session['html_url']}/archive")
    page = client.get(session["html_url"])
    assert "Where is the key?" in page.text
    assert "Restore it to write in it" in page.text
    assert 'action="/chat"' not in page.text
    assert f'href="{session["html_url"]}/purge"' in page.text


def test_the_archive_lists_what_is_archived_with_what_can_be_done(client):
    assert "Nothing is archived." in client.get("/sessions/archived").text
    stays, gone = make_session(client), make_session(client, title="Keys")
    client.post(f"{gone['html_url']}/archive")
    page = client.get("/sessions/archived")
    assert cards(page) == [gone["id"]]
    assert f'formaction="{gone["html_url"]}/restore"' in page.text
    assert f'href="{gone["html_url"]}/purge"' in page.text
    assert f'id="row-{stays["id"]}"' in page.text


def test_the_archive_is_read_a_page_at_a_time(app, client):
    with app.app_context():
        made = fill(ALICE, 120, vary=lambda _: {"archived": True})
    seen, address, pages = [], "/sessions/archived", 0
    while address:
        page = client.get(address)
        more = re.search(r'class="more" href="(/sessions/archived[^"]+)" hx-get="\1"', page.text)
        seen, pages, address = seen + cards(page), pages + 1, more and more[1]
    assert pages == 3
    assert len(seen) == len(set(seen)) == 120
    assert set(seen) == set(made)


def test_to_htmx_more_of_the_archive_is_only_its_rows(app, client):
    with app.app_context():
        fill(ALICE, 60, vary=lambda _: {"archived": True})
    more = re.search(r'href="(/sessions/archived\?page=[^"]+)"', client.get("/sessions/archived").text)[1]
    part = client.get(more, headers={"HX-Request-Type": "partial"})
    assert part.text.startswith('<li class="card">')
    assert len(cards(part)) == 10
    assert "<html" not in part.text


def test_what_is_not_there_is_not_found(client):
    for action in ("archive", "restore"):
        assert client.post(f"/sessions/{NOBODY}/{action}").status_code == 404
