"""Formats of which no free sample is known. The inputs are built from descriptions of the programs' files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives, survives_damage
from tests.support.exports import shapes, text_of
from tests.support.uploads import read_json, read_text, read_zip
from webapp.importers import left_out

PERPLEXITY = {
    "metadata": {"thread_id": "t", "thread_title": "Tides", "thread_url": "https://www.perplexity.ai/search/t"},
    "conversations": [
        {"uuid": "1", "query": "Why tides?", "answer": "The moon.", "model": "sonar", "mode": "copilot",
         "timestamp": "2026-01-01T10:00:00Z", "sources": [{"title": "Sea", "url": "https://x.test/sea"}], "related_queries": ["x"]},
        {"uuid": "2", "query": "And the sun?", "answer": "", "timestamp": None, "sources": []},
    ],
}  # fmt: skip
PERPLEXITY_API = {
    "thread_metadata": {"title": "Tides"},
    "entries": [
        {"uuid": "1", "context_uuid": "ctx", "query_str": "Why?", "display_model": "sonar", "entry_created_datetime": "2026-01-01T10:00:00Z",
         "blocks": [{"intended_usage": "plan"}, {"intended_usage": "ask_text", "markdown_block": {"chunks": ["The ", "moon."]}},
                    {"intended_usage": "ask_text_0_markdown", "markdown_block": {"answer": "The moon."}}]},
    ],
}  # fmt: skip
TYPINGMIND = {
    "data": {
        "chats": [
            {"id": "c1", "chatID": "c1", "chatTitle": "Plan", "createdAt": "2026-01-01T10:00:00Z", "updatedAt": "2026-01-01T11:00:00Z",
             "model": "gpt-4o", "folderID": "f",
             "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": [{"type": "text", "text": "Q"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}], "uuid": "m1"},
                          {"role": "assistant", "content": "A", "createdAt": "2026-01-01T10:00:05Z", "model": "gpt-5"}]},
            {"chatID": "c2", "chatTitle": "Empty", "messages": []},
        ],
        "folders": [{"id": "f", "title": "Work"}],
        "customSearchAPIKey": "secret",
    }
}  # fmt: skip
BETTER = {
    "chats": [
        {"id": "b1", "title": "T", "titleSet": True, "folder": "f", "config": {"model": "gpt-4"},
         "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]},
    ],
    "folders": {"f": {"id": "f", "name": "Home", "order": 0, "expanded": True}},
    "version": 1,
}  # fmt: skip
CHATBOX = {
    "chat-sessions-list": [{"id": "s1", "name": "List name"}],
    "settings": {"openaiKey": "secret"},
    "session:s1": {
        "id": "s1", "name": "Trip", "threadName": "Second", "starred": True,
        "messages": [
            {"id": "0", "role": "system", "contentParts": [{"type": "text", "text": "x"}]},
            {"id": "1", "role": "user", "contentParts": [{"type": "text", "text": "Q"}, {"type": "image", "storageKey": "k"}], "timestamp": 1767261600000},
            {"id": "2", "role": "assistant", "model": "m", "contentParts": [
                {"type": "reasoning", "text": "Hm."}, {"type": "tool-call", "toolName": "web", "state": "error"}, {"type": "text", "text": "A"}]},
        ],
        "threads": [{"id": "t0", "name": "First", "createdAt": 1767261000000, "messages": [{"id": "9", "role": "user", "content": "Earlier"}]}],
        "messageForksHash": {"1": {"position": 1, "lists": [{"id": "a", "messages": [{}, {}]}, {"id": "b", "messages": []}]}},
    },
}  # fmt: skip
ANYTHING = [
    {"id": 1, "prompt": "Q", "response": "A\nB", "sent_at": "2026-01-01T10:00:00Z", "workspace": "docs", "username": "ann", "rating": None, "attachments": [{"type": "image", "image": "data:image/png;base64,iVBORw0KGgo="}]},
    {"id": 2, "prompt": "Q2", "response": "A2", "sent_at": "2026-01-01T11:00:00Z", "workspace": "docs", "username": "bob"},
    {"id": 3, "prompt": "Q3", "response": "A3", "sent_at": "2026-01-01T12:00:00Z", "workspace": "docs", "username": "ann"},
]  # fmt: skip
LOBE = {
    "mode": "pglite", "schemaHash": "x",
    "data": {
        "messages": [
            {"id": "m3", "role": "user", "content": "More", "topicId": "t", "sessionId": "s", "parentId": None, "createdAt": "2026-01-01T10:00:03Z"},
            {"id": "m2", "role": "assistant", "content": "A", "topicId": "t", "sessionId": "s", "parentId": "gone", "createdAt": "2026-01-01T10:00:02Z",
             "reasoning": {"content": "Hm.", "duration": 2500}, "tools": [{"identifier": "web", "apiName": "search"}], "model": "gpt-5", "error": {"type": "Quota"}},
            {"id": "m1", "role": "user", "content": "Q", "topicId": "t", "sessionId": "s", "createdAt": "2026-01-01T10:00:01Z"},
            {"id": "m4", "role": "tool", "content": "x", "topicId": "t", "sessionId": "s", "createdAt": "2026-01-01T10:00:02.5Z"},
            {"id": "m5", "role": "user", "content": "Default", "topicId": None, "sessionId": "s", "createdAt": None},
        ],
        "topics": [{"id": "t", "title": "Topic", "favorite": True, "createdAt": "2026-01-01T09:00:00Z"}],
        "sessions": [{"id": "s", "title": "Helper"}],
    },
}  # fmt: skip


def test_perplexity():
    one = read_json(PERPLEXITY).one()
    other = read_json(PERPLEXITY_API).one()

    assert (one.external_id, one.title) == ("t", "Tides")
    assert text_of(one) == "Why tides?\n\nThe moon.\n\nSources:\n\n- [Sea](https://x.test/sea)\n\nAnd the sun?"
    assert (other.external_id, other.title, text_of(other)) == ("ctx", "Tides", "Why?\n\nThe moon.")


def test_perplexity_in_archives_within_an_archive():
    import io
    import zipfile

    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("perplexity_1.json", json.dumps(PERPLEXITY))
    upload, _ = read_zip({"threads.zip": inner.getvalue()})

    assert upload.origins == {"perplexity"}


def test_typingmind():
    upload = read_json(TYPINGMIND)
    one = upload.one()

    assert (one.external_id, one.title, list(one.tags)) == ("c1", "Plan", ["Work"])
    assert (one.messages[0].files[0].open().read()[:4], one.messages[1].model) == (b"\x89PNG", "gpt-5")
    assert upload.counts == {left_out.SYSTEM: 1, left_out.EMPTY_CHAT: 1}
    assert "secret" not in repr(upload)


@pytest.mark.parametrize("value", [BETTER, BETTER["chats"]])
def test_betterchatgpt(value):
    upload = read_json(value)
    one = upload.one()

    assert upload.origins == {"betterchatgpt"}
    assert (one.external_id, one.model, text_of(one)) == ("b1", "gpt-4", "Q\n\nA")
    assert list(one.tags) == (["Home"] if isinstance(value, dict) else [])


def test_chatbox():
    upload = read_json(CHATBOX)
    earlier, current = upload.conversations

    assert upload.origins == {"chatbox"}
    assert (earlier.title, earlier.external_id, text_of(earlier)) == ("First", "t0", "Earlier")
    assert (current.title, current.external_id, current.pinned) == ("Second", "s1", True)
    assert text_of(current) == "Q\n\n*[image, not in the export]*\n\n*[1 tool: web; 1 failed]*\n\nA"
    assert current.messages[1].reasoning == "Hm."
    assert current.left_out == {left_out.SYSTEM: 1, left_out.MISSING_FILE: 1, left_out.TOOL: 1, left_out.BRANCH: 2}
    assert "secret" not in repr(upload)


def test_chatbox_of_older_versions():
    upload = read_json({"chat-sessions": [CHATBOX["session:s1"], None, {"id": "e", "name": "Empty", "messages": []}]})

    assert len(upload.conversations) == 2
    assert upload.counts[left_out.EMPTY_CHAT] == 2


def test_anythingllm_a_workspace_and_person_is_a_chat():
    upload = read_json(ANYTHING)

    assert upload.origins == {"anythingllm"}
    assert [(one.title, text_of(one)) for one in upload.conversations] == [
        ("docs (ann)", "Q\n\nA\nB\n\nQ3\n\nA3"),
        ("docs (bob)", "Q2\n\nA2"),
    ]
    assert len(upload.conversations[0].messages[0].files) == 1


def test_anythingllm_as_csv():
    text = 'id,workspace,prompt,response,sent_at,username\n1,docs,"Q, ""x""","A",2026-01-01T10:00:00Z,ann\n'

    assert text_of(read_text(text).one()) == 'Q, "x"\n\nA'


def test_jan():
    thread = {
        "id": "th",
        "object": "thread",
        "title": "Talk",
        "assistants": [{"id": "jan", "name": "Jan", "model": {"id": "qwen"}}],
        "created": 1767261600,
        "updated": 1767261600000,
        "metadata": {},
    }
    said = [
        {"id": "1", "thread_id": "th", "role": "user", "content": [{"type": "text", "text": {"value": "Q", "annotations": []}}], "created_at": 1767261600000, "status": "ready"},
        {"id": "2", "thread_id": "th", "role": "assistant", "content": [{"type": "text", "text": {"value": "A", "annotations": []}}, {"type": "image_url", "image_url": {"url": "file:///x/a.png"}}], "created_at": 1767261601, "status": "stopped"},
    ]  # fmt: skip
    upload, _ = read_zip(
        {
            "threads/th/thread.json": json.dumps(thread),
            "threads/th/messages.jsonl": "\n".join(json.dumps(one) for one in said),
            "threads/empty/thread.json": json.dumps(thread),
        }
    )
    one = upload.one()

    assert (upload.origins, one.title, one.external_id, one.model) == ({"jan"}, "Talk", "th", "qwen")
    assert one.create_time == one.update_time == one.messages[0].create_time
    assert text_of(one) == "Q\n\nA\n\n*[image: a.png, not in the export]*\n\n*[the answer was cut off]*"
    assert upload.counts == {left_out.EMPTY_CHAT: 1, left_out.MISSING_FILE: 1}


def test_lobechat_orders_by_time_and_not_by_parents():
    upload = read_json(LOBE)
    topic, default = upload.conversations

    assert upload.origins == {"lobechat"}
    assert (topic.title, topic.external_id, topic.pinned, list(topic.tags)) == ("Topic", "t", True, ["Helper"])
    assert text_of(topic) == "Q\n\nA\n\n*[1 tool: search]*\n\n*[error: Quota]*\n\nMore"
    assert (topic.messages[1].reasoning, topic.messages[1].reasoning_seconds) == ("Hm.", 2.5)
    assert (default.title, default.external_id, text_of(default)) == ("Helper", "session s", "Default")


def test_lobechat_of_version_1():
    data = LOBE["data"]
    messages = [
        {**one, "createdAt": 1767261600000 + number, "extra": {"fromModel": "m"}}
        for number, one in enumerate(reversed(data["messages"]))
    ]
    sessions = [{"id": "s", "meta": {"title": "Helper"}}]
    upload = read_json({"exportType": "all", "state": {"messages": messages, "sessions": sessions, "topics": data["topics"]}})  # fmt: skip

    assert shapes(upload.conversations) == ["u1 a0", "u2 a1"]


def test_copilot_runs_of_a_title_are_chats():
    text = (
        "\ufeffConversation,Time,Author,Message\r\n"
        'Trip,2026-01-01T10:00:05,AI,"Go to Rome, or\r\n""Milan"""\r\n'
        "Trip,2026-01-01T10:00:05,Human,Where?\r\n"
        "Cats,2025-12-01T10:00:00,user,Meow?\r\n"
        "Trip,2025-11-01T10:00:00,user,Again\r\n"
    )
    upload = read_text(text, "copilot-activity-history.csv")

    assert upload.origins == {"microsoft-copilot"}
    assert [(one.title, text_of(one)) for one in upload.conversations] == [
        ("Trip", 'Where?\n\nGo to Rome, or\n"Milan"'),
        ("Cats", "Meow?"),
        ("Trip", "Again"),
    ]


def test_copilot_of_microsoft_365_and_of_windows():
    office = "CreatedAt,MessageContent,Author,ChatName\n1/2/2026 3:04:05 +01:00,Q,user,Plan\n1/2/2026 3:04:06 +01:00,A,AI,Plan\n"
    windows = "Timestamp,ClientApp,Prompt\n2026-01-01T10:00:00Z,Notepad,one\n2026-01-01T10:10:00Z,Notepad,two\n2026-01-01T12:00:00Z,Notepad,three\n"
    one = read_text(office).one()

    assert text_of(one) == "Q\n\nA"
    assert one.create_time.isoformat() == "2026-01-02T02:04:05+00:00"
    assert [text_of(chat) for chat in read_text(windows).conversations] == ["one\n\ntwo", "three"]


SAMPLES = {
    "perplexity": PERPLEXITY, "typingmind": TYPINGMIND, "betterchatgpt": BETTER, "chatbox": CHATBOX,
    "anythingllm": ANYTHING, "lobechat": LOBE,
}  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([*SAMPLES.items(), ("perplexity", PERPLEXITY_API)]))
def test_no_damage_is_an_error(random, sample):
    survives_damage(sample[1], sample[0], random)


@given(st.text(alphabet='a,"\n\r\0/:+ 12'), st.sampled_from(["microsoft-copilot", "anythingllm", "jan", None]))
@settings(max_examples=100, deadline=None)
def test_no_text_is_an_error(text, format_name):
    for head in ("Conversation,Time,Author,Message\n", "id,prompt,response,workspace\n", ""):
        survives((head + text).encode(), format_name)


@pytest.mark.parametrize("name", [*SAMPLES, "openwebui", "grok", "deepseek", "le-chat", "librechat", "ai-studio", "gemini-takeout", "sharegpt", "oasst", "microsoft-copilot", "jan", "openai"])  # fmt: skip
@pytest.mark.parametrize("data", [b"[]", b"{}", b"null", b"[[]]", b'"x"', b"[1]", b"text", b"<p>", b'{"a":', b"[{}]", b"{}\n{}", b"[" * 3000, b"\xff\xfe"])  # fmt: skip
def test_a_format_that_is_forced_on_another_file_is_no_error(name, data):
    survives(data, name)
