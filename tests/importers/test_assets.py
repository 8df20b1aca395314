"""Files of an export are found by the ids with which their names begin."""

from __future__ import annotations

import io

import pytest

from webapp.importers.assets import Assets
from webapp.importers.bundle import Member

NAMES = {"file-A1b2.dat": "holiday.jpg", "file-A1b2-x.dat": "other.jpg"}


def assets(*names):
    return Assets([Member(name, 1, lambda name=name: io.BytesIO(name.encode())) for name in names], NAMES)


@pytest.mark.parametrize(
    ("asset_id", "there", "name", "path"),
    [
        ("file-A1b2", ["a/file-A1b2.dat", "file-A1b2-x.dat"], "holiday.jpg", "a/file-A1b2.dat"),
        ("file-A1b2-x", ["file-A1b2.dat", "file-A1b2-x.dat"], "other.jpg", "file-A1b2-x.dat"),
        ("file-C3d4", ["file-C3d4-my cat.png", "file-C3d45.png"], "my cat.png", "file-C3d4-my cat.png"),
        ("file_C3d4", ["user-1/file_C3d4-9f.webp"], "9f.webp", "user-1/file_C3d4-9f.webp"),
    ],
)
def test_a_file_is_found_by_its_id(asset_id, there, name, path):
    found = assets(*there).find(asset_id)
    assert (found.name, found.open().read()) == (name, path.encode())


@pytest.mark.parametrize("asset_id", ["", "file", "file-A1b", "file-A1b2x", "nothing-here", "../file-A1b2"])
def test_no_other_file_is_taken_for_it(asset_id):
    known = assets("file-A1b2.dat", "file-A1b2-x.dat")
    assert known.find(asset_id) is None
    assert len(known.unused()) == 2


def test_a_second_copy_of_a_file_is_not_left_over():
    known = assets("old/file-A1b2.dat", "new/file-A1b2.dat", "file-A1b2-x.dat")
    known.find("file-A1b2")
    assert [member.name for member in known.unused()] == ["file-A1b2-x.dat"]
