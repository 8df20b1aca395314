"""The instructions of tags count in their chats, between those of the user and of the chat."""

from __future__ import annotations

import pytest

from tests.support.cast import chat
from tests.support.scripted_assistants import answers, fail, offer, run
from webapp.errors import Invalid
from webapp.services.instructions.settings import change_account_settings, change_chat_settings
from webapp.services.live import get_live_turn
from webapp.services.replacements.undoing import undo_replacement
from webapp.services.sessions.forks import fork_session
from webapp.services.strikes.instructions import strike_instruction
from webapp.services.tags.changes import change_tag, create_tag, delete_tag, get_tag
from webapp.services.tags.sessions import change_tags
from webapp.services.transcripts.reading import read_transcript
from webapp.services.transcripts.replacements import list_replacements
from webapp.services.verification import Verification


@pytest.fixture(autouse=True)
def model(user):
    return offer(*answers("Noted."))


def ask(user, content, session_id=None, **more):
    return run(user, content, session_id, assistant="scripted", **more).turn.session.id


def facts(user, session_id):
    return [
        (fact.at_idx, fact.origin, fact.number, fact.content) for fact in read_transcript(user, session_id).instructions
    ]


def sound():
    return list(Verification().findings()) == []


def test_they_stand_between_the_users_and_the_chats_in_the_order_of_names(user, model):
    for name, text in (("zoo", "Of zoo."), ("Ähre", "Of Ähre."), ("mute", None), ("other", "Of no chat.")):
        create_tag(user, name, instructions=text)
    change_account_settings(user, {"instructions": "Mine."})
    session = chat(user)
    change_chat_settings(user, session.id, {"instructions": "Of the chat."})
    change_tags(user, session.id, add=["zoo", "ähre", "mute"])
    ask(user, "A", session.id)
    assert facts(user, session.id) == [
        (0, "user", 0, "Mine."), (0, "tag", 0, "Of Ähre."), (0, "tag", 1, "Of zoo."), (0, "chat", 0, "Of the chat."),
    ]  # fmt: skip
    sent = [utterance.content for utterance in model.asked[-1] if utterance.role == "system"]
    assert sent == ["Mine.", "Of Ähre.", "Of zoo.", "Of the chat."]
    assert sound()


def test_a_change_is_an_entry_of_its_turn_and_no_change_is_none(user):
    tag = create_tag(user, "Work", instructions="One.")
    session = chat(user)
    change_tags(user, session.id, add=["work"])
    ask(user, "A", session.id)
    ask(user, "B", session.id)
    change_tag(user, tag.id, {"instructions": "Two.", "name": "Renamed"})
    ask(user, "C", session.id)
    delete_tag(user, tag.id)
    ask(user, "D", session.id)
    assert facts(user, session.id) == [(0, "tag", 0, "One."), (4, "tag", 0, "Two."), (6, "tag", 0, None)]
    assert sound()


def test_the_archivist_reads_none(user):
    create_tag(user, "Work", instructions="One.")
    session = chat(user)
    change_tags(user, session.id, add=["work"])
    run(user, "A", session.id, assistant="archivist")
    assert facts(user, session.id) == []


def test_undo_and_forks_have_what_their_messages_were_made_with(user):
    tag = create_tag(user, "Work", instructions="One.")
    session = chat(user)
    change_tags(user, session.id, add=["work"])
    ask(user, "A", session.id)
    change_tag(user, tag.id, {"instructions": "Two."})
    ask(user, "B", session.id)
    before = facts(user, session.id)
    change_tag(user, tag.id, {"instructions": "Three."})
    ask(user, "B, edited", session.id, edits_idx=2)
    assert facts(user, session.id) == [(0, "tag", 0, "One."), (2, "tag", 0, "Three.")]
    undo_replacement(user, session.id, list_replacements(user, session.id)[0][0].id)
    assert facts(user, session.id) == before
    fork = fork_session(user, session.id, 1)
    assert facts(user, fork.id) == before[:1]
    ask(user, "C", fork.id)
    assert facts(user, fork.id) == [(0, "tag", 0, "One."), (2, "tag", 0, "Three.")]
    assert sound()


def test_a_strike_takes_the_text_from_tags_chats_and_failed_turns(user):
    tag = create_tag(user, "Work", instructions="The code is xyzzy.")
    same = create_tag(user, "Home", instructions="The code is xyzzy.")
    session = chat(user)
    change_tags(user, session.id, add=["work"])
    ask(user, "A", session.id)
    fail(user, "B", session.id)
    strike_instruction(user, read_transcript(user, session.id).instructions[0].text_id)
    assert get_tag(user, tag.id).instructions is get_tag(user, same.id).instructions is None
    assert facts(user, session.id) == [(0, "tag", 0, "")]
    assert "xyzzy" not in str(get_live_turn(user, session.id).system_messages)
    assert sound()


@pytest.mark.parametrize("text", ["x" * 20_001, "a\0b", "\ud800"])
def test_a_text_that_cannot_be_kept_is_refused(user, text):
    tag = create_tag(user, "Work")
    with pytest.raises(Invalid) as refused:
        change_tag(user, tag.id, {"instructions": text})
    assert refused.value.problems[0].pointer == "#/instructions"
