"""ChatGPT's chats as a web page and as Markdown."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings

from tests.support.chatgpt import chat, said, zipped
from tests.support.exports import read_exports, shapes, text_of
from tests.support.mangled import cut, randoms, read_mangled
from webapp.importers import left_out

PAGE = "<html>\n<head>\n<title>ChatGPT Data Export</title>\n<style>{}</style><script>\nvar jsonData = {};\nvar x = [1];</script>"


def test_the_page_of_an_export_is_read_where_the_data_is_not(tmp_path):
    chats = [chat(said("user", f"Hi {number} </script>"), conversation_id=str(number)) for number in range(3)]
    page = PAGE.format(" " * 600_000, json.dumps(chats)).encode()
    (tmp_path / "chat.html").write_bytes(page)

    assert text_of(read_exports(tmp_path / "chat.html").conversations[2]) == "Hi 2 </script>"
    both = read_exports(zipped(tmp_path / "a.zip", {"chat.html": page, "conversations.json": chats}))
    assert (shapes(both.conversations), both.left_out) == (["u1 a0"] * 3, [])


def test_a_page_without_data_is_named(tmp_path):
    (tmp_path / "chat.html").write_text("<html><title>ChatGPT Data Export</title>")
    assert read_exports(tmp_path / "chat.html").counts == {left_out.UNREADABLE: 1}


MARKDOWN = """---
title: In front
create_time: 2026-01-02T03:04:05Z
---

# A *chat*

#### You:
<time datetime="2026-01-02T03:04:05.000Z" title="x">03:04</time>

How are turns marked?

#### ChatGPT:
<details>
<summary>Thought for 7 seconds</summary>

They &lt;wonder&gt;.

</details>

Like this:

````md
#### You:
```
#### ChatGPT:
````

#### Plugin (browser):

results

#### ChatGPT:

Done.
"""


def test_markdown_of_a_browser_exporter(tmp_path):
    (tmp_path / "a.md").write_text(MARKDOWN)
    conversation = read_exports(tmp_path / "a.md").one()
    question, answer, end = conversation.messages

    assert (conversation.title, conversation.external_id) == ("A *chat*", None)
    assert conversation.create_time == question.create_time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert question.content == "How are turns marked?"
    assert answer.content == "Like this:\n\n````md\n#### You:\n```\n#### ChatGPT:\n````"
    assert (answer.reasoning, answer.reasoning_seconds) == ("They <wonder>.", 7)
    assert end.content == "*[1 tool: browser]*\n\nDone."
    assert conversation.left_out == {left_out.TOOL: 1}


def test_markdown_without_turns_is_no_chat_and_an_unclosed_fence_costs_nothing(tmp_path):
    (tmp_path / "a.md").write_text("# T\n\n#### You:\n```\n#### ChatGPT:\nx")
    assert text_of(read_exports(tmp_path / "a.md").one()) == "```\n#### ChatGPT:\nx"
    (tmp_path / "a.md").write_text("# T\n\n#### You:\n\n#### ChatGPT:\n")
    assert read_exports(tmp_path / "a.md").counts == {left_out.EMPTY_CHAT: 1}


@settings(max_examples=60, deadline=None)
@given(random=randoms())
def test_damaged_texts_and_pages_never_raise(random):
    page = PAGE.format("", json.dumps([chat(said("user", "Hi"), said("assistant", "Hello"))]))
    with tempfile.TemporaryDirectory() as folder:
        read_mangled(Path(folder), cut(MARKDOWN.encode(), random), "a.md", format_name="chatgpt")
        read_mangled(Path(folder), cut(page.encode(), random), "chat.html", format_name="chatgpt")
