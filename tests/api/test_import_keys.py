"""An upload that is sent twice with one key makes one import."""

import io
import json

from tests.support.ingest import jsonl, plain
from webapp.services.ingest.uploads import folder_of

CHAT = jsonl(plain("Which tiles?", "Grey ones."))


def send(client, key, data=CHAT, **fields):
    form = fields | {"file": (io.BytesIO(data), "chats.jsonl")}
    return client.post("/api/v1/imports", data=form, headers={"Idempotency-Key": key})


def test_the_second_request_gets_the_answer_of_the_first(client, app):
    first, second = send(client, "k1"), send(client, "k1")

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert len(client.get("/api/v1/imports").json["data"]) == 1
    with app.app_context():
        assert [path.name for path in folder_of("x").parent.iterdir()] == [first.json["id"]]


def test_a_key_of_another_upload_is_refused(client):
    send(client, "k1")

    assert send(client, "k1", jsonl(plain("Other", "Text"))).status_code == 422
    assert send(client, "k1", dry_run="false").status_code == 422
    assert json.dumps(client.get("/api/v1/imports").json["data"]).count('"id"') == 1
