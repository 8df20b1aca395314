"""A chat as one HTML page that looks like the app's: style and files are in it, and it has no script."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from webapp.config.settings import ASSETS
from webapp.rendering import format_markdown
from webapp.services.exports.transcript import read_bytes, read_messages, read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from webapp.services.exports.facts import AnyRow
    from webapp.services.exports.transcript import Exported
    from webapp.services.instruction_values import Instruction

_STYLES = ("tokens", "base", "layout", "transcript", "instructions", "turn", "prose", "code", "print", "exported")
#: Nothing is loaded and nothing runs, whatever a message says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
#: Pictures that every browser shows and that hold no program.
_SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"}
#: Links into the app lead nowhere from a file.
_OWN_LINK = re.compile(r'(<a\b[^>]*?)\s(?:href)="/[^"]*"')
_SPEAKERS = {"user": "You", "assistant": "Assistant"}
#: Bytes that become whole groups of base64.
_GROUP = 3


def write_html(connection: Connection, session: AnyRow) -> Iterator[bytes]:
    """Yield the page in UTF-8."""
    yield _head(session, read_tags(connection, session.id)).encode()
    day = ""
    for exported in read_messages(connection, session):
        if (this_day := f"{exported.message.create_time:%Y-%m-%d}") != day:
            yield Markup('<p class="day"><span>{}</span></p>\n').format(day := this_day).encode()
        yield "".join(map(_instruction, exported.instructions)).encode()
        yield _begin(exported).encode()
        for file in exported.files:
            yield from _file(connection, file)
        yield _end(exported.message).encode()
    yield b"</div></main></body></html>\n"


@cache
def _style() -> str:
    folder = ASSETS / "static" / "css"
    return "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)


def _head(session: AnyRow, tags: list[str]) -> str:
    facts = [f"{session.message_count} messages", f"since {session.created_at:%Y-%m-%d}", *tags]
    head = Markup(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="generator" content="Minutebook">\n'
        "<title>{title}</title>\n<style>\n{style}\n</style></head>\n"
        '<body class="exported"><main class="minutes"><header class="exported-head"><h1 dir="auto">{title}</h1>\n'
        '<p dir="auto">{facts}</p></header>\n<div id="minutes">\n'
    )
    style = Markup(_style())  # noqa: S704 - the app's own
    return head.format(policy=_POLICY, title=session.title, style=style, facts=" · ".join(facts))


def _begin(exported: Exported) -> str:
    message = exported.message
    parts = Markup(
        '<article id="m-{number}" class="minute {role}"><div class="margin">'
        '<a class="number" href="#m-{number}"><span class="unseen">Message </span>{number}</a>'
        '<time datetime="{machine}">{clock}</time></div>\n<div class="said"><h2 class="unseen">{speaker}</h2>\n'
    ).format(
        number=message.idx + 1,
        role=message.role,
        machine=message.create_time.isoformat(),
        clock=f"{message.create_time:%H:%M}",
        speaker=_SPEAKERS[message.role],
    )
    return parts + _thoughts(message) + _text(exported)


def _thoughts(message: AnyRow) -> Markup:
    if not (message.reasoning and message.reasoning.strip()):
        return Markup()
    return Markup(
        '<details class="thoughts"><summary>Reasoning</summary><div class="plain" dir="auto">{}</div></details>\n'
    ).format(message.reasoning.strip())


def _text(exported: Exported) -> Markup:
    message = exported.message
    if message.struck_at:
        return Markup('<p class="struck">Text removed on {}</p>\n').format(f"{message.struck_at:%Y-%m-%d}")
    if message.role == "user":
        text = Markup('<div class="plain" dir="auto">{}</div>\n').format(message.content)
        return text if message.content else Markup()
    html = exported.html or format_markdown(message.content).html
    safe = Markup(_OWN_LINK.sub(r"\1", html))  # noqa: S704 - sanitized when rendered
    return Markup('<div class="prose">{}</div>\n').format(safe)


def _file(connection: Connection, file: AnyRow) -> Iterator[bytes]:
    """Yield a picture, or a link that saves the file; its bytes are in the address."""
    is_shown = file.media_type in _SHOWN
    kind = file.media_type if is_shown else "application/octet-stream"
    begin = (
        Markup('<p class="exported-file"><img alt="{}" src="data:{};base64,')
        if is_shown
        else Markup('<p class="exported-file"><a download="{}" href="data:{};base64,')
    )
    yield begin.format(file.name, kind).encode()
    yield from _base64(read_bytes(connection, file.id))
    size = Markup(' width="{}" height="{}"').format(file.width, file.height) if file.width and file.height else ""
    end = (
        Markup('"{}></p>\n').format(size)
        if is_shown
        else Markup('">{}</a> ({:,} bytes)</p>\n').format(file.name, file.size)
    )
    yield end.encode()


def _base64(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        whole = rest + piece
        end = len(whole) - len(whole) % _GROUP
        rest = whole[end:]
        yield base64.b64encode(whole[:end])
    yield base64.b64encode(rest)


def _end(message: AnyRow) -> str:
    notes = [message.model, message.finish_reason if message.finish_reason != "stop" else None]
    under = Markup().join(Markup('<span class="rest">{}</span>').format(note) for note in notes if note)
    return Markup('<p class="under">{}</p></div></article>\n').format(under)


def _instruction(fact: Instruction) -> str:
    label = escape(f"Instructions of the {fact.origin} · {fact.made_at:%Y-%m-%d %H:%M}")
    if fact.text_id is None:
        return Markup('<p class="instruction"><span>{}</span> · none from here on</p>\n').format(label)
    if fact.struck_at:
        return Markup('<p class="instruction"><span>{}</span> · text removed</p>\n').format(label)
    return Markup(
        '<details class="instruction" open><summary><span>{}</span></summary>'
        '<div class="plain" dir="auto">{}</div></details>\n'
    ).format(label, fact.content or "")
