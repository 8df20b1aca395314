"""The page offers to undo an edit or a new answer, and to keep both."""

import re

from tests.support.doors import NOBODY, add_turn, hidden, make_session, problem, read, script

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def edited(app, client):
    session = make_session(client)
    add_turn(client, session["id"], "Where is the key?", "Under the mat.")
    add_turn(client, session["id"], "And the hat?", "On the hook.")
    script(app, "In the drawer.")
    answer = client.post(f"{session['url']}/edits", json={"idx": 0, "content": "Where are the keys?"})
    assert answer.status_code == 200
    return session["id"]


def forms(page, session_id):
    return re.findall(rf'action="(/sessions/{session_id}/replacements/[^"]+)"', page.text)


def said(client, session_id):
    return [message["content"] for message in read(client, session_id)["messages"]]


def test_an_edit_is_undone_from_its_page(app, client):
    session_id = edited(app, client)
    page = client.get(f"/sessions/{session_id}")
    assert "The message was edited, and 3 later messages were replaced." in page.text
    undo, keep = forms(page, session_id)
    answer = client.post(undo)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sessions/{session_id}")
    assert said(client, session_id) == ["Where is the key?", "Under the mat.", "And the hat?", "On the hook."]
    page = client.get(f"/sessions/{session_id}")
    assert "The change was undone." in page.text
    assert ">Redo</button>" in page.text
    # The forms of another tab belong to a change that was undone.
    for address in (undo, keep):
        assert client.post(address).status_code == 404


def test_htmx_gets_the_transcript_that_was_put_back(app, client):
    session_id = edited(app, client)
    page = client.get(f"/sessions/{session_id}")
    address = re.search(rf'hx-post="(/sessions/{session_id}/replacements/[^"]+)"', page.text)[1].replace("&amp;", "&")
    answer = client.post(address, headers=HTMX)
    assert answer.status_code == 200
    assert "On the hook." in answer.text
    assert 'hx-target="#minutes"' in answer.text


def test_both_are_kept_from_the_page(app, client):
    session_id = edited(app, client)
    _, keep = forms(client.get(f"/sessions/{session_id}"), session_id)
    answer = client.post(keep)
    fork = read(client, answer.headers["Location"].removeprefix("/sessions/"))
    assert fork["title"] == "Where is the key? (before the edit)"
    assert [message["content"] for message in fork["messages"]][-1] == "On the hook."


def test_a_chat_that_went_on_says_so_and_offers_nothing_wrong(app, client):
    session_id = edited(app, client)
    undo, keep = forms(client.get(f"/sessions/{session_id}"), session_id)
    add_turn(client, session_id, "Thanks", "Well.")
    answer = client.post(undo)
    assert answer.status_code == 409
    assert "has gone on since this change" in answer.text
    refused = client.post(undo, headers=HTMX)
    assert refused.status_code == 409
    assert "has gone on since this change" in refused.text
    assert forms(client.get(f"/sessions/{session_id}"), session_id) == []
    assert client.post(keep).status_code == 303
    assert said(client, session_id)[-1] == "Well."


def test_the_api_lists_undoes_and_keeps(app, client):
    session_id = edited(app, client)
    (replacement,) = client.get(f"/api/v1/sessions/{session_id}/replacements").json["data"]
    assert replacement["can_undo"] is True
    assert (replacement["kind"], replacement["first_idx"], replacement["replaced_count"]) == ("edit", 0, 4)
    key = {"Idempotency-Key": "k-1"}
    fork = client.post(f"{replacement['url']}/fork", headers=key)
    assert (fork.status_code, fork.headers["Location"]) == (201, fork.json["url"])
    assert client.post(f"{replacement['url']}/fork", headers=key).json == fork.json
    before = client.get(f"/api/v1/sessions/{session_id}").headers["ETag"]
    undone = client.post(f"{replacement['url']}/undo")
    assert (undone.status_code, undone.json["message_count"]) == (200, 4)
    assert client.get(f"/api/v1/sessions/{session_id}").headers["ETag"] != before
    problem(client.post(f"{replacement['url']}/undo"), 404)
    problem(client.post(f"/api/v1/sessions/{session_id}/replacements/{NOBODY}/undo"), 404)


def test_the_edit_form_says_that_it_can_be_undone(client):
    session = make_session(client)
    add_turn(client, session["id"])
    page = client.get(f"/sessions/{session['id']}/messages/0/edit")
    assert "You can undo it, or keep both." in page.text
    assert hidden(page, "idx") == "0"
