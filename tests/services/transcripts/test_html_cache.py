"""The HTML of messages: made once, kept beside the source."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace

import pytest
from flask import current_app
from sqlalchemy import text

from tests.support.cast import chat, statements
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.rendering import VERSION, Formatted, format_markdown, format_plain
from webapp.services.transcripts import html_cache
from webapp.services.transcripts.html_cache import html_of, html_so_far
from webapp.services.transcripts.reading import read_transcript


@pytest.fixture
def messages(user):
    session = chat(user, ("*one*", "**1**"), ("two", "`2`"))
    return read_transcript(user, session.id).messages


def stored():
    return read_connection().execute(text("SELECT content, html, html_version FROM messages ORDER BY seq")).all()


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


class Renderer:
    """The renderer, which waits where a test wants it to and remembers what it was asked."""

    def __init__(self, monkeypatch, format_=format_markdown):
        self.sources, self.began, self.may_end, self._format = [], Event(), Event(), format_
        monkeypatch.setattr(html_cache, "format_markdown", self)

    def __call__(self, source):
        self.sources.append(source)
        self.began.set()
        assert self.may_end.wait(20)
        return self._format(source)


def in_another_request(pool, messages):
    """Ask for the HTML as another request does: in another thread, with a connection of its own."""
    app = current_app._get_current_object()

    def ask():
        with app.app_context():
            return html_of(messages)

    return pool.submit(ask)


def test_what_many_want_at_once_is_rendered_once(messages, monkeypatch):
    renderer = Renderer(monkeypatch)
    with ThreadPoolExecutor(5) as pool:
        first = in_another_request(pool, messages)
        assert renderer.began.wait(20)
        others = [in_another_request(pool, messages) for _ in range(4)]
        renderer.may_end.set()
        answers = [each.result(20) for each in (first, *others)]

    assert all(answer == answers[0] for answer in answers)
    assert sorted(set(renderer.sources)) == ["**1**", "`2`"]
    assert len(renderer.sources) == 2


def test_no_connection_is_held_while_something_is_rendered(messages, monkeypatch):
    held = []

    def note(source):
        held.append(db.engine.pool.checkedout())
        return Formatted(source, is_final=True)

    monkeypatch.setattr(html_cache, "format_markdown", note)
    read_connection()
    html_of(messages)

    assert held == [0, 0]


def test_a_renderer_that_fails_fails_whoever_asked_and_is_asked_again(messages, monkeypatch):
    def fail(_source):
        raise ValueError("broken")

    renderer = Renderer(monkeypatch, fail)
    with ThreadPoolExecutor(2) as pool:
        first = in_another_request(pool, messages[:2])
        assert renderer.began.wait(20)
        second = in_another_request(pool, messages[:2])
        renderer.may_end.set()
        for each in (first, second):
            with pytest.raises(ValueError, match="broken"):
                each.result(20)
    monkeypatch.undo()

    assert "<strong>1</strong>" in html_of(messages)[messages[1].id]


def test_what_there_was_no_time_for_is_not_kept_and_not_tried_at_every_view(messages, monkeypatch):
    tried = []

    def slow(source):
        tried.append(source)
        return format_plain(source, is_final=False)

    monkeypatch.setattr(html_cache, "format_markdown", slow)
    first, second = html_of(messages[:2]), html_of(messages[:2])

    assert first == second == {messages[1].id: format_plain("**1**", is_final=False).html}
    assert tried == ["**1**"]
    assert stored()[1].html is None
    monkeypatch.setattr(html_cache._too_slow, "_seconds", 0)
    monkeypatch.setattr(html_cache, "format_markdown", format_markdown)
    assert "<strong>1</strong>" in html_of(messages[:2])[messages[1].id]
    assert stored()[1].html is not None


def test_what_is_too_complex_is_kept_like_any_other(messages, monkeypatch):
    monkeypatch.setattr(html_cache, "format_markdown", lambda source: format_plain(source, is_final=True))

    html = html_of(messages[:2])

    assert stored()[1].html == html[messages[1].id] == format_plain("**1**", is_final=True).html


def test_an_unfinished_reply_is_drawn_once_for_all_who_look_at_it_and_without_a_connection(messages, monkeypatch):
    held, began, may_end = [], Event(), Event()

    def draw(_self, text):
        held.append(db.engine.pool.checkedout())
        began.set()
        assert may_end.wait(20)
        return text.upper()

    monkeypatch.setattr(html_cache.GrowingMarkdown, "render", draw)
    app = current_app._get_current_object()
    live = SimpleNamespace(attempt="1", partial="so far")
    leave_transaction()

    def look():
        with app.app_context():
            read_connection()
            return html_so_far(live.attempt, live.partial)

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(look)
        assert began.wait(20)
        second = pool.submit(look)
        may_end.set()
        assert first.result(20) == second.result(20) == "SO FAR"
    assert held[0] == 0
