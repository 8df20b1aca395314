"""The pages of imports, as a browser without JavaScript and as htmx see them."""

from __future__ import annotations

import errno
import io
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.attacks.people import person
from tests.support.accounts import ALICE
from tests.support.cast import statements
from tests.support.ingest import jsonl, plain, work
from webapp.config.settings import Settings
from webapp.database.transaction import leave_transaction, writing
from webapp.ids import new_id
from webapp.importers.left_out import INSTEAD, KINDS
from webapp.services.ingest import reading
from webapp.services.ingest.runs import list_imports
from webapp.services.ingest.uploads import folder_of
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.transcripts.appending import append_turn
from webapp.services.values import NewMessage
from webapp.state import current, provide
from webapp.web.import_words import RUN_WORDS, SAID

URL = "/imports"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
FORM = "multipart/form-data"
#: Bytes of an upload, where a test needs few of them.
LIMIT = 100_000
TWO = jsonl(plain("Which tiles?", "Grey ones."), plain("Where is the key?", "In the shed.", "Thanks."))


def send(client, *files, headers=None, **fields):
    parts = [(io.BytesIO(data), name) for name, data in files]
    return client.post(URL, data={"file": parts, **fields}, content_type=FORM, headers=headers)


def main(answer):
    """The text of a page between its list of chats and its end."""
    text = answer.text.partition('<main id="main"')[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def upload(app, client, data=TWO, name="chats.jsonl"):
    """Upload a file, let it be read, and return the address of its import."""
    answer = send(client, (name, data))
    assert answer.status_code == 303, answer.text
    settle(app)
    return answer.headers["Location"]


def settle(app):
    """Do what waits to be done."""
    with app.app_context():
        for run in list_imports(ALICE):
            leave_transaction()
            work(ALICE, run)
        leave_transaction()


def bring(app, client, data=TWO):
    address = upload(app, client, data)
    assert client.post(f"{address}/confirm").status_code == 303
    settle(app)
    return address


def sessions(app):
    with app.app_context():
        found = list_sessions(ALICE, SessionFilter(archived="all")).data
        leave_transaction()
    return found


def test_the_empty_page_takes_files_and_says_how_to_get_them(client):
    page = client.get(URL)

    assert '<input id="import-files" class="drop-files" type="file" name="file" multiple required>' in page.text
    assert "At most 2,000 MB and 40 files at once." in main(page)
    for name in ("ChatGPT", "Claude", "Gemini", "Grok", "Open WebUI", "LibreChat", "Claude Code", "Others"):
        assert re.search(rf"<summary>.*?<span>{name}", page.text), name
    assert "minutebook import" in main(page)
    assert "Earlier imports" not in page.text


def test_the_first_page_the_list_and_the_account_lead_here(client):
    assert client.get("/sessions").text.count(f'href="{URL}"') == 2
    assert f'href="{URL}"' in client.get("/account").text


def test_an_upload_is_read_reported_written_and_undone(app, client):
    answer = send(client, ("chats.jsonl", TWO))
    address = answer.headers["Location"]
    assert answer.status_code == 303
    assert "Reading the files" in main(client.get(address))
    assert f'<a class="quiet-button" href="{address}">Refresh</a>' in client.get(address).text

    settle(app)
    report = client.get(address)
    assert "OpenAI messages, as it would come in chats.jsonl . Nothing is written yet." in main(report)
    assert "2 found = 2 new + 0 grown + 0 changed + 0 already here + 0 continued here" in main(report)
    assert "Import 5 messages" in main(report)
    assert "Which tiles? New chats.jsonl, item 1 · 2 messages" in main(report)
    assert "Left out" not in main(report)
    assert sessions(app) == []

    assert client.post(f"{address}/confirm").headers["Location"] == address
    assert "Writing" in main(client.get(address))
    settle(app)
    done = client.get(address)
    assert "Imported: 5 messages, today" in main(done)
    assert {session.title for session in sessions(app)} == {"Which tiles?", "Where is the key?"}
    for session in sessions(app):
        assert f'href="/sessions/{session.id}"' in done.text

    undo = client.get(f"{address}/undo")
    assert "Chats removed 2" in main(undo)
    assert client.post(f"{address}/undo").headers["Location"] == address
    settle(app)
    assert "What this import brought is taken out" in main(client.get(address))
    assert sessions(app) == []


def test_an_undo_names_what_stays_before_it_is_pressed(app, client):
    address = bring(app, client)
    kept = next(session for session in sessions(app) if session.title == "Which tiles?")
    with app.app_context():
        append_turn(ALICE, kept.id, NewMessage(content="Here"), NewMessage(content="There", role="assistant"))

    page = main(client.get(f"{address}/undo"))
    assert "Chats removed 1" in page
    assert "Chats kept 1" in page
    assert "These stay Which tiles?" in page
    client.post(f"{address}/undo")
    settle(app)
    assert "Which tiles? Kept" in main(client.get(address))


def test_what_is_here_already_leaves_nothing_to_import(app, client):
    bring(app, client)
    address = upload(app, client)

    page = client.get(address)
    assert "Nothing to import: all 2 chats are already here." in main(page)
    assert 'class="button' not in page.text.partition("<main")[2].partition("</main>")[0]
    assert f'href="{address}/discard"' in page.text


def test_what_is_left_out_is_counted_explained_and_listed(app, client):
    address = upload(app, client, TWO.replace(b"\n", b"\n{torn\n"))
    page = main(client.get(address))

    assert f"Record that cannot be read 1 {INSTEAD['unreadable']}" in page
    assert "Left out 1" in page
    listed = main(client.get(f"{address}?state=left_out"))
    assert "chats.jsonl, item 2" in listed
    assert "item 1 ·" not in listed


def test_a_report_goes_on_page_by_page(app, client):
    address = upload(app, client, jsonl(*(plain(f"Question {number}?", "Yes.") for number in range(120))))
    seen, at = [], address
    for count in (50, 50, 20):
        page = client.get(at).text
        seen += re.findall(r">Question (\d+)\?<", page)
        assert len(set(seen)) == len(seen)
        assert page.count('<li>\n<span class="import-title') == count
        more = re.search(r'<a class="more" href="([^"]+)"', page)
        at = unescape(more[1]).partition("#")[0] if more else ""
    assert [int(number) for number in seen] == list(range(120))
    fragment = client.get(f"{address}?state=new&page=", headers=PARTIAL)
    assert fragment.status_code == 200
    assert client.get(f"{address}?page=nonsense").status_code == 400
    assert client.get(f"{address}?state=nonsense").status_code == 200


def test_a_failed_import_says_why_and_can_be_discarded(app, client):
    address = upload(app, client, b"Dear diary", "notes.txt")

    page = main(client.get(address))
    assert "“notes.txt” seems to be a text" in page
    assert "Nothing was written." in page
    assert "will be deleted" in main(client.get(f"{address}/discard"))
    answer = client.post(f"{address}/discard")
    assert answer.status_code == 303
    assert "The import was discarded." in main(client.get(answer.headers["Location"]))
    assert client.get(address).status_code == 404


def test_what_fails_while_it_is_written_is_undone_or_discarded(app, client):
    address = upload(app, client)
    with app.app_context():
        (folder_of(address.rpartition("/")[2]) / "0").write_bytes(b"Dear diary")
    client.post(f"{address}/confirm")
    settle(app)
    page = client.get(address)
    assert "This import failed" in main(page)
    assert "Nothing was written." in main(page)
    assert f'href="{address}/discard"' in page.text
    assert f'href="{address}/undo"' not in page.text
    assert client.post(f"{address}/discard").status_code == 303


def test_what_was_written_before_a_failure_can_be_undone(app, client):
    address = bring(app, client)
    with app.app_context(), writing() as connection:
        connection.execute(text("UPDATE ingest_runs SET state = 'failed', problem = 'The disk is full.'"))
    page = client.get(address)
    assert "The disk is full." in main(page)
    assert "What was written until then is here." in main(page)
    assert "Chats removed 2" in main(client.get(f"{address}/undo"))
    client.post(f"{address}/undo")
    settle(app)
    assert sessions(app) == []


def test_what_cannot_be_done_now_is_a_sentence(app, client):
    address = upload(app, client)
    assert client.post(f"{address}/undo").status_code == 409
    assert client.get(f"{address}/undo").headers["Location"] == address
    client.post(f"{address}/confirm")
    settle(app)
    assert "It can be undone." in main(client.post(f"{address}/discard"))
    assert client.get(f"{address}/discard").headers["Location"] == address
    # Pressed twice is pressed once.
    assert client.post(f"{address}/confirm").status_code == 303


NO_FILE = "There is no file in this upload. Choose one or more files."


@pytest.mark.parametrize("files", [[], [("", b"")], [("empty.json", b"")]])
def test_an_upload_of_nothing_leaves_its_sentence_on_the_page(client, files):
    for headers in ({}, PARTIAL):
        answer = send(client, *files, headers=headers)
        assert answer.status_code == 422
        assert f'role="alert">{NO_FILE}</p>' in answer.text
        assert 'id="import-files"' in answer.text


def test_another_kind_of_form_is_an_upload_of_nothing(client):
    assert NO_FILE in main(client.post(URL, data={"file": "chats.jsonl"}))
    assert NO_FILE in main(client.post(URL))


def test_too_many_files_leave_their_sentence_on_the_page(client):
    for count in (41, 60):
        answer = send(client, *((f"{number}.json", b"[]") for number in range(count)))
        assert answer.status_code in {413, 422}
        assert "40 files" in main(answer).partition("Drop your exports here")[0]


def test_too_much_leaves_its_sentence_on_the_page(app, client):
    with app.app_context():
        provide(app, replace(current(Settings), max_import_bytes=LIMIT))
    for size in (LIMIT + 1, 400_000):
        answer = send(client, ("big.json", b" " * size))
        assert answer.status_code in {413, 422}
        assert "The upload has more than" in main(answer).partition("Drop your exports here")[0]


def test_a_full_disk_leaves_its_sentence_on_the_page(client, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    answer = send(client, ("chats.jsonl", TWO))
    assert answer.status_code == 503
    assert "no space" in main(answer).partition("Drop your exports here")[0]


def test_an_unknown_format_leaves_its_sentence_on_the_page(client):
    answer = send(client, ("chats.jsonl", TWO), format="nonsense")
    assert answer.status_code == 422
    assert "There is no format “nonsense”" in main(answer)


def test_a_script_is_told_where_the_import_is(client):
    answer = send(client, ("chats.jsonl", TWO), headers=PARTIAL)
    assert answer.status_code == 200
    assert re.fullmatch(r"/imports/[0-9a-f-]{36}", answer.headers["HX-Redirect"])


def test_the_progress_is_asked_for_until_it_ends(app, client):
    address = send(client, ("chats.jsonl", TWO)).headers["Location"]
    running = client.get(f"{address}/progress?seen=reading", headers=PARTIAL)
    assert 'hx-trigger="every 1s"' in client.get(address).text
    assert 'hx-target="#import-progress" hx-swap="innerMorph"' in running.text
    # It says something only once.
    assert "import-said" not in running.text
    assert client.get(f"{address}/progress").headers["Location"] == address

    settle(app)
    ready = client.get(f"{address}/progress?seen=reading", headers=PARTIAL)
    assert "every 1s" not in ready.text
    assert SAID["ready"] in ready.text
    assert "Import 5 messages" in ready.text


def test_the_figures_of_the_progress_are_those_of_the_job(app, client, monkeypatch):
    address = send(client, ("chats.jsonl", TWO)).headers["Location"]
    pages = []

    def look(*arguments):
        yield from items(*arguments)
        leave_transaction()
        pages.append(main(client.get(address)))

    items = reading.items_of
    monkeypatch.setattr(reading, "items_of", look)
    settle(app)
    assert "Reading the files" in pages[0]


def test_other_pages_show_the_bar_only_while_the_browsers_import_runs(app, client):
    address = send(client, ("chats.jsonl", TWO)).headers["Location"]
    page = client.get("/sessions").text
    assert 'id="running-import"' in page
    assert f'href="{address}"' in page
    settle(app)
    at_the_foot = client.get(f"{address}/progress?at=sidebar", headers=PARTIAL)
    assert "report is ready" in at_the_foot.text
    assert "importing=;" in at_the_foot.headers["Set-Cookie"]
    client.set_cookie("importing", address.rpartition("/")[2])
    page = client.get("/sessions")
    assert 'id="running-import"' not in page.text
    assert "importing=;" in page.headers["Set-Cookie"]


def test_a_page_without_an_import_costs_no_statement_more(app, client):
    with app.app_context(), statements() as sent:
        client.get("/sessions")
    assert not [one for one in sent if "ingest" in one.sql or "jobs" in one.sql]


def test_a_cookie_that_names_nothing_of_ones_own_shows_nothing(app, client):
    for value in (new_id(), "nonsense", "x" * 500):
        client.set_cookie("importing", value)
        page = client.get("/sessions")
        assert page.status_code == 200
        assert "running-import" not in page.text


def test_what_is_anothers_is_not_there(app, client):
    address = upload(app, client)
    with app.app_context():
        bob = person("bob").client(app)
    for path in ("", "/progress", "/undo", "/discard"):
        assert bob.get(address + path).status_code == 404
        assert bob.get(address + path, headers=PARTIAL).status_code == 404
    for path in ("/confirm", "/undo", "/discard"):
        assert bob.post(address + path).status_code == 404
    assert "chats.jsonl" not in bob.get(URL).text
    assert "Import 5 messages" in main(client.get(address))


def test_a_hostile_name_and_title_are_shown_as_text(app, client):
    name = "../../etc/<script>alert(1)</script>\u202egnp.jsonl"
    chat = {"title": "<img src=x onerror=alert(2)>", **plain("<b>a</b>", "b")}
    address = upload(app, client, jsonl(chat), name)
    for page in (client.get(address).text, client.get(URL).text, client.get(f"{address}/discard").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page


def test_a_form_of_somebody_who_is_not_signed_in_is_not_read(guest):
    answer = send(guest, ("chats.jsonl", TWO))
    assert answer.status_code == 401
    assert "Please sign in." in answer.text
    assert "TWO" not in answer.text


def test_every_kind_and_every_state_has_its_words():
    assert INSTEAD.keys() == KINDS.keys()
    assert SAID.keys() == RUN_WORDS.keys()


def test_an_import_is_stopped_and_goes_on(app, client):
    address = upload(app, client)
    client.post(f"{address}/confirm")
    busy = client.get(address)
    assert f'action="{address}/stop"' in busy.text

    assert client.post(f"{address}/stop").headers["Location"] == address
    settle(app)
    page = client.get(address)
    assert "OpenAI messages, stopped" in main(page)
    assert "Stopped before a chat was written" in main(page)
    assert "stopped" in main(client.get(URL))
    assert sessions(app) == []

    client.post(f"{address}/confirm")
    settle(app)
    assert "Imported: 5 messages" in main(client.get(address))
    # Too late: the page says that it is complete.
    assert client.post(f"{address}/stop").headers["Location"] == address
    assert len(sessions(app)) == 2


def test_an_undo_has_no_stop(app, client):
    address = bring(app, client)
    client.post(f"{address}/undo")
    assert "/stop" not in client.get(address).text
    client.post(f"{address}/stop")
    settle(app)
    assert sessions(app) == []


def test_a_form_that_is_sent_twice_starts_one_import(app, client):
    key = re.search(r'name="key" value="([^"]+)"', client.get(URL).text)[1]
    first = send(client, ("chats.jsonl", TWO), key=key)
    again = send(client, ("chats.jsonl", TWO), key=key)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    with app.app_context():
        assert len(list_imports(ALICE)) == 1
        assert len(list(folder_of(new_id()).parent.iterdir())) == 1
        leave_transaction()

    # Other files, another name, another page: other imports.
    others = [
        send(client, ("chats.jsonl", jsonl(plain("Other", "Text"))), key=key),
        send(client, ("more.jsonl", TWO), key=key),
        send(client, ("chats.jsonl", TWO), key=new_id()),
        send(client, ("chats.jsonl", TWO), key="../x"),
        send(client, ("chats.jsonl", TWO)),
    ]
    assert len({answer.headers["Location"] for answer in [first, *others]}) == 6


def test_a_form_whose_import_was_discarded_starts_another(app, client):
    key = new_id()
    address = send(client, ("chats.jsonl", TWO), key=key).headers["Location"]
    settle(app)
    client.post(f"{address}/discard")
    other = send(client, ("chats.jsonl", TWO), key=key).headers["Location"]
    assert other != address
    settle(app)
    assert "5 messages" in main(client.get(other))
