"""The logs of llm, with the tables of each version."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing

import pytest

from tests.support.exports import EXPORTS, read_exports, shape, shapes, text_of
from webapp.importers import left_out
from webapp.importers.bundle import open_bundle
from webapp.importers.errors import UnreadableUpload
from webapp.importers.reading import read_upload

REAL = EXPORTS / "llm/logs-mixed-0.27-0.36.db"
PNG = b"\x89PNG\r\n\x1a\n"
OLD = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT,
                        conversation_id TEXT, datetime_utc TEXT);
"""
NEW = """
CREATE TABLE threads (id TEXT, name TEXT, tip_message_hash TEXT, forked_from TEXT);
CREATE TABLE turns (id TEXT, thread_id TEXT, parent_message_hash TEXT, tip_message_hash TEXT, model TEXT, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT, parent_hash TEXT, role TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT, text TEXT, payload TEXT);
"""
MOMENT = "2026-01-01T10:00:00+00:00"


def database(path, script, rows):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        for table, values in rows:
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        connection.commit()
    return path


def answered(number, prompt, answer, conversation="c"):
    return "responses", (f"r{number}", "m", prompt, None, answer, conversation, MOMENT)


def part(message, kind="text", text=None, tool=None, payload=None, position=0):
    return "parts", (None, message, position, kind, tool, text, payload and json.dumps(payload))


def test_a_real_database_has_the_chats_of_both_versions():
    upload = read_exports("llm/logs-mixed-0.27-0.36.db")

    assert upload.origins == {"llm"}
    assert {chat.title: shape(chat) for chat in upload.conversations} == {
        "List two rivers": "u2 a2",
        "What is in this picture?": "u1 a1",
        "Name one sea bird": "u2 a2",
        "Describe this": "u1 a1",
        "A long fragment: pelicans have …": "u1 a1",
    }
    assert upload.counts == {left_out.SYSTEM: 2}


def test_a_prompt_has_its_fragments():
    chat = read_exports("llm/logs-mixed-0.27-0.36.db").conversations[-1]

    assert chat.messages[0].content == "A long fragment: pelicans have pouches.\nSummarise"


def test_an_attachment_is_a_file_wherever_it_was_used():
    with open_bundle([REAL]) as bundle:
        files = [file for read in read_upload(bundle) for message in read.record.messages for file in message.files]
        assert [file.open().read() for file in files] == [PNG, PNG]


def test_a_database_in_an_archive_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.write(REAL, "io.datasette.llm/logs.db")

    assert len(read_exports(tmp_path / "logs.zip").conversations) == 5


def test_the_same_database_twice_doubles_nothing(tmp_path):
    for name in ("logs.db", "backup.db"):
        (tmp_path / name).write_bytes(REAL.read_bytes())
    upload = read_exports(tmp_path)

    assert len(upload.conversations) == 5
    assert upload.counts[left_out.DUPLICATE] == 5


def test_a_write_ahead_log_beside_it_counts(tmp_path):
    live = tmp_path / "live"
    live.mkdir()
    with closing(sqlite3.connect(live / "logs.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(OLD)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("INSERT INTO responses VALUES ('r', 'm', 'Hi', NULL, 'Hello', 'c', NULL)")
        connection.commit()
        copied = tmp_path / "copied"
        copied.mkdir()
        for file in live.iterdir():
            if not file.name.endswith("-shm"):
                (copied / file.name).write_bytes(file.read_bytes())

    assert text_of(read_exports(copied).one()) == "Hi\n\nHello"


def test_rows_without_a_conversation_are_chats_of_their_own(tmp_path):
    rows = [answered(1, "One", "1", None), answered(2, "Two", "2", None), answered(3, "Three", "3")]
    upload = read_exports(database(tmp_path / "logs.db", OLD, rows))

    assert sorted(chat.external_id for chat in upload.conversations) == ["c", "r1", "r2"]


def test_tools_of_old_versions_are_a_note(tmp_path):
    script = (
        OLD
        + """
    CREATE TABLE tool_calls (id INTEGER, response_id TEXT, name TEXT, tool_call_id TEXT);
    CREATE TABLE tool_results (id INTEGER, response_id TEXT, name TEXT, output TEXT, tool_call_id TEXT, exception TEXT);
    """
    )
    rows = [
        answered(1, "What time is it?", ""),
        ("tool_calls", (1, "r1", "clock", "t1")),
        answered(2, "", "Noon"),
        ("tool_results", (1, "r2", "clock", "", "t1", "ValueError")),
    ]
    chat = read_exports(database(tmp_path / "logs.db", script, rows)).one()

    assert [message.content for message in chat.messages] == [
        "What time is it?",
        "*[1 tool: clock; 1 failed]*\n\nNoon",
    ]
    assert left_out.EMPTY not in chat.left_out


def test_threads_are_walked_from_their_tips(tmp_path):
    rows = [
        ("threads", ("t1", "First", "a1", None)),
        ("threads", ("t2", "Fork", "a2", "t1")),
        ("turns", ("x0", "t1", "u1", "a0", "m", MOMENT)),
        ("turns", ("x1", "t1", "u1", "a1", "m", MOMENT)),
        ("turns", ("x2", "t2", "u2", "a2", "m", MOMENT)),
        ("messages", ("u1", None, "user")),
        ("messages", ("a0", "u1", "assistant")),
        ("messages", ("a1", "u1", "assistant")),
        ("messages", ("u2", "a1", "user")),
        ("messages", ("a2", "u2", "assistant")),
        *(part(message, text=message) for message in ("u1", "a0", "a1", "u2", "a2")),
    ]
    first, fork = read_exports(database(tmp_path / "logs.db", NEW, rows)).conversations

    assert text_of(first) == "u1\n\na1" and first.left_out[left_out.BRANCH] == 1
    assert text_of(fork) == "u1\n\na1\n\nu2\n\na2" and fork.tags == ["fork"]
    assert first.messages[1].create_time is not None and first.messages[1].model == "m"


def test_circles_and_missing_parents_are_survived(tmp_path):
    rows = [
        ("threads", ("t1", "Circle", "a1", None)),
        ("threads", ("t2", "Torn", "a2", None)),
        ("messages", ("a1", "u1", "assistant")),
        ("messages", ("u1", "a1", "user")),
        ("messages", ("a2", "gone", "assistant")),
        *(part(message, text=message) for message in ("u1", "a1", "a2")),
    ]
    circle, torn = read_exports(database(tmp_path / "logs.db", NEW, rows)).conversations

    assert shapes([circle, torn]) == ["u1 a1", "u0 a1"]
    assert "before this one are not in the database" in text_of(torn)


def test_parts_of_new_versions_are_shown_or_named(tmp_path):
    rows = [
        ("threads", ("t", "T", "a2", None)),
        ("messages", ("u1", None, "user")),
        ("messages", ("a1", "u1", "assistant")),
        ("messages", ("r1", "a1", "tool")),
        ("messages", ("a2", "r1", "assistant")),
        part("u1", text="Go"),
        part("u1", "attachment", payload={"attachment": {"id": "gone"}}, position=1),
        part("a1", "reasoning", "Hm"),
        part("a1", "tool_call", tool="clock", payload={"tool_call_id": "t1"}, position=1),
        part("r1", "tool_result", tool="clock", payload={"tool_call_id": "t1", "output": "noon"}),
        part("a2", text="Noon"),
        part("a2", "hologram", position=1),
    ]
    chat = read_exports(database(tmp_path / "logs.db", NEW, rows)).one()

    assert [message.content for message in chat.messages] == [
        "Go\n\n*[file, not in the export]*",
        "*[1 tool: clock]*\n\nNoon\n\n*[part of an unknown kind: hologram]*",
    ]
    assert chat.messages[1].reasoning == "Hm"


@pytest.mark.parametrize("is_copied", [True, False])
def test_a_chat_in_both_sets_of_tables_is_one(tmp_path, is_copied):
    rows = [
        answered(1, "u1", "a1"),
        ("threads", ("c", "C", "a2", None)),
        ("messages", ("u1", None, "user")),
        ("messages", ("a1", "u1", "assistant")),
        ("messages", ("u2", "a1" if is_copied else None, "user")),
        ("messages", ("a2", "u2", "assistant")),
        *(part(message, text=message) for message in ("u1", "a1", "u2", "a2")),
    ]
    chat = read_exports(database(tmp_path / "logs.db", OLD + NEW, rows)).one()

    assert text_of(chat) == "u1\n\na1\n\nu2\n\na2"


def test_a_response_that_is_a_turn_counts_once(tmp_path):
    rows = [
        answered(1, "As it was typed", "Answer", "old"),
        ("threads", ("t", "T", "a1", None)),
        ("turns", ("r1", "t", "u1", "a1", "m", MOMENT)),
        ("messages", ("u1", None, "user")),
        ("messages", ("a1", "u1", "assistant")),
        part("u1", text="As it was sent"),
        part("a1", text="Answer"),
    ]
    chat = read_exports(database(tmp_path / "logs.db", OLD + NEW, rows)).one()

    assert (chat.external_id, text_of(chat)) == ("t", "As it was sent\n\nAnswer")


def test_values_of_other_types_are_passed_over(tmp_path):
    rows = [
        ("responses", ("r1", 5, b"\xff", 1.5, "Hello", "c", 12)),
        ("responses", (None, None, None, None, None, None, None)),
        ("conversations", ("c", b"name", None)),
    ]
    upload = read_exports(database(tmp_path / "logs.db", OLD, rows))

    assert text_of(upload.one()) == "Hello"


def test_attachments_that_no_prompt_has_are_reported(tmp_path):
    script = OLD + "CREATE TABLE attachments (id TEXT, type TEXT, path TEXT, url TEXT, content BLOB);"
    rows = [answered(1, "Hi", "Hello"), ("attachments", ("x", "image/png", None, None, PNG))]
    upload = read_exports(database(tmp_path / "logs.db", script, rows))

    assert upload.counts[left_out.UNUSED_FILE] == 1


def test_a_view_in_place_of_a_table_is_not_read(tmp_path):
    bomb = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n"
    path = database(tmp_path / "logs.db", f"{OLD} CREATE VIEW attachments AS {bomb};", [answered(1, "Hi", "Hello")])

    assert text_of(read_exports(path).one()) == "Hi\n\nHello"


def test_the_database_of_another_program_is_named_as_such(tmp_path):
    path = database(tmp_path / "other.db", "CREATE TABLE notes (id INTEGER, text TEXT)", [("notes", (1, "Hi"))])

    with pytest.raises(UnreadableUpload, match="an SQLite database of another program"):
        read_exports(path)
    with pytest.raises(UnreadableUpload, match="no database of llm"):
        read_exports(path, format_name="llm")


@pytest.mark.parametrize("size", [50, 100, 4096, 5000, 20_000, 100_000])
def test_a_damaged_database_is_named_as_such(tmp_path, size):
    path = tmp_path / "logs.db"
    path.write_bytes(REAL.read_bytes()[:size])

    with pytest.raises(UnreadableUpload, match=r"damaged|database of another program"):
        read_exports(path)


def test_no_copy_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_exports("llm/logs-mixed-0.27-0.36.db")

    assert list(tmp_path.iterdir()) == []
