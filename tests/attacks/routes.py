"""Who may use each address there is, and how it is called so that it does what it is there for."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.attacks.people import another_browser, invitation, person
from tests.support.accounts import ALICE, PASSWORD
from tests.support.cast import chat
from tests.support.files import say_with
from tests.support.ingest import jsonl, plain, upload
from tests.support.oauth import connected
from tests.support.scripted_assistants import fail
from webapp.database.transaction import writing
from webapp.http.audience import Audience
from webapp.ids import new_id, utc_now
from webapp.services.accounts.tokens import create_token, list_tokens, revoke_token
from webapp.services.assistants.connections import add_connection, list_connections, remove_connection
from webapp.services.assistants.values import Fields
from webapp.services.instruction_values import Given
from webapp.services.instructions.storing import store_given
from webapp.services.sessions.changes import archive_session
from webapp.services.tags.changes import create_tag
from webapp.services.tags.sessions import change_tags
from webapp.services.transcripts.reading import read_transcript
from webapp.services.transcripts.replacements import list_replacements
from webapp.services.transcripts.replacing import replace_from
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

ANYBODY, PAGE, ADMIN, TOKEN = Audience.ANYBODY, Audience.SIGNED_IN, Audience.ADMINISTRATOR, Audience.TOKEN
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: What Alice said, in titles and messages: nobody else ever reads it.
WORDS = "xyzzy plugh"


class Route(NamedTuple):
    """Who may use it; what is sent (a form's fields, on the API a JSON body); and the state of the chat it is for.

    `fresh`: it asks for the password again, unless that was given some minutes ago. `admin`: the token must be an
    administrator's.
    """

    who: Audience
    body: dict[str, Any] | None = None
    state: str = "plain"
    query: str = ""
    fresh: bool = False
    admin: bool = False
    #: Files of a form, by name.
    files: tuple[tuple[str, bytes], ...] = ()


#: A name under which there is an asset, and a file of Alice's.
STYLESHEET = "minutebook.css"
#: The messages that the page of a temporary chat carries.
CARRIED = [
    f'{{"role":"{role}","content":"a","create_time":"{utc_now():%Y-%m-%dT%H:%M:%SZ}"}}'
    for role in ("user", "assistant")
]
_TURN = {"user": {"content": "a"}, "assistant": {"content": "b"}}
_KEEP = {"name": "keep_turn", "arguments": {"question": "a", "answer": "b"}}
_NEWS = "?after=0&last=&attempt=&state="
_CHAT = "/sessions/<id:session_id>"
_CONNECTION = "/api/v1/connections/<id:connection_id>"
#: Nobody listens at this address: a test is refused at once.
CONNECTION = {"name": "Nobody", "address": "http://127.0.0.1:9/v1"}
_TYPED = {"connection_name": "Nobody", "api_key": "", "address": "http://127.0.0.1:9/v1"}
_API = "/api/v1/sessions/<id:session_id>"
_IMPORT = "/api/v1/imports/<id:import_id>"
_TAG = "/api/v1/tags/<id:tag_id>"
_EXPORT = (("chats.jsonl", jsonl(plain("Hello?", "Hello."))),)

ROUTES = {
    "GET /": Route(PAGE),
    "GET /account": Route(PAGE),
    "POST /account/apps/<id:grant_id>/disconnect": Route(PAGE),
    "GET /account/confirmation": Route(PAGE),
    "POST /account/confirmation": Route(PAGE, {"confirm_password": PASSWORD}),
    "POST /account/password": Route(PAGE, {"password": PASSWORD, "new_password": PASSWORD}),
    "POST /account/sign-ins/<id:sign_in_id>/end": Route(PAGE, fresh=True),
    "POST /account/sign-ins/end": Route(PAGE, fresh=True),
    "POST /account/tokens": Route(PAGE, {"token_name": "backup"}, fresh=True),
    "POST /account/tokens/<id:token_id>/revoke": Route(PAGE),
    "GET /account/trail": Route(PAGE),
    "GET /accounts": Route(ADMIN),
    "POST /accounts/<id:account_id>/disable": Route(ADMIN, fresh=True),
    "POST /accounts/<id:account_id>/enable": Route(ADMIN, fresh=True),
    "POST /accounts/<id:account_id>/reset": Route(ADMIN, fresh=True),
    "POST /accounts/invitations": Route(ADMIN, fresh=True),
    "POST /accounts/invitations/<id:invitation_id>/withdraw": Route(ADMIN),
    "GET /api/v1/account": Route(TOKEN),
    "GET /api/v1/account/apps": Route(TOKEN),
    "DELETE /api/v1/account/apps/<id:grant_id>": Route(TOKEN),
    "GET /api/v1/account/events": Route(TOKEN),
    "GET /api/v1/assistants": Route(TOKEN),
    "GET /api/v1/connections": Route(TOKEN, admin=True),
    "POST /api/v1/connections": Route(TOKEN, CONNECTION, admin=True),
    "POST /api/v1/connections/tests": Route(TOKEN, CONNECTION, admin=True),
    f"GET {_CONNECTION}": Route(TOKEN, admin=True),
    f"PATCH {_CONNECTION}": Route(TOKEN, {"name": "b"}, admin=True),
    f"DELETE {_CONNECTION}": Route(TOKEN, admin=True),
    f"POST {_CONNECTION}/refresh": Route(TOKEN, admin=True),
    f"POST {_CONNECTION}/tests": Route(TOKEN, admin=True),
    f"GET {_CONNECTION}/models": Route(TOKEN, admin=True),
    f"POST {_CONNECTION}/models": Route(TOKEN, {"model": "a/b:1"}, admin=True),
    f"PATCH {_CONNECTION}/models": Route(TOKEN, {"model": "small", "is_shown": False}, admin=True),
    f"DELETE {_CONNECTION}/models": Route(TOKEN, {"model": "small"}, admin=True),
    "POST /api/v1/chat": Route(TOKEN, {"content": "Hello"}),
    "GET /api/v1/docs": Route(ANYBODY),
    "GET /api/v1/imports": Route(TOKEN),
    "GET /api/v1/retrieval/peek": Route(TOKEN, query="?query=xyzzy"),
    "GET /api/v1/retrieval/turns/<id:turn_id>": Route(TOKEN),
    "POST /api/v1/imports": Route(TOKEN, {"dry_run": "true"}, files=_EXPORT),
    f"GET {_IMPORT}": Route(TOKEN),
    f"DELETE {_IMPORT}": Route(TOKEN),
    f"GET {_IMPORT}/conversations": Route(TOKEN),
    f"POST {_IMPORT}/confirm": Route(TOKEN),
    f"POST {_IMPORT}/stop": Route(TOKEN),
    f"GET {_IMPORT}/undo": Route(TOKEN, state="imported"),
    f"POST {_IMPORT}/undo": Route(TOKEN, state="imported"),
    "GET /api/v1/tags": Route(TOKEN),
    "POST /api/v1/tags": Route(TOKEN, {"name": "b"}),
    f"GET {_TAG}": Route(TOKEN),
    f"PATCH {_TAG}": Route(TOKEN, {"name": "c"}),
    f"DELETE {_TAG}": Route(TOKEN),
    "GET /api/v1/messages/<id:message_id>": Route(TOKEN),
    "POST /api/v1/messages/<id:message_id>/strike": Route(TOKEN),
    "POST /api/v1/instructions/<id:text_id>/strike": Route(TOKEN),
    "GET /api/v1/account/settings": Route(TOKEN),
    "PATCH /api/v1/account/settings": Route(TOKEN, {"instructions": "Be brief."}),
    f"GET {_API}/settings": Route(TOKEN),
    f"PATCH {_API}/settings": Route(TOKEN, {"instructions": "Be brief."}),
    "GET /api/v1/tags/<id:tag_id>": Route(TOKEN),
    "PATCH /api/v1/tags/<id:tag_id>": Route(TOKEN, {"instructions": "Be brief."}),
    "DELETE /api/v1/tags/<id:tag_id>": Route(TOKEN),
    "GET /api/v1/openapi.json": Route(ANYBODY),
    "GET /api/v1/search": Route(TOKEN, query="?q=xyzzy"),
    "GET /api/v1/search/histogram": Route(TOKEN, query="?q=xyzzy"),
    "GET /api/v1/sessions": Route(TOKEN),
    "POST /api/v1/sessions": Route(TOKEN, {}),
    "POST /api/v1/sessions/changes": Route(TOKEN, {"action": "pin", "session_ids": ["x"]}),
    f"GET {_API}": Route(TOKEN),
    f"PATCH {_API}": Route(TOKEN, {"title": "b"}),
    f"DELETE {_API}": Route(TOKEN),
    f"POST {_API}/edits": Route(TOKEN, {"idx": 0, "content": "a"}),
    f"POST {_API}/forks": Route(TOKEN, {"idx": 0}),
    f"GET {_API}/export": Route(TOKEN),
    "GET /api/v1/sessions/export": Route(TOKEN, query="?sessions=<session_id>"),
    "GET /api/v1/export": Route(TOKEN),
    f"GET {_API}/live": Route(TOKEN, state="failed"),
    f"DELETE {_API}/live": Route(TOKEN, state="failed"),
    f"POST {_API}/live/stop": Route(TOKEN, state="failed"),
    f"POST {_API}/live/keep": Route(TOKEN, state="failed"),
    f"POST {_API}/continuations": Route(TOKEN, {}, state="failed"),
    f"GET {_API}/messages": Route(TOKEN),
    f"GET {_API}/messages/<int:idx>": Route(TOKEN),
    f"GET {_API}/replacements": Route(TOKEN),
    f"POST {_API}/replacements/<id:replacement_id>/undo": Route(TOKEN),
    f"POST {_API}/replacements/<id:replacement_id>/fork": Route(TOKEN),
    f"POST {_API}/retries": Route(TOKEN, {}),
    f"POST {_API}/turns": Route(TOKEN, _TURN),
    "POST /api/v1/temporary": Route(TOKEN, {"content": "Hello"}),
    "GET /assets/<name>": Route(ANYBODY),
    "POST /chat": Route(PAGE, {"content": "Hello"}),
    "GET /files/<id:file_id>/<name>": Route(PAGE),
    "GET /api/v1/files/<id:file_id>": Route(TOKEN),
    "GET /healthz": Route(ANYBODY),
    "GET /imports": Route(PAGE),
    "POST /imports": Route(PAGE, {}, files=_EXPORT),
    "GET /imports/<id:import_id>": Route(PAGE),
    "POST /imports/<id:import_id>/confirm": Route(PAGE),
    "POST /imports/<id:import_id>/stop": Route(PAGE),
    "GET /imports/<id:import_id>/discard": Route(PAGE),
    "POST /imports/<id:import_id>/discard": Route(PAGE),
    "GET /imports/<id:import_id>/progress": Route(PAGE),
    "GET /imports/<id:import_id>/undo": Route(PAGE, state="imported"),
    "POST /imports/<id:import_id>/undo": Route(PAGE, state="imported"),
    "GET /manifest.webmanifest": Route(ANYBODY),
    "GET /invitations/<secret>": Route(ANYBODY),
    "POST /invitations/<secret>": Route(ANYBODY, {"name": "dora", "password": "forty-two red doors"}),
    "POST /mcp": Route(TOKEN, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": _KEEP}),
    "GET /messages/<id:message_id>": Route(PAGE),
    "GET /messages/<id:message_id>/strike": Route(PAGE),
    "POST /messages/<id:message_id>/strike": Route(PAGE),
    "GET /instructions/<id:text_id>/strike": Route(PAGE),
    "POST /instructions/<id:text_id>/strike": Route(PAGE),
    "GET /settings/instructions": Route(PAGE),
    "POST /settings/instructions": Route(PAGE, {"instructions": "Be brief."}),
    f"GET {_CHAT}/settings": Route(PAGE),
    f"POST {_CHAT}/settings": Route(PAGE, {"instructions": "Be brief."}),
    f"GET {_CHAT}/tags": Route(PAGE),
    f"POST {_CHAT}/tags": Route(PAGE, {"add": "Work"}),
    "GET /tags/<id:tag_id>": Route(PAGE),
    "GET /settings/tags": Route(PAGE),
    "POST /settings/tags": Route(PAGE, {"name": "Home"}),
    "GET /settings/tags/<id:tag_id>": Route(PAGE),
    "POST /settings/tags/<id:tag_id>": Route(PAGE, {"instructions": "Be brief."}),
    "GET /settings/tags/<id:tag_id>/delete": Route(PAGE),
    "POST /settings/tags/<id:tag_id>/delete": Route(PAGE),
    "GET /readyz": Route(ANYBODY),
    "GET /search": Route(PAGE, query="?q=xyzzy"),
    "GET /sessions": Route(PAGE),
    f"GET {_CHAT}": Route(PAGE),
    f"POST {_CHAT}/archive": Route(PAGE),
    f"POST {_CHAT}/edits": Route(PAGE, {"idx": "0", "content": "a"}),
    f"POST {_CHAT}/forks": Route(PAGE, {"idx": "0"}),
    f"GET {_CHAT}/export": Route(PAGE),
    "GET /sessions/export": Route(PAGE, query="?session=<session_id>"),
    "GET /account/export": Route(PAGE),
    f"GET {_CHAT}/live": Route(PAGE, state="failed"),
    f"POST {_CHAT}/live/stop": Route(PAGE, state="failed"),
    f"POST {_CHAT}/live/take-back": Route(PAGE, state="failed"),
    f"POST {_CHAT}/live/keep": Route(PAGE, state="failed"),
    f"POST {_CHAT}/continuations": Route(PAGE, state="failed"),
    f"GET {_CHAT}/messages/<int:idx>": Route(PAGE),
    f"GET {_CHAT}/messages/<int:idx>/article": Route(PAGE),
    f"GET {_CHAT}/messages/<int:idx>/edit": Route(PAGE),
    f"GET {_CHAT}/messages/<int:idx>/reasoning": Route(PAGE),
    f"GET {_CHAT}/news": Route(PAGE, query=_NEWS),
    f"POST {_CHAT}/pin": Route(PAGE),
    f"GET {_CHAT}/purge": Route(PAGE, state="archived"),
    f"POST {_CHAT}/purge": Route(PAGE, state="archived"),
    f"POST {_CHAT}/replacements/<id:replacement_id>/undo": Route(PAGE),
    f"POST {_CHAT}/replacements/<id:replacement_id>/fork": Route(PAGE),
    f"POST {_CHAT}/restore": Route(PAGE, state="archived"),
    f"POST {_CHAT}/retries": Route(PAGE, state="failed"),
    f"GET {_CHAT}/title": Route(PAGE),
    f"POST {_CHAT}/title": Route(PAGE, {"title": "b"}),
    f"POST {_CHAT}/unpin": Route(PAGE),
    "GET /sessions/archived": Route(PAGE),
    "POST /sessions/changes": Route(PAGE, {"action": "pin", "session": "x"}),
    "GET /settings/models": Route(ADMIN),
    "POST /settings/models/connections": Route(ADMIN, _TYPED),
    "POST /settings/models/connections/<id:connection_id>": Route(ADMIN, _TYPED),
    "GET /settings/models/connections/<id:connection_id>/remove": Route(ADMIN),
    "POST /settings/models/connections/<id:connection_id>/remove": Route(ADMIN),
    "POST /settings/models/connections/<id:connection_id>/test": Route(ADMIN),
    "POST /settings/models/refresh": Route(ADMIN),
    "POST /settings/models/shown": Route(ADMIN, {}),
    # Open before there is an account, and only with the code that the server printed.
    "GET /setup": Route(ANYBODY),
    "POST /setup": Route(ANYBODY),
    "GET /sign-in": Route(ANYBODY),
    "POST /sign-in": Route(ANYBODY, {"name": "alice", "password": PASSWORD}),
    "POST /sign-out": Route(ANYBODY),
    "GET /static/<path:filename>": Route(ANYBODY),
    "GET /temporary": Route(PAGE),
    "POST /temporary": Route(PAGE, {"content": "Hello"}),
    "POST /temporary/edits": Route(PAGE, {"message": CARRIED}),
    "POST /temporary/keep": Route(PAGE, {"message": CARRIED}),
    "POST /temporary/retries": Route(PAGE, {"message": CARRIED}),
    "POST /theme": Route(ANYBODY, {"theme": "dark"}),
    "POST /v1/chat/completions": Route(TOKEN, {"messages": [{"role": "user", "content": "Hello"}]}),
    "GET /v1/models": Route(TOKEN),
    "GET /v1/models/<path:model>": Route(TOKEN),
    "POST /v1/responses": Route(TOKEN, {"input": "Hello"}),
    "GET /v1/responses/<response_id>": Route(TOKEN),
}

#: Those that nobody has who does not say who it is, and those that name something of somebody's.
CLOSED = [name for name, route in ROUTES.items() if route.who is not ANYBODY]
FRESH = [name for name, route in ROUTES.items() if route.fresh]
NAMING = [name for name in CLOSED if "<id:" in name]


def existing(app: Flask) -> dict[str, Audience]:
    """Return who may use each route that the app has, as the app itself says."""
    from webapp.http.doors import audience_of

    return {
        f"{method} {rule.rule}": audience_of(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
        if method not in {"HEAD", "OPTIONS"}
    }


def wanting_fresh_password(app: Flask) -> set[str]:
    """Return the routes that ask for the password again, as the app itself says."""
    from webapp.http.audience import requires_fresh_password

    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
        if method in METHODS and requires_fresh_password(app, rule.endpoint)
    }


def things_of_alice(state: str = "plain") -> dict[str, str]:
    """Make one of each thing that an address can name, all of them Alice's."""
    session = chat(ALICE, f"{WORDS}?", f"{WORDS}!", title=f"About {WORDS}")
    with writing() as connection:
        another = NewMessage(role="assistant", content=f"{WORDS}.", id=new_id())
        replace_from(connection, ALICE, session.id, 3, [another], kind="regenerate", expected_last_idx=3)
        given = Given("chat", "system", 0, 0, f"{WORDS}, {new_id()}")
        store_given(connection, ALICE, session.id, [given], at_idx=0, known=0)
    replacement = list_replacements(ALICE, session.id)[0][0]
    with_file = say_with(ALICE, chat(ALICE, title=f"Files {WORDS}").id, WORDS, (STYLESHEET, WORDS.encode()))
    if state == "archived":
        archive_session(ALICE, session.id)
    if state == "failed":
        fail(ALICE, f"And {WORDS}?", session.id)
    carol = person(f"carol-{new_id()[-6:]}")
    return {
        "session_id": session.id,
        "file_id": with_file.user.files[0].id,
        "replacement_id": replacement.id,
        "message_id": read_transcript(ALICE, session.id).messages[0].id,
        "turn_id": read_transcript(ALICE, session.id).messages[0].id,
        "response_id": f"resp_{read_transcript(ALICE, session.id).messages[1].id}",
        "tag_id": tag_of(session.id),
        "text_id": read_transcript(ALICE, session.id).instructions[0].text_id,
        "sign_in_id": another_browser(ALICE, new_id()),
        "token_id": token_alone(),
        "account_id": carol.user.id,
        "connection_id": connection_alone(),
        "invitation_id": invitation(ALICE, carol.user.id, secret := new_id()),
        "secret": secret,
        "import_id": import_alone(state),
        "grant_id": connected(ALICE),
    }


def tag_of(session_id: str) -> str:
    """Give a chat a new tag with instructions, and return its id."""
    tag = create_tag(ALICE, f"{WORDS} {new_id()}", instructions=f"{WORDS}!")
    change_tags(ALICE, session_id, add=[tag.name])
    return tag.id


def import_alone(state: str) -> str:
    """Make an import of a chat, and return its id. Its report waits, unless the state asks for one that is written."""
    export = (f"{WORDS}.jsonl", jsonl(plain(f"{WORDS}, {new_id()}?", f"{WORDS}!")))
    return upload(ALICE, export, confirmed=state == "imported").id


def token_alone() -> str:
    """Make a token for a program, and return its id. Those that were made before are revoked: their number is limited."""
    for token in list_tokens(ALICE):
        if token.name == f"{WORDS} program":
            revoke_token(ALICE, token.id)
    return create_token(ALICE, f"{WORDS} program")[1].id


def connection_alone() -> str:
    """Make the only connection to models, and return its id."""
    for one in list_connections(ALICE):
        remove_connection(ALICE, one.id)
    return add_connection(ALICE, Fields(**CONNECTION), named=["small"]).id


def nothing_of(things: dict[str, str]) -> dict[str, str]:
    """Name things as these, which there are not."""
    return {name: new_id() for name in things}


def call(client: FlaskClient, name: str, things: dict[str, str], **more: Any) -> TestResponse:
    """Call a route on these things, and read the answer to its end."""
    method, _, rule = name.partition(" ")
    route = ROUTES[name]
    parts = {"idx": "0", "name": STYLESHEET, "filename": "icon.svg", "model": "archivist", **things}
    address = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: parts[part[1]], rule + route.query)
    sent = {} if route.body is None else {"json" if route.who is TOKEN else "data": route.body}
    if route.files:
        files = [(io.BytesIO(data), name) for name, data in route.files]
        sent = {"data": {**(route.body or {}), "file": files}, "content_type": "multipart/form-data"}
    response = client.open(address, **{"method": method, **sent, **more})
    with response:
        response.get_data()
    return response
