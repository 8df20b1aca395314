"""Open WebUI: the shown branch of a chat, reasoning and tools out of the HTML, tags and folders."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import read_exports, shapes, text_of
from tests.support.uploads import read_json, sample
from webapp.importers import left_out

FILE = "openwebui/librechat-openwebui-export.json"


def chat(messages, current="c", **row):
    inner = {"title": "T", "models": ["m"], "history": {"currentId": current, "messages": messages}}
    return [{"id": "chat-1", "user_id": "u", "title": "T", "chat": inner, **row}]


def node(key, parent, role, content, **more):
    return {key: {"id": key, "parentId": parent, "childrenIds": [], "role": role, "content": content, **more}}


def test_the_real_export():
    upload = read_exports(FILE)
    reasoning, tool, simple = upload.conversations

    assert upload.origins == {"openwebui"}
    assert shapes(upload.conversations) == ["u1 a1"] * 3
    assert [one.external_id for one in upload.conversations] == ["reasoning-chat", "tool-chat", "simple-chat"]
    assert text_of(reasoning) == "What is 15 * 17?\n\n255"
    assert reasoning.messages[1].reasoning == "15 * 17 = 15 * 10 + 15 * 7 = 150 + 105 = 255"
    assert reasoning.messages[1].reasoning_seconds == 3
    assert text_of(tool) == (
        "What's the weather in Paris?\n\n*[1 tool: get_weather]*\n\nThe weather in Paris is 18C with rain."
    )
    assert simple.messages[1].model == "llama3.1:latest"
    assert upload.counts == {left_out.TOOL: 1}


FORKED = {
    **node("a", None, "user", "Q"),
    **node("b", "a", "assistant", "first"),
    **node("c", "a", "assistant", "second"),
    **node("d", "c", "user", "more"),
    **node("e", "d", "assistant", "last"),
}


@pytest.mark.parametrize(
    ("current", "texts"),
    [
        ("b", "Q\n\nfirst"),
        ("c", "Q\n\nsecond\n\nmore\n\nlast"),  # an inner message: on to the last answer
        ("e", "Q\n\nsecond\n\nmore\n\nlast"),
        ("gone", "Q\n\nsecond\n\nmore\n\nlast"),
        (None, "Q\n\nsecond\n\nmore\n\nlast"),
    ],
)
def test_the_branch_of_the_current_message_is_shown(current, texts):
    one = read_json(chat(FORKED, current)).one()

    assert text_of(one) == texts
    assert one.left_out[left_out.BRANCH] == len(FORKED) - len(one.messages)


def test_other_names_of_the_current_message_count_in_their_order():
    value = chat(FORKED, "gone", current_message_id="e")
    value[0]["chat"]["branchPointMessageId"] = "b"

    assert text_of(read_json(value).one()) == "Q\n\nfirst"


def test_lists_of_children_are_not_trusted_and_circles_end():
    circle = {**node("a", "b", "user", "Q"), **node("b", "a", "assistant", "A")}
    for entry in circle.values():
        entry["childrenIds"] = ["zzz", entry["id"]]

    assert sorted(text_of(read_json(chat(circle, "b")).one()).split("\n\n")) == ["A", "Q"]


@pytest.mark.parametrize(
    ("content", "text", "reasoning", "seconds"),
    [
        (
            '<details type="reasoning" done="true" duration="12.5">\n<summary>Thought</summary>\n&gt; a &amp; b\n&gt; c\n</details>\nYes.',
            "Yes.",
            "a & b\nc",
            12.5,
        ),
        ('Before\n<details type="reasoning" done="false"><summary>…</summary>cut', "Before", "cut", None),
        (
            '```html\n<details type="reasoning">x</details>\n```',
            '```html\n<details type="reasoning">x</details>\n```',
            None,
            None,
        ),
        ('Say <details type="reasoning">x</details>', 'Say <details type="reasoning">x</details>', None, None),
    ],
)
def test_reasoning_is_taken_out_of_the_text(content, text, reasoning, seconds):
    one = read_json(chat({**node("a", None, "user", "Q"), **node("c", "a", "assistant", content)})).one()

    assert one.messages[1].content == text
    assert one.messages[1].reasoning == reasoning
    assert one.messages[1].reasoning_seconds == seconds


def test_tools_stand_where_they_ran():
    content = (
        'One.\n<details type="tool_calls" done="true" name="search" arguments="&quot;{}&quot;">\n<summary>Tool Executed'
        '</summary>\n</details>\n<details type="tool_calls" done="true" name="search">\n</details>\nTwo.\n'
        '<details type="code_interpreter" done="false">\n<summary>x</summary>\n```python\n1\n```\n</details>'
    )
    one = read_json(chat({**node("a", None, "user", "Q"), **node("c", "a", "assistant", content)})).one()

    assert one.messages[1].content == (
        "One.\n\n*[2 tools: search 2]*\n\nTwo.\n\n*[1 tool: code interpreter; 1 without result]*"
    )
    assert one.left_out == {left_out.TOOL: 3}


def test_an_answer_that_stands_only_in_its_output_is_shown():
    output = [
        {"type": "function_call", "call_id": "1", "name": "a", "status": "failed"},
        {"type": "message", "content": [{"type": "output_text", "text": "Done."}]},
    ]
    one = read_json(chat({**node("a", None, "user", "Q"), **node("c", "a", "assistant", "", output=output)})).one()

    assert one.messages[1].content == "*[1 tool: a; 1 failed]*\n\nDone."


def test_pictures_in_the_export_are_files_and_others_are_named():
    files = [
        {"type": "image", "url": "data:image/png;base64,iVBORw0KGgo="},
        {"type": "image", "url": "/api/v1/files/1/content", "name": "cat.png"},
        {"type": "file", "name": "a.pdf", "file": {"filename": "a.pdf"}},
        {"type": "collection", "name": "Books"},
    ]
    messages = {**node("a", None, "user", "", files=files), **node("c", "a", "assistant", "Fine.")}
    one = read_json(chat(messages)).one()

    assert [(file.name, file.open().read()) for file in one.messages[0].files] == [
        ("image.png", b"\x89PNG\r\n\x1a\n"),
    ]
    assert one.messages[0].content == (
        "*[image: cat.png, not in the export]*\n\n*[file: a.pdf, not in the export]*\n\n*[collection: Books]*"
    )
    assert one.left_out == {left_out.MISSING_FILE: 2}


def test_tags_flags_sources_and_errors():
    answer = node(
        "c",
        "a",
        "assistant",
        "See [1].",
        error={"content": "Too many requests"},
        sources=[
            {"source": {"name": "search"}, "metadata": [{"source": "https://x.test/a"}, {"source": "https://x.test/a"}]}
        ],
    )
    row = {
        "archived": True,
        "pinned": True,
        "meta": {"tags": ["work", "  "]},
        "folder_id": "1a2b3c",
        "created_at": 1700000000,
        "updated_at": 1700000001,
    }
    one = read_json(chat({**node("a", None, "user", "Q"), **answer}, **row)).one()

    assert (one.archived, one.pinned, list(one.tags)) == (True, True, ["work", "folder 1a2b"])
    assert one.messages[1].content == (
        "See [1].\n\nSources:\n\n- [search](https://x.test/a)\n\n*[error: Too many requests]*"
    )


def test_one_id_twice_makes_two_chats_and_an_empty_chat_is_named():
    first, second = chat(FORKED)[0], chat(FORKED, "b")[0]
    empty = chat({})[0]
    upload = read_json([first, second, empty, None, 3])

    assert [one.external_id for one in upload.conversations] == ["chat-1", None]
    assert upload.counts[left_out.EMPTY_CHAT] == 3


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_damage_is_an_error(random):
    survives_damage(sample(FILE), "openwebui", random)
