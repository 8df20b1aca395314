"""A request whose body broke off is acted upon by no route, whatever serves the app."""

import io
import itertools
import json
import re
from urllib.parse import urlencode

import pytest

from tests.attacks.people import rows
from tests.attacks.routes import PAGE, ROUTES, TOKEN, things_of_alice
from tests.server.wire import PAGE as SIGNED_IN
from tests.server.wire import TOKEN as WITH_TOKEN
from tests.server.wire import get
from tests.support.accounts import BEARER, COOKIE, SECRET

pytestmark = pytest.mark.one_database("Connections are the matter here, the database is not.")


WRITING = [name for name in ROUTES if not name.startswith("GET ")]
UPLOADS = ("POST /imports", "POST /api/v1/imports")
UPLOAD = (
    '--x\r\nContent-Disposition: form-data; name="file"; filename="chats.jsonl"\r\n\r\n'
    '{"messages": [{"role": "user", "content": "Hello"}]}\n'
    '{"messages": [{"role": "user", "content": "Hello again"}]}\r\n--x--\r\n'
)


def body_of(name):
    """What a program or a form of the route sends; routes that take nothing get something all the same."""
    route = ROUTES[name]
    if name in UPLOADS:
        return UPLOAD
    fields = route.body or {"comment": "taken by nobody, but sent"}
    return json.dumps(fields) if route.who is TOKEN else urlencode(fields)


def address_of(name, things):
    parts = {"idx": "0", **things}
    rule = name.partition(" ")[2]
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: parts[part[1]], rule)


def request_of(name, address, body, length):
    who = WITH_TOKEN if ROUTES[name].who is TOKEN else SIGNED_IN
    kind = "application/json" if ROUTES[name].who is TOKEN else "application/x-www-form-urlencoded"
    kind = "multipart/form-data; boundary=x" if name in UPLOADS else kind
    method = name.partition(" ")[0]
    head = f"{method} {address} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{who}\r\n"
    return head.encode() + body.encode()


def chunked(name, address, body):
    """The same, with a body that does not say its length and whose last chunk does not come."""
    whole = request_of(name, address, "", 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    return whole + f"{len(body):x}\r\n{body}\r\n".encode()


def test_a_body_cut_at_every_tenth_changes_nothing_on_any_route(serve, app):
    assert {"POST /chat", "POST /account/password", "POST /v1/chat/completions"} <= set(WRITING)
    with app.app_context():
        things = {state: things_of_alice(state) for state in {route.state for route in ROUTES.values()}}
    with serve() as server:
        before = now(app)
        for name in WRITING:
            body, address = body_of(name), address_of(name, things[ROUTES[name].state])
            for tenth, ends in itertools.product(range(10), ("FIN", "RST")):
                hang_up(server, request_of(name, address, body[: len(body) * tenth // 10], len(body)), ends)
            hang_up(server, chunked(name, address, body), "FIN")
            # The loop has seen all of it, and no view was called that is still at work.
            with server.connect() as wire:
                assert wire.ask(get("/healthz")).status == 200
            assert now(app) == before, name


def hang_up(server, sent, ends):
    with server.connect() as wire:
        wire.send(sent)
        if ends == "RST":
            wire.reset()
        else:
            assert wire.end_sending().is_closed()
            assert wire._received == b""


def now(app):
    with app.app_context():
        return rows()


@pytest.mark.parametrize("name", WRITING)
def test_the_app_itself_refuses_a_body_that_is_shorter_than_it_said(app, name):
    """Most servers say that the input ends by itself, as gunicorn does; the end of a broken connection is one, too."""
    with app.app_context():
        things = things_of_alice(ROUTES[name].state)
    before = now(app)
    body, address = body_of(name), address_of(name, things)
    identity = {"HTTP_AUTHORIZATION": BEARER["Authorization"]} if ROUTES[name].who is TOKEN else {}
    for tenth in range(10):
        status = call(app, name, address, body[: len(body) * tenth // 10].encode(), len(body), identity)
        assert status == 400, name
    assert now(app) == before


def test_a_form_that_broke_off_is_not_kept_for_after_the_sign_in(app):
    body = urlencode({"content": "Half of a long message"})
    environ = {"HTTP_COOKIE": f"{COOKIE}=ran-out"}
    assert call(app, "POST /chat", "/chat", body[:-10].encode(), len(body), environ) == 400
    assert call(app, "POST /chat", "/chat", body.encode(), len(body), environ) == 401


@pytest.mark.parametrize("fetch", [(), ("HTTP_HX_REQUEST",)])
def test_a_whole_body_is_taken_whatever_the_server_says_of_its_input(app, fetch):
    for terminated in (True, False):
        body = urlencode({"content": "Hello", "assistant": "archivist"})
        environ = dict.fromkeys(fetch, "true")
        assert call(app, "POST /chat", "/chat", body.encode(), len(body), environ, terminated=terminated) in {200, 303}


def call(app, name, address, body, length, environ, *, terminated=True):
    """Call the WSGI app as such a server does, and return the status."""
    statuses = []
    kind = "application/json" if ROUTES[name].who is TOKEN else "application/x-www-form-urlencoded"
    whole = {
        "REQUEST_METHOD": name.partition(" ")[0],
        "PATH_INFO": address,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(length),
        "HTTP_SEC_FETCH_SITE": "same-origin",
        "HTTP_COOKIE": f"{COOKIE}={SECRET}",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **({"wsgi.input_terminated": True} if terminated else {}),
        **environ,
    }
    answer = app(whole, lambda status, _fields, _exc=None: statuses.append(int(status[:3])))
    b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return statuses[0]


def test_routes_of_pages_are_among_them():
    assert sum(ROUTES[name].who is PAGE for name in WRITING) > 10
