"""The list of chat sessions, a page at a time."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, say, stranger
from tests.support.library import START, fill
from webapp.services.sessions.changes import archive_session, create_session, get_session, pin_session, rename_session
from webapp.services.sessions.listing import SessionFilter, list_sessions

EVERY = [SessionFilter(archived, pinned) for archived in ("no", "only", "all") for pinned in (None, True, False)]


def walk(user, filters=None, limit=50):
    """Every page of a list, one after the other."""
    cursor = None
    while True:
        page = list_sessions(user, filters, limit=limit, cursor=cursor)
        yield page.data
        if page.next is None:
            return
        cursor = page.next


def ids(user, filters=None):
    return [session.id for page in walk(user, filters) for session in page]


def test_pinned_come_first_then_the_most_recently_active(user):
    first, second, third = (chat(user, question) for question in ("One", "Two", "Three"))
    pin_session(user, second.id)
    say(user, first.id, "Again")

    assert ids(user) == [second.id, first.id, third.id]


def test_renaming_moves_nothing(user):
    first, second = chat(user, "One"), chat(user, "Two")
    rename_session(user, first.id, "Newest change")

    assert ids(user) == [second.id, first.id]


def test_the_list_holds_what_a_get_returns(user):
    session = chat(user, "One")

    assert list_sessions(user).data == [get_session(user, session.id)]


def test_an_empty_list_has_no_next_page(user):
    assert list_sessions(user) == ([], None, frozenset(), frozenset())


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_250_sessions_of_one_moment_are_each_seen_once(user, limit):
    fill(user, 250, vary=lambda n: {"last_activity_at": START, "pinned": n % 3 == 0, "archived": n % 5 == 0})
    fill(stranger(), 20)
    for filters in EVERY:
        wanted = {
            f"Chat {n}"
            for n in range(250)
            if filters.archived == "all" or (n % 5 == 0) == (filters.archived == "only")
            if filters.pinned is None or (n % 3 == 0) == filters.pinned
        }

        pages = list(walk(user, filters, limit))

        seen = [session for page in pages for session in page]
        assert sorted(session.title for session in seen) == sorted(wanted)
        assert all(len(page) == limit for page in pages[:-1])
        assert seen == sorted(seen, key=lambda s: (s.pinned, s.last_activity_at, s.id), reverse=True)


def test_a_page_that_just_fits_is_the_last(user):
    fill(user, 20, vary=lambda _: {"archived": False})

    assert list_sessions(user, limit=20).next is None
    assert list_sessions(user, limit=19).next is not None


def test_a_session_that_becomes_active_between_two_pages_hides_no_other(user):
    fill(user, 30, vary=lambda _: {"archived": False, "pinned": False})
    page = list_sessions(user, limit=10)
    say(user, list_sessions(user, limit=30).data[20].id, "Awake")

    rest = list_sessions(user, limit=30, cursor=page.next).data

    assert len({session.id for session in [*page.data, *rest]}) == 29


def test_archived_sessions_are_listed_apart(user):
    kept, gone = chat(user, "Kept"), chat(user, "Gone")
    archive_session(user, gone.id)

    assert ids(user) == [kept.id]
    assert ids(user, SessionFilter("only")) == [gone.id]
    assert ids(user, SessionFilter("all")) == [gone.id, kept.id]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("zurich", "A week in Zürich"),
        ("ZÜRICH week", "A week in Zürich"),
        ("cafe", "Cafe\u0301 list"),
        ("strasse", "Straße 7"),
        ("100%", "100% cotton"),
        ("a_b", "a_b variable"),
        ("c:\\temp", "C:\\Temp files"),
        ("'quoted\"", "It's 'quoted\" here"),
        ("日本", "旅行 日本"),
        ("🎉", "Party 🎉"),
    ],
)
def test_a_title_is_found_as_people_type_it(user, typed, title):
    session = create_session(user, title=title)
    for other in ("100x cotton", "axb variable", "C:/Temp files", "Something else"):
        create_session(user, title=other)

    assert ids(user, SessionFilter(title=typed)) == [session.id]


def test_every_word_of_the_filter_must_stand_in_the_title(user):
    session = create_session(user, title="Kitchen tiles, red")
    create_session(user, title="Kitchen")

    assert ids(user, SessionFilter(title="tiles  kitch")) == [session.id]
    assert ids(user, SessionFilter(title="tiles blue")) == []
    assert len(ids(user, SessionFilter(title="  "))) == 2


def test_a_cursor_opens_nobody_elses_list(user):
    bob = stranger()
    for owner in (bob, user, user):
        chat(owner, "Hello", title=owner.name)

    mine = list_sessions(user, SessionFilter("all"), limit=1)

    assert [session.title for session in list_sessions(bob, SessionFilter("all"), cursor=mine.next).data] == ["bob"]
    assert {session.title for page in walk(user, SessionFilter("all"), 1) for session in page} == {"alice"}
