"""`minutebook serve`: starting, refusing to start, and coming back."""

import json
import socket
import stat
import subprocess
import urllib.error
import urllib.request
from http.client import HTTPConnection

import pytest

from tests.server import MINUTEBOOK, Server, environment, running_server

pytestmark = pytest.mark.slow


def minutebook(data_dir, *arguments, **env):
    return subprocess.run(
        [MINUTEBOOK, *arguments], env=environment(None, data_dir, **env), cwd=data_dir,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def ask(url, content):
    body = json.dumps({"content": content}).encode()
    request = urllib.request.Request(f"{url}/api/v1/chat", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def refused(done, *names):
    """Check that a start was refused in a line for each name."""
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    for name in names:
        assert [line for line in told.splitlines() if name in line], told
    assert len(told.strip().splitlines()) <= len(names) + 1


BAD = {
    "HOST": "0.0.0.0",
    "PORT": "99999",
    "DATABASE_URL": "mysql://localhost/x",
    "MINUTEBOOK_WORKERS": "many",
    "MINUTEBOOK_THREADS": "0",
    "MINUTEBOOK_TIMEZONE": "Nowhere/Land",
    "MINUTEBOOK_ASSISTANT_TIMEOUT": "-1",
    "MINUTEBOOK_MAX_CONTENT": "1e5",
    "OPENAI_BASE_URL": "ftp://x",
    "MINUTEBOOK_CHECK_RESPONSES": "perhaps",
}


def test_every_setting_that_cannot_be_used_is_told_in_a_line(tmp_path):
    refused(minutebook(tmp_path, "serve", **BAD), *BAD)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["HOST", "DATABASE_URL"])
def test_other_commands_tell_it_too(tmp_path, name):
    refused(minutebook(tmp_path, "sessions", "list", **{name: BAD[name]}), name)


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused(minutebook(tmp_path, "serve", PORT=port), f"Port {port} of 127.0.0.1 cannot be used")
    assert list(tmp_path.iterdir()) == []


def test_on_an_empty_folder_it_makes_the_database_for_its_owner_alone(tmp_path):
    data = tmp_path / "deep" / "down"
    with running_server(None, tmp_path, MINUTEBOOK_DATA=str(data)) as url:
        assert get(f"{url}/api/v1/sessions") == {"data": [], "next": None}
        assert ask(url, "Hello")["message_count"] == 2
    assert (data / "minutebook.db").is_file()
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in data.glob("minutebook.db*")} == {0o600}


def test_after_a_kill_what_was_answered_is_still_there(database_url, tmp_path):
    server = Server(database_url, tmp_path)
    try:
        kept = [ask(server.url, f"Question {n}") for n in range(5)]
    finally:
        server.kill()
    with running_server(database_url, tmp_path) as url:
        listed = get(f"{url}/api/v1/sessions")["data"]
        assert {session["id"] for session in listed} == {turn["session_id"] for turn in kept}
        for turn in kept:
            messages = get(url + turn["url"])["messages"]
            assert messages[1] == turn["message"]
            assert [message["idx"] for message in messages] == [0, 1]


def test_it_can_be_asked_by_its_ipv6_address(tmp_path):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = Server(None, tmp_path, HOST="::1")
    try:
        assert get(f"{server.url}/api/v1/sessions")["data"] == []
        assert ask(server.url, "Hello")["message_count"] == 2
    finally:
        server.stop()


def test_a_body_that_does_not_say_its_length_is_measured_as_it_comes(tmp_path):
    def send(*chunks):
        connection = HTTPConnection(url.removeprefix("http://"), timeout=20)
        try:
            connection.request("POST", "/api/v1/chat", iter(chunks), {"Content-Type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()

    with running_server(None, tmp_path) as url:
        assert send(b'{"content": "Hello"}', b" " * 1_100_000) == 413
        assert get(f"{url}/api/v1/sessions")["data"] == []
        assert send(b'{"content":', b' "Hello"}') == 201


def test_the_longest_search_goes_through_as_an_address(tmp_path):
    with running_server(None, tmp_path) as url:
        words = "%F0%9F%94%91" * 200
        assert get(f"{url}/api/v1/search?q={words}")["data"] == []
        with pytest.raises(urllib.error.HTTPError) as told:
            get(f"{url}/api/v1/search?q={words}&cursor={'%F0%9F%94%91' * 400}")
        assert told.value.code == 400
        told.value.close()


def test_the_command_names_its_version_and_what_it_can_do(tmp_path):
    assert "0." in minutebook(tmp_path, "--version").stdout
    told = minutebook(tmp_path, "--help").stdout
    assert all(f"\n  {name} " in told for name in ("serve", "sessions", "db"))


def test_the_database_can_be_upgraded_by_itself(tmp_path):
    done = minutebook(tmp_path, "db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert minutebook(tmp_path, "sessions", "list").stdout == ""
