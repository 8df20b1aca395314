"""Settings: what can be set, who can set it, and when it is refused."""

import math

import pytest

from tests.support.cast import chat, stranger
from tests.support.doors import NOBODY
from webapp.errors import Invalid, NotFound, PreconditionFailed
from webapp.services.instructions.settings import (
    change_account_settings,
    change_chat_settings,
    get_account_settings,
    get_chat_settings,
)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"instructions": "x" * 20_001}, "#/instructions"),
        ({"instructions": "a\0b"}, "#/instructions"),
        ({"instructions": "\ud800"}, "#/instructions"),
        ({"temperature": -0.1}, "#/temperature"),
        ({"temperature": 2.1}, "#/temperature"),
        ({"temperature": math.nan}, "#/temperature"),
        ({"temperature": math.inf}, "#/temperature"),
        ({"max_tokens": 0}, "#/max_tokens"),
        ({"max_tokens": -5}, "#/max_tokens"),
        ({"max_tokens": 2**40}, "#/max_tokens"),
    ],
)
def test_what_is_none_is_refused_and_changes_nothing(user, changes, pointer):
    session = chat(user, "A")
    with pytest.raises(Invalid) as refused:
        change_chat_settings(user, session.id, {"instructions": "Brief.", **changes})
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    assert get_chat_settings(user, session.id)[2:] == (None, None, None)


@pytest.mark.parametrize(
    ("set_to", "stored"),
    [("x" * 20_000, "x" * 20_000), ("  a \n b\n", "a \n b"), (" \r\n\t", None), ("", None), (None, None)],
)
def test_blanks_around_are_no_part_of_it(user, set_to, stored):
    change_account_settings(user, {"instructions": "before"})
    assert change_account_settings(user, {"instructions": set_to}).instructions == stored
    assert get_account_settings(user).instructions == stored


def test_only_what_is_named_is_changed(user):
    session_id = chat(user, "A").id
    change_chat_settings(user, session_id, {"instructions": "Brief.", "temperature": 2, "max_tokens": 1})
    change_chat_settings(user, session_id, {"temperature": None})
    change_chat_settings(user, session_id, {})
    assert get_chat_settings(user, session_id)[2:] == ("Brief.", None, 1)


def test_a_change_that_knows_an_older_state_is_refused(user):
    session_id = chat(user, "A").id
    seen = get_chat_settings(user, session_id).tag
    change_chat_settings(user, session_id, {"temperature": 1.0}, expected_tags=[seen])
    with pytest.raises(PreconditionFailed):
        change_chat_settings(user, session_id, {"temperature": 0.5}, expected_tags=[seen])
    seen = get_account_settings(user).tag
    change_account_settings(user, {"instructions": "A"}, expected_tags=[seen])
    with pytest.raises(PreconditionFailed):
        change_account_settings(user, {"instructions": "B"}, expected_tags=[seen])
    assert get_account_settings(user).instructions == "A"


def test_strangers_read_and_change_nothing(user):
    session_id, bob = chat(user, "A").id, stranger()
    for other in (session_id, NOBODY):
        with pytest.raises(NotFound):
            get_chat_settings(bob, other)
        with pytest.raises(NotFound):
            change_chat_settings(bob, other, {"instructions": "Mine."})
    change_account_settings(bob, {"instructions": "Mine."})
    assert get_account_settings(user).instructions is None
