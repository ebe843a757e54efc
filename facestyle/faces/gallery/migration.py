"""Bringing a gallery's file from an older version of the tables to the present one."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from facestyle.faces.gallery import schema
from facestyle.faces.gallery.base import DEFAULT_NAMESPACE
from facestyle.faces.gallery.checks import to_micros

_FROM_1 = """
ALTER TABLE embedding RENAME TO old_embedding;
ALTER TABLE person RENAME TO old_person;
DROP INDEX embedding_person;
DROP INDEX embedding_model;
{tables}
INSERT INTO person (id, namespace, name, key, created, consent, consent_version, consent_given, thumbnail)
    SELECT id, '{namespace}', name, key, micros(created), consent,
        CASE WHEN consent IS NULL THEN NULL ELSE '1' END,
        CASE WHEN consent IS NULL THEN NULL ELSE micros(created) END, thumbnail
    FROM old_person;
INSERT INTO space (namespace, model, preprocessing, dimension)
    SELECT '{namespace}', model, preprocessing, min(dimension) FROM old_embedding GROUP BY model, preprocessing;
INSERT INTO embedding (id, person, space, created, vector)
    SELECT e.id, p.number, s.number, micros(e.created), e.vector
    FROM old_embedding e JOIN person p ON p.id = e.person
        JOIN space s ON s.model = e.model AND s.preprocessing = e.preprocessing
    ORDER BY e.id;
DROP TABLE old_embedding;
DROP TABLE old_person;
"""
"""Version 1 had one namespace, no expiry, the text of a consent alone, and times as text."""


def migrate(database: sqlite3.Connection, version: int) -> None:
    """Brings the tables to `schema.VERSION`, in one transaction; nothing of the old ones stays in the file.

    Args:
        database: Configured and whole, in autocommit mode.
        version: The version that the tables are of; an older one than the present.

    Raises:
        sqlite3.DatabaseError: It failed; the tables are as they were.
    """
    database.create_function("micros", 1, _micros, deterministic=True)
    database.execute("PRAGMA foreign_keys = OFF")
    try:
        database.execute("BEGIN IMMEDIATE")
        try:
            (found,) = database.execute("PRAGMA user_version").fetchone()
            if found == version:  # else another program was faster
                script = _FROM_1.format(tables=schema.TABLES, namespace=DEFAULT_NAMESPACE)
                for statement in script.split(";"):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {schema.VERSION}")
            database.execute("COMMIT")
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")
    finally:
        database.execute("PRAGMA foreign_keys = ON")
    database.execute("VACUUM")


def _micros(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))
