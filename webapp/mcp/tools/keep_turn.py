from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from pydantic_core import from_json, to_json

from webapp.errors import NotFound
from webapp.http.request_keys import key_of
from webapp.ids import canonical_id
from webapp.mcp.forms import KEPT_FORM, kept_json
from webapp.mcp.tools.kit import Arguments, Outcome, Tool
from webapp.services.content import NAME_LIMIT
from webapp.services.idempotency import AlreadyAnswered
from webapp.services.sessions.keeping_turns import keep_turn
from webapp.services.values import NewMessage

if TYPE_CHECKING:
    from webapp.services.idempotency import RequestKey
    from webapp.services.users import CurrentUser


class KeepIn(Arguments):
    question: Annotated[str, Field(description="What the user wrote, word for word, as Markdown.")]
    answer: Annotated[str, Field(description="What you answered, word for word, as Markdown.")]
    chat_id: Annotated[str, Field(max_length=100, description="The chat to add the turn to. Empty: a new chat.")] = ""
    title: Annotated[str, Field(description="The title of the new chat. Empty: made of the question.")] = ""
    model: Annotated[str | None, Field(max_length=NAME_LIMIT, description="The name of the model.")] = None
    key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="A key of your choice for this turn: visible ASCII characters. A call that is repeated with "
            "the same key and arguments within 24 hours stores nothing more.",
        ),
    ] = None


class KeepOut(Outcome):
    id: Annotated[str, Field(description="The id of the chat, for “fetch” and for more turns.")]
    title: str
    url: str
    date: Annotated[str, Field(description="When the chat's last turn happened (RFC 3339, UTC).")]
    messages: int
    already_kept: Annotated[bool, Field(description="Whether an earlier call with this key stored the turn.")]


def _keep(user: CurrentUser, arguments: KeepIn) -> KeepOut:
    session_id = canonical_id(arguments.chat_id.strip()) if arguments.chat_id else None
    if arguments.chat_id and session_id is None:
        raise NotFound("This is no id of a chat. Use an id from a list, or leave it out for a new chat.")
    try:
        session = keep_turn(
            user,
            NewMessage(content=arguments.question, pointer="question"),
            NewMessage(content=arguments.answer, pointer="answer", model=arguments.model),
            session_id=session_id,
            title=arguments.title,
            key=_key(arguments),
        )
    except AlreadyAnswered as earlier:
        return KeepOut(**from_json(earlier.answer.body), already_kept=True)
    return KeepOut(**kept_json(session), already_kept=False)


def _key(arguments: KeepIn) -> RequestKey | None:
    if arguments.key is None:
        return None
    return key_of(arguments.key, KEPT_FORM, KEPT_FORM.encode(), to_json(arguments))


TOOL = Tool(
    name="keep_turn",
    title="Keep this turn",
    description="Store a question of the user and your answer as a turn in Minutebook, in a chat that is there or in "
    "a new one, so that it can be found later. Only when the user asks for it.",
    arguments=KeepIn,
    outcome=KeepOut,
    call=_keep,
    writes=True,
)
