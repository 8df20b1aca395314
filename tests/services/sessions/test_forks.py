"""Forks: another session that begins with the same messages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.cast import chat, contents, ended, kept, say, stranger
from tests.support.scripted_assistants import answers, ask, held, offer
from tests.support.searching import search_messages
from webapp.database.transaction import read_connection
from webapp.errors import Invalid, NotFound
from webapp.ids import new_id
from webapp.models import SessionMessage, table_of
from webapp.services.content import TITLE_LIMIT
from webapp.services.sessions.changes import archive_session, create_session, get_session, rename_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.reading import read_transcript

SAID = [("alder", "ash"), ("beech", "birch")]
WORDS = ["alder", "ash", "beech", "birch"]


@pytest.fixture
def origin(user):
    return chat(user, *SAID, assistant="archivist")


def digests(session_id):
    links = table_of(SessionMessage)
    statement = select(links.c.digest).where(links.c.session_id == session_id).order_by(links.c.idx)
    return list(read_connection().scalars(statement))


def purge(user, session_id):
    archive_session(user, session_id)
    purge_session(user, session_id)


@pytest.mark.parametrize("idx", range(4))
def test_a_fork_begins_with_the_same_messages_and_copies_none(user, origin, idx):
    before = read_transcript(user, origin.id)

    fork = fork_session(user, origin.id, idx)

    assert read_transcript(user, fork.id).messages == before.messages[: idx + 1]
    assert kept() == {"conversations": 2, "messages": 4, "links": 4 + idx + 1}
    assert digests(fork.id) == digests(origin.id)[: idx + 1]
    assert read_transcript(user, origin.id) == before


def test_a_fork_tells_where_it_comes_from(user, origin):
    fork = fork_session(user, origin.id, 2)

    assert fork == get_session(user, fork.id)
    assert (fork.title, fork.title_source, fork.assistant) == ("alder (fork)", "user", "archivist")
    assert (fork.message_count, fork.forked_from_id, fork.forked_at_idx) == (3, origin.id, 2)
    assert (fork.pinned, fork.archived, fork.revision) == (False, False, 1)
    assert fork.conversation_id != origin.conversation_id
    assert [session.id for session in list_sessions(user, SessionFilter()).data] == [fork.id, origin.id]


def test_the_mark_of_a_fork_is_not_heaped_up_and_fits_the_longest_title(user, origin):
    again = fork_session(user, fork_session(user, origin.id, 3).id, 3)
    assert again.title == "alder (fork)"

    rename_session(user, origin.id, "x" * TITLE_LIMIT)
    fork = fork_session(user, origin.id, 3)
    assert len(fork.title) == TITLE_LIMIT
    assert rename_session(user, fork.id, fork.title).title == fork.title


def test_what_is_said_in_one_is_not_said_in_the_other(user, origin):
    fork = fork_session(user, origin.id, 1)

    say(user, fork.id, "willow", "yew")
    say(user, origin.id, "cedar", "cherry")

    assert contents(user, fork.id) == ["alder", "ash", "willow", "yew"]
    assert contents(user, origin.id) == [*WORDS, "cedar", "cherry"]


@pytest.mark.parametrize("gone", ["origin", "fork"])
def test_deleting_either_leaves_the_other_whole(user, origin, gone):
    fork = fork_session(user, origin.id, 2)
    say(user, fork.id, "willow", "yew")
    dead, alive = (origin, fork) if gone == "origin" else (fork, origin)
    before = read_transcript(user, alive.id).messages

    purge(user, dead.id)

    assert read_transcript(user, alive.id).messages == before
    assert kept()["messages"] == kept()["links"] == len(before)
    assert {hit.session_id for hit in search_messages(user, "alder ").data} == {alive.id}
    assert get_session(user, alive.id).forked_from_id is None
    assert get_session(user, alive.id).forked_at_idx == (2 if gone == "origin" else None)
    purge(user, alive.id)
    assert kept() == {"conversations": 0, "messages": 0, "links": 0}


def test_a_fork_of_a_fork_outlives_both(user, origin):
    first = fork_session(user, origin.id, 3)
    say(user, first.id, "willow", "yew")
    second = fork_session(user, first.id, 5)

    for dead in (first, origin):
        purge(user, dead.id)

    assert contents(user, second.id) == [*WORDS, "willow", "yew"]
    assert second.forked_from_id == first.id
    assert get_session(user, second.id).forked_from_id is None


def test_rewriting_one_leaves_what_the_other_still_holds(user, origin):
    fork = fork_session(user, origin.id, 3)
    offer(*answers("yew"))

    turn = ended(user, ask(user, "willow", fork.id, edits_idx=2)).turn

    assert (contents(user, origin.id), contents(user, fork.id)) == (WORDS, ["alder", "ash", "willow", "yew"])
    assert turn.session.forked_at_idx == 1
    ended(user, ask(user, "willow", origin.id, edits_idx=0))
    assert (contents(user, origin.id), contents(user, fork.id)) == (
        ["willow", "yew"],
        ["alder", "ash", "willow", "yew"],
    )
    assert [hit.session_id for hit in search_messages(user, "ash ").data] == [fork.id]
    assert kept() == {"conversations": 2, "messages": 6, "links": 6}


def test_a_fork_rewritten_from_its_first_message_shares_nothing_any_more(user, origin):
    fork = fork_session(user, origin.id, 3)
    offer(*answers("yew"))

    assert ended(user, ask(user, "willow", fork.id, edits_idx=0)).turn.session.forked_at_idx is None
    assert contents(user, origin.id) == WORDS


def test_what_is_being_written_is_not_forked(user, origin):
    with held("yew"):
        live = ask(user, "willow", origin.id)
        with pytest.raises(Invalid):
            fork_session(user, origin.id, 4)
        fork = fork_session(user, origin.id, 3)
    ended(user, live)

    assert contents(user, fork.id) == WORDS


def test_an_archived_chat_can_be_forked_and_its_fork_goes_on(user, origin):
    archive_session(user, origin.id)

    fork = fork_session(user, origin.id, 1)

    assert not fork.archived
    assert say(user, fork.id, "willow").user.idx == 2


def test_a_place_where_no_message_is_cannot_be_forked_from(user, origin):
    for session_id, idx in ((origin.id, 4), (origin.id, -1), (create_session(user).id, 0)):
        with pytest.raises(Invalid) as refused:
            fork_session(user, session_id, idx)
        assert [problem.pointer for problem in refused.value.problems] == ["#/idx"]
    for whose, session_id in ((stranger(), origin.id), (user, new_id())):
        with pytest.raises(NotFound):
            fork_session(whose, session_id, 0)
    assert len(list_sessions(user, SessionFilter("all")).data) == 2
