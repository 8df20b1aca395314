"""Tags: their names, their numbers of chats, and what becomes of their chats."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import insert

from tests.support.cast import chat, statements, stranger
from webapp.database.transaction import leave_transaction, writing
from webapp.errors import Conflict, Invalid, NotFound, PreconditionFailed
from webapp.ids import new_id, utc_now
from webapp.models import Tag, table_of
from webapp.services.sessions.changes import archive_session, get_session
from webapp.services.tags.changes import change_tag, create_tag, delete_tag, get_tag
from webapp.services.tags.ensuring import MOST_OF_USER, delete_unused_tags, ensure_tags, lock_tags
from webapp.services.tags.links import MOST_OF_SESSION, tag_session
from webapp.services.tags.listing import list_tags
from webapp.services.tags.sessions import change_tags
from webapp.services.titles import fold
from webapp.services.verification import Verification


def names(user):
    return [tag.name for tag in list_tags(user)]


def many(user, count):
    """Write so many tags straight into the table."""
    rows = [
        {"id": new_id(), "owner_id": user.id, "name": f"t{n}", "name_folded": f"t{n}", "created_at": utc_now()}
        for n in range(count)
    ]
    with writing() as connection:
        connection.execute(insert(table_of(Tag)), rows)


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Work", "Work"), ("  a \t b\n", "a b"), ("旅行", "旅行"), ("🎉", "🎉"), ("#1 – x, y", "#1 – x, y"), ("x" * 60, "x" * 60)],
)  # fmt: skip
def test_a_name_is_kept_as_it_is_but_for_blanks(user, typed, name):
    assert create_tag(user, typed).name == name
    assert names(user) == [name]


@pytest.mark.parametrize(
    "typed", ["", " \n", "x" * 61, "a\0b", "a\x7fb", "a\x1bb", "\ud800", "\u200b", "\u0301", "\u202e"]
)
def test_what_cannot_be_shown_is_no_name(user, typed):
    with pytest.raises(Invalid) as refused:
        create_tag(user, typed)
    assert refused.value.problems[0].pointer == "#/name"
    assert names(user) == []


@pytest.mark.parametrize(
    ("one", "other"), [("Work", "WORK"), ("Café", "cafe\u0301"), ("Straße", "STRASSE"), ("a  b", "A b")]
)
def test_names_that_differ_in_case_and_accents_alone_are_one(user, one, other):
    tag = create_tag(user, one)
    with pytest.raises(Conflict, match="already") as refused:
        create_tag(user, other)
    assert refused.value.facts == {"tag_id": tag.id}
    third = create_tag(user, "Third")
    with pytest.raises(Conflict):
        change_tag(user, third.id, {"name": other})
    assert change_tag(user, tag.id, {"name": other}).name == " ".join(other.split())
    assert create_tag(stranger(), one).id != tag.id


def test_the_list_is_in_the_order_of_names_with_counts_in_one_query(user):
    sessions = [chat(user, title=f"Chat {n}") for n in range(3)]
    for name in ("zebra", "Äpfel", "apple", "Zoo"):
        create_tag(user, name)
    for session in sessions:
        change_tags(user, session.id, add=["zoo"])
    change_tags(user, sessions[0].id, add=["apple"])
    archive_session(user, sessions[0].id)
    other = stranger()
    change_tags(other, chat(other).id, add=["zoo"])
    with statements() as sent:
        found = list_tags(user)
    assert [(tag.name, tag.session_count) for tag in found] == [("Äpfel", 0), ("apple", 0), ("zebra", 0), ("Zoo", 2)]
    assert len(sent) == 1


def test_a_rename_and_a_deletion_reach_every_chat_with_the_tag(user):
    tagged, other = chat(user), chat(user)
    tag_id = change_tags(user, tagged.id, add=["Old"]).tags[0].id
    before = get_session(user, tagged.id)
    change_tag(user, tag_id, {"name": "New"})
    after = get_session(user, tagged.id)
    assert ([tag.name for tag in after.tags], after.revision) == (["New"], before.revision + 1)
    change_tag(user, tag_id, {"name": "New"})
    change_tag(user, tag_id, {"instructions": "Be brief."})
    assert get_session(user, tagged.id) == after
    delete_tag(user, tag_id)
    assert (get_session(user, tagged.id).tags, get_session(user, tagged.id).revision) == ((), after.revision + 1)
    assert get_session(user, other.id) == other


def test_of_another_users_tags_there_are_none(user):
    bob = stranger()
    tag = create_tag(bob, "Secret")
    for act in (get_tag, delete_tag, lambda *them: change_tag(*them, {"name": "Mine"})):
        with pytest.raises(NotFound):
            act(user, tag.id)
    session = chat(user)
    theirs = chat(bob)
    with pytest.raises(NotFound):
        change_tags(user, theirs.id, add=["Mine"])
    assert change_tags(user, session.id, add=["Secret"]).tags[0].id != tag.id
    assert names(bob) == ["Secret"]
    assert list_tags(bob)[0].session_count == 0


def test_a_change_with_an_old_state_is_refused(user):
    tag = create_tag(user, "Work", instructions=" Be brief. ")
    assert tag.instructions == "Be brief."
    changed = change_tag(user, tag.id, {"instructions": None}, expected_tags=[tag.tag])
    with pytest.raises(PreconditionFailed):
        change_tag(user, tag.id, {"name": "Job"}, expected_tags=[tag.tag])
    with pytest.raises(PreconditionFailed):
        delete_tag(user, tag.id, expected_tags=[tag.tag])
    delete_tag(user, tag.id, expected_tags=[changed.tag])


def test_a_user_has_a_thousand_tags_at_most(user):
    many(user, MOST_OF_USER - 1)
    session = chat(user)
    change_tags(user, session.id, add=["last"])
    with pytest.raises(Conflict, match="1,000"):
        create_tag(user, "One more")
    with pytest.raises(Conflict, match="1,000"):
        change_tags(user, session.id, add=["t5", "one more"])
    assert [tag.name for tag in get_session(user, session.id).tags] == ["last"]
    with writing() as connection:
        assert ensure_tags(connection, user, ["T7", "more"]).keys() == {"T7"}


def test_an_import_gets_tags_by_whatever_names_it_has(user):
    work = create_tag(user, "Work")
    given = ["WORK", "a\0b\tc", "x" * 200, "", "\u200b", "wörk", "New", "new", "\ud83c\udf89"]
    with writing() as connection:
        found = ensure_tags(connection, user, given)
        again = ensure_tags(connection, user, given)
    assert found.keys() == set(given) - {"", "\u200b"}
    assert found["WORK"] == found["wörk"] == (work.id, False)
    assert found["New"] == found["new"]
    assert found["New"].made
    assert not any(tag.made for tag in again.values())
    assert names(user) == ["a\ufffdb c", "New", "Work", "x" * 59 + "…", "🎉"]
    assert ensure_nothing(user) == {}


def ensure_nothing(user):
    with writing() as connection:
        return ensure_tags(connection, user, [])


def test_an_import_tags_its_sessions_as_far_as_there_is_room(user):
    session = chat(user)
    with writing() as connection:
        tags = [tag.id for tag in ensure_tags(connection, user, [f"t{n}" for n in range(60)]).values()]
        assert tag_session(connection, session.id, [tags[0], tags[0], tags[1]]) == tags[:2]
        assert tag_session(connection, session.id, tags[:2]) == []
        assert tag_session(connection, session.id, tags) == tags[2:MOST_OF_SESSION]
    found = get_session(user, session.id)
    assert (len(found.tags), found.revision) == (MOST_OF_SESSION, session.revision + 2)


def test_tags_that_nothing_needs_can_be_taken_back(user):
    session = chat(user)
    with writing() as connection:
        made = ensure_tags(connection, user, ["used", "unused", "told"])
        tag_session(connection, session.id, [made["used"].id])
    change_tag(user, made["told"].id, {"instructions": "Be brief."})
    with writing() as connection:
        lock_tags(connection, user)
        delete_unused_tags(connection, user, [tag.id for tag in made.values()])
    assert names(user) == ["told", "used"]


def test_of_two_who_create_the_same_tag_one_is_told(app, user):
    outcomes = []

    def create(name):
        with app.app_context():
            try:
                outcomes.append(create_tag(user, name).name)
            except Conflict:
                outcomes.append(None)

    leave_transaction()
    threads = [threading.Thread(target=create, args=(name,)) for name in ("Work", "WORK", "wörk", "work")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 3
    assert [fold(name) for name in names(user)] == ["work"]


def test_renames_deletions_and_taggings_at_once_leave_whole_rows(app, user):
    ids = [chat(user).id for _ in range(3)]
    leave_transaction()
    failed = []

    def act(number):
        with app.app_context():
            for step in range(12):
                try:
                    change_tags(user, ids[(number + step) % 3], add=[f"tag {step % 4}"], remove=[f"tag {number}"])
                    tag = list_tags(user)[0]
                    leave_transaction()
                    if number % 2:
                        change_tag(user, tag.id, {"name": f"tag {(step + number) % 4}"})
                    else:
                        delete_tag(user, tag.id)
                except (Conflict, NotFound, IndexError):
                    pass
                except Exception as error:
                    failed.append(error)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert list(Verification().findings()) == []
