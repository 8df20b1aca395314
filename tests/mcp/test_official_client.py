"""The official Python client visits a real server on each database, in both kinds of revisions."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.mcp.programs import client_python
from tests.support.accounts import TOKEN
from tests.support.server import running_server


def visit(address, mode, token=TOKEN):
    script = Path(__file__).with_name("official_client.py")
    command = [str(client_python()), str(script), f"{address}/mcp", token, mode]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_client_keeps_finds_and_reads_a_turn(database_url, tmp_path):
    client_python()
    with running_server(database_url, tmp_path) as address:
        for number, (mode, version) in enumerate(
            [("auto", "2026-07-28"), ("legacy", "2025-11-25"), ("2026-07-28", "2026-07-28")], 1
        ):
            done = visit(address, mode)
            assert done.returncode == 0, done.stderr
            seen = json.loads(done.stdout)
            assert seen["version"] == version
            assert seen["tools"] == ["search", "fetch", "list_chats", "keep_turn"]
            assert (seen["kept"].pop("already_kept"), seen["again"].pop("already_kept")) == (False, True)
            assert seen["kept"] == seen["again"]
            assert "A bitter *herb*." in seen["turn"]["text"] and "A bitter *herb*." in seen["chat"]["text"]
            assert seen["kept"]["id"] in {each["chat_id"] for each in seen["found"]["results"]}
            assert len(seen["chats"]["chats"]) == number
            assert "limit" in seen["wrong"]["error"]
            assert seen["no_tool"] == -32602


@pytest.mark.one_database("The token is refused before any chat is read.")
def test_the_client_is_told_that_its_token_is_wrong(database_url, tmp_path):
    client_python()
    with running_server(database_url, tmp_path) as address:
        done = visit(address, "auto", "mb_made-up")
        assert done.returncode != 0
        assert "401" in done.stderr or "token" in done.stderr
