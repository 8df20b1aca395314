from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from webapp.config.settings import Settings
from webapp.http.absolute_links import absolute
from webapp.mcp.dates import iso
from webapp.mcp.tools.kit import Arguments, Outcome, Tool
from webapp.services.search.finding import Wanted, find_turns
from webapp.state import current
from webapp.urls import message_path

if TYPE_CHECKING:
    from webapp.services.search.values import TurnHit
    from webapp.services.users import CurrentUser

_Day = Annotated[str, Field(max_length=30)]


class SearchIn(Arguments):
    query: Annotated[
        str,
        Field(
            max_length=900,
            description="Words that the turn contains. “Phrases in double quotes” and -words to leave out are "
            "understood. A few telling words find more than a whole sentence.",
        ),
    ]
    after: Annotated[_Day, Field(description="Only from this day, month or year on: 2025-03-09, 2025-03 or 2025.")] = ""
    before: Annotated[_Day, Field(description="Only before this day, month or year.")] = ""
    tag: Annotated[str, Field(max_length=100, description="Only chats with the tag of this name.")] = ""
    role: Annotated[
        Literal["user", "assistant"] | None,
        Field(description="Only what the user wrote, or only what the assistant answered."),
    ] = None
    order: Annotated[Literal["best", "newest"], Field(description="The best first, or the newest first.")] = "best"
    limit: Annotated[int, Field(ge=1, le=50, description="How many results to return.")] = 10
    cursor: Annotated[str, Field(max_length=400, description="The “next” of an earlier result, for more.")] = ""


class FoundOut(Outcome):
    id: Annotated[str, Field(description="For “fetch”.")]
    title: Annotated[str, Field(description="The title of the chat.")]
    url: str
    date: Annotated[str, Field(description="When it was said (RFC 3339, UTC).")]
    role: Literal["user", "assistant"]
    text: Annotated[str, Field(description="The part of the message that fits.")]
    chat_id: str
    archived: bool


class SearchOut(Outcome):
    results: list[FoundOut]
    all_words: Annotated[bool, Field(description="False: no message has every word, and these have some of them.")] = (
        True
    )
    next: Annotated[str | None, Field(description="The cursor for more results, if there are more.")] = None


def _search(user: CurrentUser, arguments: SearchIn) -> SearchOut:
    wanted = Wanted(
        arguments.query,
        after=arguments.after,
        before=arguments.before,
        tag=arguments.tag,
        role=arguments.role,
        order=arguments.order,
        zone=current(Settings).timezone,
    )
    page = find_turns(user, wanted, limit=arguments.limit, cursor=arguments.cursor or None)
    return SearchOut(results=list(map(_found_out, page.data)), all_words=page.all_words, next=page.next)


def _found_out(hit: TurnHit) -> FoundOut:
    return FoundOut(
        id=hit.turn_id,
        title=hit.title,
        url=absolute(message_path(hit.turn_id)),
        date=iso(hit.create_time),
        role="user" if hit.role == "user" else "assistant",
        text="".join(hit.snippet),
        chat_id=hit.session_id,
        archived=hit.archived,
    )


TOOL = Tool(
    name="search",
    title="Search past conversations",
    description="Search the user's own past conversations with AI assistants. Each result is a turn (a question and "
    "its answer) with its chat's title and its date. Read the whole turn with “fetch” before you rely on it.",
    arguments=SearchIn,
    outcome=SearchOut,
    call=_search,
)
