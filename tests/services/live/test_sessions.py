"""Sessions that were made for a question: what becomes of them when nothing comes of it."""

from __future__ import annotations

import pytest

from tests.support.cast import ended, kept, live_rows, say
from tests.support.scripted_assistants import REFUSED, ask, fail, offer
from webapp.agent.protocol import AssistantFailed
from webapp.errors import NotFound
from webapp.services.live import discard
from webapp.services.sessions.changes import archive_session, change_session, get_session, pin_session, rename_session
from webapp.services.sessions.listing import SessionFilter, list_sessions


def test_a_session_made_for_a_question_is_named_after_it_and_goes_with_it(user):
    failed = fail(user, "# Which grout?\nGrey or white?")
    (session,) = list_sessions(user, SessionFilter()).data
    assert (session.id, session.title, session.title_source) == (failed.session_id, "Which grout?", "auto")

    assert discard(user, session.id) == "# Which grout?\nGrey or white?"

    assert kept() == {"conversations": 0, "messages": 0, "links": 0}
    assert list_sessions(user, SessionFilter("all")).data == []
    with pytest.raises(NotFound):
        discard(user, session.id)


@pytest.mark.parametrize(
    "touch",
    [
        lambda user, session_id: rename_session(user, session_id, "Kitchen"),
        pin_session,
        lambda user, session_id: change_session(user, session_id, assistant="archivist"),
        archive_session,
        lambda user, session_id: say(user, session_id, "Meanwhile"),
    ],
    ids=["renamed", "pinned", "another assistant", "archived", "something said"],
)
def test_a_session_that_somebody_touched_stays_when_its_question_is_taken_back(user, touch):
    failed = fail(user, "Which grout?")
    touch(user, failed.session_id)
    before = get_session(user, failed.session_id)

    discard(user, failed.session_id)

    assert get_session(user, failed.session_id) == before
    assert live_rows() == []


def test_what_was_dropped_leaves_even_the_session_that_was_made_for_it(user):
    failed = fail(user, "Which grout?")

    offer(AssistantFailed(REFUSED.reason))
    again = ask(user, "Which tiles?", failed.session_id, drops_failed=True)
    ended(user, again)
    discard(user, again.session_id)

    assert get_session(user, failed.session_id).message_count == 0
    assert live_rows() == []
