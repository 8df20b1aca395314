"""No damage of a ChatGPT or Claude export is an exception, and what is whole is read."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.support.chatgpt import zipped
from tests.support.exports import EXPORTS
from tests.support.mangled import cut, mangled, randoms, read_mangled

FILES = [path for name in ("chatgpt", "claude") for path in sorted((EXPORTS / name).glob("*.json"))]
FIRST = [path for name in ("chatgpt", "claude") for path in sorted((EXPORTS / name).glob("*.json"))[:6]]
ARCHIVES = [EXPORTS / "chatgpt" / "librechat-2026-sharded.zip", EXPORTS / "claude" / "librechat-claude-2025.zip"]


def name_of(path):
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
@settings(max_examples=25, deadline=None)
@given(random=randoms())
def test_changed_values_never_raise(file, random):
    document = json.loads(file.read_text())
    with tempfile.TemporaryDirectory() as folder:
        read_mangled(Path(folder), mangled(document, random))
        read_mangled(Path(folder), mangled(document, random), format_name=file.parent.name)


@pytest.mark.parametrize("file", FIRST, ids=name_of)
@settings(max_examples=15, deadline=None)
@given(random=randoms())
def test_cut_bytes_never_raise(file, random):
    with tempfile.TemporaryDirectory() as folder:
        read_mangled(Path(folder), cut(file.read_bytes(), random))
        read_mangled(Path(folder), cut(file.read_bytes(), random), format_name=file.parent.name)


@pytest.mark.parametrize("archive", ARCHIVES, ids=name_of)
@settings(max_examples=40, deadline=None)
@given(random=randoms())
def test_changed_files_of_an_archive_never_raise(archive, random):
    with zipfile.ZipFile(archive) as opened, tempfile.TemporaryDirectory() as folder:
        files = {one: opened.read(one) for one in opened.namelist()}
        changed = {
            one: mangled(json.loads(data), random, 2) if one.endswith(".json") else data for one, data in files.items()
        }
        path = zipped(Path(folder, "b.zip"), changed)
        read_mangled(Path(folder), path.read_bytes(), "a.zip")
