import itertools
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from tests.support.accounts import ALICE, PASSWORD
from tests.support.cast import chat, statements
from tests.support.people import HERE, account, rows, trail
from webapp.database.transaction import writing
from webapp.errors import BadRequest, WrongCredentials
from webapp.ids import utc_now
from webapp.models import AuditEvent
from webapp.services.accounts import audit_log as trails
from webapp.services.accounts.audit_log import PAGE, delete_old_events, has_recent_event, list_events, record, record_of
from webapp.services.accounts.sign_ins import sign_in
from webapp.services.cursors import encode_cursor
from webapp.services.sessions.changes import archive_session
from webapp.services.sessions.purge import purge_session

SECOND = timedelta(seconds=1)
YEAR, MONTH = timedelta(days=365), timedelta(days=30)


@pytest.fixture
def bob(user):
    return account("bob")


def tell(user, *abouts):
    with writing() as connection:
        for about in abouts:
            record(connection, user, "test", about)


@pytest.fixture
def back_then(monkeypatch):
    """Let something be recorded at another time than now, which stands still: no second of a test goes by."""
    now, numbers = utc_now(), itertools.count()
    monkeypatch.setattr(trails, "utc_now", lambda: now)

    def record_then(user, ago, about):
        moment, number = now - ago, next(numbers)
        milliseconds = int(moment.timestamp() * 1000)
        with monkeypatch.context() as patch, writing() as connection:
            patch.setattr(trails, "utc_now", lambda: moment)
            # As new_id makes it, with the random part as low or as high as one that nobody else has can be.
            for low in (number, (1 << 62) - 1 - number):
                made = str(UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | low))
                patch.setattr(trails, "new_id", lambda made=made: made)
                record_of(connection, user and user.id, "test", about=about)

    return record_then


def test_an_event_says_what_when_by_which_way_and_from_where(bob):
    tell(bob._replace(via="token “notes”", address="2001:db8::7"), "a thing")

    (event,) = list_events(bob).data
    assert event[2:] == ("test", "token “notes”", "2001:db8::7", "a thing")
    assert event.at.tzinfo is not None
    assert abs(event.at - utc_now()) < timedelta(minutes=1)


def test_each_sees_their_own_newest_first(bob):
    tell(bob, "1", "2")
    tell(ALICE, "hers")
    tell(bob, "3")
    with writing() as connection:
        record_of(connection, None, "sign-in-failed")

    assert [event.about for event in list_events(bob).data] == ["3", "2", "1"]
    assert [event.about for event in list_events(ALICE).data] == ["hers"]


@pytest.mark.parametrize("count", [0, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 20])
def test_its_pages_have_everything_once_and_no_page_is_empty(bob, count):
    tell(bob, *map(str, range(count)))
    tell(ALICE, "hers")
    pages = [list_events(bob)]
    while pages[-1].next:
        tell(bob, "new")
        pages.append(list_events(bob, cursor=pages[-1].next))

    assert [event.about for page in pages for event in page.data] == [str(n) for n in reversed(range(count))]
    assert all(0 < len(page.data) <= PAGE for page in pages) or count == 0
    assert len(pages) == max(1, -(-count // PAGE))


@pytest.mark.parametrize(
    "cursor", ["nonsense", "=", encode_cursor("sessions", "x"), encode_cursor("trail", 7), "\udc80"]
)
def test_a_cursor_of_something_else_is_refused(bob, cursor):
    with pytest.raises(BadRequest):
        list_events(bob, cursor=cursor)


def test_a_cursor_leads_into_nobody_elses_trail(bob):
    tell(ALICE, "hers")
    tell(bob, *"123")

    cursor = list_events(bob, limit=1).next

    assert [event.about for event in list_events(ALICE, cursor=cursor).data] == ["hers"]


def test_what_is_older_than_a_year_is_cut_off_and_nothing_else(bob, back_then):
    for owner in (bob, ALICE, None):
        for ago in (YEAR + SECOND, YEAR - SECOND, timedelta(0)):
            back_then(owner, ago, f"{owner and owner.name} {ago.days}")

    with writing() as connection:
        delete_old_events(connection, bob.id)

    kept = [event.about for event in rows(AuditEvent)]
    assert [about for about in kept if about.startswith("bob")] == ["bob 364"] * 2 + ["bob 0"] * 2
    assert len(kept) == 4 + 6 + 6


def test_what_was_tried_on_nobody_is_cut_off_after_a_month_and_nothing_else(bob, back_then):
    for owner in (bob, None):
        for ago in (MONTH + SECOND, MONTH - SECOND):
            back_then(owner, ago, f"{owner and owner.name} {ago.days}")

    with writing() as connection:
        delete_old_events(connection, None)

    assert sorted(event.about for event in rows(AuditEvent)) == ["None 29"] * 2 + ["bob 29"] * 2 + ["bob 30"] * 2


def test_signing_in_or_failing_to_cuts_the_trail_so_that_it_does_not_grow_for_ever(bob, back_then):
    for name, password in (("bob", PASSWORD), ("bob", "wrong"), ("nobody", "wrong")):
        back_then(bob if name == "bob" else None, YEAR + SECOND, "old")
        try:
            sign_in(name, password, HERE, remember=False)
        except WrongCredentials:
            assert password == "wrong"
        assert "old" not in {event.about for event in rows(AuditEvent)}


def test_what_was_told_lately_is_known_by_kind_way_address_and_owner(bob, back_then):
    tell(bob)
    here = bob._replace(via="token “t”", address="192.0.2.1")
    tell(here, "x")

    assert has_recent_event(here, "test", SECOND * 60)
    assert not has_recent_event(here, "token-used", SECOND * 60)
    for other in (here._replace(via="page"), here._replace(address="192.0.2.2"), here._replace(id=ALICE.id)):
        assert not has_recent_event(other, "test", SECOND * 60)
    back_then(ALICE, SECOND * 61, "x")
    assert not has_recent_event(ALICE._replace(via="", address=""), "test", SECOND * 60)
    assert has_recent_event(ALICE._replace(via="", address=""), "test", SECOND * 62)


def test_it_tells_that_a_chat_was_deleted_and_nothing_of_what_was_said(user):
    session = chat(user, "the secret question", title="A secret title")
    archive_session(user, session.id)
    purge_session(user, session.id)

    (event,) = list_events(user).data
    assert (event.kind, event.about) == ("chat-purged", session.id)
    assert not any("secret" in str(value) for value in event)


def test_a_way_that_is_too_long_is_cut(bob):
    tell(bob._replace(via="ж" * 500), "x")

    assert list_events(bob).data[0].via == "ж" * 100
    assert has_recent_event(bob._replace(via="ж" * 500), "test", SECOND * 60)


def test_a_page_is_one_query_that_reads_no_more_than_it_shows(bob):
    tell(bob, *map(str, range(60)))

    with statements() as sent:
        list_events(bob)

    assert len(sent) == 1
    assert PAGE + 1 in (sent[0].parameters.values() if isinstance(sent[0].parameters, dict) else sent[0].parameters)
    assert trail(bob) == ["test"] * 60
    assert isinstance(list_events(bob).data[0].at, datetime)
