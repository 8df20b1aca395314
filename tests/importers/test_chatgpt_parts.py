"""Branches, reasoning, tools, files and citations of ChatGPT's conversations, as their reader saw them."""

from __future__ import annotations

import json

import pytest

from tests.support.chatgpt import chat, said, saved, zipped
from tests.support.exports import read_exports, shape, text_of
from webapp.importers import left_out
from webapp.importers.chatgpt.reasoning import seconds_of

NOTE = "*[the beginning of this chat is not in the export]*"


def read(folder, *messages, **more):
    return read_exports(saved(folder, chat(*messages, **more))).one()


def tree(**nodes):
    """Return a mapping of nodes: parent, role, text, time."""
    return {
        key: {"parent": parent, "message": role and {**said(role, text), "create_time": time}}
        for key, (parent, role, text, time) in nodes.items()
    }


class TestBranches:
    def test_the_newest_leaf_without_a_current_node(self, tmp_path):
        mapping = tree(
            r=(None, None, "", None),
            q=("r", "user", "Q", 1),
            new=("q", "assistant", "New", 9),
            old=("q", "assistant", "Old", 5),
        )
        for current in (None, "gone", 3):
            conversation = read(tmp_path, mapping=mapping, current_node=current)
            assert [message.content for message in conversation.messages] == ["Q", "New"]
            assert conversation.left_out == {left_out.BRANCH: 1}

    def test_an_undated_leaf_counts_by_the_time_above_it(self, tmp_path):
        mapping = tree(
            q=(None, "user", "Q", 1),
            old=("q", "assistant", "Old", 5),
            new=("q", "assistant", "New", 9),
            end=("new", "assistant", "End", None),
        )
        assert text_of(read(tmp_path, mapping=mapping, current_node=None)) == "Q\n\nNew\n\nEnd"

    def test_order_is_that_of_the_branch_and_not_of_the_times(self, tmp_path):
        times = [9, 0, 5, None, "1700000000.5", 3]
        messages = [
            {**said("user" if number % 2 else "assistant", str(number)), "create_time": time}
            for number, time in enumerate(times)
        ]
        conversation = read(tmp_path, *messages)

        assert [message.content for message in conversation.messages] == ["0", "1", "2", "3", "4", "5"]
        assert [message.create_time and message.create_time.timestamp() for message in conversation.messages] == [
            9,
            None,
            5,
            None,
            1700000000.5,
            3,
        ]

    def test_a_chat_of_5000_turns_is_read(self, tmp_path):
        messages = [said("user" if number % 2 else "assistant", str(number)) for number in range(5000)]
        assert len(read(tmp_path, *messages).messages) == 5000

    @pytest.mark.parametrize(
        "mapping",
        [
            tree(a=("b", "user", "A", None), b=("a", "assistant", "B", None)),
            tree(a=("c", "user", "A", None), b=("a", "assistant", "B", None), c=("b", "user", "C", None)),
            tree(a=("a", "user", "A", None)),
        ],
    )
    @pytest.mark.parametrize("current", [None, "a"])
    def test_circles_end(self, tmp_path, mapping, current):
        conversation = read(tmp_path, mapping=mapping, current_node=current)
        assert 1 <= len(conversation.messages) <= len(mapping)

    def test_children_give_the_tree_where_no_node_has_a_parent(self, tmp_path):
        mapping = {
            "r": {"children": ["q"], "message": None},
            "q": {"children": ["a", "gone"], "message": said("user", "Q")},
            "a": {"children": [], "message": said("assistant", "A")},
        }
        assert text_of(read(tmp_path, mapping=mapping, current_node="a")) == "Q\n\nA"

    def test_an_unknown_parent_does_not_beat_a_whole_branch(self, tmp_path):
        mapping = tree(
            r=(None, None, "", None),
            q=("r", "user", "Q", None),
            a=("q", "assistant", "A", None),
            x=("gone", "assistant", "Orphan", None),
        )
        whole = read(tmp_path, mapping=mapping, current_node=None)
        assert text_of(whole) == "Q\n\nA"
        assert whole.left_out == {left_out.BRANCH: 1}

        mapping["x"]["message"]["create_time"] = 5
        assert text_of(read(tmp_path, mapping=mapping, current_node=None)) == f"{NOTE}\n\nOrphan"

    def test_a_torn_conversation_costs_only_itself(self, tmp_path):
        good = chat(said("user", "Hi"))
        torn = [{"title": "Torn", "current_node": "x"}, {"title": "T", "mapping": 3}, {"mapping": {"a": 1}}, None, "x"]
        upload = read_exports(saved(tmp_path, *torn, good))

        assert text_of(upload.one()) == "Hi"
        assert upload.counts == {left_out.UNREADABLE: 4, left_out.EMPTY_CHAT: 1}
        assert upload.left_out[0].place == "conversations.json, item 1"


FIRST = {**said("user", "Hi"), "id": "m-1"}


class TestCopies:
    def test_the_fuller_copy_of_a_chat_counts(self, tmp_path):
        old = chat(FIRST, update_time=5)
        new = chat(FIRST, said("assistant", "Hello"), update_time=9)
        for pair in ((old, new), (new, old)):
            upload = read_exports(saved(tmp_path, *pair))
            assert shape(upload.one()) == "u1 a1"
            assert upload.one().external_id == "c-1"
            assert upload.counts == {left_out.DUPLICATE: 1}

    def test_two_exports_of_one_account_in_one_upload(self, tmp_path):
        old = zipped(tmp_path / "old.zip", {"conversations.json": [chat(FIRST, update_time=5)]})
        new = zipped(
            tmp_path / "new.zip",
            {"x/conversations-000.json": [chat(FIRST, said("assistant", "Yes"), update_time=9)]},
        )
        assert shape(read_exports(old, new).one()) == "u1 a1"

    def test_equal_and_missing_ids_never_merge_chats(self, tmp_path):
        chats = [chat({**said("user", text), "id": text}) for text in ("One", "Two", "Three")]
        upload = read_exports(saved(tmp_path, *chats))
        assert [one.external_id for one in upload.conversations] == ["c-1", None, None]

        chats = [chat(said("user", "Same"), conversation_id=None) for _ in range(2)]
        upload = read_exports(saved(tmp_path, *chats))
        assert [one.external_id for one in upload.conversations] == [None, None]


class TestReasoning:
    def test_thoughts_and_recap_belong_to_the_next_answer(self, tmp_path):
        thoughts = said(
            "assistant", content={"content_type": "thoughts", "thoughts": [{"summary": "S", "content": "C"}]}
        )
        recap = said("assistant", content={"content_type": "reasoning_recap", "content": "Thought for 1m 15s"})
        question, answer = read(tmp_path, said("user", "Q"), thoughts, recap, said("assistant", "A")).messages

        assert (answer.content, answer.reasoning, answer.reasoning_seconds) == ("A", "S\n\nC", 75)
        assert question.reasoning is None

    def test_reasoning_without_an_answer_is_kept(self, tmp_path):
        thoughts = said("assistant", content={"content_type": "thoughts", "thoughts": [{"content": "Hm"}]})
        _, answer, _ = read(tmp_path, said("user", "Q"), thoughts, said("user", "Hello?")).messages

        assert (answer.role, answer.content, answer.reasoning) == ("assistant", "*[no answer in the export]*", "Hm")

    def test_the_analysis_channel_is_reasoning(self, tmp_path):
        messages = [said("assistant", text, channel=text) for text in ("analysis", "commentary", "final")]
        conversation = read(tmp_path, said("user", "Q"), *messages)

        assert [message.content for message in conversation.messages] == ["Q", "commentary", "final"]
        assert conversation.messages[1].reasoning == "analysis"

    @pytest.mark.parametrize(
        ("recap", "seconds"),
        [
            ("Thought for 7 seconds", 7),
            ("Thought for 2m 5s", 125),
            ("Nachgedacht für 15 s", 15),
            ("思考了 1 分 2 秒", 62),
            ("Réflexion durant 1,5 secondes", 1.5),
            ("Thought for a few seconds", None),
            ("Looked at 3 files, then at 12 pages, and compared them all with the notes", None),
        ],
    )
    def test_durations(self, recap, seconds):
        assert seconds_of(recap) == seconds


class TestTools:
    def test_one_note_for_the_tools_before_an_answer(self, tmp_path):
        conversation = read(
            tmp_path,
            said("user", "Q"),
            said("assistant", "a", recipient="python"),
            said("tool", "1", name="python"),
            said("assistant", "b", recipient="python"),
            said(
                "tool", "x", name="python", metadata={"aggregate_result": {"status": "failed_with_in_kernel_exception"}}
            ),
            said("assistant", "c", recipient="web.run"),
            said("assistant", "A", recipient="all"),
        )
        assert text_of(conversation) == "Q\n\n*[3 tools: python 2, web.run; 1 failed; 1 without result]*\n\nA"
        assert conversation.left_out == {left_out.TOOL: 3}

    def test_tools_after_the_last_answer_are_named(self, tmp_path):
        conversation = read(
            tmp_path, said("user", "Q"), said("assistant", "A"), said("assistant", "x", recipient="bio")
        )
        assert text_of(conversation) == "Q\n\nA\n\n*[1 tool: bio; 1 without result]*"

    def test_a_picture_that_a_tool_made_is_shown_where_it_stood(self, tmp_path):
        picture = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1#x"}
        messages = [
            said("user", "Draw"),
            said("assistant", "{}", recipient="dalle.text2im"),
            said("tool", picture, "hidden words", name="dalle.text2im"),
            said("assistant", ""),
        ]
        folder = saved(tmp_path, chat(*messages))
        conversation = read_exports(folder).one()
        assert text_of(conversation) == "Draw\n\n*[1 tool: dalle.text2im]*\n\n*[image, not in the export]*"
        assert conversation.left_out == {left_out.TOOL: 1, left_out.MISSING_FILE: 1, left_out.EMPTY: 1}

        (tmp_path / "dalle-generations").mkdir()
        (tmp_path / "dalle-generations" / "file_1-a5b0.webp").write_bytes(b"RIFF")
        conversation = read_exports(folder).one()
        assert [file.name for file in conversation.messages[1].files] == ["a5b0.webp"]
        assert conversation.left_out == {left_out.TOOL: 1, left_out.EMPTY: 1}

    def test_canvas_documents_stand_in_full_under_the_answer(self, tmp_path):
        document = '{"name": "Poem", "type": "document", "content": "Roses are ```red```"}'
        code = {"name": "app", "type": "code/html", "content": "<p>"}
        update = '{"updates": [{"pattern": ".*", "replacement": "Violets"}]}'
        conversation = read(
            tmp_path,
            said("user", "Write"),
            said("assistant", document, recipient="canmore.create_textdoc"),
            said("tool", "Created", name="canmore.create_textdoc"),
            said("assistant", "Done."),
            said("assistant", code, recipient="canmore.create_textdoc"),
            said("assistant", recipient="canmore.update_textdoc", content={"content_type": "code", "text": update}),
            said("assistant", "Changed."),
        )
        assert conversation.messages[1].content == "Done.\n\n**Poem**\n\n````markdown\nRoses are ```red```\n````"
        assert conversation.messages[2].content == (
            "Changed.\n\n**app**\n\n```html\n<p>\n```\n\n**Change to the document**\n\n```\nViolets\n```"
        )
        assert not conversation.left_out

    def test_what_was_hidden_is_counted_and_not_shown(self, tmp_path):
        conversation = read(
            tmp_path,
            said("system", "S"),
            said("user", "H", metadata={"is_visually_hidden_from_conversation": True}),
            said("user", "I", metadata={"is_user_system_message": True}),
            said("assistant", "W", weight=0),
            said("user", content={"content_type": "user_editable_context", "user_profile": "P"}),
            said("user", "Q"),
        )
        assert text_of(conversation) == "Q"
        assert conversation.left_out == {left_out.SYSTEM: 1, left_out.HIDDEN: 4}

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"metadata": {"finish_details": {"type": "stop"}}}, "stop"),
            ({"metadata": {"finish_details": {"type": "max_tokens"}}}, "length"),
            ({"status": "finished_successfully", "metadata": {"finish_details": {"type": "interrupted"}}}, "stopped"),
            ({"status": "in_progress"}, "broken_off"),
            ({}, None),
        ],
    )
    def test_why_an_answer_ended(self, tmp_path, more, reason):
        assert read(tmp_path, said("user", "Q"), said("assistant", "A", **more)).messages[1].finish_reason == reason


class TestFiles:
    def test_a_question_of_a_picture_alone_is_a_turn(self, tmp_path):
        picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-A1"}
        attachments = [{"id": "file-A1", "name": "../me\u202e.png", "mime_type": "image/png"}]
        messages = [said("user", picture, metadata={"attachments": attachments}), said("assistant", "Nice.")]
        folder = saved(tmp_path, chat(*messages))
        assert read_exports(folder).one().messages[0].content == "*[image: me.png, not in the export]*"

        (tmp_path / "file-A1-me.png").write_bytes(b"png")
        (tmp_path / "file-A12-other.png").write_bytes(b"png")
        upload = read_exports(folder)
        question = upload.one().messages[0]
        assert (question.content, [file.name for file in question.files]) == ("", ["me.png"])
        assert upload.counts == {left_out.UNUSED_FILE: 1}

    def test_names_of_files_come_from_the_lists_beside(self, tmp_path):
        pointers = [{"content_type": "image_asset_pointer", "asset_pointer": f"sediment://file_{n}"} for n in "123"]
        upload = read_exports(
            saved(
                tmp_path,
                chat(said("user", "Look", *pointers)),
                conversation_asset_file_names__json={"file_1.dat": "one.jpg", "file_3.dat": "three.jpg"},
                library_files__json=[{"file_id": "file_2", "file_name": "two.pdf"}, 3],
                file_1__dat=b"\0",
                file_2__dat=b"\0",
            )
        )
        question = upload.one().messages[0]
        assert [file.name for file in question.files] == ["one.jpg", "two.pdf"]
        assert question.content == "Look\n\n*[image: three.jpg, not in the export]*"

    def test_voice(self, tmp_path):
        heard = {"content_type": "audio_transcription", "text": "Hello", "direction": "in"}
        live = {
            "content_type": "real_time_user_audio_video_asset_pointer",
            "audio_asset_pointer": {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://file_a"},
            "frames_asset_pointers": [{"asset_pointer": "sediment://file_f"}],
        }
        upload = read_exports(saved(tmp_path, chat(said("user", heard, live)), file_a__dat=b"RIFF\0\0\0\0WAVE"))
        question = upload.one().messages[0]
        assert question.content == "Hello\n\n*[image, not in the export]*"
        assert len(question.files) == 1

    def test_a_file_that_the_chat_made_is_named(self, tmp_path):
        text = "See [the report](sandbox:/mnt/data/a%20b.docx) and [again](sandbox:/mnt/data/a%20b.docx)."
        conversation = read(tmp_path, said("user", "Q"), said("assistant", text))
        assert "the report *[file: a%20b.docx, not in the export]*" in text_of(conversation)
        assert conversation.left_out == {left_out.MISSING_FILE: 1}

    def test_an_attachment_that_looks_like_an_export_is_no_export(self, tmp_path):
        other = b'[{"messages": [{"role": "user", "content": "Not mine"}]}]'
        attachments = [{"id": "file-9", "name": "chats.json"}]
        upload = read_exports(
            zipped(
                tmp_path / "a.zip",
                {
                    "conversations.json": [chat(said("user", "Q", metadata={"attachments": attachments}))],
                    "file-9.dat": other,
                },
            )
        )
        assert upload.origins == {"chatgpt"}
        assert [file.name for file in upload.one().messages[0].files] == ["chats.json"]


def cited(folder, text, *references, **metadata):
    metadata = {"content_references": list(references), **metadata}
    conversation = read(folder, said("user", "Q"), said("assistant", text, metadata=metadata))
    return conversation.messages[1].content, conversation.left_out[left_out.CITATION]


MARK = "\ue200cite\ue202turn0search{}\ue201"
WEB = {"type": "grouped_webpages", "items": [{"title": "A", "url": "https://a.test/x"}]}


class TestCitations:
    def test_marks_that_the_references_name(self, tmp_path):
        first, second = MARK.format(1), MARK.format(12)
        text, missing = cited(
            tmp_path,
            f"One.{first} \ue203Two\ue204{second} end",
            {**WEB, "matched_text": first},
            {"type": "webpage", "matched_text": second, "url": "https://b.test/(y)", "title": "B [b]"},
        )
        assert text == "One. [A](https://a.test/x) Two [B &#91;b&#93;](https://b.test/%28y%29) end"
        assert missing == 0

    def test_supporting_websites_and_fallbacks(self, tmp_path):
        mark = MARK.format(1)
        item = {"title": "A", "url": "https://a.test", "supporting_websites": [{"title": "C", "url": "https://c.test"}]}
        text, _ = cited(tmp_path, f"X{mark}", {"type": "grouped_webpages", "matched_text": mark, "items": [item]})
        assert text == "X [A](https://a.test) [C](https://c.test)"
        fallback = {"type": "x", "matched_text": mark, "items": [], "fallback_items": [{"url": "https://www.f.test/p"}]}
        assert cited(tmp_path, f"X{mark}", fallback)[0] == "X [f.test](https://www.f.test/p)"
        assert cited(tmp_path, f"X{mark}.", {"type": "x", "matched_text": mark, "alt": " (said)"})[0] == "X (said)."
        assert (
            cited(tmp_path, f"X{mark}.", {"type": "hidden", "matched_text": mark, "url": "https://h.test"})[0] == "X."
        )

    def test_as_many_marks_as_references_are_paired_in_order(self, tmp_path):
        pages = [{"type": "webpage", "title": name, "url": f"https://{name}.test"} for name in "ab"]
        text, missing = cited(tmp_path, "X\ue202turn0search0 Y\ue202turn1news3.", *pages)
        assert (text, missing) == ("X [a](https://a.test) Y [b](https://b.test).", 0)

    def test_marks_without_a_source_are_removed_and_the_sources_listed(self, tmp_path):
        text, missing = cited(tmp_path, f"X{MARK.format(0)}, Y{MARK.format(1)}.", WEB)
        assert (text, missing) == ("X, Y.\n\nSources:\n\n- [A](https://a.test/x)", 2)
        text, missing = cited(tmp_path, "X\ue200filecite\ue202turn0file0\ue202L1-L5\ue201 \ue202turn0view2 y")
        assert (text, missing) == ("X  y", 2)

    def test_a_footnote_is_a_list_at_the_end(self, tmp_path):
        footnote = {
            "type": "sources_footnote",
            "matched_text": " ",
            "sources": [{"title": "S", "url": "https://s.test"}],
        }
        text, _ = cited(tmp_path, "All the words.", footnote)
        assert text == "All the words.\n\nSources:\n\n- [S](https://s.test)"

    def test_other_marks_show_their_words(self, tmp_path):
        text, missing = cited(
            tmp_path, 'In \ue200entity\ue202["city","Paris","x"]\ue201 \ue200image_group\ue202{"q":1}\ue201now'
        )
        assert (text, missing) == ("In Paris \n\n*[images of the web, not in the export]*\n\nnow", 0)
        text, _ = cited(tmp_path, "See \ue200i\ue202turn0image0\ue202turn0image1\ue201")
        assert text == "See \n\n*[images of the web, not in the export]*"
        picture = {"type": "image_v2", "images": [{"image_result": {"title": "Cat", "url": "https://cat.test"}}]}
        mark = "\ue200i\ue202turn0image0\ue201"
        assert cited(tmp_path, f"See{mark}", {**picture, "matched_text": mark})[0] == "See [Cat](https://cat.test)"

    def test_only_addresses_of_web_pages_are_links(self, tmp_path):
        mark = MARK.format(1)
        reference = {"type": "webpage", "matched_text": mark, "url": "javascript:alert(1)", "title": "*T*"}
        assert cited(tmp_path, f"X {mark}", reference)[0] == "X (\\*T\\*)"
        file = {"type": "file", "matched_text": mark, "name": "report.pdf"}
        assert cited(tmp_path, f"X.{mark}", file)[0] == "X. (report.pdf)"

    def test_old_marks_without_a_citation(self, tmp_path):
        citations = [{"metadata": {"title": "T", "url": "https://t.test", "extra": {"cited_message_idx": 11}}}]
        text, missing = cited(tmp_path, "X【11†(t)】 Y【12†source】.", citations=citations)
        assert (text, missing) == ("X [T](https://t.test) Y.", 1)

    def test_the_marks_of_a_person_stay(self, tmp_path):
        assert text_of(read(tmp_path, said("user", "What is 【1†x】?"))) == "What is 【1†x】?"


def test_deepseek_is_not_chatgpt(tmp_path):
    from webapp.importers import chatgpt
    from webapp.importers.bundle import open_bundle
    from webapp.importers.probe import probe

    empty = {"id": "d", "title": "T", "inserted_at": "2026-01-01", "mapping": {"root": {"id": "root", "message": None}}}
    full = {"id": "d", "mapping": {"1": {"parent": None, "message": {"fragments": []}}}}
    for document in ([empty, full], [full], empty):
        (tmp_path / "conversations.json").write_text(json.dumps(document))
        with open_bundle([tmp_path / "conversations.json"]) as bundle:
            assert not chatgpt.FORMAT.claims(probe(bundle.members[0]))
