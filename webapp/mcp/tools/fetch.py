from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from webapp.errors import NotFound
from webapp.http.absolute_links import absolute
from webapp.ids import canonical_id
from webapp.mcp.dates import iso
from webapp.mcp.tools.kit import Arguments, Outcome, Tool
from webapp.services.transcripts.documents import read_document
from webapp.urls import message_path, session_path

if TYPE_CHECKING:
    from webapp.services.transcripts.documents import Document
    from webapp.services.users import CurrentUser
    from webapp.services.values import TranscriptMessage


class FetchIn(Arguments):
    id: Annotated[str, Field(max_length=100, description="The id of a result of “search”, or of a chat.")]
    from_message: Annotated[
        int,
        Field(ge=0, le=2**31 - 1, description="Of a long chat: the number that “metadata.continue_from” names."),
    ] = 0


class FetchOut(Outcome):
    id: str
    title: Annotated[str, Field(description="The title of the chat.")]
    text: Annotated[str, Field(description="The messages in their order, each below its author and date.")]
    url: str
    metadata: Annotated[
        dict[str, Any],
        Field(description="date, chat_id, tags, archived; of a turn also the ids previous and next in the chat."),
    ]


def _fetch(user: CurrentUser, arguments: FetchIn) -> FetchOut:
    document_id = canonical_id(arguments.id.strip())
    if document_id is None:
        raise NotFound("This is no id of a turn or a chat. Use an id from a search or from a list.")
    document = read_document(user, document_id, arguments.from_message)
    session, messages = document.session, document.messages
    is_turn = not document.is_chat
    return FetchOut(
        id=messages[0].id if is_turn else session.id,
        title=session.title,
        text="\n\n".join(map(_message_text, messages)),
        url=absolute(message_path(messages[0].id) if is_turn else session_path(session.id)),
        metadata=_metadata(document),
    )


def _metadata(document: Document) -> dict[str, Any]:
    session, messages = document.session, document.messages
    facts = {
        "kind": "chat" if document.is_chat else "turn",
        "date": iso(messages[0].create_time if messages else session.created_at),
        "chat_id": session.id,
        "chat_messages": session.message_count,
        "tags": [tag.name for tag in session.tags],
        "archived": session.archived,
        "previous": document.previous_id,
        "next": document.next_id,
        "continue_from": document.next_idx,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _message_text(message: TranscriptMessage) -> str:
    author = "User" if message.role == "user" else "Assistant"
    model = f", {message.model}" if message.model else ""
    files = [f"[File: {file.name}, {file.media_type}, {file.size:,} bytes]" for file in message.files]
    content = "[This text was removed.]" if message.struck_at else message.content
    return "\n".join([f"{author}{model} ({iso(message.create_time)}):", *files, content])


TOOL = Tool(
    name="fetch",
    title="Read a past turn or chat",
    description="Read one whole turn that “search” found, by its id: the user's question and the assistant's answer, "
    "with dates and the ids of the turns around it. With a chat's id, read the chat from its beginning, part by part.",
    arguments=FetchIn,
    outcome=FetchOut,
    call=_fetch,
)
