"""A chat as Markdown: facts in front matter, an anchor per message, and links to its files beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from webapp.database.types import instant_text
from webapp.services.exports.names import Names, safe_file_name
from webapp.services.exports.transcript import read_messages, read_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from webapp.services.exports.facts import AnyRow
    from webapp.services.exports.transcript import Exported
    from webapp.services.instruction_values import Instruction

_FENCE = re.compile(r"^`{3,}", re.MULTILINE)
_SPEAKERS = {"user": "You", "assistant": "Assistant"}


class FileNames:
    """The names of a chat's files beside its Markdown. Equal bytes are one file."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._names = Names()
        self.paths: dict[str, str] = {}

    def path(self, file: AnyRow) -> str:
        if file.id not in self.paths:
            stem, dot, ending = safe_file_name(file.name).rpartition(".")
            name = self._names.take(stem, f".{ending}") if dot else self._names.take(ending)
            self.paths[file.id] = f"{self._folder}/{name}"
        return self.paths[file.id]


def write_markdown(connection: Connection, session: AnyRow, path_of: Callable[[AnyRow], str]) -> Iterator[bytes]:
    """Yield the document in UTF-8. `path_of` is the path of a file from where the document stands."""
    yield _front_matter(session, read_tags(connection, session.id)).encode()
    for exported in read_messages(connection, session):
        yield _message(exported, path_of).encode()


def _front_matter(session: AnyRow, tags: list[str]) -> str:
    facts: dict[str, Any] = {
        "title": session.title,
        "id": session.id,
        "created": instant_text(session.created_at),
        "last_activity": instant_text(session.last_activity_at),
        "messages": session.message_count,
        "origin": session.origin,
        "tags": tags,
        "pinned": session.pinned,
        "archived": session.archived,
    }
    if session.external_id is not None:
        facts["external_id"] = session.external_id
    if session.forked_from_id is not None:
        facts["forked_from"] = session.forked_from_id
    if session.forked_at_idx is not None:
        facts["forked_after_message"] = session.forked_at_idx + 1
    # JSON is YAML.
    lines = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items())
    return f"---\n{lines}\n---\n\n# {_one_line(session.title)}\n"


def _message(exported: Exported, path_of: Callable[[AnyRow], str]) -> str:
    message = exported.message
    number = message.idx + 1
    parts = [_instruction(fact) for fact in exported.instructions]
    parts.append(f'<a id="m-{number}"></a>\n\n## {number}. {_head(message)}')
    if message.reasoning:
        parts.append(f"<details><summary>Reasoning</summary>\n\n{_fenced(message.reasoning)}\n\n</details>")
    if message.struck_at:
        parts.append(f"*Text removed on {message.struck_at:%Y-%m-%d}.*")
    elif message.content:
        parts.append(message.content)
    parts += [_file(file, path_of(file)) for file in exported.files]
    return "\n" + "\n\n".join(parts) + "\n"


def _head(message: AnyRow) -> str:
    facts = [_SPEAKERS[message.role], f"{message.create_time:%Y-%m-%d %H:%M:%S} UTC"]
    if message.model:
        facts.append(_one_line(message.model))
    if message.finish_reason not in (None, "stop"):
        facts.append(_one_line(message.finish_reason))
    return ", ".join(facts)


def _file(file: AnyRow, path: str) -> str:
    sign = "!" if file.media_type.startswith("image/") else ""
    label = re.sub(r"([\\\[\]<>`*_&])", r"\\\1", _one_line(file.name))
    return f"{sign}[{label}]({quote(path)})"


def _instruction(fact: Instruction) -> str:
    head = f"**Instructions of the {fact.origin}, {fact.made_at:%Y-%m-%d %H:%M:%S} UTC**"
    if fact.text_id is None:
        return f"{head}: none from here on."
    if fact.struck_at:
        return f"{head}: text removed on {fact.struck_at:%Y-%m-%d}."
    return f"{head}\n\n{_fenced(fact.content or '')}"


def _fenced(text: str) -> str:
    """Return a text as a block of code that it cannot end."""
    longest = max((len(fence) for fence in _FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
