"""What a chat session is called."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, say
from webapp.services.sessions.changes import create_session, rename_session
from webapp.services.titles import automatic_title, fold, title_of_reply


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
        # Greetings and openings are not the matter, in any of four languages.
        ("Please help me with the following: I need a polite letter", "I need a polite letter"),
        ("Hello there, can you help me with this? My boiler drips.", "My boiler drips."),
        ("Hi,\n\nplease explain tides", "Explain tides"),
        ("Could you please rewrite this", "Rewrite this"),
        ("Kannst du mir bitte helfen? Die Heizung tropft.", "Die Heizung tropft."),
        ("Bonjour, s'il vous plaît traduis ceci", "Traduis ceci"),
        ("Hola, tengo una pregunta: qué es un fiordo", "Qué es un fiordo"),
        ("Hi!", "Hi!"),
        ("Please", "Please"),
        ("Can you swim?", "Can you swim?"),
        # Words come before code, and code before its fence.
        ("```python\nprint(1)\n```", "print(1)"),
        ("```python\nprint(1)\n```\nWhy does it fail?", "Why does it fail?"),
        ("~~~\n```\nleft open", "left open"),
        ("**Step one** `setup.py` fails", "Step one setup.py fails"),
        ("- [ ] paint the *fence*", "paint the *fence*"),
        ("`", "`"),
        # A colon before what follows is no end of a title.
        ("Correct this text:\n\nHe go home.", "Correct this text"),
        ("校对下面的文字：\n他回家", "校对下面的文字"),
        ("Ratio 3:4 or 4:3", "Ratio 3:4 or 4:3"),
        (":", ":"),
        # Lines that only greet, agree or thank come last, in any script.
        ("hi\n\nHow do I boil eggs?", "How do I boil eggs?"),
        ("Hi Anna,\nwhat is a fjord?", "what is a fjord?"),
        ("Dear assistant,\n\nplease explain tides", "Explain tides"),
        ("Ok.\nNow the real question", "Now the real question"),
        ("Thanks!\n\nAnd the bathroom?", "And the bathroom?"),
        ("Danke\nUnd das Bad?", "Und das Bad?"),
        ("你好！\n请帮我写信", "请帮我写信"),
        ("你好，请帮我写信", "请帮我写信"),
        ("こんにちは。\n手紙を書いて", "手紙を書いて"),
        ("Привет!\nКак сварить яйца?", "Как сварить яйца?"),
        ("Ok.", "Ok."),
        ("你好！", "你好！"),
        ("hi\n```\nprint(1)\n```", "hi"),
        ("Dear diary entries", "Dear diary entries"),
        ("好的习惯是什么", "好的习惯是什么"),
        ("So what?\nNothing", "So what?"),
        # A fence is never a title.
        ("```python", "New chat"),
        ("```\n```", "New chat"),
        ("~~~js\n\n~~~\n", "New chat"),
        ("```python print(1)```", "python print(1)"),
        # Links are their text.
        ("[link text](https://example.org/a_(b)) what is it", "link text what is it"),
        ('See **[the *docs*](http://a.b "Docs")** please', "See the *docs* please"),
        ("![a cat](cat.png) what is it? <https://a.b>", "a cat what is it? https://a.b"),
        ("[text][1] and [1]", "text and [1]"),
        ("Why does `[a](b)` and a[0](x) fail", "Why does [a](b) and a[0](x) fail"),
        # Nothing turns around what stands beside a title, and no visible character is cut in two.
        ("total\u202e 001 \u2066x", "total 001 x"),
        ("👨‍👩‍👧‍👦" * 20, "👨‍👩‍👧‍👦" * 8 + "…"),
        ("e\u0301" * 50, "e\u0301" * 30 + "…"),
        ("🇩🇪" * 40, "🇩🇪" * 30 + "…"),
        ("a" + "\u0301" * 80, "a" + "\u0301" * 59 + "…"),
    ],
)
def test_an_automatic_title_is_the_first_line_that_says_something_cut_at_a_word(content, title):
    assert automatic_title(content) == title


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("Grout for red tiles", "Grout for red tiles"),
        ('"Grout for red tiles."', "Grout for red tiles"),
        ("\n**Title:** Grout for red tiles\n\nIt names the matter.", "Grout for red tiles"),
        ("Titel: „Fugen“", "Fugen"),
        ("Here is a title:", "Here is a title"),
        ("Grout, tiles,", "Grout, tiles"),
        ("# 台所のタイル", "台所のタイル"),
        ("Tiles: which grout?", "Tiles: which grout?"),
        ("word " * 100, "word " * 11 + "word…"),
        ('  \n"" ', ""),
        # Labels and introductions of any language.
        ("标题：天气预报", "天气预报"),
        ("タイトル：天気", "天気"),
        ("제목: 날씨", "날씨"),
        ("Заголовок: Погода", "Погода"),
        ("Chat Title: Foo", "Foo"),
        ("**Suggested title:** Foo", "Foo"),
        ("Here is a title: Foo: Bar", "Foo: Bar"),
        ("Titre proposé : Foo", "Foo"),
        ("How to choose a title: five tips", "How to choose a title: five tips"),
        ("Here is a title:\nFoo Bar", "Foo Bar"),
        ("Sure!\n\nTitle:\n\n**Foo Bar**", "Foo Bar"),
        ("以下是标题：\n天气", "天气"),
        ("```text\nFoo\n```", "Foo"),
        ("Here it is:\n~~~\nFoo\n~~~", "Foo"),
        ("```Foo```", "Foo"),
        # Marks go only in pairs around the whole.
        ('"Foo" und "Bar"', '"Foo" und "Bar"'),
        ("“Foo” is it", "“Foo” is it"),
        ("“Foo” and “Bar”", "“Foo” and “Bar”"),
        ("“On “Foo” again”.", "On “Foo” again"),
        ("'It's Foo'", "It's Foo"),
        ("'Foo' isn't 'Bar'", "'Foo' isn't 'Bar'"),
        ("「天気」", "天気"),
        ("_Foo_", "Foo"),
        ("***Foo***", "Foo"),
        ("_init_ and __main__", "_init_ and __main__"),
        ("__init__", "__init__"),
        ('"Foo', '"Foo'),
        ('Title: "Foo."', "Foo"),
        ("天气。", "天气"),
        ("Wait...", "Wait..."),
        ("Made in the U.S.", "Made in the U.S."),
        ("", ""),
    ],
)
def test_a_models_title_is_its_first_line_without_quotation_marks(reply, title):
    assert title_of_reply(reply) == title


def test_a_long_line_of_marks_without_their_ends_is_read_fast():
    # Each opening mark that looked for its end in the whole line would take a minute.
    for line in ("`a " * 33_000, "[x](" * 25_000, "**a " * 25_000):
        assert automatic_title(line).endswith("…")
        assert title_of_reply(line).endswith("…")


@pytest.mark.parametrize(("one", "other"), [("Zürich", "zurich"), ("CAFÉ", "cafe\u0301"), ("Straße", "STRASSE")])
def test_folding_makes_equal_what_people_type_for_the_same(one, other):
    assert fold(one) == fold(other)
