"""Digests of transcripts: each place stands for everything said up to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.cast import chat, ended, link, say
from tests.support.scripted_assistants import answers, ask, offer
from webapp.database.engine import db
from webapp.models import SessionMessage, table_of
from webapp.services.sessions.changes import create_session
from webapp.services.sessions.forks import fork_session
from webapp.services.transcripts.digests import SIZE, extend
from webapp.services.transcripts.reading import read_transcript

TALK = st.lists(
    st.tuples(st.sampled_from(["user", "assistant"]), st.text("ab\n🎉", min_size=1, max_size=3)), max_size=5
)


def stored(session_id):
    links = table_of(SessionMessage)
    statement = select(links.c.digest).where(links.c.session_id == session_id).order_by(links.c.idx)
    return [bytes(digest) for digest in db.session.connection().scalars(statement)]


def chain(said):
    """The digests of a transcript, made anew from its beginning."""
    digests = []
    for role, content in said:
        digests.append(extend(digests[-1] if digests else None, role, content))
    return digests


def recomputed(user, session_id):
    return chain((message.role, message.content) for message in read_transcript(user, session_id).messages)


def answered(user, *args, **more):
    offer(*answers("Grün\n🎉"))
    return ended(user, ask(user, *args, **more)).turn


def test_the_chain_is_right_after_whatever_is_done(user):
    made = answered(user, "One").session
    sessions = [made.id]
    for act in (
        lambda: answered(user, "Two", made.id),
        lambda: say(user, made.id, "Three", "\n"  "3"),
        lambda: answered(user, None, made.id),
        lambda: answered(user, "Zwei", made.id, edits_idx=2),
        lambda: sessions.append(fork_session(user, made.id, 2).id),
        lambda: answered(user, None, sessions[-1]),
        lambda: answered(user, "Vier", sessions[-1]),
        lambda: answered(user, "Eins", made.id, edits_idx=0),
        lambda: sessions.append(fork_session(user, sessions[-1], 5).id),
    ):  # fmt: skip
        act()
        for session_id in sessions:
            digests = stored(session_id)
            assert digests == recomputed(user, session_id)
            assert {len(digest) for digest in digests} == {SIZE}


def test_equal_transcripts_have_equal_digests_whoever_made_them(user):
    first, second, fork = chat(user, ("One", "1"), "Two"), chat(user, ("One", "1"), "Two"), create_session(user)
    link(fork.id, *(message.id for message in read_transcript(user, first.id).messages))

    assert stored(first.id) == stored(second.id) == stored(fork.id)
    assert stored(chat(user, ("One", "1!"), "Two").id)[0] == stored(first.id)[0]
    assert not set(stored(chat(user, ("One", "1!"), "Two").id)[1:]) & set(stored(first.id))


@given(TALK, TALK)
def test_different_transcripts_have_different_digests(one, other):
    assert (chain(one)[-1:] == chain(other)[-1:]) == (one == other)
    assert len(set(chain(one))) == len(one)
