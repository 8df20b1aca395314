"""Markdown without its marks, as snippets of a search show it."""

import pytest

from webapp.rendering import plain_text

TEXTS = {
    "**Dentists**, [boiler · 1](/sessions/01a21244-c6a4?around=0#m-1)": "Dentists, boiler · 1",
    'see [the *manual*](https://e.com/a_(b) "Title") now': "see the manual now",
    "![a gauge](gauge.png) at 0.6 bar": "a gauge at 0.6 bar",
    "[a list](<a b>) and f(x)[1]": "a list and f(x)[1]",
    "<https://e.com/a_b>": "https://e.com/a_b",
    "1\\. one \\*not\\* &#91;x&#93; &amp; &lt;b&gt;": "1. one *not* [x] & <b>",
    "| a | b |\n|---|:-:|\n| 1 | 2 |": "a | b\n1 | 2",
    "# Head\n\n> - [x] quoted task\n\n---\n\ntext": "Head\n\nquoted task\n\n\ntext",
    "line<br>break x<sub>2</sub>": "line break x 2 ",
    "a < b and c > d, array[0][1], f(x)[i]": "a < b and c > d, array[0][1], f(x)[i]",
    "snake_case_name and 2*3*4": "snake_case_name and 2*3*4",
    "plain [brackets] stay": "plain [brackets] stay",
    "cut [link](https://e.com/half": "cut link",
}


@pytest.mark.parametrize("source", TEXTS)
def test_the_text_of_a_source(source):
    assert plain_text(source) == TEXTS[source]


@pytest.mark.parametrize(
    "source",
    ["[" * 20_000, "](" * 20_000, "![" * 9_000 + "](", "&" * 50_000, "<b" * 20_000, "|-" * 30_000, '[]("' * 9_000],
)
def test_hostile_sources_are_read_in_one_pass(source):
    assert len(plain_text(source)) <= len(source)
