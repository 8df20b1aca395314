"""Pages of a transcript: before, after and around a place."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, stranger
from tests.support.library import fill
from webapp.errors import NotFound
from webapp.services.sessions.changes import create_session
from webapp.services.transcripts.reading import find_span, read_page


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, range(10, 20)),
        ({"before_idx": 10}, range(10)),
        ({"before_idx": 4}, range(4)),
        ({"before_idx": 0}, range(0)),
        ({"before_idx": -5}, range(0)),
        ({"before_idx": 20}, range(10, 20)),
        ({"before_idx": 10**12}, range(10, 20)),
        ({"after_idx": -1}, range(10)),
        ({"after_idx": -(10**12)}, range(10)),
        ({"after_idx": 4}, range(5, 15)),
        ({"after_idx": 14}, range(15, 20)),
        ({"after_idx": 19}, range(0)),
        ({"after_idx": 10**12}, range(0)),
        ({"around_idx": 0}, range(10)),
        ({"around_idx": 5}, range(10)),
        ({"around_idx": 8}, range(3, 13)),
        ({"around_idx": 10}, range(10, 20)),
        ({"around_idx": 19}, range(10, 20)),
        ({"around_idx": 10**12}, range(10, 20)),
        ({"around_idx": -7}, range(10)),
    ],
    ids=str,
)
def test_a_page_holds_what_is_nearest_to_its_place(user, place, expected):
    (session_id,) = fill(user, 1, 20)

    page = read_page(user, session_id, limit=10, **place)

    assert [message.idx for message in page.messages] == list(expected)
    if expected:
        assert page.has_earlier == (expected.start > 0)
        assert page.has_later == (expected.stop < 20)


@pytest.mark.parametrize("place", [{}, {"before_idx": 0}, {"after_idx": -1}, {"around_idx": 3}], ids=str)
def test_an_empty_transcript_has_one_empty_page(user, place):
    session = create_session(user)

    assert read_page(user, session.id, **place) == (session, [], False, False, None, (), (), ())


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_walking_either_way_meets_every_message_once(user, limit):
    (session_id,) = fill(user, 1, 24)
    down, up = [], []
    page = read_page(user, session_id, after_idx=-1, limit=limit)
    while page.messages:
        down += [message.idx for message in page.messages]
        page = read_page(user, session_id, after_idx=down[-1], limit=limit)
    page = read_page(user, session_id, limit=limit)
    while page.messages:
        up = [message.idx for message in page.messages] + up
        page = read_page(user, session_id, before_idx=up[0], limit=limit)

    assert down == up == list(range(24))


def test_the_place_asked_for_is_always_on_its_page():
    for count in range(12):
        for limit in range(1, 6):
            for place in range(count):
                span = find_span(count, limit, None, None, place)
                assert 0 <= span.low <= place < span.high <= count
                assert span.high - span.low == min(limit, count)


def test_pages_of_others_look_like_none_at_all(user):
    theirs = chat(stranger(), "Secret")

    with pytest.raises(NotFound):
        read_page(user, theirs.id, after_idx=-1)
