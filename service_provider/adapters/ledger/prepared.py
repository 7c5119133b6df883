"""Questions that are asked at every click: the ORM words them once in each process, the database answers each time.

To build a query costs the ORM many times what a small answer costs the database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

_FIRST_MARKER = 7_130_000_000_000_000_001  # no number that a question would name itself


@dataclass(frozen=True, slots=True)
class _Worded:
    """A question in SQL; `places` says which of the caller's values stands where, or is a value of its own."""

    sql: str
    places: tuple[tuple[int | None, Any], ...]
    compiler: SQLCompiler
    converters: Any

    def values(self, given: Sequence[Any]) -> list[Any]:
        return [own if place is None else given[place] for place, own in self.places]


class Question:
    """A `values_list` query with whole numbers or texts left open.

    `build(*markers)` is called once for each kind of database; each marker stands for a value of `ask`, and must go
    into the query as it is. ValueError where one of them does not arrive there.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *kinds: type) -> None:
        self._build = build
        self._markers = tuple(kind(_FIRST_MARKER + place) for place, kind in enumerate(kinds))
        self._worded: dict[str, _Worded] = {}

    def ask(self, *values: int | str) -> list[tuple[Any, ...]]:
        """The rows. One query."""
        worded = self._worded.get(connection.vendor) or self._word()
        with connection.cursor() as cursor:
            cursor.execute(worded.sql, worded.values(values))
            rows: Iterable[Sequence[Any]] = cursor.fetchall()
        if worded.converters:
            rows = worded.compiler.apply_converters(rows, worded.converters)
        return [tuple(row) for row in rows]

    def _word(self) -> _Worded:
        compiler = self._build(*self._markers).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        markers = {marker: place for place, marker in enumerate(self._markers)}
        places = tuple((markers.get(one), one) for one in parameters)
        if missing := set(range(len(markers))) - {place for place, _ in places}:
            raise ValueError(f"The values {sorted(missing)} do not arrive in the question.")
        compiler.setup_query()
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        worded = self._worded[connection.vendor] = _Worded(sql, places, compiler, converters)
        return worded
