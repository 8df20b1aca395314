"""A request with more fields than anybody fills in is refused before anything reads them."""

import json

import pytest
from werkzeug.datastructures import MultiDict

from tests.openai_api.asking import error
from tests.support.accounts import client_of
from tests.support.doors import problem

pytestmark = pytest.mark.one_database("A form is refused before any row is read.")


FORM = "application/x-www-form-urlencoded"


def form(number):
    return "&".join(f"f{n}=v" for n in range(number))


@pytest.fixture
def counted(monkeypatch):
    """The forms that Werkzeug reads."""
    read = []
    parse = MultiDict.__init__

    def note(self, *arguments, **options):
        read.append(self)
        return parse(self, *arguments, **options)

    monkeypatch.setattr(MultiDict, "__init__", note)
    return read


@pytest.mark.parametrize("address", ["/sign-in", "/setup", "/theme", "/chat", "/account/password", "/nowhere"])
@pytest.mark.parametrize("is_somebody", [True, False])
def test_a_form_of_too_many_fields_is_refused_on_every_page(app, client, address, is_somebody):
    asking = client if is_somebody else client_of(app)

    refused = asking.post(address, data=form(1_001), content_type=FORM)

    assert refused.status_code == 400
    assert "more than 1,000 fields" in refused.text


def test_a_form_of_many_fields_is_read(app):
    page = client_of(app).post("/sign-in", data=form(990) + "&name=alice&password=wrong", content_type=FORM)

    assert page.status_code == 401


def test_too_many_fields_are_not_even_taken_apart(app, counted):
    client = client_of(app)
    counted.clear()
    client.post("/sign-in", data=form(50_000), content_type=FORM)

    assert all(len(each) < 100 for each in counted)


@pytest.mark.parametrize("separator", ["&", "&&", "&a&", "=&"])
def test_empty_fields_count(app, separator):
    assert client_of(app).post("/sign-in", data=separator * 1_000, content_type=FORM).status_code == 400


def test_other_forms_are_bounded_in_their_parts(app):
    part = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n'

    refused = client_of(app).post(
        "/sign-in", data=part * 51 + "--b--\r\n", content_type="multipart/form-data; boundary=b"
    )

    assert refused.status_code == 413


@pytest.mark.parametrize("address", ["/sign-in", "/sessions", "/search", "/healthz", "/nowhere"])
def test_an_address_of_too_many_parameters_is_refused(app, address):
    refused = client_of(app).get(f"{address}?{form(1_001)}")

    assert refused.status_code == 400
    assert "more than 1,000 parameters" in refused.text


def test_programs_are_told_in_their_own_shape(client):
    refused = problem(client.get(f"/api/v1/sessions?{form(1_001)}"), 400, "bad-request")
    assert "parameters" in refused["detail"]
    assert "parameters" in error(client.get(f"/v1/models?{form(1_001)}"), 400, "bad_request")["message"]


def test_too_many_cookies_are_refused(app):
    asking = app.test_client(use_cookies=False)

    refused = asking.get("/sign-in", headers={"Cookie": "; ".join(["a=b"] * 1_002)})

    assert refused.status_code == 400
    assert "cookies" in refused.text


@pytest.mark.parametrize("address", ["/api/v1/chat", "/api/v1/sessions"])
def test_a_body_of_unknown_fields_is_told_in_one_sentence(client, address):
    body = json.dumps({f"f{number}": number for number in range(20_000)})

    refused = problem(client.post(address, data=body, content_type="application/json"), 400, "bad-request")

    assert "20,00" in refused["detail"]
    assert len(json.dumps(refused)) < 1_000


def test_a_history_of_wrong_messages_is_told_in_one_sentence(client):
    body = json.dumps({"model": "a", "messages": [{"role": 1}] * 5_000})

    refused = error(client.post("/v1/chat/completions", data=body, content_type="application/json"), 400)

    assert len(json.dumps(refused)) < 1_000
