"""The HTML of messages: made once, kept beside the source."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.services.cast import chat, statements
from webapp.extensions import db
from webapp.rendering import VERSION
from webapp.services.renderings import html_of
from webapp.services.transaction import writing
from webapp.services.transcripts import read_transcript


@pytest.fixture
def messages(user):
    session = chat(user, ("*one*", "**1**"), ("two", "`2`"))
    return read_transcript(user, session.id).messages


def stored():
    return db.session.connection().execute(text("SELECT content, html, html_version FROM messages ORDER BY seq")).all()


def test_only_the_assistants_messages_are_markdown(messages):
    html = html_of(messages)

    assert set(html) == {messages[1].id, messages[3].id}
    assert "<strong>1</strong>" in html[messages[1].id]


def test_what_was_rendered_is_kept_and_read_back(messages):
    html = html_of(messages)

    assert stored()[1] == ("**1**", html[messages[1].id], VERSION)
    assert stored()[0] == ("*one*", None, None)
    with statements() as sent:
        assert html_of(messages) == html
    assert len(sent) == 1


def test_html_of_an_older_renderer_is_made_anew(messages):
    html = html_of(messages)
    with writing() as connection:
        connection.execute(text("UPDATE messages SET html = 'old', html_version = :old"), {"old": VERSION - 1})

    assert html_of(messages) == html
    assert [row.html for row in stored() if row.html_version == VERSION] == [html[messages[i].id] for i in (1, 3)]


def test_only_what_is_missing_is_rendered(messages):
    html_of(messages[:2])
    with writing() as connection:
        connection.execute(text("UPDATE messages SET html = 'kept' WHERE html IS NOT NULL"))

    html = html_of(messages)

    assert html[messages[1].id] == "kept"
    assert "<code>2</code>" in html[messages[3].id]


def test_nothing_to_render_asks_nothing(messages):
    with statements() as sent:
        assert html_of([]) == html_of(messages[::2]) == {}
    assert sent == []


@pytest.mark.changes_schema
def test_a_database_that_cannot_keep_it_still_shows_the_page(messages, engine_name):
    refuse = {
        "sqlite": "CREATE TRIGGER full_disk BEFORE UPDATE ON messages BEGIN SELECT RAISE(ABORT, 'full'); END",
        "postgres": "ALTER TABLE messages ADD CONSTRAINT full_disk CHECK (html IS NULL)",
    }
    with writing() as connection:
        connection.execute(text(refuse[engine_name]))

    assert "<strong>1</strong>" in html_of(messages)[messages[1].id]
    assert all(row.html is None for row in stored())
