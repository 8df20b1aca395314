"""Declarations of operations. The route and the OpenAPI document come from the same declaration."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Required, TypeAlias, TypedDict, Unpack

from flask import Response

from webapp.api.kit.keys import replay
from webapp.api.kit.reading import read_body, read_query
from webapp.config.settings import Settings
from webapp.http.handoff import Waiting
from webapp.http.json_body import JSON
from webapp.services.idempotency import AlreadyAnswered
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Blueprint
    from pydantic import BaseModel

    from webapp.api.kit.answer import Answer

    View: TypeAlias = Callable[..., Answer | Response]
    Handler: TypeAlias = Callable[..., Response]

MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A method on a path, with its schemas and error statuses."""

    method: str
    rule: str
    name: str
    summary: str
    description: str
    responses: Mapping[int, type[BaseModel] | None]
    problems: tuple[int, ...] = ()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_types: tuple[str, ...] = (JSON,)
    body_is_optional: bool = False
    #: The JSON schema of a form with files, which the view reads itself.
    form: Mapping[str, Any] | None = None
    request_headers: tuple[str, ...] = ()
    tag: str = ""
    #: The type of a response that is not JSON, for 200 and 206.
    media_type: str = ""
    #: The events of the streamed response, if there is one, with the schemas of their data.
    events: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    #: The media types of a response (200) that is a file.
    files: tuple[str, ...] = ()
    #: OpenAPI links: an operation and its parameters, as runtime expressions over this response.
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class OperationFields(TypedDict, total=False):
    """The fields of an Operation that `Api.route` takes."""

    responses: Required[Mapping[int, type[BaseModel] | None]]
    problems: tuple[int, ...]
    query: type[BaseModel]
    body: type[BaseModel]
    body_types: tuple[str, ...]
    body_is_optional: bool
    form: Mapping[str, Any]
    request_headers: tuple[str, ...]
    media_type: str
    events: Mapping[str, type[BaseModel]]
    files: tuple[str, ...]
    links: Mapping[str, Mapping[str, str]]


class Api:
    """The operations of a blueprint."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.operations: list[Operation] = []

    def route(self, method: str, rule: str, **fields: Unpack[OperationFields]) -> Callable[[View], Handler]:
        """Register a view. `fields` are the fields of its Operation; its docstring is the summary and description.

        The view gets the variables of the path and, if they are declared, the validated models `query` and `body`.
        If the view raises AlreadyAnswered, the stored answer is returned.
        """

        def register(view: View) -> Handler:
            summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n")
            tag = view.__module__.rpartition(".")[2]
            operation = Operation(
                method=method,
                rule=rule,
                name=f"{tag}_{view.__name__}",
                summary=summary.rstrip("."),
                description=" ".join(description.split()),
                tag=tag,
                **fields,
            )
            self.operations.append(operation)
            handler = _handler(operation, view)
            self.blueprint.add_url_rule(rule, operation.name, handler, methods=[method])
            return handler

        return register


def _handler(operation: Operation, view: View) -> Handler:
    @functools.wraps(view)
    def handle(**parts: Any) -> Response:
        if operation.body is not None:
            parts["body"] = read_body(operation.body, operation.body_types, is_optional=operation.body_is_optional)
        query = read_query(operation.query)
        if query is not None:
            parts["query"] = query
        try:
            answer = view(**parts)
        except AlreadyAnswered as already:
            return replay(already.answer)
        except Waiting as waiting:
            raise waiting.then(partial(_respond, operation)) from None
        return _respond(operation, answer)

    return handle


def _respond(operation: Operation, answer: Answer | Response) -> Response:
    return answer if isinstance(answer, Response) else respond(operation, answer)


def respond(operation: Operation, answer: Answer) -> Response:
    """Return the response. In development and tests, it is validated against the declared schema."""
    model = operation.responses.get(answer.status)
    body = answer.body
    if current(Settings).check_responses:
        if answer.status not in operation.responses:
            raise AssertionError(f"{operation.name} does not declare {answer.status}")
        if model is not None:
            model.model_validate_json(body, strict=False)
    response = Response(body, answer.status, content_type=JSON if model else None)
    if model is None:
        response.headers.pop("Content-Type", None)
    response.headers.update(answer.headers)
    return response
