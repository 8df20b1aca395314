"""Hits of searches in JSON form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.urls import message_api_path, minute_path, session_api_path, session_path

if TYPE_CHECKING:
    from webapp.services.search.peeking import Peek
    from webapp.services.search.turns import TurnMessage, WholeTurn
    from webapp.services.search.values import Histogram, Snippet, TitleHit, TurnHit


def hit_json(hit: TurnHit) -> dict[str, Any]:
    return {
        **_place(hit),
        "snippet": "".join(hit.snippet),
        "matches": _ranges(hit.snippet),
        **_marked("question", hit.question),
        **_marked("answer", hit.answer),
    }


def title_json(hit: TitleHit) -> dict[str, Any]:
    return {
        "session_id": hit.session_id,
        "title": "".join(hit.title),
        "archived": hit.archived,
        "last_activity_at": hit.last_activity_at,
        "url": session_api_path(hit.session_id),
        "html_url": session_path(hit.session_id),
    }


def peek_json(found: Peek, *, with_snippets: int) -> dict[str, Any]:
    """Return what a question finds. Matches after the first `with_snippets` have no snippets."""
    return {
        "total": found.total,
        "histogram": histogram_json(found.histogram),
        "matches": [
            {
                **_place(hit),
                "question": "".join(hit.question) if number < with_snippets and hit.question else None,
                "answer": "".join(hit.answer) if number < with_snippets and hit.answer else None,
            }
            for number, hit in enumerate(found.matches)
        ],
        "next": found.next,
        "fit": found.fit,
        "words": list(found.words),
        "is_cut": found.is_cut,
    }


def histogram_json(histogram: Histogram) -> dict[str, Any]:
    return {
        "bin": histogram.bin,
        "bins": [{"start": each.start.isoformat(), "count": each.count} for each in histogram.bins],
    }


def whole_turn_json(turn: WholeTurn) -> dict[str, Any]:
    return {
        "turn_id": turn.id,
        "session_id": turn.session_id,
        "title": turn.title,
        "archived": turn.archived,
        "idx": turn.first.idx,
        "create_time": turn.first.create_time,
        "question": turn.question and _message(turn.question),
        "answer": turn.answer and _message(turn.answer),
        "previous_id": turn.previous_id,
        "next_id": turn.next_id,
        "url": message_api_path(turn.session_id, turn.first.idx),
        "html_url": minute_path(turn.session_id, turn.first.idx),
    }


def _message(message: TurnMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "idx": message.idx,
        "create_time": message.create_time,
        "content": message.content,
        "model": message.model,
    }


def _place(hit: TurnHit) -> dict[str, Any]:
    return {
        "turn_id": hit.turn_id,
        "session_id": hit.session_id,
        "title": hit.title,
        "archived": hit.archived,
        "idx": hit.idx,
        "message_id": hit.message_id,
        "role": hit.role,
        "create_time": hit.create_time,
        "score": round(hit.score, 4),
        "url": message_api_path(hit.session_id, hit.idx),
        "html_url": minute_path(hit.session_id, hit.idx),
    }


def _marked(name: str, parts: Snippet) -> dict[str, Any]:
    """Return a snippet, and the ranges [start, end) of it that match, in characters."""
    return {name: "".join(parts) if parts else None, f"{name}_matches": _ranges(parts)}


def _ranges(parts: Snippet) -> list[tuple[int, int]]:
    ranges, at = [], 0
    for number, part in enumerate(parts):
        if number % 2:
            ranges.append((at, at + len(part)))
        at += len(part)
    return ranges
