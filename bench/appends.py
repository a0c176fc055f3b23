"""append_1_client, append_3_streams_16, append_slow_disk_16: three events, two claims, a command id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate as StockAggregate, event as stock_event
from psycopg_pool import ConnectionPool

from aggregates.client.events import DossierCreated, DossierOrigin, Language
from aggregates.client.registrations.events import Registered
from aggregates.client.state import CLIENT
from aggregates.invoice.events import InvoiceIssued, Line
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Fact, Money, Role
from aggregates.workshop.events import SeatTaken
from aggregates.workshop.state import WORKSHOP
from bench.harness import Figure, crew, interleaved, median, ratio
from schema.append import Claim, CommandRecord, Effect, append_statement
from schema.envelope import Envelope
from schema.keys import Vault
from schema.log import EventLog
from schema.store import Change, Loaded, Store

VAULT = Vault(bytes(32), bytes(32))
_PRICE = Money(minor=37_500, currency=Currency.CAD)
_FINGERPRINT = bytes(32)
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


class Purchase:
    """What one append writes: a registration, its seat and its invoice, in new streams each time."""

    def __init__(self, store: Store, person: Loaded[Any]) -> None:
        self.store = store
        self.person = person
        self._facts = facts_of_a_purchase(person.id)

    def parts(self) -> tuple[list[Change], Envelope, Effect]:
        command = uuid4()
        changes = [_new(kind, uuid4(), fact) for kind, fact in self._facts]
        claims = [Claim("bench_a", command.bytes, command), Claim("bench_b", command.bytes, command)]
        effect = Effect(command=CommandRecord(command, _FINGERPRINT, b"{}"), take=claims)
        return changes, Envelope(command, Role.OFFICE, NOW, command), effect

    def append(self) -> None:
        changes, envelope, effect = self.parts()
        self.store.append(changes, envelope, effect, seen=(self.person,))


def facts_of_a_purchase(person: UUID) -> list[tuple[Any, Fact]]:
    some = uuid4()
    sold = Registered(
        registration=some,
        activity=some,
        workshop=some,
        starts=NOW,
        retake=False,
        phase=None,
        invoice=some,
        line=some,
        price=_PRICE,
        deposit=_PRICE,
    )
    line = Line(
        id=some,
        registration=some,
        activity=some,
        activity_name="Écoute de soi",
        price=_PRICE,
        deposit=_PRICE,
        due_now=_PRICE,
        reasons=(),
    )
    issued = InvoiceIssued(
        person=person,
        number="CA-2026-0412",
        issued_on=date(2026, 11, 24),
        currency=Currency.CAD,
        billing_name="Éloïse D'Arcy-Lévesque",
        lines=(line,),
    )
    seat = SeatTaken(registration=some, client=person, retake=False)
    return [(CLIENT, sold), (WORKSHOP, seat), (INVOICE, issued)]


def _new(kind: Any, stream: UUID, fact: Fact) -> Change:
    return Change(Loaded(kind.at(stream), 0, kind.initial), (fact,))


def person_on(store: Store) -> Loaded[Any]:
    created = DossierCreated(
        person=uuid4(),
        origin=DossierOrigin.STAFF,
        last_name="D'Arcy-Lévesque",
        first_name="Éloïse",
        postal_code="H2X 1Y4",
        form_of_address=None,
        email="eloise@example.com",
        telephone=None,
        street=None,
        city="Montréal",
        country="CA",
        language=Language.FR,
    )
    change = _new(CLIENT, created.person, created)
    store.append([change], Envelope(None, Role.SYSTEM, NOW, uuid4()), Effect())
    return store.load([change.loaded.stream])[0]


class Raw:
    """The same statement in plain psycopg, its bytes ready beforehand; only ids are new."""

    def __init__(self, url: str, purchase: Purchase) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        changes, envelope, effect = purchase.parts()
        self._stored = purchase.store.stored_rows(changes, envelope, seen=(purchase.person,))
        self._effect = effect
        self._cursor = self._connection.cursor(binary=True)
        query, params = append_statement(self._stored, effect)
        self._query, self._params = query, params
        self._places = self._find_places()

    def _find_places(self) -> list[tuple[int, str]]:
        old = {row.originator_id for row in self._stored}
        places = [
            (n, "stream") for n, value in enumerate(self._params) if isinstance(value, UUID) and value in old
        ]
        command = self._effect.command
        assert command is not None
        places += [(n, "command") for n, value in enumerate(self._params) if value == command.id]
        return places + [
            (n, "claims")
            for n, value in enumerate(self._params)
            if isinstance(value, list) and value and isinstance(value[0], bytes)
        ]

    def append(self) -> None:
        params = list(self._params)
        fresh = uuid4()
        streams = iter(sorted((uuid4(), uuid4(), uuid4())))
        for place, kind in self._places:
            match kind:
                case "stream":
                    params[place] = next(streams)
                case "command":
                    params[place] = fresh
                case _:
                    params[place] = [fresh.bytes, fresh.bytes]
        self._cursor.execute(self._query, params).fetchall()


class StockRegistration(StockAggregate):
    def __init__(self, name: str) -> None:
        self.name = name

    @stock_event("Registered")
    def register(self, price: int) -> None:
        self.price = price


def stock_application(url: str) -> Application[UUID]:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    return Application[UUID](
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(parts["dbname"]),
            "POSTGRES_HOST": str(parts["host"]),
            "POSTGRES_PORT": str(parts["port"]),
            "POSTGRES_USER": str(parts["user"]),
            "POSTGRES_PASSWORD": str(parts["password"]),
            "CREATE_TABLE": "n",
        }
    )


def prepare(url: str) -> Mapping[str, Any]:
    """The three ways to append the same, in this process."""
    pool = ConnectionPool(url, min_size=1, max_size=1, open=True, kwargs={"autocommit": True})
    store = Store(EventLog(pool), VAULT)
    purchase = Purchase(store, person_on(store))
    stock = stock_application(url)

    def stock_append() -> None:
        stock.save(StockRegistration("registration"), StockRegistration("seat"), StockRegistration("invoice"))

    return {"ours": purchase.append, "raw": Raw(url, purchase).append, "stock": stock_append}


def make_stock_table(url: str) -> None:
    """The stock library's table, made once so that the writers need not race for it."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    Application[UUID](
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(parts["dbname"]),
            "POSTGRES_HOST": str(parts["host"]),
            "POSTGRES_PORT": str(parts["port"]),
            "POSTGRES_USER": str(parts["user"]),
            "POSTGRES_PASSWORD": str(parts["password"]),
        }
    ).close()


def appends(url: str, slow_url: str, rounds: int, seconds: float) -> dict[str, Figure]:
    """The three rows of the report, and the stock library's beside them."""
    figures: dict[str, Figure] = {}
    speeds: dict[str, float] = {}
    for place in (url, slow_url):
        make_stock_table(place)
    for name, place, size, floor in (
        ("append_1_client", url, 1, 0.75),
        ("append_3_streams_16", url, 16, 0.65),
        ("append_slow_disk_1", slow_url, 1, None),
        ("append_slow_disk_16", slow_url, 16, 0.75),
    ):
        with crew(prepare, place, size) as writers:
            rates = interleaved(writers, ("ours", "raw", "stock"), rounds, seconds)
        raw = median(rates["raw"])
        for who, suffix, least in (("ours", "", floor), ("stock", "_stock", None)):
            figures[name + suffix] = Figure(
                median(rates[who]), raw, ratio(rates[who], rates["raw"]), "appends/s", least, "raw psycopg"
            )
        speeds[name] = median(rates["ours"])
    one, many = speeds["append_slow_disk_1"], speeds["append_slow_disk_16"]
    figures["append_slow_disk_16_to_1"] = Figure(many, one, many / one, "appends/s", 7.0, "own single writer")
    return figures
