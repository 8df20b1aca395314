"""Validation of a request: its JSON, its options, and its chat session."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from webapp.config.settings import Settings
from webapp.errors import BadRequest, FieldProblem, Invalid, TooManyMessages
from webapp.http.json_body import details_of, parse, read_bytes
from webapp.http.json_size import has_more_values
from webapp.ids import canonical_id
from webapp.openai_api.answering import SESSION
from webapp.openai_api.errors import param_of
from webapp.openai_api.schemas import completion_model
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic_core import ErrorDetails

    from webapp.openai_api.response_schemas import ResponseIn
    from webapp.openai_api.schemas import CompletionIn

RequestT = TypeVar("RequestT", bound=BaseModel)

#: JSON values of a message with a text or a few parts, and of all other members, such as the schemas of tools.
_VALUES_OF_MESSAGE = 10
_OTHER_VALUES = 10_000
#: The start of the body in which the first JSON character is looked for, in bytes.
_HEAD_BYTES = 100


def read_completion() -> CompletionIn:
    """Return the validated body of a request for a completion.

    Raises UnsupportedMediaType, BadRequest for a body that is not JSON, TooManyMessages and Invalid.
    """
    return read_request(completion_model(current(Settings).max_history), "messages", _unsupported)


def read_request(
    model: type[RequestT], list_name: str, unsupported: Callable[[RequestT], Iterator[tuple[str, str]]]
) -> RequestT:
    """Return the validated body, whose field `list_name` has the messages.

    `unsupported` yields the pointer and the sentence of every unsupported option. Raises what `read_completion` raises.
    """
    raw = read_bytes()
    max_history = current(Settings).max_history
    if has_more_values(raw, max_history * _VALUES_OF_MESSAGE + _OTHER_VALUES):
        if not raw[:_HEAD_BYTES].lstrip().startswith(b"{"):
            raise BadRequest(f"The body is not a JSON object. Send an object with {list_name}.")
        raise too_many(list_name)
    try:
        body = parse(model, raw)
    except ValidationError as error:
        details = details_of(error)
        if any(detail["type"] == "too_long" and detail["loc"] == (list_name,) for detail in details):
            raise too_many(list_name) from None
        raise refusal_of(details[0]) from None
    for pointer, sentence in unsupported(body):
        raise Invalid.field(pointer, "unsupported", sentence)
    return body


def too_many(list_name: str) -> TooManyMessages:
    """Return the error for a request with more messages than the limit."""
    max_history = current(Settings).max_history
    return TooManyMessages(
        f"The request has more than {max_history:,} messages, or too many parts. Send only the latest messages, or "
        "name the chat that has the others and send only the new ones.",
        problems=(FieldProblem(f"#/{list_name}", "too_many_messages", f"The limit is {max_history:,} messages."),),
    )


def named_session(body: CompletionIn | ResponseIn) -> str | None:
    """Return the id of the session in the header or the metadata, None if there is none. Raises Invalid."""
    header = request.headers.get(SESSION)
    metadata_id = (body.metadata or {}).get("session_id")
    named = {
        _canonical(value, pointer)
        for value, pointer in ((header, SESSION), (metadata_id, "#/metadata/session_id"))
        if value is not None
    }
    if len(named) > 1:
        raise Invalid.field(
            "#/metadata/session_id",
            "ambiguous",
            f"metadata.session_id and {SESSION} name different chats. Send only one of them.",
        )
    if named and body.store is False:
        raise Invalid.field(
            "#/store", "contradictory", "A request with store false cannot name a chat. Leave one of them out."
        )
    return next(iter(named), None)


def _unsupported(body: CompletionIn) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the sentence of every unsupported option. Ignoring one would mislead the client."""
    if body.n not in (None, 1):
        yield "#/n", "Only one choice is supported. Leave n out, or send 1."
    if (body.tools and body.tool_choice != "none") or (body.functions and body.function_call != "none"):
        pointer = "#/tools" if body.tools else "#/functions"
        yield pointer, "The assistants cannot call your tools. Leave them out, or send tool_choice “none”."
    if body.response_format is not None and body.response_format.get("type") != "text":
        yield (
            "#/response_format",
            "Answers are always text. Leave response_format out, and describe the format in a message.",
        )
    if body.modalities is not None and set(body.modalities) != {"text"}:
        yield "#/modalities", "Answers are always text. Leave modalities out."
    if body.logprobs:
        yield "#/logprobs", "Log probabilities are not supported. Leave logprobs out."
    if "\0" in (body.model or ""):
        yield "#/model", "The name of the model contains a NUL character. Remove it."


def _canonical(value: object, pointer: str) -> str:
    session_id = canonical_id(str(value))
    if session_id is None:
        raise Invalid.field(pointer, "uuid", "The id of a chat session must be a UUID.")
    return session_id


def refusal_of(detail: ErrorDetails, *above: str | int) -> Invalid:
    """Return the error for a value that pydantic refused. `above` is the path of the validated object."""
    pointer = "#/" + "/".join(str(part) for part in (*above, *detail["loc"]))
    sentence = "This field is required" if detail["type"] == "missing" else detail["msg"]
    return Invalid(
        f"{param_of(pointer) or 'The body'}: {sentence}.", problems=(FieldProblem(pointer, detail["type"], sentence),)
    )
