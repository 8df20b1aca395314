"""Checks of tags: each has an owner, and a chat has only tags of its own owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from webapp.models import ChatSession, SessionTag, Tag, User, table_of
from webapp.services.titles import fold
from webapp.services.verification.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.services.verification.values import SnapshotReader

_tags = table_of(Tag)
_links = table_of(SessionTag)
_sessions = table_of(ChatSession)
_users = table_of(User)

_TAGS = select(_tags.c.id, _tags.c.name, _tags.c.name_folded, _users.c.id.label("found_owner")).outerjoin_from(
    _tags, _users, _users.c.id == _tags.c.owner_id
)
_WRONG = (
    select(
        _links.c.session_id,
        _links.c.tag_id,
        _sessions.c.id.label("found_session"),
        _tags.c.id.label("found_tag"),
    )
    .outerjoin_from(_links, _sessions, _sessions.c.id == _links.c.session_id)
    .outerjoin(_tags, _tags.c.id == _links.c.tag_id)
    .where(or_(_sessions.c.id.is_(None), _tags.c.id.is_(None), _sessions.c.owner_id != _tags.c.owner_id))
)


def check(reader: SnapshotReader) -> Iterator[Finding]:
    """Find tags without an owner or under another name, and links to what is not there or somebody else's."""
    for tag in reader.rows(_TAGS, _tags.c.id):
        if tag.found_owner is None:
            yield Finding("no-owner", f"tag {tag.id}", "Its owner is not there.")
        if tag.name_folded != fold(tag.name):
            yield Finding("tag", f"tag {tag.id}", "The form of its name that makes it unique does not fit its name.")
    for link in reader.rows(_WRONG, _links.c.session_id, _links.c.tag_id):
        if link.found_session is None:
            yield Finding("no-chat", f"chat {link.session_id}", "It is not there, and it has a tag.")
        elif link.found_tag is None:
            yield Finding("tag", f"chat {link.session_id}", f"Its tag {link.tag_id} is not there.")
        else:
            yield Finding("wrong-owner", f"chat {link.session_id}", f"Its tag {link.tag_id} belongs to somebody else.")
