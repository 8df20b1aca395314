"""Gemini CLI's sessions: what each real file gives, and the traps that such files have."""

from __future__ import annotations

import base64
import json
import re

import pytest

from tests.support.exports import EXPORTS, read_exports, shape, shapes, text_of
from webapp.importers import left_out

HEADER = {
    "sessionId": "s",
    "projectHash": "p",
    "startTime": "2026-01-01T10:00:00Z",
    "lastUpdated": "2026-01-01T10:05:00Z",
}


def message(message_id, kind, content, **more):
    return {"id": message_id, "timestamp": "2026-01-01T10:00:01Z", "type": kind, "content": content, **more}


def session(path, *messages, **more):
    path.write_text(json.dumps({**HEADER, **more, "messages": messages}, indent=1))
    return path


def lines(path, *records):
    path.write_text("\n".join(json.dumps(record) for record in (HEADER, *records)))
    return path


@pytest.mark.parametrize(
    ("name", "expected", "tools", "reasoning"),
    [
        ("agentsview-standard_session.json", "u2 a2", 0, 0),
        ("agentsview-thinking_only.json", "u1 a1", 0, 2),
        ("agentsview-tool_calls_with_results.json", "u1 a1", 2, 1),
        ("deja-vu-session.jsonl", "u1 a1", 0, 0),
        ("deja-vu-session-set-snapshot.jsonl", "u1 a1", 0, 0),
    ],
)
def test_a_real_session_has_its_prompts_answers_tools_and_thoughts(name, expected, tools, reasoning):
    upload = read_exports(f"gemini-cli/{name}")
    chat = upload.one()

    assert upload.origins == {"gemini-cli"}
    assert shape(chat) == expected
    assert chat.left_out[left_out.TOOL] == tools
    thoughts = "\n".join(message.reasoning or "" for message in chat.messages)
    subjects = re.findall(r'"subject": "([^"]+)"', (EXPORTS / "gemini-cli" / name).read_text())
    assert len(subjects) == reasoning
    assert all(subject in thoughts for subject in subjects)


def test_notices_alone_are_no_chat():
    upload = read_exports("gemini-cli/agentsview-system_messages.json")

    assert upload.conversations == []
    assert [left.reason for left in upload.left_out] == ["It has no words."]


def test_a_folder_has_all_sessions():
    upload = read_exports("gemini-cli")

    assert len(upload.conversations) == 5
    assert len({chat.external_id for chat in upload.conversations}) == 5


def test_notices_between_messages_are_notes(tmp_path):
    made = session(
        tmp_path / "s.json", message("1", "user", "Hi"), message("2", "error", "No quota"), message("3", "info", "Bye")
    )

    assert read_exports(made).one().messages[0].content == "Hi\n\n*[error: No quota]*\n\n*[Bye]*"


def test_operations_change_the_list(tmp_path):
    made = lines(
        tmp_path / "s.jsonl",
        message("0", "user", "Gone"),
        {"$set": {"messages": [message("1", "user", "Old")], "summary": "A title"}},
        message("1", "user", "New"),
        message("2", "gemini", [{"text": "Yes"}, {"text": "no"}]),
        message("3", "user", "Taken back"),
        message("4", "gemini", "Taken back, too"),
        {"$rewindTo": "3"},
        {"$set": {"lastUpdated": "2026-01-02T10:00:00Z"}},
    )
    chat = read_exports(made).one()

    assert [one.content for one in chat.messages] == ["New", "Yes\n\nno"]
    assert (chat.title, chat.update_time.day) == ("A title", 2)


def test_messages_without_ids_are_kept_apart(tmp_path):
    records = [
        {"type": "user", "content": "One"},
        {"type": "gemini", "content": "1"},
        {"type": "user", "content": "Two"},
    ]

    assert shape(read_exports(session(tmp_path / "s.json", *records)).one()) == "u2 a1"


def test_tools_that_failed_or_did_not_end_are_named(tmp_path):
    calls = [
        {"name": "a", "status": "success", "result": [{}]},
        {"name": "b", "status": "error"},
        {"name": "c", "status": "executing"},
        "odd",
    ]
    chat = read_exports(
        session(tmp_path / "s.json", message("1", "gemini", "", toolCalls=calls), message("2", "gemini", "Done"))
    ).one()

    assert chat.messages[0].content == "*[4 tools: a, b, c, tool; 1 failed; 2 without result]*\n\nDone"


def test_pictures_are_files_and_unknown_parts_are_named(tmp_path):
    data = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    content = [
        {"text": "Look"},
        {"inlineData": {"mimeType": "image/png", "data": data}},
        {"fileData": {"mimeType": "image/png", "fileUri": "gs://x/y.png"}},
        {"hologram": 1},
    ]
    chat = read_exports(session(tmp_path / "s.json", message("1", "user", content))).one()

    assert [file.name for file in chat.messages[0].files] == ["image-1.png"]
    assert "image: y.png, not in the export" in text_of(chat)
    assert "hologram" in text_of(chat)


def test_the_contents_of_named_files_are_no_words_of_the_person(tmp_path):
    content = [
        "See @a.py",
        "\n--- Content from referenced files ---",
        "\nContent from @a.py:\n",
        "x = 1",
        "\n--- End of content ---",
        "and fix it",
    ]
    chat = read_exports(session(tmp_path / "s.json", message("1", "user", [{"text": text} for text in content]))).one()

    assert text_of(chat) == "See @a.py\n\nand fix it"


def test_a_session_that_stands_twice_is_one_chat(tmp_path):
    early, late = message("1", "user", "One"), message("2", "gemini", "1")
    session(tmp_path / "a.json", early)
    session(tmp_path / "b.json", early, late)
    session(tmp_path / "c.json", message("9", "user", "Another"), sessionId="t")
    upload = read_exports(tmp_path)

    assert sorted(shapes(upload.conversations)) == ["u1 a0", "u1 a1"]
    assert upload.counts[left_out.DUPLICATE] == 1
