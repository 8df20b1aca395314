"""Bare addresses are found as linkify-it finds them, in time that grows with the length of a text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linkify_it import LinkifyIt

from tests.rendering.seen import Seen
from webapp.rendering import render_markdown
from webapp.rendering.addresses import AddressFinder

LIBRARY = LinkifyIt(options={"fuzzy_link": False}).add("//", None)
FINDER = AddressFinder()
PIECES = [
    "http://", "https://", "ftp://", "mailto:", "//", "://", "a", "b.com", "x.org", ".", "/", "(", ")", "[", "]", "{", "}", '"', "'", "?", "!",
    ",", ";", "-", "@", " ", "\n", ":8080", "xn--a", "\u3042", "_", "#", "=", "&", "*", "1.2.3.4", "user@c.net", "%20", "...", "\\", "$", "+",
]  # fmt: skip


def found(finder, text):
    return [(match.schema, match.index, match.last_index, match.url) for match in finder.match(text) or []]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=1_000, deadline=None)
def test_the_same_addresses_are_found(text):
    assert found(FINDER, text) == found(LIBRARY, text)


class Measuring(AddressFinder):
    """Counts how often the library looks whether an address follows a scheme."""

    measured = 0

    def test_schema_at(self, text, name, position):
        self.measured += 1
        return super().test_schema_at(text, name, position)


@pytest.mark.parametrize("piece", ["http://a.b/,", "http://a.b/;x", "(http://a.b/c", "mailto:a@b.c,"])
def test_what_lies_within_an_address_is_not_looked_at(piece):
    finder = Measuring()
    text = piece * 100

    matches = finder.match(text)

    assert finder.measured <= 2 * len(matches) + 1


def test_no_part_of_a_path_is_searched_to_the_end_of_its_line():
    patterns = [pattern for pattern in AddressFinder().re.values() if isinstance(pattern, str)]

    assert not any(").)*" in pattern or ").)+" in pattern for pattern in patterns)
    assert sum("{0,400}" in pattern for pattern in patterns) > 1


@pytest.mark.parametrize("bracket", ["()", "[]", "{}", '""', "''"])
def test_brackets_in_an_address_may_hold_a_few_hundred_characters(bracket):
    opening, end = bracket
    for length in (1, 100, 400):
        address = f"http://a.example/b{opening}{'c' * length}{end}"
        assert FINDER.match(address)[0].url == address
    assert FINDER.match(f"http://a.example/b{opening}{'c' * 401}{end}")[0].url.startswith("http://a.example/b")


@pytest.mark.parametrize("label", ["a.xn--", "xn--a.", "xn--a-b.xn--", "http://xn--a.", "a@xn--b."])
def test_a_label_is_read_in_one_way(label):
    """The library's pattern doubles its work with every label: forty of them take it years."""
    assert render_markdown(label * 5_000)


@pytest.mark.parametrize(
    "text",
    ["xn--a.com", "b.xn--c.com", "xn--a-.com", "http://xn--a.xn--b", "a@xn--b.com", "xn--\u3042.com", "a.xn--p1ai"],
)
def test_labels_are_still_read(text):
    address = text if text.startswith("http") or "@" in text else f"www.{text}"
    assert FINDER.match(address)[0].last_index == len(address)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("See https://example.com/a_b_c*", "https://example.com/a_b_c"),
        ("HTTP://EXAMPLE.com", "HTTP://EXAMPLE.com"),
        ("**http://a.example/b**", "http://a.example/b"),
        ("www.example.com/(a)", "http://www.example.com/(a)"),
        ("me@example.com", "mailto:me@example.com"),
        ("mailto:me@example.com", "mailto:me@example.com"),
        ("https://example.com/a\u3002\u8bf7\u770b", "https://example.com/a"),
        ("\uff08https://example.com/b\uff09\u548c", "https://example.com/b"),
        ("https://example.com/c\u3001d", "https://example.com/c"),
        ("\u300cwww.example.com\u300d\u306f", "http://www.example.com"),
        ("me@example.com\u3002", "mailto:me@example.com"),
        *(
            (f"https://example.com/a{mark} b", "https://example.com/a")
            for mark in "\u060c\u061b\u061f\u06d4\u0964\u0965\u0589\u104b\u17d4\u00bb"
        ),
        ("https://example.com/\u0627\u060c \u0628", "https://example.com/%D8%A7"),
        ("www.example.com/a\u061f", "http://www.example.com/a"),
        ("https://example.com/a**bold**", "https://example.com/a"),
        ("https://example.com/a*words*", "https://example.com/a"),
        ("https://example.com/`c`", "https://example.com/"),
        ("https://example.com/a~~old~~", "https://example.com/a"),
        ("https://example.com/web/*/b", "https://example.com/web/*/b"),
        ("https://example.com/**/b", "https://example.com/**/b"),
        ("https://example.com/\u8def\u5f84", "https://example.com/%E8%B7%AF%E5%BE%84"),
    ],
)
def test_a_bare_address_is_a_link(source, address):
    assert [value for _, name, value in Seen(render_markdown(source)).attributes if name == "href"] == [address]


@pytest.mark.parametrize(
    "source",
    ["README.md", "os.name", "asp.net", "a.com/b", "libc.so", "data.ai", "//main.rs", "https://\u3002"],
)
def test_a_name_without_a_scheme_is_no_link(source):
    assert "a" not in Seen(render_markdown(f"See {source} there")).tags


@pytest.mark.parametrize(
    "source", ["xhttp://a.example", "http\\://a.example", "a+http://b.example", "://a", "`http://a.b`"]
)
def test_what_is_no_address_is_no_link(source):
    links = [value for _, name, value in Seen(render_markdown(source)).attributes if name == "href"]

    assert not [link for link in links if re.match("https?:", link)]
