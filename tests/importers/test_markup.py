"""HTML as Markdown."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.importers import left_out
from webapp.importers.markup import plain_text, to_markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>a <b> bold </b>x &amp; y</p><p>2</p>", "a **bold** x & y\n\n2"),
        ("<h2>Title</h2>text<hr>end", "## Title\n\ntext\n\n---\n\nend"),
        ("<ol start=3><li>x</li><li>y<ul><li>z</li></ul></li></ol>after", "3. x\n4. y\n   - z\n\nafter"),
        ("<ul><li><p>one</p><p>more</p></li></ul>", "- one\n\n   more"),
        ("<pre><code class='language-python'>a\n  b &lt; c</code></pre>", "```python\na\n  b < c\n```"),
        ("<pre>plain ``` inside</pre>", "````\nplain ``` inside\n````"),
        ("Use <code>a`b</code> and <code>x*y</code>", "Use ``a`b`` and `x*y`"),
        ("<blockquote><p>q</p></blockquote>", "> q"),
        (
            "<table><tr><th>A</th><th>B|</th></tr><tr><td>1</td><td>2<br>3</td></tr></table>",
            "| A | B\\| |\n| --- | --- |\n| 1 | 2 3 |",
        ),
        ('<a href="https://x.test/a(b)">t[1]</a>', "[t&#91;1&#93;](https://x.test/a%28b%29)"),
        ('<a href="javascript:x">j</a> <a>k</a>', "j k"),
        ("<p># no heading</p><p>- no item</p><p>1. no item</p>", "\\# no heading\n\n\\- no item\n\n1\\. no item"),
        ("<p>a<br>- b<br>===<br>3) c</p>", "a  \n\\- b  \n\\===  \n3\\) c"),
        ("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc"),
        ("a * b _c_ d_e [f](g) \\ ~", "a \\* b \\_c\\_ d_e [f&#93;(g) \\\\ \\~"),
        ("&amp;lt; stays", "\\&lt; stays"),
        ("x <script>alert('</p>')</script>y<style>p{}</style><template>t</template><svg><path/></svg>z", "x yz"),
        ("a < b and c<d", "a < b and c<d"),
        ("<b>open <i>both", "open both"),
        ("", ""),
    ],
)
def test_markdown(html, markdown):
    assert to_markdown(html, Counter()) == markdown


def test_pictures_are_named_and_counted():
    counts: Counter[str] = Counter()

    assert (
        to_markdown('<p>See <img alt="a*b" src="https://x.test/1"></p>', counts)
        == "See *[image: a\\*b, not in the export]*"
    )
    assert counts == {left_out.MISSING_FILE: 1}


def test_plain_text():
    assert plain_text("<p>a &amp; b</p><p>c<br>d</p><script>x</script>") == "a & b\n\nc\nd"


@pytest.mark.parametrize("piece", ["<!--", "<a href='", "<ul><li>", "<blockquote>x", "<b>", "<svg>", "</div>", "<", "<table><tr><td>", "<pre>", "<![CDATA[", "<script>"])  # fmt: skip
def test_a_hundred_thousand_unclosed_tags_are_read(piece):
    to_markdown(piece * 100_000, Counter())


@given(st.text(alphabet="<>/=\"'& abclipretdo!-\n`*_[]#1."), st.text())
def test_no_text_is_an_error(one, other):
    to_markdown(one + other, Counter())
    plain_text(other + one)
