"""The tags of a chat session, of several, and of its forks."""

from __future__ import annotations

import pytest

from tests.support.cast import chat, say, statements
from tests.support.scripted_assistants import answers, offer, run
from webapp.errors import BadRequest, Conflict, Invalid, PreconditionFailed
from webapp.ids import new_id
from webapp.services.replacements.keeping_both import keep_both
from webapp.services.replacements.undoing import undo_replacement
from webapp.services.sessions.changes import archive_session, change_session, get_session, pin_session, rename_session
from webapp.services.sessions.forks import fork_session
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.sessions.purge import purge_session
from webapp.services.sessions.several import change_sessions
from webapp.services.tags.links import MOST_OF_SESSION
from webapp.services.tags.listing import list_tags
from webapp.services.tags.sessions import change_tags
from webapp.services.transcripts.reading import read_transcript
from webapp.services.transcripts.replacements import list_replacements


def names(session):
    return [tag.name for tag in session.tags]


def test_setting_tags_sets_all_of_them_once(user):
    session = chat(user)
    changed = change_session(user, session.id, tags=["b", "A", "a", " B "])
    assert (names(changed), changed.revision) == (["A", "b"], session.revision + 1)
    assert change_session(user, session.id, tags=["B", "a"]) == changed
    both = change_session(user, session.id, tags=["b", "c"], title="Named")
    assert (names(both), both.title, both.revision) == (["b", "c"], "Named", changed.revision + 1)
    assert names(change_session(user, session.id, tags=[])) == []
    assert [tag.session_count for tag in list_tags(user)] == [0, 0, 0]


def test_a_refused_change_makes_no_tag(user):
    session = chat(user)
    for changes in (
        {"tags": ["ok", "x" * 61]},
        {"tags": [f"t{n}" for n in range(51)]},
        {"title": "x" * 300, "tags": ["ok"]},
    ):
        with pytest.raises(Invalid):
            change_session(user, session.id, **changes)
    with pytest.raises(PreconditionFailed):
        change_session(user, session.id, tags=["ok"], expected_revisions=[session.revision + 1])
    assert list_tags(user) == []
    assert get_session(user, session.id) == session


def test_adding_and_removing_is_idempotent(user):
    session = chat(user)
    added = change_tags(user, session.id, add=["a", "b"])
    assert added.revision == session.revision + 1
    assert change_tags(user, session.id, add=["A"]) == added
    removed = change_tags(user, session.id, remove=["A", "unknown"])
    assert (names(removed), removed.revision) == (["b"], added.revision + 1)
    assert change_tags(user, session.id, remove=["a"]) == removed
    assert names(change_tags(user, session.id, add=["b"], remove=["b"])) == ["b"]
    assert removed.last_activity_at == session.last_activity_at


def test_a_session_has_fifty_tags_at_most(user):
    session = chat(user)
    change_tags(user, session.id, add=[f"t{n}" for n in range(MOST_OF_SESSION)])
    with pytest.raises(Invalid, match="50 tags"):
        change_tags(user, session.id, add=["one more"])
    assert len(change_tags(user, session.id, add=["one more"], remove=["t0"]).tags) == MOST_OF_SESSION
    assert "t0" not in names(get_session(user, session.id))


def test_every_way_to_a_session_shows_its_tags(user):
    session = change_tags(user, chat(user, "Hello").id, add=["b", "ä", "C"])
    expected = ["ä", "b", "C"]
    assert names(session) == names(get_session(user, session.id)) == expected
    assert names(list_sessions(user).data[0]) == names(list_sessions(user, SessionFilter("all")).data[0]) == expected
    assert names(pin_session(user, session.id)) == names(rename_session(user, session.id, "Other")) == expected
    assert names(say(user, session.id, "More").session) == expected
    assert names(read_transcript(user, session.id).session) == expected


def test_a_page_of_sessions_with_tags_is_one_query(user):
    for number in range(20):
        change_tags(user, chat(user).id, add=[f"t{number}", "all"])
    with statements() as sent:
        page = list_sessions(user, limit=10)
    assert len(sent) == 1
    assert all(len(session.tags) == 2 for session in page.data)


def test_a_fork_has_the_tags_of_its_source(user):
    session = change_tags(user, chat(user, "Hello").id, add=["a", "b"])
    fork = fork_session(user, session.id, 0)
    assert fork.tags == session.tags
    assert get_session(user, fork.id).revision == fork.revision
    change_tags(user, fork.id, remove=["a"])
    assert names(get_session(user, session.id)) == ["a", "b"]


def test_keeping_both_keeps_the_tags(user):
    offer(*answers("Noted."))
    session_id = run(user, "A", assistant="scripted").turn.session.id
    change_tags(user, session_id, add=["a"])
    run(user, "B", session_id, edits_idx=0, assistant="scripted")
    replacement = list_replacements(user, session_id)[0][0]
    assert names(keep_both(user, session_id, replacement.id)) == ["a"]
    assert names(undo_replacement(user, session_id, replacement.id)) == ["a"]


def test_a_deleted_session_leaves_its_tags_behind(user):
    session = change_tags(user, chat(user, "Hello").id, add=["a"])
    archive_session(user, session.id)
    assert names(change_tags(user, session.id, add=["b"])) == ["a", "b"]
    purge_session(user, session.id)
    assert [(tag.name, tag.session_count) for tag in list_tags(user)] == [("a", 0), ("b", 0)]


def test_several_sessions_are_tagged_and_untagged(user):
    one, two = chat(user), change_tags(user, chat(user).id, add=["a"])
    changes = change_sessions(user, "tag", [one.id, two.id, new_id()], tag="A")
    assert [(change.is_changed, bool(change.error)) for change in changes] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert names(changes[0].session) == ["a"]
    changes = change_sessions(user, "untag", [one.id, two.id], tag="a")
    assert [names(change.session) for change in changes] == [[], []]


@pytest.mark.parametrize(
    ("action", "tag"), [("tag", None), ("untag", None), ("pin", "a"), ("tag", ""), ("tag", "x" * 61)]
)
def test_several_sessions_need_a_tag_for_a_tag_alone(user, action, tag):
    with pytest.raises(Invalid) as refused:
        change_sessions(user, action, [chat(user).id], tag=tag)
    assert refused.value.problems[0].pointer == "#/tag"


def test_the_list_of_a_tag_goes_page_by_page(user):
    tagged = []
    for number in range(25):
        session = chat(user, "Hello", title=f"Chat {number}", pinned=number % 5 == 0)
        if number % 2:
            tagged.append(change_tags(user, session.id, add=["odd"]).id)
    tag = list_tags(user)[0]
    archive_session(user, tagged[0])
    for filters, wanted in (
        (SessionFilter(tag_id=tag.id), tagged[1:]),
        (SessionFilter("all", tag_id=tag.id), tagged),
        (SessionFilter("only", tag_id=tag.id), tagged[:1]),
        (SessionFilter(title="chat 1", tag_id=tag.id), [get_session(user, id_).id for id_ in tagged if "1" in get_session(user, id_).title and id_ != tagged[0]]),
        (SessionFilter(tag_id=new_id()), []),
    ):  # fmt: skip
        seen, cursor = [], None
        while True:
            page = list_sessions(user, filters, limit=4, cursor=cursor)
            seen += page.data
            cursor = page.next
            if cursor is None:
                break
        assert sorted(session.id for session in seen) == sorted(wanted)
        assert seen == sorted(seen, key=lambda s: (s.pinned, s.in_days, s.last_activity_at, s.id), reverse=True)


def test_a_cursor_is_of_one_tag(user):
    for _ in range(3):
        change_tags(user, chat(user, "Hello", title="ﷺ" * 60).id, add=["a", "b"])
    a, b = list_tags(user)
    cursor = list_sessions(user, SessionFilter(title="ﷺ" * 60, tag_id=a.id), limit=1).next
    assert list_sessions(user, SessionFilter(title="ﷺ" * 60, tag_id=a.id), limit=1, cursor=cursor).data
    for filters in (SessionFilter(title="ﷺ" * 60, tag_id=b.id), SessionFilter(title="ﷺ" * 60)):
        with pytest.raises(BadRequest):
            list_sessions(user, filters, cursor=cursor)


def test_too_many_tags_of_a_user_change_nothing(user):
    session = chat(user)
    for start in range(0, 1000, 50):
        change_tags(
            user, session.id, add=[f"t{n}" for n in range(start, start + 50)], remove=[f"t{n}" for n in range(start)]
        )
    with pytest.raises(Conflict):
        change_session(user, session.id, tags=["t1", "one more"])
    assert names(get_session(user, session.id))[0] == "t950"
