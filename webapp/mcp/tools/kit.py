"""What a tool is: a name, a model of its arguments, a model of its result, and a function."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mcp_types import Tool as WireTool
from mcp_types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, field_validator

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.services.users import CurrentUser


class Arguments(BaseModel):
    """The arguments of a tool. Unknown ones are errors, so that no filter is ignored."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_nul(cls, value: object) -> object:
        """Raise ValueError for a text that PostgreSQL cannot compare with anything."""
        if isinstance(value, str) and "\0" in value:
            raise ValueError("this text contains a NUL character. Remove it")
        return value


class Outcome(BaseModel):
    """The structured result of a tool."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool. `call` calls one service."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    outcome: type[Outcome]
    call: Callable[[CurrentUser, Any], Outcome]
    writes: bool = False

    def described(self) -> WireTool:
        return WireTool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self._input_schema,
            output_schema=self._output_schema,
            annotations=ToolAnnotations(
                read_only_hint=not self.writes,
                destructive_hint=False,
                idempotent_hint=not self.writes,
                open_world_hint=False,
            ),
        )

    @cached_property
    def _input_schema(self) -> dict[str, Any]:
        return plain_schema(self.arguments)

    @cached_property
    def _output_schema(self) -> dict[str, Any]:
        return plain_schema(self.outcome)


def plain_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's schema without the titles that pydantic makes of names, and without null as a value.

    Some clients show these titles, and some cannot send null. Arguments may be left out instead.
    """
    schema: dict[str, Any] = _plain(model.model_json_schema())
    return schema


def _plain(node: Any, *, is_names: bool = False) -> Any:
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    if is_names:
        return {name: _plain(schema) for name, schema in node.items()}
    kept = {
        key: _plain(value, is_names=key in {"properties", "$defs"})
        for key, value in node.items()
        if key != "title" and not (key == "default" and value is None)
    }
    choices = [choice for choice in kept.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        kept = {**choices[0], **kept}
    return kept
