"""Numbers for Prometheus: what is counted, who may read it, and that nobody is named in it."""

import http.client
import json
import os
import signal
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.accounts import BEARER, PASSWORD, client_of
from tests.support.doors import add_turn, make_session, script
from tests.support.server import Server
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.services.live.process.pool import Runner
from webapp.state import current

pytestmark = pytest.mark.one_database("What is counted does not depend on the database.")


OPERATOR = "the-operators-token-" + "x" * 32
AS_OPERATOR = {"Authorization": f"Bearer {OPERATOR}"}
MARK = "Zebrafish"


@pytest.fixture
def app(make_app):
    return make_app(metrics_token=OPERATOR)


def values_of(text):
    """Return each number by its name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def values(client):
    told = client.get("/metrics", headers=AS_OPERATOR)
    assert told.status_code == 200, told.text
    assert told.content_type.startswith("text/plain; version=")
    assert told.headers["Cache-Control"] == "no-store"
    return values_of(told.text)


def requests(found, method, route, status):
    return found.get(("minutebook_requests_total", ("method", method), ("route", route), ("status", str(status))), 0)


def replies(found):
    return {key[1][1]: value for key, value in found.items() if key[0] == "minutebook_replies_total" and value}


def test_without_a_token_set_there_are_no_metrics(make_app):
    app = make_app()

    assert app.test_client().get("/metrics", headers=AS_OPERATOR).status_code == 404
    assert "/metrics" not in {rule.rule for rule in app.url_map.iter_rules()}


def test_only_the_operators_token_opens_them(app, client):
    for headers in ({}, BEARER, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {OPERATOR}"}):
        told = client.get("/metrics", headers=headers)
        assert told.status_code == 401
        assert told.headers["WWW-Authenticate"].startswith("Bearer")
        assert "minutebook_" not in told.text
    assert client_of(app).get("/metrics", headers=AS_OPERATOR).status_code == 200


def test_requests_are_counted_by_method_route_and_status(client):
    session = make_session(client, title="Plans")
    for _ in range(2):
        client.get(f"/sessions/{session['id']}")
    client.get(f"/nothing/{MARK}")
    client.open("/sessions", method=MARK)

    found = values(client)

    assert requests(found, "POST", "/api/v1/sessions", 201) == 1
    assert requests(found, "GET", "/sessions/<id:session_id>", 200) == 2
    assert requests(found, "GET", "none", 404) == 1
    assert requests(found, "OTHER", "none", 405) == 1
    route = (("method", "GET"), ("route", "/sessions/<id:session_id>"))
    assert found["minutebook_request_seconds_count", *route] == 2
    assert found["minutebook_request_seconds_bucket", ("le", "+Inf"), *route] == 2


def test_replies_are_counted_by_how_they_ended(app, client):
    def chat(**more):
        return client.post("/api/v1/chat", json={"content": "Hello", **more})

    script(app, "Fine.", AssistantFailed("No."), ValueError("no"), "Fine again.")
    assert [chat().status_code for _ in range(4)] == [201, 502, 502, 201]

    assert replies(values(client)) == {"finished": 2, "failed": 2}


def test_a_reply_is_counted_while_it_is_written_and_as_stopped_when_it_was(app, client):
    go_on = threading.Event()
    script(app, ("It begins", lambda: go_on.wait(15) and " and ends"))
    session = make_session(client)
    asked = {"session_id": session["id"], "content": "Hello", "stream": True}
    stream = client.post("/api/v1/chat", json=asked)
    assert b"It begins" in next(piece for piece in stream.response if b"delta" in piece)
    assert values(client)["minutebook_replies_writing",] == 1
    client.post(f"/api/v1/sessions/{session['id']}/live/stop")
    go_on.set()
    stream.close()

    eventually(lambda: values(client)["minutebook_replies_writing",] == 0)
    assert replies(values(client)) == {"stopped": 1}


def test_what_is_answered_without_keeping_it_is_counted_too(app, client):
    script(app, "Fine.", AssistantFailed("No."))
    body = {"model": "scripted", "messages": [{"role": "user", "content": "Hello"}], "store": False}

    assert client.post("/v1/chat/completions", json=body).status_code == 200
    assert client.post("/v1/chat/completions", json=body).status_code == 502
    assert replies(values(client)) == {"finished": 1, "failed": 1}
    assert values(client)["minutebook_replies_writing",] == 0


def test_whoever_stops_listening_to_what_is_not_kept_has_stopped_it(app, client):
    go_on = threading.Event()
    script(app, ("It begins", lambda: go_on.wait(15) and " and ends"))
    body = {"model": "scripted", "messages": [{"role": "user", "content": "Hello"}], "store": False, "stream": True}
    stream = client.post("/v1/chat/completions", json=body)
    assert b"It begins" in next(piece for piece in stream.response if b"It" in piece)
    stream.close()
    go_on.set()

    assert replies(values(client)) == {"stopped": 1}


def test_what_the_end_of_the_process_cuts_short_is_counted_as_interrupted(app, client):
    go_on = threading.Event()
    script(app, ("It begins", lambda: go_on.wait(15) and ""))
    session = make_session(client)
    asked = {"session_id": session["id"], "content": "Hello", "stream": True}
    stream = client.post("/api/v1/chat", json=asked)
    next(stream.response)
    current(Runner, app).close(0)
    go_on.set()
    stream.close()

    assert replies(values(client)) == {"interrupted": 1}


def test_sign_ins_that_fail_and_refusals_of_too_much_are_counted(app, client):
    nobody = client_of(app)
    wrong = {"name": "alice", "password": f"{MARK} not the password"}
    answers = [nobody.post("/sign-in", data=wrong).status_code for _ in range(12)]
    assert answers == [401] * 10 + [429] * 2

    found = values(client)

    assert found["minutebook_failed_sign_ins_total",] == 10
    assert found["minutebook_limited_requests_total", ("route", "/sign-in")] == 2
    right = {"name": "alice", "password": PASSWORD}
    client_of(app).post("/sign-in", data=right)
    assert values(client)["minutebook_failed_sign_ins_total",] == 10


def test_nobody_and_nothing_is_named(app, client):
    session = make_session(client, title=MARK)
    add_turn(client, session["id"], MARK, MARK)
    client.get(f"/search?q={MARK}")
    client.get(f"/invitations/{MARK}")
    client.get(f"/sessions/{session['id']}")

    text = client.get("/metrics", headers=AS_OPERATOR).text

    for word in (MARK, MARK.lower(), session["id"], "alice", "127.0.0.1", OPERATOR):
        assert word not in text
    labels = {label for key in values_of(text) for label, _ in key[1:]}
    assert labels == {"kind", "method", "route", "status", "ending", "le"}


def test_apps_count_for_themselves(make_app, app, client):
    other = make_app(metrics_token=OPERATOR)
    script(app, "Fine.")
    assert client.post("/api/v1/chat", json={"content": "Hello"}).status_code == 201

    assert replies(values(other.test_client())) == {}
    assert replies(values(client)) == {"finished": 1}


@pytest.mark.slow
def test_workers_count_together_and_forget_what_a_dead_one_was_writing(database_url, tmp_path):
    def ask(method, path, headers, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def found():
        return values_of(ask("GET", "/metrics", AS_OPERATOR))

    server = Server(database_url, tmp_path, MINUTEBOOK_METRICS_TOKEN=OPERATOR, MINUTEBOOK_WORKERS="2")
    try:
        # The start of the server polls /healthz until it answers.
        first = requests(found(), "GET", "/healthz", 200)
        for _ in range(20):
            ask("GET", "/healthz", {})
        asked = BEARER | {"Content-Type": "application/json"}
        for _ in range(4):
            ask("POST", "/api/v1/chat", asked, json.dumps({"content": "Hello"}))
        before = found()
        assert requests(before, "GET", "/healthz", 200) == first + 20
        assert replies(before) == {"finished": 4}
        assert before["minutebook_replies_writing",] == 0
        victim = server.workers()[0]
        gauge = tmp_path / "metrics" / f"gauge_livesum_{victim}.db"
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: victim not in server.workers() and len(server.workers()) == 2)
        assert requests(found(), "GET", "/healthz", 200) == first + 20
        assert not gauge.exists()
    finally:
        server.stop()
