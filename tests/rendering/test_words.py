"""Nothing that was written disappears, and marks of Markdown do what people mean by them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendering.seen import Seen
from tests.rendering.test_formulas import answer
from webapp.rendering import GrowingMarkdown, render_markdown

#: What could swallow the word that is put into it.
CONSTRUCTS = [
    "{}\n", "[{}]: x\n", "[{}]: https://unused.example\n", "[x]: {}\n", "[^{}]: a\n", "[^1]: {}\n", "> [{}]: a\n", "- [{}]: a\n", "1. [a]: {}\n",
    "<!-- {} -->\n", "<{}>\n", "<div {}>\n", "</{}>\n", "<?{}?>\n", "<![CDATA[{}]]>\n", "<script>{}</script>\n", "<x-{} a='b'>\n", "```{}\na\n```\n",
    "```python {}\na\n```\n", "~~~ {{.{}}}\na\n~~~\n", "    {}\n", "`{}`\n", "| {} | a |\n|---|---|\n", "| a |\n|---|\n| b | {} | c |\n", "| a |\n|---|\n| b | c | d | {}\n",
    "# {} #\n", "{}\n===\n", "![{}](https://a.example)\n", '![a](https://a.example "{}")\n', "[{}](https://a.example)\n", "[a][{}]\n", "[{}][]\n",
    "<br {}>\n", "<sub>{}\n", "</sup>{}\n", "<sub>a</sub {}>\n", "<kbd>{}</kbd>\n", "&{};\n", "\\{}\n", "*{}\n", "**{}*\n", "~~{}~\n", "\\begin{{{}}}\n", "$$\\norm{{{}}}$$\n",
    "$x % {}$\n", "\\[ {} \n", "- [ ] {}\n", "- [{}] a\n", ":{}:\n", "@{}\n", "::: {}\n", "[[{}]]\n", "{{{}}}\n", "*[{}]: a\n", "Term\n: {}\n", "---\n{}: a\n---\n",
    "[a]: https://a.example '{}'\n", "[a]: <{}>\n", "[a]:\n{}\n", "[a]: https://a.example\n'{}'\n", "[{}\n",
]  # fmt: skip
WORDS = st.text("abcdefghijklmnopqrstuvwxyzäßждאבمر中文か", min_size=1, max_size=8)
PARTS = st.lists(
    st.tuples(st.sampled_from(CONSTRUCTS), WORDS, st.sampled_from(["", "\n", "> ", "- ", "  "])), max_size=6
)


def letters(text):
    return "".join(re.findall(r"[^\W\d_]", text))


def assert_nothing_is_lost(text, words, html):
    seen = Seen(html)
    shown = letters(seen.words + " ".join(value for _, name, value in seen.attributes if name == "title"))
    for word in words:
        assert word in shown, (text, word)


@given(PARTS)
@settings(max_examples=400, deadline=None)
def test_every_word_of_the_source_is_in_the_text_of_the_page(parts):
    parts = [
        (construct, f"w{number}".replace(str(number), "abcdef"[number]) + word, before)
        for number, (construct, word, before) in enumerate(parts)
    ]
    text = "".join(before + construct.format(word) for construct, word, before in parts)

    assert_nothing_is_lost(text, [word for _, word, _ in parts], render_markdown(text))
    assert_nothing_is_lost(text, [word for _, word, _ in parts], GrowingMarkdown().render(f"{text}\n\n"))


@pytest.mark.parametrize("construct", CONSTRUCTS)
@pytest.mark.parametrize("around", ["{}", "> {}", "- {}", "a\n{}", "1. {}\n\nb"])
def test_no_construct_swallows_a_word(construct, around):
    text = around.format(construct.format("wanted"))

    assert "wanted" in Seen(render_markdown(text)).words, text


def test_lines_that_look_like_definitions_are_shown():
    html = render_markdown(answer("vanishing-lines"))

    assert Seen(html).words.split() == answer("vanishing-lines").replace("> ", "").split()
    assert "a" not in Seen(html).tags


def test_a_definition_that_is_used_makes_a_link_and_one_that_is_not_is_shown():
    html = render_markdown(
        "See [it][1] and [that].\n\n[1]: https://a.example 'Title'\n[that]: https://b.example\n[3]: https://c.example"
    )

    assert re.findall('href="(.*?)"', html) == ["https://a.example", "https://b.example", "https://c.example"]
    assert Seen(html).words.split() == ["See", "it", "and", "that.", "[3]:", "https://c.example"]


@pytest.mark.parametrize(
    "definition",
    [
        "[a]: Hello",
        "[a]: /b",
        "[a]: javascript:alert(1)",
        "[a]: README.md",
        "[^1]: https://a.example",
        "[a]: see https://a.example",
    ],
)
def test_what_is_no_address_defines_nothing(definition):
    html = render_markdown(f"[a] and [^1]\n\n{definition}")

    assert Seen(html).words.split()[:3] == ["[a]", "and", "[^1]"]
    assert letters(definition) in letters(Seen(html).words)


def test_emphasis_ends_beside_punctuation():
    html = render_markdown(answer("emphasis"))

    assert re.findall("<(?:strong|em)>(.*?)<", html) == ["注意：", "「重点」", "斜体（括号）", "Step 1:", '"인용"']
    assert "*" not in html


@pytest.mark.parametrize(
    ("source", "tag", "words"),
    [
        ("*（重要）*之后", "em", "（重要）"),
        ("~~删（除）~~之后", "s", "删（除）"),
        ("__注意：__正文", "strong", "注意："),
        ("**'인용'**은 **(괄호)**를", "strong", "'인용'"),
        ("それは**「これ」**です", "strong", "「これ」"),
        ("使用**`code`**即可", "strong", ""),
        ("**重要！**下一句", "strong", "重要！"),
        ("**Note:**text", "strong", "Note:"),
        ("**Really?**Yes", "strong", "Really?"),
        ("| **注意：**正文 |\n|---|", "strong", "注意："),
        ("- **（一）**内容", "strong", "（一）"),
    ],
)
def test_emphasis_needs_no_blank(source, tag, words):
    html = render_markdown(source)

    assert f"<{tag}>{words}" in html
    assert not re.search(r"\*|~|__", Seen(html).words)


@pytest.mark.parametrize(
    "source",
    ["2 * 3 * 4", "a*b", "snake_case_name", "变量_名_字", "**/*.py", "x ** 2 ** 3", "f(*args, **kwargs)", "*.*foo"],
)
def test_stars_that_mark_nothing_stay(source):
    assert Seen(render_markdown(source)).words.strip() == source


def test_a_break_in_a_cell_is_a_break():
    html = render_markdown(answer("breaks-in-cells"))

    assert re.search(r"<td[^>]*>first<br>\s*second<br>\s*third</td>", html)
    assert "x<sup>2</sup> and H<sub>2</sub>O, press &lt;kbd&gt;Ctrl&lt;/kbd&gt;" in html


@pytest.mark.parametrize(
    "source",
    ["<sub>a", "a</sub>", "<sup>a</sub>", "<sub><sup>a</sub></sup>", "<sub>*a</sub>*", "<br", "<br x>", "<sub></sub>"],
)
def test_halves_of_tags_break_nothing(source):
    html = render_markdown(f"{source} b\n\nc")

    for tag in ("sub", "sup", "em", "p"):
        assert html.count(f"<{tag}>") + html.count(f"<{tag} ") == html.count(f"</{tag}>")
    assert html.endswith('<p dir="auto">c</p>\n')


@pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />", "<BR>"])
def test_a_line_break_may_be_written_in_four_ways(tag):
    assert re.search(r"a<br>\s*b", render_markdown(f"a{tag}b"))
    assert "<br>" not in render_markdown(f"`a{tag}b`")


def test_only_addresses_are_links_and_they_end_where_people_end_them():
    html = render_markdown(answer("addresses"))

    assert re.findall('href="(.*?)"', html) == [
        "https://example.com/a", "https://example.com/b", "https://example.com/c", "https://example.com/d",
        "https://example.com/a_(b)", "http://www.example.com", "https://example.com/%E8%B7%AF%E5%BE%84", "mailto:bob@example.com",
    ]  # fmt: skip
    assert Seen(html).words.split() == re.sub("[<>]", "", answer("addresses")).split()


def test_surplus_cells_are_shown():
    html = render_markdown("| a | b |\n|---|---|\n| P(A|B) | 1 |\n| $P(A|B)$ | 1 |\n| c | d | e | **f** |")

    assert [row.count("<td") + row.count("<th") for row in html.split("<tr>")[1:]] == [4, 4, 4, 4]
    assert "<strong>f</strong></td>" in html


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("## Steps", ["h3"]),
        ("## a\n\n#### b\n\n### c", ["h3", "h4", "h4"]),
        ("#### a\n\n# b\n\n###### c\n\n## d", ["h3", "h3", "h4", "h4"]),
        ("# a\n\n## b\n\n### c\n\n#### d\n\n##### e\n\n# f", ["h3", "h4", "h5", "h6", "h6", "h3"]),
    ],
)
def test_headings_skip_no_level(source, tags):
    assert re.findall("<(h[1-6])", render_markdown(source)) == tags
    assert re.findall("<(h[1-6])", GrowingMarkdown().render(source + "\n\n")) == tags


@pytest.mark.parametrize(
    ("source", "direction"),
    [
        ("- مرحبا\n- b", "rtl"), ("1. שלום", "rtl"), ("> **שלום**", "rtl"), ("| مرحبا | b |\n|---|---|", "rtl"), ("- a\n- مرحبا", "ltr"), ("- 12 مرحبا", "rtl"),
        ("- `code` א", "ltr"), ("> - שלום", "rtl"),
    ],
)  # fmt: skip
def test_lists_quotations_and_tables_follow_the_first_letter(source, direction):
    html = render_markdown(source)

    assert re.findall('<(?:ul|ol|blockquote|div class="table"[^>]*) dir="(.*?)"', html)[0] == direction
    assert "<li dir" not in html


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("1. a\n3. b\n4. c", ["3"]),
        ("1. a\n1. b\n1. c", []),
        ("5. a\n6. b", []),
        ("3. a\n2. b\n1. c", ["2", "1"]),
        ("1. a\n   7. b\n2. c\n9. d", ["9"]),
    ],
)
def test_items_keep_the_numbers_that_were_written(source, values):
    assert re.findall('<li value="(.*?)"', render_markdown(source)) == values


def test_every_code_block_has_a_head_with_all_that_its_fence_says():
    html = render_markdown("```python title=a.py\nx\n```\n\n    y\n\n```\nz\n```")

    assert re.findall('<span class="language">(.*?)</span>', html) == ["python title=a.py", "", ""]
    assert html.count("<figcaption>") == 3
