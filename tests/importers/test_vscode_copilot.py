"""Copilot's chats in VS Code: what each real file gives, and the traps that such files have."""

from __future__ import annotations

import json

import pytest

from tests.support.exports import read_exports, shape, shapes, text_of
from webapp.importers import left_out


def request(text, *response, **more):
    result = {"result": {"timings": {}}}
    return {"requestId": f"r-{text}", "message": {"text": text}, "response": list(response), **result, **more}


def value(text):
    return {"value": text, "supportHtml": False}


def session(path, *requests, **more):
    head = {"requesterUsername": "me", "responderUsername": "GitHub Copilot"}
    path.write_text(json.dumps({**head, **more, "requests": requests}))
    return path


@pytest.mark.parametrize(
    ("name", "expected", "tools"), [("vscode-chat.json", "u2 a2", 0), ("vscode-in-progress.json", "u1 a1", 2)]
)
def test_a_real_chat_has_its_questions_answers_and_tools(name, expected, tools):
    upload = read_exports(f"copilot/{name}")
    chat = upload.one()

    assert upload.origins == {"vscode-copilot"}
    assert shape(chat) == expected
    assert chat.left_out[left_out.TOOL] == tools


def test_a_chat_begins_with_its_first_words():
    chat = read_exports("copilot/vscode-chat.json").one()

    assert (chat.title, chat.messages[0].content, chat.model) == ("", "hi", "copilot/gemini-2.5-pro")


def test_pieces_around_tools_are_one_answer_and_say_that_it_is_unfinished():
    answer = read_exports("copilot/vscode-in-progress.json").one().messages[1].content

    assert answer.startswith("Я помогу вам") and answer.endswith("*[unfinished]*")
    assert answer.index("2 tools: copilot_fetchWebPage, vscode") < answer.index("На основе найденной")


def test_a_chat_without_requests_is_reported():
    upload = read_exports("copilot/vscode-pending.json")

    assert (upload.conversations, upload.counts) == ([], {left_out.EMPTY_CHAT: 1})


def test_a_folder_of_both_programs_has_three_chats():
    upload = read_exports("copilot")

    assert upload.origins == {"vscode-copilot", "copilot-cli"}
    assert len(upload.conversations) == 3


def test_pieces_of_a_sentence_are_joined_as_they_are(tmp_path):
    file = {"$mid": 1, "path": "/home/me/app.py", "scheme": "file"}
    link = {"external": "https://x.test/a b", "path": "/a b", "scheme": "https"}
    parts = [
        value("See "),
        {"kind": "inlineReference", "inlineReference": file},
        value(" and "),
        {"kind": "inlineReference", "inlineReference": {"uri": {"path": "/x/y.py"}, "range": {}}, "name": "`odd`"},
        value(" or "),
        {"kind": "inlineReference", "inlineReference": link},
        value(".\n\nThen run it."),
    ]
    chat = read_exports(session(tmp_path / "s.json", request("Where?", *parts))).one()

    assert chat.messages[1].content == ("See `app.py` and `odd` or [a b](https://x.test/a%20b).\n\nThen run it.")


def test_what_was_not_a_text_is_a_note_or_nothing(tmp_path):
    parts = [
        {"kind": "thinking", "value": ["Let me ", "see"]},
        value("Done."),
        {"kind": "prepareToolInvocation", "toolName": "edit"},
        {"kind": "toolInvocationSerialized", "toolId": "edit", "isComplete": True},
        {"kind": "toolInvocationSerialized", "toolId": "run", "isComplete": False},
        {"kind": "textEditGroup", "uri": {"path": "/x/a.py"}, "edits": []},
        {"kind": "textEditGroup", "uri": {"path": "/x/a.py"}, "edits": []},
        {"kind": "hologram"},
    ]
    chat = read_exports(session(tmp_path / "s.json", request("Fix", *parts))).one()

    assert chat.messages[1].reasoning == "Let me see"
    assert chat.messages[1].content == (
        "Done.\n\n*[2 tools: edit, run; 1 without result]*\n\n*[edited a.py]*\n\n*[part of an unknown kind: hologram]*"
    )
    assert chat.left_out == {left_out.TOOL: 2, left_out.UNKNOWN_PART: 1}


def test_the_fences_around_edits_are_no_text(tmp_path):
    edit = {"kind": "textEditGroup", "uri": {"path": "/x/a.py"}, "edits": []}
    fence = value("\n```\n")
    parts = [
        value("Edit:"),
        fence,
        {"kind": "codeblockUri"},
        edit,
        fence,
        value("Code:\n```py\nx = "),
        value("1\n"),
        fence,
    ]
    chat = read_exports(session(tmp_path / "s.json", request("Fix", *parts))).one()

    assert chat.messages[1].content == "Edit:\n\n*[edited a.py]*\n\nCode:\n```py\nx = 1\n\n```"


def test_requests_that_were_taken_back_or_hidden_are_counted(tmp_path):
    requests = [
        request("Back", value("1"), shouldBeRemovedOnSend=True),
        request("Hidden", value("2"), isHidden=True),
        request("Hi", value("3")),
    ]
    chat = read_exports(session(tmp_path / "s.json", *requests)).one()

    assert text_of(chat) == "Hi\n\n3"
    assert chat.left_out == {left_out.BRANCH: 1, left_out.HIDDEN: 1}


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"result": None}, "unfinished"),
        ({"isCanceled": True}, "interrupted by user"),
        ({"result": {"errorDetails": {"message": "Off topic"}}}, "error: Off topic"),
    ],
)
def test_the_end_of_an_answer_is_named(tmp_path, more, note):
    chat = read_exports(session(tmp_path / "s.json", request("Hi", value("He"), **more))).one()

    assert chat.messages[1].content == f"He\n\n*[{note}]*"


def test_attachments_are_files_or_named(tmp_path):
    png = b"\x89PNG\r\n\x1a\n"
    variables = [
        {"kind": "image", "name": "shot", "mimeType": "image/png", "value": {str(i): b for i, b in enumerate(png)}},
        {"kind": "image", "name": "gone.png", "value": None},
        {"kind": "file", "name": "app.py", "value": {"path": "/x/app.py"}},
        {"kind": "workspace", "name": "context"},
    ]
    asked = request("Look", value("Yes"), variableData={"variables": variables})
    chat = read_exports(session(tmp_path / "s.json", asked)).one()

    assert [file.open().read() for file in chat.messages[0].files] == [png]
    assert text_of(chat).count("not in the export") == 2
    assert chat.left_out[left_out.MISSING_FILE] == 2


def test_a_stored_session_has_its_title_and_id(tmp_path):
    more = {"version": 3, "sessionId": "s", "creationDate": 1767261600000, "customTitle": "Mine"}
    chat = read_exports(session(tmp_path / "s.json", request("Hi", value("He")), **more)).one()

    assert (chat.external_id, chat.title, chat.create_time.year) == ("s", "Mine", 2026)


def test_a_log_of_operations_is_replayed(tmp_path):
    lines = [
        {"kind": 0, "v": {"version": 3, "sessionId": "s", "requests": [request("Hi")]}},
        {"kind": 2, "k": ["requests", 0, "response"], "v": [value("Wrong")]},
        {"kind": 2, "k": ["requests", 0, "response"], "v": [value("Right")], "i": 0},
        {"kind": 1, "k": ["customTitle"], "v": "Mine"},
        {"kind": 2, "k": ["requests"], "v": [request("More"), request("Gone")]},
        {"kind": 2, "k": ["requests"], "i": 2},
        {"kind": 1, "k": ["requests", 9, "response"], "v": "nowhere"},
        {"kind": 3, "k": ["version"]},
    ]
    path = tmp_path / "s.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    upload = read_exports(path)
    chat = upload.one()

    assert (chat.external_id, chat.title) == ("s", "Mine")
    assert [message.content for message in chat.messages] == ["Hi", "Right", "More"]
    assert upload.counts[left_out.UNREADABLE] == 1


def test_a_session_that_stands_twice_is_one_chat(tmp_path):
    session(tmp_path / "a.json", request("Hi", value("He")), sessionId="s")
    session(tmp_path / "b.json", request("Hi", value("He")), request("More"), sessionId="s")
    upload = read_exports(tmp_path)

    assert shapes(upload.conversations) == ["u2 a1"]
    assert upload.counts[left_out.DUPLICATE] == 1


def test_a_response_of_notes_alone_is_no_answer_with_words(tmp_path):
    part = {"kind": "somethingNew", "x": 1}
    request = {"requestId": "1", "message": {"text": "Q"}, "response": [part], "result": {}, "responseId": "answer-1"}
    (tmp_path / "chat.json").write_text(
        json.dumps({"requesterUsername": "a", "responderUsername": "b", "requests": [request]})
    )
    conversation = read_exports(tmp_path / "chat.json").one()

    assert "*[part of an unknown kind: somethingNew]*" in text_of(conversation)
    assert "answer-1" not in [message.external_id for message in conversation.messages]
