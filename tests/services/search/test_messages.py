"""Search: the user's own messages that hold every word, newest first."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, link, say, stranger
from tests.support.searching import search_messages
from webapp.errors import Invalid
from webapp.services.search.query import Term
from webapp.services.search.snippets import Marks, snippet
from webapp.services.sessions.changes import archive_session, create_session
from webapp.services.transcripts.reading import read_transcript

HOSTILE = [
    "C++", "a-b", 'it"s', "foo AND", "NEAR(", "NEAR(a b, 3)", "*", "^a", "a*", '"', '""', "'", "''", "(", ")", "()", "{}", "[a]",
    "a:b", "owner : x", "content:a", "a OR b", "NOT a", "a AND NOT b", "a & b", "a | b", "!a", "a <-> b", "a:*", ":*", "\\", "a\\", "%", "_",
    "--", "/*", ";", "; DROP TABLE messages", "🎉", "👩‍👩‍👧", "\u200b", "\u0301", "e\u0301", "½", "²", "1e5x", "x" * 200, "a " * 100,
    "-1", "+1", "1.5e-3", "0x1F", "ﬁ", "İ", "ß", "ｆｕｌｌ", "￿", "a\r\n\tb", "…", "“a”", "﷽", "हिन्दी", "สวัสดี", "𝒳",
]  # fmt: skip

SAYINGS = [
    "v1.2.3", "foo_bar baz", "C++ templates", "don't", "l’été", "a/b", "x² + y²", "1e5x", "cafe\u0301", "İstanbul", "Москва", "чайник ёлка",
    "がぎぐ", "한국어", "हिन्दी", "สวัสดี", "العَرَبِيَّة", "שָׁלוֹם", "東京タワー", "Straße", "user@example.com", "https://example.com/a?b=c", "-5 +7",
    "a—b", "“quoted”", "naïve", "Łódź", "Việt Nam", "<b>bold</b>", "soft\u00adhyphen", "می\u200cخواهم", "Ἀθῆναι", "tag:#7",
]  # fmt: skip


def found(user, query, **options):
    return [hit.idx for hit in search_messages(user, query, **options).data]


def test_whatever_is_typed_is_only_words(user):
    chat(user, "Something else entirely")

    assert {query: hits for query in HOSTILE if (hits := found(user, query))} == {}


def test_what_was_said_is_found_by_its_own_words(user):
    session = create_session(user)
    for saying in SAYINGS:
        say(user, session.id, saying)

    missed = [saying for idx, saying in enumerate(SAYINGS) if idx * 2 not in found(user, saying, limit=100)]

    assert missed == []


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("Zürich", "zurich"),
        ("Zurich", "Zürich"),
        ("Zu\u0308rich", "zürich"),
        ("ÜBER ALLES", "uber"),
        ("CAFÉ", "cafe"),
        ("Việt Nam", "viet"),
        ("ТУЛЬСКИЙ чайник", "тульский"),
        ("foo-bar", "bar"),
        ("foo_bar", "foo"),
        ('it"s', "s"),
    ],
)
def test_case_accents_and_punctuation_do_not_matter(user, said, typed):
    chat(user, said)

    assert found(user, typed + " ") == [0]


def test_every_word_must_stand_in_the_message_in_any_order(user):
    chat(user, "Grey grout for the kitchen", "Red tiles for the kitchen")

    assert found(user, "kitchen grout ") == [0]
    assert found(user, "KITCHEN for ") == [2, 0]
    assert found(user, "grout tiles") == []


def test_only_the_last_word_may_be_a_beginning(user):
    chat(user, "Dishwasher repair")

    for query, hits in (
        ("dish", [0]),
        ("repair dish", [0]),
        ("d", [0]),
        ("dish repair", []),
        ("dish ", []),
        ("washer", []),
    ):
        assert found(user, query) == hits, query


def test_newest_come_first_with_their_place(user):
    old = chat(user, "About almonds", ("Then?", "ALMONDS roasted"), title="Sweets")
    archive_session(user, old.id)
    new = chat(user, "almonds again")

    hits = search_messages(user, "almonds").data

    assert [(hit.session_id, hit.idx, hit.role, hit.archived) for hit in hits] == [
        (new.id, 0, "user", False),
        (old.id, 3, "assistant", True),
        (old.id, 0, "user", True),
    ]
    message = read_transcript(user, old.id).messages[3]
    assert (hits[1].message_id, hits[1].create_time, hits[1].title) == (message.id, message.create_time, "Sweets")


def test_messages_of_others_are_never_found(user):
    bob = stranger()
    chat(bob, "almonds of bob", title="almonds")
    mine = chat(user, "almonds of mine")

    assert [hit.session_id for hit in search_messages(user, "almonds").data] == [mine.id]
    for guess in (bob.id, bob.id.replace("-", ""), f"{bob.id.replace('-', '')} almonds", "bob"):
        assert search_messages(user, guess).data == []


@pytest.mark.parametrize("limit", [1, 4, 5, 100])
def test_pages_meet_every_hit_once(user, limit):
    session = create_session(user)
    for number in range(10):
        say(user, session.id, f"almonds {number}", f"almonds again {number}")
    hits, cursor = [], None
    while True:
        page = search_messages(user, "almonds", limit=limit, cursor=cursor)
        hits += page.data
        cursor = page.next
        if cursor is None:
            break

    assert [hit.idx for hit in hits] == list(range(19, -1, -2))


def test_a_forked_message_is_found_once_where_it_was_said(user):
    origin = chat(user, "almonds")
    fork = create_session(user)
    link(fork.id, *(message.id for message in read_transcript(user, origin.id).messages))

    assert [hit.session_id for hit in search_messages(user, "almonds").data] == [origin.id]


@pytest.mark.parametrize(("query", "code"), [("x" * 1_001, "too_long"), ("a\0", "nul"), ("\udc00", "surrogate")])
def test_what_nobody_can_have_said_is_refused(user, query, code):
    with pytest.raises(Invalid) as refused:
        search_messages(user, query)
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [("q", code)]


@pytest.mark.parametrize(
    ("content", "words", "parts"),
    [
        ("Red tiles", ["red"], ["", "Red", " tiles"]),
        ("Some Zürich trams", ["zurich"], ["Some ", "Zürich", " trams"]),
        ("Dishwasher dishes", ["dish"], ["Dishwasher ", "dishes", ""]),
        ("Dishwasher dishes", ["dish*"], ["", "Dishwasher", " ", "dishes", ""]),
        ("tired", ["red"], ["tired"]),
        ("a.*b", ["b"], ["a.*", "b", ""]),
        ("<b>bold</b>", ["bold"], ["<b>", "bold", "</b>"]),
        ("x" * 300 + " tiles " + "y" * 300, ["tiles"], ["…" + "x" * 59 + " ", "tiles", " " + "y" * 139 + "…"]),
    ],
)
def test_a_snippet_marks_what_was_looked_for(content, words, parts):
    terms = [Term((word.rstrip("*"),), word.endswith("*")) for word in words]

    assert snippet(content, "user", Marks(terms)) == parts
