"""An upload is a list of files: chosen ones, those of folders, and those inside archives."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.support.exports import EXPORTS
from webapp.importers import budget, bundle
from webapp.importers.bundle import open_bundle
from webapp.importers.errors import TooLarge, UnreadableUpload


def zip_of(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def names_of(*paths):
    with open_bundle(paths) as found:
        return [member.name for member in found.members]


def test_the_files_of_folders_and_archives_have_their_paths_as_names(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.json").write_text("[]")
    (tmp_path / "a.zip").write_bytes(zip_of({"x/y.json": "[]", "__MACOSX/x/._y.json": "", "z.dat": b"1"}))

    assert names_of(tmp_path) == ["x/y.json", "z.dat", "inner/b.json"]


def test_archives_in_an_archive_of_archives_are_opened(tmp_path):
    inner = zip_of({"conversations.json": "[1]"})
    (tmp_path / "set.zip").write_bytes(zip_of({"conversations-000.zip": inner, "manifest-1.json": "{}"}))

    assert names_of(tmp_path / "set.zip") == ["conversations-000.zip/conversations.json", "manifest-1.json"]


def test_an_archive_that_somebody_attached_stays_a_file(tmp_path):
    attached = zip_of({"conversations.json": "[1]"})
    (tmp_path / "export.zip").write_bytes(zip_of({"conversations.json": "[]", "file-1-things.zip": attached}))

    with open_bundle([tmp_path / "export.zip"]) as found:
        members = {member.name: member for member in found.members}

        assert set(members) == {"conversations.json", "file-1-things.zip"}
        assert members["file-1-things.zip"].open().read() == attached


def test_archives_in_archives_are_not_opened_without_end(tmp_path):
    data = zip_of({"conversations.json": "[1]"})
    for _ in range(100):
        data = zip_of({"again.zip": data})
    (tmp_path / "deep.zip").write_bytes(data)

    assert names_of(tmp_path / "deep.zip") == ["again.zip/again.zip"]


def test_names_that_lead_out_or_hide_their_end_are_only_names(tmp_path):
    names = ["../../etc/passwd", "/abs.json", "a\u202egnp.exe", "c:\\win.json", "n" * 400]
    (tmp_path / "odd.zip").write_bytes(zip_of(dict.fromkeys(names, "{}")))
    found = names_of(tmp_path / "odd.zip")

    assert "agnp.exe" in found
    assert "c:/win.json" in found
    assert list(tmp_path.iterdir()) == [tmp_path / "odd.zip"]


def test_links_in_a_folder_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "secret")

    assert names_of(tmp_path / "folder") == []


def test_a_bomb_is_refused_while_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "_LEAST", 1_000_000)
    (tmp_path / "bomb.zip").write_bytes(zip_of({"conversations.json": b"[" + b" " * 20_000_000 + b"]"}))

    with open_bundle([tmp_path / "bomb.zip"]) as found, pytest.raises(TooLarge, match="unpacks to far more"):
        found.members[0].open().read()


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "_MOST_MEMBERS", 3)
    (tmp_path / "many.zip").write_bytes(zip_of({f"{number}.json": "{}" for number in range(4)}))

    with pytest.raises(TooLarge), open_bundle([tmp_path / "many.zip"]):
        pass


@pytest.mark.parametrize("cut", [30, 200, -30, -1])
def test_a_torn_archive_says_so(tmp_path, cut):
    data = (EXPORTS / "chatgpt" / "librechat-2026-sharded.zip").read_bytes()
    (tmp_path / "torn.zip").write_bytes(data[:cut])

    with pytest.raises(UnreadableUpload, match="damaged or incomplete"), open_bundle([tmp_path / "torn.zip"]):
        pass


def test_a_member_whose_bytes_were_changed_says_so(tmp_path):
    data = bytearray(zip_of({"conversations.json": bytes(range(256)) * 40}))
    data[60:70] = b"\xff" * 10
    (tmp_path / "bad.zip").write_bytes(data)

    with open_bundle([tmp_path / "bad.zip"]) as found, pytest.raises(UnreadableUpload, match="is damaged"):
        found.members[0].open().read()


def test_an_encrypted_archive_says_so(tmp_path):
    data = bytearray(zip_of({"conversations.json": b"[]"}))
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)

    with pytest.raises(UnreadableUpload, match="protected by a password"), open_bundle([tmp_path / "locked.zip"]):
        pass
