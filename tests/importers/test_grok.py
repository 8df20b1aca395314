"""Grok: a tree with Mongo times, several roots, files by their ids, and what is no chat."""

from __future__ import annotations

import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import EXPORTS, read_exports, shape, text_of
from tests.support.uploads import read_json, read_zip, sample
from webapp.importers import left_out

ZIP = "grok/librechat-grok-2026.zip"
PLAIN = "grok/polylogue-origin-grok-export.json"
UUID = "0380cd07-a199-4623-bcd8-5f42cc28a9be"


def test_the_real_archive():
    upload = read_exports(ZIP)
    trip, script = upload.conversations

    assert upload.origins == {"grok"}
    assert (trip.title, shape(trip), trip.pinned) == ("Amalfi trip planning", "u2 a2", False)
    assert (script.title, shape(script), script.pinned) == ("Recovering a cut-off script", "u1 a1", True)
    assert text_of(script) == "Complete this script.\n\nSecond attempt."
    assert [message.model for message in trip.messages] == [None, "grok-3", None, "grok-4-auto"]
    assert trip.messages[1].content == "Ravello.\n\nSources:\n\n- [Ravello](https://example.com/ravello)"
    assert trip.left_out == {left_out.BRANCH: 1}
    assert script.left_out == {left_out.BRANCH: 4, left_out.EMPTY: 1, left_out.MISSING_PART: 1}
    beside = {(record.kind, record.count) for record in upload.left_out}
    assert beside == {(left_out.NOT_A_CHAT, 1), (left_out.UNUSED_FILE, 1), (left_out.PRIVATE, 1)}
    assert any("New Workspace" in record.reason for record in upload.left_out)


def test_the_older_shape():
    one = read_exports(PLAIN).one()

    assert (one.title, one.external_id) == ("Origin capability matrix", None)
    assert text_of(one) == "Prove the parser claim.\n\nThe production route parsed this witness."


def response(key, sender, message, at=None, parent=None, **more):
    time = {"$date": {"$numberLong": str(1_784_000_000_000 + at)}} if at is not None else None
    found = {
        "_id": key,
        "sender": sender,
        "message": message,
        "create_time": time,
        "parent_response_id": parent,
        **more,
    }
    return {"response": found, "share_link": None}


def chat(*responses, **facts):
    return {
        "conversation": {"id": "c", "title": "T", "create_time": "2026-07-14T00:00:00Z", **facts},
        "responses": responses,
    }


def one_of(*responses, **facts):
    return read_json({"conversations": [chat(*responses, **facts)]}).one()


@pytest.mark.parametrize(
    ("sender", "role"),
    [("human", "user"), ("HUMAN", "user"), ("User", "user"), ("ASSISTANT", "assistant"), ("grok-3", "assistant"), (None, "assistant"), (7, "assistant")],
)  # fmt: skip
def test_only_people_are_people(sender, role):
    assert one_of(response("a", sender, "x", 1)).messages[0].role == role


@pytest.mark.parametrize("time", [5_000, {"$date": {"$numberLong": "1784000005000"}}, {"$date": "2026-07-14T03:33:25Z"}, 1784000005, "1784000005000", "2026-07-14T03:33:25+00:00"])  # fmt: skip
def test_times_of_every_kind_find_the_newest_leaf(time):
    newest = response("c", "assistant", "new", parent="a")
    newest["response"]["create_time"] = time if time != 5_000 else 1_784_000_005_000
    shown = one_of(response("a", "human", "Q", 1), newest, response("b", "assistant", "old", 2_000, "a"))

    assert text_of(shown) == "Q\n\nnew"


def test_the_stored_leaf_wins_over_the_newest():
    shown = one_of(
        response("a", "human", "Q", 1),
        response("b", "assistant", "old", 2, "a"),
        response("c", "assistant", "new", 3, "a"),
        leaf_response_id="b",
    )

    assert text_of(shown) == "Q\n\nold"


def test_missing_and_repeated_ids_never_merge():
    upload = read_json(
        {
            "conversations": [
                chat(response(None, "human", "Q", 1), response(None, "assistant", "A", 2)),
                chat(response("a", "human", "Q", 1), response("a", "assistant", "A", 2, "a"), id="c"),
                chat(response("x", "human", "Z", 1), id=None),
            ]
        }
    )

    assert [one.external_id for one in upload.conversations] == ["c", None, None]
    assert [text_of(one) for one in upload.conversations] == ["Q\n\nA", "Q\n\nA", "Z"]


def test_reasoning_tools_cards_and_an_aborted_answer():
    trace = "Let me see.\n<xai:tool_usage_card>\n<xai:tool_name>web_search</xai:tool_name>\n<xai:tool_args>{}</xai:tool_args>\n</xai:tool_usage_card>\nFound."
    card = json.dumps({"id": "1", "url": "https://x.test/a", "title": "Page"})
    cited = 'Yes<grok:render card_id="1" card_type="citation_card"><argument name="citation_id">3</argument></grok:render>, no<grok:render card_id="9">x</grok:render>.'
    one = one_of(
        response("a", "human", "Q", 1),
        response("b", "assistant", cited, 2, "a", thinking_trace=trace, card_attachments_json=[card, "{"], steps=[{"text": ["Step."]}]),
        response("c", "assistant", "", 3, "b", partial=True),
    )  # fmt: skip

    assert one.messages[1].content == "*[1 tool: web_search]*\n\nYes ([Page](https://x.test/a)), no."
    assert one.messages[1].reasoning == "Let me see.\n\nFound.\n\nStep."
    assert one.messages[2].content == "*[the answer was aborted]*"


def test_files_are_found_by_their_ids_at_any_depth():
    backend = {"conversations": [chat(
        response("a", "human", "", 1, file_attachments=[UUID, "gone"]),
        response("b", "assistant", "", 2, "a", generated_image_urls=[f"users/1/generated/{UUID}/image.jpg"], query="a cat"),
    )]}  # fmt: skip
    upload, files = read_zip(
        {
            "a/b/c/prod-grok-backend.json": json.dumps(backend),
            f"a/b/c/prod-mc-asset-server//{UUID}/content": b"\x89PNG",
            "a/b/c/prod-mc-auth-mgmt-api.json": "{}",
        }
    )
    person, answer = upload.one().messages

    assert files == {"file": b"\x89PNG", "generated picture": b"\x89PNG"}
    assert person.content == "*[file, not in the export]*"
    assert [file.name for file in answer.files] == ["generated picture"]
    assert upload.counts == {left_out.MISSING_FILE: 1, left_out.PRIVATE: 1}


def test_an_orphan_without_a_whole_branch_is_shown_with_a_note():
    one = one_of(response("a", "assistant", "A", 1, "gone"))

    assert text_of(one) == "*[the beginning of this chat is not in the export]*\n\nA"


def backend():
    with zipfile.ZipFile(EXPORTS / ZIP) as archive:
        name = next(name for name in archive.namelist() if name.endswith("backend.json"))
        return json.loads(archive.read(name))


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_no_damage_is_an_error(random, plain):
    survives_damage(sample(PLAIN) if plain else backend(), "grok", random)
