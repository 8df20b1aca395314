"""The text of a search without its filters finds the same words."""

from __future__ import annotations

import pytest

from webapp.services.search.query import Term, parse


@pytest.mark.parametrize(
    ("text", "untimed"),
    [
        ("tea on:2025", "tea "),
        ("on:2025 tea", "tea"),
        ("version:2025 on:2025", "version:2025 "),
        ('"on:2025 plan" on:2025', '"on:2025 plan" '),
        ("tea -on:2025 on:2025", "tea -on:2025 "),
        ("on:2025 on:2025-03 tea on:2025 ", "tea "),
        ("tag:home after:2025 tea before:2026", "tag:home tea "),
        ("ON:2025 tea", "tea"),
        ("on:banana tea", "on:banana tea"),
        ("on:2025", ""),
        ("", ""),
    ],
)
def test_a_filter_of_time_goes_where_it_stands_and_nothing_else_does(text, untimed):
    query = parse(text)
    bare = parse(query.untimed)

    assert query.untimed == untimed
    assert (bare.terms, bare.excluded, bare.tags) == (query.terms, query.excluded, query.tags)
    assert (bare.after, bare.before) == (None, None)


@pytest.mark.parametrize(
    "text", ["boil role:user", "role:user boil", 'role:user "role:user" tag:"a b" boil', "boil role:user "]
)
def test_a_chip_takes_off_its_own_filter_only(text):
    query = parse(text)
    for chip in query.chips:
        rest = parse(chip.without)
        assert rest.terms == query.terms
        assert len(rest.chips) == len(query.chips) - 1


@pytest.mark.parametrize(
    ("text", "is_prefix"),
    [("boil", True), ("boil ", False), ("on:2025 boil", True), ("boil on:2025", False), ("on:2025 version:2025", True)],
)
def test_the_last_word_may_be_incomplete_if_the_text_ends_with_it(text, is_prefix):
    assert parse(text).terms[-1].is_prefix is is_prefix


def test_only_what_is_in_quotes_is_a_phrase_of_the_person():
    assert parse('a-b "heat pump" 5"').phrases == (Term(("heat", "pump")),)
    assert parse('a-b "').phrases == ()
