"""DeepSeek: a tree of nodes with fragments; the inputs are built from descriptions, as no free sample is known."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import text_of
from tests.support.uploads import read_json
from webapp.importers import left_out


def node(key, parent, at, *fragments, **more):
    said = {"files": [], "model": "deepseek-chat", "inserted_at": at, "fragments": list(fragments), **more}
    return {key: {"id": key, "parent": parent, "children": [], "message": said}}


def fragment(kind, content="", **more):
    return {"type": kind, "content": content, **more}


ROOT = {"root": {"id": "root", "parent": None, "children": ["1"], "message": None}}
FILE = [
    {
        "id": "c1",
        "title": "Rain",
        "inserted_at": "2026-01-01T10:00:00.000000+08:00",
        "updated_at": "2026-01-01T10:05:00.000000+08:00",
        "mapping": {
            **ROOT,
            **node("1", "root", "2026-01-01T10:00:01+08:00", fragment("REQUEST", "Weather?"), fragment("FILE", file_name="a.pdf")),
            # An answer may be stamped before its question.
            **node("2", "1", "2026-01-01T10:00:00.990+08:00", fragment("THINK", "Hm.", elapsed_secs=2.5),
                   fragment("SEARCH", results=[{"url": "https://x.test/a", "title": "Sky", "snippet": "…"}]),
                   fragment("TOOL_OPEN"), fragment("RESPONSE", "Rain."), fragment("TIP", "本回答由 AI 生成")),
            **node("3", "1", "2026-01-01T10:04:00+08:00", fragment("RESPONSE", "Sun.")),
            **node("4", "3", 1767233100.5, fragment("REQUEST", "Sure?")),
            **node("5", "4", "2026-01-01T10:05:01+08:00", fragment("THINK", "Hm.")),
        },
    }
]  # fmt: skip


def test_the_newest_branch_is_shown():
    upload = read_json(FILE)
    one = upload.one()

    assert upload.origins == {"deepseek"}
    assert (one.external_id, one.title, one.model) == ("c1", "Rain", "deepseek-chat")
    assert one.create_time.isoformat() == "2026-01-01T02:00:00+00:00"
    assert text_of(one) == (
        "Weather?\n\n*[file: a.pdf, not in the export]*\n\nSun.\n\nSure?\n\n*[reasoning without an answer]*"
    )
    assert one.messages[-1].reasoning == "Hm."
    assert one.left_out == {left_out.BRANCH: 1, left_out.MISSING_FILE: 1}


def test_reasoning_search_and_tools_of_an_answer():
    mapping = FILE[0]["mapping"]
    one = read_json([{**FILE[0], "mapping": {key: mapping[key] for key in ("root", "1", "2")}}]).one()

    assert (one.messages[1].reasoning, one.messages[1].reasoning_seconds) == ("Hm.", 2.5)
    assert one.messages[1].content == ("*[2 tools: search, open]*\n\nRain.\n\nSources:\n\n- [Sky](https://x.test/a)")
    assert one.left_out == {left_out.TOOL: 2, left_out.HIDDEN: 1, left_out.MISSING_FILE: 1}


def test_a_node_without_a_message_in_the_middle_joins_its_neighbours():
    mapping = {
        **ROOT,
        **node("1", "root", 1767233100, fragment("REQUEST", "Q")),
        "2": {"id": "2", "parent": "1", "message": None},
        **node("3", "2", 1767233101, fragment("RESPONSE", "A"), fragment("NEW", "x")),
    }

    assert text_of(read_json([{"id": "c", "mapping": mapping}]).one()) == (
        "Q\n\nA\n\n*[part of an unknown kind: NEW]*\n\nx"
    )


def test_question_and_answer_in_one_node_are_two_messages():
    mapping = {**ROOT, **node("1", "root", 1767233100, fragment("REQUEST", "Q"), fragment("RESPONSE", "A"))}
    one = read_json([{"id": "c", "mapping": mapping}]).one()

    assert [(message.role, message.content) for message in one.messages] == [("user", "Q"), ("assistant", "A")]


def test_captures_of_the_web_api():
    messages = [
        {"message_id": 1, "parent_id": None, "role": "USER", "content": "Q", "inserted_at": 1767233100.1},
        {"message_id": 2, "parent_id": 1, "role": "ASSISTANT", "content": "A", "thinking_content": "Hm.", "inserted_at": 1767233100},
        {"message_id": 3, "parent_id": 2, "role": "USER", "fragments": [fragment("REQUEST", "Q2")], "inserted_at": 1767233105},
    ]  # fmt: skip
    capture = {"data": {"biz_data": {"chat_session": {"id": "s", "title": "T"}, "chat_messages": messages}}}
    one = read_json(capture).one()

    assert (one.external_id, one.title, text_of(one)) == ("s", "T", "Q\n\nA\n\nQ2")
    assert one.messages[1].reasoning == "Hm."


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_damage_is_an_error(random):
    survives_damage(FILE, "deepseek", random)
