"""The archivist: quotes what was kept, and says so plainly where there is nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from webapp.agent.archivist import Archivist
from webapp.agent.sentences import MODELS, SENTENCES
from webapp.agent.stop import Stop
from webapp.agent.values import Citation, End, Findings, MonthCount, Text, Utterance
from webapp.rendering import render_markdown

ELM = Citation("s1", "Dentists", 12, "m1", datetime(2026, 3, 5, tzinfo=UTC), "Dr. Elm is at 7 a.m.", "/messages/m1")


def words(html):
    """The words of some HTML as a reader sees them."""
    return unescape(re.sub(r"<[^>]+>", "", html))


class Tools:
    """A toolbox that finds what a test says, and remembers what it was asked."""

    def __init__(self, findings, *, is_stored=True):
        self.findings = findings
        self.is_stored = is_stored
        self.asked = []

    def retrieve(self, question):
        self.asked.append(question)
        return self.findings


NOTHING = SENTENCES["en"].nothing


def ask(findings, *said):
    """The whole reply to a history: its text and its end."""
    tools = Tools(findings)
    history = [Utterance("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(said)]
    *texts, end = Archivist().reply(history, timeout=1, toolbox=tools)
    assert all(isinstance(event, Text) for event in texts)
    assert isinstance(end, End)
    return "".join(event.text for event in texts), end, tools.asked


def test_it_looks_for_what_was_said_last():
    *_, asked = ask(Findings(), "First", "An answer", "Last")

    assert asked == ["Last"]


def test_neither_instructions_nor_a_stop_are_its_matter():
    tools, stop = Tools(Findings()), Stop()
    history = [Utterance("system", "Be brief."), Utterance("user", "Last")]
    events = Archivist().reply(history, timeout=1, stop=stop, toolbox=tools)
    stop.request()

    assert list(events) == [Text(NOTHING), End(model="archivist")]
    assert tools.asked == ["Last"]


def test_without_tools_it_finds_nothing():
    assert list(Archivist().reply([Utterance("user", "Dentist?")], timeout=1)) == [
        Text(NOTHING),
        End(model="archivist"),
    ]


def test_it_says_that_it_found_nothing_and_how_to_connect_a_model():
    text, end, _ = ask(Findings(), "Anything?")

    assert text == NOTHING
    assert f"]({MODELS})" in text
    assert end == End(model="archivist")


def test_it_quotes_links_and_dates_each_passage():
    text, _, _ = ask(Findings((ELM,), ()), "dentist")
    html = render_markdown(text)

    assert text.startswith("1 passage from your messages, oldest ")
    assert "5 March 2026" in html
    assert 'href="/messages/m1"' in html
    assert "Dentists</a>" in html
    assert words(html).count("Dr. Elm is at 7 a.m.") == 1


def test_passages_come_in_the_order_they_were_found():
    passages = tuple(replace(ELM, idx=idx, title=f"Chat {idx}") for idx in (9, 3, 5))

    text, end, _ = ask(Findings(passages, ()), "dentist")

    assert text.startswith("3 passages from your messages, oldest ")
    assert [citation.idx for citation in end.citations] == [9, 3, 5]
    assert text.index("Chat 9") < text.index("Chat 3") < text.index("Chat 5")


def test_its_end_cites_what_it_quotes_and_counts_what_it_looked_at():
    months = (MonthCount("2026-02", 3), MonthCount("2026-03", 1))

    _, end, _ = ask(Findings((ELM,), months), "dentist")

    assert end.citations == (
        Citation("s1", "Dentists", 12, "m1", ELM.create_time, "Dr. Elm is at 7 a.m.", "/messages/m1"),
    )
    assert end.histogram == months
    assert (end.model, end.finish_reason, end.usage) == ("archivist", "stop", None)


@pytest.mark.parametrize(
    "quote",
    ["**not bold** _nor this_", "# no heading", "<script>alert(1)</script>", "[x](https://e.com)", "$a^2$", "1. one", "`code` & ~~x~~", "> quoted", "\\(a\\)", "https://e.com/_a_", "a | b", "- [ ] x", "&lt;"],
)  # fmt: skip
def test_what_it_quotes_is_shown_to_the_letter(quote):
    text, _, _ = ask(Findings((replace(ELM, quote=quote, title=quote),), ()), "x")
    html = render_markdown(text)

    assert words(html).count(quote) == 2
    for tag in ("strong", "em", "h3", "script", "math", "code", "s"):
        assert f"<{tag}>" not in html


def test_a_quote_of_several_lines_stays_one_quote():
    text, _, _ = ask(Findings((replace(ELM, quote="one\n\ntwo\n- three"),), ()), "x")

    html = render_markdown(text)

    assert html.count("<blockquote") == 1
    assert "<ul" not in html


FIXED = {
    "hello": ("en", "greeting"),
    "Guten Tag!": ("de", "greeting"),
    "What can you do for me?": ("en", "abilities"),
    "Que peux-tu faire ?": ("fr", "abilities"),
    "How do I connect ChatGPT?": ("en", "connect"),
    "¿Cómo conecto un modelo?": ("es", "connect"),
    "Danke": ("de", "thanks"),
}


@pytest.mark.parametrize("said", FIXED)
def test_what_it_knows_by_itself_is_answered_without_a_search(said):
    language, sentence = FIXED[said]
    text, end, asked = ask(Findings((ELM,), ()), said)

    assert text == getattr(SENTENCES[language], sentence)
    assert (asked, end) == ([], End(model="archivist"))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Remember: the key", "Kept as message 1."),
        ("Merke: der Schlüssel", "Aufbewahrt als Nachricht 1."),
        ("Retiens : la clé", "Gardé comme message 1."),
        ("Recuerda: la llave", "Guardado como mensaje 1."),
    ],
)
def test_a_note_is_kept_in_its_language(said, kept):
    assert ask(Findings((ELM,), ()), said)[0] == kept


def test_a_note_has_its_number_in_the_transcript_and_instructions_count_for_none():
    assert ask(Findings(), "First", "An answer", "Remember: the key")[0] == "Kept as message 3."
    history = [Utterance("system", "Be brief."), Utterance("user", "Remember: the key")]
    text, _ = Archivist().reply(history, timeout=1, toolbox=Tools(Findings()))
    assert text == Text("Kept as message 1.")


def test_what_is_not_stored_is_not_called_kept():
    text, _ = Archivist().reply(
        [Utterance("user", "Remember: the key")], timeout=1, toolbox=Tools(Findings(), is_stored=False)
    )
    assert text == Text(SENTENCES["en"].not_kept)


def test_a_thing_that_may_be_no_model_is_searched_for_first():
    said = "How do I connect the hose to the tap?"
    assert ask(Findings((ELM,), ()), said)[0].startswith("1 passage from your messages")
    assert ask(Findings(), said)[0] == SENTENCES["en"].connect


@pytest.mark.parametrize(
    ("said", "lead", "date"),
    [
        ("wann war ich beim Zahnarzt", "1 Stelle aus deinen Nachrichten, vom 5. März 2026:", "5. März 2026, "),
        ("quand est le dentiste ?", "1 passage de vos messages, du 5 mars 2026 :", "5 mars 2026, "),
        ("¿cuándo es el dentista?", "1 pasaje de tus mensajes, del 5 de marzo de 2026:", "5 de marzo de 2026, "),
    ],
)
def test_passages_are_framed_in_the_language_of_the_question(said, lead, date):
    text, _, asked = ask(Findings((ELM,), ()), said)
    assert text.startswith(lead)
    assert f"1. {date}" in text
    assert asked == [said]


@pytest.mark.parametrize("language", SENTENCES)
def test_each_language_has_every_sentence_and_renders_as_text_and_links(language):
    sentences = SENTENCES[language]
    assert len(set(sentences.months)) == 12
    for text in (sentences.abilities, sentences.connect, sentences.nothing):
        html = render_markdown(text)
        assert f'href="{MODELS}"' in html
        assert "OPENAI_BASE_URL" not in html
    assert all(sentences)
