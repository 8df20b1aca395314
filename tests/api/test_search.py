"""GET /api/v1/search."""

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import add_turn, make_session, pointers, problem

URL = "/api/v1/search"


def found(client, words, **more):
    answer = client.get(URL, query_string={"q": words, **more})
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


def test_a_hit_says_what_was_said_where_and_what_matched(client):
    session = make_session(client, title="Keys")
    add_turn(client, session["id"], "Where?", "The spare key is under the Blümentopf, the key!")
    (hit,) = found(client, "key blumentopf")
    said = client.get(session["url"]).json["messages"][1]
    assert {name: hit[name] for name in ("session_id", "title", "archived", "idx", "role", "message_id")} == {
        "session_id": session["id"], "title": "Keys", "archived": False, "idx": 1, "role": "assistant", "message_id": said["id"],
    }  # fmt: skip
    assert [hit["snippet"][start:end] for start, end in hit["matches"]] == ["key", "Blümentopf", "key"]
    assert client.get(hit["url"]).json == said
    assert f'id="{hit["html_url"].partition("#")[2]}"' in client.get(hit["html_url"]).text


def test_every_word_must_occur_and_the_last_may_be_a_beginning(client):
    session = make_session(client)
    add_turn(client, session["id"], "red apples", "green apples")
    assert [hit["turn_id"] for hit in found(client, "apples")] == [client.get(session["url"]).json["messages"][0]["id"]]
    assert [hit["idx"] for hit in found(client, "apples", order="newest")] == [1]
    assert [hit["idx"] for hit in found(client, "RED app")] == [0]
    for words in ("red app ", "red pears"):
        page = client.get(URL, query_string={"q": words}).json
        assert ([hit["idx"] for hit in page["data"]], page["all_words"]) == ([0], False)


def test_archived_chats_are_searched_too(client):
    session = make_session(client)
    add_turn(client, session["id"], "a pomegranate")
    client.delete(session["url"])
    assert [hit["archived"] for hit in found(client, "pomegranate")] == [True]


def test_somebody_elses_words_are_never_found(app, client):
    with app.app_context():
        chat(stranger(), "a pomegranate", title="Bob's")
    assert found(client, "pomegranate") == []


def test_following_next_meets_every_hit_once_newest_first(client):
    session = make_session(client)
    for n in range(4):
        add_turn(client, session["id"], f"pear {n}", "pear tree")
    seen, cursor = [], None
    while True:
        page = client.get(
            URL, query_string={"q": "pear", "limit": 3, "order": "newest"} | ({"cursor": cursor} if cursor else {})
        ).json
        seen += [hit["idx"] for hit in page["data"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == [7, 5, 3, 1]


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "…",
        "C++",
        'it"s',
        "foo AND",
        "a-b NEAR(c",
        "(",
        "*",
        "' OR 1=1 --",
        "content:x",
        "a & | !",
        "key:*",
        "%",
        "\\",
        "日本",
        "ﷺ" * 66,
    ],
)
def test_whatever_is_typed_is_only_words(client, words):
    add_turn(client, make_session(client)["id"], "Nothing of the sort", "No.")
    assert found(client, words) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "q"),
        ("q=" + "a" * 1_001, "q"),
        ("q=%00", "q"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=101", "limit"),
        ("q=a&q=b", "q"),
        ("q=a&page=2", "page"),
    ],
)
@pytest.mark.one_database("PostgreSQL refuses more, so what comes through to it shows there.", engine="postgres")
def test_a_parameter_that_cannot_be_used_is_named(client, query, field):
    assert pointers(problem(client.get(f"{URL}?{query}"), 422, "invalid")) == [field]


def test_a_cursor_of_another_search_is_refused(client):
    session = make_session(client)
    add_turn(client, session["id"], "pear apple", "pear apple")
    cursor = client.get(f"{URL}?q=pear&limit=1").json["next"]
    problem(client.get(f"{URL}?q=apple&cursor={cursor}"), 400, "bad-request")
    problem(client.get(f"{URL}?q=pear&cursor=x"), 400, "bad-request")


def test_bytes_that_are_not_utf8_are_words_that_nobody_said(client):
    assert client.get(f"{URL}?q=%ff%fe").status_code in {200, 400, 422}


def test_an_unchanged_result_is_not_sent_again(client):
    session = make_session(client)
    add_turn(client, session["id"], "pear")
    etag = client.get(f"{URL}?q=pear").headers["ETag"]
    assert client.get(f"{URL}?q=pear", headers={"If-None-Match": etag}).status_code == 304
    add_turn(client, session["id"], "pear")
    assert client.get(f"{URL}?q=pear", headers={"If-None-Match": etag}).status_code == 200
