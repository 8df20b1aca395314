"""The doors' parity: each action through a form and through JSON leaves the same rows."""

import html
import io
import re

import pytest
from sqlalchemy import text

from tests.support.accounts import ALICE
from tests.support.carried import carried_fields
from tests.support.doors import hidden, script
from tests.support.ingest import jsonl, plain, work
from tests.support.model_servers import form, serving, typed
from tests.support.oauth import connected
from tests.support.scripted_assistants import Gate
from tests.support.waiting import eventually
from webapp.agent.protocol import AssistantFailed
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.ids import new_id
from webapp.services.ingest.runs import list_imports
from webapp.services.live.process.pool import Runner
from webapp.state import current

#: What differs from one run to the next: the clock, ids, and what keeps a request from being done twice.
UNTOLD = {
    "token_id",
    "id",
    "seq",
    "conversation_id",
    "forked_from_id",
    "session_id",
    "message_id",
    "created_at",
    "updated_at",
    "last_activity_at",
    "create_time",
    "asked_at",
    "heartbeat_at",
    "attempt",
    "user_message_id",
    "html",
    "html_version",
    "replacement_id",
    "last_message_id",
    "made_at",
    "struck_at",
    "text_id",
    "tag_id",
    # It covers the time.
    "instructions_digest",
    "base_instructions_digest",
}
TABLES = (
    "users",
    "conversations",
    "sessions",
    "session_messages",
    "messages",
    "live_turns",
    "replacements",
    "kept_messages",
    "instructions",
    "instruction_texts",
    "kept_instructions",
    "tags",
    "session_tags",
)

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
QUESTION = "Where is the key?\nAnd when?"


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
        address = self.post("/chat", content=QUESTION, assistant="scripted", **fields)
        return address.removeprefix("/sessions/").partition("#")[0]

    def begin(self, session_id):
        """Ask without waiting for the end, as the script does."""
        page = self.client.get(f"/sessions/{session_id}")
        fields = {name: hidden(page, name) for name in ("expected_last_idx", "key", "session_id")}
        answer = self.client.post("/chat", data={"content": QUESTION, "assistant": "scripted", **fields}, headers=HTMX)
        assert answer.status_code == 200, answer.text

    def retry(self, session_id):
        seen = hidden(self.client.get(f"/sessions/{session_id}"), "expected_last_idx")
        self.post(f"/sessions/{session_id}/retries", expected_last_idx=seen, assistant="scripted")

    def edit(self, session_id, idx):
        page = self.client.get(f"/sessions/{session_id}/messages/{idx}/edit")
        fields = {name: hidden(page, name) for name in ("expected_last_idx", "key")}
        self.post(f"/sessions/{session_id}/edits", idx=str(idx), content="Where\nis the hat?", **fields)

    def fork(self, session_id, idx):
        return self.post(f"/sessions/{session_id}/forks", idx=str(idx)).removeprefix("/sessions/")

    def undo(self, session_id):
        self.post(self.offered(session_id, "undo"))

    def keep_both(self, session_id):
        self.post(self.offered(session_id, "fork"))

    def offered(self, session_id, action):
        """Return the address of the form that the page offers."""
        page = self.client.get(f"/sessions/{session_id}").text
        return re.search(rf'action="(/sessions/{session_id}/replacements/[^/]+/{action})"', page)[1]

    def strike(self, session_id, idx):
        page = self.client.get(f"/sessions/{session_id}").text
        self.post(re.findall(r'href="(/messages/[^/]+/strike)"', page)[idx])

    def instruct(self, session_id, text="In verse."):
        address = f"/sessions/{session_id}/settings"
        fields = {"tag": hidden(self.client.get(address), "tag"), "temperature": "0,5", "max_tokens": "9"}
        self.post(address, instructions=text, **fields)

    def instruct_all(self, text):
        tag = hidden(self.client.get("/settings/instructions"), "tag")
        self.post("/settings/instructions", instructions=text, tag=tag)

    def strike_instruction(self, session_id):
        page = self.client.get(f"/sessions/{session_id}").text
        self.post(re.search(r'href="(/instructions/[^/]+/strike)"', page)[1])

    def discard(self, session_id):
        answer = self.client.post(f"/sessions/{session_id}/live/take-back", data={})
        assert answer.status_code == 200, answer.text

    def keep(self, session_id):
        self.post(f"/sessions/{session_id}/live/keep")

    def continue_(self, session_id):
        self.post(f"/sessions/{session_id}/continuations")

    def keep_temporary(self, count):
        page = self.client.get("/temporary")
        for _ in range(count):
            fields = {"content": QUESTION, "assistant": "scripted", "message": carried_fields(page)}
            page = self.client.post("/temporary", data=fields)
        fields = {"key": hidden(page, "key"), "assistant": "scripted", "message": carried_fields(page)}
        self.post("/temporary/keep", **fields)

    def stop(self, session_id):
        answer = self.client.post(f"/sessions/{session_id}/live/stop")
        # What comes back into the composer is shown at once.
        assert answer.status_code in {200, 303}, answer.text

    def rename(self, session_id, title="Keys"):
        was = hidden(self.client.get(f"/sessions/{session_id}"), "was")
        self.post(f"/sessions/{session_id}/title", title=title, was=was)

    def clear_title(self, session_id):
        self.rename(session_id, "")

    def act(self, session_id, action):
        self.post(f"/sessions/{session_id}/{action}")

    def act_on(self, session_ids, action):
        fields = {"sure": "yes"} if action == "purge" else {}
        self.post("/sessions/changes", action=action, session=session_ids, **fields)

    def tag(self, session_id, *names):
        page = self.client.get(f"/sessions/{session_id}/tags").text
        had = [html.unescape(name) for name in re.findall(r'name="had" value="([^"]*)"', page)]
        kept = [name for name in had if name in names]
        self.post(f"/sessions/{session_id}/tags", had=had, keep=kept, add=", ".join(names))

    def tag_all(self, session_ids, action, name):
        self.post("/sessions/changes", action=action, session=session_ids, tag=name)

    def make_tag(self, name):
        self.post("/settings/tags", name=name)
        page = self.client.get("/settings/tags").text
        return re.search(rf'href="/settings/tags/([^"]+)" dir="auto">{name}<', page)[1]

    def change_tag(self, tag_id, **fields):
        address = f"/settings/tags/{tag_id}"
        self.post(address, tag=hidden(self.client.get(address), "tag"), **fields)

    def delete_tag(self, tag_id):
        self.post(f"/settings/tags/{tag_id}/delete")


class Json:
    """Acts as a program does."""

    def __init__(self, client):
        self.client = client

    def chat(self, session_id=None):
        body = {"content": QUESTION, "assistant": "scripted"}
        if session_id:
            body |= {"session_id": session_id, "expected_last_idx": self.seen(session_id)}
        return self.post("/chat", **body).json["session_id"]

    def post(self, address, **body):
        answer = self.client.post(f"/api/v1{address}", json=body, headers={"Idempotency-Key": new_id()})
        assert answer.status_code in {200, 201}, answer.text
        return answer

    def seen(self, session_id):
        return self.client.get(f"/api/v1/sessions/{session_id}?messages=0").json["message_count"] - 1

    def begin(self, session_id):
        body = {"content": QUESTION, "assistant": "scripted", "session_id": session_id, "stream": True}
        answer = self.client.post("/api/v1/chat", json=body, headers={"Idempotency-Key": new_id()}, buffered=False)
        assert answer.status_code == 200, answer.text
        answer.close()

    def retry(self, session_id):
        # The page's button has no key: pressed twice, it follows the same answer.
        body = {"assistant": "scripted", "expected_last_idx": self.seen(session_id)}
        answer = self.client.post(f"/api/v1/sessions/{session_id}/retries", json=body)
        assert answer.status_code == 200, answer.text

    def edit(self, session_id, idx):
        body = {"idx": idx, "content": "Where\nis the hat?", "expected_last_idx": self.seen(session_id)}
        self.post(f"/sessions/{session_id}/edits", **body)

    def fork(self, session_id, idx):
        # Nor has this one: two forks are two forks.
        answer = self.client.post(f"/api/v1/sessions/{session_id}/forks", json={"idx": idx})
        assert answer.status_code == 201, answer.text
        return answer.json["id"]

    def undo(self, session_id):
        assert self.client.post(self.newest(session_id) + "/undo").status_code == 200

    def keep_both(self, session_id):
        assert self.client.post(self.newest(session_id) + "/fork").status_code == 201

    def newest(self, session_id):
        return self.client.get(f"/api/v1/sessions/{session_id}/replacements").json["data"][0]["url"]

    def strike(self, session_id, idx):
        message = self.client.get(f"/api/v1/sessions/{session_id}").json["messages"][idx]
        assert self.client.post(f"/api/v1/messages/{message['id']}/strike").status_code == 200

    def instruct(self, session_id, text="In verse."):
        body = {"instructions": text, "temperature": 0.5, "max_tokens": 9}
        assert self.client.patch(f"/api/v1/sessions/{session_id}/settings", json=body).status_code == 200

    def instruct_all(self, text):
        assert self.client.patch("/api/v1/account/settings", json={"instructions": text}).status_code == 200

    def strike_instruction(self, session_id):
        fact = self.client.get(f"/api/v1/sessions/{session_id}").json["instructions"][0]
        assert self.client.post(f"/api/v1/instructions/{fact['text_id']}/strike").status_code == 200

    def discard(self, session_id):
        assert self.client.delete(f"/api/v1/sessions/{session_id}/live").status_code == 200

    def keep(self, session_id):
        assert self.client.post(f"/api/v1/sessions/{session_id}/live/keep").status_code in {200, 201}

    def continue_(self, session_id):
        assert self.client.post(f"/api/v1/sessions/{session_id}/continuations").status_code in {200, 201}

    def keep_temporary(self, count):
        turns = []
        for _ in range(count):
            body = {"content": QUESTION, "assistant": "scripted", "turns": turns}
            turns = [*turns, self.client.post("/api/v1/temporary", json=body).json["turn"]]
        self.post("/sessions", turns=turns, assistant="scripted")

    def stop(self, session_id):
        assert self.client.post(f"/api/v1/sessions/{session_id}/live/stop").status_code == 200

    def act_on(self, session_ids, action):
        answer = self.client.post("/api/v1/sessions/changes", json={"action": action, "session_ids": session_ids})
        assert answer.status_code == 200, answer.text

    def tag(self, session_id, *names):
        self.patch(session_id, tags=names)

    def tag_all(self, session_ids, action, name):
        self.post("/sessions/changes", action=action, session_ids=session_ids, tag=name)

    def make_tag(self, name):
        # As for a fork, the form has no key.
        return self.client.post("/api/v1/tags", json={"name": name}).json["id"]

    def change_tag(self, tag_id, **fields):
        assert self.client.patch(f"/api/v1/tags/{tag_id}", json=fields).status_code == 200

    def delete_tag(self, tag_id):
        assert self.client.delete(f"/api/v1/tags/{tag_id}").status_code == 204

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
    "pin two": lambda door: door.act_on([door.chat(), door.chat(), door.chat()][:2], "pin"),
    "unpin two": lambda door: (ids := [door.chat(), door.chat()], door.act_on(ids, "pin"), door.act_on(ids, "unpin")),
    "archive two and one that is not there": lambda door: door.act_on([door.chat(), new_id(), door.chat()], "archive"),
    "restore two": lambda door: (
        ids := [door.chat(), door.chat()],
        door.act_on(ids, "archive"),
        door.act_on(ids, "restore"),
    ),
    "purge two of which one is archived": lambda door: (
        ids := [door.chat(), door.chat()],
        door.act_on(ids[:1], "archive"),
        door.act_on(ids, "purge"),
    ),
    "answer anew": lambda door: door.retry(door.chat()),
    "edit": lambda door: (id_ := door.chat(), door.chat(id_), door.edit(id_, 2)),
    "edit the first": lambda door: (id_ := door.chat(), door.chat(id_), door.edit(id_, 0)),
    "undo an edit": lambda door: (id_ := door.chat(), door.chat(id_), door.edit(id_, 0), door.undo(id_)),
    "undo a new answer": lambda door: (id_ := door.chat(), door.retry(id_), door.undo(id_)),
    "undo an undo": lambda door: (id_ := door.chat(), door.retry(id_), door.undo(id_), door.undo(id_)),
    "keep both": lambda door: (id_ := door.chat(), door.edit(id_, 0), door.keep_both(id_)),
    "keep a temporary chat": lambda door: (door.chat(), door.keep_temporary(2)),
    "strike": lambda door: (id_ := door.chat(), door.strike(id_, 0)),
    "strike an answer": lambda door: (id_ := door.chat(), door.fork(id_, 1), door.strike(id_, 1)),
    "instructions": lambda door: (
        door.instruct_all("Be brief."),
        id_ := door.chat(),
        door.instruct_all(""),
        door.chat(id_),
    ),
    "instructions of a chat": lambda door: (id_ := door.chat(), door.instruct(id_), door.chat(id_), door.fork(id_, 3)),
    "undo with instructions": lambda door: (id_ := door.chat(), door.instruct(id_), door.edit(id_, 0), door.undo(id_)),
    "strike instructions": lambda door: (
        id_ := door.chat(),
        door.instruct(id_),
        door.retry(id_),
        door.strike_instruction(id_),
    ),
    "tag": lambda door: (id_ := door.chat(), door.tag(id_, "Work", "Büro"), door.tag(id_, "Büro", "Home")),
    "tag two and untag one": lambda door: (
        ids := [door.chat(), door.chat()],
        door.tag_all(ids, "tag", "Work"),
        door.tag_all(ids[:1], "untag", "work"),
    ),
    "rename a tag": lambda door: (
        id_ := door.chat(),
        tag := door.make_tag("Work"),
        door.tag(id_, "Work"),
        door.change_tag(tag, name="Job"),
    ),
    "delete a tag": lambda door: (
        id_ := door.chat(),
        tag := door.make_tag("Work"),
        door.tag(id_, "Work"),
        door.delete_tag(tag),
    ),
    "instructions of tags": lambda door: (
        id_ := door.chat(),
        door.tag(id_, "Work"),
        door.change_tag(door.make_tag("Home"), instructions="At home."),
        door.tag(id_, "Work", "Home"),
        door.chat(id_),
        door.fork(id_, 3),
    ),
    "fork": lambda door: (id_ := door.chat(), door.chat(id_), door.fork(id_, 1)),
    "fork and go on": lambda door: (id_ := door.chat(), door.chat(door.fork(id_, 1)), door.chat(id_)),
    "answer the fork of a question": lambda door: door.retry(door.fork(door.chat(), 0)),
    "edit in a fork": lambda door: door.edit(door.fork(door.chat(), 1), 0),
    "purge the source of a fork": lambda door: (
        id_ := door.chat(),
        door.fork(id_, 1),
        door.act(id_, "archive"),
        door.act(id_, "purge"),
    ),
}

OUT = AssistantFailed("The model is out.")
FAILING = {
    "leave it": lambda *_: None,
    "take it back": lambda door, id_: door.discard(id_),
    "try again": lambda door, id_: door.retry(id_),
}


def rows(app):
    """Return every row of every table, and which sessions and messages belong together, without ids and times."""
    with app.app_context():
        connection = read_connection()
        found = {}
        for table in TABLES:
            everything = connection.execute(text(f"SELECT * FROM {table}")).mappings()
            # The digest of an instruction covers its time.
            untold = UNTOLD | ({"digest"} if table in {"instructions", "kept_instructions"} else set())
            found[table] = sorted(repr({k: v for k, v in row.items() if k not in untold}) for row in everything)
        linked = "SELECT s.title, l.idx, m.content, m.conversation_id = s.conversation_id FROM session_messages l JOIN sessions s ON s.id = l.session_id JOIN messages m ON m.id = l.message_id"
        found["transcripts"] = sorted(map(tuple, connection.execute(text(linked))))
        forked = "SELECT f.title, s.title FROM sessions f JOIN sessions s ON s.id = f.forked_from_id"
        found["forks"] = sorted(map(tuple, connection.execute(text(forked))))
        found["keys"] = connection.execute(
            text("SELECT count(*) FROM idempotency_keys WHERE status IS NOT NULL")
        ).scalar()
        return found


@pytest.fixture
def emptied(app):
    def empty():
        with app.app_context(), writing() as connection:
            for table in (
                "session_tags",
                "tags",
                "kept_instructions",
                "instructions",
                "instruction_texts",
                "kept_messages",
                "replacements",
                "idempotency_keys",
                "live_turns",
                "session_messages",
                "messages",
                "sessions",
                "conversations",
            ):
                connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text("UPDATE users SET instructions = NULL"))

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


def settle(app):
    """Wait until nothing is being written."""
    with app.app_context():
        eventually(lambda: not current(Runner, app).tasks())


@pytest.mark.parametrize("action", FAILING.values(), ids=list(FAILING))
def test_what_fails_is_left_dealt_with_and_tried_again_alike(app, client, emptied, action):
    left = []
    for door in (Form(client), Json(client)):
        emptied()
        script(app, "First.", OUT, "Second.")
        session_id = door.chat()
        door.begin(session_id)
        settle(app)
        action(door, session_id)
        left.append(rows(app))
    assert left[0] == left[1]
    assert any("First." in message for message in left[0]["messages"])


#: What can be done with the text that came before a failure. The assistant then says "Second.".
BROKEN = {
    "leave it": (lambda *_: None, None),
    "keep it": (lambda door, id_: door.keep(id_), ("Under ", "broken_off")),
    "continue it": (lambda door, id_: door.continue_(id_), ("Under Second.", "stop")),
    "keep it and continue": (lambda door, id_: (door.keep(id_), door.continue_(id_)), ("Under Second.", "stop")),
    "try again": (lambda door, id_: door.retry(id_), ("Second.", "stop")),
    "take it back": (lambda door, id_: door.discard(id_), None),
}


@pytest.mark.parametrize(("action", "kept"), BROKEN.values(), ids=list(BROKEN))
def test_what_breaks_off_is_kept_continued_and_discarded_alike(app, client, emptied, action, kept):
    left = []
    for door in (Form(client), Json(client)):
        emptied()
        script(app, "First.", ("Under ", OUT), "Second.")
        session_id = door.chat()
        door.begin(session_id)
        settle(app)
        action(door, session_id)
        left.append(rows(app))
        last = client.get(f"/api/v1/sessions/{session_id}").json["messages"][-1]
        assert (last["content"], last["finish_reason"]) == (kept or ("First.", "stop"))
    assert left[0] == left[1]


@pytest.mark.parametrize("said", ["Under ", ""])
def test_what_is_stopped_is_kept_alike(app, client, emptied, said):
    left = []
    for door in (Form(client), Json(client)):
        emptied()
        gate = Gate()
        script(app, "First.", (said, gate, "too late"))
        try:
            session_id = door.chat()
            door.begin(session_id)
            gate.await_reply()
            door.stop(session_id)
        finally:
            gate.open()
        settle(app)
        left.append(rows(app))
    assert left[0] == left[1]
    assert any("'stopped'" in message for message in left[0]["messages"]) == bool(said)


#: What is encrypted differs each time.
SEALED = {"sealed_key", "sealed_headers", "key_stored_at", "listed_at", "checked_at", "check_seconds", "revision"}


def connection_rows(app):
    with app.app_context():
        connection = read_connection()
        return {
            table: sorted(
                repr({k: v for k, v in row.items() if k not in SEALED | UNTOLD | {"connection_id"}})
                for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()
            )
            for table in ("connections", "connection_models", "model_catalog")
        }


def connect_by_form(client, server):
    settings = "/settings/models"
    place = client.post(f"{settings}/connections", data=typed(server, headers="X-A: b", do="save")).headers["Location"]
    found = place.partition("#c-")[2]
    seen = [f"{found} large", f"{found} small"]
    changed = {"seen": seen, "shown": seen[1:], "label": ["", "Tiny"], "default": "grout:small"}
    assert client.post(f"{settings}/shown", data=changed).status_code == 303
    renamed = typed(server, name="Tiles", key="", models="by/hand", do="save")
    assert client.post(f"{settings}/connections/{found}", data=renamed).status_code == 303
    return lambda: client.post(f"{settings}/connections/{found}/remove")


def connect_by_json(client, server):
    connections = "/api/v1/connections"
    found = client.post(connections, json=form(server, headers={"X-A": "b"})).json["id"]
    assert client.post(f"{connections}/{found}/tests").json["ok"]
    models = f"{connections}/{found}/models"
    assert client.patch(models, json={"model": "small", "label": "Tiny", "is_default": True}).status_code == 200
    assert client.patch(models, json={"model": "large", "is_shown": False}).status_code == 200
    assert client.patch(f"{connections}/{found}", json={"name": "Tiles"}).status_code == 200
    assert client.post(models, json={"model": "by/hand"}).status_code == 200
    assert client.post(f"{connections}/{found}/tests").json["ok"]
    return lambda: client.delete(f"{connections}/{found}")


def test_a_form_and_json_connect_models_alike(app, client):
    left, gone = [], []
    with serving("large", "small") as server:
        for connect in (connect_by_form, connect_by_json):
            remove = connect(client, server)
            left.append(connection_rows(app))
            remove()
            gone.append(connection_rows(app))
    assert left[0] == left[1]
    assert len(left[0]["connection_models"]) == 3
    assert gone[0] == gone[1]
    assert gone[0]["connections"] == []


EXPORT = jsonl(plain("Which tiles?", "Grey ones."), plain("Where is the key?", "In the shed.")) + b"\n{torn\n"


class ImportForm:
    """Imports as a browser without JavaScript does."""

    def __init__(self, client):
        self.client = client

    def upload(self):
        return self.post("/imports", data={"file": [(io.BytesIO(EXPORT), "chats.jsonl")]})

    def post(self, address, **sent):
        answer = self.client.post(address, **sent)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def act(self, address, action):
        self.post(f"{address}/{action}")


class ImportJson:
    """Imports as a program does."""

    def __init__(self, client):
        self.client = client

    def upload(self):
        answer = self.client.post("/api/v1/imports", data={"file": [(io.BytesIO(EXPORT), "chats.jsonl")]})
        assert answer.status_code == 202, answer.text
        return answer.headers["Location"]

    def act(self, address, action):
        if action == "discard":
            assert self.client.delete(address).status_code == 204
        else:
            assert self.client.post(f"{address}/{action}").status_code == 202


IMPORTING = {
    "read": [],
    "confirm": ["confirm"],
    "undo": ["confirm", "undo"],
    "undo and discard": ["confirm", "undo", "discard"],
    "discard": ["discard"],
}
_UNTOLD_OF_IMPORTS = UNTOLD | {"run_id", "subject_id", "ended_at", "last_digest"}


def import_rows(app):
    with app.app_context():
        connection = read_connection()
        found = {
            table: sorted(
                repr({k: v for k, v in row.items() if k not in _UNTOLD_OF_IMPORTS})
                for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()
            )
            for table in ("ingest_runs", "ingest_conversations", "jobs")
        }
    return found | {"chats": rows(app)}


def carry_out(app):
    """Do the jobs of imports."""
    with app.app_context():
        for run in list_imports(ALICE):
            leave_transaction()
            work(ALICE, run)
        leave_transaction()


@pytest.mark.parametrize("actions", IMPORTING.values(), ids=list(IMPORTING))
def test_a_form_and_json_import_alike(app, client, emptied, actions):
    left = []
    for door in (ImportForm(client), ImportJson(client)):
        emptied()
        with app.app_context(), writing() as connection:
            for table in ("ingest_conversations", "ingest_runs", "jobs"):
                connection.execute(text(f"DELETE FROM {table}"))
        address = door.upload()
        carry_out(app)
        for action in actions:
            door.act(address, action)
            carry_out(app)
        left.append(import_rows(app))
    assert left[0] == left[1]
    assert bool(left[0]["ingest_runs"]) == ("discard" not in actions)
    assert len(left[0]["chats"]["sessions"]) == (2 if actions == ["confirm"] else 0)


def test_a_form_and_json_disconnect_an_app_alike(app, client):
    left = []
    for way in ("form", "json"):
        with app.app_context():
            kept, gone = connected(ALICE), connected(ALICE, write=True)
        if way == "form":
            assert client.post(f"/account/apps/{gone}/disconnect").status_code == 303
        else:
            assert client.delete(f"/api/v1/account/apps/{gone}").status_code == 204
        assert [each["id"] for each in client.get("/api/v1/account/apps").json["data"]] == [kept]
        assert f"/account/apps/{kept}/disconnect" in client.get("/account").text
        with app.app_context():
            read = read_connection().execute
            left.append(
                [read(text(f"SELECT count(*) FROM {name}")).scalar() for name in ("oauth_grants", "oauth_tokens")]
            )
            with writing() as connection:
                connection.execute(text("DELETE FROM oauth_grants"))
    assert left == [[1, 1], [1, 1]]
