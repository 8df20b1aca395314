"""What is refused is in the log at its default level, without a word of what was sent, and never without a bound."""

import json
import logging
from types import SimpleNamespace

import pytest

from tests.attacks.people import no_account, person
from tests.attacks.routes import NAMING, ROUTES, TOKEN, call, nothing_of, things_of_alice
from tests.support.accounts import ALICE, PASSWORD, client_of
from webapp.observability import line_quota
from webapp.observability.line_quota import Quota
from webapp.state import current

pytestmark = pytest.mark.one_database("What is logged does not depend on the database.")


MARK = "zebrafish"
WRONG = {"name": MARK, "password": MARK}


@pytest.fixture(autouse=True)
def quiet_afterwards():
    level = logging.getLogger("webapp").level
    yield
    logging.getLogger("webapp").setLevel(level)


@pytest.fixture
def clock(monkeypatch):
    """The clock of the bound on lines, which stands still until a test moves it."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(line_quota.Quota.__init__, "__defaults__", (lambda: now.seconds,))
    return now


@pytest.fixture
def app(clock, make_app):
    return make_app(log_format="json")


@pytest.fixture
def told(app, capsys):
    """Read the lines of the log since the last time, all of which are warnings."""

    def read():
        found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        assert {line["level"] for line in found} <= {"warning"}
        assert MARK not in str(found).lower()
        return found

    read()
    return read


def attempts(app):
    """Everything that is refused, by what the log calls it."""
    client, guest = app.test_client(), client_of(app)
    with app.app_context():
        bob, things = person("bob", read_only=True).client(app), things_of_alice()
    bearer = {"Authorization": f"Bearer mb_{MARK}"}
    return {
        "wrong-password": [
            lambda: guest.post("/sign-in", data=WRONG),
            lambda: guest.post("/sign-in", data=WRONG | {"name": "alice"}),
            lambda: client.post("/account/password", data={"password": MARK, "new_password": MARK}),
            lambda: client.post("/account/confirmation", data={"confirm_password": MARK}),
        ],
        "invalid-token": [
            lambda: guest.get("/api/v1/sessions", headers=bearer),
            lambda: guest.get("/v1/models", headers=bearer),
            lambda: guest.post("/api/v1/chat", json={"content": MARK}),
        ],
        "other-site": [
            lambda: client.post("/chat", data={"content": MARK}, headers={"Origin": f"https://{MARK}.example"}),
            lambda: client.post("/sign-in", data=WRONG, headers={"Sec-Fetch-Site": "cross-site"}),
            lambda: client.post("/api/v1/chat", json={"content": MARK}, headers={"Sec-Fetch-Site": "same-site"}),
        ],
        "unknown-host": [
            lambda: client.get("/sessions", headers={"Host": f"{MARK}.example"}),
            lambda: client.get("/api/v1/sessions", headers={"Host": f"{MARK}.example"}),
        ],
        "not-allowed": [
            lambda: bob.get("/accounts"),
            lambda: bob.post("/accounts/invitations"),
            lambda: bob.post("/api/v1/chat", json={"content": MARK}),
        ],
        "not-found": [
            lambda: bob.get(f"/sessions/{things['session_id']}?q={MARK}"),
            lambda: bob.get(f"/api/v1/sessions/{things['session_id']}"),
            lambda: bob.post(f"/account/tokens/{things['token_id']}/revoke"),
            lambda: guest.get(f"/invitations/{MARK}"),
        ],
    }


KINDS = ["wrong-password", "invalid-token", "other-site", "unknown-host", "not-allowed", "not-found"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_attempt_has_a_line(app, told, kind):
    acts = attempts(app)
    assert list(acts) == KINDS
    told()
    for act in acts[kind]:
        status = act().status_code
        assert status in {400, 401, 403, 404, 422}
        (line,) = told()
        assert (line["event"], line["address"]) == (kind, "127.0.0.1")
        assert line["message"].endswith(f"user {line['user']}")
        assert line["route"].startswith("/")
        assert line["method"] in {"GET", "POST"}


def test_who_is_known_is_named_by_the_accounts_id_alone(app, told):
    client_of(app).post("/sign-in", data={"name": "alice", "password": MARK})
    client_of(app).post("/sign-in", data=WRONG)
    assert [line["user"] for line in told()] == [ALICE.id, None]


def told_of(app, bob, told, name, things):
    current(Quota, app)._seen.clear()
    told()
    status = call(bob, name, things).status_code
    return status, [{key: line[key] for key in ("event", "message", "route", "address", "user")} for line in told()]


def test_what_belongs_to_somebody_else_is_told_as_what_there_is_not(app, told):
    with app.app_context():
        bob = person("bob").client(app)
    for name in NAMING:
        with app.app_context():
            theirs, none = things_of_alice(ROUTES[name].state), nothing_of(things_of_alice())
        lines = [told_of(app, bob, told, name, things) for things in (theirs, none)]
        assert lines[0] == lines[1], name
        status, found = lines[0]
        # The page's stream, and where one is sent back to a page, say nothing of the kind.
        event = {404: ["not-found"], 403: ["not-allowed"]}.get(status, [])
        assert [line["event"] for line in found] == event, name


@pytest.mark.parametrize(
    "act",
    [
        lambda app: app.test_client().get("/sessions"),
        lambda app: app.test_client().get("/nothing"),
        lambda app: app.test_client().get("/api/v1/nothing"),
        lambda app: client_of(app).get("/sessions"),
        lambda app: client_of(app).post("/chat", data={"content": MARK}),
        lambda app: client_of(app).post("/sign-in", data={"name": "alice", "password": PASSWORD}),
        lambda app: app.test_client().post("/api/v1/sessions", json={"title": MARK * 100}),
    ],
)
def test_what_people_and_programs_do_every_day_has_none(app, told, act):
    act(app)
    assert told() == []


def test_a_limit_that_is_reached_has_one_too(app, told):
    for _ in range(11):
        client_of(app).post("/sign-in", data=WRONG)
    assert told()[-1]["event"] == "too-many"


def test_the_code_of_the_first_account_is_no_exception(app, told):
    with app.app_context():
        no_account()
    client_of(app).post("/setup", data={"code": MARK, "name": MARK, "password": PASSWORD})
    client_of(app).get(f"/setup?code={MARK}")
    assert [line["event"] for line in told()] == ["not-allowed"] * 2


def test_a_flood_has_a_few_lines_a_minute_and_one_that_counts_the_rest(app, told, clock):
    client = app.test_client()
    foreign = {"Origin": "https://evil.example"}
    for _ in range(500):
        client.post("/theme", headers=foreign)
    client.get("/sessions", headers={"Host": "evil.example"})
    assert [line["event"] for line in told()] == ["other-site"] * line_quota.LINES + ["unknown-host"]
    clock.seconds += 59
    client.get("/sessions")
    assert told() == []
    clock.seconds += 2
    client.get("/sessions")
    (line,) = told()
    assert (line["event"], line["count"]) == ("other-site", 500 - line_quota.LINES)
    client.get("/sessions")
    assert told() == []
    client.post("/theme", headers=foreign)
    assert len(told()) == 1


def test_an_address_that_is_none_is_not_quoted(make_app, told, capsys):
    client = client_of(make_app(proxies=1))
    client.post("/sign-in", data=WRONG, headers={"X-Forwarded-For": f"{MARK}\x1b"})
    assert "from unknown" in capsys.readouterr().err


def test_every_kind_of_refusal_that_is_told_has_a_sentence():
    from webapp.errors import AppError, kinds
    from webapp.http.refusal_log import _SENTENCES

    assert {kind.attempt for kind in (AppError, *kinds())} - {None} <= set(_SENTENCES)
    assert TOKEN
