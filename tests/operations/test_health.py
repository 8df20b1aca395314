"""Health, readiness, and the id by which a request is found again."""

import re
import sqlite3
import stat

import pytest

from tests.support.accounts import client_of
from tests.support.cast import statements
from tests.support.doors import problem

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
GIVEN = "from-the-proxy.2_1"

on_sqlite = pytest.mark.one_database("The failure is the same on both databases, and easier to bring about on SQLite.")


@pytest.fixture
def nobody(app):
    return client_of(app)


def break_down(*_args, **_options):
    raise RuntimeError("a secret of the house")


def test_anybody_can_ask_whether_it_is_ready(app, nobody):
    told = nobody.get("/readyz")

    assert (told.status_code, told.json) == (200, {"status": "ok"})
    assert told.headers["Cache-Control"] == "no-store"


@on_sqlite
def test_anybody_can_ask_whether_it_lives_and_no_database_is_asked_for_it(app, nobody):
    with app.app_context(), statements() as sent:
        told = nobody.get("/healthz")
        assert (told.status_code, told.json) == (200, {"status": "ok"})
        assert sent == []
        nobody.get("/readyz")
        assert sent != []
    assert told.headers["Cache-Control"] == "no-store"


@on_sqlite
@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://a@127.0.0.1:1/b"])
def test_without_a_database_it_lives_and_is_not_ready(make_app, url):
    nobody = client_of(make_app(database_url=url))

    told = nobody.get("/readyz")
    assert (told.status_code, told.json) == (503, {"status": "not ready", "failed": "database"})
    assert told.headers["Cache-Control"] == "no-store"
    assert nobody.get("/healthz").status_code == 200


@on_sqlite
@pytest.mark.parametrize("change", ["UPDATE alembic_version SET version_num = '0001'", "DROP TABLE alembic_version"])
def test_on_a_database_of_another_revision_it_is_not_ready(app, nobody, tmp_path, change):
    connection = sqlite3.connect(tmp_path / "minutebook.db")
    with connection:
        connection.execute(change)
    connection.close()

    told = nobody.get("/readyz")
    assert (told.status_code, told.json) == (503, {"status": "not ready", "failed": "migrations"})


@pytest.mark.changes_schema
@pytest.mark.one_database("A SQLite file that was never migrated is migrated at the start.", engine="postgres")
def test_on_a_database_that_was_never_migrated_it_is_not_ready(app, nobody):
    from sqlalchemy import text

    from webapp.database.transaction import writing

    with app.app_context(), writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))

    told = nobody.get("/readyz")
    assert (told.status_code, told.json) == (503, {"status": "not ready", "failed": "migrations"})


@on_sqlite
def test_every_answer_tells_the_id_of_its_request(app, client):
    addresses = ("/sessions", "/healthz", "/nothing", "/api/v1/sessions", "/api/v1/nothing", "/v1/models")
    ids = [client.get(address).headers["X-Request-ID"] for address in addresses]

    assert all(map(ID.fullmatch, ids))
    assert len(set(ids)) == len(addresses)


@on_sqlite
def test_a_problem_document_names_the_request(client):
    for told, status in ((client.get("/api/v1/nothing"), 404), (client.post("/api/v1/chat", json={}), 422)):
        assert problem(told, status)["request_id"] == told.headers["X-Request-ID"]


@on_sqlite
def test_a_failure_shows_the_reference_that_the_log_has(client, monkeypatch, capsys):
    monkeypatch.setattr("webapp.web.sidebar.list_sessions", break_down)
    monkeypatch.setattr("webapp.api.sessions.list_sessions", break_down)

    page, document = client.get("/sessions"), client.get("/api/v1/sessions")

    logged = capsys.readouterr().err
    shown = re.search(r"Reference: <code>([^<]+)</code>", page.text)
    assert shown
    assert shown[1] == page.headers["X-Request-ID"]
    assert problem(document, 500)["request_id"] == document.headers["X-Request-ID"]
    assert shown[1] in logged
    assert document.json["request_id"] in logged
    assert "Reference" not in client.get("/nothing").text


@on_sqlite
def test_the_id_that_a_proxy_gives_is_kept_if_it_can_be_written(make_app):
    client = make_app(proxies=1).test_client()

    def told(given):
        return client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert told(GIVEN) == GIVEN
    assert told("a" * 128) == "a" * 128
    for bad in ("short", "a" * 129, "with space", "<b>bold</b>", "ümlaut-ümlaut"):
        assert ID.fullmatch(told(bad)), bad


@on_sqlite
def test_without_a_proxy_nobody_chooses_the_id(client):
    assert ID.fullmatch(client.get("/healthz", headers={"X-Request-ID": GIVEN}).headers["X-Request-ID"])


@pytest.mark.parametrize(("workers", "token", "shared"), [(2, "t" * 32, True), (1, "t" * 32, False), (2, None, False)])
def test_workers_share_an_empty_folder_only_where_they_count_together(tmp_path, monkeypatch, workers, token, shared):
    import os

    from webapp.cli.serve import _prepare_metrics
    from webapp.config.settings import Settings

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/somewhere/else")
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "counter_1.db").touch()

    _prepare_metrics(Settings(data_dir=tmp_path, database_url="sqlite:////x.db", workers=workers, metrics_token=token))

    assert os.environ.get("PROMETHEUS_MULTIPROC_DIR") == (str(folder) if shared else None)
    assert list(folder.iterdir()) == ([] if shared else [folder / "counter_1.db"])
    if shared:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
