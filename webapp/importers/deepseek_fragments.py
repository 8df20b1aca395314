"""The fragments of a message of DeepSeek: question, answer, reasoning, search, tools and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.draft import Draft
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from webapp.importers.records import ImportedMessage

_ANSWERS = ("RESPONSE", "TEMPLATE_RESPONSE")
_HIDDEN = ("TIP", "HINT")


def messages_of(key: str, message: Any, counts: Counter[str]) -> Iterator[ImportedMessage]:
    """Yield the message of a node; two if it has both a question and an answer."""
    fragments = [one for one in untrusted.items(message, "fragments") if isinstance(one, dict)]
    asked = [one for one in fragments if _kind(one) == "REQUEST"]
    answered = [one for one in fragments if _kind(one) != "REQUEST"]
    # The file of a question is a fragment beside it.
    if asked and all(_kind(one) == "FILE" for one in answered):
        asked, answered = fragments, []
    role = untrusted.text(message, "role").lower()
    drafts = [_draft("user", asked, counts)] if asked else []
    drafts += [_draft("user" if role == "user" and not asked else "assistant", answered, counts)] if answered else []
    if not drafts:
        drafts = [_plain("user" if role == "user" else "assistant", message, counts)]
    for file in untrusted.items(message, "files"):
        drafts[0].attach(None, texts.file_name(untrusted.text(file, "file_name") or untrusted.text(file, "name"), ""))
    for draft in drafts:
        made = draft.build(
            create_time=parse_time(untrusted.at(message, "inserted_at")),
            external_id=key if draft is drafts[0] else None,
            model=untrusted.text(message, "model") or None,
        )
        if made:
            yield made


def _kind(fragment: Any) -> str:
    return untrusted.text(fragment, "type").upper()


def _plain(role: str, message: Any, counts: Counter[str]) -> Draft:
    """Return a message of the web API that has its texts without fragments."""
    draft = Draft("user" if role == "user" else "assistant", counts)
    draft.think(
        untrusted.text(message, "thinking_content") or untrusted.text(message, "reasoning_content"),
        untrusted.at(message, "thinking_elapsed_secs"),
    )
    draft.say(untrusted.text(message, "content"))
    return draft


def _draft(role: str, fragments: list[Any], counts: Counter[str]) -> Draft:
    draft = Draft("user" if role == "user" else "assistant", counts)
    links: list[tuple[str, str]] = []
    for fragment in fragments:
        kind = _kind(fragment)
        content = untrusted.text(fragment, "content")
        if kind == "REQUEST" or kind in _ANSWERS:
            draft.say(content)
        elif kind == "THINK":
            draft.think(content, untrusted.at(fragment, "elapsed_secs"))
        elif kind == "SEARCH" or kind.startswith("TOOL"):
            draft.tool("search" if kind == "SEARCH" else kind.removeprefix("TOOL_").lower())
            links += [
                (untrusted.text(one, "url"), untrusted.text(one, "title"))
                for one in untrusted.items(fragment, "results")
            ]
        elif kind == "FILE":
            name = untrusted.text(fragment, "file_name") or untrusted.text(fragment, "name") or content
            draft.attach(None, texts.file_name(name, ""))
        elif kind in _HIDDEN:
            counts[left_out.HIDDEN] += 1
        else:
            draft.unknown(kind)
            draft.say(content)
    draft.sources(links)
    return draft
