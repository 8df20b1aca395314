"""What a person searches for: words, phrases, words to leave out, and filters.

Whatever is no filter is a word, so that nothing that a person types is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from webapp.errors import Invalid
from webapp.services.content import check_characters
from webapp.services.search.index.words import is_apart, is_emoji, words_in
from webapp.services.search.periods import read_period

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

QUERY_LIMIT = 1_000
#: Terms that one query looks up. More are no search that anybody types.
_MOST_TERMS = 32

Role: TypeAlias = Literal["user", "assistant"]
Place: TypeAlias = Literal["archived", "active", "pinned"]

_CHUNK = re.compile(
    r'(?P<minus>-)?(?:(?P<key>role|tag|in|has|model|before|after|on|session):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>\S+))',
    re.IGNORECASE,
)
_ROLES: dict[str, Role] = {"user": "user", "me": "user", "assistant": "assistant"}
_PLACES: dict[str, Place] = {"archived": "archived", "active": "active", "pinned": "pinned"}
_TIMES = {"before", "after", "on"}
_FILES = {"file", "files", "attachment", "image"}


@dataclass(frozen=True)
class Term:
    """Words that must stand next to each other, in order. Of the last one the beginning is enough if `is_prefix`."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True)
class Chip:
    """A filter as it was typed, and the text of the query without it."""

    text: str
    without: str


@dataclass(frozen=True)
class Query:
    """A parsed search. Each field narrows what is found.

    `after` and `before` are instants: from the first one on, and before the second. `tags` and `models` are names, each
    of which must fit. Ids are canonical. `phrases` are those of the terms that were put in quotes. `untimed` is
    the text without filters of time, and `unfiltered` without any; both find the same words as the text.
    """

    text: str = ""
    terms: tuple[Term, ...] = ()
    phrases: tuple[Term, ...] = ()
    #: At least one of these must be there, too, if there are any.
    one_of: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()
    role: Role | None = None
    tags: tuple[str, ...] = ()
    excluded_tags: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    has_file: bool | None = None
    session_id: str | None = None
    after: datetime | None = None
    before: datetime | None = None
    chips: tuple[Chip, ...] = field(default=(), compare=False)
    untimed: str = field(default="", compare=False)
    unfiltered: str = field(default="", compare=False)
    #: Whether answers of the archivist, and the questions put to it, count.
    with_archivist: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.one_of or self.has_filters)

    @property
    def has_filters(self) -> bool:
        """Whether there is anything besides words."""
        return bool(self.chips or self.session_id or self.after or self.before or self.tags)

    @property
    def reads_sessions(self) -> bool:
        """Whether a filter is about the chat rather than about the message."""
        return bool(self.tags or self.excluded_tags or self.places or self.session_id)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for term in self.terms for word in term.words))

    def any_word(self) -> Query:
        """Return the query for messages that have any of its terms."""
        return replace(self, terms=(), one_of=self.terms)

    def within(self, after: datetime | None, before: datetime | None) -> Query:
        """Return the query narrowed to a time, too."""
        later = max(filter(None, (self.after, after)), default=None)
        earlier = min(filter(None, (self.before, before)), default=None)
        return replace(self, after=later, before=earlier)


def check_query(text: str, pointer: str = "q") -> None:
    """Raise Invalid for a query that is too long or has invalid characters."""
    check_characters(text, pointer)
    if len(text) > QUERY_LIMIT:
        raise Invalid.field(pointer, "too_long", f"A search has at most {QUERY_LIMIT:,} characters. Please shorten it.")


def parse(text: str, zone: str = "UTC", *, with_archivist: bool = False, is_complete: bool = False) -> Query:
    """Parse a search.

    Words, `"phrases"`, `-word`, `begin*`, `role:user`, `tag:name` (`tag:"two words"`, `-tag:name`), `model:name`,
    `in:archived`, `has:file`, `before:2025-03`, `after:2025-03-09` (that day included), `on:2025`, `session:id`. Dates
    are days of the time zone. The last word may be incomplete, unless a space follows or the text `is_complete`. A text
    in one piece with signs within, such as `a-b`, is a phrase.

    Raises Invalid for a text that is too long or has invalid characters.
    """
    check_query(text)
    parser = _Parser(ZoneInfo(zone))
    for chunk in _CHUNK.finditer(text):
        parser.read(chunk)
    return parser.query(text, with_archivist=with_archivist, is_complete=is_complete)


def parse_question(text: str, zone: str = "UTC") -> Query:
    """Parse a question. It is as a search, but no word is incomplete.

    Raises Invalid for a text that is too long or has invalid characters.
    """
    return parse(text, zone, is_complete=True)


def words_query(text: str) -> Query:
    """Return the words of a text as a query. Nothing in it is a filter, and no word is a prefix."""
    terms = tuple(dict.fromkeys(Term((word.letters,)) for word in words_in(text)))[:_MOST_TERMS]
    return Query(text, terms, untimed=text, unfiltered=text)


class _Parser:
    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._terms: list[Term] = []
        self._excluded: list[tuple[Term, ...]] = []
        self._phrases: list[Term] = []
        self._filtered: list[re.Match[str]] = []
        self._filters: dict[str, Any] = {}

    def read(self, chunk: re.Match[str]) -> None:
        value = chunk["quoted"] if chunk["quoted"] is not None else chunk["bare"]
        if chunk["key"] and self._filter(chunk["key"].lower(), value, is_excluded=bool(chunk["minus"]), chunk=chunk):
            self._filtered.append(chunk)
            return
        # An unknown filter is text.
        content = value if chunk["quoted"] is not None and not chunk["key"] else chunk[0]
        terms = _terms(content)
        if terms and value.endswith("*") and chunk["quoted"] is None:
            terms = (*terms[:-1], replace(terms[-1], is_prefix=True))
        # "-5" is a number.
        if chunk["minus"] and not chunk["key"] and terms and not value[0].isdecimal():
            self._excluded.append(terms)
        else:
            self._terms += terms
            if chunk["quoted"] is not None:
                self._phrases += terms

    def query(self, text: str, *, with_archivist: bool, is_complete: bool) -> Query:
        terms = tuple(dict.fromkeys(self._terms))[:_MOST_TERMS]
        excluded = tuple(dict.fromkeys(term for terms in self._excluded for term in terms))[:_MOST_TERMS]
        if not terms and not self._filtered:
            # Nothing but words to leave out: they are what is searched for.
            terms, excluded = excluded, ()
        ends_with_filter = bool(self._filtered) and self._filtered[-1].end() == len(text)
        is_open = not is_complete and text[-1:].isalnum() and not ends_with_filter
        if terms and is_open and not is_apart(terms[-1].words[-1]):
            terms = (*terms[:-1], replace(terms[-1], is_prefix=True))
        timed = [chunk for chunk in self._filtered if chunk["key"].lower() in _TIMES]
        query = Query(
            text,
            terms,
            phrases=tuple(term for term in self._phrases if term in terms),
            excluded=excluded,
            chips=tuple(Chip(chunk[0], _without(text, [chunk], is_open=is_open)) for chunk in self._filtered),
            untimed=_without(text, timed, is_open=is_open),
            unfiltered=_without(text, self._filtered, is_open=is_open),
            with_archivist=with_archivist,
        )
        return replace(query, **self._filters)

    def _filter(self, key: str, value: str, *, is_excluded: bool, chunk: re.Match[str]) -> bool:
        """Take a filter. Return False for a value that it cannot have."""
        if chunk["quoted"] is None and not value[0].isalnum():
            return False
        if key in {"tag", "model"} and value.strip():
            if is_excluded and key == "model":
                return False
            name = {"tag": "excluded_tags" if is_excluded else "tags", "model": "models"}[key]
            self._filters[name] = (*self._filters.get(name, ()), value.strip())
            return True
        if key == "has" and value.lower() in _FILES:
            self._filters["has_file"] = not is_excluded
            return True
        return not is_excluded and self._choice(key, value.lower())

    def _choice(self, key: str, value: str) -> bool:
        if key == "role" and value in _ROLES:
            self._filters["role"] = _ROLES[value]
        elif key == "in" and value in _PLACES:
            self._filters["places"] = (*self._filters.get("places", ()), _PLACES[value])
        elif key == "session" and (session_id := _id(value)):
            self._filters["session_id"] = session_id
        elif key in {"before", "after", "on"} and (period := read_period(value, self._zone)):
            self._bound(key, *period)
        else:
            return False
        return True

    def _bound(self, key: str, start: datetime, end: datetime) -> None:
        """Narrow the time. `on` is the whole period, `before` ends at its start, `after` begins with it."""
        found = self._filters
        if key in {"on", "after"}:
            found["after"] = max(filter(None, (found.get("after"), start)))
        if key in {"on", "before"}:
            found["before"] = min(filter(None, (found.get("before"), end if key == "on" else start)))


def _without(text: str, chunks: Iterable[re.Match[str]], *, is_open: bool) -> str:
    """Return a text without some filters. A space at the end says that its last word is complete."""
    rest, at = "", 0
    for chunk in chunks:
        rest += f"{text[at : chunk.start()]} "
        at = chunk.end()
    words = " ".join((rest + text[at:]).split())
    return words if is_open or not words else f"{words} "


def _terms(content: str) -> tuple[Term, ...]:
    """Return the terms of a text without filters: one phrase, cut where scripts change, and each emoji alone."""
    runs: list[list[str]] = []
    kind = None
    for word in words_in(content):
        here = "emoji" if is_emoji(word.letters) else "apart" if is_apart(word.letters) else "word"
        if here == kind != "emoji":
            runs[-1].append(word.letters)
        else:
            runs.append([word.letters])
        kind = here
    return tuple(Term(tuple(run)) for run in runs)


def _id(value: str) -> str | None:
    try:
        return str(UUID(value))
    except ValueError:
        return None
