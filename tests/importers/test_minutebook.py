"""A chat that Minutebook exported as JSON is read as any other export."""

import json
from datetime import UTC, datetime

import hypothesis.strategies as st
from hypothesis import given

from tests.support.exports import read_exports
from webapp.importers.errors import UnreadableUpload

CHAT = {
    "format": "minutebook-session/1", "id": "01900000-0000-7000-8000-000000000001", "title": "Keys",
    "created_at": "2026-01-02T03:04:05.000006Z", "last_activity_at": "2026-01-03T00:00:00.000000Z",
    "pinned": True, "archived": False, "tags": ["House", "Häuser"],
    "messages": [
        {"id": "a", "idx": 0, "role": "user", "content": "Where?", "create_time": "2026-01-02T03:04:05.000006Z",
         "files": [{"name": "map.png"}], "instructions": []},
        {"id": "b", "idx": 1, "role": "assistant", "content": "There.", "create_time": None, "model": "m",
         "reasoning": "Hm.", "reasoning_seconds": 1.5, "finish_reason": "stop", "files": [], "instructions": []},
        {"id": "c", "idx": 2, "role": "assistant", "content": "", "struck_at": "2026-01-02T03:04:05Z"},
    ],
}  # fmt: skip


def read(tmp_path, chat):
    path = tmp_path / "chat.json"
    path.write_bytes(chat if isinstance(chat, bytes) else json.dumps(chat).encode())
    return read_exports(path)


def test_a_chat_keeps_what_it_says(tmp_path):
    found = read(tmp_path, CHAT).one()
    assert (found.title, found.pinned, found.archived, found.tags) == ("Keys", True, False, ["House", "Häuser"])
    assert found.external_id == CHAT["id"]
    assert found.create_time == datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert [message.role for message in found.messages] == ["user", "assistant"]
    assert found.messages[0].content == "Where?\n\n*[file: map.png, not in the export]*"
    assert (found.messages[1].reasoning, found.messages[1].reasoning_seconds) == ("Hm.", 1.5)
    assert (found.left_out["empty"], found.left_out["missing_file"]) == (1, 1)


def test_a_chat_without_messages_is_left_out(tmp_path):
    upload = read(tmp_path, CHAT | {"messages": []})
    assert (upload.conversations, [each.kind for each in upload.left_out]) == ([], ["empty_chat"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(CHAT)[1:]), st.sampled_from(list(CHAT["messages"][1])), ANYTHING, st.integers(0, 400))
def test_whatever_stands_in_a_chat_never_raises(tmp_path_factory, key, name, value, cut):
    folder = tmp_path_factory.mktemp("x")
    message = CHAT["messages"][1] | {name: value}
    for chat in (CHAT | {key: value}, CHAT | {"messages": [value, message]}, json.dumps(CHAT).encode()[:cut]):
        try:
            read(folder, chat)
        except UnreadableUpload:
            continue
