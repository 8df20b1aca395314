"""A file that is made while it is sent: whole for who reads it, and over with who leaves."""

import io
import json
import socket
import urllib.error
import urllib.request
import zipfile

import pytest

from tests.support.accounts import ALICE, TOKEN
from tests.support.library import fill
from tests.support.server import running_server
from tests.support.waiting import eventually

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def url(app, database_url, tmp_path):
    with app.app_context():
        fill(ALICE, 200, 20)
    with running_server(database_url, tmp_path) as url:
        yield url


def get(url, path):
    """Return what is answered, or None if too much is written just now."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, headers=AUTHORIZED), timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return None if error.code == 503 else error.read()


def begin(url):
    """Ask for everything, read the beginning and leave; return whether it was being sent."""
    host, port = url.removeprefix("http://").split(":")
    request = f"GET /api/v1/export HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as reader:
        reader.sendall(request.encode())
        return b" 200 " in reader.recv(1000).splitlines()[0]


def test_everything_is_streamed_whole_after_many_readers_left(url):
    # More than run at once: each gives its place back when its reader is gone.
    for _ in range(9):
        eventually(lambda: begin(url))
    archive = zipfile.ZipFile(io.BytesIO(eventually(lambda: get(url, "/api/v1/export"))))
    assert archive.testzip() is None
    assert json.loads(archive.read("manifest.json"))["counts"]["messages"] == 4_000
