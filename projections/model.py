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

    @property
    def nothing(self) -> bool:
        """Whether no row changes."""
        return not (self.whole or self.patches or self.derived or self.emptied)


@dataclass
class _HandOver:
    """Rows of clients that become other ones': which values of the column become which, all at once."""

    column: str
    pairs: dict[Any, Any]

    def takes(self, column: str, before: Any, after: Any) -> bool:
        """Whether one more may go with these: none of them is about what another one makes."""
        known = {*self.pairs, *self.pairs.values()}
        return column == self.column and before not in known and after not in known


class _Sequence:
    """What is to become of one table's rows, in order: changes, handing over, changes since, and so on."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.parts: list[tuple[_Changes, _HandOver]] = []
        self.last = _Changes(table)

    def hand_over(self, column: str, before: Any, after: Any) -> None:
        """It is about the rows that there are by then."""
        if self.last.nothing and self.parts and self.parts[-1][1].takes(column, before, after):
            self.parts[-1][1].pairs[before] = after
            return
        self.parts.append((self.last, _HandOver(column, {before: after})))
        self.last = _Changes(self.table)

    @property
    def changes(self) -> list[_Changes]:
        return [*(changes for changes, _ in self.parts), self.last]


class Rows:
    """The row changes of one batch, one entry per key whatever the number of events."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._of = {name: _Sequence(table) for name, table in tables.items()}

    def put(self, table: str, **values: Any) -> None:
        """Write the whole row."""
        changes = self._of[table].last
        assert values.keys() == changes.table.columns.keys(), f"{table}: {values.keys()}"
        key = tuple([values[name] for name in changes.table.key])
        changes.whole[key] = values
        changes.patches.pop(key, None)

    def patch(self, table: str, key: Key, **values: Any) -> None:
        """Change columns of the row, if it is there."""
        changes = self._of[table].last
        if key not in changes.whole:
            changes.patches.setdefault(key, {}).update(values)
        elif (whole := changes.whole[key]) is not None:
            whole.update(values)

    def delete(self, table: str, key: Key) -> None:
        """Take the row out."""
        changes = self._of[table].last
        changes.whole[key] = None
        changes.patches.pop(key, None)

    def hand_over(self, table: str, before: Any, after: Any, *, column: str = "client") -> None:
        """Let all rows that have the one value in this column have the other one (DOS-5).

        Where that makes two rows of one key, the one that had the new value already stays.
        """
        self._of[table].hand_over(column, before, after)

    def whole(self, table: str) -> list[Values]:
        """The rows as they are after all events there are: what was written and not deleted."""
        rows: dict[Key, Values] = {}
        for changes, handed in self._of[table].parts:
            _carry(changes, rows)
            rows = _handed_over(rows, changes.table, handed)
        _carry(self._of[table].last, rows)
        return list(rows.values())

    def derived(self, table: str) -> list[Values]:
        """The keys whose rows are made anew."""
        keys = dict.fromkeys(key for changes in self._of[table].changes for key in changes.derived)
        return [_keyed(self._of[table].table, key) for key in keys]

    def derive(self, table: str, key: Key) -> None:
        """Make the row anew from the model's other tables, once these are written."""
        assert self._of[table].table.derived, table
        self._of[table].last.derived.add(key)

    def delete_of(self, table: str, first: Any) -> None:
        """Take out all rows that have this value in the first column of their key."""
        changes = self._of[table].last
        changes.emptied.add(first)
        for key in [key for key in (*changes.whole, *changes.patches) if key[0] == first]:
            changes.whole.pop(key, None)
            changes.patches.pop(key, None)

    def statements(self, schema: str) -> Iterator[tuple[Any, list[Values]]]:
        """What writes everything: one statement per table and kind of change, with the rows it is about.

        Rows may be written in parts, and again.
        """
        for sequence in self._of.values():
            for changes, handed in sequence.parts:
                yield from _written(changes, schema)
                yield from _hand_over_statements(changes.table, handed, schema)
            yield from _written(sequence.last, schema)
        for name, sequence in self._of.items():
            source = sequence.table.sums_of
            if source is not None and (added := self.whole(source)):
                lowest = min(values["position"] for values in added)
                yield _sum_statement(sequence.table, schema), [{"position": lowest}]
            if derived := self.derived(name):
                yield _derive_statement(sequence.table, schema), derived


def _written(changes: _Changes, schema: str) -> Iterator[tuple[Any, list[Values]]]:
    table, place = changes.table, f"{schema}.{changes.table.name}"
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


def _carry(changes: _Changes, rows: dict[Key, Values]) -> None:
    """Change rows in memory as the statements change them in their table."""
    for key in [key for key in rows if key[0] in changes.emptied]:
        del rows[key]
    for key, values in changes.whole.items():
        rows.pop(key, None)
        if values is not None:
            rows[key] = dict(values)
    for key, values in changes.patches.items():
        if key in rows:
            rows[key] |= values


def _handed_over(rows: Mapping[Key, Values], table: Table, handed: _HandOver) -> dict[Key, Values]:
    column, pairs = handed.column, handed.pairs
    stay = {key: values for key, values in rows.items() if values[column] not in pairs}
    for values in rows.values():
        if values[column] in pairs:
            moved = values | {column: pairs[values[column]]}
            stay.setdefault(tuple([moved[name] for name in table.key]), moved)
    return stay


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


def _hand_over_statements(table: Table, handed: _HandOver, schema: str) -> Iterator[tuple[Any, list[Values]]]:
    column, place = handed.column, f"{schema}.{table.name}"
    kind = table.columns[column]
    recordset = f"json_to_recordset(%s::json) as r(was {kind}, becomes {kind})"
    rows = [{"was": before, "becomes": after} for before, after in handed.pairs.items()]
    if column in table.key:
        same = "".join(f" and o.{c} = t.{c}" for c in table.key if c != column)
        there = f"select from {place} o where o.{column} = r.becomes{same}"
        clash = f"delete from {place} t using {recordset} where t.{column} = r.was and exists ({there})"
        yield _sql(clash), rows
    update = f"update {place} t set {column} = r.becomes from {recordset} where t.{column} = r.was"
    yield _sql(update), rows


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
