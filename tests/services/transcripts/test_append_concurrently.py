"""Many threads append to one session, as many requests do."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.accounts import ALICE
from tests.support.cast import chat, kept, say
from webapp.errors import Archived, StaleTranscript
from webapp.services.sessions.changes import archive_session, create_session, get_session, rename_session
from webapp.services.transcripts.reading import read_transcript

THREADS, TURNS = 64, 10


@pytest.fixture
def threaded_app(make_app):
    """An app with a connection for each of the threads."""
    return make_app(threads=THREADS)


def together(app, act, numbers=THREADS):
    """Let `act` run in as many threads at once, each in the app's context, and return what each returned."""
    start = threading.Barrier(numbers)

    def run(number):
        with app.app_context():
            start.wait()
            return act(number)

    with ThreadPoolExecutor(numbers) as pool:
        return list(pool.map(run, range(numbers)))


@pytest.mark.slow
def test_64_threads_append_to_one_session_and_no_turn_is_lost_or_torn(threaded_app):
    user = ALICE
    with threaded_app.app_context():
        session = create_session(user)

    def talk(number):
        return [say(user, session.id, f"q {number} {turn}", f"a {number} {turn}") for turn in range(TURNS)]

    said = together(threaded_app, talk)

    with threaded_app.app_context():
        page = read_transcript(user, session.id)
        assert [message.idx for message in page.messages] == list(range(THREADS * TURNS * 2))
        pairs = list(zip(page.messages[::2], page.messages[1::2], strict=True))
        assert all(question.content == f"q {answer.content[2:]}" for question, answer in pairs)
        assert all((question.role, answer.role) == ("user", "assistant") for question, answer in pairs)
        assert {q.content for q, _ in pairs} == {f"q {n} {t}" for n in range(THREADS) for t in range(TURNS)}
        assert page.session.message_count == THREADS * TURNS * 2
        assert page.session.revision == 1 + THREADS * TURNS
        assert kept() == {"conversations": 1, "messages": THREADS * TURNS * 2, "links": THREADS * TURNS * 2}
    for turns in said:
        own = [turn.user.idx for turn in turns]
        assert own == sorted(own)
    assert sorted(turn.session.revision for turns in said for turn in turns) == list(range(2, THREADS * TURNS + 2))


def test_of_many_turns_for_the_same_end_exactly_one_is_kept(threaded_app):
    user = ALICE
    with threaded_app.app_context():
        session = chat(user, "Hello")

    def answer(number):
        try:
            return say(user, session.id, f"I am {number}", expected_last_idx=1).user.content
        except StaleTranscript:
            return None

    outcomes = together(threaded_app, answer, 16)

    (kept_one,) = filter(None, outcomes)
    with threaded_app.app_context():
        assert [message.content for message in read_transcript(user, session.id).messages][2:] == [kept_one, "Noted."]


def test_archiving_while_others_write_lets_no_turn_in_afterwards(threaded_app):
    user = ALICE
    with threaded_app.app_context():
        session = create_session(user)

    def write_or_archive(number):
        if number == 7:
            return archive_session(user, session.id).message_count
        for turn in range(20):
            try:
                say(user, session.id, f"{number} {turn}")
            except Archived:
                return None
        return None

    count = together(threaded_app, write_or_archive, 16)[7]

    with threaded_app.app_context():
        page = read_transcript(user, session.id)
        assert page.session.archived
        assert len(page.messages) == page.session.message_count == count


def test_renaming_and_appending_at_once_lose_neither(threaded_app):
    user = ALICE
    with threaded_app.app_context():
        session = create_session(user)

    def write_or_rename(number):
        for turn in range(10):
            if number % 2:
                rename_session(user, session.id, f"Name {number} {turn}")
            else:
                say(user, session.id, f"{number} {turn}")

    together(threaded_app, write_or_rename, 8)

    with threaded_app.app_context():
        after = get_session(user, session.id)
        assert (after.message_count, after.revision) == (4 * 10 * 2, 1 + 8 * 10)
        assert after.title.startswith("Name ")


def test_threads_in_sessions_of_their_own_do_not_mix(threaded_app):
    user = ALICE

    def talk(number):
        session = chat(user, *[f"{number} {turn}" for turn in range(5)])
        return session.id

    made = Counter(together(threaded_app, talk, 32))

    with threaded_app.app_context():
        for session_id in made:
            questions = [message.content for message in read_transcript(user, session_id).messages[::2]]
            assert questions == [f"{questions[0].split()[0]} {turn}" for turn in range(5)]
        assert set(made.values()) == {1}
