"""Who asks as a client of OpenAI's: the API key it was given is a token, and a refusal is one that it understands."""

import pytest

from tests.attacks.people import bare
from tests.openai_api.asking import URL, answered, error, said
from tests.support.accounts import ALICE, COOKIE, SECRET, TOKEN
from tests.support.doors import script
from webapp.services.accounts.tokens import create_token

pytestmark = pytest.mark.one_database("Who may ask is read from the same rows on both databases.")


BODY = {"model": "scripted", "messages": said("Hello")}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer sk-proj-something-of-openais"},
        {"Authorization": "Bearer mb_" + "x" * 10_000},
        {"Authorization": "Bearer mb_\xe9"},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-Api-Key": TOKEN},
        {"Api-Key": TOKEN},
        {"Cookie": f"{COOKIE}={SECRET}"},
    ],
    ids=lambda headers: str(headers)[:40],
)
def test_without_a_token_there_is_an_error_as_openai_has_it(app, headers):
    for answer in (
        bare(app).post(URL, json=BODY, headers=headers),
        bare(app).post(URL, json=BODY | {"stream": True}, headers=headers),
        bare(app).post(URL, data=b"{", headers=headers),
        bare(app).get("/v1/models", headers=headers),
    ):
        told = error(answer, 401, "sign_in_needed")
        assert told["type"] == "invalid_request_error"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
        assert TOKEN not in answer.text


def test_with_one_it_is_answered(app):
    script(app, "Heard.")
    assert answered(bare(app).post(URL, json=BODY, headers={"Authorization": f"Bearer {TOKEN}"}))["text"] == "Heard."


def test_one_that_only_reads_lists_the_models_and_asks_nothing(app):
    with app.app_context():
        reader = {"Authorization": f"Bearer {create_token(ALICE, 'reader', read_only=True)[0]}"}
    assistant = script(app)
    assert bare(app).get("/v1/models", headers=reader).status_code == 200
    for store in (True, False):
        error(bare(app).post(URL, json=BODY | {"store": store}, headers=reader), 403, "read_only")
    assert assistant.asked == []
