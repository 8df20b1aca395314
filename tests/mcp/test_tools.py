"""The tools: what each does, for whom, and that its results have the schemas that it announces."""

import json

import jsonschema
import pytest

from tests.attacks.people import person
from tests.mcp.speaking import call, fault, modern, result
from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY, add_turn, make_session, read
from tests.support.files import say_with
from webapp.services.accounts.tokens import create_token
from webapp.services.sessions.changes import archive_session
from webapp.services.tags.sessions import change_tags

READING = ["search", "fetch", "list_chats"]


@pytest.fixture
def reader(app):
    """A client with a token of Alice's that may only read."""
    with app.app_context():
        from tests.support.accounts import ALICE, client_of

        secret, _ = create_token(ALICE, "reader", read_only=True)
    return client_of(app, token=secret)


@pytest.fixture
def herbs(client):
    session = make_session(client, title="Herbs")
    add_turn(client, session["id"], "What is tarragon?", "Tarragon is a *herb*.")
    add_turn(client, session["id"], "And lovage?", "Another herb.")
    return session["id"]


def listed(client):
    return {tool["name"]: tool for tool in result(modern(client, "tools/list"))["tools"]}


def test_a_token_that_may_only_read_sees_the_tools_that_read(client, reader):
    assert list(listed(client)) == [*READING, "keep_turn"]
    assert list(listed(reader)) == READING


def test_the_tools_say_whether_they_write(client):
    hints = {name: tool["annotations"] for name, tool in listed(client).items()}

    assert {name for name, each in hints.items() if each["readOnlyHint"]} == set(READING)
    assert not any(each["destructiveHint"] or each["openWorldHint"] for each in hints.values())


def test_the_schemas_are_plain_objects_whose_arguments_are_all_described(client):
    for tool in listed(client).values():
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
        assert all(each["description"] for each in tool["inputSchema"]["properties"].values())
        assert "null" not in json.dumps(tool["inputSchema"])


def test_every_result_has_the_schema_of_its_tool(client, herbs):
    schemas = {name: tool["outputSchema"] for name, tool in listed(client).items()}
    found = call(client, "search", query="herb")
    outcomes = [
        ("search", found),
        ("search", call(client, "search", query="nothing-like-this")),
        ("fetch", call(client, "fetch", id=found["results"][0]["id"])),
        ("fetch", call(client, "fetch", id=herbs)),
        ("list_chats", call(client, "list_chats")),
        ("keep_turn", call(client, "keep_turn", question="a", answer="b")),
    ]
    for name, outcome in outcomes:
        jsonschema.validate(outcome, schemas[name])


def test_a_search_finds_turns_with_title_date_and_address(client, herbs):
    found = call(client, "search", query="tarragon")["results"]

    assert {each["title"] for each in found} == {"Herbs"}
    assert {each["chat_id"] for each in found} == {herbs}
    assert all(each["date"].endswith("Z") and len(each["date"]) == 20 for each in found)
    assert all("arragon" in each["text"] for each in found)
    assert all(each["url"] == f"http://localhost/messages/{each['id']}" for each in found)
    assert client.get(found[0]["url"].removeprefix("http://localhost")).status_code == 303


def test_a_search_for_nothing_that_is_there_finds_nothing(client, herbs):
    assert call(client, "search", query="xylophone") == {"results": [], "all_words": True}
    assert call(client, "search", query="") == {"results": [], "all_words": True}


def test_a_turn_is_found_once_and_by_its_question(client, herbs):
    question = read(client, herbs)["messages"][0]["id"]
    for order in ("best", "newest"):
        found = call(client, "search", query="tarragon", order=order)
        assert ([each["id"] for each in found["results"]], found["all_words"]) == ([question], True)


def test_where_no_turn_has_every_word_those_with_some_are_found_and_marked(client, herbs):
    found = call(client, "search", query="When did I ask about tarragon and xylophones?")
    assert ({each["title"] for each in found["results"]}, found["all_words"]) == ({"Herbs"}, False)


def test_a_word_of_a_query_is_a_whole_word(client, herbs):
    assert call(client, "search", query="tarr")["results"] == []
    assert call(client, "search", query="tarr*")["results"]


def test_a_cursor_belongs_to_its_filters(client, user):
    for number in range(3):
        chat(user, f"Tarragon {number}?")
    cursor = call(client, "search", query="tarragon", limit=1)["next"]
    assert call(client, "search", query="tarragon", limit=1, cursor=cursor)["results"]
    assert "cursor" in fault(client, "search", query="tarragon", limit=1, cursor=cursor, after="2020")
    assert "cursor" in fault(client, "search", query="tarragon", limit=1, cursor=cursor, role="user")


def test_a_search_is_narrowed_by_author_tag_and_time(client, app, herbs, user):
    change_tags(user, herbs, add=["Garden plans"])
    chat(user, "Tarragon again?")

    def titles(**more):
        return sorted({each["title"] for each in call(client, "search", query="tarragon", **more)["results"]})

    assert titles() == ["Herbs", "Tarragon again?"]
    assert titles(tag="garden PLANS") == ["Herbs"]
    assert titles(tag="no such tag") == []
    assert {each["role"] for each in call(client, "search", query="tarragon", role="user")["results"]} == {"user"}
    assert titles(role="assistant") == ["Herbs"]
    assert titles(after="2020", before="2999-01") == ["Herbs", "Tarragon again?"]
    assert titles(before="2020-01-31") == titles(after="2999") == []


def test_pages_of_a_search_and_of_a_list_do_not_repeat(client, user):
    for number in range(7):
        chat(user, f"Tarragon {number}?")

    def all_pages(tool, key, **arguments):
        seen, more = [], {}
        while True:
            page = call(client, tool, limit=3, **arguments, **more)
            seen += [each["id"] for each in page[key]]
            if "next" not in page:
                return seen
            more = {"cursor": page["next"]}

    for seen in (
        all_pages("search", "results", query="tarragon", order="newest"),
        all_pages("list_chats", "chats", title="tarragon"),
    ):
        assert (len(seen), len(set(seen))) == (7, 7)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "query"),
        ({"query": 5}, "query"),
        ({"query": None}, "query"),
        ({"query": "x" * 901}, "query"),
        ({"query": "a", "limit": 0}, "limit"),
        ({"query": "a", "limit": 51}, "limit"),
        ({"query": "a", "limit": "many"}, "limit"),
        ({"query": "a", "role": "system"}, "role"),
        ({"query": "a", "order": "oldest"}, "order"),
        ({"query": "a", "after": "yesterday"}, "after"),
        ({"query": "a", "before": "2025-13"}, "before"),
        ({"query": "a", "cursor": "x"}, "cursor"),
        ({"query": "a", "nothing": 1}, "nothing"),
        ({"query": "a\0"}, "NUL"),
    ],
)
def test_an_argument_that_cannot_be_used_is_told_to_the_model(client, arguments, word):
    assert word in fault(client, "search", **arguments)


def test_a_turn_is_read_by_the_id_of_any_of_its_messages(client, herbs):
    question, answer, following, _ = (message["id"] for message in read(client, herbs)["messages"])
    turn = call(client, "fetch", id=answer)

    assert turn == call(client, "fetch", id=question.upper())
    assert (turn["id"], turn["title"], turn["url"]) == (question, "Herbs", f"http://localhost/messages/{question}")
    assert "What is tarragon?" in turn["text"] and "Tarragon is a *herb*." in turn["text"]
    assert "lovage" not in turn["text"]
    facts = turn["metadata"]
    assert (facts["kind"], facts["chat_id"], facts["chat_messages"]) == ("turn", herbs, 4)
    assert (facts.get("previous"), facts["next"]) == (None, following)
    assert call(client, "fetch", id=following)["metadata"]["previous"] == question


def test_a_chat_is_read_by_its_own_id_part_by_part(client, user):
    session = chat(user, *[(f"Question {number}?", "x" * 3_000) for number in range(40)])
    parts, start = [], 0
    while start is not None:
        part = call(client, "fetch", id=session.id, from_message=start)
        parts.append(part["text"])
        start = part["metadata"].get("continue_from")

    assert len(parts) > 1
    assert all(len(part) < 70_000 for part in parts)
    whole = "\n\n".join(parts)
    assert [whole.count(f"Question {number}?") for number in range(40)] == [1] * 40


def test_an_empty_chat_and_a_place_beyond_its_end_are_no_error(client, herbs):
    empty = make_session(client)["id"]
    assert call(client, "fetch", id=empty)["text"] == ""
    assert call(client, "fetch", id=herbs, from_message=99)["text"] == ""


def test_a_turn_names_its_files_and_its_tags(client, user):
    turn = say_with(user, chat(user, title="Plans").id, "See this.", ("plan.txt", b"A hedge."))
    change_tags(user, turn.session.id, add=["Garden"])
    archive_session(user, turn.session.id)
    read_back = call(client, "fetch", id=turn.user.id)

    assert "[File: plan.txt, text/plain, 8 bytes]" in read_back["text"]
    assert (read_back["metadata"]["tags"], read_back["metadata"]["archived"]) == (["Garden"], True)


@pytest.mark.parametrize("wrong", ["", "x", NOBODY, "../../etc/passwd", "%00", "' OR 1=1 --", "é" * 100])
def test_an_id_of_nothing_is_told_to_the_model(client, wrong):
    assert "id" in fault(client, "fetch", id=wrong)
    if wrong:
        assert fault(client, "keep_turn", question="a", answer="b", chat_id=wrong)


def test_the_list_has_the_chats_with_their_dates_and_finds_titles(client, user, herbs):
    archived = chat(user, "Old herbs?", title="Old herbs")
    archive_session(user, archived.id)
    chats = call(client, "list_chats")["chats"]

    assert [each["id"] for each in chats] == [herbs]
    assert (chats[0]["title"], chats[0]["messages"], chats[0]["url"]) == (
        "Herbs",
        4,
        f"http://localhost/sessions/{herbs}",
    )
    assert chats[0]["began"] <= chats[0]["date"]
    assert call(client, "list_chats", title="hErB")["chats"] == chats
    assert call(client, "list_chats", title="nothing") == {"chats": []}
    assert {each["id"] for each in call(client, "list_chats", include_archived=True)["chats"]} == {herbs, archived.id}


@pytest.mark.parametrize("title", ["%", "_", "\\", "'", "\U0001f511" * 100])
def test_a_title_that_no_chat_has_lists_none(client, user, title):
    chat(user, "Herbs?")
    assert call(client, "list_chats", title=title) == {"chats": []}


def test_no_text_argument_may_have_a_nul(client):
    for name, tool in listed(client).items():
        schema = tool["inputSchema"]
        needed = dict.fromkeys(schema.get("required", ()), "a")
        for argument, described in schema["properties"].items():
            if described.get("type") == "string" and "enum" not in described:
                assert f"{argument}: this text contains a NUL" in fault(client, name, **needed | {argument: "a\0b"})


def test_a_turn_is_kept_in_a_new_chat_and_in_one_that_is_there(client, herbs):
    kept = call(client, "keep_turn", question="What is rue?", answer="A **bitter** herb.", title="Bitter", model="m-1")
    more = call(client, "keep_turn", question="And sage?", answer="Grey.", chat_id=herbs)

    assert (kept["title"], kept["messages"], kept["already_kept"]) == ("Bitter", 2, False)
    messages = read(client, kept["id"])["messages"]
    assert [(each["role"], each["content"]) for each in messages] == [
        ("user", "What is rue?"),
        ("assistant", "A **bitter** herb."),
    ]
    assert messages[1]["model"] == "m-1"
    assert (more["id"], more["messages"]) == (herbs, 6)
    assert call(client, "search", query="bitter")["results"][0]["chat_id"] == kept["id"]


def test_a_call_that_is_repeated_with_its_key_stores_nothing_more(client, herbs):
    for arguments in (
        {"question": "a?", "answer": "b", "key": "k-1"},
        {"question": "a?", "answer": "b", "key": "k-2", "chat_id": herbs},
    ):
        first, second = (call(client, "keep_turn", **arguments) for _ in range(2))
        assert (first.pop("already_kept"), second.pop("already_kept")) == (False, True)
        assert first == second
        assert read(client, first["id"])["message_count"] == first["messages"]
    assert "another request" in fault(client, "keep_turn", question="other", answer="b", key="k-1")


@pytest.mark.parametrize(
    "arguments",
    [
        {"question": "", "answer": "b"},
        {"question": " \n", "answer": "b"},
        {"question": "a", "answer": ""},
        {"question": "a"},
        {"question": "a\0", "answer": "b"},
        {"question": "x" * 100_001, "answer": "b"},
        {"question": "a", "answer": "b", "title": "x" * 201},
        {"question": "a", "answer": "b", "title": "\0"},
        {"question": "a", "answer": "b", "model": "x" * 201},
        {"question": "a", "answer": "b", "key": ""},
        {"question": "a", "answer": "b", "key": "two words"},
        {"question": "a", "answer": "b", "key": "é"},
        {"question": "a", "answer": "b", "key": "x" * 256},
        {"question": "a", "answer": "b", "chat_id": NOBODY},
        {"question": "a", "answer": "b", "chat_id": "x"},
    ],
)
def test_what_cannot_be_kept_is_told_to_the_model_and_nothing_is_stored(client, arguments):
    assert fault(client, "keep_turn", **arguments)
    assert call(client, "list_chats") == {"chats": []}


def test_a_chat_that_takes_no_turn_says_why(client, user, herbs):
    assert "title" in fault(client, "keep_turn", question="a", answer="b", chat_id=herbs, title="New")
    archive_session(user, herbs)
    assert "archived" in fault(client, "keep_turn", question="a", answer="b", chat_id=herbs)


def test_a_turn_of_the_longest_messages_is_kept_with_every_character_escaped(client):
    key = "\U0001f511"
    kept = call(client, "keep_turn", question=key * 100_000, answer=key * 100_000)
    assert kept["messages"] == 2


def test_nobody_reads_or_writes_what_is_another_persons(client, app, user):
    bob = stranger("bertha")
    theirs = chat(bob, ("Secret tarragon?", "Hidden herb."))
    message = read_ids(bob, theirs.id)

    for found in (theirs.id, *message):
        assert "no turn and no chat" in fault(client, "fetch", id=found)
    assert "tarragon" not in fault(client, "keep_turn", question="a", answer="b", chat_id=theirs.id)
    assert call(client, "search", query="tarragon") == {"results": [], "all_words": True}
    assert call(client, "list_chats", include_archived=True) == {"chats": []}


def read_ids(user, session_id):
    from webapp.services.transcripts.reading import read_transcript

    return [message.id for message in read_transcript(user, session_id).messages]


def test_a_key_of_one_person_is_not_that_of_another(client, app):
    with app.app_context():
        bob = person("bob").client(app)
    mine = call(client, "keep_turn", question="mine", answer="b", key="same")
    theirs = call(bob, "keep_turn", question="mine", answer="b", key="same")
    assert (theirs["already_kept"], theirs["id"] == mine["id"]) == (False, False)
