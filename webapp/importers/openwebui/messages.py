"""One message of Open WebUI. Reasoning and tools stand in its text as HTML, and in newer versions beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, untrusted
from webapp.importers.draft import Draft
from webapp.importers.inline_files import from_data_url
from webapp.importers.markup import plain_text
from webapp.importers.openwebui.details import Detail, split_details
from webapp.importers.openwebui.output import Output, read_output
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter

    from webapp.importers.records import ImportedMessage

#: What stands in `files` but is no file: results of a search, a collection of documents.
_TEXT_KINDS = ("web_search", "web_search_results", "collection", "doc", "note", "chat", "folder", "text")


def message(node: Any, counts: Counter[str], model: str | None) -> ImportedMessage | None:
    role = untrusted.text(node, "role").lower()
    if role not in ("user", "assistant"):
        counts[left_out.TOOL if role == "tool" else left_out.SYSTEM] += 1
        return None
    draft = Draft("user" if role == "user" else "assistant", counts)
    if role == "assistant":
        _say_answer(draft, node)
    else:
        _say(draft, untrusted.at(node, "content"))
    for file in untrusted.items(node, "files"):
        _attach(draft, file)
    draft.sources(_links(node))
    _say_end(draft, node)
    return draft.build(
        create_time=parse_time(untrusted.at(node, "timestamp")),
        external_id=untrusted.name(node, "id") or None,
        model=untrusted.text(node, "model") or model,
    )


def _say_answer(draft: Draft, node: Any) -> None:
    output = read_output(untrusted.items(node, "output"))
    content = untrusted.at(node, "content")
    parts = split_details(untrusted.text(content)) if isinstance(content, str) else []
    draft.think(output.reasoning, output.seconds)
    if not any(isinstance(part, Detail) and part.kind != "reasoning" for part in parts):
        _use_tools(draft, output)
    for part in parts:
        if isinstance(part, str):
            draft.say(part)
        elif part.kind != "reasoning":
            _use_tool(draft, part, output)
        elif not output.reasoning:
            draft.think(_without_quotes(plain_text(part.body)), part.seconds)
    _use_tools(draft, output)
    if not isinstance(content, str):
        _say(draft, content)
    if draft.is_empty:
        draft.say(output.text)


def _say(draft: Draft, content: Any) -> None:
    draft.say(untrusted.text(content))
    for part in content if isinstance(content, list) else ():
        kind = untrusted.text(part, "type")
        if kind == "text":
            draft.say(untrusted.text(part, "text"))
        elif kind == "image_url":
            draft.attach(from_data_url(untrusted.at(part, "image_url", "url")), kind="image")
        else:
            draft.unknown(kind)


def _use_tools(draft: Draft, output: Output) -> None:
    while output.tools:
        draft.tool(**output.tools.pop(0))


def _use_tool(draft: Draft, part: Detail, output: Output) -> None:
    if output.tools:
        draft.tool(**output.tools.pop(0))
        return
    name = part.name or ("code interpreter" if part.kind == "code_interpreter" else "tool")
    draft.tool(name, unfinished=part.is_unfinished)


def _without_quotes(text: str) -> str:
    """Return reasoning without the quotation marks that the program puts before each line."""
    lines = text.strip().split("\n")
    if all(line.startswith(">") for line in lines if line.strip()):
        lines = [line[1:].removeprefix(" ") for line in lines]
    return "\n".join(lines)


def _attach(draft: Draft, file: Any) -> None:
    kind = untrusted.text(file, "type")
    name = untrusted.text(file, "name") or untrusted.text(file, "file", "filename")
    url = untrusted.at(file, "url")
    if kind in _TEXT_KINDS and not untrusted.mapping(file, "file"):
        draft.note(f"{kind.replace('_', ' ')}: {name}" if name else kind.replace("_", " "))
        return
    is_image = kind == "image" or untrusted.text(file, "content_type").startswith("image/")
    draft.attach(from_data_url(url, name), name, "image" if is_image else "file")


def _links(node: Any) -> list[tuple[str, str]]:
    """Return the sources of an answer. Those of a search stand in their metadata."""
    found: list[tuple[str, str]] = []
    for source in untrusted.items(node, "sources") or untrusted.items(node, "citations"):
        name = untrusted.text(source, "source", "name")
        pages = [untrusted.text(entry, "source") for entry in untrusted.items(source, "metadata")]
        urls = list(dict.fromkeys(url for url in pages if url.startswith(("https://", "http://"))))
        own = untrusted.text(source, "source", "url") or name
        found += [(url, "" if len(urls) > 1 else name) for url in urls or [own]]
    return found


def _say_end(draft: Draft, node: Any) -> None:
    error = untrusted.at(node, "error")
    if error:
        said = untrusted.text(error, "content") or untrusted.text(error, "message") or untrusted.text(error)
        draft.note(f"error: {said}" if said else "error")
    elif untrusted.at(node, "done") is False and draft.role == "assistant":
        draft.note("the answer was cut off")
