"""Names of files are for people, whatever they are made of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.services.files.names import LONGEST, NAMELESS, clean_name

HOSTILE = {
    "../../etc/passwd": "passwd",
    "C:\\Users\\ann\\scan.pdf": "scan.pdf",
    "/": NAMELESS,
    "..": NAMELESS,
    "": NAMELESS,
    " \t\n ": NAMELESS,
    "a\0b.png": "a b.png",
    "photo\u202egnp.exe": "photognp.exe",
    "\u2066left\u2069.txt": "left.txt",
    "two\r\nlines.txt": "two lines.txt",
    "\ufeffmark.txt": "mark.txt",
    "half\ud800.txt": "half.txt",
    '"><script>alert(1)</script>.png': "script>.png",
    ".profile": ".profile",
    "تقرير.pdf": "تقرير.pdf",
    "👩‍🔬 notes.md": "👩‍🔬 notes.md",
}


@pytest.mark.parametrize(("given_name", "seen"), HOSTILE.items())
def test_a_name_becomes_one_line_without_folders_and_hidden_marks(given_name, seen):
    assert clean_name(given_name) == seen


def test_a_long_name_keeps_its_ending():
    seen = clean_name("x" * 300 + ".jpeg")

    assert len(seen) == LONGEST
    assert seen.endswith("x….jpeg")
    assert len(clean_name("y" * 300)) <= LONGEST


@given(st.text(alphabet=st.characters(), max_size=400))
def test_every_name_can_be_stored_and_shown_and_stays_as_it_is_the_second_time(name):
    seen = clean_name(name)

    assert 0 < len(seen) <= LONGEST
    assert not {"/", "\\", "\0", "\n", "\u202e"} & set(seen)
    assert seen.strip() == seen
    assert "Cs" not in map(unicodedata.category, seen)
    assert clean_name(seen) == seen
