"""A stream that is open when its listener is signed out ends with that, and the answer is kept all the same."""

import pytest

from tests.attacks.people import person
from tests.support.accounts import ALICE, SECRET, SIGN_IN_ID, TOKEN, TOKEN_ID, client_of
from tests.support.cast import eventually
from tests.support.doors import script
from webapp.http import permission
from webapp.services.accounts.sign_in_list import end_sign_in
from webapp.services.accounts.status import set_disabled
from webapp.services.accounts.tokens import revoke_token
from webapp.services.sessions.listing import list_sessions
from webapp.services.transcripts.reading import read_transcript

SAID = {"model": "scripted", "messages": [{"role": "user", "content": "Where is the key?"}], "stream": True}


def of_the_page(client, session_id):
    return client.get(f"/sessions/{session_id}/live?after=-1&attempt={attempt_of(client, session_id)}&state=writing")


def of_the_api(client, session_id):
    return client.get(f"/api/v1/sessions/{session_id}/live")


def attempt_of(client, session_id):
    headers = {"Accept": "application/json"}
    return client.get(f"/api/v1/sessions/{session_id}/live", headers=headers).json["assistant_message_id"]


def signed_out(app):
    end_sign_in(ALICE, SIGN_IN_ID)
    revoke_token(ALICE, TOKEN_ID)


def disabled(app):
    person("carol", is_admin=True)
    set_disabled(ALICE, ALICE.id, disabled=True)


@pytest.mark.parametrize("how", [signed_out, disabled])
@pytest.mark.parametrize("stream_of", [of_the_page, of_the_api])
def test_it_ends_when_its_listener_is_let_in_no_more(app, client, gate, monkeypatch, stream_of, how):
    monkeypatch.setattr(permission, "_CHECK_EVERY", 0.0)
    script(app, ("Under ", gate, "the mat."))
    asked = client_of(app, secret=SECRET, token=TOKEN)
    begun = iter(asked.post("/api/v1/chat", json={"content": "Where is the key?", "stream": True}).response)
    next(begun)
    with app.app_context():
        session_id = list_sessions(ALICE).data[0].id
    pieces = iter(stream_of(client, session_id).response)
    heard = b""
    while b"Under" not in heard:
        heard += next(pieces)
    with app.app_context():
        how(app)
    gate.open()
    heard += b"".join(pieces)
    assert b"mat" not in heard
    assert b"mat" not in b"".join(begun)
    with app.app_context():
        kept = eventually(lambda: read_transcript(ALICE, session_id).messages)
        assert kept[-1].content == "Under the mat."


def test_so_does_one_of_a_client_of_openais(app, client, gate, monkeypatch):
    monkeypatch.setattr(permission, "_CHECK_EVERY", 0.0)
    script(app, ("Under ", gate, "the mat."))
    pieces = iter(client.post("/v1/chat/completions", json=SAID).response)
    heard = next(pieces)
    assert b"Under" in heard
    with app.app_context():
        revoke_token(ALICE, TOKEN_ID)
    gate.open()
    assert b"mat" not in b"".join(pieces)


def test_who_is_let_in_hears_it_to_the_end(app, client, gate, monkeypatch):
    monkeypatch.setattr(permission, "_CHECK_EVERY", 0.0)
    script(app, ("Under ", gate, "the mat."))
    pieces = iter(client.post("/v1/chat/completions", json=SAID).response)
    next(pieces)
    gate.open()
    assert b"mat" in b"".join(pieces)
