"""The forms of the page of connections and models."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request

from webapp.errors import Invalid
from webapp.http.numbers import read_whole
from webapp.services.assistants.fields import read_headers
from webapp.services.assistants.models import ModelChange
from webapp.services.assistants.presets import find_preset
from webapp.services.assistants.values import Fields
from webapp.web.continuation import API_KEY
from webapp.web.forms import text_field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.errors import AppError
    from webapp.services.assistants.values import Connection, Model, Outcome

#: Rows of models on one page.
_ROWS = 100
#: From so many models on, the page has a filter.
_FILTERED_FROM = 12


class ConnectionForm(NamedTuple):
    """The form of a new or stored connection, without its key. `problems` are by field, `""` for the whole form."""

    name: str = ""
    address: str = ""
    headers: str = ""
    models: str = ""
    preset: str = ""
    needs_key: bool = True
    drops_key: bool = False
    drops_headers: bool = False
    stored: Connection | None = None
    is_open: bool = False
    outcome: Outcome | None = None
    problems: Mapping[str, str] = MappingProxyType({})

    @property
    def id(self) -> str | None:
        return self.stored.id if self.stored else None

    @property
    def shows_more(self) -> bool:
        """Whether the folded fields hold something."""
        folded = (self.headers, self.models, self.drops_key, self.drops_headers)
        return any(folded) or bool({"headers", "models"} & self.problems.keys())

    @classmethod
    def of(cls, stored: Connection | None) -> ConnectionForm:
        """Return the form of a stored connection; of a new one if it is gone or the environment's."""
        if stored is None or stored.from_environment:
            return cls()
        return cls(stored.name, stored.address, stored=stored, is_open=True)

    @classmethod
    def from_preset(cls, slug: str) -> ConnectionForm:
        preset = find_preset(slug)
        if preset is None:
            return cls(is_open=slug == "other", preset=slug)
        return cls(preset.name, preset.address, preset=slug, needs_key=preset.needs_key, is_open=True)

    @classmethod
    def read(cls, stored: Connection | None) -> ConnectionForm:
        """Return the form as it was sent, without the key."""
        return cls(
            name=request.form.get("connection_name", ""),
            address=request.form.get("address", ""),
            headers=text_field("headers"),
            models=text_field("models"),
            preset=request.form.get("preset", ""),
            drops_key=bool(request.form.get("drops_key")),
            drops_headers=bool(request.form.get("drops_headers")),
            stored=stored,
            is_open=True,
        )


def form_fields(form: ConnectionForm) -> tuple[Fields, list[str]]:
    """Return the fields and the named models of a sent form. Raises Invalid.

    An empty key or header field of a stored connection leaves what is stored.
    """
    key, unchanged = request.form.get(API_KEY), None if form.stored else ""
    if key is None:
        raise Invalid.field("key", "missing", "Enter the key again, if there is one: it was not kept.")
    headers = read_headers(form.headers)
    fields = Fields(
        name=form.name,
        address=form.address,
        key="" if form.drops_key else key if key.strip() else unchanged,
        headers={} if form.drops_headers else headers or (None if form.stored else {}),
    )
    return fields, names_of(form.models)


def names_of(text: str) -> list[str]:
    """Return the names of models in a text, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def problems_of(error: AppError | None) -> dict[str, str]:
    """Return the sentences of an error by field."""
    if error is None:
        return {}
    by_field: dict[str, str] = {}
    for problem in error.problems:
        by_field.setdefault(problem.pointer.removeprefix("#/"), problem.detail)
    return by_field or {"": error.detail}


def model_changes() -> list[ModelChange]:
    """Return the changes of the models' form. Each row sends its model, its label, and its tick if it is set."""
    form = request.form
    shown, labels = set(form.getlist("shown")), form.getlist("label")
    seen = form.getlist("seen")
    if len(labels) != len(seen):
        raise Invalid.field("label", "count", "The form arrived incomplete, so nothing was changed. Send it again.")
    changes = []
    for place, label in zip(seen, labels, strict=True):
        connection_id, _, name = place.partition(" ")
        changes.append(ModelChange(connection_id, name, place in shown, label))
    return changes


class ModelRows(NamedTuple):
    """The models that the page shows, and the counts and addresses of its filters."""

    rows: Sequence[Model]
    counts: dict[str, int]
    filters: ModelFilter
    earlier: dict[str, Any] | None
    later: dict[str, Any] | None
    remaining: int
    has_filter: bool


class ModelFilter(NamedTuple):
    """What the page of models shows: words in names, all, shown or hidden ones, from a row on."""

    words: str = ""
    show: str = ""
    start: int = 0

    @classmethod
    def read(cls) -> ModelFilter:
        """Read the filter from the query or the form."""
        show = request.values.get("show", "")
        words = request.values.get("q", "").replace("\0", "").strip()[:200]
        return cls(words, show if show in {"shown", "hidden"} else "", read_whole(request.values.get("from", "")) or 0)

    def query(self, **other: Any) -> dict[str, Any]:
        """Return the parameters of the page with this filter; `other` replaces fields of it."""
        changed = self._replace(**other)
        return {
            name: value
            for name, value in (("q", changed.words), ("show", changed.show), ("from", changed.start))
            if value
        }

    def page(self, models: Sequence[Model]) -> ModelRows:
        """Return the page's part of the models."""
        words = self.words.casefold().split()
        found = [model for model in models if _matches(model, words)]
        shown = [model for model in found if model.is_shown]
        kinds = {"": found, "shown": shown, "hidden": [model for model in found if not model.is_shown]}
        listed = kinds[self.show]
        start = self.start if self.start < len(listed) else 0
        end = start + _ROWS
        return ModelRows(
            rows=listed[start:end],
            counts={kind: len(those) for kind, those in kinds.items()},
            filters=self,
            earlier=self.query(start=max(0, start - _ROWS)) if start else None,
            later=self.query(start=end) if end < len(listed) else None,
            remaining=max(0, len(listed) - end),
            has_filter=len(models) >= _FILTERED_FROM,
        )


def _matches(model: Model, words: Sequence[str]) -> bool:
    text = f"{model.title} {model.name} {model.connection}".casefold()
    return all(word in text for word in words)
