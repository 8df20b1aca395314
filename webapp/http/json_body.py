"""Reading a body of JSON: its media type, then its size, then its form, then its values.

A door maps what is wrong with the values to its own shape; all that comes before is refused here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.errors import BadRequest, UnsupportedMediaType

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=BaseModel)

JSON = "application/json"


def read_bytes(media_types: tuple[str, ...] = (JSON,)) -> bytes:
    """Return the whole body. Raises UnsupportedMediaType, and RequestEntityTooLarge for one that would be cut."""
    if request.mimetype not in media_types:
        raise UnsupportedMediaType(f"Send the body as {media_types[0]}.", headers={"Accept": ", ".join(media_types)})
    raw = request.get_data(cache=True)
    if request.content_length is None and len(raw) >= (request.max_content_length or 0):
        # What does not say its length (chunked) is read up to the limit and no further: it would be cut.
        raise RequestEntityTooLarge
    return raw


def parse(model: type[ModelT], raw: bytes) -> ModelT:
    """Return the checked values.

    Raises BadRequest for what is no JSON (also a lone surrogate, and what is nested too deeply for the parser), and
    pydantic's ValidationError for values that the model does not take.
    """
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if error.error_count() == 1 and (detail := details_of(error)[0])["type"] == "json_invalid":
            sentence = detail["msg"].removeprefix("Invalid JSON: ")
            raise BadRequest(f"The body is not valid JSON: {sentence}.") from None
        raise


def details_of(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong with each value, without the values: a long list would be made into objects to be shown."""
    return error.errors(include_url=False, include_context=False, include_input=False)


def refuse_repeated_names(raw: bytes) -> None:
    """Raise BadRequest if an object names a field twice: parsers differ in which of the two they take.

    Only for what `parse` has accepted: its depth is bounded, so this parser does not run out of stack.
    """
    try:
        json.loads(raw, object_pairs_hook=_unique)
    except RecursionError:
        raise BadRequest("The JSON is nested too deeply. Send a flatter document.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest("The JSON contains a field twice. Send each field only once.")
    return fields
