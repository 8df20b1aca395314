"""Rendering takes time that grows with the length of a text, whatever is in it, and never more than a bound.

`steps` counts lines of Python. It does not see what one search of a regular expression costs: the patterns that search
what strangers wrote are tested one by one in tests/rendering/test_addresses.py, and what no test foresaw is ended by
the clock, which `Work` looks at between the steps.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.rendering.hostile_inputs import INPUTS
from tests.rendering.seen import Seen
from tests.rendering.steps import steps
from webapp.rendering import GrowingMarkdown, format_markdown, is_plain, render_markdown
from webapp.rendering.code import render_code
from webapp.rendering.markdown import render_within
from webapp.rendering.work import MOST_STEPS, TooComplexError, Work

#: Every seventh input but code, whose lexers are not ours: some 350, and all that repeat one piece.
NAMES = [name for name in INPUTS if " of " not in name]
SAMPLE = sorted({*NAMES[::10], *(name for name in NAMES if name.endswith(" repeated"))})
BOUNDLESS = 10**9

NOTE = "This message is shown as plain text because it is too complex to format."


def unbounded():
    return Work(BOUNDLESS, BOUNDLESS)


def cost(source):
    """Return the steps of rendering a text without a bound; one that is nested too deeply ends early."""

    def render():
        with suppress(TooComplexError):
            render_within(source, unbounded())

    return steps(render)


def growth(measure, text):
    """Return how many times as much four times the text costs. Four is linear, sixteen would be quadratic.

    What is nested or open costs less at first, until it is as deep as it can be. So a short text that seems to grow
    faster is looked at again where it is longer.
    """
    times = measure(text(320)) / measure(text(80))
    return times if times < 6 else measure(text(3_200)) / measure(text(800))


@pytest.fixture(scope="module", autouse=True)
def everything_is_imported():
    render_markdown("$a$ $$b$$ https://example.com a.com www.a.b a@b.c [c]\n\n```py\na\n```\n\n| d |\n|-|")


def test_there_are_at_least_500_hostile_inputs():
    assert len(INPUTS) > 4_000
    assert len(SAMPLE) > 450


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_four_times_the_text_is_about_four_times_the_work(part):
    grown = {name: growth(cost, INPUTS[name]) for name in SAMPLE[part::4]}

    assert {name: times for name, times in grown.items() if times > 6} == {}


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "- [ ] a\n" * (n // 8),
        lambda n: "1. [x] a\n   - [ ] b\n" * (n // 20),
        lambda n: "a.com\n" * (n // 6),
        lambda n: "# h\n$$a\n" * (n // 8),
        lambda n: "- $$a\n" * (n // 6),
        lambda n: "> $$a\n\n" * (n // 7),
        lambda n: "- a\n\\[\nb\n+ c\n" * (n // 14),
        lambda n: "> \\[ a\n+ b\n" * (n // 11),
        lambda n: "- a\n\\[\n+ b\n\\]\n" * (n // 14),
        lambda n: "> \\[ a\n+ b \\]\n\n" * (n // 15),
        lambda n: "|a|b|\n|-|-|-|\n" * (n // 14),
        lambda n: "|a|\n|-|\n" + "| $|x|$ `a|b` |\n" * (n // 16),
        lambda n: "|a|\n|-|\n|" + "`a|$b|\\(" * (n // 9),
        lambda n: "a$" * (n // 2),
        lambda n: "a$_2" * (n // 4),
        lambda n: "[a](b" * (n // 5),
        lambda n: "[a](b) " * (n // 7),
        lambda n: "<a:b>" * (n // 5),
        lambda n: "https://a.b/c**" * (n // 15),
        lambda n: "$$\\begin{bmatrix}[c]1\\end{bmatrix}$$\n" * (n // 40),
    ],
)
def test_what_was_quadratic_is_linear_in_longer_texts(text):
    assert cost(text(4_000)) < 2.5 * cost(text(2_000))


@pytest.mark.parametrize("language", ["python", "javascript", "c", "sql", "rust"])
def test_code_in_colours_counts_its_tokens(language):
    work = unbounded()
    html = render_code("a = 1 # b\n" * 200, language, work)

    assert 200 <= work.steps <= 4_000
    assert html.count("<span") <= work.steps + 1


@pytest.mark.parametrize("language", ["python", "javascript", "html", "c", "sql", "rust"])
def test_code_that_costs_too_much_is_given_up_between_two_tokens(language):
    with pytest.raises(TooComplexError):
        render_code("<a> = 1\n" * 200, language, Work(most_steps=0))


def test_code_in_a_rare_language_has_no_colours_where_it_is_long():
    code = "x = 1\n"

    assert "c-" in render_code(code * 100, "autoit", unbounded())
    assert "c-" not in render_code(code * 1_000, "autoit", unbounded())
    assert "c-" in render_code(code * 1_000, "python", unbounded())


@pytest.mark.parametrize("language", ["python", "ini", "ocaml", "html+ng2", "makefile"])
def test_code_with_an_endless_line_has_no_colours(language):
    code = "=" * 2_001

    assert f"<code>{code}\n</code>" in render_code(f"{code}\n", language, unbounded())


@pytest.mark.parametrize(("language", "code"), [("tnt", "!" * 300), ("easytrieve", "\t" * 300)])
def test_a_lexer_that_would_never_end_is_not_asked(language, code):
    assert f"<code>{code}</code>" in render_code(code, language, unbounded())


COMPLEX = [
    "![" * 50_000,
    "*a* `b` **c** [d](e) ~~f~~ $g$\n" * 3_100,
    "*a*\n" * 25_000,
    "$a$ " * 25_000,
    "|" + "a|" * 100 + "\n|" + "-|" * 100 + "\n" + "|\n" * 10_000,
    "> " * 30 + "x",
]


@pytest.mark.slow
@pytest.mark.parametrize("source", COMPLEX, ids=range(len(COMPLEX)))
def test_what_is_too_complex_is_shown_as_it_is_and_says_so(source, monkeypatch):
    # The number of steps ends it, not the clock.
    monkeypatch.setattr("webapp.rendering.markdown.Work", lambda: Work(most_seconds=BOUNDLESS))

    html, is_final = format_markdown(source)

    assert is_final
    assert is_plain(html)
    assert Seen(html).words == NOTE + source


def test_what_is_too_complex_acts_no_more_than_what_is_not():
    html = render_markdown("<script>alert(1)</script> &lt; [x](javascript:alert(1)) " + "![" * 60_000)

    assert is_plain(html)
    assert Seen(html).tags == {"p", "em"}


@pytest.mark.parametrize("length", [10_000, 50_000, 100_000])
def test_an_answer_full_of_marks_is_formatted_as_ever(length):
    answer = "## Steps\n\n1. **Install** `it` from [here](https://example.com/a), see https://example.com/b.\n"
    answer += "   - [x] done *well*\n\n| a | b |\n|---|---|\n| `1` | $x^2$ |\n\n```python\nprint('a')  # b\n```\n\n"

    html = render_within((answer * (length // len(answer) + 1))[:length], Work(most_seconds=BOUNDLESS))

    assert not is_plain(html)


def test_nothing_that_a_message_says_looks_like_the_line_that_says_it_is_plain():
    for source in (f"*{NOTE}*", f'<p class="plain"><em>{NOTE}</em></p>', f"<em>{NOTE}</em>"):
        assert not is_plain(render_markdown(source))


def test_a_machine_that_has_no_time_says_that_this_is_not_final():
    with pytest.raises(TooComplexError) as slow:
        render_within("Hello", Work(BOUNDLESS, most_seconds=-1))
    with pytest.raises(TooComplexError) as complex_text:
        render_within("Hello", Work(0, BOUNDLESS))

    assert not slow.value.is_final
    assert complex_text.value.is_final


def test_the_same_text_takes_the_same_steps():
    first, second = unbounded(), unbounded()
    for work in (first, second):
        render_within("*a* `b` **c** [d](e)\n\n- f\n" * 20, work)

    assert first.steps == second.steps > 200


def pictures(source, number=10):
    """Return the pictures of a text that grows in so many pieces."""
    growing = GrowingMarkdown()
    return [growing.render(source[: len(source) * part // number]) for part in range(1, number + 1)]


GROWING = [name for name in SAMPLE if name.endswith((" repeated", " on lines", " in items"))][::8]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_four_times_the_growing_text_is_about_four_times_the_work(part):
    grown = {name: growth(lambda text: steps(lambda: pictures(text, 3)), INPUTS[name]) for name in GROWING[part::2]}

    assert {name: times for name, times in grown.items() if times > 6} == {}


@pytest.mark.slow
@pytest.mark.parametrize("source", [COMPLEX[1], COMPLEX[3], COMPLEX[4], COMPLEX[5]], ids=range(4))
def test_a_growing_text_that_is_too_complex_is_shown_as_it_is_and_says_so(source):
    last = pictures(source, 2)[-1]

    assert is_plain(last)
    assert Seen(last).words == NOTE + source


def test_a_growing_text_that_was_too_complex_stays_plain_and_costs_nothing_more():
    growing = GrowingMarkdown()
    source = "$a$ " * 25_000
    assert is_plain(growing.render(source))

    assert steps(lambda: growing.render(source + "and so on")) < 100
    assert not is_plain(growing.render("Another one."))


def test_all_pictures_of_a_growing_text_together_have_a_bound(monkeypatch):
    monkeypatch.setattr("webapp.rendering.streaming.MOST_STEPS", 200)
    growing = GrowingMarkdown()
    text, shown = "", []
    for _ in range(200):
        text += "*a* `b` "
        shown.append(is_plain(growing.render(text)))

    assert not shown[0]
    assert shown[-1]


def test_the_bound_leaves_room_for_a_long_answer_in_many_pictures():
    growing = GrowingMarkdown()
    paragraph = "Some **words** in `code` and [a link](https://example.com).\n\n"

    assert not any(is_plain(growing.render(paragraph * number)) for number in range(1, 400, 4))
    assert MOST_STEPS > 100_000
