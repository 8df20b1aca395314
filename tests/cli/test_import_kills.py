"""An import is killed again and again (`kill -9`): it goes on by itself, and ends like one that was left alone.

`MINUTEBOOK_IMPORT_KILLS` says how often, `MINUTEBOOK_SEED` repeats a run's choices.
"""

import io
import json
import os
import random
import time
import urllib.request
import uuid
import zipfile

import pytest
from sqlalchemy import select

from tests.support.accounts import BEARER
from tests.support.ingest import again, bring, take_back
from tests.support.server import Server
from tests.support.waiting import eventually
from webapp.database.transaction import leave_transaction, read_connection
from webapp.models import ChatSession, Message, MessageFile, SessionMessage, SessionTag, Tag, table_of
from webapp.services.ingest.runs import list_imports
from webapp.services.verification import Verification

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("MINUTEBOOK_IMPORT_KILLS", "3"))
SEED = int(os.environ.get("MINUTEBOOK_SEED", time.time_ns() % 1_000_000))
CHATS, TURNS = 400, 8


def an_export():
    """ChatGPT's archive with chats, pictures and tags, and one chat that takes several transactions."""
    rng = random.Random(5)
    words = [f"word{number}" for number in range(500)]
    chats, pictures = [], {}
    for number in range(CHATS):
        turns = 600 if number == 200 else TURNS
        mapping, parent = {}, None
        for place in range(turns):
            node = f"{number}-{place}"
            content = {"content_type": "text", "parts": [" ".join(rng.choices(words, k=40))]}
            if place == 0 and number % 20 == 0:
                name = f"file-{number}"
                pictures[f"{name}-cat.png"] = rng.randbytes(3_000)
                content = {
                    "content_type": "multimodal_text",
                    "parts": [
                        {"content_type": "image_asset_pointer", "asset_pointer": f"file-service://{name}"},
                        "Look at this",
                    ],
                }
            mapping[node] = {
                "id": node,
                "parent": parent,
                "message": {
                    "id": node,
                    "author": {"role": ("user", "assistant")[place % 2]},
                    "create_time": 1_600_000_000 + number * 3_600 + place,
                    "content": content,
                },
            }
            parent = node
        chats.append({
            "id": str(uuid.UUID(int=number)), "title": f"Chat {number}", "mapping": mapping, "current_node": parent,
            "create_time": 1_600_000_000 + number * 3_600, "gizmo_id": f"g-p-{number % 7}" if number % 3 else None,
        })  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(chats))
        for name, data in pictures.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def rows(app):
    """What the chats hold, without the ids and times that differ from one import to the next."""
    sessions, links, messages = table_of(ChatSession), table_of(SessionMessage), table_of(Message)
    files, tags, tagged = table_of(MessageFile), table_of(Tag), table_of(SessionTag)
    with app.app_context():
        connection = read_connection()
        chats = connection.execute(
            select(sessions.c.id, sessions.c.title, sessions.c.message_count, sessions.c.last_activity_at)
            .order_by(sessions.c.last_activity_at, sessions.c.id)
        ).all()  # fmt: skip
        texts = connection.execute(
            select(sessions.c.title, links.c.idx, links.c.digest, messages.c.content, messages.c.create_time)
            .join_from(links, sessions, sessions.c.id == links.c.session_id)
            .join(messages, messages.c.id == links.c.message_id)
            .order_by(sessions.c.title, links.c.idx)
        ).all()
        seqs = list(connection.scalars(select(messages.c.seq).order_by(messages.c.seq)))
        named = sorted(connection.scalars(select(files.c.name)))
        shelves = sorted(
            connection.execute(
                select(tags.c.name, sessions.c.title)
                .join_from(tagged, tags, tags.c.id == tagged.c.tag_id)
                .join(sessions, sessions.c.id == tagged.c.session_id)
            ).all()
        )
        leave_transaction()
    return [chat[1:] for chat in chats], texts, seqs, named, shelves


def send(server, data):
    """Upload the export and let it be written without a question."""
    boundary = "x-boundary-x"
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="dry_run"\r\n\r\nfalse\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="export.zip"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    ).encode()
    body = parts + data + f"\r\n--{boundary}--\r\n".encode()
    headers = BEARER | {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(f"{server.url}/api/v1/imports", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 202
        return json.load(answer)


def state(app, user):
    with app.app_context():
        run = list_imports(user)[0]
        leave_transaction()
    return run.state


def test_an_import_that_is_killed_again_and_again_ends_like_one_that_was_left_alone(
    app, user, database_url, tmp_path, engine_name
):
    data = an_export()
    run = bring(user, ("export.zip", data))
    assert run.state == "done", run.problem
    alone = rows(app)
    take_back(user, run)
    assert rows(app) == ([], [], [], [], [])

    choice = random.Random(f"{SEED} {engine_name}")
    server = Server(database_url, tmp_path)
    kills = 0
    try:
        send(server, data)
        while kills < KILLS:
            time.sleep(choice.uniform(0, 1.2))
            if state(app, user) == "done":
                with app.app_context():
                    take_back(user, list_imports(user)[0])
                send(server, data)
                continue
            server.kill()
            kills += 1
            server = Server(database_url, tmp_path)
        eventually(lambda: state(app, user) in ("done", "failed"), seconds=120)
    finally:
        server.stop()

    print(f"seed {SEED}: {kills} kills")
    assert again(user, list_imports(user)[0]).state == "done"
    assert rows(app) == alone
    assert list(Verification().findings()) == []
