"""From the services' values to JSON's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.api.errors import problem_json
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import revision_etag
from webapp.services.live import Failed
from webapp.urls import message_api_path, message_path, minute_path, session_api_path, session_path

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.live import LiveTurn, Outcome
    from webapp.services.search.messages import Hit
    from webapp.services.values import ChatResult, SessionRow, TranscriptMessage, Turn


def session_json(session: SessionRow) -> dict[str, Any]:
    """Write a session without its messages."""
    # A list has a hundred of them: a dict that is filled costs half of two that are joined.
    data = session._asdict()
    data["url"], data["html_url"] = session_api_path(session.id), session_path(session.id)
    return data


def message_json(session_id: str, message: TranscriptMessage) -> dict[str, Any]:
    """Write a message."""
    return {
        "id": message.id,
        "idx": message.idx,
        "role": message.role,
        "content": message.content,
        "create_time": message.create_time,
        "model": message.model,
        "finish_reason": message.finish_reason,
        "usage": message.usage,
        "citations": [citation_json(citation) for citation in message.citations or ()],
        "url": message_api_path(session_id, message.idx),
        "html_url": minute_path(session_id, message.idx),
    }


def citation_json(citation: dict[str, Any]) -> dict[str, Any]:
    """Write a citation. Its links go by the message's id; what older rows say of its place may be true no more."""
    names = ("session_id", "title", "message_id", "create_time", "quote")
    return {name: citation[name] for name in names} | {"html_url": message_path(citation["message_id"])}


def session_answer(session: SessionRow, *, status: int = 200) -> Answer:
    """Answer with a session and its ETag; a made one with its place."""
    headers = {"ETag": revision_etag(session.revision)}
    if status == 201:
        headers["Location"] = session_api_path(session.id)
    return Answer(session_json(session), status, headers)


def turn_answer(turn: Turn) -> Answer:
    """Answer with an appended turn."""
    url = message_api_path(turn.session.id, turn.user.idx)
    data = _ids(turn) | {
        "id": turn.user.id,
        "messages": [message_json(turn.session.id, message) for message in (turn.user, turn.assistant)],
        "message_count": turn.session.message_count,
        "revision": turn.session.revision,
        "url": url,
    }
    return Answer(data, 201, {"Location": url, "ETag": revision_etag(turn.session.revision)})


def chat_answer(result: ChatResult) -> Answer:
    """Answer with the assistant's message and where it was kept: 201 if it made its session."""
    session, answer = result.turn.session, result.turn.assistant
    message = message_json(session.id, answer)
    data = _ids(result.turn) | {
        "idx": answer.idx,
        "message": message,
        "citations": message["citations"],
        "histogram": [{"month": month.month, "count": month.count} for month in result.histogram],
        "usage": answer.usage,
        "finish_reason": answer.finish_reason,
        "message_count": session.message_count,
        "revision": session.revision,
        "url": session_api_path(session.id),
        "html_url": session_path(session.id),
    }
    headers = {"ETag": revision_etag(session.revision)}
    if result.made_session:
        headers["Location"] = session_api_path(session.id)
    return Answer(data, 201 if result.made_session else 200, headers)


def hit_json(hit: Hit) -> dict[str, Any]:
    """Write a hit: its snippet as one text, and where in it the words match."""
    matches, at = [], 0
    for number, part in enumerate(hit.snippet):
        if number % 2:
            matches.append((at, at + len(part)))
        at += len(part)
    return hit._asdict() | {
        "snippet": "".join(hit.snippet),
        "matches": matches,
        "url": message_api_path(hit.session_id, hit.idx),
        "html_url": minute_path(hit.session_id, hit.idx),
    }


def _ids(turn: Turn) -> dict[str, Any]:
    return {
        "session_id": turn.session.id,
        "conversation_id": turn.session.conversation_id,
        "user_message_id": turn.user.id,
        "assistant_message_id": turn.assistant.id,
    }


def live_json(live: LiveTurn, outcome: Outcome | None) -> dict[str, Any]:
    """Write a live turn. One whose process died is a failed one, as its outcome says."""
    failed = outcome if isinstance(outcome, Failed) else None
    return {
        "session_id": live.session_id,
        "user_message_id": live.user_message_id,
        "assistant_message_id": live.attempt,
        "assistant": live.assistant,
        "state": "failed" if failed else "writing",
        "content": live.content,
        "text": live.partial,
        "base_idx": live.base_idx,
        "question_idx": live.question_idx,
        "replaces_from_idx": live.replaces_from_idx,
        "problem": failed.code if failed else None,
        "reason": failed.reason if failed else None,
        "asked_at": live.asked_at,
    }


def live_path(session_id: str) -> str:
    """Return the resource of a session's live turn."""
    return f"{session_api_path(session_id)}/live"


def failure_json(session_id: str, error: AppError) -> dict[str, Any]:
    """Write why a streamed turn failed: a problem document, and where to try again."""
    facts = {"session_id": session_id, "retry_url": f"{session_api_path(session_id)}/retries"}
    return problem_json(error.status, error.code, error.title, error.detail, facts)
