"""The values of services in JSON form."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from webapp.api.errors import problem_json
from webapp.api.kit.answer import Answer
from webapp.api.kit.conditions import revision_etag, tag_etag
from webapp.services.live import Failed
from webapp.urls import (
    API,
    file_api_path,
    message_api_path,
    message_path,
    minute_path,
    session_api_path,
    session_path,
    tag_path,
)

if TYPE_CHECKING:
    from webapp.errors import AppError
    from webapp.services.assistants.values import Connection
    from webapp.services.instruction_values import Instruction
    from webapp.services.live import LiveTurn, Outcome
    from webapp.services.tags.changes import TagRow
    from webapp.services.tags.listing import CountedTag
    from webapp.services.values import ChatResult, SessionRow, StoredFile, TranscriptMessage, Turn


def session_json(session: SessionRow) -> dict[str, Any]:
    # Lists have a hundred sessions. Filling one dict costs half as much as joining two.
    data = session._asdict()
    data["archivist_only"] = not data.pop("in_days")
    del data["instructions_digest"]
    data["tags"] = [tag._asdict() for tag in session.tags]
    data["url"], data["html_url"] = session_api_path(session.id), session_path(session.id)
    return data


def message_json(session_id: str, message: TranscriptMessage) -> dict[str, Any]:
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
        "reasoning": message.reasoning,
        "reasoning_seconds": message.reasoning_seconds,
        "made_with": message.made_with,
        "struck_at": message.struck_at,
        "files": [file_json(file) for file in message.files],
        "url": message_api_path(session_id, message.idx),
        "html_url": minute_path(session_id, message.idx),
    }


def file_json(file: StoredFile) -> dict[str, Any]:
    data = file._asdict() | {"url": file_api_path(file.id)}
    del data["sha256"]
    return data


def instruction_json(instruction: Instruction) -> dict[str, Any]:
    data = instruction._asdict()
    data["created_at"] = data.pop("made_at")
    for name in ("place", "digest", "text_digest"):
        del data[name]
    return data


def citation_json(citation: dict[str, Any]) -> dict[str, Any]:
    """Return a citation. Its link has the id of the message, because the `idx` in old rows may be outdated."""
    names = ("session_id", "title", "message_id", "create_time", "quote")
    return {name: citation[name] for name in names} | {"html_url": message_path(citation["message_id"])}


def session_answer(session: SessionRow, *, status: int = 200) -> Answer:
    """Return a session with its ETag, and with its location if it was created (201)."""
    headers = {"ETag": revision_etag(session.revision)}
    if status == 201:
        headers["Location"] = session_api_path(session.id)
    return Answer(session_json(session), status, headers)


def counted_tag_json(tag: CountedTag) -> dict[str, Any]:
    return tag._asdict() | {"url": f"{API}{tag_path(tag.id)}", "html_url": tag_path(tag.id)}


def tag_answer(tag: TagRow, *, status: int = 200) -> Answer:
    """Return a tag with its ETag, and with its location if it was created (201)."""
    url = f"{API}{tag_path(tag.id)}"
    headers = {"ETag": tag_etag(tag.tag)} | ({"Location": url} if status == 201 else {})
    return Answer(tag._asdict() | {"url": url, "html_url": tag_path(tag.id)}, status, headers)


def turn_answer(turn: Turn) -> Answer:
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
    """Return the answer and its position in the transcript. The status is 201 if the session is new."""
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


def _ids(turn: Turn) -> dict[str, Any]:
    return {
        "session_id": turn.session.id,
        "conversation_id": turn.session.conversation_id,
        "user_message_id": turn.user.id,
        "assistant_message_id": turn.assistant.id,
    }


def live_json(live: LiveTurn, outcome: Outcome | None) -> dict[str, Any]:
    """Return a live turn. Its state comes from the outcome, so that a turn of a dead process is `failed`."""
    failed = outcome if isinstance(outcome, Failed) else None
    return {
        "session_id": live.session_id,
        "user_message_id": live.user_message_id,
        "assistant_message_id": live.attempt,
        "assistant": live.assistant,
        "state": "failed" if failed else "writing",
        "content": live.content,
        "text": live.partial,
        "reasoning": live.reasoning,
        "base_idx": live.base_idx,
        "question_idx": live.question_idx,
        "replaces_from_idx": live.replaces_from_idx,
        "problem": failed.code if failed else None,
        "reason": failed.reason if failed else None,
        "provider": provider_json(failed),
        "asked_at": live.asked_at,
    }


def live_path(session_id: str) -> str:
    return f"{session_api_path(session_id)}/live"


def provider_json(failed: Failed | None) -> dict[str, Any] | None:
    """Return what the provider answered, if it answered with an error."""
    return asdict(failed.refusal) if failed and failed.refusal else None


def failed_facts(session_id: str, failed: Failed) -> dict[str, object]:
    """Return the text that came before a failure and the URLs to keep or continue it, and the provider's answer."""
    facts: dict[str, object] = {"session_id": session_id}
    if provider := provider_json(failed):
        facts["provider"] = provider
    if failed.has_text:
        url = session_api_path(session_id)
        facts |= {
            "text": failed.text,
            "keep_url": f"{url}/live/keep",
            "continue_url": f"{url}/continuations",
            "live_url": f"{url}/live",
        }
    return facts


def failure_json(session_id: str, error: AppError, more: dict[str, object] | None = None) -> dict[str, Any]:
    """Return the problem document of a failed stream, with the URL for a retry."""
    facts = {"session_id": session_id, "retry_url": f"{session_api_path(session_id)}/retries"} | (more or {})
    return problem_json(error.status, error.code, error.title, error.detail, facts)


def connection_json(connection: Connection) -> dict[str, Any]:
    check = connection.check._asdict() if connection.check else None
    return connection._asdict() | {"check": check}


def connection_answer(connection: Connection) -> Answer:
    """Return a connection that was added."""
    return Answer(connection_json(connection), 201, {"Location": f"{API}/connections/{connection.id}"})
