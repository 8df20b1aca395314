"""ETags and the conditions on them (RFC 9110, section 13)."""

import pytest

from tests.support.doors import add_turn, make_session, problem, read


def current(client, session):
    return client.get(session["url"]).headers["ETag"]


def test_every_change_gives_another_etag(client):
    session = make_session(client)
    seen = [current(client, session)]
    add_turn(client, session["id"])
    seen.append(current(client, session))
    for change in ({"title": "x"}, {"pinned": True}, {"archived": True}, {"assistant": "archivist"}):
        seen.append(client.patch(session["url"], json=change).headers["ETag"])
        assert seen[-1] == current(client, session)
    assert len(set(seen)) == 6
    assert all(etag.startswith('"') for etag in seen)


def test_a_change_to_what_was_seen_is_made(client):
    session = make_session(client)
    answer = client.patch(session["url"], json={"title": "x"}, headers={"If-Match": current(client, session)})
    assert answer.status_code == 200
    assert client.delete(session["url"], headers={"If-Match": answer.headers["ETag"]}).status_code == 204


@pytest.mark.parametrize("condition", ["*", '"0-1", {}', '{}, "zzz"', "{},{}"])
def test_any_of_a_list_will_do(client, condition):
    session = make_session(client)
    etag = current(client, session)
    assert (
        client.patch(
            session["url"], json={"title": "x"}, headers={"If-Match": condition.format(etag, etag)}
        ).status_code
        == 200
    )


CONDITIONS_NOT_MET = [
    "",
    '""',
    '"99-1"',
    "W/{}",
    "garbage",
    "1",
    ",",
    '"1-',
    '"-1"',
    '"1-9"',
    '"²-1"',
    '"' + "9" * 5000 + '-1"',
    '"*"',
    'W/"*"',
    '"zzz", W/{}',
]


@pytest.mark.parametrize("condition", CONDITIONS_NOT_MET)
def test_a_condition_that_is_not_met_changes_nothing(client, condition):
    session = make_session(client)
    headers = {"If-Match": condition.format(current(client, session))}
    problem(client.patch(session["url"], json={"title": "x"}, headers=headers), 412, "precondition-failed")
    problem(client.delete(session["url"], headers=headers), 412, "precondition-failed")
    client.delete(session["url"])
    problem(client.delete(f"{session['url']}?purge=true", headers=headers), 412, "precondition-failed")
    assert read(client, session["id"])["title"] == "New chat"


def test_of_two_who_saw_the_same_only_the_first_changes_it(client):
    session = make_session(client)
    seen = {"If-Match": current(client, session)}
    assert client.patch(session["url"], json={"title": "first"}, headers=seen).status_code == 200
    told = problem(client.patch(session["url"], json={"title": "second"}, headers=seen), 412)
    assert told["revision"] == 2
    assert read(client, session["id"])["title"] == "first"


def test_a_wrong_body_is_told_before_an_unmet_condition(client):
    session = make_session(client)
    problem(client.patch(session["url"], json={"title": 1}, headers={"If-Match": '"99-1"'}), 422)


@pytest.mark.parametrize("condition", ["*", "{}", "W/{}", '"zzz", {}'])
def test_what_is_known_is_not_sent_again(client, condition):
    session = make_session(client)
    headers = {"If-None-Match": condition.format(current(client, session))}
    answer = client.get(session["url"], headers=headers)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == current(client, session)


@pytest.mark.parametrize("condition", ["", '""', '"99-1"', "garbage", ",", '"1-'])
def test_what_is_not_known_is_sent(client, condition):
    session = make_session(client)
    assert client.get(session["url"], headers={"If-None-Match": condition}).status_code == 200
