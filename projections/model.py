"""A read model: tables, handlers per fact, and the row changes that a batch of events comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import orjson

from aggregates.kernel import Erased, Fact
from schema.envelope import Recorded

F = TypeVar("F", bound=Fact)
T = TypeVar("T")
Handler = Callable[[Recorded, Any, "Rows"], None]
Key = tuple[Any, ...]
Values = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Columns in order (name → SQL type), the first `keys` of them the primary key; further indexes."""

    name: str
    columns: Mapping[str, str]
    keys: int = 1
    indexes: Sequence[str] = ()
    """What follows the table's name in `create index`."""
    sums_of: str | None = None
    """The table whose columns these rows sum up, per key; it only grows, in the order of its `position`.

    The column `upto` is the last position summed: what was added once is never added again.
    """
    computed: Mapping[str, str] = field(default_factory=dict)
    """Columns written as these expressions, not as the handler put them: over the row `r` and rows of tables
    named before this one, in the schema `{place}`, that events before the row's own made."""
    derived: str = ""
    """A query of its row for the key `r`, from the model's other tables in the schema `{place}`; all its rows
    are made by it."""

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Columns of the primary key."""
        return tuple(self.columns)[: self.keys]


class Model:
    """One read model; subscribed to exactly the facts that its handlers are for."""

    def __init__(self, name: str, version: int, tables: Sequence[Table]) -> None:
        self.name = name
        self.version = version
        self.tables = {table.name: table for table in tables}
        self._handlers: dict[type[Fact], Handler] = {}
        self._any: Handler | None = None

    def on(
        self, fact_type: type[F]
    ) -> Callable[[Callable[[Recorded, F, Rows], None]], Callable[[Recorded, F, Rows], None]]:
        """Handle facts of this class."""

        def register(handler: Callable[[Recorded, F, Rows], None]) -> Callable[[Recorded, F, Rows], None]:
            assert fact_type not in self._handlers, fact_type
            self._handlers[fact_type] = handler
            return handler

        return register

    def on_every_fact(
        self, handler: Callable[[Recorded, Fact, Rows], None]
    ) -> Callable[[Recorded, Fact, Rows], None]:
        """Handle every fact there is."""
        self._any = handler
        return handler

    def wants(self, fact_type: type[Fact]) -> bool:
        """Whether facts of this class change anything here."""
        return self._any is not None or fact_type in self._handlers

    def handle(self, recorded: Recorded, rows: Rows) -> None:
        """Note what this event changes; its class is one of those wanted."""
        (self._any or self._handlers[type(recorded.fact)])(recorded, recorded.fact, rows)


class _Changes:
    """What is to become of one table's rows."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.whole: dict[Key, Values | None] = {}
        """Rows to be written whole; None: to be deleted."""
        self.patches: dict[Key, Values] = {}
        self.derived: set[Key] = set()
        """Keys whose rows are to be made anew from the other tables."""
        self.emptied: set[Any] = set()
        """First key columns whose rows of before all go."""


class Rows:
    """The row changes of one batch, one entry per key whatever the number of events."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._changes = {name: _Changes(table) for name, table in tables.items()}

    def put(self, table: str, **values: Any) -> None:
        """Write the whole row."""
        changes = self._changes[table]
        assert values.keys() == changes.table.columns.keys(), f"{table}: {values.keys()}"
        key = tuple([values[name] for name in changes.table.key])
        changes.whole[key] = values
        changes.patches.pop(key, None)

    def patch(self, table: str, key: Key, **values: Any) -> None:
        """Change columns of the row, if it is there."""
        changes = self._changes[table]
        if key not in changes.whole:
            changes.patches.setdefault(key, {}).update(values)
        elif (whole := changes.whole[key]) is not None:
            whole.update(values)

    def delete(self, table: str, key: Key) -> None:
        """Take the row out."""
        changes = self._changes[table]
        changes.whole[key] = None
        changes.patches.pop(key, None)

    def whole(self, table: str) -> list[Values]:
        """The rows as they are after all events there are: what was written and not deleted."""
        return [values for values in self._changes[table].whole.values() if values is not None]

    def derived(self, table: str) -> list[Values]:
        """The keys whose rows are made anew."""
        changes = self._changes[table]
        return [_keyed(changes.table, key) for key in changes.derived]

    def derive(self, table: str, key: Key) -> None:
        """Make the row anew from the model's other tables, once these are written."""
        assert self._changes[table].table.derived, table
        self._changes[table].derived.add(key)

    def delete_of(self, table: str, first: Any) -> None:
        """Take out all rows that have this value in the first column of their key."""
        changes = self._changes[table]
        changes.emptied.add(first)
        for key in [key for key in (*changes.whole, *changes.patches) if key[0] == first]:
            changes.whole.pop(key, None)
            changes.patches.pop(key, None)

    def statements(self, schema: str) -> Iterator[tuple[Any, list[Values]]]:
        """What writes everything: one statement per table and kind of change, with the rows it is about.

        Rows may be written in parts, and again.
        """
        for name, changes in self._changes.items():
            table, place = changes.table, f"{schema}.{name}"
            if changes.emptied:
                emptied = [{table.key[0]: first} for first in changes.emptied]
                yield _delete_statement(table, place, table.key[:1]), emptied
            deleted = [_keyed(table, key) for key, values in changes.whole.items() if values is None]
            if deleted:
                yield _delete_statement(table, place, table.key), deleted
            whole = [values for values in changes.whole.values() if values is not None]
            if whole:
                yield _put_statement(table, schema), whole
            patches: dict[tuple[str, ...], list[Values]] = {}
            for key, values in changes.patches.items():
                patches.setdefault(tuple(sorted(values)), []).append(_keyed(table, key) | values)
            for columns, changed in patches.items():
                yield _patch_statement(table, place, columns), changed
        for name, changes in self._changes.items():
            source = changes.table.sums_of
            if source is not None and (added := self._changes[source].whole):
                lowest = min(values["position"] for values in added.values() if values is not None)
                yield _sum_statement(changes.table, schema), [{"position": lowest}]
            if changes.derived:
                yield _derive_statement(changes.table, schema), self.derived(name)


def as_json(rows: Sequence[Values]) -> str:
    """Rows as the one parameter of their statement."""
    return orjson.dumps(rows, option=orjson.OPT_UTC_Z).decode()


def _sql(text: str) -> Any:
    return cast("Any", text)


def _keyed(table: Table, key: Key) -> Values:
    return dict(zip(table.key, key, strict=True))


def _recordset(table: Table, columns: Sequence[str]) -> str:
    typed = ", ".join(f"{c} {table.columns[c]}" for c in columns)
    return f"json_to_recordset(%s::json) as r({typed})"


def _delete_statement(table: Table, place: str, columns: Sequence[str]) -> Any:
    match = " and ".join(f"t.{c} = r.{c}" for c in columns)
    return _sql(f"delete from {place} t using {_recordset(table, columns)} where {match}")


def _put_statement(table: Table, schema: str) -> Any:
    columns = ", ".join(table.columns)
    values = ", ".join(table.computed.get(c, c).format(place=schema) for c in table.columns)
    return _sql(
        f"insert into {schema}.{table.name} ({columns})"
        f" select {values} from {_recordset(table, list(table.columns))} {_over_the_old_row(table)}"
    )


def _derive_statement(table: Table, schema: str) -> Any:
    columns = ", ".join(table.columns)
    row = table.derived.format(place=schema)
    return _sql(
        f"insert into {schema}.{table.name} ({columns}) select d.* from {_recordset(table, table.key)}"
        f" cross join lateral ({row}) d {_over_the_old_row(table)}"
    )


def _over_the_old_row(table: Table) -> str:
    others = [c for c in table.columns if c not in table.key]
    update = ", ".join(f"{c} = excluded.{c}" for c in others)
    clash = f"do update set {update}" if others else "do nothing"
    return f"on conflict ({', '.join(table.key)}) {clash}"


def _patch_statement(table: Table, place: str, columns: Sequence[str]) -> Any:
    update = ", ".join(f"{c} = r.{c}" for c in columns)
    match = " and ".join(f"t.{c} = r.{c}" for c in table.key)
    recordset = _recordset(table, [*table.key, *columns])
    return _sql(f"update {place} t set {update} from {recordset} where {match}")


def _sum_statement(table: Table, schema: str) -> Any:
    keys, place = ", ".join(table.key), f"{schema}.{table.name}"
    summed = [c for c in table.columns if c not in (*table.key, "upto")]
    sums = ", ".join(f"sum(s.{c})" for c in summed)
    added = ", ".join(f"{c} = t.{c} + excluded.{c}" for c in summed)
    return _sql(
        f"insert into {place} as t ({keys}, {', '.join(summed)}, upto)"
        f" select {keys}, {sums}, max(s.position) from {schema}.{table.sums_of} s"
        " where s.position >= (select min(r.position) from json_to_recordset(%s::json) as r(position bigint))"
        f" and s.position > coalesce((select max(upto) from {place}), 0) group by {keys}"
        f" on conflict ({keys}) do update set {added}, upto = excluded.upto"
    )


def shown(value: T | Erased) -> T | None:
    """The value for a row; erased ones are null there and « [effacé] » on the page."""
    return None if isinstance(value, Erased) else value
