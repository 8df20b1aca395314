"""An account is exported, and restored in an empty database: the same rows, on and from each engine."""

import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support.accounts import ALICE
from tests.support.books import Book, a_user, deeds, everything
from tests.support.cast import chat, contents, say, stranger
from webapp.database.engine import db
from webapp.errors import Invalid
from webapp.services.exports.everything import export_everything
from webapp.services.exports.restoring import is_export, restore_export
from webapp.services.exports.tables import TABLES
from webapp.services.sessions.changes import rename_session
from webapp.services.transcripts.reading import read_transcript
from webapp.services.verification import Verification

#: All examples share a database, and each has an account of its own. Smaller examples are not looked for: that is slow.
ON_ONE_STAGE = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    "phases": [Phase.generate],
}


def exported_to(user, path):
    with path.open("wb") as file:
        for piece in export_everything(user).pieces:
            file.write(piece)
    return path


@given(happened=deeds())
@settings(max_examples=20, **ON_ONE_STAGE)
def test_what_is_exported_is_restored_as_it_was(app, target, tmp_path, happened):
    with app.app_context():
        book = Book(a_user())
        for deed in happened:
            book.do(*deed)
        before = everything(book.user)
        path = exported_to(book.user, tmp_path / "export.zip")
        # The deeds place files and imports without the digests that other rooms keep.
        findings = set(map(str, Verification().findings()))
    assert is_export(path)
    with target.app_context():
        # The same account, and then once more.
        user = a_user(book.user.id)
        restored = restore_export(user, path)
        assert everything(user) == before
        assert (restored.sessions, restored.left_sessions) == (len(before["sessions"]), 0)
        again = restore_export(user, path)
        assert everything(user) == before
        assert (again.sessions, again.messages, again.files) == (0, 0, 0)
        assert set(map(str, Verification().findings())) <= findings


@given(happened=deeds())
@settings(max_examples=8, **ON_ONE_STAGE)
def test_another_account_gets_new_ids_and_the_same_words(app, tmp_path, happened):
    with app.app_context():
        book, other = Book(a_user()), a_user()
        for deed in happened:
            book.do(*deed)
        before = everything(book.user)
        path = exported_to(book.user, tmp_path / "export.zip")
        restored = restore_export(other, path)
        mine, found = everything(book.user), everything(other)
        assert mine == before
        assert restored.has_new_ids
        for table in TABLES:
            assert len(found[table.name]) == len(mine[table.name])
        for name in ("content", "role", "create_time", "model"):
            assert sorted(str(row[name]) for row in found["messages"]) == sorted(
                str(row[name]) for row in mine["messages"]
            )
        assert {row["id"] for row in found["sessions"]} & {row["id"] for row in mine["sessions"]} == set()
        assert sorted(found["bytes"].values()) == sorted(mine["bytes"].values())
        assert restore_export(other, path).sessions == 0
        assert everything(other) == found


def test_a_chat_that_went_on_stays_as_it_is(user, tmp_path):
    session = chat(user, "One", "Two")
    path = exported_to(user, tmp_path / "export.zip")
    rename_session(user, session.id, "Renamed")
    say(user, session.id, "Three")
    restored = restore_export(user, path)
    assert (restored.sessions, restored.left_sessions) == (0, 1)
    assert contents(user, session.id)[::2] == ["One", "Two", "Three"]
    assert read_transcript(user, session.id).session.title == "Renamed"


def changed(path, change):
    """Write the archive again, with `change(name, data)` for each member; None leaves it out."""
    members = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w") as archive:
        for name in members.namelist():
            data = change(name, members.read(name))
            if data is not None:
                archive.writestr(name, data)


def with_manifest(name, value):
    def change(member, data):
        return json.dumps(json.loads(data) | {name: value}) if member == "manifest.json" else data

    return change


TORN = {
    "no manifest": lambda name, data: None if name == "manifest.json" else data,
    "another format": with_manifest("format", "minutebook-export/2"),
    "a manifest that is a list": lambda name, data: b"[]" if name == "manifest.json" else data,
    "no members": with_manifest("members", []),
    "members of another form": with_manifest("members", [1]),
    "counts of another form": with_manifest("counts", 7),
    "a row changed": lambda name, data: data.replace(b"One", b"Eno") if name == "data/messages.ndjson" else data,
    "a table left out": lambda name, data: None if name == "data/sessions.ndjson" else data,
}


@pytest.mark.parametrize("change", TORN.values(), ids=list(TORN))
def test_an_archive_that_does_not_fit_is_refused(user, tmp_path, change):
    chat(user, "One")
    path = exported_to(user, tmp_path / "export.zip")
    changed(path, change)
    other = stranger()
    with pytest.raises(Invalid, match="Nothing was changed"):
        restore_export(other, path)
    assert everything(other)["sessions"] == []


@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_a_torn_archive_is_refused(user, tmp_path, part):
    chat(user, "One")
    path = exported_to(user, tmp_path / "export.zip")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    assert not is_export(path)
    with pytest.raises(Invalid, match="Nothing was changed"):
        restore_export(user, path)


def forged(path, table, change):
    """Change the rows of a table, and the manifest with them."""
    import hashlib

    members = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    lines = [json.loads(line) for line in members.read(f"data/{table}.ndjson").splitlines()]
    data = b"".join(json.dumps(change(row)).encode() + b"\n" for row in lines)
    manifest = json.loads(members.read("manifest.json"))
    for member in manifest["members"]:
        if member["name"] == f"data/{table}.ndjson":
            member |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    new = {f"data/{table}.ndjson": data, "manifest.json": json.dumps(manifest).encode()}
    changed(path, new.get)


def test_no_row_refers_to_what_is_anothers(app, user, tmp_path):
    mine = chat(user, "Mine")
    other = stranger()
    chat(other, "Hers")
    path = exported_to(other, tmp_path / "export.zip")
    restorer = a_user()
    forged(path, "messages", lambda row: row | {"conversation_id": mine.conversation_id})
    with pytest.raises(Invalid):
        restore_export(restorer, path)
    assert everything(restorer)["messages"] == []


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("sessions", lambda row: row | {"message_count": 7}),
        ("sessions", lambda row: row | {"id": "x"}),
        ("sessions", lambda row: row | {"id": 7}),
        ("sessions", lambda row: row | {"id": None}),
        ("sessions", lambda row: row | {"created_at": "soon"}),
        ("sessions", lambda row: row | {"owner_id": ALICE.id}),
        ("messages", lambda row: row | {"role": "system"}),
        ("messages", lambda row: row | {"content": None}),
        ("messages", lambda row: row | {"content": "\0"}),
        ("messages", lambda row: row | {"seq": "a"}),
        ("messages", lambda row: row | {"seq": 2**70}),
        ("session_messages", lambda row: row | {"digest": "zz"}),
        ("session_messages", lambda row: row | {"idx": row["idx"] + 1}),
        ("messages", lambda row: {"id": row["id"]}),
    ],
)
def test_a_forged_row_is_refused_and_nothing_is_left(user, tmp_path, table, change):
    chat(user, "One")
    path = exported_to(user, tmp_path / "export.zip")
    forged(path, table, change)
    other = a_user()
    with pytest.raises(Invalid, match="Nothing was changed"):
        restore_export(other, path)
    assert everything(other)["sessions"] == []


#: What belongs to an account and is no part of its export, with the reason.
NOT_EXPORTED = {
    "users": "one line of data/account.ndjson",
    "sign_ins": "credentials", "api_tokens": "credentials", "invitations": "credentials",
    "audit_events": "of this server", "idempotency_keys": "requests of the last day", "jobs": "work of this server",
    "book": "the database itself", "connections": "the operator's", "connection_models": "the operator's",
    "model_catalog": "the operator's", "file_chunks": "files/",
    "oauth_clients": "of this server", "oauth_grants": "credentials", "oauth_tokens": "credentials",
}  # fmt: skip


def test_every_table_is_exported_or_named_here():
    assert {table.name for table in TABLES} | NOT_EXPORTED.keys() == set(db.metadata.tables)
