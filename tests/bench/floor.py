"""The floor: the barest Flask app on sqlite3 that answers the same, and the measure of what ours adds.

No SQLAlchemy, no validation, no ETags, no compression; the same rows, addresses and answers' fields. What it does
not do is what the ratios are about.
"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from tests.bench.bare import HIT, MESSAGE, SESSION

if TYPE_CHECKING:
    import sqlite3

    from tests.bench import bare
elif os.environ.get("FLOOR_DATABASE", "").startswith("postgresql"):
    from tests.bench import bare_postgres as bare
else:
    from tests.bench import bare

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ session[2] if session else "Floor" }}</title></head><body>
<nav><ul>{% for row in sidebar %}<li><a href="/sessions/{{ row[0] }}">{{ row[2] }}</a> {{ row[7] }}</li>
{% endfor %}</ul>{% if following %}<a href="/sessions?cursor={{ following }}">Older chats</a>{% endif %}</nav>
<main>
{% if session %}<h1>{{ session[2] }}</h1>{% endif %}
{% for message in messages %}<article id="m-{{ message[0] + 1 }}"><h2>{{ message[2] }}</h2><time>{{ message[4] }}</time>
{% if message[9] %}<div>{{ message[9]|safe }}</div>{% else %}<p>{{ message[3] }}</p>{% endif %}</article>
{% endfor %}
{% for row in named %}<p><a href="/sessions/{{ row[0] }}">{{ row[1] }}</a></p>{% endfor %}
{% for hit in hits %}<p><a href="/sessions/{{ hit[0] }}#m-{{ hit[3] + 1 }}">{{ hit[1] }}</a> {{ hit[5] }} {{ hit[6] }}</p>
<p>{{ hit[7] }}</p>
{% endfor %}
<form method="post"><textarea name="content"></textarea><button>Send</button></form>
</main></body></html>
"""

_SESSION_NAMES, _MESSAGE_NAMES = SESSION.split(", "), MESSAGE.split(", ")
_here = threading.local()


def create_app() -> Flask:
    """Build the app: the same addresses as Minutebook's, so that one client measures both."""
    app = Flask(__name__)
    page = app.jinja_env.from_string(PAGE)

    @app.get("/api/v1/sessions")
    def index() -> Response:
        rows, following = bare.list_sessions(_db(), request.args.get("cursor"))
        return _json({"data": [_session(row) for row in rows], "next": following})

    @app.post("/api/v1/sessions")
    def create() -> Response:
        return _json(_session(bare.create_session(_db())))

    @app.post("/api/v1/sessions/<session_id>/turns")
    def append(session_id: str) -> Response:
        body = json.loads(request.get_data())
        turn = bare.append_turn(_db(), session_id, body["user"]["content"], body["assistant"]["content"])
        return _json({"session_id": session_id, "messages": [_message(row) for row in turn]})

    @app.get("/api/v1/sessions/<session_id>")
    def show(session_id: str) -> Response:
        db = _db()
        session, rows = bare.read_session(db, session_id), bare.read_messages(db, session_id)
        return _json(_session(session) | {"messages": [_message(row) for row in rows]})

    @app.get("/api/v1/search")
    def find() -> Response:
        hits = [dict(zip(HIT, row, strict=False)) for row in bare.search(_db(), request.args["q"])]
        return _json({"data": hits, "next": None})

    @app.get("/sessions")
    @app.get("/sessions/<session_id>")
    def open_page(session_id: str | None = None) -> str:
        db = _db()
        sidebar, following = bare.list_sessions(db, request.args.get("cursor"))
        session = bare.read_session(db, session_id) if session_id else None
        messages = bare.read_newest(db, session[0], session[7]) if session else []
        return page.render(sidebar=sidebar, following=following, session=session, messages=messages)

    @app.get("/search")
    def search_page() -> str:
        db, word = _db(), request.args["q"]
        named, hits = bare.search_titles(db, word), bare.search(db, word)
        sidebar, following = bare.list_sessions(db, None)
        return page.render(sidebar=sidebar, following=following, named=named, hits=hits)

    return app


def _db() -> sqlite3.Connection:
    if not hasattr(_here, "db"):
        _here.db = bare.connect(os.environ["FLOOR_DATABASE"])
    db: sqlite3.Connection = _here.db
    return db


def _session(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(_SESSION_NAMES, row, strict=True))


def _message(row: tuple[Any, ...]) -> dict[str, Any]:
    message = dict(zip(_MESSAGE_NAMES, row, strict=True))
    message["usage"] = message["usage"] and json.loads(message["usage"])
    return message


def _json(data: Any) -> Response:
    return Response(json.dumps(data), mimetype="application/json")
