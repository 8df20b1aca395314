"""Message trees of OpenAssistant, a tree a line. Of several replies the best ranked one is shown, else the first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from webapp.importers import left_out, untrusted
from webapp.importers.attempts import empty_chat
from webapp.importers.draft import Draft
from webapp.importers.json_files import candidates, read_each, with_unique_ids
from webapp.importers.records import ImportedConversation
from webapp.importers.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.importers.bundle import Bundle, Member
    from webapp.importers.probe import Probe
    from webapp.importers.records import ImportedMessage, Record


class Oasst:
    """The format of `{"message_tree_id", "prompt": {"text", "replies"}}`."""

    name = "oasst"
    label = "OpenAssistant trees"

    def claims(self, probe: Probe) -> bool:
        return any(
            "message_tree_id" in one and isinstance(untrusted.at(one, "prompt", "replies"), list)
            for one in candidates(probe)
        )

    def read(self, bundle: Bundle, members: Sequence[Member]) -> Iterator[Record]:  # noqa: ARG002 - has no other files
        for member in members:
            yield from with_unique_ids(read_each(member, _conversation))


FORMAT = Oasst()


def _conversation(place: str, value: Any) -> Record:
    counts: Counter[str] = Counter()
    prompt = untrusted.mapping(value, "prompt")
    path = _path(prompt)
    counts[left_out.BRANCH] += _size(prompt) - len(path)
    messages = [made for node in path if (made := _message(node, counts))]
    if not messages:
        return empty_chat(place)
    return ImportedConversation(
        place=place,
        external_id=untrusted.name(value, "message_tree_id") or None,
        title="",
        messages=messages,
        create_time=messages[0].create_time,
        left_out=+counts,
    )


def _path(prompt: dict[str, Any]) -> list[dict[str, Any]]:
    path = [prompt]
    while replies := _replies(path[-1]):
        path.append(min(replies, key=_rank))
    return path


def _replies(node: Any) -> list[dict[str, Any]]:
    return [reply for reply in untrusted.items(node, "replies") if isinstance(reply, dict)]


def _rank(node: dict[str, Any]) -> tuple[bool, float]:
    """Return what sorts a reply: those that were deleted and those without a rank come last."""
    rank = node.get("rank")
    is_ranked = isinstance(rank, int | float) and not isinstance(rank, bool) and rank == rank  # noqa: PLR0124 - NaN
    return untrusted.at(node, "deleted") is True, float(rank) if is_ranked and rank is not None else float("inf")


def _size(prompt: dict[str, Any]) -> int:
    count = 0
    waiting = [prompt]
    while waiting:
        count += 1
        waiting += _replies(waiting.pop())
    return count


def _message(node: dict[str, Any], counts: Counter[str]) -> ImportedMessage | None:
    role = untrusted.text(node, "role").lower()
    draft = Draft("user" if role in ("prompter", "user", "human") else "assistant", counts)
    draft.say(untrusted.text(node, "text"))
    return draft.build(
        create_time=parse_time(untrusted.at(node, "created_date")),
        external_id=untrusted.name(node, "message_id") or None,
        model=untrusted.text(node, "model_name") or None,
    )
