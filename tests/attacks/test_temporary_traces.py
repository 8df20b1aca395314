"""A temporary chat leaves no word of it: not in any column, file or line of the log."""

import pytest
from sqlalchemy import inspect, text

from tests.support.accounts import client_of
from tests.support.carried import carried_fields, turn_fields
from tests.support.doors import script
from tests.support.tabs import PARTIAL
from webapp.agent.protocol import AssistantFailed
from webapp.agent.values import End, ProviderRefusal, Reasoning
from webapp.database.engine import db
from webapp.database.transaction import read_connection
from webapp.ids import new_id

MARK = "quetzalfrost"
OPERATOR = "the-token-of-an-operator"
KEPT = "kept-zebrafish"


@pytest.fixture
def app(make_app):
    return make_app(log_level="debug", log_format="json", metrics_token=OPERATOR)


def everything(app):
    """Return every value of every table."""
    with app.app_context():
        connection = read_connection()
        names = inspect(connection).get_table_names()
        assert set(db.metadata.tables) <= set(names)
        return {name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))] for name in names}


def files_with(folder, word):
    return [path.name for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes().lower()]


def talk(app):
    """Do all that can be done in a temporary chat, on the page and over the API, but keep it."""
    client = app.test_client()
    refusal = ProviderRefusal(400, MARK, f"No {MARK}", None)
    script(
        app,
        (Reasoning(f"Hm, {MARK}"), f"It is {MARK}.", End(model=f"m-{MARK}", finish_reason=MARK[:5])),
        f"Again {MARK}.",
        AssistantFailed(f"No {MARK}", refusal=refusal),
        (f"Part of {MARK}", RuntimeError(f"A mistake about {MARK}")),
        UnicodeDecodeError("utf-8", MARK.encode(), 0, 1, MARK),
        f"Streamed {MARK}",
        f"Whole {MARK}",
        f"Events {MARK}",
    )

    def post(path="/temporary", **more):
        fields = {"content": f"Say {MARK}", "assistant": "scripted", "key": new_id(), "message": carried_fields(page)}
        return client.post(path, data=fields | more.pop("data", {}), **more)

    page = ""
    page = post().text
    page = post().text
    assert len(carried_fields(page)) == 4
    for path in ("/temporary/retries", "/temporary/retries", "/temporary", "/temporary/edits"):
        assert MARK in post(path).text
    assert MARK in post(headers=PARTIAL).text
    for path in ("/temporary", "/temporary/keep", "/temporary/edits", "/temporary/retries"):
        assert post(path, data={"message": ["{", MARK]}).status_code == 422
        assert post(path, data={"assistant": f"{MARK}:x", "message": turn_fields(MARK, "")}).status_code == 422
    assert post(headers={"Origin": "https://elsewhere.example"}).status_code == 403
    guest = client_of(app)
    asked = guest.post("/temporary", data={"content": MARK, "message": carried_fields(page)})
    assert asked.status_code == 401
    assert MARK in asked.text, "what was typed survives the sign-in"
    turn = {"user": {"content": MARK}, "assistant": {"content": MARK, "model": MARK, "reasoning": MARK}}
    for more in ({}, {"stream": True}, {"assistant": f"{MARK}:x"}, {MARK: MARK}):
        body = {"content": f"Say {MARK}", "turns": [turn]} | more
        client.post("/api/v1/temporary", json=body, headers={"Idempotency-Key": f"key-{MARK}"}).get_data()


def test_nothing_of_it_is_left(app, tmp_path, capsys):
    before = everything(app)
    talk(app)
    assert MARK not in repr(everything(app)).lower()
    assert {name: len(rows) for name, rows in everything(app).items()} == {name: len(r) for name, r in before.items()}
    assert files_with(tmp_path, MARK) == []
    told = capsys.readouterr()
    assert "AssistantFailed" in told.err, "the log is on"
    assert MARK not in (told.err + told.out).lower()
    metrics = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {OPERATOR}"})
    assert metrics.status_code == 200
    assert MARK not in metrics.text.lower()


def test_the_search_for_traces_finds_what_is_kept(app, tmp_path, engine_name):
    client = app.test_client()
    kept = client.post("/temporary/keep", data={"key": new_id(), "message": turn_fields(KEPT, "b")})
    assert kept.status_code == 303
    assert KEPT in repr(everything(app))
    if engine_name == "sqlite":
        assert files_with(tmp_path, KEPT)
