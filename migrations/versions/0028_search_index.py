"""Search finds word forms, scripts without spaces, emoji, `C++`, and the names of files.

Both databases stem with Porter's algorithm and keep every word. SQLite cuts words as before, but of the text that the
function `search_text` of the app returns. PostgreSQL gets a table `message_search` of its own for the words: its rows
are small, so that hits are counted and ordered without reading messages or words.

The index is empty afterwards. `minutebook serve` and `minutebook db upgrade` fill it in batches.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

#: The word of an owner: with an `a` behind it for turns with the archivist.
OWNER = "replace(conversations.owner_id, '-', '') || CASE WHEN {m}.is_lookup THEN 'a' ELSE '' END"
WHO = OWNER + " || ' ' || {m}.role"
NAMES = (
    "(SELECT search_text(group_concat(name, ' ')) FROM "
    "(SELECT name FROM message_files WHERE message_id = {id} ORDER BY position))"
)
OF = "FROM conversations WHERE id = {m}.conversation_id"
DELETE = "INSERT INTO message_search (message_search, rowid, owner, content, files) SELECT 'delete', "
INSERT = "INSERT INTO message_search (rowid, owner, content, files) SELECT "


def _row(m: str) -> str:
    return f"{m}.seq, {WHO.format(m=m)}, search_text({m}.content), {NAMES.format(id=f'{m}.id')}"


_REINDEXED = (
    "SELECT seq, owner, content, files FROM message_search_source WHERE seq = "
    "(SELECT seq FROM messages WHERE id = {row}.message_id)"
)
_OLD_NAMES = "(SELECT search_text(group_concat(name, ' ')) FROM (SELECT name FROM ({names}) ORDER BY position))"
SQLITE = (
    f"""
    CREATE VIEW message_search_source AS
    SELECT m.seq AS seq, {WHO.format(m="m")} AS owner, search_text(m.content) AS content,
        {NAMES.format(id="m.id")} AS files
    FROM messages AS m JOIN conversations ON conversations.id = m.conversation_id
    """,
    """
    CREATE VIRTUAL TABLE message_search USING fts5(
        owner, content, files, content = 'message_search_source', content_rowid = 'seq',
        tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3'
    )
    """,
    f"""
    CREATE TRIGGER message_search_insert AFTER INSERT ON messages BEGIN
        {INSERT} {_row("new")} {OF.format(m="new")};
    END
    """,
    f"""
    CREATE TRIGGER message_search_delete AFTER DELETE ON messages BEGIN
        {DELETE} {_row("old")} {OF.format(m="old")};
    END
    """,
    f"""
    CREATE TRIGGER message_search_strike AFTER UPDATE OF content ON messages
    WHEN old.struck_at IS NULL AND new.struck_at IS NOT NULL BEGIN
        {DELETE} {_row("old")} {OF.format(m="old")};
        {INSERT} {_row("new")} {OF.format(m="new")};
    END
    """,
    f"""
    CREATE TRIGGER message_search_file_insert AFTER INSERT ON message_files BEGIN
        INSERT INTO message_search (message_search, rowid, owner, content, files)
        SELECT 'delete', seq, owner, content, {
        _OLD_NAMES.format(
            names="SELECT name, position FROM message_files "
            "WHERE message_id = new.message_id AND position <> new.position"
        )
    }
        FROM message_search_source WHERE seq = (SELECT seq FROM messages WHERE id = new.message_id);
        INSERT INTO message_search (rowid, owner, content, files) {_REINDEXED.format(row="new")};
    END
    """,
    f"""
    CREATE TRIGGER message_search_file_delete AFTER DELETE ON message_files BEGIN
        INSERT INTO message_search (message_search, rowid, owner, content, files)
        SELECT 'delete', seq, owner, content, {
        _OLD_NAMES.format(
            names="SELECT name, position FROM message_files WHERE message_id = old.message_id "
            "UNION ALL SELECT old.name, old.position"
        )
    }
        FROM message_search_source WHERE seq = (SELECT seq FROM messages WHERE id = old.message_id);
        INSERT INTO message_search (rowid, owner, content, files) {_REINDEXED.format(row="old")};
    END
    """,
)

APART = (
    r"\1100-\11ff\3005-\3007\3021-\3029\3041-\3096\309d-\309f\30a1-\30fa\30fc-\30ff\3105-\312f\3131-\318e"
    r"\31a0-\31ff\3400-\4dbf\4e00-\9fff\a960-\a97c\ac00-\d7a3\f900-\faff\ff66-\ff9d\+020000-\+03ffff"
    r"\0e01-\0e30\0e32\0e33\0e40-\0e46\0e50-\0e59\0e81-\0eb0\0eb2\0eb3\0ec0-\0ec6\0ed0-\0edf"
    r"\1000-\102a\103f-\1055\1780-\17b3\17e0-\17e9"
)
MARKS = (
    r"\0e31\0e34-\0e3a\0e47-\0e4e\0eb1\0eb4-\0ebc\0ec8-\0ece\102b-\103e\1056-\1059\17b4-\17d3\17dd"
    r"\3099\309a\ff9e\ff9f"
)
EMOJI = r"\+01f000-\+01faff\2600-\27bf\2b00-\2bff"
PUNCTUATION = r"""'!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~'"""

# The functions are parsed when they are created, so that they work whatever the search path is later, as in a dump.
# Most texts are ASCII, which is told by their length in bytes.
POSTGRES = (
    "DROP INDEX IF EXISTS message_search_index",
    "ALTER TABLE messages DROP COLUMN message_search_vector",
    "DROP FUNCTION message_search_words(text)",
    "CREATE TEXT SEARCH DICTIONARY minutebook_porter (TEMPLATE = pg_catalog.snowball, LANGUAGE = porter)",
    "CREATE TEXT SEARCH CONFIGURATION minutebook (COPY = pg_catalog.simple)",
    """
    ALTER TEXT SEARCH CONFIGURATION minutebook ALTER MAPPING FOR
    asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart
    WITH minutebook_porter
    """,
    rf"""
    CREATE FUNCTION message_search_plain(content text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(
        CASE WHEN position('+' IN content) > 0 OR position('#' IN content) > 0 THEN
            regexp_replace(regexp_replace(content,
                '(?<![[:alnum:]])([cC])\+\+(?![[:alnum:]_+#])', '\1plusplus', 'g'),
                '(?<![[:alnum:]])([cCfF])#(?![[:alnum:]_+#])', '\1sharp', 'g')
        ELSE content END,
        {PUNCTUATION}, repeat(' ', 32)
    )
    """,
    rf"""
    CREATE FUNCTION message_search_spaced(content text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(
        regexp_replace(
            normalize(regexp_replace(normalize(content, NFD), U&'([A-Za-z])[\0300-\036F]+', '\1', 'g'), NFC),
            U&'([{APART}][{MARKS}]*)', ' \1 ', 'g'
        ),
        U&'\00AD\200B\200C\200D\2060\FEFF', repeat(' ', 6)
    )
    """,
    rf"""
    CREATE FUNCTION message_search_words(content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN octet_length(content) = char_length(content)
        THEN to_tsvector('minutebook'::regconfig, message_search_plain(content))
        ELSE to_tsvector('minutebook'::regconfig, message_search_spaced(message_search_plain(content)))
            || array_to_tsvector(ARRAY(
                SELECT DISTINCT each[1] FROM regexp_matches(content, U&'[{EMOJI}]', 'g') AS each
            ))
    END
    """,
    """
    CREATE TABLE message_search (
        seq bigint CONSTRAINT pk_message_search PRIMARY KEY
            CONSTRAINT fk_message_search_seq REFERENCES messages (seq) ON DELETE CASCADE ON UPDATE CASCADE,
        owner_id uuid NOT NULL,
        is_lookup boolean NOT NULL,
        is_question boolean NOT NULL,
        words tsvector NOT NULL
    ) WITH (toast_tuple_target = 128)
    """,
    "CREATE INDEX ix_message_search_owner ON message_search (owner_id, seq)",
    "ALTER TABLE message_search ALTER COLUMN words SET STORAGE EXTERNAL",
    "ALTER TABLE message_search ALTER COLUMN words SET STATISTICS 1000",
    """
    CREATE VIEW message_search_source AS
    SELECT m.seq, c.owner_id, m.is_lookup, m.role = 'user' AS is_question, message_search_words(m.content || coalesce(
        (SELECT ' ' || string_agg(f.name, ' ' ORDER BY f.position) FROM message_files AS f WHERE f.message_id = m.id),
        ''
    )) AS words
    FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
    """,
    """
    CREATE FUNCTION message_search_of_message() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO message_search SELECT NEW.seq, c.owner_id, NEW.is_lookup, NEW.role = 'user',
                message_search_words(NEW.content) FROM conversations AS c WHERE c.id = NEW.conversation_id;
        ELSE
            UPDATE message_search SET words = source.words FROM message_search_source AS source
                WHERE message_search.seq = NEW.seq AND source.seq = NEW.seq;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION message_search_of_file() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE message_search SET words = source.words FROM messages, message_search_source AS source
            WHERE messages.id = coalesce(NEW.message_id, OLD.message_id)
            AND message_search.seq = messages.seq AND source.seq = messages.seq;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER message_search_insert AFTER INSERT ON messages
    FOR EACH ROW EXECUTE FUNCTION message_search_of_message()
    """,
    """
    CREATE TRIGGER message_search_strike AFTER UPDATE OF content ON messages
    FOR EACH ROW EXECUTE FUNCTION message_search_of_message()
    """,
    """
    CREATE TRIGGER message_search_file_insert AFTER INSERT ON message_files
    FOR EACH ROW EXECUTE FUNCTION message_search_of_file()
    """,
    """
    CREATE TRIGGER message_search_file_delete AFTER DELETE ON message_files
    FOR EACH ROW EXECUTE FUNCTION message_search_of_file()
    """,
)
#: Of a book with messages, the index is made once all rows are there.
POSTGRES_INDEX = "CREATE INDEX message_search_index ON message_search USING gin (words) WITH (fastupdate = off)"

OLD_OWNER = "replace({c}.owner_id, '-', '') || CASE WHEN {m}.is_lookup THEN 'a' ELSE '' END"
OLD_SQLITE = (
    f"""
    CREATE VIEW message_search_source AS
    SELECT m.seq AS seq, {OLD_OWNER.format(c="c", m="m")} AS owner, m.content AS content
    FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
    """,
    """
    CREATE VIRTUAL TABLE message_search USING fts5(
        owner, content, content = 'message_search_source', content_rowid = 'seq',
        tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    )
    """,
    f"""
    CREATE TRIGGER message_search_insert AFTER INSERT ON messages BEGIN
        INSERT INTO message_search (rowid, owner, content)
        SELECT new.seq, {OLD_OWNER.format(c="conversations", m="new")}, new.content
        FROM conversations WHERE id = new.conversation_id;
    END
    """,
    f"""
    CREATE TRIGGER message_search_delete AFTER DELETE ON messages BEGIN
        INSERT INTO message_search (message_search, rowid, owner, content)
        SELECT 'delete', old.seq, {OLD_OWNER.format(c="conversations", m="old")}, old.content
        FROM conversations WHERE id = old.conversation_id;
    END
    """,
    f"""
    CREATE TRIGGER message_search_strike AFTER UPDATE OF content ON messages
    WHEN old.struck_at IS NULL AND new.struck_at IS NOT NULL BEGIN
        INSERT INTO message_search (message_search, rowid, owner, content)
        SELECT 'delete', old.seq, {OLD_OWNER.format(c="conversations", m="old")}, old.content
        FROM conversations WHERE id = old.conversation_id;
        INSERT INTO message_search (rowid, owner, content)
        SELECT new.seq, {OLD_OWNER.format(c="conversations", m="new")}, new.content
        FROM conversations WHERE id = new.conversation_id;
    END
    """,
    "INSERT INTO message_search (message_search) VALUES ('rebuild')",
)
OLD_POSTGRES = (
    "DROP TRIGGER message_search_insert ON messages",
    "DROP TRIGGER message_search_strike ON messages",
    "DROP TRIGGER message_search_file_insert ON message_files",
    "DROP TRIGGER message_search_file_delete ON message_files",
    "DROP FUNCTION message_search_of_message()",
    "DROP FUNCTION message_search_of_file()",
    "DROP VIEW message_search_source",
    "DROP TABLE message_search",
    "DROP FUNCTION message_search_words(text)",
    "DROP FUNCTION message_search_spaced(text)",
    "DROP FUNCTION message_search_plain(text)",
    "DROP TEXT SEARCH CONFIGURATION minutebook",
    "DROP TEXT SEARCH DICTIONARY minutebook_porter",
    r"""
    CREATE FUNCTION message_search_words(content text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT to_tsvector('pg_catalog.simple', translate(
            normalize(regexp_replace(normalize(content, NFD), U&'([A-Za-z])[\0300-\036F]+', '\1', 'g'), NFC),
            U&'\00AD\200B\200C\200D\2060\FEFF' || '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 38)
        ))
    $$
    """,
    """
    ALTER TABLE messages ADD COLUMN message_search_vector tsvector
    GENERATED ALWAYS AS (message_search_words(content)) STORED
    """,
    "ALTER TABLE messages ALTER COLUMN message_search_vector SET STATISTICS 0",
    "CREATE INDEX message_search_index ON messages USING gin (message_search_vector) WITH (fastupdate = off)",
)
SQLITE_TRIGGERS = ("insert", "delete", "strike")
FILE_TRIGGERS = ("file_insert", "file_delete")


def upgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    if on_sqlite:
        _drop_sqlite(SQLITE_TRIGGERS)
    for statement in SQLITE if on_sqlite else POSTGRES:
        op.execute(statement.replace(":", r"\:"))
    has_messages = op.get_bind().execute(sa.text("SELECT EXISTS (SELECT 1 FROM messages)")).scalar_one()
    if has_messages:
        op.execute("UPDATE book SET renumbering = 'index' WHERE renumbering IS NULL")
        op.execute("UPDATE book SET indexed_to = 0")
    elif not on_sqlite:
        op.execute(POSTGRES_INDEX)


def downgrade() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    if on_sqlite:
        _drop_sqlite((*SQLITE_TRIGGERS, *FILE_TRIGGERS))
    for statement in OLD_SQLITE if on_sqlite else OLD_POSTGRES:
        op.execute(statement.replace(":", r"\:"))
    op.execute("UPDATE book SET renumbering = NULL, indexed_to = NULL WHERE renumbering = 'index'")


def _drop_sqlite(triggers: tuple[str, ...]) -> None:
    for name in triggers:
        op.execute(f"DROP TRIGGER message_search_{name}")
    op.execute("DROP TABLE message_search")
    op.execute("DROP VIEW message_search_source")
