"""ShareGPT: speakers under many names, texts as Markdown or as the page's HTML, pieces, tools."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import read_exports, shape, text_of
from tests.support.uploads import read_json, read_text, sample
from webapp.importers import left_out

FILE = "sharegpt/fastchat-dummy_conversation.json"


def said(speaker, value):
    return {"from": speaker, "value": value}


def one_of(*conversations, **more):
    return read_json([{"id": "x", "conversations": list(conversations), **more}]).one()


def test_the_real_set():
    upload = read_exports(FILE)

    assert upload.origins == {"sharegpt"}
    assert len(upload.conversations) == 500
    assert sum(len(one.messages) for one in upload.conversations) == sum(
        len(one["conversations"]) for one in sample(FILE)
    )
    assert [one.external_id for one in upload.conversations[:2]] == ["identity_0", "identity_1"]
    assert upload.counts == {}


def test_lines_hold_the_same_as_an_array():
    lines = "\n".join(json.dumps(one) for one in sample(FILE)[:7])

    assert read_text(lines).conversations == read_json(sample(FILE)[:7], "upload.txt").conversations


def test_pieces_of_one_conversation_stay_apart_and_may_begin_with_an_answer():
    pieces = [
        {"id": "QWJhYvA_0", "conversations": [said("human", "Q"), said("gpt", "A")]},
        {"id": "QWJhYvA_1", "conversations": [said("gpt", "B"), said("human", "C")]},
        {"id": "QWJhYvA_1", "conversations": [said("gpt", "D")]},
        {"id": "QWJhYvA_2", "conversations": []},
    ]
    upload = read_json(pieces)

    assert [(one.external_id, shape(one)) for one in upload.conversations] == [
        ("QWJhYvA_0", "u1 a1"),
        ("QWJhYvA_1", "u1 a1"),
        (None, "u0 a1"),
    ]
    assert upload.counts == {left_out.EMPTY_CHAT: 1}


@pytest.mark.parametrize("speaker", ["gpt", "chatgpt", "bing", "bard", "assistant", "GPT"])
def test_every_name_of_an_assistant(speaker):
    assert shape(one_of(said("user", "Q"), said(speaker, "A"))) == "u1 a1"


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (
            '<div class="markdown prose w-full"><p>Hi <strong>you</strong> &amp; me</p><p>2</p></div>',
            "Hi **you** & me\n\n2",
        ),
        ("<p>a</p><ul><li>one</li><li>two</li></ul>", "a\n\n- one\n- two"),
        (
            (
                '<div class="markdown"><pre><div class="x"><span>css</span><button>Copy code</button></div><div><code class="!whitespace-pre hljs '
                'language-css">a { b: c }\n</code></div></pre></div>'
            ),
            "```css\na { b: c }\n```",
        ),
        ('<p>Hi</p><script>alert(1)</script><a href="javascript:alert(1)">x</a>', "Hi\n\nx"),
        ("<p>&lt;script&gt; and *</p>", "<script> and \\*"),
    ],
)
def test_the_html_of_the_page_becomes_markdown(html, markdown):
    assert one_of(said("human", "Q"), said("gpt", html)).messages[1].content == markdown


def test_a_person_who_writes_html_is_not_changed():
    html = "<div>\n  <p>Why does this not work?</p>\n</div>"

    assert one_of(said("human", html), said("gpt", "A")).messages[0].content == html


def test_tools_systems_and_strangers():
    one = one_of(
        said("system", "Be kind."),
        said("human", "Q"),
        said("function_call", '{"name": "search", "arguments": {}}'),
        said("observation", "3"),
        said("gpt", "Three."),
        said("narrator", "The end."),
        tools="[]",
    )

    assert text_of(one) == (
        "Q\n\n*[1 tool: search]*\n\nThree.\n\n*[part of an unknown kind: message of “narrator”]*\n\nThe end."
    )
    assert one.left_out == {
        left_out.SYSTEM: 1,
        left_out.TOOL: 1,
        left_out.HIDDEN: 1,
        left_out.UNKNOWN_PART: 1,
    }


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_no_damage_is_an_error(random, lines):
    survives_damage(sample(FILE)[:6], "sharegpt", random, lines=lines)
