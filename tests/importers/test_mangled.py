"""No damage of a ChatGPT export is an exception, and what is whole is read."""

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

FILES = sorted((EXPORTS / "chatgpt").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@settings(max_examples=25, deadline=None)
@given(random=randoms())
def test_changed_values_never_raise(file, random):
    document = json.loads(file.read_text())
    with tempfile.TemporaryDirectory() as folder:
        read_mangled(Path(folder), mangled(document, random))
        read_mangled(Path(folder), mangled(document, random), format_name="chatgpt")


@pytest.mark.parametrize("file", FILES[:6], ids=lambda file: file.stem)
@settings(max_examples=15, deadline=None)
@given(random=randoms())
def test_cut_bytes_never_raise(file, random):
    with tempfile.TemporaryDirectory() as folder:
        read_mangled(Path(folder), cut(file.read_bytes(), random))
        read_mangled(Path(folder), cut(file.read_bytes(), random), format_name="chatgpt")


@settings(max_examples=40, deadline=None)
@given(random=randoms())
def test_changed_files_of_an_archive_never_raise(random):
    with (
        zipfile.ZipFile(EXPORTS / "chatgpt" / "librechat-2026-sharded.zip") as archive,
        tempfile.TemporaryDirectory() as folder,
    ):
        files = {one: archive.read(one) for one in archive.namelist()}
        changed = {
            one: mangled(json.loads(data), random, 2) if one.endswith(".json") else data for one, data in files.items()
        }
        path = zipped(Path(folder, "b.zip"), changed)
        read_mangled(Path(folder), path.read_bytes(), "a.zip")
