"""Real client libraries connect with a real server on each database."""

import json
import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session

from tests.mcp.programs import client_python
from tests.support.accounts import COOKIE, SECRET
from tests.support.server import Server, free_port

CALLBACK = "http://127.0.0.1:9/callback"


@pytest.fixture
def address(database_url, tmp_path):
    port = free_port()
    public = {"MINUTEBOOK_PUBLIC_URL": f"http://127.0.0.1:{port}", "MINUTEBOOK_LOG_LEVEL": "debug"}
    server = Server(database_url, tmp_path, port=port, **public)
    yield server.url
    server.kill()
    log = server.log.read_text()
    assert "/oauth/token 200" in log
    # Neither codes and tokens nor what else travels in addresses.
    assert not re.search(r"mb[akrc]_|code=|state=|redirect_uri", log)


@pytest.mark.parametrize("right", ["read", "write"])
def test_the_official_mcp_client_finds_everything_by_itself(address, right):
    script = Path(__file__).with_name("official_client.py")
    command = [str(client_python()), str(script), f"{address}/mcp", SECRET, right]

    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["asked"] == ["Connect “Official client”?"], "the refresh asks nobody"
    assert seen["scope"] == ("read write" if right == "write" else "read")
    tools = ["search", "fetch", "list_chats", *(["keep_turn"] if right == "write" else [])]
    assert seen["tools"] == tools
    assert seen["found"] is False
    assert seen["is_refreshed"]


def test_authlibs_client_connects_refreshes_and_revokes(address, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    found = requests.get(f"{address}/.well-known/oauth-authorization-server", timeout=10).json()
    metadata = {"client_name": "Authlib", "redirect_uris": [CALLBACK]}
    client_id = requests.post(found["registration_endpoint"], json=metadata, timeout=10).json()["client_id"]
    client = OAuth2Session(
        client_id, redirect_uri=CALLBACK, code_challenge_method="S256", token_endpoint_auth_method="none",
        revocation_endpoint_auth_method="none", token_endpoint=found["token_endpoint"], scope="read write",
    )  # fmt: skip
    verifier = "abcdefghij" * 5
    url, state = client.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier)

    back = pressed(url)
    token = client.fetch_token(
        found["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
    )

    assert token["scope"] == "read"
    assert client.get(f"{address}/api/v1/account", timeout=10).json()["name"] == "alice"
    fresh = client.refresh_token(found["token_endpoint"], refresh_token=token["refresh_token"])
    assert fresh["refresh_token"] != token["refresh_token"]
    assert client.get(f"{address}/api/v1/account", timeout=10).status_code == 200
    assert client.revoke_token(found["revocation_endpoint"], token=fresh["refresh_token"]).status_code == 200
    client.token["expires_at"] = None
    assert client.get(f"{address}/api/v1/account", timeout=10).status_code == 401


def pressed(url):
    """Press the button of the page in Alice's browser, and return where it is sent."""
    cookies = {COOKIE: SECRET}
    page = requests.get(url, cookies=cookies, timeout=10)
    assert page.status_code == 200
    named = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    fields = {name: unescape(value) for name, value in named} | {"answer": "allow"}
    answer = requests.post(url.partition("?")[0], data=fields, cookies=cookies, allow_redirects=False, timeout=10)
    assert answer.status_code == 303
    return answer.headers["Location"]
