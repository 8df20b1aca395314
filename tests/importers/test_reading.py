"""The format of an upload is found by its content."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.support.exports import EXPORTS, read_exports, shapes, text_of
from webapp.importers import left_out
from webapp.importers.errors import UnreadableUpload
from webapp.importers.formats import LABELS, all_formats

CHAT = {
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
    ]
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.json", json.dumps(CHAT, indent=2)),
        ("line.json", json.dumps(CHAT)),
        ("array.txt", json.dumps([CHAT])),
        ("lines", f"{json.dumps(CHAT)}\n"),
        ("lines.jsonl", f"\n{json.dumps(CHAT)}\n\n"),
    ],
)
def test_the_name_of_a_file_says_nothing(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    upload = read_exports(tmp_path / name)

    assert upload.origins == {"openai"}
    assert shapes(upload.conversations) == ["u1 a1"]
    assert upload.counts == {left_out.SYSTEM: 1}


def test_account_data_is_never_opened(tmp_path):
    (tmp_path / "chats.json").write_text(json.dumps([CHAT]))
    (tmp_path / "user.json").write_text(json.dumps([CHAT]))
    upload = read_exports(tmp_path)

    assert len(upload.conversations) == 1
    assert upload.counts[left_out.PRIVATE] == 1


@pytest.mark.parametrize(
    ("data", "seems"),
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"<!doctype html><title>x</title>", "a web page"),
        (b"Dear diary", "a text"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
        (b"%PDF-1.4\n\0\0", "a PDF"),
        (b'{"hello": "world"}', "a JSON file"),
        (b"[]", "a JSON file"),
    ],
)
def test_what_is_no_export_says_what_it_seems_to_be(tmp_path, data, seems):
    (tmp_path / "upload").write_bytes(data)

    with pytest.raises(UnreadableUpload, match=seems):
        read_exports(tmp_path / "upload")


def test_a_named_format_is_taken_and_an_unknown_one_is_refused(tmp_path):
    (tmp_path / "chats.json").write_text(json.dumps([CHAT]))

    assert len(read_exports(tmp_path / "chats.json", format_name="openai").conversations) == 1
    with pytest.raises(UnreadableUpload, match="Choose one of"):
        read_exports(tmp_path / "chats.json", format_name="nonsense")


def test_parts_tools_and_pictures_of_messages_are_shown_or_named(tmp_path):
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
        {"type": "odd"},
    ]
    calls = [{"id": "1", "type": "function", "function": {"name": "search", "arguments": "{}"}}]
    messages = [
        {"role": "user", "content": parts},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "content": "3"},
        {"role": "assistant", "content": "Three.", "reasoning_content": "Hm."},
    ]
    (tmp_path / "chats.json").write_text(json.dumps({"messages": messages}))
    chat = read_exports(tmp_path / "chats.json").one()

    assert text_of(chat) == (
        "Look\n\n*[image: a.png, not in the export]*\n\n*[part of an unknown kind: odd]*\n\n*[1 tool: search]*\n\nThree."
    )
    assert chat.messages[-1].reasoning == "Hm."
    assert chat.left_out == {left_out.MISSING_FILE: 1, left_out.UNKNOWN_PART: 1, left_out.TOOL: 1, left_out.HIDDEN: 1}


def test_the_vendored_exports_are_as_they_were_published():
    lines = (EXPORTS / "SHA256SUMS").read_text().splitlines()
    sums = {name.removeprefix("./"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    files = {path for path in EXPORTS.rglob("*") if path.is_file() and path.name not in ("SHA256SUMS", "MANIFEST.md")}

    assert {
        path.relative_to(EXPORTS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    } == sums


def test_the_list_of_formats_says_what_the_formats_say():
    assert {one.name: one.label for one in all_formats()} == LABELS
