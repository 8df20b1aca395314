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
        "The disk is full. Nothing was changed; existing chats can still be read. The operator must "
        "free some space, then try again."
    )


class DatabaseReadOnly(Unavailable):
    """The database, its folder or its disk is read-only."""

    code = "database-read-only"
    title = "The database can only be read"
    sentence = (
        "The database can be read and not written: its file, folder or disk is read-only. Nothing was changed. "
        "The operator must make it writable, then start Minutebook again."
    )


class DatabaseGone(Unavailable):
    """The database is not where it was: it was deleted, moved, replaced, or never created."""

    code = "database-gone"
    title = "The database is gone"
    sentence = (
        "The database is not where it was: it was deleted, moved or replaced. Nothing was changed. The operator "
        "must put it back, then start Minutebook again."
    )


class DatabaseDamaged(Unavailable):
    """The file is not a database, or parts of it cannot be read."""

    code = "database-damaged"
    title = "The database is damaged"
    sentence = (
        "The database is damaged. Nothing was changed. The operator must stop it and restore a backup; "
        "“minutebook verify” says what is wrong."
    )


class DatabaseNotMigrated(Unavailable):
    """The database has no tables, or the tables of another version."""

    code = "database-not-migrated"
    title = "The database is not up to date"
    sentence = (
        "The database does not have the tables of this version. Nothing was changed. The operator must run "
        "“minutebook db upgrade”, then start Minutebook again."
    )
