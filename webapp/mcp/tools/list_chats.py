from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from webapp.http.absolute_links import absolute
from webapp.mcp.dates import iso
from webapp.mcp.tools.kit import Arguments, Outcome, Tool
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.urls import session_path

if TYPE_CHECKING:
    from webapp.services.users import CurrentUser
    from webapp.services.values import SessionRow


class ListIn(Arguments):
    title: Annotated[str, Field(max_length=200, description="Only chats whose title contains these words.")] = ""
    include_archived: Annotated[bool, Field(description="Also list archived chats.")] = False
    limit: Annotated[int, Field(ge=1, le=100, description="How many chats to return.")] = 20
    cursor: Annotated[str, Field(max_length=400, description="The “next” of an earlier list, for more.")] = ""


class ChatOut(Outcome):
    id: Annotated[str, Field(description="For “fetch”.")]
    title: str
    url: str
    date: Annotated[str, Field(description="When the last turn happened (RFC 3339, UTC).")]
    began: Annotated[str, Field(description="When the chat began.")]
    messages: int
    tags: list[str]
    pinned: bool
    archived: bool


class ListOut(Outcome):
    chats: list[ChatOut]
    next: Annotated[str | None, Field(description="The cursor for more chats, if there are more.")] = None


def _list_chats(user: CurrentUser, arguments: ListIn) -> ListOut:
    filters = SessionFilter("all" if arguments.include_archived else "no", title=arguments.title)
    page = list_sessions(user, filters, limit=arguments.limit, cursor=arguments.cursor or None)
    return ListOut(chats=list(map(chat_out, page.data)), next=page.next)


def chat_out(session: SessionRow) -> ChatOut:
    return ChatOut(
        id=session.id,
        title=session.title,
        url=absolute(session_path(session.id)),
        date=iso(session.last_activity_at),
        began=iso(session.created_at),
        messages=session.message_count,
        tags=[tag.name for tag in session.tags],
        pinned=session.pinned,
        archived=session.archived,
    )


TOOL = Tool(
    name="list_chats",
    title="List past chats",
    description="List the user's chats, those with the latest turns first (pinned ones before all), or those whose "
    "title contains some words.",
    arguments=ListIn,
    outcome=ListOut,
    call=_list_chats,
)
