"""A message is final: the database itself refuses to change it."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from tests.support.cast import chat, contents
from webapp.database.engine import db
from webapp.database.transaction import writing

CHANGES = {
    "content": "'another'",
    "role": "'assistant'",
    "create_time": "'2001-01-01T00:00:00.000000Z'",
    "model": "'another'",
    "finish_reason": "'length'",
    "usage": "'{}'",
    "citations": "'[]'",
    "reasoning": "'hm'",
    "reasoning_seconds": "1",
    "made_with": "'{}'",
    "struck_at": "'2001-01-01T00:00:00.000000Z'",
    "struck_digest": "NULL",
    "is_lookup": "true",
    "id": "'01a20315-4829-749d-baa5-b90ebbd034c3'",
    "conversation_id": "(SELECT max(CAST(id AS varchar)) FROM conversations)",
}


@pytest.mark.parametrize("column", CHANGES)
def test_the_database_refuses_to_change_a_message(user, column, engine_name):
    session = chat(user, "Hello")
    value = CHANGES[column]
    if column == "conversation_id" and engine_name == "postgres":
        value = f"CAST({value} AS uuid)"

    with pytest.raises(DBAPIError, match="a finalized message cannot be changed"), writing() as connection:
        connection.execute(text(f"UPDATE messages SET {column} = {value}"))
    assert contents(user, session.id) == ["Hello", "Noted."]


def test_every_column_but_the_cache_of_html_is_final(user):
    columns = {column["name"] for column in inspect(db.engine).get_columns("messages")}

    # The number says only where search finds it.
    assert columns - set(CHANGES) == {"html", "html_version", "seq"}


def test_the_html_of_a_message_may_be_written_and_dropped(user):
    chat(user, "Hello")

    for html in ("'<p>'", "NULL"):
        with writing() as connection:
            written = connection.execute(text(f"UPDATE messages SET html = {html}, html_version = 1"))
            assert written.rowcount == 2
