"""AI Studio: chunks as messages, thoughts, code and files in place, drafts and instructions counted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import read_exports, shape, text_of
from tests.support.uploads import read_json, sample
from webapp.importers import left_out

PREFIX = "gemini/aistudio-polylogue-"
NAMES = {
    "text_only_prompt": ("Capital trivia", "u2 a2", {}),
    "multi_turn_prompt": ("Drive doc summary", "u2 a2", {left_out.MISSING_FILE: 1}),
    "multimodal_session": ("Multimodal Gemini session", "u3 a1", {left_out.MISSING_FILE: 1}),
    "code_execution_prompt": ("Code interpreter run", "u1 a1", {left_out.TOOL: 1}),
    "code_execution_session": ("Code execution", "u1 a2", {left_out.TOOL: 1}),
    "branching_session": ("Branching Gemini session", "u1 a3", {left_out.EMPTY: 1}),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_samples(name):
    upload = read_exports(f"{PREFIX}{name}.json")
    one = upload.one()

    assert upload.origins == {"ai-studio"}
    assert (one.title, shape(one), one.left_out) == NAMES[name]


def test_files_and_videos_of_the_samples():
    turns = read_exports(f"{PREFIX}multi_turn_prompt.json").one().messages
    assert turns[0].content == "Summarize this doc.\n\n*[file: report.pdf, not in the export]*"
    assert turns[1].reasoning == "Reading the document..."

    _, picture, video, _ = read_exports(f"{PREFIX}multimodal_session.json").one().messages
    assert (picture.content, picture.files[0].open().read()) == ("", b"\x89PNG\r\n\x1a\n")
    assert video.content == "*[YouTube video abc123: https://www.youtube.com/watch?v=abc123]*"


def test_code_edits_errors_and_sources_of_the_samples():
    answer = read_exports(f"{PREFIX}code_execution_prompt.json").one().messages[1]
    assert answer.reasoning == "I should use code execution."
    assert answer.content == (
        "*[1 tool: code execution]*\n\n```python\nprint(2+2)\n```\n\n```\n4\n```\n\nThe answer is 4."
    )
    _, edited, grounded, broken = read_exports(f"{PREFIX}branching_session.json").one().messages
    assert edited.content == "First (edited) answer.\n\n*[edited answer]*"
    assert grounded.content.endswith("Sources:\n\n- [Example](https://example.com/source)")
    assert broken.content == "Partial response cut off.\n\n*[interrupted: Stream interrupted]*"


def native(*chunks, pending=(), **more):
    return {
        "runSettings": {"model": "models/gemini-2.5-pro"},
        "chunkedPrompt": {"chunks": chunks, "pendingInputs": pending},
        **more,
    }


def test_a_native_file_is_named_after_its_file():
    value = native(
        {"role": "user", "text": "Q"},
        {"role": "model", "text": "Hm.", "isThought": True},
        {"role": "model", "text": "A", "finishReason": "MAX_TOKENS"},
        pending=[{"role": "user", "text": "unsent"}, {"role": "user", "text": ""}],
        systemInstruction={"parts": [{"text": "Be kind."}]},
    )
    one = read_json(value, "My long chat").one()

    assert (one.title, one.model, one.external_id) == ("My long chat", "gemini-2.5-pro", None)
    assert (one.messages[1].reasoning, one.messages[1].finish_reason) == ("Hm.", "length")
    assert text_of(one) == "Q\n\nA\n\n*[the answer was cut off]*"
    assert one.left_out == {left_out.SYSTEM: 1, left_out.DRAFT: 1}


def test_thoughts_without_an_answer_and_failed_code():
    one = read_json(native(
        {"role": "user", "parts": [{"text": "Q"}, {"driveImage": {"id": "1"}}]},
        {"role": "model", "parts": [{"text": "Hm.", "thought": True}]},
        {"role": "user", "text": "Q2"},
        {"role": "model", "executableCode": {"language": "PYTHON", "code": "1/0"}, "codeExecutionResult": {"outcome": "OUTCOME_FAILED"}},
    )).one()  # fmt: skip

    assert [message.content for message in one.messages] == [
        "Q\n\n*[image: Drive file 1, not in the export]*",
        "*[reasoning without an answer]*",
        "Q2",
        "*[1 tool: code execution; 1 failed]*\n\n```python\n1/0\n```",
    ]
    assert one.messages[1].reasoning == "Hm."


@pytest.mark.parametrize("text", ["", "One two."])
def test_the_parts_of_a_chunk_are_pieces_of_its_text(text):
    parts = [{"text": "Hm, ", "thought": True}, {"text": "well.", "thought": True}, {"text": "One "}, {"text": "two."}]
    one = read_json(native({"role": "user", "text": "Q"}, {"role": "model", "text": text, "parts": parts})).one()

    assert one.messages[1].content == "One two."
    assert one.messages[1].reasoning == "Hm, well."


def test_a_prompt_without_chunks_is_an_empty_chat():
    assert read_json(native(pending=[{"text": "only a draft"}])).counts == {left_out.EMPTY_CHAT: 1}


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(sorted(NAMES)))
def test_no_damage_is_an_error(random, name):
    survives_damage(sample(f"{PREFIX}{name}.json"), "ai-studio", random)
