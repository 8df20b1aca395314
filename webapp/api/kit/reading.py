"""Validation of requests, in this order: media type, size, JSON syntax, values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from webapp.config.settings import Settings
from webapp.errors import BadRequest, FieldProblem, Invalid
from webapp.http.json_body import details_of, parse, read_bytes, refuse_repeated_names
from webapp.http.json_size import has_more_values
from webapp.state import current

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=BaseModel)

_MAX_PROBLEMS = 50
#: With more problems, none is listed: describing 100,000 unknown fields takes longer than finding them.
_MAX_DESCRIBED = 1_000
#: JSON values of a body that is large because its texts are.
_MAX_VALUES = 10_000
_UNKNOWN_PARAMETER = "This parameter is unknown. Leave it out."
_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is unknown. Leave it out.",
    "string_pattern_mismatch": "The text is empty, or it contains a NUL character, which cannot be stored.",
}


def read_body(model: type[ModelT], media_types: tuple[str, ...], *, is_optional: bool = False) -> ModelT:
    """Return the validated body. An optional body may be missing and has its defaults then.

    Raises UnsupportedMediaType, BadRequest for a body that is not JSON, and Invalid.
    """
    if is_optional and not request.mimetype and not request.get_data(cache=True):
        return model.model_validate({})
    raw = read_bytes(media_types)
    if len(raw) > current(Settings).max_body_bytes and has_more_values(raw, _MAX_VALUES):
        raise BadRequest(f"The body has more than {_MAX_VALUES:,} values. Send only the documented fields.")
    try:
        checked = parse(model, raw)
    except ValidationError as error:
        raise _refusal(error, "#/") from None
    refuse_repeated_names(raw)
    return checked


def read_query(model: type[ModelT] | None) -> ModelT | None:
    """Return the validated query parameters, None if the operation has none. Raises Invalid."""
    parameters = {name: values for name, values in request.args.lists()}  # noqa: C416 - a plain dict
    repeated = [
        FieldProblem(name, "repeated", "Send this parameter only once.") for name, v in parameters.items() if len(v) > 1
    ]
    if repeated:
        raise Invalid(repeated[0].detail, problems=tuple(repeated))
    flat = {name: values[0] for name, values in parameters.items()}
    if model is None:
        if flat:
            unknown = tuple(FieldProblem(name, "unknown", _UNKNOWN_PARAMETER) for name in flat)
            raise Invalid(_UNKNOWN_PARAMETER, problems=unknown)
        return None
    try:
        return model.model_validate(flat)
    except ValidationError as error:
        raise _refusal(error, "") from None


def _refusal(error: ValidationError, prefix: str) -> BadRequest | Invalid:
    if error.error_count() > _MAX_DESCRIBED:
        return BadRequest(
            f"The body has {error.error_count():,} unknown or invalid fields. Send only the documented fields."
        )
    problems = tuple(_problem(detail, prefix) for detail in details_of(error)[:_MAX_PROBLEMS])
    first = problems[0]
    return Invalid(f"{first.pointer}: {first.detail}" if first.pointer else first.detail, problems=problems)


def _problem(detail: ErrorDetails, prefix: str) -> FieldProblem:
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in detail["loc"]]
    message = detail["msg"].removeprefix("Value error, ")
    sentence = _SENTENCES.get(detail["type"], f"{message[:1].upper()}{message[1:]}.")
    return FieldProblem((prefix + "/".join(parts)).removesuffix("#/") or prefix[:1], detail["type"], sentence)
