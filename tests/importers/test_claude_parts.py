"""Trees, blocks, pasted texts, sets of archives and design chats of Claude."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.chatgpt import saved, zipped
from tests.support.exports import read_exports, shape, shapes, text_of
from webapp.importers import left_out

ROOT = "00000000-0000-4000-8000-000000000000"


def said(sender, *content, **more):
    blocks = [{"type": "text", "text": one} if isinstance(one, str) else one for one in content]
    return {"sender": sender, "text": "", "content": blocks, **more}


def chat(*messages, **more):
    return {"uuid": "c-1", "name": "A chat", "chat_messages": list(messages), **more}


def read(folder, *messages, **more):
    return read_exports(saved(folder, chat(*messages, **more))).one()


def answer(folder, *content, **more):
    return read(folder, said("human", "Q"), said("assistant", *content, **more)).messages[1]


class TestTrees:
    def test_the_current_leaf_counts_before_the_newest(self, tmp_path):
        messages = [
            said("human", "Q", uuid="q", parent_message_uuid=ROOT, created_at="2026-01-01T00:00:00Z"),
            said("assistant", "A", uuid="a", parent_message_uuid="q", created_at="2026-01-02T00:00:00Z"),
            said("assistant", "B", uuid="b", parent_message_uuid="q", created_at="2026-01-03T00:00:00Z"),
        ]
        assert text_of(read(tmp_path, *messages)) == "Q\n\nB"
        conversation = read(tmp_path, *messages, current_leaf_message_uuid="a")
        assert text_of(conversation) == "Q\n\nA"
        assert conversation.left_out == {left_out.BRANCH: 1}
        assert text_of(read(tmp_path, *messages, current_leaf_message_uuid="gone")) == "Q\n\nB"

    def test_an_edited_first_question_hangs_under_nothing(self, tmp_path):
        messages = [
            said("human", "Old", uuid="1", parent_message_uuid=None),
            said("assistant", "Old A", uuid="2", parent_message_uuid="1"),
            said("human", "New", uuid="3", parent_message_uuid=None),
            said("assistant", "New A", uuid="4", parent_message_uuid="3"),
        ]
        conversation = read(tmp_path, *messages)
        assert text_of(conversation) == "New\n\nNew A"
        assert conversation.left_out == {left_out.BRANCH: 2}

    def test_messages_from_before_parents_were_kept_stay(self, tmp_path):
        messages = [
            said("human", "1", uuid="1", parent_message_uuid=None),
            said("assistant", "2", uuid="2", parent_message_uuid=None),
            said("human", "3", uuid="3"),
            said("assistant", "4", uuid="4", parent_message_uuid="3"),
        ]
        assert text_of(read(tmp_path, *messages)) == "1\n\n2\n\n3\n\n4"

    def test_a_list_keeps_retries_as_they_stand(self, tmp_path):
        messages = [said("human", "Q"), said("human", "Q again"), said("assistant", "A"), None, 3]
        conversation = read(tmp_path, *messages)
        assert text_of(conversation) == "Q\n\nQ again\n\nA"
        assert conversation.left_out == {left_out.UNREADABLE: 2}

    def test_circles_end_and_missing_parents_are_named(self, tmp_path):
        circle = [
            said("human", "1", uuid="1", parent_message_uuid="2"),
            said("assistant", "2", uuid="2", parent_message_uuid="1"),
        ]
        assert len(read(tmp_path, *circle).messages) == 2
        torn = read(tmp_path, said("assistant", "A", uuid="2", parent_message_uuid="gone"))
        assert text_of(torn) == "*[the beginning of this chat is not in the export]*\n\nA"
        assert torn.left_out == {left_out.MISSING_PART: 1}

    def test_the_first_of_several_messages_with_one_id_counts(self, tmp_path):
        conversation = read(tmp_path, said("human", "One", uuid="1"), said("human", "Two", uuid="1"))
        assert (text_of(conversation), conversation.left_out) == ("One", {left_out.DUPLICATE: 1})

    def test_empty_messages_are_counted(self, tmp_path):
        conversation = read(tmp_path, said("human", "Q"), said("human"), said("assistant"), said("assistant", "A"))
        assert (shape(conversation), conversation.left_out) == ("u1 a1", {left_out.EMPTY: 2})


class TestBlocks:
    def test_thinking_and_its_summaries(self, tmp_path):
        times = {"start_timestamp": "2026-01-01T00:00:00Z", "stop_timestamp": "2026-01-01T00:00:02.5Z"}
        thinking = [
            {"type": "thinking", "thinking": "First", **times},
            {"type": "thinking", "thinking": "", "summaries": [{"summary": "Second"}, None], "cut_off": True},
        ]
        message = answer(tmp_path, *thinking, "A", text="FirstA")
        assert message.content == "A"
        assert message.reasoning == "First\n\nSecond\n\n*[reasoning was cut off]*"
        assert message.reasoning_seconds == 2.5

    def test_reasoning_alone_is_kept(self, tmp_path):
        message = answer(tmp_path, {"type": "thinking", "thinking": "Hm"}, text="Hm")
        assert (message.content, message.reasoning) == ("*[no answer in the export]*", "Hm")

    def test_blocks_that_show_nothing(self, tmp_path):
        conversation = read(
            tmp_path,
            said(
                "human", {"type": "injected_prompt_block", "prompt": "Today is Monday."}, "Q", text="Today is Monday. Q"
            ),
            said("assistant", {"type": "token_budget", "remaining": 3}, "A"),
            said("human", {"type": "injected_prompt_block", "prompt": "Secret"}, text="Secret"),
        )
        assert text_of(conversation) == "Q\n\nA"
        assert conversation.left_out == {left_out.HIDDEN: 2, left_out.EMPTY: 1}

    def test_a_voice_note_is_the_message(self, tmp_path):
        assert text_of(read(tmp_path, said("human", {"type": "voice_note", "transcript": "Spoken"}))) == "Spoken"

    def test_tools_without_ids_are_paired_in_order(self, tmp_path):
        use = {"type": "tool_use", "id": None, "name": "view"}
        failed = {"type": "tool_result", "tool_use_id": None, "name": "view", "is_error": True}
        fine = {"type": "tool_result", "tool_use_id": None, "name": "view"}
        message = answer(tmp_path, use, use, use, failed, fine, "A")
        assert message.content == "*[3 tools: view 3; 1 failed; 1 without result]*\n\nA"

    def test_tools_stand_between_the_texts(self, tmp_path):
        use = {"type": "tool_use", "id": "1", "name": "web_search"}
        result = {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "image", "url": None}]}
        message = answer(tmp_path, "First", use, result, "Then")
        assert message.content == "First\n\n*[1 tool: web_search]*\n\nThen"

    def test_files_that_a_tool_wrote_are_shown(self, tmp_path):
        use = {
            "type": "tool_use",
            "id": "1",
            "name": "create_file",
            "input": {"path": "/out/a.py", "file_text": "x = 1"},
        }
        assert answer(tmp_path, use).content == "**/out/a.py**\n\n```\nx = 1\n```"

    def test_an_artifact_that_failed_is_shown_and_named(self, tmp_path):
        use = {"type": "tool_use", "id": "1", "name": "artifacts", "input": {"title": "T", "content": "x"}}
        result = {"type": "tool_result", "tool_use_id": "1", "is_error": True}
        assert answer(tmp_path, use, result).content == "**T**\n\n```\nx\n```\n\n*[1 tool: artifacts; 1 failed]*"

    def test_an_artifact_that_was_cut_off_is_shown(self, tmp_path):
        text = "<antThinking>Hm</antThinking>Here:\n<antArtifact type='text/markdown' title='A \"b\"'>\n# One\n```\nx"
        message = answer(tmp_path, text)
        assert message.content == 'Here:\n\n**A "b"**\n\n````markdown\n# One\n```\nx\n````'
        assert message.reasoning == "Hm"

    def test_a_picture_in_a_block_is_a_file(self, tmp_path):
        picture = {"type": "image", "source": {"type": "base64", "data": base64.b64encode(b"png").decode()}}
        question = read(tmp_path, said("human", picture)).messages[0]
        assert (question.content, [file.open().read() for file in question.files]) == ("", [b"png"])
        gone = read(tmp_path, said("human", {"type": "image", "source": {"type": "url", "url": "https://x.test/a"}}))
        assert text_of(gone) == "*[image, not in the export]*"

    @pytest.mark.parametrize("end", [-1, 0, 3, 99, None, "4", True])
    def test_a_citation_with_a_wrong_place_is_listed_at_the_end(self, tmp_path, end):
        citation = {"start_index": 0, "end_index": end, "details": {"url": "https://a.test", "title": "A"}}
        block = {"type": "text", "text": "Words here", "citations": [citation]}
        assert answer(tmp_path, block).content == "Words here\n\nSources:\n\n- [A](https://a.test)"

    @pytest.mark.parametrize(
        ("reason", "stored"), [("end_turn", "stop"), ("max_tokens", "length"), ("user_canceled", "stopped"), (3, None)]
    )
    def test_why_an_answer_ended(self, tmp_path, reason, stored):
        assert answer(tmp_path, "A", stop_reason=reason).finish_reason == stored


class TestFiles:
    def test_a_pasted_text_is_the_message(self, tmp_path):
        pasted = {"file_name": "", "file_size": 3, "extracted_content": "Long ```text```"}
        message = said("human", attachments=[pasted, {"file_name": "b.txt", "extracted_content": "B"}], files=[])
        assert text_of(read(tmp_path, message)) == "Pasted text\n\n````\nLong ```text```\n````\n\nb.txt\n\n```\nB\n```"

    def test_a_file_in_several_lists_has_one_note(self, tmp_path):
        message = said(
            "human",
            attachments=[{"file_name": "a.pdf", "extracted_content": "A"}, {"file_name": "c.png"}],
            files=[{"file_uuid": "1", "file_name": "image"}, {"file_name": "a.pdf"}, {"file_name": "c.png"}],
            files_v2=[
                {"file_uuid": "1", "file_name": "image", "file_kind": "image"},
                {"file_uuid": "2", "file_name": "image"},
            ],
        )
        conversation = read(tmp_path, message)
        assert conversation.left_out == {left_out.MISSING_FILE: 3}
        assert text_of(conversation).count("not in the export") == 3

    def test_a_file_whose_bytes_are_in_the_upload_is_kept(self, tmp_path):
        message = said("human", "Look", files=[{"file_uuid": "f-1", "file_name": "a.png"}])
        folder = saved(tmp_path, chat(message), **{"f-1__bin": b"\x89PNG\0"})
        assert [file.name for file in read_exports(folder).one().messages[0].files] == ["a.png"]


DESIGN = {
    "uuid": "d-1",
    "title": "A logo",
    "project": {"uuid": "p-9", "name": "P"},
    "messages": [
        {"role": "user", "content": {"content": "Draw", "attachments": [{"name": "a.md", "content": "# A"}]}},
        {
            "role": "assistant",
            "content": {
                "content": "flat",
                "contentBlocks": [
                    {"type": "thinking", "text": "Hm"},
                    {"type": "tool_call", "toolCall": {"name": "draw", "input": {}}},
                    {"type": "text", "text": "Done"},
                    {"type": "user_interjection", "message": "Bigger"},
                    {"type": "error", "message": "Too big"},
                ],
            },
        },
    ],
}
PROJECT = {
    "uuid": "p-1",
    "name": "Garden",
    "prompt_template": "Be kind",
    "docs": [{"filename": "soil.md", "content": "x"}, {"filename": "sun.md", "content": "y"}],
}


class TestUploads:
    def test_a_set_of_archives(self, tmp_path):
        listed = [
            {"category": name, "filename": f"{name}-000.zip", "export_url": "https://x.test/once"}
            for name in ("conversations", "projects", "design_chats", "memories", "light_metadata", "frames")
        ]
        paths = [
            zipped(tmp_path / "conversations-000.zip", {"conversations.json": [chat(said("human", "Q"))]}),
            zipped(tmp_path / "projects-000.zip", {"projects.json": [PROJECT, {**PROJECT, "docs": []}]}),
            zipped(tmp_path / "design_chats-000.zip", {"design_chats/d-1.json": DESIGN}),
            zipped(tmp_path / "light_metadata-000.zip", {"users.json": [{"uuid": "u"}]}),
        ]
        (tmp_path / "manifest-1.json").write_text(json.dumps({"data_files": listed}))
        upload = read_exports(*paths, tmp_path / "manifest-1.json")

        assert shapes(upload.conversations) == ["u1 a0", "u2 a2"]
        assert upload.conversations[1].tags == ("design",)
        assert upload.conversations[1].messages[0].content == "Draw\n\na.md\n\n```md\n# A\n```"
        answer = upload.conversations[1].messages[1]
        assert (answer.content, answer.reasoning) == ("*[1 tool: draw]*\n\nDone", "Hm")
        assert [message.content for message in upload.conversations[1].messages[2:]] == [
            "Bigger",
            "*[error: Too big]*",
        ]
        reasons = [one.reason for one in upload.left_out if one.kind == left_out.NOT_A_CHAT]
        assert reasons[0] == (
            "It is a project with 2 documents (soil.md, sun.md) and instructions. "
            "The export does not say which chats are in it."
        )
        assert [one.title for one in upload.left_out if one.kind == left_out.MISSING_PART] == ["memories", "frames"]
        assert upload.counts[left_out.PRIVATE] == 1

    def test_the_manifest_alone_says_what_is_missing(self, tmp_path):
        path = tmp_path / "manifest-2.json"
        path.write_text(
            json.dumps({"data_files": [{"category": "conversations", "filename": "c-000.zip", "export_url": "u"}] * 2})
        )
        (missing,) = read_exports(path).left_out
        assert (missing.kind, missing.count, missing.title) == (left_out.MISSING_PART, 2, "conversations")

    def test_projects_and_memories_alone(self, tmp_path):
        assert read_exports(saved(tmp_path, PROJECT, name="x.json")).counts == {left_out.NOT_A_CHAT: 1}
        memories = {"account_uuid": "a", "conversations_memory": "Likes tea"}
        assert read_exports(saved(tmp_path, memories, name="x.json")).counts == {left_out.NOT_A_CHAT: 1}

    def test_an_index_with_a_file_for_each_chat(self, tmp_path):
        index = [{"uuid": uuid, "name": uuid, "created_at": "2026-01-01", "account": {}} for uuid in ("1", "2")]
        path = zipped(
            tmp_path / "a.zip",
            {"conversations.json": index, "conversations/1.json": chat(said("human", "Q"), uuid="1", name="1")},
        )
        upload = read_exports(path)
        assert upload.one().external_id == "1"
        assert [(one.kind, one.title) for one in upload.left_out] == [(left_out.UNREADABLE, "2")]

    def test_copies_and_equal_ids(self, tmp_path):
        old = chat(said("human", "Q", uuid="1"), updated_at="2026-01-01T00:00:00Z")
        new = chat(said("human", "Q", uuid="1"), said("assistant", "A"), updated_at="2026-01-02T00:00:00Z")
        upload = read_exports(saved(tmp_path, new, old))
        assert (shape(upload.one()), upload.counts) == ("u1 a1", {left_out.DUPLICATE: 1})
        others = [chat(said("human", text, uuid=text)) for text in ("One", "Two")]
        upload = read_exports(saved(tmp_path, *others))
        assert [one.external_id for one in upload.conversations] == ["c-1", None]

    @pytest.mark.parametrize("wrap", [lambda one: [one], lambda one: one, lambda one: {"conversations": [one]}])
    def test_every_wrapping_is_opened(self, tmp_path, wrap):
        (tmp_path / "file").write_text(json.dumps(wrap(chat(said("human", "Q")))))
        assert text_of(read_exports(tmp_path / "file").one()) == "Q"

    def test_only_the_shape_of_the_web_names_a_project(self, tmp_path):
        folder = saved(tmp_path, chat(said("human", "Q"), project_uuid="p-1"), projects__json=[PROJECT])
        assert read_exports(folder).one().tags == ("Garden",)
        folder = saved(tmp_path, chat(said("human", "Q")), projects__json=[PROJECT])
        assert read_exports(folder).one().tags == ()


class TestPictures:
    def test_a_picture_that_a_tool_made_is_kept_or_named(self, tmp_path):
        made = {"type": "image", "source": {"type": "base64", "data": base64.b64encode(b"png").decode()}}
        gone = {"type": "image", "file_uuid": "f-9"}
        use = {"type": "tool_use", "id": "1", "name": "plot"}
        message = answer(tmp_path, use, {"type": "tool_result", "tool_use_id": "1", "content": [made, gone]}, "Look")
        assert message.content == "*[1 tool: plot]*\n\n*[image, not in the export]*\n\nLook"
        assert [file.open().read() for file in message.files] == [b"png"]

    def test_a_source_that_was_synchronised_is_named(self, tmp_path):
        question = said("human", "Q", sync_sources=[{"uuid": "s", "type": "drive", "config": {"name": "Plan"}}, None])
        conversation = read(tmp_path, question)
        assert text_of(conversation) == "Q\n\n*[file: Plan, not in the export]*"
        assert conversation.left_out == {left_out.MISSING_FILE: 1}


def test_a_browser_capture_is_read_by_its_raw_chat(tmp_path):
    raw = chat(
        said("human", "Q", uuid="m1", files=[{"file_name": "a.png"}]),
        said("assistant", "A", uuid="m2"),
        current_leaf_message_uuid="m2",
    )
    data = base64.b64encode(b"png").decode()
    inline = [
        {"message_provider_id": "m1", "name": "a.png", "inline_base64": data},
        {"message_provider_id": "m2", "name": "made.txt", "inline_base64": data},
        {"message_provider_id": "m2", "name": "broken.txt", "inline_base64": "%%%"},
    ]
    capture = {
        "polylogue_capture_kind": "browser_llm_session",
        "session": {"provider": "claude", "turns": [{"role": "user", "text": "DOM"}], "attachments": inline},
        "raw_provider_payload": raw,
    }
    for document in (capture, [capture]):
        (tmp_path / "capture.json").write_text(json.dumps(document))
        upload = read_exports(tmp_path / "capture.json")
        assert upload.origins == {"claude"}
        assert text_of(upload.one()) == "Q\n\nA"
        assert [[file.name for file in message.files] for message in upload.one().messages] == [["a.png"], ["made.txt"]]
        assert not upload.counts
