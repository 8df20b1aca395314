"""The doors' parity: each action through a form and through JSON leaves the same rows."""

import pytest
from sqlalchemy import text

from tests.doors import hidden, script
from webapp.extensions import db
from webapp.models.ids import new_id

#: What differs from one run to the next: the clock, ids, and what keeps a request from being done twice.
UNTOLD = {
    "id",
    "seq",
    "conversation_id",
    "session_id",
    "message_id",
    "created_at",
    "updated_at",
    "last_activity_at",
    "create_time",
    "html",
    "html_version",
}
TABLES = ("users", "conversations", "sessions", "session_messages", "messages")


class Form:
    """Acts as a browser without JavaScript does."""

    def __init__(self, client):
        self.client = client

    def post(self, address, **fields):
        answer = self.client.post(address, data=fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def chat(self, session_id=None):
        page = self.client.get(f"/sessions/{session_id}" if session_id else "/sessions")
        fields = {name: hidden(page, name) for name in ("expected_last_idx", "key")}
        if session_id:
            fields["session_id"] = hidden(page, "session_id")
        address = self.post("/chat", content="Where is the key?\nAnd when?", assistant="scripted", **fields)
        return address.removeprefix("/sessions/").partition("#")[0]

    def rename(self, session_id, title="Keys"):
        was = hidden(self.client.get(f"/sessions/{session_id}"), "was")
        self.post(f"/sessions/{session_id}/title", title=title, was=was)

    def clear_title(self, session_id):
        self.rename(session_id, "")

    def act(self, session_id, action):
        self.post(f"/sessions/{session_id}/{action}")


class Json:
    """Acts as a program does."""

    def __init__(self, client):
        self.client = client

    def chat(self, session_id=None):
        body = {"content": "Where is the key?\nAnd when?", "assistant": "scripted"}
        if session_id:
            seen = self.client.get(f"/api/v1/sessions/{session_id}?messages=0").json["message_count"] - 1
            body |= {"session_id": session_id, "expected_last_idx": seen}
        answer = self.client.post("/api/v1/chat", json=body, headers={"Idempotency-Key": new_id()})
        assert answer.status_code in {200, 201}
        return answer.json["session_id"]

    def patch(self, session_id, **change):
        assert self.client.patch(f"/api/v1/sessions/{session_id}", json=change).status_code == 200

    def rename(self, session_id):
        self.patch(session_id, title="Keys")

    def clear_title(self, session_id):
        self.patch(session_id, title=None)

    def act(self, session_id, action):
        if action in {"archive", "purge"}:
            query = "?purge=true" if action == "purge" else ""
            assert self.client.delete(f"/api/v1/sessions/{session_id}{query}").status_code == 204
            return
        self.patch(
            session_id, **{"pin": {"pinned": True}, "unpin": {"pinned": False}, "restore": {"archived": False}}[action]
        )


ACTIONS = {
    "chat in a new session": lambda door: door.chat(),
    "chat in a session": lambda door: door.chat(door.chat()),
    "rename": lambda door: door.rename(door.chat()),
    "clear the title": lambda door: (id_ := door.chat(), door.rename(id_), door.clear_title(id_)),
    "pin": lambda door: door.act(door.chat(), "pin"),
    "pin twice": lambda door: (id_ := door.chat(), door.act(id_, "pin"), door.act(id_, "pin")),
    "unpin": lambda door: (id_ := door.chat(), door.act(id_, "pin"), door.act(id_, "unpin")),
    "archive": lambda door: (door.chat(), door.act(door.chat(), "archive")),
    "restore": lambda door: (id_ := door.chat(), door.act(id_, "archive"), door.act(id_, "restore")),
    "purge": lambda door: (door.chat(), id_ := door.chat(), door.act(id_, "archive"), door.act(id_, "purge")),
}


def rows(app):
    """Return every row of every table, and which sessions and messages belong together, without ids and times."""
    with app.app_context():
        connection = db.session.connection()
        found = {}
        for table in TABLES:
            everything = connection.execute(text(f"SELECT * FROM {table}")).mappings()
            found[table] = sorted(repr({k: v for k, v in row.items() if k not in UNTOLD}) for row in everything)
        linked = "SELECT s.title, l.idx, m.content FROM session_messages l JOIN sessions s ON s.id = l.session_id JOIN messages m ON m.id = l.message_id AND m.conversation_id = s.conversation_id"
        found["transcripts"] = sorted(map(tuple, connection.execute(text(linked))))
        found["keys"] = connection.execute(
            text("SELECT count(*) FROM idempotency_keys WHERE status IS NOT NULL")
        ).scalar()
        return found


@pytest.fixture
def emptied(app):
    def empty():
        with app.app_context():
            for table in ("idempotency_keys", "session_messages", "messages", "sessions", "conversations"):
                db.session.execute(text(f"DELETE FROM {table}"))
            db.session.commit()

    return empty


@pytest.mark.parametrize("action", ACTIONS.values(), ids=list(ACTIONS))
def test_a_form_and_json_leave_the_same_rows(app, client, emptied, action):
    script(app)
    nothing = rows(app)
    left = []
    for door in (Form(client), Json(client)):
        emptied()
        action(door)
        left.append(rows(app))
    assert left[0] == left[1]
    assert left[0]["keys"] > 0
    assert left[0] != nothing
