"""An ETag stands for one representation: whatever changes what a session shows raises its revision."""

import pytest

from tests.support.doors import add_turn, make_session, read, script


@pytest.fixture
def source(app, client):
    script(app)
    session = make_session(client, title="Keys")
    for number in range(3):
        add_turn(client, session["id"], f"Question {number}")
    return session


@pytest.fixture
def fork(client, source):
    return client.post(f"{source['url']}/forks", json={"idx": 3}).json


def purge(client, session):
    client.delete(session["url"])
    assert client.delete(f"{session['url']}?purge=true").status_code == 204


#: Method, what follows the fork's address, and the body.
CHANGES = {
    "a turn": ("POST", "/turns", {"user": {"content": "a"}, "assistant": {"content": "b"}}),
    "another answer": ("POST", "/retries", {}),
    "an edit": ("POST", "/edits", {"idx": 2, "content": "a"}),
    "an edit from the start": ("POST", "/edits", {"idx": 0, "content": "a"}),
    "a title": ("PATCH", "", {"title": "b"}),
    "the automatic title": ("PATCH", "", {"title": None}),
    "a pin": ("PATCH", "", {"pinned": True}),
    "an assistant": ("PATCH", "", {"assistant": "archivist"}),
    "the archive": ("DELETE", "", None),
    "the end of its source": None,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_a_session_shows_is_a_new_revision(client, source, fork, name):
    before = client.get(fork["url"])
    if CHANGES[name] is None:
        purge(client, source)
    else:
        method, place, body = CHANGES[name]
        assert client.open(fork["url"] + place, method=method, json=body).status_code < 300
    after = client.get(fork["url"], headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.json["revision"] > before.json["revision"]
    assert after.json != before.json


def test_what_changes_nothing_is_no_new_revision(client, source, fork):
    before = client.get(fork["url"])
    client.patch(fork["url"], json={"title": before.json["title"], "pinned": False})
    client.patch(source["url"], json={"title": "Something else"})
    add_turn(client, source["id"])
    client.post(f"{fork['url']}/forks", json={"idx": 1})
    assert client.get(fork["url"], headers={"If-None-Match": before.headers["ETag"]}).status_code == 304


def test_a_fork_whose_source_is_gone_says_so_and_was_not_changed_by_its_user(client, source, fork):
    before = read(client, fork["id"])
    purge(client, source)
    after = read(client, fork["id"])
    assert (before["forked_from_id"], after["forked_from_id"]) == (source["id"], None)
    assert after["updated_at"] == before["updated_at"]
