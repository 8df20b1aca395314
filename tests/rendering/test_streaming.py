"""A reply as it is being written: safe at every moment, cheap, and in the end the finished message."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendering.seen import Seen
from tests.rendering.test_hostile_markdown import HOSTILE
from webapp.rendering import GrowingMarkdown, render_markdown
from webapp.rendering.block_completion import without_undecided_line
from webapp.rendering.inline_completion import completed_spans

PLAN = """## A plan

Here is **what** I *would* do, in `three` steps:

1. **Install** the package:

   ```bash
   pip install flask  # now
   ```

2. Run it, see [the docs](https://flask.palletsprojects.com/en/stable/ "Flask").
   - nested *item* with `` a`b ``
   - [ ] open task
   - [x] done __well__
3. Done ~~never~~, as shown in [1], and `a[i]` or a[i].

---

The end: 5 * 3 = 15, it costs $5-$10 or $6. Wow! ![cat](https://example.com/cat.png) AT&T &amp; more.
"""

TABLES = """Table:
| Name | `Value` | **c** |
|:-----|------:|:-:|
| **a** | `1` | 2 |
| [x](https://example.com) | *y* | ~~z~~ |

> A quote with **bold
> over lines** and more.
>
> | a | b |
> |---|---|
> | 1 | 2 |
>
> - list in `quote`

1. First

   | a | b |
   |---|---|
   | 1 | 2 |

2. Second
"""

FORMULAS = r"""# Formulas

So \(a^2 + b^2 = c^2\) and $E = mc^2$, also $2x+1$, thus

$$
\int_0^1 x\,dx = \frac{1}{2}
$$

and

\[
x = \frac{-b}{2a}
\]

### 2. More

$$a = b$$

See <https://example.com/a_b> or https://example.com/x?y=1&z=2.
"""

SCRIPTS = """这是**粗体**字，还有*斜体*和`代码`。

- 第一项：**重要**
- 第二项

مرحبا **بالعالم** هذا `نص` عادي.

1. שלום *עולם*

👨‍👩‍👧 Emoji **🎉 party** 🚀
"""

CODE = """Intro:
- one
- two
  continued **here**
- three

```python
def f(x):
    return f"`{x}` **not bold** | - #"

---
```

~~~
$$ no formula
~~~

````md
```py
x = `1`
```
````

    indented - code

Text with a hard\\
break and snake_case_name, 2 * 3 * 4, <b>html</b>.

* * *

1) a
2) b
"""

REPLIES = {"plan": PLAN, "tables": TABLES, "formulas": FORMULAS, "scripts": SCRIPTS, "code": CODE}
every_reply = pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)

#: What Markdown is made of, hostile or not; a definition of a reference is not followed while a text grows.
PIECES = [*"[]()!>-*_`~$<&|#\n:=.\\\"' \t", "](", "**a ", "\\(", "\\[", "```py\n", "    ", "1. ", "word ", "|--|", "| a |\n", "- [x] ", "<https://a", "中", "&amp;", "é", "\r\n", "\0", "\n\n"]  # fmt: skip
markdown = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


class Outline(HTMLParser):
    """The kinds of the outermost blocks, and the text without its spaces."""

    def __init__(self, html):
        super().__init__()
        self.depth, self.blocks, self.text = 0, [], ""
        self.feed(html)

    def handle_starttag(self, tag, _attrs):
        if not self.depth:
            self.blocks.append(tag)
        self.depth += tag not in {"br", "hr"}

    def handle_endtag(self, tag):
        self.depth -= tag not in {"br", "hr"}

    def handle_data(self, data):
        self.text += "".join(data.split())


def prefixes(text):
    return [text[:length] for length in range(len(text) + 1)]


def growing(text):
    """Every HTML that is shown while the text comes character by character."""
    markdown = GrowingMarkdown()
    return [markdown.render(prefix) for prefix in prefixes(text)]


def shown(text):
    return GrowingMarkdown().render(text)


def without_space_between(html):
    return re.sub(r">\s+<", "><", html).strip()


@every_reply
def test_it_does_not_matter_how_the_text_came(reply):
    assert growing(reply) == [shown(prefix) for prefix in prefixes(reply)]


@every_reply
def test_the_whole_text_looks_like_the_finished_message(reply):
    assert without_space_between(growing(f"{reply}\n\n")[-1]) == without_space_between(render_markdown(reply))


@every_reply
def test_what_is_settled_only_becomes_more(reply):
    markdown = GrowingMarkdown()
    parts = [markdown.parts(prefix) for prefix in prefixes(reply)]

    assert all(after.startswith(before) for (before, _), (after, _) in pairwise(parts))
    assert [settled + moving for settled, moving in parts] == growing(reply)


@given(markdown)
@settings(max_examples=100, deadline=None)
def test_any_text_can_grow(text):
    assert growing(text)[-1] == shown(text)


@given(markdown)
@settings(max_examples=100, deadline=None)
def test_any_finished_text_looks_like_the_finished_message(text):
    text = f"{text}\n\n"

    assert without_space_between(shown(text)) == without_space_between(render_markdown(text))


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_any_characters_can_grow(text):
    assert growing(text)[-1] == shown(text)


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_gets_through_that_could_act_at_any_moment(source):
    for html in growing(source):
        seen = Seen(html)
        assert not seen.tags & {"script", "img", "svg", "style", "iframe", "form", "button", "input", "base", "meta"}
        assert not [name for _, name, _ in seen.attributes if name.startswith(("on", "hx-")) or name in {"style", "id"}]
        assert not [value for _, name, value in seen.attributes if name == "href" and value.startswith("javascript")]


@pytest.mark.parametrize(
    "piece",
    ["[", "![", "> ", "- ", "*", "**a ", "_", "`", "~~", "$", "\\(", "<", "&", "|a", "#", "[a](", "\\[", "a\n\n"],
)
def test_ten_thousand_openings_do_no_harm(piece):
    assert isinstance(shown(piece * 10_000 + "end"), str)


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("a **bold** word", "[*]"),
        ("a *slanted* and _slanted_ word", "[*_]"),
        ("a ***bold and slanted*** word", "[*]"),
        ("a ~~struck~~ word", "~"),
        ("some `code` and ``more`` of it", "`"),
        ("**bold `code`** and *it **both***", "[*`]"),
        ('see [the docs](https://example.com/a_b "t") there', r"\]\(|https"),
        ("see [**the** docs](https://example.com/a) there", r"\]\(|https|\*"),
        ("a fact[1](https://example.com) and one [2](https://example.com)", r"\]\("),
        ("an image ![of a cat](https://example.com/cat.png)!", r"\]\("),
        ("so \\(x^2\\) and $y_2$ and \\[z\\]", r"[\\$^_]"),
        ("# A `heading` of **note**\n", "[#`*]"),
        ("- an `item` of **note**\n", "[`*-]"),
        ("| a `cell` | of **note** |\n|---|---|\n| a `cell` | of **note** |", r"[`*-]"),
        ("```python\nx = 1\n```\n", "`"),
        ("a\\\nb", r"\\"),
    ],
)  # fmt: skip
def test_a_mark_is_never_seen(text, never):
    for html in growing(text):
        assert not re.search(never, Seen(html).words), html


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a **", "a"),
        ("a **bo", "a bo"),
        ("a * b", "a * b"),
        ("2*3", "2*3"),
        ("snake_case", "snake_case"),
        ("It costs $5 and", "It costs $5 and"),
        ("AT&T is", "AT&T is"),
        ("a[i] and x[0]", "a[i] and x[0]"),
        ("see [1] and (a) [b] c", "see [1] and (a) [b] c"),
        ("[not a link](with words", "[not a link](with words"),
        ("see [the docs](https://exa", "see the docs"),
        ("see [the do", "see the do"),
        ("**x (", "x ("),
        ("half \ud83d of a character", "half \ufffd of a character"),
    ],
)
def test_what_can_be_shown_is_shown(text, words):
    assert Seen(shown(text)).words.strip() == words


@pytest.mark.parametrize("line", ["-", "- ", "=", "*", "**", "#", "## ", ">", "+", "|", "|--", "12", "1.", "2) ", "`", "~~~", "```py", "$$"])  # fmt: skip
def test_a_line_that_may_become_anything_waits(line):
    assert without_undecided_line(f"Intro:\n{line}") == "Intro:\n"
    assert Outline(shown(f"Intro:\n{line}")).blocks == ["p"]


@pytest.mark.parametrize("line", ["-", "##", "| a", "===", "1.", "~~~"])
def test_in_a_fence_a_line_of_marks_is_code_when_it_has_ended(line):
    assert line in Seen(shown(f"- item\n  ```\n  code\n  {line}\n")).words


@given(st.lists(st.sampled_from([*"`$*[]()!\\_ a1", "](", "\\(", "\\)"]), max_size=30).map("".join))
def test_completing_a_line_only_takes_from_it_and_closes_code(text):
    kept, closing = completed_spans(text)

    assert set(closing) <= {"`"}
    left = iter(text)
    assert all(character in left for character in kept)


def test_the_line_that_closes_a_fence_is_not_seen_as_code():
    assert {Seen(html).words.strip() for html in growing("```\nx\n```\n")} == {"", "x"}


def test_the_label_of_a_fence_appears_whole():
    assert {label for html in growing("```python\nx") for label in re.findall('"language">(.*?)<', html)} == {"python"}


def test_long_code_that_goes_on_has_its_colours_but_for_the_end():
    code = "def f(): return '<b>'\n" * 1_000
    html = shown(f"```python\n{code}")

    assert "".join(Seen(html).words.split()) == "python" + "".join(code.split())
    assert 900 < html.count('class="c-k">def<') < 1_000
    assert shown(f"```python\n{code}```\n\n") == render_markdown(f"```python\n{code}```")


def test_a_formula_over_a_blank_line_is_one_in_the_end():
    assert growing("Intro\n\n$$\na\n\nb\n$$\n\nend")[-1] == render_markdown("Intro\n\n$$\na\n\nb\n$$\n\nend")


def test_another_text_starts_anew():
    markdown = GrowingMarkdown()
    markdown.render("one\n\ntwo\n\nthree")

    assert markdown.render("four") == render_markdown("four")


def test_a_finished_block_is_rendered_once(monkeypatch):
    rendered = []
    monkeypatch.setattr("webapp.rendering.streaming.render_within", lambda text, *_: rendered.append(text) or "")

    growing("".join(f"Paragraph {number}.\n\n" for number in range(9)))

    assert rendered == [f"Paragraph {number}.\n\n" for number in range(8)]
