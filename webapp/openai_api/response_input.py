"""Validation of a request for a response, and the messages of its input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from webapp.config.settings import Settings
from webapp.errors import Invalid
from webapp.http.json_body import details_of
from webapp.openai_api.answering import SESSION
from webapp.openai_api.messages import read_messages
from webapp.openai_api.reading import named_session, read_request, refusal_of, too_many
from webapp.openai_api.response_schemas import RESPONSE_PREFIX, ItemIn, ResponseIn, uuid_in
from webapp.openai_api.schemas import MessageIn
from webapp.services.content import check_system_text
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.openai_api.messages import Conversation


class ParsedInput(NamedTuple):
    """What a request asks. `previous` is the id of the answer that it follows; `session_id` names the chat."""

    conversation: Conversation
    previous: str | None
    session_id: str | None


def read_response() -> ResponseIn:
    """Return the validated body. Raises what `read_completion` raises."""
    return read_request(ResponseIn, "input", _unsupported)


def read_input(body: ResponseIn) -> ParsedInput:
    """Return the messages and the chat of a request. Raises Invalid and TooManyMessages."""
    check_system_text(body.instructions or "", "#/instructions", "The instructions have")
    if isinstance(body.input, str):
        # A text is the question. What is wrong with it is wrong with the input.
        conversation = read_messages([MessageIn(role="user", content=body.input)], "#/input")
    else:
        conversation = read_messages(_items(body.input), "#/input")
    previous = _previous(body)
    session_id = named_session(body)
    if previous and session_id:
        raise Invalid.field(
            "#/previous_response_id",
            "ambiguous",
            "previous_response_id and the name of a chat were sent. Send only one of them.",
        )
    return ParsedInput(conversation, previous, session_id)


def _previous(body: ResponseIn) -> str | None:
    if body.previous_response_id is None:
        return None
    previous = uuid_in(body.previous_response_id, RESPONSE_PREFIX)
    if previous is None:
        raise Invalid.field(
            "#/previous_response_id", "previous_response_not_found", "This is not the id of a response of this server."
        )
    return previous


def _items(items: Any) -> list[MessageIn]:
    if not isinstance(items, list):
        raise Invalid.field("#/input", "type", "The input must be a string or a list of messages.")
    if len(items) > current(Settings).max_history:
        raise too_many("input")
    return [_item(item, number) for number, item in enumerate(items)]


def _item(item: Any, number: int) -> MessageIn:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "reasoning":
        # Clients send a model's thoughts back. They are passed over, as an empty message is.
        return MessageIn(role="system")
    if kind == "item_reference":
        return _reference(item, number)
    if kind not in (None, "message"):
        raise Invalid.field(
            f"#/input/{number}", "unsupported", "Only messages are supported. Leave tool calls and their results out."
        )
    try:
        return ItemIn.model_validate(item)
    except ValidationError as error:
        raise refusal_of(details_of(error)[0], "input", number) from None


def _reference(item: dict[str, Any], number: int) -> ItemIn:
    reference = ItemIn(role="assistant", type="item_reference", id=item.get("id"))
    if reference.stored_id is None:
        raise Invalid.field(
            f"#/input/{number}/id", "item_not_found", "This is not the id of a message of this server. Send its text."
        )
    return reference


def _unsupported(body: ResponseIn) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the sentence of every unsupported option. Ignoring one would mislead the client."""
    if body.tools and body.tool_choice != "none":
        yield "#/tools", "The assistants cannot call your tools. Leave them out, or send tool_choice “none”."
    if ((body.text or {}).get("format") or {"type": "text"}) != {"type": "text"}:
        yield "#/text/format", "Answers are always text. Leave text.format out, and describe the format in a message."
    if body.background:
        yield "#/background", "Background responses are not supported. Leave background out, or stream the response."
    for name in ("conversation", "prompt"):
        if getattr(body, name) is not None:
            yield f"#/{name}", f"{name} is not supported. Name the chat by previous_response_id or {SESSION}."
    if body.top_logprobs:
        yield "#/top_logprobs", "Log probabilities are not supported. Leave top_logprobs out."
    if "\0" in (body.model or ""):
        yield "#/model", "The name of the model contains a NUL character. Remove it."
