"""Housework of the database, done by the worker so that no request waits for it."""

from django.db import connection


def write_back() -> None:
    """On SQLite: moves the write-ahead log into the database file (docs/decisions/0074). Elsewhere nothing.

    Passive: it waits for nobody, and what a reader still needs is moved the next time. Inside a transaction
    SQLite refuses to, so the next call does it.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
