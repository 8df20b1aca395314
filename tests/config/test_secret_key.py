"""The app's own secret: made once, for its owner alone, and never by two at once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from webapp.config.secret_key import secret_key, setup_code
from webapp.config.settings import ConfigError, Settings
from webapp.config.validators import SHORTEST_SECRET

MAKE = """
import sys; from pathlib import Path; from webapp.config.settings import Settings; from webapp.config.secret_key import secret_key
settings = Settings(data_dir=Path(sys.argv[1]), database_url=""); sys.stdin.readline(); print(secret_key(settings).decode())
"""


def settings(folder, **more):
    return Settings(data_dir=folder, database_url=f"sqlite:///{folder}/minutebook.db", **more)


@pytest.fixture
def umask():
    """Let this process make files with another mask."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277, 0o777])
def test_it_is_made_once_and_readable_by_its_owner_alone_whatever_the_umask(tmp_path, umask, mask):
    umask(mask)
    key = secret_key(settings(tmp_path))
    umask(0o022)

    file = tmp_path / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == key + b"\n"
    assert len(key) == 64
    assert secret_key(settings(tmp_path)) == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_its_folder_is_made_for_its_owner_alone(tmp_path, umask):
    umask(0)

    secret_key(settings(tmp_path / "new" / "data"))

    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700


def test_processes_that_start_at_once_have_one(tmp_path):
    children = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    keys = {child.communicate(timeout=60)[0] for child in children}

    assert [child.returncode for child in children] == [0] * 4
    assert keys == {(tmp_path / "secret.key").read_text()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_who_is_overtaken_takes_the_one_that_is_there(tmp_path, monkeypatch):
    link, theirs = os.link, "k" * SHORTEST_SECRET

    def overtaken(draft, path):
        (tmp_path / "secret.key").write_text(theirs)
        link(draft, path)

    monkeypatch.setattr(os, "link", overtaken)

    assert secret_key(settings(tmp_path)) == theirs.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_one_that_is_given_is_taken_and_none_is_made(tmp_path):
    assert secret_key(settings(tmp_path, secret_key="k" * 32)) == b"k" * 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "\n", "k" * (SHORTEST_SECRET - 1), f"   {'k' * (SHORTEST_SECRET - 1)}\n\n"])
def test_a_file_that_is_too_short_is_refused_and_left_alone(tmp_path, content):
    file = tmp_path / "secret.key"
    file.write_text(content)

    with pytest.raises(ConfigError, match=r"^MINUTEBOOK_SECRET_KEY: .*secret\.key holds fewer than 32") as refused:
        secret_key(settings(tmp_path))

    assert file.read_text() == content
    assert not content.strip() or content.strip() not in str(refused.value)


@pytest.mark.parametrize("obstacle", ["a folder", "a link to nothing", "no folder"])
def test_where_none_can_be_made_or_read_the_start_is_stopped_with_a_sentence(tmp_path, obstacle):
    data_dir = tmp_path / "data"
    if obstacle == "no folder":
        data_dir.write_text("a file")
    else:
        data_dir.mkdir()
    if obstacle == "a folder":
        (data_dir / "secret.key").mkdir()
    elif obstacle == "a link to nothing":
        (data_dir / "secret.key").symlink_to("nothing")

    with pytest.raises(ConfigError, match=r"^MINUTEBOOK_SECRET_KEY: it is not set, and .* cannot be used \(.+\)\.$"):
        secret_key(settings(data_dir))
    assert obstacle == "no folder" or [path.name for path in data_dir.iterdir()] == ["secret.key"]


def test_the_setup_code_stays_and_is_another_ones_elsewhere(tmp_path):
    here, there = settings(tmp_path / "here"), settings(tmp_path / "there")

    code = setup_code(here)

    assert code == setup_code(here)
    assert code != setup_code(there)
    assert len(code) == 32 and int(code, 16)
    assert code.encode() not in secret_key(here)
    assert setup_code(settings(tmp_path, secret_key="k" * 32)) == setup_code(
        settings(tmp_path / "x", secret_key="k" * 32)
    )
