"""Many writers at once, in a random order that a seed repeats: nothing is lost, nothing is torn, nobody waits for ever."""

from __future__ import annotations

import os
import random
import threading
import time

import pytest
from flask import current_app

from tests.support.cast import chat, ended, eventually, say
from tests.support.scripted_assistants import answers, ask, offer
from webapp.database.failures import OUTAGE_ERRORS
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import AppError
from webapp.services.live.process.pool import Runner
from webapp.services.sessions.changes import archive_session, create_session, rename_session, restore_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.from_history import insert_history
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.lookup import digests_of
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import NewMessage
from webapp.services.verification import Verification
from webapp.state import current

SEED = int(os.environ.get("MINUTEBOOK_SEED", time.time_ns() % 1_000_000))
WRITERS, STEPS = 6, 60


class Writer:
    """Does one thing after another to whatever chats there are; what is refused is refused, and counted."""

    def __init__(self, user, seed):
        self.user, self.random = user, random.Random(seed)
        self.said, self.troubles = [], []

    def run(self):
        acts = (self.say, self.say, self.fork, self.tell, self.purge, self.archive, self.rename, self.again, self.edit)
        for _ in range(STEPS):
            try:
                self.random.choice(acts)()
            except OUTAGE_ERRORS as error:
                # A deadlock is a refusal, too: its doors say 503.
                self.troubles.append(error)
            except AppError:
                pass
            finally:
                leave_transaction()

    def pick(self, archived="no"):
        found = list_sessions(self.user, SessionFilter(archived), limit=30).data
        leave_transaction()
        return self.random.choice(found).id if found else create_session(self.user).id

    def say(self):
        turn = say(self.user, self.pick(), f"Q{self.random.random()}")
        self.said.append((turn.session.id, turn.user.id))

    def fork(self):
        session = read_transcript(self.user, self.pick()).session
        leave_transaction()
        fork_session(self.user, session.id, self.random.randint(0, max(0, session.last_idx)))

    def tell(self):
        page = read_transcript(self.user, self.pick("all"))
        leave_transaction()
        history = [NewMessage(content=m.content, role=m.role) for m in page.messages] + [NewMessage(content="More")]
        with writing() as connection:
            insert_history(connection, self.user, history, digests_of(history))

    def archive(self):
        archive_session(self.user, self.pick())

    def purge(self):
        session_id = self.pick("only" if self.random.random() < 0.7 else "no")
        archive_session(self.user, session_id)
        if self.random.random() < 0.8:
            purge_session(self.user, session_id)
        else:
            restore_session(self.user, session_id)

    def rename(self):
        rename_session(self.user, self.pick(), f"T{self.random.random()}")

    def again(self):
        ended(self.user, ask(self.user, None, self.pick()))

    def edit(self):
        ended(self.user, ask(self.user, "Said differently", self.pick(), edits_idx=0, drops_failed=True))


@pytest.mark.slow
def test_whatever_many_writers_do_at_once_the_book_is_whole(user):
    offer(*answers("Noted."))
    for number in range(4):
        chat(user, *(f"{number}.{turn}" for turn in range(3)))
    app = current_app._get_current_object()
    writers = [Writer(user, SEED + number) for number in range(WRITERS)]

    def run(writer):
        with app.app_context():
            writer.run()

    threads = [threading.Thread(target=run, args=(writer,), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert not any(thread.is_alive() for thread in threads), f"seed {SEED}: somebody waits for ever"

    eventually(lambda: not current(Runner, app).tasks(), 60)
    leave_transaction()
    assert list(Verification().findings()) == [], f"seed {SEED}"
    # The locks have one order: hardly anybody meets a deadlock.
    troubles = [trouble for writer in writers for trouble in writer.troubles]
    assert len(troubles) <= WRITERS * STEPS // 20, f"seed {SEED}: {troubles[:3]}"
