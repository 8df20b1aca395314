"""Citation marks of answers: links where the export says what they cite, else removed, and the sources listed.

The numbers inside a mark address nothing in an export, so nothing is guessed from them.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.chatgpt.sources import links, links_of, with_sources

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

_ANCHOR = r"turn\d+(?:search|image|news|video|ref|file|view|fetch)\d+"
#: U+E200 kind U+E202 payload U+E201, or U+E202 and an anchor alone.
_MARK = re.compile(rf"\ue200([^\ue200-\ue202]*)(?:\ue202([^\ue200\ue201]*))?\ue201|(?:\ue202{_ANCHOR})")
_REST = re.compile(rf"[\ue200-\ue206](?:(?:file|url)?cite)?(?:{_ANCHOR})?")
_OLD_MARK = re.compile(r"【(\d+(?::\d+)?)†[^】\n]{0,300}】")
#: Kinds of marks where pictures of other sites were shown.
_PICTURES = ("i", "image_group")
_FOOTNOTE = "sources_footnote"


def resolve(text: str, metadata: Any, counts: Counter[str]) -> str:
    """Return the text of an answer with links in place of its citation marks."""
    references = [one for one in untrusted.items(metadata, "content_references") if isinstance(one, dict)]
    if references:
        text = _by_matched_text(text, references)
        text = _in_order(text, references)
    if "【" in text:
        text = _old_marks(text, untrusted.items(metadata, "citations"), references, counts)
    return _stripped(text, references, counts)


def _by_matched_text(text: str, references: list[dict[str, Any]]) -> str:
    """Put links in place of the texts that the references name, the longest first."""
    named = [(untrusted.text(one, "matched_text"), one) for one in references]
    named = [(found, one) for found, one in named if _is_mark(found) and untrusted.text(one, "type") != _FOOTNOTE]
    for found, one in sorted(named, key=lambda pair: -len(pair[0])):
        text = _placed(text, re.compile(re.escape(found)), partial(_instead, one))
    return text


def _instead(reference: dict[str, Any], mark: re.Match[str]) -> str:
    """Return what a reference says. A mark about which it says nothing may have words of its own."""
    return links_of(reference) or ("" if untrusted.text(reference, "type") == "hidden" else mark[0])


def _in_order(text: str, references: list[dict[str, Any]]) -> str:
    """Pair marks and references in their order if there are as many of them."""
    unnamed = [one for one in references if not _is_mark(untrusted.text(one, "matched_text"))]
    unnamed = [one for one in unnamed if untrusted.text(one, "type") not in (_FOOTNOTE, "hidden")]
    for pattern in (_MARK, re.compile(rf"(?:{_MARK.pattern})+")):
        if unnamed and len(list(pattern.finditer(text))) == len(unnamed):
            found = iter([links_of(one) for one in unnamed])
            return _placed(text, pattern, partial(_following, found))
    return text


def _following(found: Iterator[str], _: re.Match[str]) -> str:
    return next(found, "")


def _old_marks(text: str, citations: list[Any], references: list[dict[str, Any]], counts: Counter[str]) -> str:
    """Resolve marks such as 【11†source】 by the numbers that the citations have."""
    known: dict[str, str] = {}
    for one in citations:
        link = texts.link(untrusted.text(one, "metadata", "title"), untrusted.text(one, "metadata", "url"))
        number = untrusted.name(one, "metadata", "extra", "cited_message_idx")
        place = untrusted.name(one, "metadata", "extra", "search_result_idx")
        for key in (f"{number}:{place}" if place else number, number):
            if link and number:
                known.setdefault(key, link)

    def link_of(match: re.Match[str]) -> str:
        found = known.get(match[1], "")
        if not found:
            counts[left_out.CITATION] += 1
        return found

    text, missing = _placed(text, _OLD_MARK, link_of), counts[left_out.CITATION]
    return text if not missing or references else with_sources(text, known.values())


def _stripped(text: str, references: list[dict[str, Any]], counts: Counter[str]) -> str:
    """Remove the marks that are left. What they may have cited is listed at the end."""
    left = 0

    def words_of(match: re.Match[str]) -> str:
        nonlocal left
        words = _words_of_mark(match[1] or "", match[2] or "")
        counts[left_out.MISSING_FILE] += match[1] in _PICTURES
        left += not words and (match[1] or "cite") in ("cite", "filecite", "navlist")
        return words

    text = _REST.sub("", _MARK.sub(words_of, text))
    counts[left_out.CITATION] += left
    listed = [one for one in references if left or untrusted.text(one, "type") == _FOOTNOTE]
    return with_sources(text, (link for one in listed for link in links(one)))


def _words_of_mark(kind: str, payload: str) -> str:
    """Return what a mark shows by itself: the name of an entity, the label of a link."""
    if kind == "entity":
        try:
            return untrusted.text(json.loads(payload), 1)
        except (ValueError, RecursionError):
            return ""
    if kind in _PICTURES:
        return f"\n\n{texts.note('images of the web, not in the export')}\n\n"
    return payload.partition("\ue202")[0] if kind == "url" else ""


def _placed(text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> str:
    """Replace matches, with a space between a link and the word before it."""

    def put(match: re.Match[str]) -> str:
        found = replace(match)
        before = match.string[match.start() - 1 : match.start()]
        is_close = bool(before) and not before.isspace() and before != "("
        return f" {found}" if is_close and found.startswith(("[", "(")) else found

    return pattern.sub(put, text)


def _is_mark(text: str) -> bool:
    """Say whether a matched text is a mark: a footnote matches a space, and no word becomes a link everywhere."""
    return bool(re.search("[\ue200-\ue206【]", text)) or (text.startswith(("[", "(")) and len(text.strip()) > 2)
