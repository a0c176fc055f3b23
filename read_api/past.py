"""Read models as they were: the same handlers and queries on the rows of that moment (AUD-2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID

import anyio.to_thread

from aggregates.client.events import WaitingPlaceTaken
from aggregates.kernel import ERASED, Erased
from aggregates.workshop.closing.events import WorkshopClosed, WorkshopReopened
from aggregates.workshop.events import (
    WorkshopCancelled,
    WorkshopMoved,
    WorkshopPlanChanged,
    WorkshopPlanned,
    WorkshopRestored,
)
from aggregates.workshop.waiting.events import OfferExpired, SeatOffered, WaitingListJoined, WaitingListLeft
from projections import (
    cases,
    dossier,
    missed_mails,
    money,
    phases,
    profile,
    proofs,
    roster,
    waiting_list,
    workshop_dates,
)
from projections.merged import files_of, survivors
from projections.model import Model, Rows, Table, Values, as_json
from projections.query import Reads
from schema.envelope import Recorded, moment_of
from schema.mapper import StoredFact
from schema.store import Store
from schema.topics import SHAPES, TODAY

MODELS: tuple[Model, ...] = (
    dossier.MODEL,
    profile.MODEL,
    phases.MODEL,
    proofs.MODEL,
    money.MODEL,
    cases.MODEL,
    roster.MODEL,
    workshop_dates.MODEL,
    waiting_list.MODEL,
    missed_mails.MODEL,
)
"""What is shown of a past moment; names in the catalogue are today's."""
_TABLES: Mapping[str, tuple[Model, Table]] = {
    f"{model.name}_{name}": (model, table) for model in MODELS for name, table in model.tables.items()
}
_PLACE = re.compile(r"\{place\}\.(\w+)")
_READ = re.compile(r"\bread\.(\w+)")
_PLANS = (
    WorkshopPlanned,
    WorkshopPlanChanged,
    WorkshopMoved,
    WorkshopCancelled,
    WorkshopRestored,
    WorkshopClosed,
    WorkshopReopened,
    WaitingListJoined,
    WaitingListLeft,
    SeatOffered,
    OfferExpired,
)
"""Of a workshop that a dossier names: its dates and who waits for a seat."""
_UNUSED = {t for t, shape in SHAPES.items() if not any(m.wants(shape.fact_type) for m in MODELS)}
_UNUSED.remove(WaitingPlaceTaken.TOPIC)  # it names the workshop whose list has the place
"""Stored under these names is what changes no row: it need not be decoded."""
_PLAN_TOPICS = [topic for topic, shape in SHAPES.items() if shape.fact_type in _PLANS]


class Gone(str):
    """« [effacé] » where a value was erased since; counts as nothing, like a value that isn't there."""

    __slots__ = ()

    def __new__(cls) -> Gone:
        return super().__new__(cls, ERASED)

    def __bool__(self) -> bool:
        return False

    @property
    def value(self) -> str:
        """As an enum's value."""
        return str(self)


def _made_of(name: str) -> list[str]:
    """The tables that a derived one's query is about."""
    model, table = _TABLES[name]
    return [f"{model.name}_{of}" for of in _PLACE.findall(table.derived)]


def _derived_last(name: str) -> tuple[bool, str]:
    return bool(_TABLES[name][1].derived), name


def _given(rows: Rows, table: Table) -> list[Values]:
    return rows.derived(table.name) if table.derived else rows.whole(table.name)


def _select(name: str) -> str:
    """What makes the table from its rows, or from its keys; `{}` stands for these."""
    model, table = _TABLES[name]
    columns = table.key if table.derived else table.columns
    typed = ", ".join(f"{c} {table.columns[c]}" for c in columns)
    given = f"from json_to_recordset({{}}::json) as r({typed})"
    if not table.derived:
        return f"select * {given}"  # sql: names that read models declare
    row, named = _PLACE.sub(rf"past_{model.name}_\1", table.derived), ", ".join(table.columns)
    return f"select d.* {given} cross join lateral ({row}) d({named})"  # sql: names that read models declare


class Past:
    """A connection for the queries of read models on which the tables are as events made them."""

    def __init__(self, connection: Reads, events: Sequence[Recorded]) -> None:
        self._connection = connection
        self._events = events
        self._rows: dict[str, Rows] = {}

    @property
    def position(self) -> int:
        """Of the last event that is shown."""
        return self._events[-1].position if self._events else 0

    @cached_property
    def reads(self) -> Reads:
        """As a connection: the queries call nothing but `execute`."""
        return cast("Reads", self)

    async def execute(self, query: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> Any:
        """Run the query on the rows of that time. Raises LookupError for a table of which there are none."""
        asked = {name for name in _READ.findall(query) if not name.startswith("catalogue_")}
        names = sorted(asked | {of for name in asked for of in _made_of(name)}, key=_derived_last)
        tables = [_TABLES[name] for name in names]
        rows = [as_json(_given(self._rows_of(model), table)) for model, table in tables]
        if isinstance(params, Mapping):
            places = [f"%(past_{name})s" for name in names]
            params = {**params, **{f"past_{name}": json for name, json in zip(names, rows, strict=True)}}
        else:
            places = ["%s"] * len(names)
            params = [*rows, *params]
        made = [
            f"past_{name} as ({_select(name).format(place)})"  # sql: ours
            for name, place in zip(names, places, strict=True)
        ]
        then = _READ.sub(lambda m: f"past_{m[1]}" if m[1] in _TABLES else m[0], query)
        return await self._connection.execute(
            cast("Any", f"with {', '.join(made)} {then}" if made else then), params
        )

    def _rows_of(self, model: Model) -> Rows:
        if model.name not in self._rows:
            rows = self._rows[model.name] = Rows(model.tables)
            for event in self._events:
                if model.wants(type(event.fact)):
                    model.handle(event, rows)
        return self._rows[model.name]


async def dossier_at(connection: Reads, store: Store, client: UUID, at: datetime) -> Past:
    """A dossier: its stream, those of its invoices, and the plans of the workshops named there."""
    return await _past(connection, store, await _streams_of(connection, [client]), at)


async def invoice_at(connection: Reads, store: Store, invoice: UUID, at: datetime) -> Past:
    """An invoice: that of the dossier it belongs to, whose registrations name the activities."""
    cursor = await connection.execute(
        "select distinct person from events where stream = %s and person is not null", (invoice,)
    )
    persons = [person for (person,) in await cursor.fetchall()]
    return await _past(connection, store, await _streams_of(connection, persons), at)


async def roster_at(connection: Reads, store: Store, workshop: UUID, at: datetime) -> Past:
    """A roster: the workshop's stream, the dossiers of everybody named there, what their places on it were
    invoiced by, and plans."""
    own = await _read(lambda: store.log.select_streams([workshop]), store, at)
    clients = {c for event in own if isinstance(c := getattr(event.fact, "client", None), UUID)}
    files = await files_of(connection, list(clients))
    files += set(await survivors(connection, list(clients))) - set(files)
    persons = await _read(lambda: store.log.select_streams(files), store, at)
    listed = {getattr(event.fact, "registration", None) for event in own} - {None}
    invoices = {
        invoice
        for event in persons
        if isinstance(invoice := getattr(event.fact, "invoice", None), UUID)
        and getattr(event.fact, "registration", None) in listed
    }
    return await _past(connection, store, list(invoices), at, [*own, *persons])


async def _streams_of(connection: Reads, persons: Sequence[UUID]) -> list[UUID]:
    """Their own streams, those of dossiers that became part of them, and those that hold something of
    these."""
    files = await files_of(connection, persons)
    cursor = await connection.execute("select distinct stream from events where person = any(%s)", (files,))
    return list({*files, *[stream for (stream,) in await cursor.fetchall()]})


async def _past(
    connection: Reads,
    store: Store,
    streams: Sequence[UUID],
    at: datetime,
    others: Sequence[Recorded] = (),
) -> Past:
    """Of these streams' events and others, with the plans of the workshops that they name."""
    events = [*others, *await _read(lambda: store.log.select_streams(streams), store, at)]
    known = {event.originator_id for event in events}
    named = {v for event in events for v in vars(event.fact).values() if isinstance(v, UUID)}
    cursor = await connection.execute(
        "select position from events where stream = any(%s) and topic = any(%s)",
        (list(named - known), _PLAN_TOPICS),
    )
    positions = [position for (position,) in await cursor.fetchall()]
    plans = await _read(lambda: store.log.select_at(positions), store, at)
    return Past(connection, sorted([*events, *plans], key=lambda event: event.position))


async def _read(rows: Callable[[], Iterable[StoredFact]], store: Store, at: datetime) -> list[Recorded]:
    """The events up to that moment that change a row; only they are decoded."""

    def read() -> list[Recorded]:
        used = (row for row in rows() if row.topic not in _UNUSED)
        return [_readable(store.decode(row)) for row in used if moment_of(row.envelope) <= at]

    return await anyio.to_thread.run_sync(read)


def _readable(event: Recorded) -> Recorded:
    """With « [effacé] » for what was erased since: handlers would make it a value never given."""
    fact = event.fact
    personal = TODAY[type(fact)][1].personal
    gone = {n: Gone() for n in personal if isinstance(getattr(fact, n), Erased)}
    if not gone:
        return event
    return Recorded(
        event.originator_id,
        event.originator_version,
        event.position,
        event.envelope_bytes,
        fact.model_copy(update=gone),
    )
