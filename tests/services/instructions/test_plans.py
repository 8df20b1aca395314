"""Instructions are read by key, however many there are."""

import pytest

from tests.services.test_plans import SCANS
from tests.support.accounts import ALICE
from tests.support.library import fill
from tests.support.plans import plans
from webapp.database.transaction import read_connection, writing
from webapp.services.instruction_values import Given
from webapp.services.instructions.reading import read_instructions
from webapp.services.instructions.storing import store_given
from webapp.services.transcripts.reading import read_page


@pytest.fixture
def full(user):
    """Some chats in which every turn has other instructions. Return the ids."""
    ids = fill(ALICE, 40, messages=60)
    with writing() as connection:
        for number, session_id in enumerate(ids):
            for idx in range(0, 60, 2):
                given = [Given("chat", "system", 0, 0, f"Rule {idx} of {number}")]
                store_given(connection, ALICE, session_id, given, at_idx=idx, known=idx)
    if read_connection().dialect.name == "postgresql":
        with writing() as connection:
            connection.exec_driver_sql("ANALYZE instructions")
            connection.exec_driver_sql("ANALYZE instruction_texts")
    return ids


def test_a_page_reads_them_along_the_primary_key(engine_name, full):
    *_, told = plans(lambda: read_page(ALICE, full[7], limit=4, around_idx=20))
    key = {"sqlite": "instructions USING PRIMARY KEY (session_id=? AND at_idx>? AND at_idx<?)"}
    assert key.get(engine_name, "pk_instructions") in told
    assert "TEMP B-TREE" not in told
    assert not any(scan in told for scan in SCANS)


def test_all_of_a_chat_are_one_query(full):
    assert len(plans(lambda: read_instructions(read_connection(), full[3], 0, 60))) == 1
    assert len(read_instructions(read_connection(), full[3], 0, 60)) == 30
