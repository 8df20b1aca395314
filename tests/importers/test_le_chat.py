"""Le Chat: a file a chat, its messages in no order, its files in a folder beside it."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import text_of
from tests.support.uploads import read_json, read_zip
from webapp.importers import left_out


def message(key, role, content, at, **more):
    """A message as the program writes it, built from a description of the format: no free sample is known."""
    return {
        "id": key, "version": 0, "chatId": "chat-1", "role": role, "content": content, "contentChunks": None,
        "createdAt": at, "reaction": "neutral", "context": None, "canvas": [], "quotes": [], "files": [], **more,
    }  # fmt: skip


ANSWER = [
    {"type": "text", "text": "It rains."},
    {"type": "tool_call", "name": "web_search", "publicArguments": "{}", "publicResult": "x", "success": False},
    {"type": "reference", "referenceIds": [0]},
    {"type": "text", "text": "Take a coat."},
    {"type": "image_url", "imageUrl": "https://x.test/1"},
    {"type": "hologram"},
]
CHAT = [
    message("3", "user", "And now?", "2026-01-01T10:00:00.300Z"),
    message("2", "assistant", "It rains.Take a coat.", "2026-01-01T10:00:00.200Z", contentChunks=ANSWER),
    message("1", "user", "Weather?", "2026-01-01T10:00:00.100Z", files=[{"type": "image", "name": "sky.png"}, {"type": "document", "name": "a.pdf"}]),
    message("4", "assistant", "Sun.", "2026-01-01T10:00:00.300Z", canvas=[{"title": "Plan", "content": "Walk"}]),
]  # fmt: skip


def test_messages_are_in_the_order_of_their_times_and_chunks_win_over_the_content():
    one = read_json(CHAT).one()

    assert [entry.content for entry in one.messages] == [
        "Weather?\n\n*[image: sky.png, not in the export]*\n\n*[file: a.pdf, not in the export]*",
        (
            "It rains.\n\n*[1 tool: web_search; 1 failed]*\n\nTake a coat.\n\n*[image, not in the export]*\n\n"
            "*[part of an unknown kind: hologram]*"
        ),
        "And now?",
        "Sun.\n\n*[canvas: Plan]*\n\n```\nWalk\n```",
    ]
    assert (one.external_id, one.title) == ("chat-1", "")
    assert one.left_out == {
        left_out.MISSING_FILE: 3, left_out.TOOL: 1, left_out.CITATION: 1, left_out.UNKNOWN_PART: 1,
    }  # fmt: skip


def test_a_sentence_around_a_reference_stays_one():
    chunks = [
        {"type": "text", "text": "The sky"},
        {"type": "reference", "referenceIds": [1]},
        {"type": "text", "text": " is blue."},
        {"type": "custom_element"},
        {"type": "text", "text": "\n\n- really"},
    ]
    one = read_json([message("1", "assistant", "", "2026-01-01T10:00:00Z", contentChunks=chunks)]).one()

    assert text_of(one) == "The sky is blue.\n\n- really"
    assert one.left_out == {left_out.CITATION: 1, left_out.HIDDEN: 1}


def test_the_files_of_a_chat_lie_in_its_folder():
    upload, files = read_zip(
        {
            "export/chat-chat-1.json": json.dumps(CHAT),
            "export/chat-chat-1-files/sky.png": b"\x89PNG",
            "export/chat-chat-1-files/unnamed.bin": b"\0",
            "export/chat-chat-2-files/a.pdf": b"%PDF",
        }
    )

    assert upload.origins == {"le-chat"}
    assert files == {"sky.png": b"\x89PNG"}
    assert upload.counts[left_out.UNUSED_FILE] == 2


def test_a_chat_without_its_id_has_that_of_its_file():
    messages = [{**entry, "chatId": ""} for entry in CHAT]
    upload, _ = read_zip({"chat-abc.json": json.dumps(messages)})

    assert upload.one().external_id == "abc"


def test_of_one_message_the_last_version_is_shown():
    one = read_json(
        [
            message("1", "user", "Q", "2026-01-01T10:00:00Z"),
            message("2", "assistant", "new", "2026-01-01T10:00:02Z", version=1),
            message("2", "assistant", "old", "2026-01-01T10:00:01Z"),
        ]
    ).one()

    assert text_of(one) == "Q\n\nnew"
    assert one.left_out == {left_out.BRANCH: 1}


def test_times_that_are_missing_or_equal_keep_the_order_of_the_file_with_the_person_first():
    one = read_json(
        [
            message("1", "assistant", "A", "2026-01-01T10:00:00Z"),
            message("2", "user", "Q", "2026-01-01T10:00:00Z"),
            message("3", "assistant", "none", None),
        ]
    ).one()

    assert text_of(one) == "Q\n\nA\n\nnone"


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_damage_is_an_error(random):
    survives_damage(CHAT, "le-chat", random)
