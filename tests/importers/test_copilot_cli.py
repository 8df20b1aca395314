"""Copilot CLI's sessions."""

from __future__ import annotations

import json

from tests.support.exports import read_exports, shape, text_of
from webapp.importers import left_out


def event(kind, number=0, **data):
    return {"type": kind, "data": data, "id": f"{kind}-{number}", "timestamp": "2026-01-01T10:00:00Z", "parentId": None}


def write(path, *events):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, events)))
    return path


def test_a_real_session_has_its_prompt_and_answer():
    upload = read_exports("copilot/deja-vu-copilot-cli-events.jsonl")
    chat = upload.one()

    assert upload.origins == {"copilot-cli"}
    assert shape(chat) == "u1 a1"
    assert chat.left_out == {left_out.SYSTEM: 1}
    assert (chat.external_id, chat.model) == ("7cf44517-55ca-435c-893a-3fde1973a44e", "gpt-5-mini")


def test_tools_are_one_note_with_their_results(tmp_path):
    events = [
        event("user.message", content="Go", attachments=[{"path": "/x/a.py"}]),
        event("assistant.message", 1, content="", toolRequests=[{"name": "bash"}]),
        event("tool.execution_start", 1, toolCallId="1", toolName="bash"),
        event("tool.execution_start", 2, toolCallId="2", toolName="view"),
        event("tool.execution_start", 3, toolCallId="3", toolName="view"),
        event("tool.execution_complete", 2, toolCallId="2", success=False),
        event("tool.execution_complete", 1, toolCallId="1", success=True, result={"content": "x"}),
        event("assistant.message", 2, content="Done", reasoningText="Hm"),
        event("abort"),
    ]
    chat = read_exports(write(tmp_path / "events.jsonl", *events)).one()

    assert chat.messages[0].content == "Go\n\n*[file: a.py, not in the export]*"
    assert chat.messages[1].content == (
        "*[3 tools: view 2, bash; 1 failed; 1 without result]*\n\nDone\n\n*[interrupted by user]*"
    )
    assert chat.messages[1].reasoning == "Hm"


def test_the_folder_names_a_session_without_an_id(tmp_path):
    session = "7cf44517-55ca-435c-893a-3fde1973a44e"
    write(tmp_path / session / "events.jsonl", event("user.message", content="Hi"))

    assert read_exports(tmp_path).one().external_id == session


def test_torn_lines_and_unknown_events_are_passed_over(tmp_path):
    path = write(tmp_path / "events.jsonl", event("user.message", content="Hi"), event("session.new_thing"), [1])
    path.write_text(path.read_text() + '\n{"type": "user.mess')
    upload = read_exports(path)

    assert text_of(upload.one()) == "Hi"
    assert upload.counts[left_out.UNREADABLE] == 2
