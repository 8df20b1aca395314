r"""Formulas are shown as they were meant, or as their TeX; never as another formula."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rendering.seen import Seen
from webapp.rendering import GrowingMarkdown, render_markdown
from webapp.rendering.formulas import LONGEST_FORMULA

ANSWERS = Path(__file__).parent / "answers"


def answer(name):
    return (ANSWERS / f"{name}.md").read_text(encoding="utf-8")


def cells(html):
    """Return the rows of the tables in formulas, each as the words of its cells."""
    rows = re.findall("<mtr>(.*?)</mtr>", html)
    return [[Seen(cell).words for cell in re.findall("<mtd[^>]*>(.*?)</mtd>", row)] for row in rows]


def growing(text):
    markdown = GrowingMarkdown()
    return [markdown.render(text[:length]) for length in range(len(text) + 1)]


def test_lines_that_look_like_blocks_are_part_of_a_display_formula():
    html = render_markdown(answer("display-formula"))

    assert html.count('display="block"') == 5
    assert not Seen(html).tags & {"h3", "h4", "ul", "li", "hr"}
    words = "".join(Seen(html).words.split())
    assert words.startswith("E=ab")
    assert "a+b=ca−bInwords:x=y" in words
    assert cells(html) == [["x=1"], ["y=2"]]


def test_aligned_lines_keep_their_columns():
    html = render_markdown(answer("aligned"))

    assert cells(html)[:5] == [["2x+3", "=7"], ["2x", "=4"], ["x", "=2"], ["a=b"], ["c=d"]]
    assert [row[1:3] for row in cells(html)[5:]] == [["a", "=b"], ["c", "=d"]]
    assert "50%\u00a0of\u00a0A\u00a0&\u00a0B" in Seen(html).words
    assert re.findall('<code class="tex">(.*?)</code>', html) == ["\\norm{x}", "\\ce{H2O}"]


def test_a_wide_formula_in_a_line_has_a_box_that_scrolls():
    html = render_markdown(answer("narrow-formula"))

    assert len(re.findall('<span class="formula" role="group" aria-label="Formula" tabindex="0"><math>', html)) == 2
    assert '<span class="formula"' not in render_markdown("a $x^2$ b")


@pytest.mark.parametrize(
    ("tex", "rows"),
    [
        (r"\begin{alignedat}{2} a &= b & c &= d \end{alignedat}", [["a", "=b", "c", "=d"]]),
        (r"\begin{split} a &= b \\ &= c \end{split}", [["a", "=b"], ["", "=c"]]),
        (r"\begin{array}{@{}c|c@{}} a & b \\ \hline c & d \end{array}", [["a", "b"], ["c", "d"]]),
        (r"\begin{smallmatrix} a & b \\ c & d \end{smallmatrix}", [["a", "b"], ["c", "d"]]),
        (r"a &= b \\ c &= d", [["a", "=b"], ["c", "=d"]]),
        (r"a = b \\ c = d", [["a=b"], ["c=d"]]),
        (r"\begin{cases} 1 & x > 0 \\[2pt] 0 & \text{else} \end{cases}", [["1", "x>0"], ["0", "else"]]),
    ],
)
def test_lines_and_columns_are_kept(tex, rows):
    assert cells(render_markdown(f"$$\n{tex}\n$$")) == rows


@pytest.mark.parametrize(
    "tex",
    [
        r"\norm{x}", r"\ce{2H2 + O2 -> 2H2O}", r"\begin{foo} a & b \\ c \end{foo}", r"a & b", r"\SI{5}{km}", r"\href{https://a.example}{x}",
        r"x % note", r"\newcommand{\a}{b} \a", r"\def\a{b} \a", r"\let\a=b \a", r"\eqref{1}", r"\frac{a}{", r"a_1_2", r"\left( a", r"\verb|x|",
        r"\begin{aligned} a &= b", r"\cfrac[l]{a}{b}", r"\stackrel[a]{b}{=}", r"\includegraphics{a}",
    ],
)  # fmt: skip
def test_what_is_unknown_is_shown_as_its_tex(tex):
    html = render_markdown(f"$$\n{tex}\n$$")

    assert "<math" not in html
    assert Seen(html).words.strip() == tex


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\text{50\% of A \& B}", "50%\u00a0of\u00a0A\u00a0&\u00a0B"),
        (r"\text{5 \$ and \# 1}", "5\u00a0$\u00a0and\u00a0#\u00a01"),
        ("100%", "100%"),
        (r"25\% x", "25%x"),
        (r"\mbox{if } x", "if\u00a0x"),
        (r"x = 1 \tag{7}", "x=1(7)"),
        (r"\begin{equation} x \label{a} \end{equation}", "x"),
        (r"\left< x \right>", "⟨x⟩"),
        (r"a\hspace*{1em}b", "ab"),
        (r"a \\* [0, 1] \\ b", "a[0,1]b"),
        (r"\sum_{\substack{i<n \\ j}} i", "∑i<nji"),
    ],
)
def test_what_models_write_is_read_as_they_mean_it(tex, words):
    html = render_markdown(f"$$\n{tex}\n$$")

    assert "<math" in html
    assert Seen(html).words.strip().replace(" ", "") == words


@pytest.mark.parametrize(
    "place", ["{}", "{}^2", r"x_{{{}}}", r"\frac{{{}}}{{b}}", r"\sqrt{{{}}}", r"\underbrace{{{}}}_n"]
)
@pytest.mark.parametrize("part", ["x", "A \\cap B", "x+y", "\\overline{ab}"])
def test_a_line_over_or_under_a_part_is_no_character_that_is_stretched(place, part):
    for command, tag, character in (("overline", "mover", "\u203e"), ("underline", "munder", "_")):
        html = render_markdown("$" + place.format("\\" + command + "{" + part + "}") + "$")

        assert f'<mo class="tex-bar" stretchy="false">{character}</mo></{tag}>' in html
        assert "\u0332" not in html
        assert 'stretchy="true"' not in html


def test_other_marks_over_a_part_stay_characters():
    html = render_markdown(r"$\widehat{AB} \bar{x} \overrightarrow{AB} \overbrace{ab}^n$")

    assert "tex-bar" not in html
    assert html.count("<mover") == 5


@pytest.mark.parametrize(
    ("tex", "words", "classes"),
    [
        (r"\begin{bmatrix}[cc|c] 1&2&3 \\ 4&5&6 \end{bmatrix}", "[123456]", ["tex-line-right"] * 2),
        (r"\begin{pmatrix}[r] -1 \\ 2 \end{pmatrix}", "(−12)", ["tex-right"] * 2),
        (r"\begin{vmatrix*}[l] 1 \end{vmatrix*}", "|1|", ["tex-left"]),
        (r"\begin{Bmatrix}[c:c] 1 & 2 \end{Bmatrix}", "{12}", ["tex-line-right"]),
        (r"\begin{bmatrix}[r] \begin{matrix} 1 \end{matrix} \end{bmatrix}", "[1]", ["tex-right"]),
        (r"\begin{bmatrix} [1,2] & 3 \end{bmatrix}", "[[1,2]3]", []),
        (r"\begin{pmatrix*} 1 & 2 \end{pmatrix*}", "(12)", []),
    ],
)
def test_the_columns_of_a_matrix_are_read(tex, words, classes):
    html = render_markdown(f"$$\n{tex}\n$$")

    assert Seen(html).words.strip() == words
    assert re.findall('<mtd class="(.*?)"', html) == classes


def test_lines_below_a_sum_are_as_small_as_one_line():
    assert '<mtable displaystyle="false" class="tex-script-size">' in render_markdown(
        r"$$\sum_{\substack{i<n \\ j}} i$$"
    )


def test_no_line_has_a_number_that_was_not_written():
    assert "(1)" not in Seen(render_markdown("\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}")).words


def test_a_root_is_a_root():
    assert "<mfrac><msqrt><mi>π</mi></msqrt><mn>2</mn></mfrac>" in render_markdown(r"$\frac{\sqrt{\pi}}{2}$")


FORMULA = ["E", "=", "- b", "+ c", "# d", "> e", "1. f", "---", "| g |"]


@pytest.mark.parametrize("marks", [("\\[", "\\]"), ("$$", "$$"), ("\\begin{gather}", "\\end{gather}")])
@pytest.mark.parametrize(
    "place",
    ["{}", "words\n{}", "words {}", "{} words", "words {} words", "- item\n\n  {}", "> quoted\n>\n> {}", "1. {}"],
)
def test_a_formula_holds_no_blocks_wherever_it_stands(place, marks):
    lines = [marks[0], *FORMULA, marks[1]]
    indent = (
        "  " if place.startswith("- ") else "> " if place.startswith(">") else "   " if place.startswith("1") else ""
    )
    html = render_markdown(place.format(f"\n{indent}".join(lines)))

    tags = Seen(html).tags - ({"blockquote"} if place.startswith(">") else set())
    assert not tags & {"h3", "h4", "hr", "table", "blockquote"}
    assert html.count("<li") == ("-" in place or "1." in place)
    assert html.count("<code class") + html.count("<math") == 1
    assert ("words" in Seen(html).words) == ("words" in place)


@pytest.mark.parametrize(
    "text",
    [
        "a `\\[` b\n\nc `\\]` d", "a \\[ b\n\nc", "$$ – cheap\n$$$ – dear\n$$ – cheap", "```\n\\[\n=\n\\]\n```", "    \\[\n    =\n    \\]", "costs $$ or $$$",
        "- \\[ a\n- b \\]", "> \\[ a\n\nb \\]", "\\\\[2pt] a \\\\]",
    ],
)  # fmt: skip
def test_what_opens_no_formula_changes_nothing(text):
    html = render_markdown(text)

    assert "<math" not in html
    assert "".join(re.findall(r"\w", Seen(html).words)) == "".join(re.findall(r"\w", text))


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6.", "export PATH=$HOME/bin:$PATH", "$this->foo($bar)", "$a, $b", "$USER@$HOST", "from $5-$10 to $12", "$x.$y", "US$5/CA$7",
        "US$5–US$7", "US$5 and CA$7", "A$100 to A$200", "5$ and 10$", "$5k-$10k", "$1M to $2M", "SUM(A$1:A$10)", "abc$^def$", "x$y$z", "^a$|^b$",
        "$VAR_1$VAR_2", "\\\\\\\\srv\\c$\\Users\\d$", "foo$bar$", "$5/$6a", "a$b$", "3$x$", "$2$x", "$10_000 and $20_000",
        "$12, 100$", "$5 or 10$", "from $1,000 to 2,000$", "$5 10$", "$1.50; 2.50$", "$20 a day and 30$", "a $ b $ c", "$_GET[$key]", "\\$5 and \\$6", "$foo$bar", "echo $HOME$PATH", "${a}$b",
    ],
)  # fmt: skip
def test_prices_and_variables_are_text(text):
    html = render_markdown(text)

    assert "<math" not in html
    assert "tex" not in html
    assert Seen(html).words.strip() == text.replace("\\$", "$").replace("\\\\", "\\")


@pytest.mark.parametrize(
    "text",
    [
        "the $n$th",
        "$x$的",
        "($x$)",
        "$x$s and $y$-axis",
        "$\\alpha$.",
        "**$x$**",
        "$2n+1$ odd",
        "$f(x)$er",
        "为$x$。",
        "$5$",
        "$10,000$",
        "$3.14$",
        "$12/100$",
        "$5 - 3$",
        "$(12, 100)$",
        "$1, 2, \\dots, n$",
        "$2 x$",
    ],
)
def test_formulas_beside_words_are_formulas(text):
    assert "<math" in render_markdown(text)


AT_THE_MARGIN = [
    "1. Then:\n\\[\na\n{}\n\\]\n2. Next", "1. Then:\n$$\na\n{}\n$$\n2. Next", "1. Then: \\[\na\n{}\n\\]\n2. Next",
    "- Then\n\\[\na\n\n{}\n\\]\n- Next", "* Then\n\\begin{{gather}}\na\n{}\n\\end{{gather}}\n* Next", "1. \\[\na\n{}\n\\]\n2. Next",
    "1) Then:\n\\[ a\n{} \\]\n2) Next", "- Then\n  - Deep\n  \\[\n  a\n  {}\n  \\]\n  - Next", "> - Then\n> \\[\n> a\n> {}\n> \\]\n> - Next",
    "> Then \\[ a\n{} \\]\n>\n> Next", "> \\[\na\n{}\n\\]\n> Next", "> > Then:\n> > $$\na\n{}\n> > $$\n> > Next",
]  # fmt: skip


@pytest.mark.parametrize("line", ["+ b", "- b", "+b", "= b"])
@pytest.mark.parametrize("text", AT_THE_MARGIN)
def test_a_formula_at_the_margin_belongs_to_the_item_or_quotation_before_it(text, line):
    html = render_markdown(text.format(line))

    outside = render_markdown(f"$$\na{line}\n$$")
    assert html.count("<math") == 1
    assert Seen(outside).words.strip() in "".join(Seen(html).words.split())
    assert html.count("<li") == len(re.findall(r"(?:Then|Deep|Next|\d\. \\\[)", text)) * ("<li" in html)
    assert Seen(html).words.split()[-1] == "Next"


@pytest.mark.parametrize(
    ("text", "items"),
    [("- Cheap: $$\n- Dear: $$", 2), ("1. \\[ a\n2. b \\]", 2), ("- \\[ a\n\nb \\]", 1), ("* a\n  \\[ b\n* c \\]", 2)],
)
def test_an_item_is_no_line_of_the_formula_of_another_item(text, items):
    html = render_markdown(text)

    assert "<math" not in html
    assert html.count("<li") == items


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CO$_2$", "CO2"), ("H$_2$O", "H2O"), ("10$^{-3}$", "10−3"), ("3$\\times$4", "3×4"), ("5$\\mu$m", "5μm"), ("$10^3$m", "103m"),
        ("SO$_4^{2-}$.", "SO42−."), ("Na$^+$", "Na+"), ("Ca$^{2+}$ions", "Ca2+ions"), ("20$^\\circ$C", "20∘C"), ("$H_2$O", "H2O"), ("$5\\mu$m", "5μm"),
        ("2$\\times 10^{-3}$", "2×10−3"), ("A$_{\\text{max}}$", "Amax"), ("$\\alpha$1", "α1"), ("$`x+1`$", "x+1"), ("a $`y`$.", "a y."),
    ],
)  # fmt: skip
def test_a_formula_within_a_word_is_a_formula(text, words):
    html = render_markdown(f"So {text}")

    assert html.count("<math") == 1
    assert Seen(html).words.strip() == f"So {words}"


@pytest.mark.parametrize("formula", [r"$\pm$", "$^{-3}$", "$_2$", r"$\times$"])
def test_a_price_takes_no_part_of_a_formula_after_it(formula):
    html = render_markdown(f"It costs $5/hour for 10{formula} and US$7")

    assert html.count("<math") == 1
    assert "costs $5/hour for 10<math" in html


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| $|x|$ | \\[z\\] |", ["|x|", "z"]), ("| \\(a|b\\) | c |", ["a|b", "c"]), ("| `x|y` | d |", ["x|y", "d"]), ("$P(A|B)$ | ``a|`b``", ["P(A|B)", "a|`b"]),
        ("| $$|x|$$ | b | `e|f` |", ["|x|", "b", "e|f"]), ("| \\[|x|\\] | `x\\|y` |", ["|x|", "x|y"]), ("| $\\left|x\\right|$ and $|y|$ | b |", ["|x| and |y|", "b"]),
        ("|$5|$6|", ["$5", "$6"]), ("|$5|$6|$7|", ["$5", "$6", "$7"]), ("| $$ | $$ |", ["$$", "$$"]), ("|$|$|", ["$", "$"]), ("| $$ | cheap | $$ |", ["$$", "cheap", "$$"]),
        ("| US$ | CA$ |", ["US$", "CA$"]), ("|a `b|c|", ["a `b", "c"]), ("|$a|$b|", ["$a", "$b"]), ("| \\(a | b |", ["(a", "b"]), ("| `` a | b` |", ["`` a", "b`"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", ["", "> ", "   "])
def test_a_bar_within_a_formula_or_code_divides_no_cells(row, cells, indent):
    lines = (row, "|" + "-|" * len(cells), "|" + "a|" * len(cells), row)
    html = render_markdown(("1. b\n\n" if indent == "   " else "") + "\n".join(indent + line for line in lines))

    for tag in ("th", "td"):
        shown = [Seen(cell).words for cell in re.findall(f"<{tag}[^>]*>(.*?)</{tag}>", html)]
        assert shown[-len(cells) :] == cells
    assert html.count("<th ") == len(cells)
    assert html.count("<td ") == 2 * len(cells)


ANSWERS_WITH_FORMULAS = [
    answer("display-formula"),
    answer("aligned"),
    "Words \\[\na\n\n=\nb\n\\] and more.\n\n- item\n\n  $$\n  - a\n  $$\n\n> \\[\n> =\n> \\]\n\nEnd",
    "1. one\n\\[\n- a\n\\]\n2. two\n\n\\begin{foo}\n# a\n\\end{foo}\n\nEnd \\[ never ends\n\n- a\n",
    *(text.format("+ b") for text in AT_THE_MARGIN),
]


@pytest.mark.parametrize("text", ANSWERS_WITH_FORMULAS)
def test_a_growing_formula_becomes_the_finished_one(text):
    def compact(html):
        return re.sub(r">\s+<", "><", html).strip()

    pictures = growing(f"{text}\n\n")

    assert compact(pictures[-1]) == compact(render_markdown(text))


@pytest.mark.parametrize("text", ANSWERS_WITH_FORMULAS[:2])
def test_a_growing_formula_is_never_seen_as_something_else(text):
    for html in growing(text.rstrip()):
        assert not Seen(html).tags & {"h3", "h4", "ul", "ol", "hr"}


@pytest.mark.parametrize(
    "opening", ["{", "\\sqrt ", "\\left(", "\\begin{matrix}", "\\displaystyle ", "x^{", "\\frac1", "\\not ", "'"]
)
def test_the_deepest_formula_ends_no_process(opening):
    count = (LONGEST_FORMULA - 10) // len(opening)

    assert isinstance(render_markdown(f"$${opening * count}$$"), str)
