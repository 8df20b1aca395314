"""What reading costs on a full shelf: how many queries, and that each follows an index."""

from __future__ import annotations

import itertools

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import analyze, statements, stranger
from tests.support.library import fill
from tests.support.plans import SCANS, plans
from tests.support.searching import search_messages
from webapp.database.transaction import read_connection
from webapp.services.search.recall import retrieve
from webapp.services.sessions.changes import get_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.transcripts.html_cache import html_of
from webapp.services.transcripts.reading import read_page, read_transcript

LISTS = [SessionFilter(archived, pinned) for archived in ("no", "only", "all") for pinned in (None, True, False)]


@pytest.fixture(scope="module")
def shared(make_shared_app):
    """The app of the shelf, and the ids of Alice's sessions on it."""
    app = make_shared_app()
    with app.app_context():
        ids = fill(ALICE, 900, 10)
        fill(stranger(), 300, 10)
        analyze()
    return app, ids


@pytest.fixture
def shelf(shared):
    """1,200 sessions of 10 messages, a fourth of them somebody else's: filled once, and only read."""
    app, ids = shared
    with app.app_context():
        yield ids


def test_a_list_of_10_000_sessions_is_one_query_that_knows_no_messages(user):
    fill(user, 10_000)
    for filters in (*LISTS, SessionFilter(title="chat 99")):
        first = list_sessions(user, filters)
        for cursor in (None, first.next):
            with statements() as sent:
                assert list_sessions(user, filters, cursor=cursor).data
            assert len(sent) == 1
            assert "messages" not in sent[0].sql


def test_any_page_of_the_list_is_read_along_its_index(user, engine_name):
    fill(user, 6_000)
    fill(stranger(), 6_000)
    analyze()
    for filters in LISTS:
        pages = [list_sessions(user, filters, limit=10).next]
        for _ in range(7):
            pages.append(list_sessions(user, filters, limit=10, cursor=pages[-1]).next)
        for cursor in (None, pages[-1]):
            (told,) = plans(lambda: list_sessions(user, filters, cursor=cursor))  # noqa: B023
            assert "ix_sessions_list" in told
            assert not any(scan in told for scan in SCANS)
            if engine_name == "sqlite" and filters.archived != "all":
                # Both states together are merged from two pages, each cut off before it is put in order.
                assert "USE TEMP B-TREE" not in told
            if engine_name == "postgres":
                assert "Sort  " not in told


def test_a_page_of_a_transcript_is_two_queries_along_the_primary_keys(engine_name, shelf):
    for place in ({}, {"before_idx": 6}, {"after_idx": 2}, {"around_idx": 4}):
        _, told = plans(lambda: read_page(ALICE, shelf[7], limit=4, **place))  # noqa: B023
        key = {"sqlite": "session_messages USING PRIMARY KEY (session_id=? AND idx>? AND idx<?)"}
        assert key.get(engine_name, "pk_session_messages") in told
        assert {"sqlite": "messages USING INDEX"}.get(engine_name, "uq_messages_id") in told
        assert "TEMP B-TREE" not in told
        assert not any(scan in told for scan in SCANS)


def test_a_whole_transcript_is_two_queries_however_long_it_is(user):
    short, long = fill(user, 1, 2) + fill(user, 1, 1_000)

    for session_id in (short, long):
        assert len(plans(lambda: read_transcript(user, session_id))) == 2  # noqa: B023


def test_a_session_is_one_query_by_its_key(shelf):
    (told,) = plans(lambda: get_session(ALICE, shelf[5]))

    assert not any(scan in told for scan in SCANS)


def test_a_search_is_a_few_queries_of_which_the_first_goes_along_the_word_index(engine_name, shelf):
    for query in ("number77", "dentist number77", "dentist", "numb"):
        page = search_messages(ALICE, query, limit=5)
        for cursor in dict.fromkeys((None, page.next)):
            told, *rest = plans(lambda: search_messages(ALICE, query, limit=5, cursor=cursor))  # noqa: B023
            # Where the hits stand, their texts, titles, and turns that may be on the page before.
            assert len(rest) <= 4
            if engine_name == "sqlite":
                assert "SCAN message_search VIRTUAL TABLE INDEX" in told
            assert "message_search" in told
            assert not any(scan in told for scan in SCANS)


SEARCHES = ["number77 ", "dentist ", "about ", "nobodysaidthis ", "dentist glacier ", "number7", "about number7 "]


@pytest.mark.parametrize("is_analyzed", [True, False], ids=["analyzed", "not analyzed"])
def test_any_word_is_looked_up_in_the_index_however_common_it_is(user, engine_name, is_analyzed):
    """Rare, common, said by everybody, said by nobody, never said together; for who has much and who has little."""
    bob = stranger()
    fill(user, 900, 10)
    fill(bob, 20, 10)
    fill(stranger("carol"), 300, 10)
    if is_analyzed:
        analyze()
    for owner, query in itertools.product((user, bob), SEARCHES):
        told, *_ = plans(lambda: search_messages(owner, query, limit=5))  # noqa: B023
        # Who has little is looked through along their conversations instead, if that is less.
        # So does whoever looks for a word of nearly every message.
        ways = ["message_search_index", "ix_message_search_owner"] if engine_name == "postgres" else ["VIRTUAL"]
        assert any(way in told for way in ways)
        assert not any(scan in told for scan in SCANS)


@pytest.mark.one_database("SQLite's index is in the order of arrival.", engine="postgres")
@pytest.mark.parametrize("query", SEARCHES)
def test_no_search_walks_back_through_all_messages(shelf, query):
    with statements() as sent:
        search_messages(ALICE, query, limit=5)
    steps = list(_steps(_carried_out(sent[0])))
    walked = [step for step in steps if step.get("Scan Direction") == "Backward"]
    assert sum(step["Actual Rows"] * step["Actual Loops"] for step in walked) <= 512
    looked_up = [step for step in steps if step.get("Index Name") == "message_search_index"]
    # A word of nearly every message is not worth the index.
    assert {step["Node Type"] for step in looked_up} <= {"Bitmap Index Scan"}
    assert looked_up or query == "about "


def _carried_out(statement):
    """How PostgreSQL carried a statement out: the steps, and how many rows each had."""
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"
    ((told,),) = read_connection().exec_driver_sql(explain, statement.parameters).all()
    return told[0]["Plan"]


def _steps(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from _steps(part)


def test_recall_is_a_bounded_number_of_queries(shelf):
    told = plans(lambda: retrieve(ALICE, "dentist tiles harbour almonds violin ledger comet basil glacier umbrella"))

    # One for each word, meetings of common words, places, texts, turns beside them, and three for the histogram.
    assert len(told) <= 10 + 6 + 8


def test_the_html_of_a_page_is_one_query_once_it_was_rendered(shelf):
    messages = read_transcript(ALICE, shelf[3]).messages
    html_of(messages)

    (told,) = plans(lambda: html_of(messages))

    assert not any(scan in told for scan in SCANS)
