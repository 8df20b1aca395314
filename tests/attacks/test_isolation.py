"""Bob has an account, too. Of what is Alice's he learns and changes nothing, not even that it is there."""

import io
import re
import zipfile

import pytest

from tests.attacks.people import person, rows
from tests.attacks.routes import ADMIN, NAMING, PAGE, ROUTES, TOKEN, WORDS, call, nothing_of, things_of_alice
from tests.openai_api.asking import said
from tests.support.cast import statements
from tests.support.doors import script
from webapp.database.transaction import leave_transaction
from webapp.ids import new_id

_ID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LIVE = "/sessions/<id:session_id>/live"
#: What htmx listens to, and what stops or takes back what is gone already, show how things stand: a new chat.
TELLS_OTHERWISE = {f"GET {_LIVE}", f"POST {_LIVE}/stop", f"POST {_LIVE}/take-back", f"POST {_LIVE}/keep"}

#: Ways to ask in which an answer could give away that there is something.
WAYS = (
    {},
    {"HX-Request": "true", "HX-Request-Type": "partial"},
    {"If-Match": '"1"', "If-None-Match": "*", "Accept": "application/json", "Referer": "http://localhost/sessions"},
    {"If-Match": '"nothing"', "Accept": "text/event-stream"},
)


@pytest.fixture(params=[False, True], ids=["bob", "an administrator"])
def bob(app, request):
    with app.app_context():
        return person("bob", is_admin=request.param)


@pytest.fixture
def things(app):
    """What is Alice's, by the state of its chat."""
    with app.app_context():
        made = {state: things_of_alice(state) for state in ("plain", "archived", "failed", "imported")}
    script(app)
    return made


def seen(app, ask):
    """Return all that can be told of a request, from without and from within: the answer without ids, the statements."""
    with app.app_context():
        leave_transaction()
        with statements() as sent:
            answer = ask()
            text = _ID.sub("ID", answer.text)
    headers = sorted((name, _ID.sub("ID", value)) for name, value in answer.headers if name not in {"Date", "ETag"})
    assert WORDS not in text
    return answer.status_code, headers, text, [statement.sql for statement in sent]


def text_of(answer):
    """Return the text of an answer, also of what is packed in it."""
    if answer.mimetype != "application/zip":
        return answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return "\n".join(name + archive.read(name).decode(errors="replace") for name in archive.namelist())


def everything(app):
    with app.app_context():
        return rows()


def test_what_is_alices_is_to_others_as_if_it_were_not(app, bob, things):
    before, client = everything(app), bob.client(app)
    for name in NAMING:
        hers = things[ROUTES[name].state]
        if ROUTES[name].who is ADMIN or ROUTES[name].admin:
            continue
        for way in WAYS:
            key = {"Idempotency-Key": new_id()} if ROUTES[name].who is TOKEN else {}
            found = seen(app, lambda: call(client, name, hers, headers=way | key))  # noqa: B023 - called at once
            none = seen(app, lambda: call(client, name, nothing_of(hers), headers=way | key))  # noqa: B023
            assert found == none, name
            assert found[0] == 404 or name in TELLS_OTHERWISE, name
    assert everything(app) == before


def bodies(session_id):
    """Requests that name a chat elsewhere than in their address."""
    typed = {"content": "Hello", "expected_last_idx": "1", "session_id": session_id}
    history = said(f"{WORDS}?", f"{WORDS}!", "More?")
    metadata = {"messages": history, "metadata": {"session_id": session_id}}
    return [
        ("POST", "/chat", {"data": typed}),
        ("POST", "/chat", {"data": typed | {"after": "1"}, "headers": {"HX-Request-Type": "partial"}}),
        ("POST", "/api/v1/chat", {"json": {"content": "Hello", "session_id": session_id}}),
        ("POST", "/api/v1/chat", {"json": {"content": "Hello", "session_id": session_id.upper(), "stream": True}}),
        ("POST", "/v1/chat/completions", {"json": metadata}),
        ("POST", "/v1/responses", {"json": {"input": history, "metadata": {"session_id": session_id}}}),
        ("POST", "/v1/responses", {"json": {"input": "More?"}, "headers": {"X-Minutebook-Session": session_id}}),
        ("POST", "/v1/chat/completions", {"json": metadata | {"stream": True, "model": "scripted"}}),
        (
            "POST",
            "/v1/chat/completions",
            {"json": {"messages": history}, "headers": {"X-Minutebook-Session": session_id}},
        ),
    ]


def questions(session_id):
    """Requests whose query names a chat."""
    return [
        ("GET", f"/sessions?undo={session_id}", {}),
        ("GET", f"/sessions?current={session_id}&under={session_id}", {"headers": {"HX-Request-Type": "partial"}}),
        ("GET", f"/search?q={session_id}", {}),
        ("GET", f"/api/v1/search?q={session_id}", {}),
        ("GET", f"/api/v1/sessions?title={session_id}&archived=only", {}),
        ("GET", f"/api/v1/sessions?tag={session_id}", {}),
        ("GET", f"/sessions?did=tag&chats={session_id}&tag={session_id}", {}),
    ]


def test_naming_alices_chat_in_a_body_or_a_query_is_no_way_to_it(app, bob, things):
    before, client = everything(app), bob.client(app)
    for hers in things.values():
        named, none = hers["session_id"], new_id()
        for requests, status in ((bodies, 404), (questions, 200)):
            for one, other in zip(requests(named), requests(none), strict=True):
                found = seen(app, lambda: client.open(one[1], method=one[0], **one[2]))  # noqa: B023 - called at once
                assert found == seen(app, lambda: client.open(other[1], method=other[0], **other[2])), one  # noqa: B023
                assert found[0] == status, one
    assert everything(app) == before


def test_no_page_and_no_list_of_others_shows_anything_of_hers(app, bob, things):
    client = bob.client(app)
    for name, route in ROUTES.items():
        if name.startswith("GET ") and route.who in {PAGE, TOKEN}:
            assert WORDS not in text_of(call(client, name, things["plain"])), name
    for address in (
        f"/search?q={WORDS}",
        f"/api/v1/search?q={WORDS}",
        f"/api/v1/sessions?title={WORDS}&include_archived=1",
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert things["plain"]["session_id"] not in answer.text
        assert "plugh!" not in answer.text
