"""Deleting a chat session for good."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, contents, kept, link, say, stranger
from tests.support.searching import search_messages
from webapp.errors import NotArchived, NotFound, PreconditionFailed
from webapp.ids import new_id
from webapp.services.sessions.changes import archive_session, create_session, get_session, restore_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.reading import read_transcript

NOTHING = {"conversations": 0, "messages": 0, "links": 0}


def found(user, query):
    return [hit.message_id for hit in search_messages(user, query).data]


def test_only_an_archived_session_is_deleted_for_good(user):
    session = chat(user, "Hello")

    with pytest.raises(NotArchived):
        purge_session(user, session.id)
    archive_session(user, session.id)
    restore_session(user, session.id)
    with pytest.raises(NotArchived):
        purge_session(user, session.id)
    assert contents(user, session.id) == ["Hello", "Noted."]


def test_nothing_of_a_purged_session_is_kept(user):
    session = chat(user, "Which grout?", "And which tiles?")
    archive_session(user, session.id)

    purge_session(user, session.id)

    assert kept() == NOTHING
    assert list_sessions(user, SessionFilter("all")).data == []
    assert found(user, "grout") == []
    for act in (get_session, read_transcript, purge_session):
        with pytest.raises(NotFound):
            act(user, session.id)


def test_an_empty_session_is_purged_with_its_conversation(user):
    session = create_session(user)
    archive_session(user, session.id)

    purge_session(user, session.id)

    assert kept() == NOTHING


def test_other_sessions_and_what_they_say_stay(user):
    gone, stays = chat(user, "Which grout?"), chat(user, "Which grout then?")
    archive_session(user, gone.id)

    purge_session(user, gone.id)

    assert contents(user, stays.id) == ["Which grout then?", "Noted."]
    assert found(user, "grout") == [read_transcript(user, stays.id).messages[0].id]
    assert kept() == {"conversations": 1, "messages": 2, "links": 2}


def test_messages_that_another_session_links_to_survive(user):
    origin, fork = chat(user, "Which grout?", "And which tiles?"), create_session(user)
    shared = [message.id for message in read_transcript(user, origin.id).messages[:2]]
    link(fork.id, *shared)
    archive_session(user, origin.id)

    purge_session(user, origin.id)

    assert [message.id for message in read_transcript(user, fork.id).messages] == shared
    assert kept() == {"conversations": 2, "messages": 2, "links": 2}
    assert found(user, "tiles") == []
    assert [hit.session_id for hit in search_messages(user, "grout").data] == [fork.id]
    assert say(user, fork.id, "Go on").user.idx == 2


def test_the_last_link_takes_the_message_and_its_conversation_along(user):
    origin, fork = chat(user, "Which grout?"), create_session(user)
    link(fork.id, *(message.id for message in read_transcript(user, origin.id).messages))
    for session_id in (origin.id, fork.id):
        archive_session(user, session_id)

    purge_session(user, origin.id)
    assert contents(user, fork.id) == ["Which grout?", "Noted."]
    purge_session(user, fork.id)

    assert kept() == NOTHING
    assert found(user, "grout") == []


def test_purging_the_fork_leaves_its_origin_whole(user):
    origin, fork = chat(user, "Which grout?"), create_session(user)
    link(fork.id, *(message.id for message in read_transcript(user, origin.id).messages))
    archive_session(user, fork.id)

    purge_session(user, fork.id)

    assert contents(user, origin.id) == ["Which grout?", "Noted."]
    assert kept() == {"conversations": 1, "messages": 2, "links": 2}


def test_a_purge_meant_for_another_revision_deletes_nothing(user):
    session = chat(user, "Hello")
    archived = archive_session(user, session.id)

    with pytest.raises(PreconditionFailed):
        purge_session(user, session.id, expected_revisions={session.revision})
    assert contents(user, session.id) == ["Hello", "Noted."]
    purge_session(user, session.id, expected_revisions={archived.revision})
    assert kept() == NOTHING


def test_sessions_of_others_look_like_none_at_all(user):
    bob = stranger()
    theirs = chat(bob, "Secret")
    archive_session(bob, theirs.id)

    for session_id in (theirs.id, new_id()):
        with pytest.raises(NotFound):
            purge_session(user, session_id)
    assert contents(bob, theirs.id) == ["Secret", "Noted."]
