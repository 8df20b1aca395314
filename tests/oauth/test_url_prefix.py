"""Below a path, clients find the metadata at the root of the host, as the standards say, and below the path."""

import pytest

from tests.support.doors import hidden
from tests.support.oauth import CALLBACK, challenge_of

PREFIX = "/house/minutes"
PUBLIC = f"http://localhost{PREFIX}"

pytestmark = pytest.mark.one_database("No database knows the prefix.")


@pytest.fixture
def app(make_app):
    return make_app(public_url=PUBLIC, url_prefix=PREFIX)


@pytest.mark.parametrize(
    "path",
    [
        f"/.well-known/oauth-authorization-server{PREFIX}",
        f"{PREFIX}/.well-known/oauth-authorization-server",
        f"/.well-known/openid-configuration{PREFIX}",
        f"{PREFIX}/.well-known/openid-configuration",
    ],
)
def test_the_server_is_described(client, path):
    found = client.get(path)
    assert found.status_code == 200
    assert found.json["issuer"] == PUBLIC
    assert found.json["authorization_endpoint"] == f"{PUBLIC}/authorize"
    assert found.json["token_endpoint"] == f"{PUBLIC}/oauth/token"


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        (f"/.well-known/oauth-protected-resource{PREFIX}", PUBLIC),
        (f"/.well-known/oauth-protected-resource{PREFIX}/mcp", f"{PUBLIC}/mcp"),
        (f"{PREFIX}/.well-known/oauth-protected-resource/mcp", f"{PUBLIC}/mcp"),
    ],
)
def test_the_resources_are_described(client, path, resource):
    assert client.get(path).json["resource"] == resource


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/house",
        f"/.well-known/oauth-authorization-server{PREFIX}x",
        "/.well-known/oauth-protected-resource/mcp",
        f"/.well-known/nothing{PREFIX}",
        "/authorize",
        "/oauth/token",
    ],
)
def test_what_is_outside_is_not_ours(client, path):
    assert client.get(path).status_code == 404


def test_a_client_connects(client):
    made = client.post(f"{PREFIX}/oauth/register", json={"redirect_uris": [CALLBACK]}).json
    asked = {
        "response_type": "code", "client_id": made["client_id"], "redirect_uri": CALLBACK, "state": "s",
        "code_challenge": challenge_of(), "code_challenge_method": "S256", "resource": f"{PUBLIC}/api/v1",
    }  # fmt: skip
    page = client.get(f"{PREFIX}/authorize", query_string=asked)
    assert f'action="{PREFIX}/authorize"' in page.text
    fields = {name: hidden(page, name) for name in (*asked, "user")} | {"answer": "allow"}
    back = client.post(f"{PREFIX}/authorize", data=fields).location
    code = back.partition("code=")[2].partition("&")[0]
    tokens = client.post(
        f"{PREFIX}/oauth/token",
        data={"grant_type": "authorization_code", "code": code, "client_id": made["client_id"]}
        | {"redirect_uri": CALLBACK, "code_verifier": "v" * 50},
    ).json
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get(f"{PREFIX}/api/v1/account", headers=headers).status_code == 200
    refused = client.get(f"{PREFIX}/api/v1/account", headers={"Authorization": "Bearer mba_x"})
    assert f"{PUBLIC}/.well-known/oauth-protected-resource/api/v1" in refused.headers["WWW-Authenticate"]
