"""The archivist: quotes what was kept, and says so plainly where there is nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from webapp.agent.archivist import NOTHING, Archivist
from webapp.agent.stop import Stop
from webapp.agent.values import Citation, End, Findings, MonthCount, Text, Utterance
from webapp.rendering import render_markdown

ELM = Citation("s1", "Dentists", 12, "m1", datetime(2026, 3, 5, tzinfo=UTC), "Dr. Elm is at 7 a.m.", "/messages/m1")


def words(html):
    """The words of some HTML as a reader sees them."""
    return unescape(re.sub(r"<[^>]+>", "", html))


class Tools:
    """A toolbox that finds what a test says, and remembers what it was asked."""

    def __init__(self, findings):
        self.findings = findings
        self.asked = []

    def retrieve(self, question):
        self.asked.append(question)
        return self.findings


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
    assert "OPENAI_BASE_URL" in text
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
