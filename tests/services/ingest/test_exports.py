"""An import of each real export stores all its chats once, and its undo removes all of them."""

from __future__ import annotations

import json
from functools import cache

import pytest
from sqlalchemy import event

from tests.services.ingest.test_runs import everything, sessions, well
from tests.support.exports import EXPORTS, read_exports
from tests.support.ingest import bring, lines, take_back
from webapp.database.engine import db
from webapp.importers.errors import UnreadableUpload
from webapp.services.transcripts.reading import read_transcript

#: Tables of which a second import writes nothing.
BOOK = ("sessions", "conversations", "messages", "session_messages", "files", "file_chunks", "message_files", "tags")
FILES = sorted(path for path in EXPORTS.rglob("*") if path.is_file() and path.name not in ("MANIFEST.md", "SHA256SUMS"))


@cache
def readable():
    """The exports that have conversations."""
    found = []
    for path in FILES:
        try:
            conversations = read_exports(path).conversations
        except UnreadableUpload:
            continue
        if conversations:
            found.append((path, conversations))
    return found


@pytest.fixture
def writes(app):
    """The statements that change a chat, a message, a file or a tag."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        words = statement.split(maxsplit=3)
        if words[0] in ("INSERT", "UPDATE", "DELETE") and set(words[1:3]) & set(BOOK):
            seen.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    return seen


def test_every_export_is_imported_once_and_taken_back(user, writes):
    before = everything()
    runs = []
    for path, conversations in readable():
        run = bring(user, (path.name, path.read_bytes()))
        assert run.state == "done", f"{path}: {run.problem}"
        assert run.counts["conversations"] == len(conversations), path
        runs.append((path, run))
    imported = everything()
    assert len(sessions(user)) == 100
    assert well() == []

    writes.clear()
    for path, _ in runs:
        again = bring(user, (path.name, path.read_bytes()))
        assert (again.counts["new"], again.counts["grown"], again.counts["changed"]) == (0, 0, 0), path
    assert writes == []
    assert everything() == imported

    for _, run in reversed(runs):
        take_back(user, run)
    assert everything() == before
    assert well() == []


def test_all_exports_are_one_upload(user, tmp_path):
    """A folder with everything, as somebody has who kept all downloads."""
    run = bring(user, *((path.name, path.read_bytes()) for path, _ in readable()[:40]))

    assert run.state == "done", run.problem
    assert len(lines(user, run)) == run.counts["conversations"] + run.counts["left_out"]
    assert well() == []


def test_a_chat_shows_its_pictures_its_reasoning_and_its_own_dates(user):
    export = EXPORTS / "chatgpt" / "librechat-2026-sharded.zip"
    bring(user, (export.name, export.read_bytes()))

    by_title = {session.title: session for session in sessions(user)}
    trip = read_transcript(user, by_title["Amalfi trip"].id).messages
    photos = read_transcript(user, by_title["Photo review"].id).messages
    assert trip[-1].reasoning
    assert "Stay in Positano." in trip[-1].content
    assert by_title["Amalfi trip"].archived
    assert by_title["Photo review"].pinned
    assert [file.name for message in photos for file in message.files] == ["first.jpg", "second.jpg"]
    assert json.dumps([file.media_type for message in photos for file in message.files])
