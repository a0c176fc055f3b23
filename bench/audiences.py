"""audience_100k: who lives near, is interested and may be written to, beside bare SQL on ideal tables."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, cast
from uuid import UUID, uuid5

import psycopg

from aggregates.audience.conditions import AllOf, Consents, Interested, Near
from aggregates.client.events import DossierCreated, DossierOrigin, Language
from aggregates.client.preferences.events import Channel, InterestAdded, PreferenceChosen
from aggregates.kernel import Fact, Role
from bench.harness import Figure, crew, interleaved, median, p99, ratio
from projections import audience_sql
from projections.audience_sql import Moment
from projections.model import Model, Rows, as_json
from projections.runtime.builds import add_missing, analyse, schema_of, standings
from schema.envelope import Envelope, Recorded
from service.bootstrap import MODELS

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
MOMENT = Moment(NOW, date(2026, 11, 24))
_SPACE = UUID(int=8)
_ACTIVITIES = [uuid5(_SPACE, f"activity {n}") for n in range(20)]
_TOWNS = (
    *(("CA", town) for town in ("Montréal", "Laval", "Québec", "Lévis", "Gatineau", "Granby", "Saguenay")),
    *(("FR", town) for town in ("Paris", "Lyon", "Lille", "Nantes", "Toulouse", "Rennes", "Annecy")),
    *(("BE", town) for town in ("Bruxelles", "Liège", "Namur", "Mons")),
    *(("CH", town) for town in ("Genève", "Lausanne", "Sion")),
)
_BATCH = 2_000
_TREE = AllOf(
    kind="all_of",
    conditions=(
        Near(kind="near", city="Laval", country="CA", km=50),
        Interested(kind="interested", activity=_ACTIVITIES[0]),
        Consents(kind="consents", channel=Channel.EMAIL),
    ),
)
_BARE = """
    with found as materialized (
        select c.client, c.sort from bench_interest i join bench_client c on c.client = i.client
        where i.subject = %(subject)s and c.email_ok
          and c.latitude between %(south)s and %(north)s and c.longitude between %(west)s and %(east)s
          and power(sin(radians(c.latitude - %(latitude)s) / 2), 2) + %(narrowing)s * cos(radians(c.latitude))
            * power(sin(radians(c.longitude - %(longitude)s) / 2), 2) <= %(half_chord)s)
    select json_build_object('count', (select count(*) from found), 'items', (
        select coalesce(json_agg(row_to_json(q)), '[]') from (
            select c.* from (select client, sort from found order by sort collate "C", client limit 50) f
            join bench_client c on c.client = f.client order by f.sort collate "C", f.client) q))::text"""


def facts(clients: int) -> Iterator[tuple[UUID, Fact]]:
    """What a dossier, three preferences and two interests say, for so many clients."""
    chance = random.Random(clients)
    for n in range(clients):
        client = uuid5(_SPACE, f"client {n}")
        country, city = chance.choice(_TOWNS)
        yield (
            client,
            DossierCreated(
                person=client,
                origin=DossierOrigin.IMPORT,
                last_name=f"Tremblay-{chance.randrange(clients)}",
                first_name="Éloïse",
                postal_code=f"H{n % 9}X {n % 7}Y{n % 5}",
                form_of_address=None,
                email=f"n{n}@example.com",
                telephone=None,
                street=None,
                city=city,
                country=country,
                language=Language.FR,
            ),
        )
        for channel in Channel:
            yield client, PreferenceChosen(channel=channel, allowed=chance.random() < 0.6, wording="1")
        for activity in chance.sample(_ACTIVITIES, 2):
            yield client, InterestAdded(person=client, activity=activity, phase=None)


def fill(connection: psycopg.Connection[Any], clients: int) -> None:
    """The rows of the models that a query reads, through their own handlers."""
    add_missing(connection, MODELS)
    builds = {name: standing.build for name, standing in standings(connection).items()}
    read = [model for model in MODELS if model.name in ("audience", "dossier")]
    envelope = Envelope(None, Role.SYSTEM, NOW, _SPACE).to_bytes(visible=True)
    happened = enumerate(facts(clients), 1)
    while batch := list(islice(happened, _BATCH)):
        for model in read:
            rows = Rows(model.tables)
            for position, (client, fact) in batch:
                if model.wants(type(fact)):
                    model.handle(Recorded(client, 1, position, envelope, fact), rows)
            _write(connection, rows, model, builds[model.name])
    for model in read:
        analyse(connection, model, builds[model.name])


def _write(connection: psycopg.Connection[Any], rows: Rows, model: Model, build: int) -> None:
    with connection.transaction():
        for statement, values in rows.statements(schema_of(model, build)):
            connection.execute(statement, (as_json(values),))


def ideal(connection: psycopg.Connection[Any]) -> None:
    """Tables and indexes that somebody would make for this very question."""
    connection.execute(
        "create table bench_client as select p.client, p.sort, p.latitude, p.longitude, p.email_ok,"
        " p.telephone_ok, p.post_ok, d.last_name, d.first_name, d.email, d.city, d.postal_code, d.country"
        " from read.audience_person p join read.dossier_person d on d.client = p.client"
    )
    connection.execute("create table bench_interest as select subject, client from read.audience_interest")
    connection.execute("alter table bench_client add primary key (client)")
    connection.execute("create index on bench_client (latitude, longitude) where email_ok")
    connection.execute("create index on bench_interest (subject, client)")
    connection.execute("analyze bench_client, bench_interest")


def prepare(url: str) -> Mapping[str, Any]:
    """One question each way, on a connection that stays open."""
    loop = asyncio.new_event_loop()
    asking = loop.run_until_complete(psycopg.AsyncConnection.connect(url, autocommit=True))
    line = psycopg.connect(url, autocommit=True)
    near = audience_sql.where(_TREE.conditions[0], MOMENT)[1]
    values = {name.partition("_")[2]: value for name, value in near.items()} | {"subject": _ACTIVITIES[0]}

    def ours() -> None:
        loop.run_until_complete(audience_sql.found(asking, _TREE, MOMENT, most=300))

    def bare() -> None:
        line.execute(cast("Any", _BARE), values).fetchone()

    return {"ours": ours, "bare": bare}


def audiences(url: str, rounds: int, seconds: float, clients: int = 100_000) -> dict[str, Figure]:
    """Milliseconds for the first page with its count, and the slowest of a hundred."""
    with psycopg.connect(url, autocommit=True) as connection:
        fill(connection, clients)
        ideal(connection)
    with crew(prepare, url, 1) as askers:
        rates = interleaved(askers, ("ours", "bare"), rounds, seconds)
    ours, took = prepare(url)["ours"], []
    for _ in range(300):
        begun = time.perf_counter()
        ours()
        took.append((time.perf_counter() - begun) * 1e3)
    named = f"audience_{clients // 1000}k"
    speed = {name: 1e3 / median(values) for name, values in rates.items()}
    return {
        named: Figure(
            speed["ours"],
            speed["bare"],
            ratio(rates["ours"], rates["bare"]),
            "ms",
            0.70,
            "the question by hand on tables made for it",
        ),
        f"{named}_p99": Figure(p99(took), None, None, "ms p99", 100.0, ""),
    }
