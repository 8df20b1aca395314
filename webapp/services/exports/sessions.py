"""One chat as a file, and several chats as a zip archive of such files."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

from webapp.errors import Invalid, NotFound
from webapp.ids import canonical_id, utc_now
from webapp.services.exports.as_html import write_html
from webapp.services.exports.as_json import write_json
from webapp.services.exports.as_markdown import FileNames, write_markdown
from webapp.services.exports.held import Pieces
from webapp.services.exports.names import Names, safe_name
from webapp.services.exports.slots import snapshot
from webapp.services.exports.transcript import has_files, read_bytes, read_messages, read_session
from webapp.services.exports.zips import ZipStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from webapp.services.exports.facts import AnyRow
    from webapp.services.users import CurrentUser

Format = Literal["json", "markdown", "html", "zip"]
FORMATS: tuple[str, ...] = get_args(Format)
#: Chats that are selected at once.
MOST = 100

ZIP = "application/zip"
#: A `zip` has the JSON and the bytes of its files, so that it can be imported whole.
_ENDINGS = {"json": ".json", "markdown": ".md", "html": ".html", "zip": ".json"}
_TYPES = {"json": "application/json", "markdown": "text/markdown", "html": "text/html"}


class Export(NamedTuple):
    """A file to download: its name, its media type, and its bytes in pieces."""

    name: str
    media_type: str
    pieces: Pieces


def export_session(user: CurrentUser, session_id: str, form: str) -> Export:
    """Return a chat as a file. Markdown with files is a zip archive, too. Raises NotFound, Invalid and Busy."""
    _check_form(form)
    with ExitStack() as resources:
        connection = resources.enter_context(snapshot())
        session = read_session(connection, user.id, session_id)
        stem = f"{session.created_at:%Y-%m-%d} {safe_name(session.title)}"
        if form == "zip" or (form == "markdown" and has_files(connection, session_id)):
            pieces = _archive(connection, [session], form)
            return Export(f"{stem}.zip", ZIP, Pieces(resources.pop_all(), pieces))
        document = Pieces(resources.pop_all(), _document(connection, session, form))
        return Export(f"{stem}{_ENDINGS[form]}", _TYPES[form], document)


def export_sessions(user: CurrentUser, session_ids: Sequence[str], form: str) -> Export:
    """Return several chats as a zip archive. Raises NotFound if there is none of them, Invalid and Busy."""
    _check_form(form)
    # A text that is no id names no chat.
    ids = list(dict.fromkeys(filter(None, map(canonical_id, session_ids))))
    if not session_ids:
        raise Invalid.field("#/session_ids", "missing", "Select at least one chat.")
    if len(ids) > MOST:
        raise Invalid.field("#/session_ids", "too-many", f"Select at most {MOST} chats at once; these are {len(ids)}.")
    with ExitStack() as resources:
        connection = resources.enter_context(snapshot())
        found = list(_existing(connection, user, ids))
        if not found:
            raise NotFound("There are no such chats.")
        name = f"Minutebook {utc_now():%Y-%m-%d}, {len(found)} chats.zip"
        return Export(name, ZIP, Pieces(resources.pop_all(), _archive(connection, found, form)))


def write_member(
    connection: Connection, session: AnyRow, form: str, stream: ZipStream, names: Names, folder: str = ""
) -> Iterator[bytes]:
    """Write a chat and the files beside it into an archive."""
    name = names.take(f"{session.created_at:%Y-%m-%d} {safe_name(session.title)}", _ENDINGS[form])
    if form != "markdown":
        yield from stream.member(f"{folder}{name}", _document(connection, session, form), is_large=True)
        if form == "zip":
            yield from _write_files(connection, session, stream, folder)
        return
    beside = FileNames(f"{name.removesuffix('.md')} files")
    yield from stream.member(f"{folder}{name}", write_markdown(connection, session, beside.path))
    for file_id, path in beside.paths.items():
        yield from stream.member(f"{folder}{path}", read_bytes(connection, file_id), is_large=True)


def _write_files(connection: Connection, session: AnyRow, stream: ZipStream, folder: str) -> Iterator[bytes]:
    """Write the files of a chat, each once, by their SHA-256, by which the JSON names them."""
    there = {member.name for member in stream.members}
    for exported in read_messages(connection, session):
        for file in exported.files:
            name = f"{folder}files/{file.sha256.hex()}"
            if name not in there:
                there.add(name)
                yield from stream.member(name, read_bytes(connection, file.id), is_large=True)


def _document(connection: Connection, session: AnyRow, form: str) -> Iterator[bytes]:
    if form in ("json", "zip"):
        return write_json(connection, session)
    if form == "html":
        return write_html(connection, session)
    return write_markdown(connection, session, lambda file: cast("str", file.name))


def _archive(connection: Connection, found: Sequence[AnyRow], form: str) -> Iterator[bytes]:
    # The same chats are the same bytes.
    stream, names = ZipStream(max(session.updated_at for session in found)), Names()
    for session in found:
        yield from write_member(connection, session, form, stream, names)
    yield from stream.end()


def _existing(connection: Connection, user: CurrentUser, ids: Sequence[str]) -> Iterator[AnyRow]:
    """Yield those that are the user's. Others may have been deleted since the page was shown."""
    for session_id in ids:
        try:
            yield read_session(connection, user.id, session_id)
        except NotFound:
            continue


def _check_form(form: str) -> None:
    if form not in FORMATS:
        raise Invalid.field("format", "unknown", f"The format must be one of: {', '.join(FORMATS)}.")
