"""Stylesheet, script and colours."""

import re

import pytest

pytestmark = pytest.mark.one_database("Files do not depend on the database.")


BUNDLES = {"minutebook.css": "text/css; charset=utf-8", "minutebook.js": "text/javascript; charset=utf-8"}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_named_by_its_content_and_kept_for_good(client, name):
    address = re.search(rf'"(/assets/{name}\?v=[0-9a-f]+)"', client.get("/sessions").text)[1]
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, BUNDLES[name])
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("query", ["", "?v=", "?v=0", "?v=000000000000", "?w=1"])
@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_by_another_address_than_its_contents_is_asked_for_anew(client, name, query):
    answer = client.get(f"/assets/{name}{query}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert client.get(f"/assets/{name}{query}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["icon.svg", "css/tokens.css", "js/timezone.js"])
def test_a_file_whose_address_stays_the_same_is_kept_for_an_hour_at_most(client, name):
    with client.get(f"/static/{name}") as answer:
        assert answer.cache_control.max_age <= 3600
        etag = answer.headers["ETag"]
    with client.get(f"/static/{name}", headers={"If-None-Match": etag}) as again:
        assert again.status_code == 304


@pytest.mark.parametrize("name", ["nothing.css", "..%2fwebapp%2fconfig.py", "%00", "tokens.css"])
def test_no_other_file_is_a_bundle(client, name):
    assert client.get(f"/assets/{name}").status_code == 404


@pytest.mark.parametrize(
    "name", ["../webapp/config/settings.py", "..%2f..%2fREADME.md", "%2fetc%2fpasswd", "css/../../pyproject.toml"]
)
def test_no_file_outside_is_static(client, name):
    assert client.get(f"/static/{name}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_colours_stay(client, theme):
    answer = client.post("/theme", data={"theme": theme}, headers={"Referer": "http://localhost/sessions/archived"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sessions/archived")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert f'<html lang="en" data-theme="{theme}">' in client.get("/sessions").text
    client.post("/theme", data={"theme": ""})
    assert '<html lang="en">' in client.get("/sessions").text


@pytest.mark.parametrize("theme", ["pink", '"><script>', "\0", ""])
def test_other_colours_are_the_systems(client, theme):
    assert client.post("/theme", data={"theme": theme}).status_code == 303
    client.set_cookie("theme", "pink")
    assert '<html lang="en">' in client.get("/sessions").text
