"""Chat sessions: create, get, change."""

from __future__ import annotations

import pytest
from flask import current_app

from tests.support.cast import chat, say, stranger
from webapp.errors import Invalid, NotFound, PreconditionFailed, StaleTitle
from webapp.ids import new_id
from webapp.services.idempotency import RequestKey, add_form
from webapp.services.sessions.changes import (
    archive_session,
    change_session,
    create_session,
    get_session,
    pin_session,
    rename_session,
    restore_session,
    unpin_session,
)


def test_a_new_session_is_empty_and_can_be_read_back(user):
    session = create_session(user)

    assert session == get_session(user, session.id)
    assert (session.title, session.title_source) == ("New chat", "auto")
    assert (session.message_count, session.last_idx, session.revision) == (0, -1, 1)
    assert not session.pinned
    assert not session.archived
    assert session.created_at == session.updated_at == session.last_activity_at
    assert session.created_at.utcoffset().total_seconds() == 0


def test_a_session_is_made_as_asked(user):
    session = create_session(user, title="  Kitchen \n tiles ", pinned=True, assistant="archivist")

    assert get_session(user, session.id)[2:7] == ("Kitchen tiles", "user", None, "archivist", True)


@pytest.mark.parametrize(
    ("options", "pointer", "code"),
    [
        ({"title": "x" * 201}, "#/title", "too_long"),
        ({"title": "a\0b"}, "#/title", "nul"),
        ({"title": "a\ud800b"}, "#/title", "surrogate"),
        ({"assistant": "nobody"}, "#/assistant", "unknown_assistant"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(user, options, pointer, code):
    session = create_session(user)

    for attempt in (lambda: create_session(user, **options), lambda: change_session(user, session.id, **options)):
        with pytest.raises(Invalid) as refused:
            attempt()
        assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [(pointer, code)]
    assert get_session(user, session.id) == session


def test_a_title_of_the_longest_length_is_kept_whole(user):
    assert create_session(user, title="ä" * 200).title == "ä" * 200


@pytest.mark.parametrize("act", [get_session, pin_session, unpin_session, archive_session, restore_session])
def test_sessions_of_others_look_like_none_at_all(user, act):
    theirs = create_session(stranger())

    for session_id in (theirs.id, new_id()):
        with pytest.raises(NotFound):
            act(user, session_id)


def test_every_change_raises_the_revision_by_one_and_moves_only_updated_at(user):
    session = chat(user, "Hello")
    changes = (
        lambda: pin_session(user, session.id),
        lambda: unpin_session(user, session.id),
        lambda: rename_session(user, session.id, "Greeting"),
        lambda: archive_session(user, session.id),
        lambda: restore_session(user, session.id),
        lambda: change_session(user, session.id, assistant="archivist"),
    )

    before = session
    for change in changes:
        after = change()
        assert after.revision == before.revision + 1
        assert after.updated_at > before.updated_at
        assert after.last_activity_at == session.last_activity_at
        assert after == get_session(user, session.id)
        before = after


def test_a_change_to_what_is_already_so_changes_nothing(user):
    session = create_session(user, title="Tiles", pinned=True)

    assert change_session(user, session.id, title=" Tiles", pinned=True, archived=False) == session
    assert change_session(user, session.id) == session
    assert get_session(user, session.id) == session


def test_several_changes_are_one_revision(user):
    session = create_session(user)

    changed = change_session(user, session.id, title="Tiles", pinned=True, archived=True, assistant="archivist")

    assert (changed.title, changed.pinned, changed.archived, changed.assistant) == ("Tiles", True, True, "archivist")
    assert changed.revision == session.revision + 1


def test_an_empty_assistant_goes_back_to_the_usual_one(user):
    session = create_session(user, assistant="archivist")

    assert change_session(user, session.id, assistant="").assistant is None


def test_a_change_meant_for_another_revision_is_refused_with_the_present_one(user):
    session = create_session(user)

    with pytest.raises(PreconditionFailed) as refused:
        change_session(user, session.id, pinned=True, expected_revisions={session.revision + 1})
    assert refused.value.facts == {"revision": session.revision}
    assert change_session(user, session.id, pinned=True, expected_revisions={session.revision}).pinned


def test_a_name_given_elsewhere_in_the_meantime_is_not_overwritten_unseen(user):
    session = create_session(user, title="Tiles")
    rename_session(user, session.id, "Kitchen")

    with pytest.raises(StaleTitle, match="Kitchen"):
        rename_session(user, session.id, "Bathroom", expected_title="Tiles")
    assert rename_session(user, session.id, "Bathroom", expected_title="Kitchen").title == "Bathroom"


def test_a_session_whose_answer_cannot_be_stored_was_never_made(user):
    made = []

    def refuse(session):
        made.append(session)
        raise RuntimeError("not today")

    add_form(current_app, "refusing", refuse)
    with pytest.raises(RuntimeError, match="not today"):
        create_session(user, key=RequestKey("k", "print", "refusing"))
    with pytest.raises(NotFound):
        get_session(user, made[0].id)


def test_an_archived_session_comes_back_as_it_was(user):
    session = chat(user, "Hello", pinned=True)
    archive_session(user, session.id)

    restored = restore_session(user, session.id)

    assert restored[2:8] == session[2:8]
    assert say(user, session.id, "Again").session.message_count == 4
