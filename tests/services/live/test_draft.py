"""Drafts: replies in memory, as they grow."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from webapp.services.content import sanitize_text
from webapp.services.live.process.draft import Draft
from webapp.services.live.values import Discarded


@given(
    st.lists(
        st.text(st.one_of(st.sampled_from("a\0\ud83c\udf89\ud800🎉é\n"), st.characters()), max_size=4), max_size=12
    )
)
def test_a_draft_is_the_same_text_however_it_was_cut_into_pieces(pieces):
    draft = Draft(None, None)
    seen = []
    for piece in pieces:
        draft.add(piece)
        seen.append(draft.text())
        assert draft.length == len(seen[-1])
    assert draft.claim()
    draft.add("too late")

    assert draft.text() == sanitize_text("".join(pieces))
    assert draft.length == len(draft.text())
    assert all(draft.text().startswith(text) for text in seen)
    assert not draft.claim()


def test_many_threads_may_add_to_and_look_at_a_draft():
    draft = Draft(None, None)
    seen, pieces = [], [f"{number};" for number in range(2_000)]

    def look():
        while draft.outcome is None:
            seen.append(draft.text())

    looking = [threading.Thread(target=look) for _ in range(3)]
    for thread in looking:
        thread.start()
    for piece in pieces:
        draft.add(piece)
    draft.claim()
    draft.end(Discarded())
    for thread in looking:
        thread.join(20)

    assert draft.text() == "".join(pieces)
    assert all(draft.text().startswith(text) for text in seen)
