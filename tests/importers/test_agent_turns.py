"""The messages of an agent's session, from its records in the order in which they were shown."""

from __future__ import annotations

import pytest

from webapp.importers import left_out
from webapp.importers.agents.copies import Copies
from webapp.importers.agents.fences import closed, open_fence
from webapp.importers.agents.inline_files import data_url_file, inline_bytes, inline_file
from webapp.importers.agents.sessions import Facts, conversation, folder_name, uuid_of
from webapp.importers.agents.turns import Turns
from webapp.importers.records import LeftOut


def contents(turns):
    return [(message.role, message.content) for message in turns.messages()]


def test_tools_stand_where_they_were_used():
    turns = Turns()
    turns.prompt("Go")
    turns.use_tool("Read", "1")
    turns.answer("Look")
    turns.use_tool("Edit", "2")
    turns.use_tool("Edit", "3")
    turns.end_tool("3", has_failed=True)
    turns.end_tool("1", has_failed=False)
    turns.answer("Done")

    assert contents(turns) == [
        ("user", "Go"),
        ("assistant", "*[1 tool: Read]*\n\nLook\n\n*[2 tools: Edit 2; 1 failed; 1 without result]*"),
        ("assistant", "Done"),
    ]
    assert turns.left_out[left_out.TOOL] == 3


def test_a_turn_without_an_answer_has_its_tools_below_the_prompt():
    turns = Turns()
    turns.prompt("One")
    turns.use_tool("Read")
    turns.prompt("Two")
    turns.answer("2")

    assert contents(turns) == [
        ("user", "One\n\n*[1 tool: Read; 1 without result]*"),
        ("user", "Two"),
        ("assistant", "2"),
    ]


def test_notes_before_the_first_prompt_do_not_become_its_words():
    turns = Turns()
    turns.note("*note*")
    turns.prompt("Hi")
    turns.answer("Hello")

    assert contents(turns) == [("user", "Hi"), ("assistant", "*note*\n\nHello")]


def test_reasoning_belongs_to_the_next_answer_and_is_never_lost():
    turns = Turns()
    turns.prompt("Hi")
    turns.think("First")
    turns.think("Second")
    turns.answer("Hello")
    turns.think("After")
    turns.prompt("And?")
    turns.think("Alone")
    messages = turns.messages()

    assert [message.reasoning for message in messages] == [None, "First\n\nSecond\n\nAfter", None, "Alone"]
    assert messages[3].content == "*[no answer]*"


def test_results_without_an_id_belong_to_the_first_use():
    turns = Turns()
    turns.prompt("Go")
    turns.use_tool("A")
    turns.use_tool("B")
    turns.end_tool("", has_failed=True)
    turns.end_tool("unknown", has_failed=True)

    assert "1 failed; 1 without result" in turns.messages()[0].content


def test_empty_words_are_no_messages():
    turns = Turns()
    turns.prompt(" \n")
    turns.answer("")

    assert turns.messages() == []
    assert turns.left_out == {left_out.EMPTY: 1}


def test_a_session_without_words_says_what_it_has():
    turns = Turns()
    for _ in range(1200):
        turns.use_tool("Read")
    record = conversation(Facts(place="x"), turns)

    assert isinstance(record, LeftOut)
    assert record.reason == "It has no words, only the use of 1,200 tools."


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("```py\nx = 1", "```"),
        ("```py\nx = 1\n```", ""),
        ("~~~~\n```\n~~~", "~~~~"),
        ("````\n```\n````", ""),
        ("Inline ```code``` here", ""),
        ("```inline``` at the start", ""),
        ("    ```\nindented", ""),
        ("", ""),
    ],
)
def test_an_open_code_block_is_closed_before_a_note(text, marks):
    assert open_fence(text) == marks
    assert open_fence(closed(text)) == ""


def test_a_note_after_an_open_code_block_is_a_note():
    turns = Turns()
    turns.prompt("Go")
    turns.answer("```py\nx = ")
    turns.note("*[interrupted by user]*")

    assert turns.messages()[1].content == "```py\nx =\n```\n\n*[interrupted by user]*"


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("image/png", "image-2.png"),
        ("image/svg+xml", "image-2.svg"),
        ("application/pdf", "file-2.pdf"),
        ("image/../../etc", "image-2.etc"),
        ("", "file-2"),
        ("\u202eimage/p\0ng", "image-2.png"),
    ],
)
def test_the_name_of_a_file_in_a_record_is_safe(media_type, name):
    assert inline_file("AAAA", media_type, 2).name == name


@pytest.mark.parametrize("data", ["", "A", "\u00e9", "===="])
def test_what_is_no_base64_is_no_file(data):
    assert inline_file(data, "image/png", 1) is None


def test_other_forms_of_bytes_are_files():
    assert data_url_file("data:image/png;base64,AQID", 1).open().read() == b"\1\2\3"
    assert data_url_file("https://x.test/a.png", 1) is None
    assert inline_bytes({"0": 1, "1": 2}, "image/png", 1).open().read() == b"\1\2"
    assert inline_bytes({"$base64": "AQID"}, "image/png", 1).size == 3
    assert inline_bytes([256], "image/png", 1) is None
    assert inline_bytes("text", "image/png", 1) is None


def test_a_copy_is_reported_and_another_chat_loses_the_id():
    def chat(*words):
        turns = Turns()
        for word in words:
            turns.prompt(word)
        return conversation(Facts(place="x", external_id="s"), turns)

    copies = Copies()
    whole, part, other = (copies.checked(chat(*words)) for words in (("a", "b"), ("a",), ("c",)))

    assert whole.external_id == "s"
    assert part.kind == left_out.DUPLICATE
    assert other.external_id is None


def test_folders_and_ids_are_found_in_paths():
    assert folder_name("/home/me/app/") == "app"
    assert folder_name("C:\\work\\my app") == "my app"
    assert folder_name("/") == ""
    assert uuid_of("rollout-2026-11111111-2222-4333-8444-555555555555.jsonl") == "11111111-2222-4333-8444-555555555555"
    assert uuid_of("session.jsonl") is None
