"""An import makes way for others who write."""

import pytest

from tests.support.cast import chat
from webapp.database.transaction import writing
from webapp.services.ingest import pace


@pytest.mark.one_database("PostgreSQL's writers do not wait for each other.")
def test_it_pauses_longer_while_another_process_writes(user, make_app, app, monkeypatch):
    pauses = []
    monkeypatch.setattr(pace.time, "sleep", pauses.append)
    own = pace.Pace()

    def write():
        with writing() as connection:
            own.look(connection)
        own.rest()

    write()
    write()
    with make_app().app_context():
        chat(user, "Hello")
    write()

    assert pauses == [pace._PAUSE, pace._PAUSE, pace._SHARED_PAUSE]
