"""The transcripts of Cursor's agent."""

from __future__ import annotations

import json

from tests.support.exports import read_exports, shape, text_of
from webapp.importers import left_out


def turn(role, *blocks):
    return {
        "role": role,
        "message": {"content": [{"type": "text", "text": b} if isinstance(b, str) else b for b in blocks]},
    }


def write(path, *lines):
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_a_real_transcript_has_its_prompt_and_answer():
    upload = read_exports("cursor/deja-vu-agent-transcript.jsonl")
    chat = upload.one()

    assert upload.origins == {"cursor"}
    assert shape(chat) == "u1 a1"
    assert (chat.external_id, chat.create_time, chat.left_out) == (None, None, {})


def test_tools_are_a_note_and_the_context_of_a_prompt_is_cut(tmp_path):
    lines = [
        turn("user", "<attached_files>secret</attached_files>\n<user_query>\nFix it\n</user_query>"),
        turn("assistant", "Looking", {"type": "tool_use", "name": "Read", "input": {}}),
        turn("assistant", {"type": "tool_use", "name": "Edit", "input": {}}),
        turn("assistant", "Done"),
        {"type": "turn_ended", "status": "aborted"},
    ]
    chat = read_exports(write(tmp_path / "11111111-2222-4333-8444-555555555555.jsonl", *lines)).one()

    assert [message.content for message in chat.messages] == [
        "Fix it",
        "Looking\n\n*[2 tools: Read, Edit]*",
        "Done\n\n*[interrupted by user]*",
    ]
    assert chat.external_id == "11111111-2222-4333-8444-555555555555"


def test_pictures_and_unknown_parts_are_named(tmp_path):
    chat = read_exports(
        write(tmp_path / "s.jsonl", turn("user", {"type": "image"}), turn("assistant", "A", {"type": "x"}))
    ).one()

    assert "image, not in the export" in text_of(chat) and "part of an unknown kind: x" in text_of(chat)
    assert chat.left_out == {left_out.MISSING_FILE: 1, left_out.UNKNOWN_PART: 1}


def test_transcripts_without_ids_stay_apart(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / f"{name}.jsonl", turn("user", "Hi"), turn("assistant", "Hello"))

    assert len(read_exports(tmp_path).conversations) == 2


def test_one_line_is_enough(tmp_path):
    assert text_of(read_exports(write(tmp_path / "transcript", turn("user", "Hi"))).one()) == "Hi"
