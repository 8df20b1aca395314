"""`/api/v1/imports`: uploading, the report, confirming, undoing, discarding, and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from tests.attacks.people import person
from tests.support.accounts import ALICE
from tests.support.ingest import jsonl, plain, work
from webapp.config.settings import Settings
from webapp.database.transaction import leave_transaction
from webapp.ids import new_id
from webapp.services.ingest.runs import list_imports
from webapp.state import current, provide

URL = "/api/v1/imports"
FORM = "multipart/form-data"
#: Bytes of an upload, where a test needs few of them.
LIMIT = 100_000
TWO = jsonl(plain("Which tiles?", "Grey ones."), plain("Where is the key?", "In the shed.", "Thanks."))
COUNTS = {"conversations", "new", "grown", "changed", "unchanged", "continued", "left_out", "messages", "files"}


def send(client, *files, **fields):
    parts = [(io.BytesIO(data), name) for name, data in files]
    return client.post(URL, data={"file": parts, **fields}, content_type=FORM)


def settle(app):
    """Do what waits to be done."""
    with app.app_context():
        for run in list_imports(ALICE):
            leave_transaction()
            work(ALICE, run)
        leave_transaction()


@pytest.fixture
def ready(app, client):
    """The address of an import whose report is ready."""
    address = send(client, ("chats.jsonl", TWO)).headers["Location"]
    settle(app)
    return address


def titles(client):
    return sorted(session["title"] for session in client.get("/api/v1/sessions").json["data"])


def test_an_upload_is_accepted_and_read_later(app, client):
    answer = send(client, ("chats.jsonl", TWO))

    assert answer.status_code == 202
    run = answer.json
    assert answer.headers["Location"] == run["url"] == f"{URL}/{run['id']}"
    assert (run["state"], run["source"], run["confirmed"]) == ("reading", "chats.jsonl", False)
    assert (run["progress"], run["counts"], run["left_out"], run["problem"]) == (None, None, [], None)
    settle(app)
    run = client.get(answer.headers["Location"]).json
    assert (run["state"], run["formats"]) == ("ready", ["openai"])
    assert run["counts"].keys() == COUNTS
    assert {name: count for name, count in run["counts"].items() if count} == {
        "conversations": 2,
        "new": 2,
        "messages": 5,
    }
    assert titles(client) == []


def test_a_report_is_confirmed_written_and_undone(app, client, ready):
    answer = client.post(f"{ready}/confirm")
    assert (answer.status_code, answer.json["state"]) == (202, "writing")
    settle(app)
    assert client.get(ready).json["state"] == "done"
    assert titles(client) == ["Where is the key?", "Which tiles?"]
    assert client.get(f"{ready}/undo").json == {"removed": 2, "shortened": 0, "kept": []}
    answer = client.post(f"{ready}/undo")
    assert (answer.status_code, answer.json["state"], answer.json["undoing"]) == (202, "writing", True)
    settle(app)
    assert client.get(ready).json["state"] == "undone"
    assert titles(client) == []
    assert client.get(URL).json["data"][0]["state"] == "undone"


@pytest.mark.parametrize("dry_run", ["false", "FALSE", "0"])
def test_without_a_dry_run_it_confirms_itself(app, client, dry_run):
    answer = send(client, ("chats.jsonl", TWO), dry_run=dry_run)
    assert answer.json["confirmed"]
    settle(app)
    assert client.get(answer.headers["Location"]).json["state"] == "done"
    assert len(titles(client)) == 2


def test_several_files_are_one_import(app, client):
    answer = send(client, ("a.jsonl", jsonl(plain("A?", "a"))), ("b.jsonl", jsonl(plain("B?", "b"))))
    settle(app)
    run = client.get(answer.headers["Location"]).json
    assert (run["source"], run["counts"]["conversations"]) == ("a.jsonl, b.jsonl", 2)


def test_the_report_is_paged_and_filtered(app, client):
    chats = [plain(f"Question {number}?", "Yes.") for number in range(7)]
    address = send(client, ("chats.jsonl", jsonl(*chats) + b"\n{torn\n")).headers["Location"]
    settle(app)
    run = client.get(address).json
    assert run["left_out"] == [{"kind": "unreadable", "count": 1, "text": "1 record that cannot be read"}]
    found, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{address}/conversations", query_string=query).json
        found += page["data"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [line["position"] for line in found] == list(range(8))
    assert [line["title"] for line in found[:7]] == [f"Question {number}?" for number in range(7)]
    (torn,) = client.get(f"{address}/conversations?state=left_out").json["data"]
    assert (torn["place"], torn["state"], torn["session_id"]) == ("chats.jsonl, item 8", "left_out", None)
    assert torn["reason"]
    assert client.get(f"{address}/conversations?state=nonsense").status_code == 422
    assert client.get(f"{address}/conversations?cursor=nonsense").status_code == 400
    assert client.get(f"{address}/conversations?limit=0").status_code == 422


def test_an_import_that_is_not_written_can_be_discarded(app, client, ready):
    assert client.delete(ready).status_code == 204
    assert client.get(ready).status_code == 404
    assert client.delete(ready).status_code == 404


def test_what_cannot_be_done_now_is_a_conflict(app, client, ready):
    assert client.post(f"{ready}/undo").status_code == 409
    client.post(f"{ready}/confirm")
    assert client.delete(ready).status_code == 409
    settle(app)
    answer = client.delete(ready)
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert client.post(f"{ready}/confirm").json["state"] == "done"


def test_what_cannot_be_read_fails_with_a_sentence(app, client):
    address = send(client, ("notes.txt", b"Dear diary")).headers["Location"]
    settle(app)
    run = client.get(address).json
    assert (run["state"], run["counts"]) == ("failed", None)
    assert "seems to be a text" in run["problem"]
    assert client.post(f"{address}/confirm").status_code == 409


def test_json_instead_of_a_form_is_415(client):
    answer = client.post(URL, json={"file": "chats.jsonl"})
    assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")
    assert client.post(URL, data=b"x", content_type="application/zip").status_code == 415


REFUSED = {
    "no file": ([], {}, "file"),
    "an empty file": ([("empty.json", b"")], {}, "file"),
    "an unknown field": ([("a.jsonl", TWO)], {"dryrun": "true"}, "dryrun"),
    "a third value": ([("a.jsonl", TWO)], {"dry_run": "maybe"}, "dry_run"),
    "an unknown format": ([("a.jsonl", TWO)], {"format": "nonsense"}, "format"),
    "41 files": ([(f"{number}.json", b"[]") for number in range(41)], {}, "file"),
}


@pytest.mark.parametrize(("files", "fields", "field"), REFUSED.values(), ids=list(REFUSED))
def test_a_wrong_form_is_422_with_its_field(app, client, files, fields, field):
    answer = send(client, *files, **fields)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["errors"][0]["pointer"] == f"#/{field}"
    with app.app_context():
        assert list_imports(ALICE) == []
        folder = current(Settings).data_dir / "imports"
        assert not folder.exists() or list(folder.iterdir()) == []


def test_too_much_is_refused(app, client):
    assert send(client, *((f"{number}.json", b"[]") for number in range(60))).status_code == 422
    with app.app_context():
        provide(app, replace(current(Settings), max_import_bytes=LIMIT))
    assert send(client, ("big.json", b" " * 400_000)).status_code == 413
    answer = send(client, ("big.json", b" " * (LIMIT + 1)))
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "too_large")


def test_a_body_that_is_cut_starts_nothing(app, client):
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n' + TWO
    for cut in (body, body + b"\r\n--x"):
        answer = client.post(URL, data=cut, content_type=f"{FORM}; boundary=x")
        assert answer.status_code in {400, 422}
        assert answer.mimetype == "application/problem+json"
    with app.app_context():
        assert list_imports(ALICE) == []


def test_what_is_anothers_is_not_there(app, client, ready):
    with app.app_context():
        bob = person("bob").client(app)
    for address in (ready, f"{URL}/{new_id()}"):
        assert bob.get(address).status_code == 404
        assert bob.get(f"{address}/conversations").status_code == 404
        assert bob.get(f"{address}/undo").status_code == 404
        assert bob.post(f"{address}/confirm").status_code == 404
        assert bob.post(f"{address}/undo").status_code == 404
        assert bob.delete(address).status_code == 404
    assert bob.get(URL).json == {"data": []}
    assert client.get(ready).json["state"] == "ready"


def test_a_name_is_never_a_path(app, client):
    for name in ("../../../etc/passwd", "a\0b.jsonl", "x" * 300 + ".jsonl", "\u202egnp.jsonl", "C:\\windows\\a.jsonl"):
        answer = send(client, (name, TWO))
        assert answer.status_code == 202
        settle(app)
        run = client.get(answer.headers["Location"]).json
        assert run["state"] == "ready", run
        assert not {"/", "\\", "\0", "\u202e"} & set(run["source"])
