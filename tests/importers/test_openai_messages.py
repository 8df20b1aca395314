"""OpenAI's messages: parts of every kind, calls of tools, and refusals."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import text_of
from tests.support.uploads import read_json, read_text
from webapp.importers import left_out

PNG = "data:image/png;base64,iVBORw0KGgo="
PARTS = [
    {"type": "text", "text": "Look"},
    {"type": "image_url", "image_url": {"url": PNG}},
    {"type": "image_url", "image_url": PNG},
    {"type": "image", "image": PNG},
    {"type": "input_image", "image_url": "https://x.test/a/cat.png?size=1"},
    {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    {"type": "file", "file": {"filename": "../a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}},
    {"type": "file", "file": {"file_id": "file-1", "filename": "b.pdf"}},
    {"type": "text", "value": "LLaMA"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,###"}},
]
CHAT = {
    "messages": [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": PARTS, "name": "Alice"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "a", "arguments": "{}"}}, {}]},
        {"role": "tool", "content": "3", "tool_call_id": "1"},
        {"role": "assistant", "content": None, "function_call": {"name": "old", "arguments": "{"}},
        {"role": "assistant", "content": "", "refusal": "I cannot."},
        {"role": "assistant", "content": [{"type": "reasoning", "text": "Hm."}, {"type": "output_text", "text": "Yes"}, "no"]},
        {"role": "user", "content": ""},
    ]
}  # fmt: skip


def test_parts_become_texts_files_and_notes():
    person = read_json(CHAT).one().messages[0]

    assert person.content == (
        "*[Alice]*\n\nLook\n\n*[image: cat.png, not in the export]*\n\n*[file: b.pdf, not in the export]*"
        "\n\nLLaMA\n\n*[image, not in the export]*"
    )
    assert [(file.name.split(".")[0], file.open().read()[:4]) for file in person.files] == [
        *[("image", b"\x89PNG")] * 3,
        ("recording", b"RIFF"),
        ("a", b"%PDF"),
    ]


def test_tools_refusals_and_reasoning():
    one = read_json(CHAT).one()

    assert [message.content for message in one.messages[1:]] == [
        "*[2 tools: a, tool]*",
        "*[1 tool: old]*",
        "I cannot.",
        "Yes\n\nno",
    ]
    assert one.messages[-1].reasoning == "Hm."
    assert one.left_out == {
        left_out.SYSTEM: 1, left_out.TOOL: 3, left_out.HIDDEN: 1, left_out.MISSING_FILE: 3, left_out.EMPTY: 1,
    }  # fmt: skip


def test_llama_factory_lines():
    row = {"messages": [
        {"role": "user", "content": [{"type": "text", "value": "Q"}], "loss_weight": 0.0},
        {"role": "assistant", "content": [{"type": "text", "value": "A"}], "loss_weight": 1.0},
    ]}  # fmt: skip
    upload = read_text(f"{json.dumps(row)}\n{json.dumps(row)}\nbroken\n", "a.jsonl")

    assert [text_of(one) for one in upload.conversations] == ["Q\n\nA", "Q\n\nA"]
    assert upload.counts == {left_out.UNREADABLE: 1}


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_no_damage_is_an_error(random, lines):
    survives_damage([CHAT, CHAT] if lines else CHAT, "openai", random, lines=lines)
