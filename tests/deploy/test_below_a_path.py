"""Minutebook below a path of a host: the proxy hands the path on, or takes it off and names it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.deploy.fronts import NAME, front
from tests.support.accounts import BEARER, PASSWORD
from tests.support.server import Server, furnish

pytestmark = pytest.mark.slow

PREFIX = "/minutes"
_ADDRESS = re.compile(r'(?:href|src|action|formaction|hx-get|hx-post)="(/[^"]*)"')
#: What each example says where the proxy takes the path off.
TAKES_OFF = {
    "nginx": {
        "location / {": "location /minutes/ {",
        "        proxy_pass http://127.0.0.1:8000;\n    }\n\n    location /v1/": "        proxy_pass http://127.0.0.1:8000/;\n    }\n\n    location /v1/",
        'X-Forwarded-Prefix ""': f"X-Forwarded-Prefix {PREFIX}",
    },
    "caddy": {
        "\treverse_proxy 127": f"\turi strip_prefix {PREFIX}\n\treverse_proxy 127",
        "header_up -X-Forwarded-Prefix": f"header_up X-Forwarded-Prefix {PREFIX}",
    },
}


@pytest.fixture(scope="module", params=["by the setting", "by the proxy"])
def is_set(request):
    """Whether the setting names the prefix; else the proxy takes it off and names it."""
    return request.param == "by the setting"


@pytest.fixture(scope="module")
def below(is_set, sqlite_template, tmp_path_factory):
    """Minutebook behind a proxy, below a path."""
    settings = {"MINUTEBOOK_PROXIES": "1", "TRUSTED_HOSTS": NAME, "MINUTEBOOK_GRACE": "0"}
    if is_set:
        settings["MINUTEBOOK_URL_PREFIX"] = PREFIX
    server = Server(None, furnish(tmp_path_factory.mktemp("book"), sqlite_template), **settings)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(request, is_set, below, tmp_path_factory):
    """Each of the proxies before it."""
    changes = {} if is_set else TAKES_OFF[request.param]
    with front(request.param, tmp_path_factory.mktemp(request.param), below.port, changes) as running:
        yield running


def test_a_browser_signs_in_and_finds_every_address_below_the_path(proxy):
    body = urlencode({"name": "alice", "password": PASSWORD})
    answer = proxy.ask("POST", f"{PREFIX}/sign-in", body, Content_Type="application/x-www-form-urlencoded")
    assert (answer.status, answer.headers["Location"]) == (303, f"{PREFIX}/sessions")
    name, *flags = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Secure-minutebook=")
    assert sorted(flags) == ["HttpOnly", f"Path={PREFIX}", "SameSite=Lax", "Secure"]
    page = proxy.ask("GET", f"{PREFIX}/sessions", Cookie=name, X_Forwarded_Prefix="/forged")
    found = [unescape(address) for address in _ADDRESS.findall(page.text)]
    assert len(found) > 10
    assert [address for address in found if not address.startswith(f"{PREFIX}/")] == []
    for asset in (address for address in found if "/assets/" in address or "/static/" in address):
        assert proxy.ask("GET", asset).status == 200


def test_a_program_is_answered_with_addresses_below_the_path(proxy):
    made = proxy.ask("POST", f"{PREFIX}/api/v1/sessions", "{}", Content_Type="application/json", **BEARER)
    assert made.status == 201
    assert made.headers["Location"].startswith(f"{PREFIX}/api/v1/sessions/")
    assert proxy.ask("GET", made.headers["Location"], **BEARER).status == 200
