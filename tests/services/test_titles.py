"""What a chat session is called."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, say
from webapp.services.sessions.changes import create_session, rename_session
from webapp.services.titles import automatic_title, fold


def test_a_session_is_named_after_the_first_thing_said(user):
    session = create_session(user)

    named = say(user, session.id, "Which grout for the kitchen tiles?\nThey are red.").session

    assert (named.title, named.title_source) == ("Which grout for the kitchen tiles?", "auto")
    assert say(user, session.id, "And the bathroom?").session.title == named.title


def test_a_title_the_user_gave_stays_whatever_is_said(user):
    before = chat(user, "Hello", title="Kitchen")
    session = chat(user, "Hello")
    rename_session(user, session.id, "Greetings")

    assert (before.title, before.title_source) == ("Kitchen", "user")
    assert say(user, session.id, "Again").session.title == "Greetings"


def test_clearing_the_title_goes_back_to_the_automatic_one(user):
    session = chat(user, "Which grout?", title="Kitchen")

    cleared = rename_session(user, session.id, "  ")

    assert (cleared.title, cleared.title_source) == ("Which grout?", "auto")


def test_clearing_the_title_of_an_empty_session_waits_for_what_is_said(user):
    session = create_session(user, title="Kitchen")

    assert rename_session(user, session.id, "").title == "New chat"
    assert say(user, session.id, "Which grout?").session.title == "Which grout?"


def test_naming_a_session_as_it_is_called_already_makes_the_name_the_users(user):
    session = chat(user, "Which grout?")

    assert rename_session(user, session.id, "Which grout?").title_source == "user"


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (None, "New chat"),
        ("\n  \n# Heading\ntext", "Heading"),
        ("---\n> quoted", "quoted"),
        ("?!", "?!"),
        ("many   blanks\tand tabs", "many blanks and tabs"),
        ("word " * 12 + "tail", " ".join(["word"] * 12) + "…"),
        ("word, " * 20, "word, " * 9 + "word…"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
        ("日本語" * 30, "日本語" * 20 + "…"),
    ],
)
def test_an_automatic_title_is_the_first_line_that_says_something_cut_at_a_word(content, title):
    assert automatic_title(content) == title


@pytest.mark.parametrize(("one", "other"), [("Zürich", "zurich"), ("CAFÉ", "cafe\u0301"), ("Straße", "STRASSE")])
def test_folding_makes_equal_what_people_type_for_the_same(one, other):
    assert fold(one) == fold(other)
