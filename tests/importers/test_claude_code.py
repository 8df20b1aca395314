"""Claude Code's sessions: what each real file gives, and the traps that such files have."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.exports import EXPORTS, read_exports, shape, shapes, text_of
from webapp.importers import left_out

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


def write(path, *records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records))
    return path


def user(uuid, content, parent=None, session="s", **more):
    record = {"type": "user", "uuid": uuid, "parentUuid": parent, "sessionId": session}
    return {**record, "timestamp": "2026-01-01T10:00:00Z", "message": {"role": "user", "content": content}, **more}


def assistant(uuid, content, parent=None, session="s", message_id=None, **more):
    message = {"role": "assistant", "content": content, **({"id": message_id} if message_id else {})}
    record = {"type": "assistant", "uuid": uuid, "parentUuid": parent, "sessionId": session}
    return {**record, "timestamp": "2026-01-01T10:00:01Z", "message": message, **more}


def text(words):
    return {"type": "text", "text": words}


def tool(call_id, name="Bash"):
    return {"type": "tool_use", "id": call_id, "name": name, "input": {}}


def result(call_id, is_error=False):
    return {"type": "tool_result", "tool_use_id": call_id, "content": "done", "is_error": is_error}


@pytest.mark.parametrize(
    ("name", "expected", "tools", "reasoning"),
    [
        ("simonw-sample_session.jsonl", "u2 a2", 2, 0),
        ("simonw-sample_session.json", "u5 a8", 12, 1),
        ("claude-code-log-edge_cases.jsonl", "u3 a2", 2, 0),
        ("claude-code-log-representative_messages.jsonl", "u4 a3", 2, 0),
        ("claude-code-log-session_b.jsonl", "u2 a1", 0, 0),
        ("claude-code-log-todowrite_examples.jsonl", "u2 a3", 3, 0),
        ("polylogue-normalization-lineage-parent.jsonl", "u1 a1", 0, 0),
        ("polylogue-normalization-lineage-acompact.jsonl", "u1 a1", 0, 0),
        ("polylogue-normalization-agent.jsonl", "u1 a1", 0, 0),
        ("polylogue-normalization-lineage-subagent-acompact.jsonl", "u1 a1", 0, 0),
        ("agentsview-queued_system_messages.jsonl", "u1 a0", 0, 0),
        ("agentsview-tool_call_pending.jsonl", "u1 a1", 1, 0),
        ("agentsview-truncated.jsonl", "u1 a1", 0, 0),
        ("agentsview-valid_session.jsonl", "u2 a2", 1, 0),
    ],
)
def test_a_real_session_has_its_prompts_answers_and_tools(name, expected, tools, reasoning):
    upload = read_exports(f"claude-code/{name}")
    chat = upload.one()

    assert upload.origins == {"claude-code"}
    assert shape(chat) == expected
    assert chat.left_out[left_out.TOOL] == tools
    assert sum(message.reasoning is not None for message in chat.messages) == reasoning


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("simonw-sample_session.jsonl", "Test session for JSONL parsing"),
        ("claude-code-log-representative_messages.jsonl", "User learned about Python decorators"),
        ("claude-code-log-todowrite_examples.jsonl", "Feature Implementation with Task Management"),
        ("claude-code-log-edge_cases.jsonl", "Tested various edge cases"),
        ("claude-code-log-session_b.jsonl", ""),
    ],
)
def test_a_summary_is_the_title(name, title):
    found = read_exports(f"claude-code/{name}").one().title

    assert found.startswith(title) and bool(found) == bool(title)


def test_broken_records_are_counted_and_claim_no_id():
    upload = read_exports("claude-code/claude-code-log-edge_cases.jsonl")
    chat = upload.one()
    shown = text_of(chat)

    assert upload.counts[left_out.UNREADABLE] == 7
    assert chat.messages[-1].content.startswith("Testing special characters: café")
    assert "FailingTool; 1 failed" in shown
    assert "test-command" in shown
    assert "Caveat" not in shown and "Command output here" not in shown
    assert upload.counts[left_out.EMPTY_CHAT] == 1


def test_two_sessions_in_one_file_are_two_chats():
    upload = read_exports("claude-code/polylogue-claude-normalization-main.jsonl")
    main, other = upload.conversations
    shown = text_of(main)

    assert [main.external_id, other.external_id] == ["claude-normalization-main", "claude-normalization-other"]
    assert shapes([main, other]) == ["u1 a2", "u1 a1"]
    assert main.left_out[left_out.TOOL] == 3
    assert [message.reasoning for message in main.messages].count(None) == 2
    for note in ("/status", "interrupted by user", "failed with exit code 7", "1 without result", "1 failed"):
        assert note in shown
    for hidden in ("Conflicting duplicate", "Normalization complete", "runtime-only"):
        assert hidden not in shown
    assert main.left_out[left_out.HIDDEN] == 2
    assert main.left_out[left_out.DUPLICATE] == 1


@pytest.mark.parametrize("name", ["agent", "lineage-subagent-acompact", "lineage-acompact"])
def test_a_sub_agent_is_a_chat_of_its_own_that_names_its_session(name):
    chat = read_exports(f"claude-code/polylogue-normalization-{name}.jsonl").one()

    assert chat.part_of == "claude-lineage-parent"
    assert chat.external_id == f"claude-lineage-parent/polylogue-normalization-{name}"
    assert ("conversation compacted" in text_of(chat)) == ("acompact" in name)


def test_the_end_of_a_background_task_is_no_message():
    chat = read_exports("claude-code/agentsview-queued_system_messages.jsonl").one()

    assert chat.left_out[left_out.HIDDEN] == 2
    assert "task-notification" not in text_of(chat)


def test_a_torn_last_line_is_reported():
    assert read_exports("claude-code/agentsview-truncated.jsonl").counts[left_out.UNREADABLE] == 1


def test_a_tool_without_a_result_is_named():
    chat = read_exports("claude-code/agentsview-tool_call_pending.jsonl").one()

    assert chat.messages[1].content == "Reading the file...\n\n*[1 tool: Read; 1 without result]*"


def test_a_folder_doubles_nothing_and_merges_nothing_wrongly():
    upload = read_exports("claude-code")
    ids = [chat.external_id for chat in upload.conversations if chat.external_id]
    todo = next(chat for chat in upload.conversations if chat.external_id == "todowrite_session")

    assert len(upload.conversations) == len(list((EXPORTS / "claude-code").iterdir())) + 1
    assert len(ids) == len(set(ids))
    assert shape(todo) == "u2 a3" and todo.left_out[left_out.TOOL] == 3
    assert todo.left_out[left_out.DUPLICATE] == 1


def test_the_folder_of_the_program_links_its_sub_agents(tmp_path):
    session = "11111111-2222-4333-8444-555555555555"
    project = tmp_path / "-home-me-app"
    write(project / f"{session}.jsonl", user("u1", "Do it", session=session), assistant("a1", "Done", "u1", session))
    beside = project / session / "subagents"
    write(beside / "agent-a1b2.jsonl", user("x1", "Look", session=session, isSidechain=True, agentId="a1b2"))
    (beside / "agent-a1b2.meta.json").write_text(json.dumps({"agentType": "Explore", "description": "Find the bug"}))
    upload = read_exports(tmp_path)
    main, agent = sorted(upload.conversations, key=lambda chat: chat.part_of or "")

    assert (main.external_id, main.part_of) == (session, None)
    assert (agent.external_id, agent.part_of, agent.title) == (f"{session}/agent-a1b2", session, "Find the bug")


def test_a_session_that_used_a_sub_agent_is_none_itself(tmp_path):
    records = [
        user("u1", "Go"),
        assistant("a1", [tool("t1", "Task")], "u1"),
        user("r1", [result("t1")], "a1", agentId="e1c8"),
        assistant("x1", "Side work", isSidechain=True, agentId="e1c8"),
        assistant("a2", "Done", "r1"),
    ]
    chat = read_exports(write(tmp_path / "copy.jsonl", *records)).one()

    assert (chat.external_id, chat.part_of, shape(chat)) == ("s", None, "u1 a1")
    assert chat.left_out[left_out.HIDDEN] == 1


def test_a_session_in_several_files_is_their_union(tmp_path):
    first = [user("u1", "One"), assistant("a1", "1", "u1")]
    write(tmp_path / "a.jsonl", *first)
    write(tmp_path / "b.jsonl", *first, user("u2", "Two", "a1"), assistant("a2", "2", "u2"))
    chat = read_exports(tmp_path).one()

    assert [message.content for message in chat.messages] == ["One", "1", "Two", "2"]


def test_sessions_with_one_id_and_no_common_record_stay_apart(tmp_path):
    write(tmp_path / "a.jsonl", user("u1", "One"), assistant("a1", "1", "u1"))
    write(tmp_path / "b.jsonl", user("v1", "Two"), assistant("b1", "2", "v1"))
    upload = read_exports(tmp_path)

    assert shapes(upload.conversations) == ["u1 a1", "u1 a1"]
    assert [chat.external_id for chat in upload.conversations] == ["s", "s:v1"]


def test_files_without_any_id_stay_apart(tmp_path):
    record = {"type": "user", "timestamp": "2026-01-01T10:00:00Z", "message": {"content": "Hi"}}
    write(tmp_path / "a.jsonl", record)
    write(tmp_path / "b.jsonl", record)
    upload = read_exports(tmp_path)

    assert [chat.external_id for chat in upload.conversations] == [None, None]


def test_a_fork_is_a_chat_with_a_mark(tmp_path):
    write(tmp_path / "a.jsonl", user("u1", "One"), assistant("a1", "1", "u1"))
    write(tmp_path / "b.jsonl", user("u1", "One", session="t"), assistant("a9", "other", "u1", "t"))
    first, fork = read_exports(tmp_path).conversations

    assert (first.tags, fork.tags) == ([], ["fork"])
    assert shapes([first, fork]) == ["u1 a1", "u1 a1"]


def test_pieces_of_one_answer_are_one_message(tmp_path):
    records = [
        user("u1", "Go"),
        assistant("a1", [{"type": "thinking", "thinking": "Hm", "signature": "x"}], "u1", message_id="m1"),
        assistant("a2", [text("First")], "a1", message_id="m1"),
        assistant("a3", [tool("t1")], "a2", message_id="m1"),
        user("r1", [result("t1")], "a3"),
        assistant("a4", [text("second")], "r1", message_id="m1"),
        assistant("a5", [text("Other answer")], "a4", message_id="m2"),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert [message.content for message in chat.messages] == [
        "Go",
        "First\n\n*[1 tool: Bash]*\n\nsecond",
        "Other answer",
    ]
    assert chat.messages[1].reasoning == "Hm"


def test_what_a_rewind_left_behind_is_a_branch(tmp_path):
    records = [
        user("u1", "One"),
        assistant("a1", "1", "u1"),
        user("u2", "Wrong way", "a1"),
        assistant("a2", "2", "u2"),
        user("u3", "Right way", "a1"),
        assistant("a3", "3", "u3"),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert [message.content for message in chat.messages] == ["One", "1", "Right way", "3"]
    assert chat.left_out[left_out.BRANCH] == 2


def test_tools_that_worked_side_by_side_are_no_branch(tmp_path):
    records = [
        user("u1", "Go"),
        assistant("a1", [tool("t1", "Read")], "u1", message_id="m"),
        assistant("a2", [tool("t2", "Grep")], "a1", message_id="m"),
        user("r2", [result("t2", is_error=True)], "a2"),
        user("r1", [result("t1")], "a1"),
        assistant("a3", "Done", "r1"),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert chat.messages[1].content == "*[2 tools: Read, Grep; 1 failed]*\n\nDone"
    assert left_out.BRANCH not in chat.left_out


def test_a_compaction_keeps_what_was_before_it(tmp_path):
    records = [
        user("u1", "One"),
        assistant("a1", "1", "u1"),
        {"type": "system", "subtype": "compact_boundary", "uuid": "c", "parentUuid": None, "logicalParentUuid": "a1"},
        user("u2", "This session is being continued from…", "c", isCompactSummary=True),
        user("u3", "Two", "u2"),
        assistant("a3", "2", "u3"),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert [message.content for message in chat.messages] == ["One", "1\n\n*[conversation compacted]*", "Two", "2"]


def test_a_compaction_may_write_what_it_kept_after_its_boundary(tmp_path):
    kept = {"anchorUuid": "cs", "uuids": ["a2", "u3", "a3"]}
    boundary = {"type": "system", "subtype": "compact_boundary", "uuid": "cb", "parentUuid": None, "sessionId": "s"}
    records = [
        user("u0", "One"),
        assistant("a0", "1", "u0"),
        user("u1", "Wrong way", "a0"),
        assistant("a1", "wrong", "u1"),
        user("u2", "Right way", "a0"),
        assistant("a2", "right", "u2"),
        user("u3", "Go on", "a2"),
        {**boundary, "logicalParentUuid": "a3", "compactMetadata": {"preservedMessages": kept}},
        user("cs", "This session is being continued from a previous conversation that ran out of context.", "cb"),
        assistant("a3", "on", "cs"),
        user("u4", "And now", "a3"),
        assistant("a4", "done", "u4"),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()
    shown = [message.content.partition("\n")[0] for message in chat.messages]

    assert shown[:5] == ["One", "1", "Right way", "right", "Go on"]
    assert shown[-2:] == ["And now", "done"] and len(shown) == 8
    assert text_of(chat).count("conversation compacted") == 1 and "being continued" not in text_of(chat)
    assert chat.left_out[left_out.BRANCH] == 2


def test_parents_in_a_circle_and_thousands_of_records_are_read(tmp_path):
    chain = [user(f"u{number}", f"{number}", f"u{number - 1}" if number else "u2999") for number in range(3000)]
    chat = read_exports(write(tmp_path / "s.jsonl", *chain)).one()

    assert len(chat.messages) == 3000


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<system-reminder>secret</system-reminder>\nHello", "Hello"),
        ("Hello\n\n<system-reminder>secret</system-reminder>", "Hello"),
        ("Hello\n<system-reminder>\nsecret\n</system-reminder>\n# Notes", "Hello\n# Notes"),
        ("<ide_opened_file>secret</ide_opened_file><ide_selection>secret</ide_selection> Why?", "Why?"),
        ("What does `<system-reminder>` mean?", "What does `<system-reminder>` mean?"),
        ("<command-name>", "<command-name>"),
        ("<div>A page</div>", "<div>A page</div>"),
    ],
)
def test_wrappers_are_cut_and_words_are_kept(tmp_path, typed, shown):
    chat = read_exports(write(tmp_path / "s.jsonl", user("u1", typed), assistant("a1", "Yes"))).one()

    assert chat.messages[0].content == shown


def test_wrappers_in_a_block_of_their_own_are_cut(tmp_path):
    blocks = [text("<ide_opened_file>secret</ide_opened_file>"), text("Fix it")]
    chat = read_exports(write(tmp_path / "s.jsonl", user("u1", blocks))).one()

    assert chat.messages[0].content == "Fix it"


def test_commands_are_notes(tmp_path):
    command = "<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>12</command-args>"
    records = [user("u0", command), user("u1", "<bash-input>ls</bash-input>"), assistant("a1", "Looks good")]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert chat.messages[0].content == "*[/review 12]*\n\n*[! ls]*\n\nLooks good"


def test_a_command_in_a_record_of_the_program_is_a_note(tmp_path):
    command = {"type": "system", "subtype": "local_command", "sessionId": "s", "uuid": "c"}
    records = [
        user("u1", "Hi"),
        assistant("a1", [text("(no content)")], "u1"),
        {**command, "content": "<command-name>/cost</command-name><command-args></command-args>"},
        {**command, "content": "<local-command-stdout>Total: 1</local-command-stdout>"},
    ]

    assert text_of(read_exports(write(tmp_path / "s.jsonl", *records)).one()) == "Hi\n\n*[/cost]*"


def test_a_long_side_branch_is_counted(tmp_path):
    side = [
        assistant(f"x{number}", "side", f"x{number - 1}" if number else None, isSidechain=True)
        for number in range(30000)
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", user("u1", "Hi"), *side)).one()

    assert chat.left_out == {left_out.HIDDEN: 30000}


def test_what_was_typed_while_the_agent_worked_is_a_turn_once(tmp_path):
    def queued(operation, content=None):
        return {"type": "queue-operation", "operation": operation, "content": content, "sessionId": "s"}

    attachment = {"type": "queued_command", "commandMode": "prompt", "prompt": "And tests"}
    records = [
        user("u1", "Go"),
        queued("enqueue", "And tests"),
        queued("dequeue"),
        {"type": "attachment", "uuid": "q1", "sessionId": "s", "attachment": attachment},
        queued("enqueue", "Only in the queue"),
        queued("dequeue"),
        queued("enqueue", "While it worked"),
        queued("remove", "While it worked"),
        queued("enqueue", "Taken back"),
        queued("popAll"),
        {"type": "attachment", "uuid": "q2", "sessionId": "s", "attachment": {"type": "task_reminder", "content": []}},
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert [message.content for message in chat.messages] == ["Go", "And tests", "Only in the queue", "While it worked"]
    assert chat.left_out[left_out.DRAFT] == 1


def test_pictures_are_files_and_a_missing_one_is_named(tmp_path):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png"}}
    held = {**image, "source": {**image["source"], "data": base64.b64encode(PNG).decode()}}
    records = [
        user("u1", [held]),
        user("u2", [text("And this"), {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}}]),
        user("u3", [text("Odd"), {"type": "hologram"}]),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()
    (file,) = chat.messages[0].files

    assert chat.messages[0].content == ""
    assert (file.name, file.size, file.open().read()) == ("image-1.png", len(PNG), PNG)
    assert chat.messages[1].content == "And this\n\n*[image, not in the export]*"
    assert "part of an unknown kind: hologram" in chat.messages[2].content
    assert chat.left_out == {left_out.MISSING_FILE: 1, left_out.UNKNOWN_PART: 1}


def test_an_answer_that_was_cut_off_says_so(tmp_path):
    cut = assistant("a1", [text("And so")], message_id="m")
    cut["message"]["stop_reason"] = "max_tokens"
    chat = read_exports(write(tmp_path / "s.jsonl", user("u1", "Hi"), cut)).one()

    assert chat.messages[1].content == "And so\n\n*[answer cut off]*"


def test_a_title_of_the_person_counts_most(tmp_path):
    records = [
        user("u1", "Hi"),
        {"type": "summary", "summary": "Of another session", "leafUuid": "elsewhere"},
        {"type": "ai-title", "aiTitle": "Of the program", "sessionId": "s"},
        {"type": "custom-title", "customTitle": "Mine", "sessionId": "s"},
    ]

    assert read_exports(write(tmp_path / "a.jsonl", *records)).one().title == "Mine"
    assert read_exports(write(tmp_path / "b.jsonl", *records[:3])).one().title == "Of the program"
    assert read_exports(write(tmp_path / "c.jsonl", *records[:2])).one().title == "Of another session"


def test_errors_of_the_service_and_removed_reasoning_are_named(tmp_path):
    records = [
        user("u1", "Hi"),
        assistant("a0", [{"type": "redacted_thinking", "data": "x"}], "u1"),
        assistant("a1", [text("API Error: overloaded")], "a0", isApiErrorMessage=True),
    ]
    chat = read_exports(write(tmp_path / "s.jsonl", *records)).one()

    assert text_of(chat) == "Hi\n\n*[API Error: overloaded]*"
    assert chat.left_out[left_out.SEALED_REASONING] == 1
