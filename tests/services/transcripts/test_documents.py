"""Documents by id: turns of transcripts that do not alternate, and parts of chats."""

import pytest

from tests.support.cast import chat, stranger
from webapp.errors import NotFound
from webapp.ids import new_id, utc_now
from webapp.services.transcripts.documents import PART, _turns, read_document
from webapp.services.transcripts.reading import read_transcript
from webapp.services.values import TranscriptMessage


def test_a_turn_is_a_question_and_the_answer_that_follows_it():
    def message(idx, role):
        return TranscriptMessage(idx, str(idx), role, "a", utc_now())

    roles = ["assistant", "user", "user", "assistant", "assistant", "user"]
    turns = _turns([message(idx, role) for idx, role in enumerate(roles)])

    assert [[each.idx for each in turn] for turn in turns] == [[0], [1], [2, 3], [4], [5]]


def test_a_turn_in_the_middle_knows_those_beside_it(user):
    session = chat(user, *[f"Question {number}?" for number in range(9)])
    messages = read_transcript(user, session.id).messages
    for idx, message in enumerate(messages):
        document = read_document(user, message.id)
        start = idx - idx % 2
        assert [each.idx for each in document.messages] == [start, start + 1]
        assert document.previous_id == (messages[start - 2].id if start else None)
        assert document.next_id == (messages[start + 2].id if start + 2 < len(messages) else None)


def test_a_long_chat_is_read_in_parts_without_gaps(user):
    session = chat(user, *[f"Question {number}?" for number in range(PART)])
    places, start = [], 0
    while start is not None:
        part = read_document(user, session.id, start)
        assert part.is_chat
        places += [message.idx for message in part.messages]
        start = part.next_idx
    assert places == list(range(2 * PART))


def test_nobody_reads_what_is_another_persons(user):
    theirs = chat(stranger(), "Hello?")
    for wrong in (theirs.id, new_id()):
        with pytest.raises(NotFound, match="no turn and no chat"):
            read_document(user, wrong)
