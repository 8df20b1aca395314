"""What an answer was made with: temperature, maximum length. Like the rest of a message it never changes.

The trigger that refuses changes is built from the columns, as revision 0019 did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

REFUSAL = "a finalized message cannot be changed"

#: Columns that hold what was said. A strike empties them.
TEXTS = ("content", "citations", "reasoning")
#: Columns with other rules: the cache of the HTML, the words of the full-text index, and the strike itself.
APART = {"html", "html_version", "message_search_vector", "struck_at", "struck_digest"}

SQLITE_QUOTES = """
    json_array_length(old.citations) = json_array_length(new.citations)
    AND NOT EXISTS (
        SELECT 1 FROM json_each(old.citations) AS was JOIN json_each(new.citations) AS is_now ON is_now.key = was.key
        WHERE json_remove(was.value, '$.quote', '$.title') IS NOT json_remove(is_now.value, '$.quote', '$.title')
            OR json_extract(is_now.value, '$.quote') NOT IN ('', json_extract(was.value, '$.quote'))
            OR json_extract(is_now.value, '$.title') NOT IN ('', json_extract(was.value, '$.title'))
    )
"""
POSTGRES_QUOTES = """
    json_array_length(OLD.citations) = json_array_length(NEW.citations)
    AND NOT EXISTS (
        SELECT 1 FROM json_array_elements(OLD.citations) WITH ORDINALITY AS was (value, place)
        JOIN json_array_elements(NEW.citations) WITH ORDINALITY AS is_now (value, place) USING (place)
        WHERE CAST(was.value AS jsonb) - 'quote' - 'title' <> CAST(is_now.value AS jsonb) - 'quote' - 'title'
            OR is_now.value ->> 'quote' NOT IN ('', was.value ->> 'quote')
            OR is_now.value ->> 'title' NOT IN ('', was.value ->> 'title')
    )
"""


def upgrade() -> None:
    op.add_column("messages", sa.Column("made_with", sa.JSON(), nullable=True))
    _drop_trigger()
    _create_trigger()


def downgrade() -> None:
    _drop_trigger()
    op.drop_column("messages", "made_with")
    _create_trigger()


def _drop_trigger() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    op.execute("DROP TRIGGER messages_are_final" + ("" if on_sqlite else " ON messages"))


def _create_trigger() -> None:
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("messages")]
    final = [name for name in columns if name not in APART]
    texts = [name for name in final if name in TEXTS and name != "content"]
    facts = [name for name in final if name not in TEXTS]
    watched = ", ".join([*final, "struck_at", "struck_digest"])
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {watched} ON messages "
            f"WHEN NOT coalesce({_allowed(final, texts, facts, SQLITE_QUOTES, _same_on_sqlite)}, 0) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change_of_message() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_allowed(final, texts, facts, POSTGRES_QUOTES, _same_on_postgres)} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER messages_are_final BEFORE UPDATE OF {watched} ON messages "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_message()"
    )


def _allowed(final: list[str], texts: list[str], facts: list[str], quotes: str, same) -> str:  # type: ignore[no-untyped-def] # noqa: ANN001
    """Return the condition for a strike or the removal of quotes."""
    strike = ["struck_at", "struck_digest"]
    emptied = " AND ".join(f"new.{name} IS NULL" for name in (*texts, "html"))
    struck = f"old.struck_at IS NULL AND new.struck_at IS NOT NULL AND new.content = '' AND {emptied} AND {same(facts)}"
    others = [name for name in final if name != "citations"]
    unquoted = f"{same([*others, *strike, 'html'])} AND NOT ({same(['citations'])}) AND {quotes}"
    return f"(({struck}) OR ({unquoted}))"


def _same_on_sqlite(names: list[str]) -> str:
    return " AND ".join(f"new.{name} IS old.{name}" for name in names)


def _same_on_postgres(names: list[str]) -> str:
    # The type json has no equality, so that its text is compared.
    return " AND ".join(f"CAST(new.{name} AS text) IS NOT DISTINCT FROM CAST(old.{name} AS text)" for name in names)
