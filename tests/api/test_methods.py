"""Methods that an address does not have."""

import pytest

from tests.support.doors import NOBODY, problem

pytestmark = pytest.mark.one_database("A method or an address is refused before any row is read.")


ADDRESSES = {
    "/sessions": {"GET", "HEAD", "OPTIONS", "POST"},
    f"/sessions/{NOBODY}": {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"},
    f"/sessions/{NOBODY}/messages": {"GET", "HEAD", "OPTIONS"},
    f"/sessions/{NOBODY}/messages/0": {"GET", "HEAD", "OPTIONS"},
    f"/sessions/{NOBODY}/turns": {"OPTIONS", "POST"},
    f"/sessions/{NOBODY}/retries": {"OPTIONS", "POST"},
    f"/sessions/{NOBODY}/edits": {"OPTIONS", "POST"},
    f"/sessions/{NOBODY}/forks": {"OPTIONS", "POST"},
    f"/sessions/{NOBODY}/live": {"DELETE", "GET", "HEAD", "OPTIONS"},
    f"/sessions/{NOBODY}/live/stop": {"OPTIONS", "POST"},
    "/chat": {"OPTIONS", "POST"},
    "/search": {"GET", "HEAD", "OPTIONS"},
    "/assistants": {"GET", "HEAD", "OPTIONS"},
    "/openapi.json": {"GET", "HEAD", "OPTIONS"},
}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}


def allowed(answer):
    return {method.strip() for method in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("address", ADDRESSES)
def test_another_method_is_a_405_that_says_which_there_are(client, address):
    for method in METHODS - ADDRESSES[address]:
        answer = client.open(f"/api/v1{address}", method=method, json={})
        problem(answer, 405, "method-not-allowed")
        assert allowed(answer) == ADDRESSES[address]


@pytest.mark.parametrize("address", ADDRESSES)
def test_options_says_which_there_are(client, address):
    answer = client.options(f"/api/v1{address}")
    assert answer.status_code == 200
    assert allowed(answer) == ADDRESSES[address]


@pytest.mark.parametrize(
    "address", ["/sessions/", "/session", "/", "", "/sessions//messages", "/v2", f"/sessions/{NOBODY}/forks/"]
)
def test_an_address_that_is_none_is_not_found(client, address):
    problem(client.get(f"/api/v1{address}"), 404, "not-found")
