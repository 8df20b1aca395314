from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from webapp.api.schemas.base import NO_NUL, In, Out
from webapp.api.schemas.sessions import SessionOut
from webapp.api.schemas.tags import TagName
from webapp.services.sessions.several import MOST


class ChangesIn(In):
    """A change to several sessions."""

    action: Literal["archive", "restore", "pin", "unpin", "purge", "tag", "untag"]
    tag: Annotated[
        TagName | None, Field(description="The name of the tag, for these two actions. A new one is made.")
    ] = None
    session_ids: Annotated[
        list[Annotated[str, Field(pattern=NO_NUL, max_length=36)]],
        Field(min_length=1, max_length=MOST, description="A result of its own says which of them is no session."),
    ]


class ChangeOut(Out):
    """The result for one session: its new state, null after a deletion, or the problem document."""

    session_id: str
    changed: Annotated[bool, Field(description="Whether the session was in another state before.")]
    session: SessionOut | None
    problem: dict[str, Any] | None


class ChangesOut(Out):
    """The results in the order of the request, without repeated ids."""

    data: list[ChangeOut]
