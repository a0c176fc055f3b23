"""load_100: a stream of 100 events as a folded state, beside one select with the same decode and fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import ConnectionPool

from aggregates.client.registrations.events import DateChosen, RegistrationDeferred
from aggregates.client.state import CLIENT
from aggregates.kernel import Fact, Role
from bench.appends import NOW, VAULT, StockRegistration, facts_of_a_purchase, person_on, stock_application
from bench.harness import Figure, crew, interleaved, median, ratio
from schema.append import Effect
from schema.envelope import Envelope
from schema.log import SELECT_FACTS, EventLog
from schema.mapper import FactMapper, StoredFact
from schema.store import Change, Store, fold

_LENGTH = 100


def prepare(url: str) -> Mapping[str, Any]:
    """The three ways to load the same number of events."""
    pool = ConnectionPool(url, min_size=1, max_size=1, open=True, kwargs={"autocommit": True})
    store = Store(EventLog(pool), VAULT)
    stream = CLIENT.at(history(store, _LENGTH))
    mapper, line = FactMapper(VAULT), psycopg.connect(url, autocommit=True)
    query = cast("Any", f"{SELECT_FACTS} where e.stream = %s order by e.version")

    def by_hand() -> None:
        rows = line.cursor(binary=True).execute(query, (stream.id,)).fetchall()
        fold(CLIENT, [mapper.to_domain_event(StoredFact(*row)).fact for row in rows])

    stock = stock_application(url)
    known = StockRegistration("registration")
    for price in range(_LENGTH - 1):
        known.register(price)
    stock.save(known)
    return {
        "ours": lambda: store.load([stream]),
        "by_hand": by_hand,
        "stock": lambda: stock.repository.get(known.id),
    }


def history(store: Store, length: int) -> UUID:
    """A client whose stream has so many events."""
    person = person_on(store)
    sold = facts_of_a_purchase(person.id)[0][1]
    registration, workshop = uuid4(), uuid4()
    facts: list[Fact] = [sold.model_copy(update={"registration": registration, "workshop": workshop})]
    while len(facts) < length - 1:
        facts.append(RegistrationDeferred(registration=registration, workshop=workshop))
        facts.append(DateChosen(registration=registration, workshop=workshop, starts=NOW, given_up=None))
    change = Change(person, facts[: length - 1])
    store.append([change], Envelope(None, Role.SYSTEM, NOW, uuid4()), Effect(), seen=(person,))
    return person.id


def loads(url: str, rounds: int, seconds: float) -> dict[str, Figure]:
    """Microseconds per load; the ratio is speed to speed."""
    with crew(prepare, url, 1) as readers:
        rates = interleaved(readers, ("ours", "by_hand", "stock"), rounds, seconds)
    micros = {name: 1e6 / median(values) for name, values in rates.items()}
    return {
        "load_100": Figure(
            micros["ours"],
            micros["by_hand"],
            ratio(rates["ours"], rates["by_hand"]),
            "µs",
            0.85,
            "one select, the same decode and fold by hand",
        ),
        "load_100_stock": Figure(
            micros["stock"],
            micros["by_hand"],
            ratio(rates["stock"], rates["by_hand"]),
            "µs",
            None,
            "the stock library",
        ),
    }
