"""The published Claude exports give what their readers saw, and name what is left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.exports import read_exports, shapes, text_of
from webapp.importers import left_out


@pytest.mark.parametrize(
    ("file", "expected", "counts"),
    [
        ("osteele-conversations.json", ["u1 a1", "u2 a2"], {}),
        (
            "osteele-multiple-errors.json",
            ["u1 a0", "u1 a0", "u1 a1"],
            {left_out.UNREADABLE: 1, left_out.EMPTY_CHAT: 1, left_out.UNKNOWN_PART: 2},
        ),
        ("osteele-sample-data.json", ["u1 a1"], {}),
        ("osteele-sample-history.json", ["u3 a3"], {}),
        ("osteele-sample-webdev.json", ["u1 a1"], {}),
        ("osteele-rendering-tests.json", ["u3 a7"], {}),
        ("osteele-with-errors.json", ["u3 a7"], {left_out.UNKNOWN_PART: 5}),
        ("osteele-bakery-chat.json", ["u2 a2"], {left_out.MISSING_FILE: 1}),
        (
            "librechat-claude-2025.zip",
            ["u2 a1", "u2 a5"],
            {
                left_out.BRANCH: 1,
                left_out.MISSING_FILE: 2,
                left_out.TOOL: 4,
                left_out.EMPTY_CHAT: 1,
                left_out.NOT_A_CHAT: 1,
                left_out.PRIVATE: 1,
            },
        ),
        ("simonw-artifacts.json", ["u10 a10"], {left_out.MISSING_FILE: 5}),
        ("yanndebray-sample.json", ["u2 a2", "u1 a1", "u1 a1"], {}),
        ("polylogue-fuzz-sample-00.json", ["u2 a1"], {left_out.UNKNOWN_PART: 8, left_out.MISSING_FILE: 9}),
    ],
)
def test_a_published_export_gives_its_chats(file, expected, counts):
    upload = read_exports(f"claude/{file}")

    assert upload.origins - {""} == {"claude"}
    assert shapes(upload.conversations) == expected
    assert upload.counts == counts


def test_a_branch_ends_with_its_newest_leaf():
    branching = read_exports("claude/librechat-claude-2025.zip").conversations[0]

    assert (branching.title, branching.external_id) == ("Branching answer", "claude-branched")
    assert [message.content for message in branching.messages] == [
        "Which town should I stay in?",
        "Ravello.",
        "Why Ravello?",
    ]
    assert branching.create_time == datetime(2025, 12, 8, 17, tzinfo=UTC)
    assert branching.messages[0].external_id == "m1"


def test_tools_files_and_pasted_texts_stand_in_their_places():
    tooling = read_exports("claude/librechat-claude-2025.zip").conversations[1]

    assert [message.content for message in tooling.messages] == [
        (
            "Registration.tsx\n\n```tsx\nexport const Registration = () => null;\n```\n\n"
            "*[image: photo.png, not in the export]*"
        ),
        "*[1 tool: bash_tool]*",
        "*[1 tool: artifacts; 1 failed]*",
        (
            "*[1 tool: web_search]*\n\nRedis needs a URI when enabled. Set "
            "[librechat.ai](https://www.librechat.ai/docs/configuration/redis) it in your .env file. "
            "[librechat.ai](https://www.librechat.ai/docs/configuration/dotenv)"
        ),
        "*[1 tool: view; 1 without result]*",
        "*[image: diagram.png, not in the export]*",
        "Recovered from the flat text field.",
    ]


def test_projects_and_empty_chats_are_named():
    found = {one.kind: one for one in read_exports("claude/librechat-claude-2025.zip").left_out}

    assert found[left_out.NOT_A_CHAT].title == "Project"
    assert found[left_out.EMPTY_CHAT].place == "design_chats/d-1.json"


def test_a_bad_chat_costs_only_itself():
    upload = read_exports("claude/osteele-multiple-errors.json")

    assert [one.external_id for one in upload.conversations] == ["conv-1", "conv-4", "conv-5"]
    assert text_of(upload.conversations[1]) == "Message with invalid content"
    assert text_of(upload.conversations[2]) == "This is valid\n\nInvalid message"
    assert [(one.title, one.place) for one in upload.left_out] == [
        ("Missing chat_messages", "osteele-multiple-errors.json, item 2"),
        ("Empty chat_messages", "osteele-multiple-errors.json, item 3"),
    ]


def test_the_flat_text_does_not_double_the_blocks():
    assert text_of(read_exports("claude/osteele-conversations.json").conversations[0]) == (
        "Hello, Claude!\n\nHello! How can I help you today?"
    )


def test_artifacts_in_tags_are_named_code_blocks():
    conversation = read_exports("claude/simonw-artifacts.json").one()
    answers = [message for message in conversation.messages if message.role == "assistant"]

    assert "antArtifact" not in text_of(conversation)
    assert "antThinking" not in text_of(conversation)
    assert all(answer.content.count("```html\n<!DOCTYPE html>") == 1 for answer in answers)
    assert "**LLM Pricing Calculator with Presets**" in text_of(conversation)
    assert answers[0].reasoning.startswith("This request is suitable for an artifact")
    assert [message.role for message in conversation.messages][:3] == ["user", "user", "assistant"]
    assert "*[image: CleanShot 20241016 at 20.37.012x.png, not in the export]*" in conversation.messages[0].content


def test_artifacts_of_tools_are_named_code_blocks():
    first = read_exports("claude/yanndebray-sample.json").conversations[0]

    assert "**ProductTable.jsx**\n\n```jsx\nimport { useState, useMemo }" in first.messages[1].content
    assert first.messages[1].reasoning.startswith("The user wants a sortable table.")
    assert "**Change to ProductTable.jsx**\n\n```diff\n-           <tr key={r.name}>\n+ " in first.messages[3].content


def test_the_shape_of_the_web():
    bakery = read_exports("claude/osteele-bakery-chat.json").one()

    assert bakery.model == "claude-3-5-sonnet-20240620"
    assert bakery.messages[1].finish_reason == "stop"
    assert bakery.messages[0].content.count("not in the export") == 1
    assert read_exports("claude/osteele-sample-webdev.json").one().pinned


def test_odd_contents_are_shown_by_their_flat_text():
    contents = [message.content for message in read_exports("claude/osteele-with-errors.json").one().messages]

    assert contents[2:4] == [
        "This message has null content array - should trigger error handling",
        "This message has null text in content item",
    ]
    assert contents[6] == "*[part of an unknown kind: unknown_type]*\n\nMessage with unknown content type"
    assert contents[7] == "Text field is a number instead of string"
