"""Codex's rollouts: what each real file gives, and the traps that such files have."""

from __future__ import annotations

import base64
import json
import shutil

import pytest

from tests.support.exports import EXPORTS, read_exports, shape, shapes, text_of
from webapp.importers import left_out

LONG = "localpush-rollout-2026-02-23T12-40-23-019c8a4c-ed82-79a1-aa28-7738fc5ab61a.jsonl"
CUT = "localpush-rollout-2026-02-23T13-19-38-019c8a70-dda7-7f33-98ea-f30553347322.jsonl"
SHORT = "localpush-rollout-2026-02-23T20-34-25-019c8bfe-ec25-79e0-97d7-bda6a9c575ff.jsonl"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8
DATA_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def write(path, *records):
    path.write_text("\n".join(json.dumps(record) for record in records))
    return path


def meta(session="s", **more):
    return record("session_meta", id=session, cwd="/home/me/app", timestamp="2026-01-01T10:00:00Z", **more)


def record(kind, **payload):
    return {"timestamp": "2026-01-01T10:00:00Z", "type": kind, "payload": payload}


def item(**payload):
    return record("response_item", **payload)


def event(**payload):
    return record("event_msg", **payload)


def said(role, text, **more):
    kind = "output_text" if role == "assistant" else "input_text"
    return item(type="message", role=role, content=[{"type": kind, "text": text}], **more)


@pytest.mark.parametrize(
    ("name", "expected", "tools", "reasoning"),
    [
        (LONG, "u5 a43", 105, 59),
        (CUT, "u1 a1", 1, 1),
        (SHORT, "u1 a6", 5, 6),
        ("polylogue-interleaved_stream.jsonl", "u2 a2", 2, 0),
        ("polylogue-text_only_stream.jsonl", "u1 a1", 0, 0),
        ("polylogue-tool_call_stream.jsonl", "u1 a1", 1, 0),
        ("agentsview-blockquotes_session.jsonl", "u1 a1", 0, 0),
        ("agentsview-function_calls.jsonl", "u1 a0", 2, 0),
        ("agentsview-standard_session.jsonl", "u1 a1", 0, 0),
    ],
)
def test_a_real_session_has_its_prompts_answers_tools_and_reasoning(name, expected, tools, reasoning):
    upload = read_exports(f"codex/{name}")
    chat = upload.one()

    assert upload.origins == {"codex"}
    assert shape(chat) == expected
    assert chat.left_out[left_out.TOOL] == tools
    assert sum(len(message.reasoning.split("\n\n")) for message in chat.messages if message.reasoning) == reasoning


def test_what_the_program_said_is_hidden_and_counted():
    chat = read_exports(f"codex/{LONG}").one()

    assert chat.left_out[left_out.SYSTEM] == 10
    assert chat.left_out[left_out.HIDDEN] == 5
    assert chat.left_out[left_out.SEALED_REASONING] == 10
    assert (chat.external_id, chat.model) == ("019c8a4c-ed82-79a1-aa28-7738fc5ab61a", "gpt-5.3-codex")


def test_a_session_that_was_cut_off_says_so():
    chat = read_exports(f"codex/{CUT}").one()

    assert "unfinished" in text_of(chat) and "1 without result" in text_of(chat)
    assert "unfinished" not in text_of(read_exports(f"codex/{SHORT}").one())


@pytest.mark.parametrize("name", ["single", "multiple"])
def test_a_session_without_words_is_reported(name):
    upload = read_exports(f"codex/polylogue-functions_exec_{name}.jsonl")

    assert upload.conversations == []
    assert [left.reason for left in upload.left_out] == ["It has no words, only the use of 1 tool."]


def test_a_compaction_is_named_once():
    assert text_of(read_exports("codex/polylogue-interleaved_stream.jsonl").one()).count("compacted") == 1


def test_quotes_stay_markdown_and_stand_once():
    chat = read_exports("codex/agentsview-blockquotes_session.jsonl").one()

    assert text_of(chat) == "blablabla?\n\nblabla1\n\n> blabla2\n\nblabla3\n\n> blabla4\n\nblabla5"


def test_two_uses_with_one_id_are_two_tools_without_result():
    chat = read_exports("codex/agentsview-function_calls.jsonl").one()

    assert chat.messages[0].content.startswith("Run the tests\n\n")
    assert "2 tools: shell_command, apply_patch; 2 without result" in chat.messages[0].content


def test_a_folder_and_its_archive_double_nothing(tmp_path):
    shutil.copytree(EXPORTS / "codex", tmp_path / "sessions")
    (tmp_path / "archived_sessions").mkdir()
    shutil.copy(EXPORTS / "codex" / SHORT, tmp_path / "archived_sessions")
    upload = read_exports(tmp_path)

    assert len(upload.conversations) == 9
    assert upload.counts[left_out.DUPLICATE] == 1
    assert upload.counts[left_out.EMPTY_CHAT] == 2


def test_of_two_states_of_a_session_the_longer_one_counts(tmp_path):
    early = [meta(), said("user", "One"), said("assistant", "1")]
    write(tmp_path / "a.jsonl", *early)
    write(tmp_path / "b.jsonl", *early, said("user", "Two"), said("assistant", "2"))
    upload = read_exports(tmp_path)

    assert shapes(upload.conversations) == ["u2 a2"]
    assert upload.counts[left_out.DUPLICATE] == 1


def test_two_sessions_with_one_id_stay_apart(tmp_path):
    write(tmp_path / "a.jsonl", meta(), said("user", "One"))
    write(tmp_path / "b.jsonl", meta(), said("user", "Two"))
    upload = read_exports(tmp_path)

    assert sorted(chat.messages[0].content for chat in upload.conversations) == ["One", "Two"]
    assert sorted(str(chat.external_id) for chat in upload.conversations) == ["None", "s"]


def test_events_alone_are_enough(tmp_path):
    records = [
        meta(),
        event(type="user_message", message="Hi"),
        event(type="agent_reasoning", text="Hm"),
        event(type="agent_message", message="Hello"),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert [(message.content, message.reasoning) for message in chat.messages] == [("Hi", None), ("Hello", "Hm")]


@pytest.mark.parametrize(
    "wrapper",
    [
        "# AGENTS.md instructions for /home\n\n<INSTRUCTIONS>x</INSTRUCTIONS>",
        "<environment_context>x</environment_context>",
        "\n<user_instructions>x</user_instructions>",
        "<turn_aborted>x</turn_aborted>",
    ],
)
def test_wrappers_are_no_prompts(tmp_path, wrapper):
    chat = read_exports(write(tmp_path / "s.jsonl", meta(), said("user", wrapper), said("user", "Hi"))).one()

    assert text_of(chat) == "Hi"
    assert chat.left_out[left_out.HIDDEN] == 1


def test_the_context_of_an_editor_is_cut(tmp_path):
    prompt = "# Context from my IDE setup:\n\n## Active file: a.py\n\n## My request for Codex:\nFix it"
    chat = read_exports(write(tmp_path / "s.jsonl", meta(), event(type="user_message", message=prompt))).one()

    assert text_of(chat) == "Fix it"


def test_pictures_of_prompts_are_files(tmp_path):
    picture = {"type": "input_image", "image_url": DATA_URL}
    records = [
        meta(),
        item(type="message", role="user", content=[{"type": "input_text", "text": "Look"}, picture]),
        event(type="user_message", message="Look", images=[], local_images=["/tmp/shot.png"]),
        event(type="user_message", message="And this", local_images=["/tmp/gone.png"]),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert [file.open().read() for file in chat.messages[0].files] == [PNG]
    assert "image: gone.png, not in the export" in chat.messages[1].content


@pytest.mark.parametrize(
    ("output", "has_failed"),
    [
        ("Exit code: 1\nWall time: 0 s\nOutput:\nno", True),
        ("Process exited with code 2\nno", True),
        ("Exit code: 0\nOutput:\nfine", False),
        ('{"output": "no", "metadata": {"exit_code": 127}}', True),
        ('{"output": "yes", "metadata": {"exit_code": 0}}', False),
        ([{"type": "input_text", "text": '{"exit_code": 2}'}], True),
        ([{"type": "input_text", "text": "exit_code=7 is prose only"}], False),
        ({"content": "no", "success": False}, True),
        (None, False),
    ],
)
def test_a_tool_that_failed_is_named(tmp_path, output, has_failed):
    records = [
        meta(),
        said("user", "Go"),
        item(type="function_call", name="shell", call_id="c", arguments="{}"),
        item(type="function_call_output", call_id="c", output=output),
        said("assistant", "Done"),
    ]
    shown = text_of(read_exports(write(tmp_path / "s.jsonl", *records)).one())

    assert ("1 failed" in shown) == has_failed
    assert "without result" not in shown


def test_interruptions_and_errors_are_named(tmp_path):
    records = [
        meta(),
        event(type="user_message", message="Go"),
        event(type="task_started"),
        event(type="error", message="stream disconnected"),
        event(type="turn_aborted", reason="interrupted"),
    ]
    shown = text_of(read_exports(write(tmp_path / "s.jsonl", *records)).one())

    assert "error: stream disconnected" in shown and "interrupted by user" in shown and "unfinished" not in shown


def test_forks_and_sub_agents_say_so(tmp_path):
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": "parent", "depth": 1}}}
    fork = read_exports(write(tmp_path / "a.jsonl", meta(forked_from_id="x"), said("user", "Hi"))).one()
    agent = read_exports(write(tmp_path / "b.jsonl", meta(source=spawn), said("user", "Hi"))).one()

    assert "fork" in fork.tags and fork.part_of is None
    assert agent.part_of == "parent"


def test_a_sub_agent_does_not_repeat_the_session_that_it_works_for(tmp_path):
    def turn(number, prompt, answer):
        yield event(type="task_started", turn_id=number)
        yield record("turn_context", turn_id=number, model="m")
        yield event(type="user_message", message=prompt)
        yield said("assistant", answer)
        yield event(type="task_complete", turn_id=number)

    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": "parent"}}}
    parent = [meta("parent"), *turn("t1", "One", "1"), *turn("t2", "Two", "2")]
    write(tmp_path / "b.jsonl", *parent)
    write(tmp_path / "a.jsonl", meta("agent", source=spawn), *parent[:6], *turn("t9", "Look", "Found"))
    agent, main = sorted(read_exports(tmp_path).conversations, key=lambda chat: chat.external_id)

    assert (agent.external_id, agent.part_of, text_of(agent)) == ("agent", "parent", "Look\n\nFound")
    assert agent.left_out[left_out.DUPLICATE] == 1
    assert text_of(main) == "One\n\n1\n\nTwo\n\n2"


def test_files_of_the_first_versions_are_read(tmp_path):
    header = {"id": "old", "timestamp": "2025-05-01T10:00:00Z", "instructions": None}
    messages = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]},
    ]
    lines = write(tmp_path / "rollout.jsonl", header, {"record_type": "state"}, *messages)
    document = tmp_path / "rollout.json"
    document.write_text(json.dumps({"session": header, "items": messages}, indent=1))

    for path in (lines, document):
        upload = read_exports(path)
        assert upload.origins == {"codex"}
        assert (upload.one().external_id, text_of(upload.one())) == ("old", "Hi\n\nHello")


def test_the_output_of_exec_is_read(tmp_path):
    records = [
        {"type": "thread.started", "thread_id": "t"},
        {"type": "turn.started"},
        {"type": "item.completed", "item": {"id": "i0", "type": "reasoning", "text": "Hm"}},
        {"type": "item.completed", "item": {"id": "i1", "type": "command_execution", "exit_code": 1}},
        {"type": "item.completed", "item": {"id": "i2", "type": "agent_message", "text": "Done"}},
        {"type": "turn.completed"},
    ]
    chat = read_exports(write(tmp_path / "out.jsonl", *records)).one()

    assert (chat.external_id, shape(chat)) == ("t", "u0 a1")
    assert chat.messages[0].content == "*[1 tool: Bash; 1 failed]*\n\nDone"
    assert chat.messages[0].reasoning == "Hm"
