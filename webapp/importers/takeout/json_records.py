"""The records of `MyActivity.json`: the newest first, those of all products together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, texts, untrusted
from webapp.importers.attempts import unreadable
from webapp.importers.json_files import built, entries
from webapp.importers.markup import to_markdown
from webapp.importers.records import LeftOut
from webapp.importers.takeout.activity import Activity, Found, after_verb, is_gemini, without_attached
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.importers.bundle import Member


def is_record(value: Any) -> bool:
    has_product = isinstance(untrusted.at(value, "header"), str) or isinstance(untrusted.at(value, "products"), list)
    return has_product and "title" in value and "time" in value


def read_json(member: Member) -> Iterator[Found]:
    for entry in entries(member):
        if entry.error is None and not is_record(entry.value):
            yield unreadable(entry.place)
        else:
            yield built(entry, _record)


def _record(place: str, value: Any) -> Found:
    products = [untrusted.text(value, "header"), *(untrusted.text(one) for one in untrusted.items(value, "products"))]
    title = untrusted.text(value, "title")
    if not any(is_gemini(product) for product in products):
        name = texts.clean_line(next((product for product in products if product), "another product"), 60)
        return LeftOut(place=place, kind=left_out.OTHER_PRODUCT, reason=name)
    counts: Counter[str] = Counter()
    answer = _answer(value, counts)
    asked = after_verb(title)
    if asked is None and not answer:
        return LeftOut(place=place, kind=left_out.NOT_A_CHAT, reason=texts.clean_line(title.split(" ")[0], 60))
    prompt, attached, listed = without_attached(title if asked is None else asked)
    files = _files(value) or listed
    time = parse_time(untrusted.at(value, "time"))
    return Activity(place, time, prompt, answer, files, max(attached, len(files)), counts=counts)


def _answer(value: Any, counts: Counter[str]) -> str:
    pieces = [to_markdown(untrusted.text(one, "html"), counts) for one in untrusted.items(value, "safeHtmlItem")]
    if not any(pieces):
        pieces = [
            untrusted.text(one, "value")
            for one in untrusted.items(value, "details")
            if untrusted.text(one, "name") == "Response"
        ]
    return texts.join_blocks(pieces)


def _files(value: Any) -> list[str]:
    named = [*untrusted.items(value, "attachedFiles"), *untrusted.items(value, "imageFile")]
    if isinstance(untrusted.at(value, "imageFile"), str):
        named.append(untrusted.at(value, "imageFile"))
    # The address of a file is its name beside the records.
    named += [
        untrusted.text(one, "url") or untrusted.text(one, "name").lstrip("- ")
        for one in untrusted.items(value, "subtitles")
        if untrusted.text(one, "name").startswith("-")
    ]
    names = [texts.file_name(untrusted.text(one) or untrusted.text(one, "name"), "") for one in named]
    return list(dict.fromkeys(name for name in names if name))
