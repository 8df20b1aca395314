"""The error for each bad state of the database or its disk, with a code and a sentence."""

from __future__ import annotations

from webapp.errors import Unavailable


class DatabaseAway(Unavailable):
    """The database server does not answer."""

    code = "database-away"
    title = "The database does not answer"
    sentence = "The database does not answer. Please try again in a few seconds."
    retry_after = 3


class DiskFull(Unavailable):
    """The disk that holds the database has no space left."""

    status = 507
    code = "disk-full"
    title = "The disk is full"
    sentence = (
        "The disk is full. Nothing was changed. You can still read existing chats. The operator must free some space."
    )


class DatabaseReadOnly(Unavailable):
    """The database, its folder or its disk is read-only."""

    code = "database-read-only"
    title = "The database is read-only"
    sentence = (
        "The database is read-only: its file, folder or disk cannot be written. Nothing was changed. "
        "The operator must make it writable, then restart Minutebook."
    )


class DatabaseGone(Unavailable):
    """The database file is missing or is another one: it was deleted, moved, replaced, or never created."""

    code = "database-gone"
    title = "The database is missing"
    sentence = (
        "The database is missing: it was deleted, moved or replaced. Nothing was changed. The operator must restore "
        "it, then restart Minutebook."
    )


class DatabaseDamaged(Unavailable):
    """The file is not a database, or parts of it cannot be read."""

    code = "database-damaged"
    title = "The database is damaged"
    sentence = (
        "The database is damaged. Nothing was changed. The operator must stop Minutebook and restore a backup. "
        "“minutebook verify” lists the damage."
    )


class DatabaseNotMigrated(Unavailable):
    """The database has no tables, or the tables of another version."""

    code = "database-not-migrated"
    title = "The database is not up to date"
    sentence = (
        "The database does not have the tables of this version. Nothing was changed. The operator must run "
        "“minutebook db upgrade”, then restart Minutebook."
    )
