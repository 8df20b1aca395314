"""Recall: the user's own turns that share words with a question."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, say, stranger
from tests.support.scripted_assistants import answers, offer, run
from webapp.agent.values import Findings
from webapp.services.search.ranking.keywords import keywords as find_keywords
from webapp.services.search.recall import retrieve
from webapp.services.sessions.changes import archive_session, create_session
from webapp.services.sessions.purge import purge_session
from webapp.services.transcripts.reading import read_transcript
from webapp.urls import message_path


def quotes(user, question):
    return [passage.quote for passage in retrieve(user, question).passages]


def test_of_equals_the_newest_comes_first(user):
    for number in range(3):
        chat(user, f"dentist {number}")

    assert quotes(user, "Where is the dentist?") == ["dentist 2", "dentist 1", "dentist 0"]


def test_the_turn_that_shares_more_words_comes_first(user):
    chat(user, "The dentist on Elm street")
    chat(user, "A dentist joke")

    assert quotes(user, "dentist on elm")[0] == "The dentist on Elm street"


def test_a_rare_word_counts_more_than_a_common_one(user):
    chat(user, "harbour")
    for number in range(30):
        chat(user, f"dentist {number}")

    assert quotes(user, "dentist harbour")[0] == "harbour"


def test_where_all_words_stand_together_is_found_however_long_ago(user):
    chat(user, "dentist and harbour, both")
    session = create_session(user)
    for number in range(60):
        say(user, session.id, f"dentist {number}")
    session = create_session(user)
    for number in range(60):
        say(user, session.id, f"harbour {number}")

    assert quotes(user, "dentist harbour")[0] == "dentist and harbour, both"


def test_a_passage_tells_its_place(user):
    session = chat(user, "Hello", ("Any news?", "The dentist called."), title="Calls")

    (passage,) = retrieve(user, "dentist").passages

    message = read_transcript(user, session.id).messages[3]
    assert passage.session_id == session.id
    assert (passage.title, passage.idx, passage.quote) == ("Calls", 3, "The dentist called.")
    assert (passage.message_id, passage.create_time) == (message.id, message.create_time)
    assert passage.html_url == message_path(message.id)


def test_a_turn_is_quoted_once_even_if_both_sides_say_the_word(user):
    chat(user, ("Which dentist?", "The dentist on Elm."), ("dentist", "dentist!"))

    assert len(quotes(user, "dentist")) == 2


def test_what_was_said_again_and_again_is_quoted_once(user):
    for _ in range(4):
        chat(user, "My dentist is Dr. Elm")
    chat(user, "The other dentist")

    assert quotes(user, "dentist") == ["The other dentist", "My dentist is Dr. Elm"]


def test_at_most_five_turns_are_quoted_and_all_are_counted(user):
    for number in range(8):
        chat(user, f"dentist {number}")

    findings = retrieve(user, "dentist")

    assert len(findings.passages) == 5
    assert sum(month.count for month in findings.months) == 8
    assert [month.month for month in findings.months] == sorted(month.month for month in findings.months)


@pytest.mark.parametrize("question", ["", "  ", "?!", "🎉", "the of and", "Was ist das?", "C", "NEAR("])
def test_a_question_that_says_nothing_finds_nothing(user, question):
    chat(user, "the of and was ist das")

    assert retrieve(user, question) == Findings((), ())


def test_words_that_nobody_said_find_nothing(user):
    chat(user, "dentist")

    assert retrieve(user, "volcano") == Findings((), ())


def test_the_archivists_own_answers_are_never_quoted(user):
    chat(user, ("dentist", "Dr. Elm"))
    run(user, "Who is the dentist?", assistant="archivist")

    found = retrieve(user, "dentist").passages

    assert all("I found" not in passage.quote for passage in found)
    assert {passage.idx for passage in found} == {0}


def test_answers_of_other_assistants_are_quoted(user):
    offer(*answers("The dentist is Dr. Elm."))
    run(user, "Who?", assistant="scripted")

    assert quotes(user, "dentist") == ["The dentist is Dr. Elm."]


def test_turns_of_others_are_never_quoted(user):
    chat(stranger(), "dentist of bob")

    assert retrieve(user, "dentist bob") == Findings((), ())


def test_archived_chats_are_remembered_and_purged_ones_are_not(user):
    session = chat(user, "dentist")
    archive_session(user, session.id)
    assert quotes(user, "dentist") == ["dentist"]

    purge_session(user, session.id)

    assert retrieve(user, "dentist") == Findings((), ())


def keywords(question):
    return [word for term in find_keywords(question) for word in term.words]


def test_telling_words_are_looked_up_and_those_that_say_nothing_are_not():
    assert keywords("Where did we put the keys of the harbour shed?") == ["keys", "harbour", "shed"]
    assert len(keywords(" ".join(f"word{'x' * n}" for n in range(40)))) == 14


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When did I first ask about the boiler?", ["boiler"]),
        ("what medicine did the doctor give me", ["medicine", "doctor"]),
        ("How much rent did I agree to?", ["agree", "rent"]),
        ("Show me everything from March", ["march"]),
        ("Hello, where is the ladder, please?", ["ladder"]),
        ("Was hast du für Fliesen gefragt?", ["fliesen", "hast"]),
        ("¿Cuántos años dije?", ["anos"]),
    ],
)
def test_verbs_of_asking_and_fillers_are_not_looked_up(question, words):
    assert sorted(keywords(question)) == sorted(words)
