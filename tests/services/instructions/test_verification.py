"""`verify` finds instructions that were lost, changed or moved."""

import pytest
from sqlalchemy import text

from tests.support.cast import stranger
from tests.support.scripted_assistants import answers, offer, run
from webapp.database.transaction import leave_transaction, writing
from webapp.services.instructions.settings import change_account_settings, change_chat_settings
from webapp.services.verification import Verification

FINAL = ("instructions_are_final", "instructions"), ("instruction_texts_are_final", "instruction_texts")

DAMAGES = {
    "a text is changed": ("UPDATE instruction_texts SET content = 'Be rude.' WHERE content = 'One.'", "instructions"),
    "a text is lost": ("UPDATE instructions SET text_id = NULL WHERE at_idx = 0", "instructions orphan"),
    "a text is another's": ("UPDATE instruction_texts SET owner_id = '{bob}' WHERE content = 'One.'", "instructions"),
    "the first is lost": ("DELETE FROM instructions WHERE at_idx = 0", "instructions orphan"),
    "the last is lost": ("DELETE FROM instructions WHERE at_idx = 2", "instructions orphan"),
    "all are lost": ("DELETE FROM instructions", "instructions orphan"),
    "one is moved": ("UPDATE instructions SET at_idx = 1 WHERE at_idx = 0", "instructions"),
    "one is beyond the end": ("UPDATE instructions SET at_idx = 99 WHERE at_idx = 2", "instructions"),
    "one has another date": (
        "UPDATE instructions SET made_at = (SELECT min(create_time) FROM messages) WHERE at_idx = 2", "instructions"),
    "one is said to be another's": ("UPDATE instructions SET origin = 'client' WHERE at_idx = 2", "instructions"),
    "a kept one is changed": ("UPDATE kept_instructions SET position = 7", "instructions"),
    "a kept one is lost": ("DELETE FROM kept_instructions WHERE at_idx = 4", "instructions orphan"),
    "a struck text is there again": (
        "UPDATE instruction_texts SET struck_at = (SELECT min(create_time) FROM messages) WHERE content = 'Two.'",
        "struck"),
    "a question has parameters": ("UPDATE messages SET made_with = '{{}}' WHERE role = 'user'", "parameters"),
}  # fmt: skip


@pytest.fixture
def book(user):
    """A chat with two instructions, and two more that wait for an undo."""
    offer(*answers("Noted."))
    change_account_settings(user, {"instructions": "One."})
    session_id = run(user, "A", assistant="scripted").turn.session.id
    change_chat_settings(user, session_id, {"instructions": "Two."})
    run(user, "B", session_id, assistant="scripted")
    change_account_settings(user, {"instructions": "Three."})
    run(user, "C", session_id, assistant="scripted")
    change_chat_settings(user, session_id, {"instructions": "Four."})
    run(user, "D", session_id, assistant="scripted")
    change_account_settings(user, {"instructions": "One."})
    change_chat_settings(user, session_id, {"instructions": "Two."})
    run(user, "C, edited", session_id, edits_idx=4, assistant="scripted")


def kinds():
    found = sorted({finding.what for finding in Verification().findings()})
    leave_transaction()
    return found


def without_triggers(engine_name):
    names = (*FINAL, ("messages_are_final", "messages"))
    return [f"DROP TRIGGER {name}" + (f" ON {table}" if engine_name == "postgres" else "") for name, table in names]


def test_a_good_book_has_no_finding(book):
    assert kinds() == []


@pytest.mark.changes_schema
@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_found_and_named(book, engine_name, kind):
    statement, told = DAMAGES[kind]
    with writing() as connection:
        for drop in without_triggers(engine_name):
            connection.execute(text(drop))
        connection.execute(text(statement.format(bob=stranger_id())))
    assert [found for found in kinds() if found != "no-trigger"] == told.split()


def stranger_id():
    return BOB[0]


BOB = []


@pytest.fixture(autouse=True)
def bob(user):
    BOB[:] = [stranger().id]
