"""Reading what a request brings: media type, then size, then form, then values, each with its own refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.errors import BadRequest, FieldProblem, Invalid, UnsupportedMediaType

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=BaseModel)

_MOST_PROBLEMS = 50
#: Problems beyond which none is described: describing 100,000 unknown fields takes longer than finding them.
_MOST_DESCRIBED = 1_000
_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field here.",
    "string_pattern_mismatch": "The text is empty or holds a character that cannot be kept (NUL).",
}


def read_body(model: type[ModelT], media_types: tuple[str, ...], *, is_optional: bool = False) -> ModelT:
    """Return the checked body. Raises UnsupportedMediaType, BadRequest for what is no JSON, Invalid.

    Where it `is_optional`, none at all is an empty one.
    """
    if is_optional and not request.mimetype and not request.get_data(cache=True):
        return model.model_validate({})
    if request.mimetype not in media_types:
        raise UnsupportedMediaType(f"Send the body as {media_types[0]}.", headers={"Accept": ", ".join(media_types)})
    raw = request.get_data(cache=True)
    if request.content_length is None and len(raw) >= (request.max_content_length or 0):
        # What does not say its length (chunked) is read up to the limit and no further: it would be cut.
        raise RequestEntityTooLarge
    try:
        checked = model.model_validate_json(raw)
    except ValidationError as error:
        raise _refusal(error, "#/") from None
    try:
        # Only now: what was accepted has a bounded depth, so this parser cannot run out of stack.
        json.loads(raw, object_pairs_hook=_refuse_duplicates)
    except RecursionError:
        raise BadRequest("The JSON is nested too deeply.") from None
    return checked


def read_query(model: type[ModelT] | None) -> ModelT | None:
    """Return the checked query parameters, None where the operation takes none. Raises Invalid."""
    given = {name: values for name, values in request.args.lists()}  # noqa: C416 - a plain dict
    repeated = [FieldProblem(name, "repeated", "Give this parameter once.") for name, v in given.items() if len(v) > 1]
    if repeated:
        raise Invalid(repeated[0].detail, problems=tuple(repeated))
    flat = {name: values[0] for name, values in given.items()}
    if model is None:
        if flat:
            unknown = tuple(FieldProblem(name, "unknown", "There is no such parameter here.") for name in flat)
            raise Invalid("There is no such parameter here.", problems=unknown)
        return None
    try:
        return model.model_validate(flat)
    except ValidationError as error:
        raise _refusal(error, "") from None


def _refusal(error: ValidationError, prefix: str) -> BadRequest | Invalid:
    if error.error_count() > _MOST_DESCRIBED:
        return BadRequest(f"The body has {error.error_count():,} fields that are wrong or unknown here.")
    details = error.errors(include_url=False, include_context=False, include_input=False)
    if details[0]["type"] == "json_invalid":
        return BadRequest(f"The body is not valid JSON: {details[0]['msg'].removeprefix('Invalid JSON: ')}.")
    problems = tuple(_problem(detail, prefix) for detail in details[:_MOST_PROBLEMS])
    first = problems[0]
    return Invalid(f"{first.pointer}: {first.detail}" if first.pointer else first.detail, problems=problems)


def _problem(detail: ErrorDetails, prefix: str) -> FieldProblem:
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in detail["loc"]]
    message = detail["msg"].removeprefix("Value error, ")
    sentence = _SENTENCES.get(detail["type"], f"{message[:1].upper()}{message[1:]}.")
    return FieldProblem((prefix + "/".join(parts)).removesuffix("#/") or prefix[:1], detail["type"], sentence)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("The JSON names the same field twice.")
    return found
