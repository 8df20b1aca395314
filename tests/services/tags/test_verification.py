"""`verify` finds tags and links that are wrong."""

from __future__ import annotations

import sqlite3

import pytest

from tests.support.cast import chat, stranger
from webapp.database.engine import db
from webapp.database.transaction import leave_transaction, writing
from webapp.services.tags.changes import create_tag
from webapp.services.tags.sessions import change_tags
from webapp.services.verification import Verification

DAMAGES = {
    "a tag is another's": ("UPDATE tags SET owner_id = '{bob}' WHERE name = 'a'", {"wrong-owner"}),
    "a chat has another's tag": ("UPDATE session_tags SET tag_id = '{theirs}'", {"wrong-owner"}),
    "a name is not the one that is compared": ("UPDATE tags SET name = 'c' WHERE name = 'b'", {"tag"}),
    "a tag is lost": ("DELETE FROM tags WHERE name = 'a'", {"tag"}),
    "a chat is lost": ("UPDATE session_tags SET session_id = '{nobody}'", {"no-chat"}),
    "an owner is lost": ("UPDATE tags SET owner_id = '{nobody}' WHERE name = 'b'", {"no-owner"}),
}
NOBODY = "01a22e6b-0000-7000-8000-000000000000"


@pytest.fixture
def book(user):
    bob = stranger()
    theirs = create_tag(bob, "theirs")
    change_tags(user, chat(user, "Hello").id, add=["a"])
    create_tag(user, "b")
    return {"bob": bob.id, "theirs": theirs.id, "nobody": NOBODY}


def kinds():
    found = {finding.what for finding in Verification().findings()}
    leave_transaction()
    return found - {"reference"}


def test_a_good_book_has_no_finding(book):
    assert kinds() == set()


@pytest.mark.changes_schema
@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_found_and_named(book, engine_name, kind):
    statement, told = DAMAGES[kind]
    damage(engine_name, statement.format(**book))
    assert kinds() == told


def damage(engine_name, statement):
    """Change rows as the database does not allow."""
    leave_transaction()
    if engine_name == "sqlite":
        # A connection of its own checks no references.
        with sqlite3.connect(db.engine.url.database) as connection:
            connection.execute(statement)
        return
    with writing() as connection:
        for table, name in (("session_tags", "tag_id"), ("session_tags", "session_id"), ("tags", "owner_id")):
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_{name}")
        connection.exec_driver_sql(statement)
