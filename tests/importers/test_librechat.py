"""LibreChat: nested and flat files, the newest leaf, and contents in parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import read_exports, shape, text_of
from tests.support.uploads import read_json, sample
from webapp.importers import left_out

ROOT = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("name", "expected", "branch", "last"),
    [
        ("librechat-export", "u3 a3", 0, "The fuel consumption figures for the 2014"),
        ("librechat-tree", "u2 a2", 5, "It looks like you might have been amused"),
        ("librechat-linear", "u1 a1", 0, "Of course! Here’s a detailed"),
        ("librechat-opts-nonr-branches", "u1 a1", 3, "Of course! Here’s a detailed"),
    ],
)
def test_the_real_exports(name, expected, branch, last):
    upload = read_exports(f"librechat/{name}.json")
    one = upload.one()

    assert upload.origins == {"librechat"}
    assert shape(one) == expected
    assert one.left_out == ({left_out.BRANCH: branch} if branch else {})
    assert one.messages[-1].content.startswith(last)
    assert one.external_id == sample(f"librechat/{name}.json")["conversationId"]
    # The time of the export is none of the chat.
    assert one.create_time is None


def said(key, parent, text, *, person=False, at=None, **more):
    return {
        "messageId": key,
        "parentMessageId": parent,
        "text": text,
        "isCreatedByUser": person,
        "createdAt": at,
        **more,
    }


def file_of(messages, key="messages"):
    return {"conversationId": "c", "title": "T", "recursive": False, key: messages}


def test_a_tree_of_messages_has_another_name_in_some_versions():
    tree = [said("a", ROOT, "Q", person=True) | {"children": [said("b", "a", "A") | {"children": []}]}]

    assert text_of(read_json(file_of(tree, "messagesTree")).one()) == "Q\n\nA"


def test_the_newest_leaf_by_time_is_shown_and_not_the_last_in_the_file():
    messages = [
        said("a", None, "Q", person=True, at="2024-01-01T00:00:00Z"),
        said("b", "a", "newer", at="2024-01-03T00:00:00Z"),
        said("c", "a", "older", at="2024-01-02T00:00:00Z"),
    ]

    assert text_of(read_json(file_of(messages)).one()) == "Q\n\nnewer"


@pytest.mark.parametrize(
    ("time", "text"), [("2024-01-01T00:00:00Z", "Q\n\nA"), (None, "Q\n\nA"), ("2024-01-09T00:00:00Z", "orphan")]
)
def test_a_branch_without_its_beginning_wins_only_if_it_is_newer(time, text):
    messages = [
        said("a", None, "Q", person=True, at="2024-01-01T00:00:00Z"),
        said("b", "a", "A", at="2024-01-02T00:00:00Z"),
        said("z", "gone", "orphan", at=time),
    ]
    one = read_json(file_of(messages)).one()

    assert text_of(one) == text
    assert one.left_out[left_out.MISSING_PART] == 1


def test_without_any_parent_the_messages_are_in_their_order():
    messages = [
        {"text": "Q", "isCreatedByUser": True},
        {"text": "A", "sender": "GPT"},
        {"text": "Q2", "sender": "User"},
    ]

    assert [message.role for message in read_json(file_of(messages)).one().messages] == ["user", "assistant", "user"]


def test_thousands_of_messages_below_each_other_are_read():
    messages = [said(str(number), str(number - 1) if number else ROOT, f"m{number}") for number in range(5000)]

    assert len(read_json(file_of(messages)).one().messages) == 5000


def test_a_circle_and_a_repeated_id_end():
    messages = [said("a", "b", "one"), said("b", "a", "two"), said("b", "a", "three")]
    one = read_json(file_of(messages)).one()

    assert sorted(message.content for message in one.messages) == ["one", "two"]
    assert one.left_out[left_out.DUPLICATE] == 1


def test_contents_in_parts():
    parts = [
        {"type": "think", "think": "Hm."},
        {"type": "text", "text": {"value": "One."}},
        {"type": "tool_call", "tool_call": {"name": "search_mcp_web", "args": "{}", "output": "x"}},
        {"type": "tool_call", "tool_call": {"name": "run", "output": ""}},
        {"type": "text", "text": "Two."},
        {"type": "image_file", "image_file": {"filename": "a.png"}},
        {"type": "error", "error": "Quota"},
        {"type": "odd"},
    ]
    one = read_json(file_of([said("a", None, "", person=True, content=[{"type": "text", "text": "Q"}]),
                             said("b", "a", "", content=parts, unfinished=True)])).one()  # fmt: skip

    assert one.messages[1].reasoning == "Hm."
    assert one.messages[1].content == (
        "One.\n\n*[2 tools: search, run; 1 without result]*\n\nTwo.\n\n*[image: a.png, not in the export]*"
        "\n\n*[error: Quota]*\n\n*[part of an unknown kind: odd]*\n\n*[the answer was cut off]*"
    )
    assert one.left_out == {left_out.TOOL: 2, left_out.MISSING_FILE: 1, left_out.UNKNOWN_PART: 1}


def test_reasoning_of_older_versions_and_files_without_bytes():
    one = read_json(file_of([said("a", None, "", person=True, files=[{"filename": "a.pdf", "type": "application/pdf"}]),
                             said("b", "a", ":::thinking\nHm.\n:::\n\nYes.")])).one()  # fmt: skip

    assert one.messages[0].content == "*[file: a.pdf, not in the export]*"
    assert (one.messages[1].reasoning, one.messages[1].content) == ("Hm.", "Yes.")


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["export", "tree", "linear", "opts-nonr-branches"]))
def test_no_damage_is_an_error(random, name):
    survives_damage(sample(f"librechat/librechat-{name}.json"), "librechat", random)
