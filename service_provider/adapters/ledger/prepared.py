"""Questions and changes that every click needs: the ORM words them once in each process, the database does the rest.

To build a query costs the ORM many times what a small answer costs the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

_FIRST_MARKER = 21_131  # no number that a statement would name itself; the smallest columns take it

Value = int | str | date
Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class _Worded:
    """A statement in SQL; `places` says which of the caller's values stands where, or is a value of its own."""

    sql: str
    places: tuple[tuple[int | None, Any], ...]
    compiler: SQLCompiler
    converters: Any = None

    def values(self, given: Sequence[Value]) -> list[Any]:
        given = [str(value) if isinstance(value, date) else value for value in given]
        return [own if place is None else given[place] for place, own in self.places]


class _Open:
    """A statement with whole numbers, texts or days (`kinds`) left open.

    Each is worded once for each kind of database, by a function that gets a marker for every value and must put it in
    as it is. ValueError where one of them does not arrive.
    """

    def __init__(self, *kinds: type[Value]) -> None:
        self._markers = tuple(_marker(kind, place) for place, kind in enumerate(kinds))
        self._worded: dict[str, _Worded] = {}

    def _words(self) -> _Worded:
        found = self._worded.get(connection.vendor)
        if found is None:
            found = self._worded[connection.vendor] = self._word()
        return found

    def _word(self) -> _Worded:
        raise NotImplementedError

    def _places(self, parameters: Iterable[Any]) -> tuple[tuple[int | None, Any], ...]:
        markers = {str(marker): place for place, marker in enumerate(self._markers)}
        places = tuple((markers.get(str(one)), one) for one in parameters)
        if missing := set(range(len(markers))) - {place for place, _ in places}:
            raise ValueError(f"The values {sorted(missing)} do not arrive in the statement.")
        return places


class Question(_Open):
    """A `values_list` query: `build(*markers)` makes it."""

    def __init__(self, build: Callable[..., Rows], *kinds: type[Value]) -> None:
        super().__init__(*kinds)
        self._build = build

    def ask(self, *values: Value) -> list[tuple[Any, ...]]:
        """The rows. One query."""
        worded = self._words()
        with connection.cursor() as cursor:
            cursor.execute(worded.sql, worded.values(values))
            rows: Iterable[Sequence[Any]] = cursor.fetchall()
        if worded.converters:
            rows = worded.compiler.apply_converters(rows, worded.converters)
        return [tuple(row) for row in rows]

    def _word(self) -> _Worded:
        compiler = self._build(*self._markers).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        compiler.setup_query()
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        return _Worded(sql, self._places(parameters), compiler, converters)


class Change(_Open):
    """An update: `build(*markers)` says which rows, and what becomes of which columns."""

    def __init__(self, build: Callable[..., tuple[Rows, dict[str, Any]]], *kinds: type[Value]) -> None:
        super().__init__(*kinds)
        self._build = build

    def make(self, *values: Value) -> int:
        """Changes the rows, and says how many those were. One statement."""
        worded = self._words()
        with connection.cursor() as cursor:
            cursor.execute(worded.sql, worded.values(values))
            return int(cursor.rowcount)

    def _word(self) -> _Worded:
        rows, changes = self._build(*self._markers)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        compiler = query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        return _Worded(sql, self._places(parameters), compiler)


def _marker(kind: type[Value], place: int) -> Value:
    number = _FIRST_MARKER + place
    return date(7_130 + place, 1, 1) if kind is date else str(number) if kind is str else number
