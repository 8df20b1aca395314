"""A chat is saved with its files, and imported again whole."""

import io
import json
import zipfile
from hashlib import sha256

import pytest

from tests.services.ingest.test_runs import sessions, well
from tests.support.cast import chat, contents
from tests.support.files import png, say_with
from tests.support.ingest import bring, jsonl, lines, plain, upload
from tests.support.people import account
from webapp.database.transaction import leave_transaction
from webapp.services.exports.sessions import export_session, export_sessions
from webapp.services.tags.sessions import change_tags
from webapp.services.transcripts.reading import read_transcript

CAT = png(40, 30)
#: A file that is an export itself: it is a file all the same.
INNER = jsonl(plain("Not a chat", "of this archive"))


@pytest.fixture
def with_files(user):
    session = chat(user, ("Which tiles?", "Grey ones."), title="Tiles")
    say_with(user, session.id, "Look", ("cat.png", CAT), ("inner.jsonl", INNER))
    say_with(user, session.id, "Again", ("again.png", CAT))
    change_tags(user, session.id, add=["House"])
    leave_transaction()
    return session


def saved(export):
    data = b"".join(export.pieces)
    leave_transaction()
    return data


def facts(user, session_id):
    page = read_transcript(user, session_id)
    leave_transaction()
    return [
        (message.role, message.content, message.create_time, [(file.name, file.sha256) for file in message.files])
        for message in page.messages
    ]


def digests(data):
    archive = zipfile.ZipFile(io.BytesIO(data))
    name = next(name for name in archive.namelist() if name.endswith(".json"))
    return [message["digest"] for message in json.loads(archive.read(name))["messages"]]


def test_a_zip_of_a_chat_has_its_files_once_by_their_hash(user, with_files):
    export = export_session(user, with_files.id, "zip")
    assert (export.name.endswith("Tiles.zip"), export.media_type) == (True, "application/zip")
    data = saved(export)
    archive = zipfile.ZipFile(io.BytesIO(data))
    files = {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}
    assert files == {f"files/{sha256(each).hexdigest()}": each for each in (CAT, INNER)}
    assert len(archive.namelist()) == 3
    assert saved(export_session(user, with_files.id, "zip")) == data


def test_a_chat_comes_back_whole(user, with_files):
    data = saved(export_session(user, with_files.id, "zip"))
    bob = account("bob")
    run = bring(bob, ("Tiles.zip", data))
    assert (run.state, run.counts["new"], run.counts["files"]) == ("done", 1, 3)
    (found,) = sessions(bob)
    assert (found.title, [tag.name for tag in found.tags]) == ("Tiles", ["House"])
    assert facts(bob, found.id) == facts(user, with_files.id)
    assert sum((len(files) for *_, files in facts(bob, found.id)), 0) == 3
    # The digests cover texts and files.
    assert digests(saved(export_session(bob, found.id, "zip"))) == digests(data)
    assert upload(bob, ("Tiles.zip", data)).counts["unchanged"] == 1
    assert well() == []


def test_several_chats_come_back_from_one_archive(user, with_files):
    other = chat(user, "Where is the key?", title="Keys")
    say_with(user, other.id, "Look", ("cat.png", CAT))
    leave_transaction()
    data = saved(export_sessions(user, [with_files.id, other.id], "zip"))
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 4
    bob = account("bob")
    run = bring(bob, ("chats.zip", data))
    assert (run.state, run.counts["new"], run.counts["files"]) == ("done", 2, 4)
    by_title = {session.title: session.id for session in sessions(bob)}
    assert facts(bob, by_title["Keys"]) == facts(user, other.id)
    assert well() == []


def test_a_file_that_was_taken_out_of_the_archive_is_a_note(user, with_files):
    archive = zipfile.ZipFile(io.BytesIO(saved(export_session(user, with_files.id, "zip"))))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in archive.namelist():
            if name != f"files/{sha256(INNER).hexdigest()}":
                made.writestr(name, archive.read(name))
    bob = account("bob")
    run = bring(bob, ("Tiles.zip", buffer.getvalue()))
    assert (run.counts["files"], run.left_out) == (2, {"missing_file": 1})
    assert "inner.jsonl, not in the export" in "".join(contents(bob, sessions(bob)[0].id))
    assert len(lines(bob, run)) == 1
