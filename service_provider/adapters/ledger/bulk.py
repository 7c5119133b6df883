"""Many rows at once, past the ORM, for what comes by the million. Both databases, one statement a kind of write."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.models.constants import OnConflict

ASKED = 900  # values in one question; SQLite has been built with a limit of 999
LARGE_CACHE = 64 * 1024  # KiB

Model = type[models.Model]


def is_deadlock(error: Exception) -> bool:
    """Whether MariaDB ended a transaction because two of them waited for each other, or one for too long."""
    return connection.vendor == "mysql" and error.args[:1] in {(1205,), (1213,)}


@contextmanager
def large_cache() -> Iterator[None]:
    """On SQLite: more pages in memory, since ids that are hashes touch the whole index. Elsewhere nothing."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = -{LARGE_CACHE}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {before}")


def find(
    model: Model,
    column: str,
    values: Collection[Any],
    *,
    fetch: Sequence[str],
    also: str = "",
    with_values: Sequence[Any] = (),
    is_held: bool = False,
) -> list[tuple[Any, ...]]:
    """The columns `fetch` of the rows whose `column` is one of the values; `also` is a further condition.

    Rows that are held stay as they are until the transaction ends; on SQLite who writes is alone anyway.
    """
    found: list[tuple[Any, ...]] = []
    rest = iter(values)
    head = f"SELECT {_names(fetch)} FROM {_table(model)} WHERE {_name(column)} IN "  # noqa: S608 - our own names
    tail = f"{also and f' AND {also}'}{' FOR UPDATE' if is_held and connection.vendor == 'mysql' else ''}"
    with connection.cursor() as cursor:
        while some := list(islice(rest, ASKED)):
            cursor.execute(f"{head}({_marks(some)}){tail}", [*some, *with_values])
            found += cursor.fetchall()
    return found


def insert(model: Model, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    _write(_insert(model, columns), rows)


def insert_one(model: Model, columns: Sequence[str], row: Sequence[Any]) -> int:
    """Inserts the row and says its number."""
    with connection.cursor() as cursor:
        cursor.execute(_insert(model, columns), row)
        return int(cursor.lastrowid)


def insert_new(model: Model, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Inserts the rows whose unique columns are new, leaves the others, and says how many those were."""
    start = connection.ops.insert_statement(OnConflict.IGNORE)
    end = connection.ops.on_conflict_suffix_sql([], OnConflict.IGNORE, [], [])
    return _write(f"{_insert(model, columns, start)} {end}".strip(), rows)


def add_up(
    model: Model,
    key: str | Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    sums: Sequence[str] = (),
    lows: Sequence[str] = (),
    highs: Sequence[str] = (),
) -> None:
    """Inserts the rows; one whose `key` is there already adds to its sums, and widens its lows and highs."""
    is_sqlite = connection.vendor == "sqlite"
    least, most = ("MIN", "MAX") if is_sqlite else ("LEAST", "GREATEST")

    def both(name: str) -> tuple[str, str, str]:
        quoted = _name(name)
        if is_sqlite:
            return quoted, f"{_table(model)}.{quoted}", f"excluded.{quoted}"
        return quoted, quoted, f"VALUES({quoted})"

    changes = [f"{name} = {old} + {new}" for name, old, new in map(both, sums)]
    changes += [f"{name} = {least}({old}, {new})" for name, old, new in map(both, lows)]
    changes += [f"{name} = {most}({old}, {new})" for name, old, new in map(both, highs)]
    keys = _names([key] if isinstance(key, str) else key)
    conflict = f"ON CONFLICT ({keys}) DO UPDATE SET" if is_sqlite else "ON DUPLICATE KEY UPDATE"
    _write(f"{_insert(model, columns)} {conflict} {', '.join(changes)}", rows)


def change_each(model: Model, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Writes each row's values into the row whose id stands behind them."""
    new = " = %s, ".join(map(_name, columns))
    sql = f"UPDATE {_table(model)} SET {new} = %s WHERE {_name('id')} = %s"  # noqa: S608 - our own names
    if rows:
        _write(sql, rows)


def change(
    model: Model,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    where: Sequence[str],
    also: str = "",
) -> int:
    """Writes each row, new values for the columns, where those of `where` are still as its other values say.

    Says how many rows those were; `also` is a further condition.
    """
    new, old = (" = %s, ".join(map(_name, columns)), " = %s AND ".join(map(_name, where)))
    sql = f"UPDATE {_table(model)} SET {new} = %s WHERE {old} = %s{also and f' AND {also}'}"  # noqa: S608 - our own names
    return _write(sql, rows)


def _insert(model: Model, columns: Sequence[str], start: str = "INSERT INTO") -> str:
    return f"{start} {_table(model)} ({_names(columns)}) VALUES ({_marks(columns)})"


def _write(sql: str, rows: Any) -> int:
    """Runs the statement for every row, which may come as they are made, and says how many it touched."""
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
        return max(0, cursor.rowcount)  # -1 where there was none


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


@cache
def _name(column: str) -> str:
    return connection.ops.quote_name(column)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(_name, columns))


def _table(model: Model) -> str:
    return _name(model._meta.db_table)
