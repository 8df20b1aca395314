"""The account page says how assistants are connected, and the API says where."""

import html
import json
import re

import pytest

from tests.support.accounts import TOKEN
from webapp.config.settings import Settings
from webapp.state import current

pytestmark = pytest.mark.one_database("The page shows addresses, which are in no row.")


def texts(page):
    section = re.search(r'<section class="connect".*?</section>', page.text, re.DOTALL)[0]
    return [html.unescape(each) for each in re.findall(r"<pre[^>]*><code>(.*?)</code>", section, re.DOTALL)]


def test_the_page_has_the_address_and_a_text_for_each_program(client):
    address, *recipes = texts(client.get("/account"))

    assert address == client.get("/api/v1/account").json["mcp_url"] == "http://localhost/mcp"
    assert len(recipes) == 5
    assert all(address in recipe for recipe in recipes)
    assert recipes[0].startswith("claude mcp add --transport http")
    files = [json.loads(recipe) for recipe in recipes if recipe.startswith("{")]
    servers = [next(iter(file.values()))["minutebook"] for file in files]
    assert [server["headers"] for server in servers] == [{"Authorization": "Bearer mb_…"}] * 2
    assert {server["url"] for server in servers} == {address}


def test_the_address_works_with_a_token(client):
    address = texts(client.get("/account"))[0].removeprefix("http://localhost")
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    answer = client.post(address, json=ping, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.json["result"] == {}


def test_the_texts_have_a_new_token_on_the_page_that_shows_it_and_on_no_other(client):
    made = client.post("/account/tokens", data={"token_name": "assistant", "read_only": "yes"})
    secret = re.search(r'aria-label="The new token" value="([^"]+)"', made.text)[1]

    assert sum(secret in text for text in texts(made)) == 4
    assert secret not in client.get("/account").text


def test_the_address_has_the_prefix_of_the_app(make_app):
    app = make_app(url_prefix="/minutes")
    assert current(Settings, app).url_prefix == "/minutes"
    answer = app.test_client().get("/minutes/api/v1/account", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.json["mcp_url"] == "http://localhost/minutes/mcp"
