"""What a turn is made with is a fact of its transcript: stored once, in its place, and sent as the system message."""

import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.support.cast import chat, say, stranger
from tests.support.scripted_assistants import answers, fail, offer, run
from webapp.agent.archivist import Archivist
from webapp.database.transaction import leave_transaction, read_connection, writing
from webapp.models import Instruction, InstructionText, KeptInstruction, table_of
from webapp.services.instructions.settings import change_account_settings, change_chat_settings, get_chat_settings
from webapp.services.live import SystemMessage
from webapp.services.replacements.keeping_both import keep_both
from webapp.services.replacements.undoing import undo_replacement
from webapp.services.sessions.changes import archive_session, get_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.purge import delete_session, purge_session
from webapp.services.transcripts.reading import read_page, read_transcript
from webapp.services.transcripts.replacements import list_replacements
from webapp.services.values import NewMessage
from webapp.services.verification import Verification


@pytest.fixture
def model(user):
    return offer(*answers("Under the mat."))


def standing(user, text):
    return change_account_settings(user, {"instructions": text})


def of_chat(user, session_id, **changes):
    return change_chat_settings(user, session_id, changes)


def ask(user, content, session_id=None, **more):
    return run(user, content, session_id, assistant="scripted", **more).turn.session.id


def facts(user, session_id):
    """What the transcript says: before which message whose text is given, None for one that ends."""
    found = read_transcript(user, session_id).instructions
    return [(fact.at_idx, fact.origin, fact.content) for fact in found]


def heard(model):
    """What the assistant was last given, in order."""
    return [(said.role, said.content) for said in model.asked[-1]]


def rows():
    counts = {}
    for table in (Instruction, KeptInstruction, InstructionText):
        counts[table.__tablename__] = read_connection().scalar(select(func.count()).select_from(table_of(table)))
    leave_transaction()
    return tuple(counts.values())


def well():
    found = list(Verification().findings())
    leave_transaction()
    return found


def test_without_instructions_nothing_is_stored(user, model):
    session_id = ask(user, "Where is the key?")
    ask(user, "And now?", session_id)
    assert rows() == (0, 0, 0)
    assert {said.role for said in model.asked[-1]} == {"user", "assistant"}


def test_what_is_in_force_is_sent_first_and_stored_once(user, model):
    standing(user, "I am a tiler.")
    session_id = ask(user, "Where is the key?")
    assert heard(model) == [("system", "I am a tiler."), ("user", "Where is the key?")]
    of_chat(user, session_id, instructions="Be brief.")
    ask(user, "And now?", session_id)
    assert heard(model)[:2] == [("system", "I am a tiler."), ("system", "Be brief.")]
    ask(user, "Still?", session_id)

    assert facts(user, session_id) == [(0, "user", "I am a tiler."), (2, "chat", "Be brief.")]
    assert rows() == (2, 0, 2)
    assert well() == []


def test_a_change_and_an_end_stand_where_they_begin_to_hold(user, model):
    standing(user, "One.")
    session_id = ask(user, "A")
    standing(user, "Two.")
    ask(user, "B", session_id)
    standing(user, "  \n")
    ask(user, "C", session_id)
    standing(user, "One.")
    ask(user, "D", session_id)

    expected = [(0, "user", "One."), (2, "user", "Two."), (4, "user", None), (6, "user", "One.")]
    assert facts(user, session_id) == expected
    assert rows() == (4, 0, 2)
    assert well() == []


def test_what_is_set_and_unset_between_two_turns_leaves_no_trace(user, model):
    session_id = ask(user, "A")
    of_chat(user, session_id, instructions="Hm.")
    of_chat(user, session_id, instructions=None)
    ask(user, "B", session_id)
    assert rows() == (0, 0, 0)


def test_the_archivist_reads_none_and_ends_none(user, model):
    standing(user, "One.")
    session_id = ask(user, "A")
    run(user, "Where is the key?", session_id, assistant=Archivist.key)
    assert facts(user, session_id) == [(0, "user", "One.")]
    alone = run(user, "Where is the key?", assistant=Archivist.key).turn.session.id
    assert facts(user, alone) == []


def test_turns_from_elsewhere_leave_them_in_force(user, model):
    standing(user, "One.")
    session_id = ask(user, "A")
    say(user, session_id, "Told", "elsewhere.")
    ask(user, "B", session_id)
    assert facts(user, session_id) == [(0, "user", "One.")]


def test_a_page_has_those_before_its_messages(user, model):
    session_id = ask(user, "A")
    of_chat(user, session_id, instructions="Be brief.")
    ask(user, "B", session_id)
    assert [fact.at_idx for fact in read_page(user, session_id, after_idx=-1, limit=2).instructions] == []
    assert [fact.at_idx for fact in read_page(user, session_id, after_idx=1, limit=2).instructions] == [2]


def test_a_new_answer_is_made_with_what_holds_then_and_undo_brings_back_what_held(user, model):
    of_chat(user, session_id := ask(user, "A"), instructions="One.")
    ask(user, "B", session_id)
    of_chat(user, session_id, instructions="Two.")
    run(user, None, session_id, assistant="scripted")
    assert heard(model)[0] == ("system", "Two.")
    assert facts(user, session_id) == [(2, "chat", "One."), (3, "chat", "Two.")]

    change, _ = list_replacements(user, session_id)[0]
    undo_replacement(user, session_id, change.id)
    assert facts(user, session_id) == [(2, "chat", "One.")]
    assert well() == []
    again, _ = list_replacements(user, session_id)[0]
    undo_replacement(user, session_id, again.id)
    assert facts(user, session_id) == [(2, "chat", "One."), (3, "chat", "Two.")]
    assert well() == []


@pytest.mark.parametrize("changed", ["Two.", None])
def test_an_edit_takes_them_away_with_the_messages_and_keep_both_has_them(user, model, changed):
    standing(user, "One.")
    session_id = ask(user, "A")
    of_chat(user, session_id, instructions="Brief.")
    ask(user, "B", session_id)
    standing(user, changed)
    of_chat(user, session_id, instructions=None)
    ask(user, "A, edited", session_id, edits_idx=0)
    assert facts(user, session_id) == ([(0, "user", changed)] if changed else [])
    assert well() == []

    change, _ = list_replacements(user, session_id)[0]
    both = keep_both(user, session_id, change.id)
    expected = [(0, "user", "One."), (2, "chat", "Brief.")]
    assert facts(user, both.id) == expected
    undo_replacement(user, session_id, change.id)
    assert facts(user, session_id) == expected
    assert well() == []


def test_a_fork_has_those_up_to_its_place_and_the_settings(user, model):
    standing(user, "One.")
    session_id = ask(user, "A")
    of_chat(user, session_id, instructions="Brief.", temperature=0.5, max_tokens=9)
    ask(user, "B", session_id)
    fork = fork_session(user, session_id, 1)
    assert facts(user, fork.id) == [(0, "user", "One.")]
    assert get_chat_settings(user, fork.id)[2:] == ("Brief.", 0.5, 9)
    ask(user, "C", fork.id)
    assert facts(user, fork.id) == [(0, "user", "One."), (2, "chat", "Brief.")]
    assert rows()[2] == 2
    assert well() == []


def test_what_no_chat_has_any_more_is_deleted(user, model):
    standing(user, "One.")
    session_id = ask(user, "A")
    of_chat(user, session_id, instructions="Brief.")
    ask(user, "B", session_id)
    fork = fork_session(user, session_id, 1)
    run(user, None, session_id, assistant="scripted")
    for id_, left in ((session_id, (1, 0, 1)), (fork.id, (0, 0, 0))):
        archive_session(user, id_)
        purge_session(user, id_)
        assert rows() == left
        assert well() == []


def test_a_failed_turn_stores_none_and_its_retry_is_made_with_what_holds_then(user):
    standing(user, "One.")
    live = fail(user, "A")
    assert rows() == (0, 0, 0)
    standing(user, "Two.")
    of_chat(user, live.session_id, temperature=0.1)
    model = offer(*answers("Now."))
    answer = run(user, None, live.session_id, assistant="scripted").turn.assistant
    assert heard(model)[0] == ("system", "Two.")
    assert facts(user, live.session_id) == [(0, "user", "Two.")]
    assert answer.made_with == {"temperature": 0.1}


def test_what_changes_while_an_answer_is_written_holds_for_the_next(user):
    session_id = chat(user, "Hello").id
    of_chat(user, session_id, instructions="One.", max_tokens=5)
    offer(lambda: of_chat(user, session_id, instructions="Two.", max_tokens=6), *answers("Noted."))
    answer = run(user, "A", session_id, assistant="scripted").turn.assistant
    assert facts(user, session_id) == [(2, "chat", "One.")]
    assert answer.made_with == {"max_tokens": 5}


def test_parameters_are_stored_with_the_answer_alone(user, model):
    session_id = ask(user, "A")
    of_chat(user, session_id, temperature=0.0, max_tokens=500)
    ask(user, "B", session_id)
    of_chat(user, session_id, temperature=None)
    ask(user, "C", session_id)
    made = [message.made_with for message in read_transcript(user, session_id).messages]
    assert made == [None, None, None, {"temperature": 0.0, "max_tokens": 500}, None, {"max_tokens": 500}]
    assert rows() == (0, 0, 0)


def told(user, question, *history, system=(), **more):
    messages = tuple(
        NewMessage(content=said, role="assistant" if number % 2 else "user") for number, said in enumerate(history)
    )
    return run(user, question, history=messages, system=system, assistant="scripted", **more).turn.session.id


def test_a_clients_messages_are_stored_in_their_places_once(user, model):
    standing(user, "Not for clients.")
    first = SystemMessage(0, "Be brief.")
    session_id = told(user, "A", system=[first])
    assert heard(model) == [("system", "Be brief."), ("user", "A")]
    middle = SystemMessage(2, "In French.", "developer")
    again = told(user, "B", "A", "Under the mat.", system=[first, middle])
    assert again == session_id
    told(user, "C", "A", "Under the mat.", "B", "Under the mat.", system=[first, middle])

    found = read_transcript(user, session_id).instructions
    assert [(fact.at_idx, fact.origin, fact.role, fact.position, fact.content) for fact in found] == [
        (0, "client", "system", 0, "Be brief."),
        (2, "client", "developer", 2, "In French."),
    ]
    assert rows() == (2, 0, 2)
    assert well() == []


def test_what_a_client_changes_in_an_old_place_stands_where_it_was_told(user, model):
    session_id = told(user, "A", system=[SystemMessage(0, "It is Monday.")])
    told(user, "B", "A", "Under the mat.", system=[SystemMessage(0, "It is Tuesday.")])
    told(user, "C", "A", "Under the mat.", "B", "Under the mat.")
    expected = [(0, "client", "It is Monday."), (2, "client", "It is Tuesday."), (4, "client", None)]
    assert facts(user, session_id) == expected
    assert well() == []


def test_a_new_chat_with_a_history_has_them_in_their_places(user, model):
    system = [
        SystemMessage(0, "One."),
        SystemMessage(0, "Two."),
        SystemMessage(1, "Three."),
        SystemMessage(None, "Now."),
    ]
    session_id = told(user, "B", "A", "Hm.", system=system)
    assert [content for _, content in heard(model)] == ["One.", "Two.", "A", "Three.", "Hm.", "B", "Now."]
    assert facts(user, session_id) == [
        (0, "client", "One."),
        (0, "client", "Two."),
        (1, "client", "Three."),
        (3, "client", "Now."),
    ]
    assert well() == []


def test_a_person_goes_on_with_a_clients_chat_under_both(user, model):
    session_id = told(user, "A", system=[SystemMessage(0, "Be brief.")])
    standing(user, "I am a tiler.")
    ask(user, "B", session_id)
    assert heard(model)[:2] == [("system", "I am a tiler."), ("system", "Be brief.")]
    assert facts(user, session_id) == [(0, "client", "Be brief."), (2, "user", "I am a tiler.")]
    run(user, None, session_id, assistant="scripted")
    assert facts(user, session_id) == [(0, "client", "Be brief."), (2, "user", "I am a tiler.")]
    assert well() == []


def test_equal_texts_of_two_users_are_two_texts(user, model):
    bob = stranger()
    for one in (user, bob):
        standing(one, "Be brief.")
        assert facts(one, ask(one, "A")) == [(0, "user", "Be brief.")]
    assert rows() == (2, 0, 2)


def test_settings_of_a_chat_are_not_its_activity(user):
    session = chat(user, "A")
    of_chat(user, session.id, instructions="Be brief.")
    after = get_session(user, session.id)
    assert (after.revision, after.last_activity_at) == (session.revision + 1, session.last_activity_at)
    of_chat(user, session.id, instructions="Be brief.  ")
    assert get_session(user, session.id).revision == after.revision


CHANGES = (
    "UPDATE instructions SET at_idx = 1",
    "UPDATE instruction_texts SET content = 'Be rude.'",
    "UPDATE instruction_texts SET content = 'Be rude.', struck_at = '2026-01-01T00:00:00.000000Z'",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_them(user, model, change):
    standing(user, "Be brief.")
    ask(user, "A")
    with pytest.raises(DBAPIError, match="an instruction of a transcript cannot be changed"), writing() as connection:
        connection.execute(text(change))


def test_an_equal_beginning_with_other_instructions_takes_a_kept_tail(user, model):
    standing(user, "One.")
    session_id = ask(user, "A")
    of_chat(user, session_id, instructions="Brief.")
    ask(user, "B", session_id)
    ask(user, "B, edited", session_id, edits_idx=2)
    kept, _ = list_replacements(user, session_id)[0]
    standing(user, "Two.")
    of_chat(user, session_id, instructions=None)
    ask(user, "A", session_id, edits_idx=0)

    both = keep_both(user, session_id, kept.id)

    assert facts(user, both.id) == [(0, "user", "Two."), (2, "chat", "Brief.")]
    assert well() == []


def test_a_text_whose_last_chat_is_deleted_meanwhile_is_stored_anew(app, user, model):
    standing(user, "Be brief.")
    session_id = ask(user, "A")
    other = chat(user, "Hello").id
    failures = []

    def ask_elsewhere():
        with app.app_context():
            try:
                ask(user, "B", other)
            except Exception as error:
                failures.append(error)
            leave_transaction()

    thread = threading.Thread(target=ask_elsewhere)
    archive_session(user, session_id)
    with writing() as connection:
        delete_session(connection, get_session(user, session_id))
        thread.start()
        # On PostgreSQL the turn waits for the lock of the text, on SQLite for that of the database.
        thread.join(0.5)
    thread.join(30)
    assert failures == []
    assert facts(user, other) == [(2, "user", "Be brief.")]
    assert well() == []
