"""The published ChatGPT exports give what their readers saw, and name what is left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.support.chatgpt import chat, said, saved, zipped
from tests.support.exports import EXPORTS, read_exports, shapes, text_of
from webapp.importers import left_out
from webapp.importers.bundle import open_bundle
from webapp.importers.reading import read_upload


@pytest.mark.parametrize(
    ("file", "expected", "counts"),
    [
        (
            "librechat-2026-sharded.zip",
            ["u1 a1", "u2 a0"],
            {left_out.MISSING_FILE: 1, left_out.UNUSED_FILE: 1, left_out.PRIVATE: 1},
        ),
        (
            "polylogue-native-browser-capture-v1.json",
            ["u1 a1"],
            {left_out.MISSING_FILE: 3, left_out.HIDDEN: 1, left_out.BRANCH: 1, left_out.TOOL: 1},
        ),
        (
            "polylogue-native-conversation-v1.json",
            ["u1 a1"],
            {left_out.MISSING_FILE: 4, left_out.HIDDEN: 1, left_out.BRANCH: 1, left_out.TOOL: 1},
        ),
        ("librechat-chatgpt-export.json", ["u3 a3", "u2 a2"], {left_out.SYSTEM: 2, left_out.TOOL: 4}),
        ("librechat-chatgpt-tree.json", ["u3 a3"], {left_out.SYSTEM: 1, left_out.BRANCH: 5}),
        ("librechat-chatgpt-citations.json", ["u0 a1"], {left_out.MISSING_PART: 1, left_out.TOOL: 1}),
        (
            "chatgpt2graph-examples.json",
            ["u8 a19"],
            {left_out.SYSTEM: 1, left_out.HIDDEN: 1, left_out.TOOL: 11, left_out.MISSING_FILE: 7},
        ),
        ("mitkury-example-conversation.json", ["u2 a2"], {left_out.SYSTEM: 1, left_out.BRANCH: 1}),
        (
            "2015pulsar-conversations.json",
            ["u1 a1", "u1 a1", "u1 a1", "u0 a1", "u1 a1", "u1 a1", "u1 a1", "u1 a1"],
            {
                left_out.BRANCH: 1,
                left_out.MISSING_FILE: 1,
                left_out.MISSING_PART: 1,
                left_out.UNKNOWN_PART: 1,
                left_out.SYSTEM: 1,
                left_out.TOOL: 1,
            },
        ),
        ("polylogue-fuzz-sample-00.json", ["u2 a0"], {left_out.UNKNOWN_PART: 2}),
        ("byegpt.json", ["u2 a4", "u1 a0"], {left_out.EMPTY_CHAT: 1, left_out.MISSING_FILE: 1, left_out.SYSTEM: 1}),
        ("misaka310-conversations.sample.json", ["u4 a1", "u1 a1"], {left_out.DUPLICATE: 1}),
        ("looselips-examples.json", ["u1 a1"] * 5, {}),
        ("download_your_data-synthetic-openai-export.zip", ["u2 a3", "u2 a2"], {left_out.BRANCH: 1}),
    ],
)
def test_a_published_export_gives_its_chats(file, expected, counts):
    upload = read_exports(f"chatgpt/{file}")

    assert upload.origins - {""} == {"chatgpt"}
    assert shapes(upload.conversations) == expected
    assert upload.counts == counts


def test_the_sharded_export_of_2026():
    amalfi, photos = read_exports("chatgpt/librechat-2026-sharded.zip").conversations

    assert (amalfi.title, amalfi.external_id, amalfi.archived, amalfi.pinned) == (
        "Amalfi trip",
        "ext-cited",
        True,
        False,
    )
    assert amalfi.create_time == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    answer = amalfi.messages[1]
    assert answer.content == "Stay in Positano. [Amalfi Coast Itinerary](https://earthtrekkers.com/amalfi)"
    assert (answer.reasoning, answer.reasoning_seconds) == ("Towns\n\nComparing towns", 7)
    assert (answer.model, answer.external_id) == ("gpt-5-thinking", "a1")

    assert (photos.archived, photos.pinned) == (False, True)
    assert [file.name for file in photos.messages[0].files] == ["first.jpg", "second.jpg"]
    assert photos.messages[1].role == "user"
    assert photos.messages[1].content == "Allora iniziamo\n\n*[recording, not in the export]*"


def test_the_bytes_of_pictures_are_those_of_the_archive():
    with open_bundle([EXPORTS / "chatgpt" / "librechat-2026-sharded.zip"]) as bundle:
        _, photos, *_ = read_upload(bundle)

        assert [len(file.open().read()) for file in photos.record.messages[0].files] == [4, 4]


def test_the_file_that_no_message_names_has_its_name_in_the_report():
    (unused,) = (
        one for one in read_exports("chatgpt/librechat-2026-sharded.zip").left_out if one.kind == "unused_file"
    )

    assert "orphan.jpg" in unused.reason


def test_a_browser_capture_is_read_by_its_raw_conversation():
    conversation = read_exports("chatgpt/polylogue-native-browser-capture-v1.json").one()
    question, answer = conversation.messages

    assert conversation.title == "Privacy-safe ChatGPT native fixture"
    assert "DOM fallback" not in text_of(conversation)
    assert "Superseded" not in text_of(conversation)
    assert question.content == (
        "Analyze the attached fixture and create an artifact.\n\n"
        "*[image, not in the export]*\n\n*[file: input.txt, not in the export]*"
    )
    assert "Final answer. Download artifact\n" in answer.content
    assert "*[1 tool: browser.search]*" in answer.content
    assert [(file.name, file.size, file.open().read()[:2]) for file in answer.files] == [
        ("fixture-result.zip", 24, b"PK")
    ]
    assert answer.reasoning == "Privacy-safe reasoning trace.\n\nPrivacy-safe reasoning summary."
    assert answer.reasoning_seconds == 5190
    assert answer.create_time < datetime(2026, 7, 16, 3, tzinfo=UTC)


def test_old_citation_marks_are_links():
    text = text_of(read_exports("chatgpt/librechat-chatgpt-citations.json").one())

    assert "【" not in text
    assert (
        "environments [Signal Sciences - Crunchbase Company Profile & Funding]"
        "(https://www.crunchbase.com/organization/signal-sciences) [Demand More"
    ).replace("&", "\\&") in text
    assert "[Fastly Completes Acquisition of Signal Sciences \\| Fastly](https://www.fastly.com/press" in text
    assert "【" not in text_of(read_exports("chatgpt/librechat-chatgpt-export.json").conversations[0])


def test_the_pictures_of_the_code_interpreter_are_named_where_they_stood():
    messages = read_exports("chatgpt/chatgpt2graph-examples.json").one().messages

    assert messages[6].content == "*[1 tool: python]*\n\n*[image, not in the export]*"
    assert messages[7].content.startswith("Here's the graph.")


def test_the_object_whose_values_are_conversations():
    chats = {chat.title: chat for chat in read_exports("chatgpt/2015pulsar-conversations.json").conversations}

    assert [message.content for message in chats["Regenerated answer"].messages][1] == "NEW ACTIVE ANSWER"
    assert [message.content for message in chats["Cycle chat"].messages] == ["B", "A"]
    assert text_of(chats["Broken chat"]) == "*[the beginning of this chat is not in the export]*\n\nPartial"
    assert "example.zip" in text_of(chats["Attachment chat"])
    assert chats["Unknown content"].messages[1].content == (
        "Visible text\n\n*[part of an unknown kind: future_widget]*"
    )
    assert "Hidden system" not in text_of(chats["Technical nodes"])
    assert "Кириллица и 日本語" in chats


def test_contents_without_ids_types_and_current_nodes():
    first, last = read_exports("chatgpt/byegpt.json").conversations

    assert first.messages[2].content == "```python\nprint('Hello, World!')\n```"
    assert first.messages[2].reasoning.startswith("Let me think about how to explain Python best.")
    assert first.messages[5].content.startswith("> According to the Python documentation")
    assert (last.title, last.create_time) == ("", None)
    chats = read_exports("chatgpt/misaka310-conversations.sample.json").conversations
    assert [message.content for message in chats[1].messages] == [
        "音声生成ツールの比較をしたい",
        "用途別の候補を出します",
    ]


CHAT = chat(said("user", "Hi"), said("assistant", "Hello"))


@pytest.mark.parametrize(
    "document",
    [
        [CHAT],
        CHAT,
        {"conversations": [CHAT]},
        {"conversations": {"c-1": CHAT}},
        {"version": 1, "exported": ["x"], "conversations": [None, CHAT]},
        {"c-1": CHAT},
        [{"raw_provider_payload": CHAT, "session": {}}],
        [None, 3, CHAT],
    ],
)
def test_every_wrapping_is_opened(tmp_path, document):
    (tmp_path / "file").write_text(json.dumps(document))

    assert text_of(read_exports(tmp_path / "file").one()) == "Hi\n\nHello"


def test_shards_are_read_by_their_numbers_and_a_missing_one_is_named(tmp_path):
    names = [f"conversations-{number}.json" for number in (0, 1, 2, 10)]
    for manifest in (
        {"version": 1, "logical_files": {"conversations.json": {"files": [*names, "conversations-11.json"]}}},
        {
            "version": 1,
            "files": [
                {
                    "name": "conversations.json",
                    "shards": [{"name": name} for name in [*names, "conversations-11.json"]],
                },
                {"name": "user.json"},
            ],
        },
    ):
        files = {name: [{**CHAT, "conversation_id": name, "title": name}] for name in names}
        upload = read_exports(zipped(tmp_path / "a.zip", {**files, "export_manifest.json": manifest}))

        assert [one.title for one in upload.conversations] == names
        assert upload.counts == {left_out.MISSING_PART: 1}
        assert "says 5 files of chats, 4 are here. Missing: conversations-11.json." in upload.left_out[0].reason


def test_a_broken_manifest_changes_nothing(tmp_path):
    for manifest in (
        b"{",
        b"[]",
        b'{"files": 3, "logical_files": [1]}',
        b'{"logical_files": {"conversations.json": 1}}',
    ):
        upload = read_exports(saved(tmp_path, CHAT, export_manifest__json=manifest))

        assert len(upload.conversations) == 1
        assert not upload.counts


def test_flags_and_projects(tmp_path):
    ids = ["g-p-67d8a1b2c3d4e5f6", "g-2fkFE8rbu", None]
    chats = [{**CHAT, "conversation_id": str(number), "gizmo_id": one} for number, one in enumerate(ids)]
    chats[2].update(pinned_time=1700000000, is_archived=True)
    upload = read_exports(saved(tmp_path, *chats, shared_conversations__json=[{"id": "s", "conversation_id": "1"}]))

    assert [one.tags for one in upload.conversations] == [("Project g-p-67d8a1b",), ("GPT g-2fkFE8rbu", "shared"), ()]
    assert [(one.pinned, one.archived) for one in upload.conversations] == [
        (False, False),
        (False, False),
        (True, True),
    ]


def test_other_data_is_named_where_there_is_some(tmp_path):
    files = {"message_feedback.json": [{"rating": "up"}], "group_chats.json": {"chats": []}, "sora.json": b"{"}
    upload = read_exports(zipped(tmp_path / "a.zip", {"conversations.json": [CHAT], **files}))

    assert [(one.kind, one.place) for one in upload.left_out] == [(left_out.NOT_A_CHAT, "message_feedback.json")]
