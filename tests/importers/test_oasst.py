"""OpenAssistant trees: one path of replies, everything else counted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import survives_damage
from tests.support.exports import read_exports, text_of
from tests.support.uploads import read_json, sample
from webapp.importers import left_out

FILE = "other/oasst-en_100_tree.jsonl"


def test_every_message_of_the_real_trees_is_shown_or_counted():
    upload = read_exports(FILE)
    shown = sum(len(one.messages) for one in upload.conversations)

    assert upload.origins == {"oasst"}
    assert len(upload.conversations) == 100
    assert shown + upload.counts[left_out.BRANCH] == 1167
    assert all(
        [message.role for message in one.messages] == (["user", "assistant"] * len(one.messages))[: len(one.messages)]
        for one in upload.conversations
    )


def reply(text, *replies, role="assistant", **more):
    return {"message_id": text, "text": text, "role": role, "replies": list(replies), **more}


def tree(*replies):
    return [{"message_tree_id": "t", "prompt": reply("Q", *replies, role="prompter")}]


def test_the_best_ranked_reply_is_shown_else_the_first():
    ranked = tree(reply("b", rank=1), reply("a", rank=0), reply("c", rank=None))

    assert text_of(read_json(ranked).one()) == "Q\n\na"
    assert text_of(read_json(tree(reply("b"), reply("a"))).one()) == "Q\n\nb"


def test_a_deleted_reply_is_shown_only_without_another():
    assert text_of(read_json(tree(reply("gone", deleted=True, rank=0), reply("here", rank=1))).one()) == "Q\n\nhere"
    assert text_of(read_json(tree(reply("gone", deleted=True))).one()) == "Q\n\ngone"


def test_ranks_of_wrong_types_are_no_ranks():
    odd = tree(reply("a", rank="0"), reply("b", rank=True), reply("c", rank=float("nan")), reply("d", rank=5))

    assert text_of(read_json(odd).one()) == "Q\n\nd"


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_damage_is_an_error(random):
    survives_damage(sample(FILE)[:4], "oasst", random, lines=True)
