from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import MISSING, Field

from webapp.api.schemas.base import UUID_PATTERN, Cursor, In, Limit, MessageIdx, Moment, Name, Out, Query, Uuid
from webapp.api.schemas.instructions import InstructionOut
from webapp.api.schemas.messages import MessageOut
from webapp.api.schemas.tags import TagLabel, TagNames
from webapp.api.schemas.turns import MOST_TURNS, CarriedTurns


class SessionOut(Out):
    """A chat session."""

    id: Uuid
    url: str
    html_url: str
    title: str
    title_source: Literal["auto", "user"]
    titled_by: Annotated[str | None, Field(description="The model that wrote an automatic title.")]
    assistant: str | None
    pinned: bool
    archived: bool
    archivist_only: Annotated[
        bool, Field(description="Whether the archivist alone has answered. Lists have such sessions at their end.")
    ]
    message_count: int
    revision: int
    created_at: datetime
    updated_at: datetime
    last_activity_at: datetime
    conversation_id: Uuid
    forked_from_id: Annotated[
        Uuid | None, Field(description="The session that this one was forked from, null after its deletion.")
    ]
    forked_at_idx: Annotated[int | None, Field(description="The last `idx` that this session shares with its source.")]
    tags: Annotated[list[TagLabel], Field(description="Its tags in the order of their names.")]


class SessionWithMessages(SessionOut):
    """A chat session with its transcript, unless `messages=0` left it out."""

    messages: list[MessageOut] | None = None
    instructions: Annotated[
        list[InstructionOut] | None, Field(description="What the transcript was made with, in its order.")
    ] = None


class SessionList(Out):
    """A page of chat sessions: pinned first, chats with the archivist alone last, each by last activity."""

    data: list[SessionOut]
    next: str | None


class SessionsQuery(Query):
    """Filters of the list of sessions."""

    limit: Limit = 50
    cursor: Cursor | None = None
    include_archived: Annotated[bool, Field(description="Include archived sessions.")] = False
    archived: Annotated[Literal["only"] | None, Field(description="Return only archived sessions.")] = None
    pinned: Annotated[bool | None, Field(description="Return only pinned sessions, or only others.")] = None
    title: Annotated[
        str, Field(max_length=200, pattern=r"^[^\x00]*$", description="Words that the title contains.")
    ] = ""
    tag: Annotated[
        Uuid | None, Field(pattern=UUID_PATTERN, description="The id of a tag: return only sessions that have it.")
    ] = None


class SessionQuery(Query):
    """Parts of the response."""

    messages: Annotated[bool, Field(description="`0` leaves the messages out.")] = True


class DeleteQuery(Query):
    """The kind of deletion."""

    purge: Annotated[bool, Field(description="Delete an archived session permanently.")] = False


class SessionIn(In):
    """A new chat session. Without a title, the first message gives it one."""

    title: Name | None = None
    pinned: bool = False
    assistant: Name | None = None
    created_at: Annotated[
        Moment | None,
        Field(description="When the chat began, if it began elsewhere. A time in the future counts as now."),
    ] = None
    turns: Annotated[
        CarriedTurns,
        Field(
            max_length=MOST_TURNS,
            description="Turns to begin with, such as those of a temporary chat, in order. All are stored, or none.",
        ),
    ] = Field(default_factory=list)


class SessionPatch(In):
    """Changes to a chat session (RFC 7396). Missing fields stay unchanged; null restores the default."""

    title: Name | MISSING | None = MISSING
    pinned: bool | MISSING = MISSING
    archived: bool | MISSING = MISSING
    assistant: Name | MISSING | None = MISSING
    tags: Annotated[
        TagNames | MISSING | None, Field(description="The names of all its tags. Null and an empty list remove them.")
    ] = MISSING


class ForkIn(In):
    """The position of a fork."""

    idx: Annotated[MessageIdx, Field(description="The `idx` of the last message that the fork shares.")]
