"""/api/v1/tags, and the tags of /api/v1/sessions."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, make_session, pointers, problem
from webapp.ids import new_id
from webapp.services.tags.changes import create_tag
from webapp.services.tags.sessions import change_tags

TAGS = "/api/v1/tags"


def make_tag(client, name="Work", **more):
    answer = client.post(TAGS, json={"name": name} | more)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_tag_is_created_read_changed_and_deleted(client):
    answer = client.post(TAGS, json={"name": " Work ", "instructions": "Be brief."})
    tag = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (201, tag["url"])
    assert (tag["name"], tag["instructions"]) == ("Work", "Be brief.")
    shown = client.get(tag["url"])
    assert shown.json == tag
    assert client.get(tag["html_url"]).status_code == 200
    assert client.get(tag["url"], headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    changed = client.patch(tag["url"], json={"name": "Job"}, headers={"If-Match": shown.headers["ETag"]})
    assert changed.json == tag | {"name": "Job"}
    for method in (client.patch, client.delete):
        body = {"json": {"name": "Jobs"}} if method == client.patch else {}
        problem(method(tag["url"], headers={"If-Match": shown.headers["ETag"]}, **body), 412)
    assert client.patch(tag["url"], json={"instructions": None}).json["instructions"] is None
    assert client.patch(tag["url"], json={}).json["name"] == "Job"
    assert client.delete(tag["url"]).status_code == 204
    problem(client.get(tag["url"]), 404)


def test_the_list_has_counts_and_no_texts(app, client, user):
    make_tag(client, "b", instructions="Be brief.")
    make_tag(client, "A")
    with app.app_context():
        change_tags(user, chat(user).id, add=["b"])
        create_tag(stranger(), "theirs")
    answer = client.get(TAGS)
    found = [(tag["name"], tag["session_count"], tag["has_instructions"]) for tag in answer.json["data"]]
    assert found == [("A", 0, False), ("b", 1, True)]
    assert answer.json["next"] is None
    assert client.get(TAGS, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_key_creates_one_tag(client):
    headers = {"Idempotency-Key": new_id()}
    first, second = (client.post(TAGS, json={"name": "Work"}, headers=headers) for _ in range(2))
    assert (first.json, second.status_code) == (second.json, 201)
    problem(client.post(TAGS, json={"name": "Work"}), 409)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/name"),
        ({"name": ""}, "#/name"),
        ({"name": "x" * 61}, "#/name"),
        ({"name": "a\0b"}, "#/name"),
        ({"name": "a\x07b"}, "#/name"),
        ({"name": 7}, "#/name"),
        ({"name": None}, "#/name"),
        ({"name": "a", "colour": "red"}, "#/colour"),
        ({"name": "a", "instructions": "x" * 20_001}, "#/instructions"),
        ({"name": "a", "instructions": []}, "#/instructions"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_bad_fields_are_named(client, body, pointer):
    assert pointers(problem(client.post(TAGS, json=body), 422)) == [pointer]
    tag = make_tag(client, "Good")
    if body:
        assert pointers(problem(client.patch(tag["url"], json=body), 422)) == [pointer]
    assert client.get(TAGS).json["data"][0]["name"] == "Good"


def test_a_name_that_is_taken_is_a_conflict_that_names_the_tag(client):
    tag, other = make_tag(client, "Café"), make_tag(client, "Other")
    assert problem(client.post(TAGS, json={"name": "CAFE"}), 409)["tag_id"] == tag["id"]
    problem(client.patch(other["url"], json={"name": "cafe"}), 409)


def test_a_session_has_its_tags_everywhere(client):
    session = make_session(client)
    assert session["tags"] == []
    answer = client.patch(session["url"], json={"tags": ["b", "A"]})
    assert [tag["name"] for tag in answer.json["tags"]] == ["A", "b"]
    assert client.get(answer.json["tags"][0]["id"].join((f"{TAGS}/", ""))).status_code == 200
    assert answer.json["revision"] == session["revision"] + 1
    shown = client.get(session["url"])
    assert shown.json["tags"] == answer.json["tags"] == client.get("/api/v1/sessions").json["data"][0]["tags"]
    assert shown.headers["ETag"] == answer.headers["ETag"]
    fork = client.get(f"{session['url']}?messages=0").json
    assert fork["tags"] == answer.json["tags"]


def test_tags_are_set_as_a_whole_with_if_match(client):
    session = make_session(client)
    first = client.patch(session["url"], json={"tags": ["a"]})
    stale = {"If-Match": f'"{session["revision"]}-2"'}
    problem(client.patch(session["url"], json={"tags": ["b"]}, headers=stale), 412)
    fresh = {"If-Match": first.headers["ETag"]}
    second = client.patch(session["url"], json={"tags": ["A", "b"], "pinned": True}, headers=fresh)
    assert [tag["name"] for tag in second.json["tags"]] == ["a", "b"]
    same = client.patch(session["url"], json={"tags": ["b", "a"]})
    assert same.json == second.json
    for nothing in (None, []):
        client.patch(session["url"], json={"tags": ["c"]})
        assert client.patch(session["url"], json={"tags": nothing}).json["tags"] == []


def test_a_rename_of_a_tag_changes_the_etag_of_its_sessions(client):
    session = make_session(client)
    tagged = client.patch(session["url"], json={"tags": ["a"]})
    client.patch(f"{TAGS}/{tagged.json['tags'][0]['id']}", json={"name": "z"})
    again = client.get(session["url"], headers={"If-None-Match": tagged.headers["ETag"]})
    assert (again.status_code, again.json["tags"][0]["name"]) == (200, "z")


@pytest.mark.parametrize(
    ("tags", "pointer"),
    [
        (["ok", "x" * 61], "#/tags/1"),
        ([""], "#/tags/0"),
        (["a\0"], "#/tags/0"),
        ([1], "#/tags/0"),
        ("a", "#/tags"),
        ([f"t{n}" for n in range(51)], "#/tags"),
    ],
)
def test_bad_tags_of_a_session_are_named_and_change_nothing(client, tags, pointer):
    session = make_session(client)
    answer = client.patch(session["url"], json={"tags": tags, "title": "New"})
    assert pointers(problem(answer, 422)) == [pointer]
    assert client.get(f"{session['url']}?messages=0").json["title"] == session["title"]
    assert client.get(TAGS).json["data"] == []


def test_the_list_is_filtered_by_a_tag_page_by_page(client):
    for number in range(5):
        session = make_session(client, title=f"Chat {number}")
        client.patch(session["url"], json={"tags": ["even"] if number % 2 == 0 else []})
    (tag,) = client.get(TAGS).json["data"]
    address, seen = f"/api/v1/sessions?tag={tag['id'].upper()}&limit=2", []
    page = client.get(address).json
    seen += page["data"]
    page = client.get(f"{address}&cursor={page['next']}").json
    seen += page["data"]
    assert ([session["title"] for session in seen], page["next"]) == (["Chat 4", "Chat 2", "Chat 0"], None)
    problem(client.get(f"/api/v1/sessions?cursor={client.get(address).json['next']}"), 400)
    assert client.get(f"/api/v1/sessions?tag={NOBODY}").json["data"] == []


@pytest.mark.parametrize("tag", ["", "x", "a" * 36, "00000000-0000-0000-0000-00000000000g"])
def test_a_filter_that_is_no_id_is_refused(client, tag):
    assert pointers(problem(client.get("/api/v1/sessions", query_string={"tag": tag}), 422)) == ["tag"]


def test_several_sessions_are_tagged(client):
    ids = [make_session(client)["id"] for _ in range(2)]
    body = {"action": "tag", "tag": "Work", "session_ids": [*ids, NOBODY]}
    data = client.post("/api/v1/sessions/changes", json=body).json["data"]
    assert [each["changed"] for each in data] == [True, True, False]
    assert data[0]["session"]["tags"][0]["name"] == "Work"
    data = client.post("/api/v1/sessions/changes", json=body | {"action": "untag", "tag": "WORK"}).json["data"]
    assert data[1]["session"]["tags"] == []
    for wrong in ({"action": "tag"}, {"action": "pin", "tag": "a"}, {"action": "tag", "tag": " "}):
        answer = client.post("/api/v1/sessions/changes", json={"session_ids": ids} | wrong)
        assert pointers(problem(answer, 422)) == ["#/tag"]


def test_anothers_tag_is_not_there(app, client):
    with app.app_context():
        tag = create_tag(stranger(), "theirs")
    address = f"{TAGS}/{tag.id}"
    for answer in (client.get(address), client.patch(address, json={"name": "x"}), client.delete(address)):
        problem(answer, 404)
