"""Markdown as assistants write it, and as attackers do."""

from __future__ import annotations

import re

import pytest

from tests.rendering.seen import Seen
from webapp.rendering import render_markdown


def test_a_table_becomes_a_table_that_can_be_scrolled():
    html = render_markdown("| a | b |\n|:-:|--:|\n| 1 | 2 |")

    assert re.search(r'<div [^>]*class="table"[^>]*><table>', html)
    assert 'class="align-center"' in html
    assert 'class="align-right"' in html
    assert Seen(html).words.split() == ["a", "b", "1", "2"]
    assert "style" not in html


def test_fenced_code_has_colours_and_says_its_language():
    html = render_markdown("```python\ndef f(): return '<b>'\n```")

    assert '<figcaption><span class="language">python</span></figcaption>' in html
    assert '<span class="c-k">def</span>' in html
    assert "def f(): return '<b>'" in Seen(html).words
    assert "b" not in Seen(html).tags


@pytest.mark.parametrize("fence", ["```\na < b\n```", "```klingon\na < b\n```", "~~~ {.x}\na < b\n~~~", "    a < b"])
def test_code_of_no_known_language_is_shown_as_it_is(fence):
    assert "a < b" in Seen(render_markdown(fence)).words


def test_very_long_code_is_shown_whole_without_colours():
    code = "def f(): pass\n" * 3_000

    assert code in Seen(render_markdown(f"```python\n{code}```")).words


@pytest.mark.parametrize(
    ("source", "display"),
    [
        ("so $a^2$ is", "inline"),
        ("so \\(a^2\\) is", "inline"),
        ("$$\na^2\n$$", "block"),
        ("so $$a^2$$ is", "block"),
        ("\\[a^2\\]", "block"),
        ("\\[\na^2\n\\]", "block"),
    ],
)
def test_a_formula_becomes_mathml(source, display):
    html = render_markdown(source)

    assert ('display="block"' in html) == (display == "block")
    assert "<msup><mi>a</mi><mn>2</mn></msup>" in html
    assert "$" not in html


@pytest.mark.parametrize("source", ["It costs $5 and $6.", "a $ b $ c", "\\$5 and \\$6", "`$a$`"])
def test_prices_are_no_formulas(source):
    assert "<math" not in render_markdown(source)


@pytest.mark.parametrize("tex", ["\\frac{", "\\begin{matrix}", "\\left(", "{" * 50, "\\notacommand{x}", "x" * 5_000])
def test_a_formula_that_cannot_be_read_does_no_harm(tex):
    assert Seen(render_markdown(f"before $${tex}$$ after")).words.startswith("before")


def test_the_usual_marks_mean_what_they_mean():
    html = render_markdown(
        "# Title\n\n**bold** *it* ~~gone~~ `code`\n\n- [x] done\n- [ ] open\n\n3. three\n\n> said\n\n---"
    )

    assert Seen(html).tags >= {"h3", "strong", "em", "s", "code", "ul", "li", "ol", "blockquote", "hr"}
    assert "☑" in html
    assert "☐" in html
    assert 'start="3"' in html


def test_a_bare_address_is_a_link_that_tells_nothing_of_where_it_was():
    html = render_markdown("See https://example.com/a?b=c&d=e.")

    assert 'href="https://example.com/a?b=c&amp;d=e"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize("address", ["https://example.com/cat.png", "//example.com/cat.png"])
def test_an_image_is_a_link_and_is_not_loaded(address):
    html = render_markdown(f'![a "cat"]({address})')

    assert "img" not in Seen(html).tags
    assert ("a", "class", "image") in Seen(html).attributes
    assert Seen(html).words.strip() == f'Image: a "cat" (not loaded) {address}'
    assert ("a", "target", "_blank") in Seen(html).attributes


@pytest.mark.parametrize("source", ["", " ", "\n", "\0", "\ufeff", "\u2028", "🎉" * 100])
def test_any_text_has_some_html(source):
    assert isinstance(render_markdown(source), str)


def test_the_same_source_has_the_same_html():
    source = "# a\n\n$x$ `b` [c](https://example.com)"

    assert render_markdown(source) == render_markdown(source)
