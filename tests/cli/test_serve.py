"""`minutebook serve`: starting, refusing to start, and coming back."""

import json
import re
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from tests.support.accounts import BEARER, PASSWORD
from tests.support.commands import minutebook
from tests.support.server import MINUTEBOOK, Server, environment, free_port, furnish, running_server

pytestmark = pytest.mark.slow

FIRST_ACCOUNT = re.compile(r"^Create the first account at (http://\S+/setup\?code=[0-9a-f]{32})$", re.MULTILINE)


@pytest.fixture(scope="module")
def url(tmp_path_factory, sqlite_template):
    """A server for the tests that do not disturb each other."""
    with running_server(None, furnish(tmp_path_factory.mktemp("serve"), sqlite_template)) as url:
        yield url


def minutebook_process(data_dir, *arguments, **env):
    return subprocess.run(
        [MINUTEBOOK, *arguments], env=environment(None, data_dir, **env), cwd=data_dir,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def get(url, headers=BEARER):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return json.load(answer)


def ask(url, content, headers=BEARER):
    body = json.dumps({"content": content}).encode()
    request = urllib.request.Request(f"{url}/api/v1/chat", body, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def page(url, form=None):
    """Ask for a page, or send a form, as a browser that has not signed in and keeps its cookies."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(url, form, timeout=20) as answer:
        return answer.read().decode()


def refused(done, *names):
    """Check that a start was refused in a line for each name."""
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    for name in names:
        assert [line for line in told.splitlines() if name in line], told
    assert len(told.strip().splitlines()) <= len(names) + 1


BAD = {
    "HOST": "minutes.example.org",
    "PORT": "99999",
    "DATABASE_URL": "mysql://localhost/x",
    "MINUTEBOOK_WORKERS": "many",
    "MINUTEBOOK_THREADS": "0",
    "MINUTEBOOK_TIMEZONE": "Nowhere/Land",
    "MINUTEBOOK_ASSISTANT_TIMEOUT": "-1",
    "MINUTEBOOK_MAX_CONTENT": "1e5",
    "OPENAI_BASE_URL": "ftp://x",
    "MINUTEBOOK_CHECK_RESPONSES": "perhaps",
    "TRUSTED_HOSTS": "https://minutes.example.org",
    "MINUTEBOOK_PROXIES": "nginx",
    "MINUTEBOOK_SECRET_KEY": "too short",
    "MINUTEBOOK_LIMITS_URL": "memcached://localhost",
    "MINUTEBOOK_WRITES_A_MINUTE": "often",
    "MINUTEBOOK_LIVE_TURNS_EACH": "0",
    "MINUTEBOOK_LOG_FORMAT": "xml",
    "MINUTEBOOK_LOG_LEVEL": "loud",
}


def test_every_setting_that_cannot_be_used_is_told_in_a_line(tmp_path):
    refused(minutebook_process(tmp_path, "serve", **BAD), *BAD)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["HOST", "DATABASE_URL"])
def test_other_commands_tell_it_too(tmp_path, name):
    refused(minutebook_process(tmp_path, "sessions", "list", **{name: BAD[name]}), name)


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused(minutebook(tmp_path, "serve", PORT=port), f"Port {port} on 127.0.0.1 is not available")
    assert list(tmp_path.iterdir()) == []


def test_every_address_of_the_machine_may_be_listened_on_and_what_that_means_is_told(tmp_path, sqlite_template):
    port = str(free_port())
    done = minutebook(furnish(tmp_path, sqlite_template), "serve", HOST="0.0.0.0", PORT=port)
    assert done.returncode == 0, done.stderr
    assert done.became == (sys.executable, "-m", "webapp.server", "0.0.0.0", port, "1", "20.0")
    assert f"Minutebook is at http://127.0.0.1:{port} " in done.stdout
    assert "without TLS" in done.stdout


def test_on_an_empty_folder_it_makes_the_database_for_its_owner_alone(tmp_path):
    data = tmp_path / "deep" / "down"
    with running_server(None, tmp_path, MINUTEBOOK_DATA=str(data)) as url:
        assert "no account yet" in page(f"{url}/sessions")
        token = the_first_account_and_its_token(tmp_path, MINUTEBOOK_DATA=str(data))
        assert get(f"{url}/api/v1/sessions", token) == {"data": [], "next": None}
        assert ask(url, "Hello", token)["message_count"] == 2
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in data.iterdir()} == dict.fromkeys(
        ["database.id", "minutebook.db", "minutebook.db-shm", "minutebook.db-wal", "secret.key"], oct(0o600)
    )


def the_first_account_and_its_token(tmp_path, **env):
    """Get in by the command line alone, as whoever runs the machine may; return the header that programs send."""
    done = minutebook(tmp_path, "users", "add", "Alice", said=f"{PASSWORD}\n", **env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Created the account alice (administrator).")
    done = minutebook(tmp_path, "tokens", "create", "tests", **env)
    assert (done.returncode, done.stderr) == (0, "")
    (secret,) = done.stdout.splitlines()
    return {"Authorization": f"Bearer {secret}"}


def test_the_way_to_the_first_account_is_told_while_there_is_none(tmp_path):
    with running_server(None, tmp_path) as url:
        (address,) = FIRST_ACCOUNT.findall(server_log(tmp_path, url))
        assert address.startswith(f"{url}/setup?code=")
        assert "Create the first account" in page(address)
        form = {"code": address.partition("code=")[2], "name": "alice", "password": PASSWORD}
        assert "This book is empty" in page(f"{url}/setup", urlencode(form).encode())
    with running_server(None, tmp_path) as url:
        assert server_log(tmp_path, url).startswith(f"Minutebook is at {url} ")
        assert "code=" not in server_log(tmp_path, url)


def server_log(data_dir, url):
    return (data_dir / f"server-{url.rpartition(':')[2]}.log").read_text()


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


def test_it_can_be_asked_by_its_ipv6_address(tmp_path, sqlite_template):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("an IPv6 address: this machine has none")
    server = Server(None, furnish(tmp_path, sqlite_template), HOST="::1")
    try:
        assert get(f"{server.url}/api/v1/sessions")["data"] == []
        assert ask(server.url, "Hello")["message_count"] == 2
    finally:
        server.stop()


def test_a_body_that_does_not_say_its_length_is_measured_as_it_comes(url):
    def send(*chunks):
        connection = HTTPConnection(url.removeprefix("http://"), timeout=20)
        try:
            connection.request("POST", "/api/v1/chat", iter(chunks), {"Content-Type": "application/json", **BEARER})
            return connection.getresponse().status
        finally:
            connection.close()

    assert send(b'{"content": "Hello"}', b" " * 1_300_000) == 413
    assert get(f"{url}/api/v1/sessions")["data"] == []
    assert send(b'{"content":', b' "Hello"}') == 201


def test_the_longest_search_goes_through_as_an_address(url):
    words = "%F0%9F%94%91" * 200
    assert get(f"{url}/api/v1/search?q={words}")["data"] == []
    with pytest.raises(urllib.error.HTTPError) as told:
        get(f"{url}/api/v1/search?q={words}&cursor={'%F0%9F%94%91' * 400}")
    assert told.value.code == 400
    told.value.close()


def test_the_command_names_its_version_and_what_it_can_do(tmp_path):
    assert "0." in minutebook_process(tmp_path, "--version").stdout
    told = minutebook(tmp_path, "--help").stdout
    assert all(f"\n  {name} " in told for name in ("serve", "sessions", "users", "tokens", "db"))


def test_the_database_can_be_upgraded_by_itself(tmp_path):
    done = minutebook(tmp_path, "db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert minutebook(tmp_path, "sessions", "list").stdout == ""
