"""Markdown as attackers write it: shown as text, never acted on."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.rendering.seen import Seen
from tests.support import hostile
from webapp.rendering import GrowingMarkdown, render_markdown
from webapp.rendering.sanitize import clean_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "<svg onload=alert(1)><style>*{}</style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=//example.com>",
    "<form action=/sessions><button>",
    "<base href=//example.com>",
    "<meta http-equiv=refresh content=0>",
    '<div hx-get="/sessions" hx-trigger="load" class="toast" id="m-1" style="position:fixed">',
    "<hx-partial hx-target='#list'>x</hx-partial>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![x](javascript:alert(1))",
    '![x" onmouseover="alert(1)](https://e.com/"onload="x)',
    '[x](https://e.com "a\\" onclick=\\"alert(1)")',
    "<javascript:alert(1)>",
    '```"><script>alert(1)</script>\nx\n```',
    "```python onclick=alert(1)\nx\n```",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\class{toast}{x}$ $\\style{color:red}{x}$",
    "$\\text{<script>alert(1)</script>}$",
    "$$</math><script>alert(1)</script>$$",
    "| <img src=x onerror=alert(1)> |\n|---|\n| <script> |",
    "[a]: javascript:alert(1)\n\n[a]",
    "- [x] <b onclick=alert(1)>",
    "<!-- --><![CDATA[<script>]]><?php ?>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<scr\u0000ipt>",
]


TAGS = set(
    "a blockquote br code del div em figcaption figure h3 h4 h5 h6 hr li ol p pre s span strong sub sup table tbody td th thead tr ul "
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle "
    "msub msubsup msup mtable mtd mtext mtr munder munderover none u".split()
)
NAMES = set(
    "class dir href rel target title role aria-label tabindex start value display stretchy fence separator lspace rspace minsize "
    "maxsize movablelimits mathvariant width height symmetric linethickness "
    "displaystyle scriptlevel accent accentunder notation".split()
)
CLASSES = re.compile(
    r"image|address|table|formula|code|task|unseen|plain|task-list-item|contains-task-list|tex|formula|display|label|language|tex-[a-z-]+|align-(left|center|right)|c-\w+"
)


def find_fault(source, html):
    seen = Seen(html)
    assert seen.tags <= TAGS, source
    for tag, name, value in seen.attributes:
        assert name in NAMES or (tag, name) == ("mo", "form"), (source, tag, name)
        if name == "href":
            assert re.match(r"https?:|mailto:|(?![A-Za-z][\w+.-]*:)[!-~]|$", value), (source, value)
        if name == "target":
            assert value == "_blank", source
        if name == "class":
            assert all(CLASSES.fullmatch(word) for word in value.split()), (source, value)


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_gets_through_that_could_act(source):
    find_fault(source, render_markdown(source))


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_nothing_of_a_kind_gets_through(kind):
    for source in hostile.KINDS[kind]:
        find_fault(source, render_markdown(source))
        find_fault(source, GrowingMarkdown().render(source))


def test_nothing_of_the_big_list_gets_through():
    assert len(hostile.MESSAGES) - len(hostile.HOSTILE) > 450
    for source in hostile.MESSAGES[len(hostile.HOSTILE) :]:
        find_fault(source, render_markdown(source))


@pytest.mark.parametrize(
    "words", ["<h3>x</h3>", "</mtext></math><h3>x</h3>", "&lt;h3&gt;", "<a/href=//e.example>x</a>"]
)
def test_text_in_a_formula_is_text(words):
    seen = Seen(render_markdown(f"$\\text{{{words}}}$"))

    assert not seen.tags & {"h3", "a"}
    assert words in seen.words


@pytest.mark.parametrize(
    "space",
    [r"\hspace{-99em}", r"\kern -99em", r"\mspace{-999mu}", r"\hspace{99em}", r"\hspace{9in}"],
)
def test_a_formula_pushes_nothing_across_the_page(space):
    assert "width" not in render_markdown(f"$a{space}b$")


def test_a_formula_may_have_the_spaces_that_formulas_have():
    html = render_markdown(r"$a\hspace{2em}b\!c\hspace{-0.5em}d$")

    assert re.findall('width="(.*?)"', html) == ["2em"]
    assert 'class="tex-back"' in html


@pytest.mark.parametrize("form", ["\\newcommand{{\\{0}}}{{{1}}}", "\\def\\{0}{{{1}}}"])
def test_a_formula_that_defines_what_multiplies_itself_is_shown_as_it_is(form):
    names = [f"z{letter}" for letter in "abcdefghijklmnopqrstuvwx"]
    tex = form.format("za", "x") + "".join(form.format(name, f"{{\\{before}}}" * 8) for before, name in pairwise(names))
    html = render_markdown(f"$${tex}\\zx$$")

    assert len(html) < 2 * len(tex)
    assert tex in Seen(html).words


def test_the_last_gate_lets_through_only_what_the_renderer_makes():
    html = clean_html(
        '<a target="_top" class="image button" href="javascript:x" id="end" style="x" onclick="x">x</a>'
        '<span class="c-k toast">x</span><script>x</script><math><mspace width="99em"></mspace></math>'
    )

    assert Seen(html).tags == {"a", "span", "math", "mspace"}
    assert {item[1:] for item in Seen(html).attributes} == {("class", "image"), ("rel", "noopener noreferrer nofollow")}


def test_raw_html_is_shown_as_the_text_it_is():
    assert Seen(render_markdown("Use <b>bold</b> & <hr>.")).words.strip() == "Use <b>bold</b> & <hr>."


@pytest.mark.parametrize(
    "piece", ["[", "(", "![", "> ", "- ", "*", "**a ", "_", "`", "~~", "$", "\\(", "<", "&", "| ", "#", "[a](", "\\["]
)
def test_ten_thousand_openings_do_no_harm(piece):
    words = Seen(render_markdown(piece * 10_000 + "end")).words

    assert words.strip().endswith("end")


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - "])
def test_what_is_nested_deeper_than_anybody_reads_is_still_shown(mark):
    for depth in range(1, 30):
        assert "innermost" in Seen(render_markdown(mark * depth + "innermost")).words, depth
