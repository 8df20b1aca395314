"""The log: what it tells, in which form, and that it never quotes what somebody wrote."""

import json
import logging
import sqlite3
import sys

import pytest

from tests.support.accounts import ALICE, client_of
from tests.support.doors import add_turn, fill_in, make_session, script
from tests.support.provider import refuses, running
from webapp.agent.protocol import AssistantFailed
from webapp.database.search_text import search_text
from webapp.database.transaction import read_connection
from webapp.observability.logs import JsonFormatter, Stderr, TextFormatter

pytestmark = pytest.mark.one_database("What is logged does not depend on the database.")


MARK = "Zebrafish"
FORMS = pytest.mark.parametrize("form", ["text", "json"])


@pytest.fixture(autouse=True)
def quiet_afterwards():
    level = logging.getLogger("webapp").level
    yield
    logging.getLogger("webapp").setLevel(level)


def raised(error, cause=None):
    try:
        try:
            raise cause or KeyError(MARK)
        except Exception as inner:
            raise error from inner
    except Exception:
        return sys.exc_info()


def record(name, message, *args, exc_info=None, level=logging.WARNING):
    return logging.LogRecord(name, level, "x.py", 1, message, args, exc_info)


def lines(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if line]


def test_an_exception_is_told_by_its_type_and_its_places_alone():
    written = record("webapp.x", "It failed", exc_info=raised(ValueError(MARK)))

    text, data = TextFormatter().format(written), json.loads(JsonFormatter().format(written))

    assert MARK not in text
    assert "It failed: ValueError [" in text
    assert f"from KeyError [{__file__}:" in text
    assert MARK not in json.dumps(data)
    assert [told["type"] for told in data["exceptions"]] == ["ValueError", "KeyError"]
    frame = data["exceptions"][0]["frames"][-1]
    assert (frame["file"], frame["function"]) == (__file__, "raised")
    assert data.keys() == {"time", "level", "logger", "message", "request_id", "exceptions"}


def test_an_exception_in_a_message_is_named_and_not_quoted():
    error = sqlite3.OperationalError(MARK)
    assert TextFormatter().format(record("webapp", "No: %s", error)).endswith("No: sqlite3.OperationalError")
    assert TextFormatter().format(record("webapp", error)).endswith(" sqlite3.OperationalError")


def test_a_record_is_one_line_whatever_is_in_it():
    forged = record("webapp", "a %s", "b\r\n2026-01-01 error c\x1b[31m\u2028d")

    assert len(TextFormatter().format(forged).splitlines()) == 1
    assert "\x1b" not in TextFormatter().format(forged)
    assert len(JsonFormatter().format(forged).splitlines()) == 1


def test_of_others_no_value_is_written():
    told = TextFormatter().format(record("sqlalchemy.pool", "%r of %(name)s is %5.2f at 100%%", MARK))
    assert told.endswith("sqlalchemy.pool: … of … is … at 100%%")
    assert MARK not in TextFormatter().format(record("openai", ValueError(MARK)))


@FORMS
def test_of_others_only_what_matters_is_written(make_app, capsys, form):
    make_app(log_level="debug", log_format=form)
    for name in ("openai._base_client", "httpx2", "sqlalchemy.engine"):
        other = logging.getLogger(name)
        other.handle(record(name, "Request: %s", MARK, level=logging.INFO))
        other.handle(record(name, "Trouble: %s", MARK))

    written = lines(capsys)
    assert len(written) == 3
    assert not [line for line in written if MARK in line or "Trouble" not in line]


def test_a_line_that_cannot_be_written_does_not_quote_its_values(make_app, capsys):
    make_app()
    (handler,) = [handler for handler in logging.getLogger().handlers if isinstance(handler, Stderr)]
    handler.handle(record("webapp.x", "Two %d %d", MARK))

    assert lines(capsys) == ["A line of webapp.x could not be written."]


def test_the_level_decides_whether_requests_are_logged(make_app, capsys):
    make_app().test_client().get("/sessions")
    assert lines(capsys) == []
    make_app(log_level="info").test_client().get("/sessions")
    assert len(lines(capsys)) == 1


def test_a_request_is_logged_by_its_route(make_app, capsys):
    client = make_app(log_level="info", log_format="json").test_client()
    answer = client.get(f"/api/v1/sessions/00000000-0000-7000-8000-000000000000?q={MARK}")
    client.open(f"/{MARK}", method=MARK)

    known, unknown = map(json.loads, lines(capsys))

    assert isinstance(known.pop("milliseconds"), float)
    assert known["message"].startswith("GET /api/v1/sessions/<id:session_id> 422, ")
    wanted = {"method": "GET", "route": "/api/v1/sessions/<id:session_id>", "status": 422, "user": ALICE.id}
    assert wanted.items() <= known.items()
    assert (known["level"], known["logger"]) == ("info", "webapp.requests")
    assert known["request_id"] == answer.headers["X-Request-ID"]
    assert (unknown["method"], unknown["route"], unknown["status"]) == ("OTHER", "none", 404)


def test_text_names_the_request_in_every_line_it_wrote(make_app, capsys, monkeypatch):
    client = make_app(log_level="info").test_client()
    monkeypatch.setattr("webapp.web.sidebar.list_sessions", lambda *_, **__: 1 / 0)
    given = client.get("/sessions").headers["X-Request-ID"]

    failed, told = lines(capsys)
    assert f"Z error {given} GET /sessions failed: ZeroDivisionError [" in failed
    assert f"Z info {given} GET /sessions 500, " in told


def ask_everything(app):
    """Send marked words wherever somebody can write them, to doors that answer, refuse and fail."""
    client, nobody = app.test_client(), client_of(app)
    words = f"The {MARK}"
    script(app, words, AssistantFailed(words), ValueError(words), RuntimeError(words), words)
    session = make_session(client, title=words)
    add_turn(client, session["id"], words, words)
    chat = {"content": words, "session_id": session["id"]}
    for stream in (False, True, False):
        client.post("/api/v1/chat", json=chat | {"stream": stream}).get_data()
    completion = {"model": "scripted", "messages": [{"role": "user", "content": words}], "store": False}
    client.post("/v1/chat/completions", json=completion)
    client.post("/v1/chat/completions", json=completion | {"stream": True, "model": f"openai:{MARK}"}).get_data()
    client.post("/v1/chat/completions", json={"messages": words, MARK: words})
    client.post("/chat", data=fill_in(client) | {"content": words})
    for address in ("/search", "/api/v1/search", "/sessions", "/api/v1/sessions"):
        client.get(f"{address}?q={MARK}&title={MARK}&cursor={MARK}&page={MARK}")
    client.patch(f"/api/v1/sessions/{session['id']}", json={"title": words * 300})
    client.post("/api/v1/chat", data=f'{{"content": "{MARK}', content_type="application/json")
    client.get(f"/{MARK}/{MARK}")
    client.get(f"/api/v1/{MARK}", headers={"X-Request-ID": MARK, "User-Agent": MARK, "Cookie": f"tz={MARK}"})
    nobody.get(f"/sessions?{MARK}", headers={"Cookie": f"minutebook={MARK}"})
    nobody.get("/api/v1/sessions", headers={"Authorization": f"Bearer mb_{MARK}"})
    nobody.get("/sessions", headers={"Host": f"{MARK}.example"})
    nobody.post("/sign-in", data={"name": MARK, "password": MARK, "next": f"/{MARK}"})
    nobody.post("/sign-in", data={"name": "alice", "password": MARK}, headers={"Origin": f"https://{MARK}"})
    nobody.get(f"/setup?code={MARK}")
    nobody.post("/setup", data={"code": MARK, "name": MARK, "password": MARK})
    nobody.get(f"/invitations/{MARK}")
    nobody.post(f"/invitations/{MARK}", data={"name": MARK, "password": MARK})


@FORMS
def test_nothing_that_somebody_wrote_comes_into_the_log(make_app, capsys, caplog, form):
    app = make_app(log_level="debug", log_format=form)
    ask_everything(app)

    written = capsys.readouterr().err
    assert "Assistant scripted failed: webapp.agent.protocol.AssistantFailed" in written
    assert "Assistant scripted raised" in written
    assert "/invitations/<secret>" in written
    assert "/setup" in written
    assert MARK.lower() not in written.lower()
    # Nor would another handler have it, but for the words of exceptions.
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("webapp")]
    assert ours
    assert not [message for message in ours if MARK.lower() in message.lower()]


@FORMS
def test_neither_do_the_words_of_failures(make_app, capsys, monkeypatch, form):
    def break_down(*_args, **_options):
        raise RuntimeError(MARK) from KeyError(MARK)

    app = make_app(log_level="debug", log_format=form)
    client = app.test_client()
    for name in ("webapp.web.sidebar.list_sessions", "webapp.api.sessions.list_sessions", "webapp.web.search.search"):
        monkeypatch.setattr(name, break_down, raising=not name.endswith(".search"))
    assert client.get("/sessions").status_code == 500
    assert client.get(f"/api/v1/sessions?title={MARK}").status_code == 500
    # Not even where telling of the failure fails.
    monkeypatch.setattr("webapp.web.errors.answer", break_down)
    with pytest.raises(RuntimeError):
        client.get(f"/{MARK}")

    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert "A request failed" in written
    assert MARK not in written


@FORMS
def test_neither_do_the_words_of_the_database(make_app, capsys, tmp_path, form):
    app = make_app(log_level="debug", log_format=form, sqlite_lock_timeout=0.05)
    client = app.test_client()
    session = make_session(client, title=MARK)
    turn = {"user": {"content": MARK}, "assistant": {"content": MARK}}
    other = sqlite3.connect(tmp_path / "minutebook.db", isolation_level=None)
    other.create_function("search_text", 1, search_text, deterministic=True)
    other.execute("BEGIN IMMEDIATE")
    assert client.post(f"/api/v1/sessions/{session['id']}/turns", json=turn).status_code == 503
    other.execute("COMMIT")
    other.execute(f"CREATE TRIGGER no BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, '{MARK}'); END")
    assert client.post(f"/api/v1/sessions/{session['id']}/turns", json=turn).status_code == 500
    other.execute("ALTER TABLE sessions RENAME TO elsewhere")
    other.close()
    assert client.get(f"/search?q={MARK}").status_code == 500

    written = capsys.readouterr().err
    assert "sqlite3.OperationalError SQLITE_BUSY" in written
    assert "sqlalchemy.exc.IntegrityError" in written
    assert MARK not in written


def test_an_error_of_the_database_does_not_hold_its_values(app):
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    with app.app_context(), pytest.raises(OperationalError) as refused:
        read_connection().execute(text("SELECT nothing WHERE 1 = :mark"), {"mark": MARK})
    assert MARK not in str(refused.value)


def test_neither_do_the_words_of_a_provider(make_app, capsys):
    with running(refuses(400, f"Bad: {MARK}")) as provider:
        app = make_app(openai_base_url=provider.url, openai_api_key="sk-of-the-operator", log_level="debug")
        told = app.test_client().post("/api/v1/chat", json={"content": MARK, "assistant": f"openai:{MARK}"})

    written = capsys.readouterr().err
    assert told.status_code == 502
    assert f"Bad: {MARK}" in told.json["detail"]
    assert (
        "Assistant openai failed: webapp.agent.protocol.AssistantFailed from webapp.agent.provider_errors.ProviderStatusError 400"
        in written
    )
    assert MARK not in written
