"""The chats of a tag are read along an index, whether the tag has nearly all chats or one."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from tests.support.accounts import ALICE
from tests.support.cast import analyze, stranger
from tests.support.library import fill
from tests.support.plans import SCANS, plans
from webapp.database.transaction import writing
from webapp.models import SessionTag, table_of
from webapp.services.sessions.listing import SessionFilter, list_sessions
from webapp.services.tags.ensuring import ensure_tags
from webapp.services.tags.listing import list_tags


@pytest.fixture(scope="module", params=[True, False], ids=["analyzed", "not analyzed"])
def shared(request, make_shared_app):
    app = make_shared_app()
    with app.app_context():
        ids = fill(ALICE, 5_000)
        bob = stranger()
        others = fill(bob, 1_000)
        with writing() as connection:
            tags = ensure_tags(connection, ALICE, ["many", "few"])
            theirs = ensure_tags(connection, bob, ["many"])
            links = [(id_, tags["many"].id) for id_ in ids] + [(ids[2], tags["few"].id)]
            links += [(id_, theirs["many"].id) for id_ in others]
            rows = [{"session_id": session_id, "tag_id": tag_id} for session_id, tag_id in links]
            connection.execute(insert(table_of(SessionTag)), rows)
        if request.param:
            analyze()
    return app, {name: tag.id for name, tag in tags.items()}


@pytest.fixture
def tags(shared):
    app, ids = shared
    with app.app_context():
        yield ids


@pytest.mark.parametrize("name", ["many", "few"])
@pytest.mark.parametrize("archived", ["no", "only", "all"])
def test_a_page_of_a_tags_chats_is_one_query_along_an_index(tags, name, archived):
    filters = SessionFilter(archived, tag_id=tags[name])
    for cursor in dict.fromkeys((None, list_sessions(ALICE, filters, limit=10).next)):
        (told,) = plans(lambda: list_sessions(ALICE, filters, limit=10, cursor=cursor))  # noqa: B023
        assert "session_tags" in told
        assert not any(scan in told for scan in SCANS)
        assert "SCAN session_tags" not in told


def test_the_counts_are_one_query(tags):
    (told,) = plans(lambda: list_tags(ALICE))
    assert not any(scan in told for scan in SCANS)
    assert [(tag.name, tag.session_count) for tag in list_tags(ALICE)] == [("few", 1), ("many", 4_500)]
