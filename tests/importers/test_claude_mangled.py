"""No damage of a Claude export is an exception, and what is whole is read."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.support.exports import EXPORTS
from tests.support.mangled import cut, mangled, randoms, read_mangled

FILES = sorted((EXPORTS / "claude").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@settings(max_examples=25, deadline=None)
@given(random=randoms())
def test_changed_values_never_raise(file, random):
    document = json.loads(file.read_text())
    with tempfile.TemporaryDirectory() as folder:
        read_mangled(Path(folder), mangled(document, random))
        read_mangled(Path(folder), mangled(document, random), format_name="claude")


@pytest.mark.parametrize("file", FILES[:6], ids=lambda file: file.stem)
@settings(max_examples=15, deadline=None)
@given(random=randoms())
def test_cut_bytes_never_raise(file, random):
    with tempfile.TemporaryDirectory() as folder:
        read_mangled(Path(folder), cut(file.read_bytes(), random))
        read_mangled(Path(folder), cut(file.read_bytes(), random), format_name="claude")
