"""Markdown as attackers write it: shown as text, never acted on."""

from __future__ import annotations

import re

import pytest

from tests.rendering.seen import Seen
from webapp.rendering import render_markdown

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


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_gets_through_that_could_act(source):
    seen = Seen(render_markdown(source))

    assert not seen.tags & {"script", "img", "svg", "style", "iframe", "form", "button", "input", "base", "meta", "link", "object", "hx-partial"}  # fmt: skip
    for tag, name, value in seen.attributes:
        assert not name.startswith(("on", "hx-", "data-")), (tag, name)
        assert name not in {"style", "id", "src", "srcset", "action", "name"}, (tag, name)
        if name == "href":
            assert re.match(r"(https?://|mailto:|//|/|#|[^:]*$)", value), value
        if name == "class":
            assert "toast" not in value


def test_raw_html_is_shown_as_the_text_it_is():
    assert Seen(render_markdown("Use <b>bold</b> & <br>.")).words.strip() == "Use <b>bold</b> & <br>."


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
