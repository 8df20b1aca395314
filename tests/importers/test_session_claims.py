"""The formats of coding agents claim their own files, and no others."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.support.broken_exports import finishes
from tests.support.exports import EXPORTS, read_exports, text_of
from webapp.importers import copilot_cli, cursor
from webapp.importers.bundle import open_bundle
from webapp.importers.claude_code import format as claude_code
from webapp.importers.codex import format as codex
from webapp.importers.gemini_cli import format as gemini_cli
from webapp.importers.llm import format as llm
from webapp.importers.probe import probe
from webapp.importers.reading import read_upload
from webapp.importers.vscode_copilot import format as vscode_copilot

FORMATS = [one.FORMAT for one in (claude_code, codex, gemini_cli, copilot_cli, cursor, llm, vscode_copilot)]
FILES = sorted(path for path in EXPORTS.rglob("*") if path.is_file() and path.suffix != ".md")


def owners(path):
    folder = path.relative_to(EXPORTS).parts[0]
    if folder == "copilot":
        return {"vscode-copilot"} if path.name.startswith("vscode") else {"copilot-cli"}
    return {folder} if folder in {one.name for one in FORMATS} else set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXPORTS)))
def test_a_file_is_claimed_by_its_format_alone(path):
    with open_bundle([path]) as bundle:
        for member in bundle.members:
            seen = probe(member)
            assert {one.name for one in FORMATS if one.claims(seen)} == owners(path)


@pytest.mark.parametrize(
    "line",
    [
        {"display": "fix it", "pastedContents": {}, "timestamp": 1767261600000, "project": "/x"},
        {"session_id": "s", "ts": 1767261600, "text": "fix it"},
        {"type": "message", "id": "1", "message": {"role": "user", "content": "fix it"}},
        {"type": "user", "text": "fix it"},
        {"role": "user", "content": "fix it"},
        {"role": "user", "type": "x", "message": {"content": []}},
        {"sessionId": "s", "messageId": 0, "type": "user", "message": "fix it"},
        {"kind": 1, "value": "x"},
    ],
)
def test_the_files_of_other_programs_are_not_claimed(tmp_path, line):
    for name, text in (
        ("one.jsonl", json.dumps(line)),
        ("two.jsonl", f"{json.dumps(line)}\n" * 2),
        ("one.json", json.dumps(line)),
    ):
        (tmp_path / name).write_text(text)
    with open_bundle([tmp_path]) as bundle:
        assert [
            (member.name, one.name) for member in bundle.members for one in FORMATS if one.claims(probe(member))
        ] == []


def test_a_program_with_records_like_those_of_claude_code_is_not_claimed(tmp_path):
    common = {"uuid": "1", "parentUuid": None, "sessionId": "s", "timestamp": "2026-01-01T10:00:00Z"}
    lines = [
        {**common, "type": "system", "subtype": "ui_telemetry"},
        {**common, "type": "user", "message": {"role": "user", "parts": [{"text": "Hi"}]}},
    ]
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with open_bundle([tmp_path]) as bundle:
        assert [one.name for one in FORMATS if one.claims(probe(bundle.members[0]))] == []


@pytest.mark.parametrize("format_name", [one.name for one in FORMATS])
def test_a_format_that_is_named_reads_any_file_to_its_end(format_name):
    for path in FILES:
        finishes(path, format_name)


def test_all_programs_in_one_upload_are_read_as_if_alone():
    names = ("claude-code", "codex", "gemini-cli", "copilot", "cursor", "llm")
    together = read_exports(*names)
    alone = [read_exports(name) for name in names]

    assert together.origins == {one.name for one in FORMATS}
    assert len(together.conversations) == 39
    assert together.counts == sum((upload.counts for upload in alone), Counter())
    assert sorted(map(text_of, together.conversations)) == sorted(
        text_of(chat) for upload in alone for chat in upload.conversations
    )


def test_files_with_one_name_stay_apart(tmp_path):
    paths = []
    for number in range(2):
        record = {"type": "user", "uuid": f"u{number}", "sessionId": "s", "message": {"content": f"Hi {number}"}}
        paths.append(tmp_path / f"{number}.jsonl")
        paths[-1].write_text(json.dumps(record))
    with open_bundle(paths, ["same.jsonl", "same.jsonl"]) as bundle:
        chats = [read.record for read in read_upload(bundle)]

    assert [chat.messages[0].content for chat in chats] == ["Hi 0", "Hi 1"]
