"""A small school that its read models show, behind a real socket; one for all tests of a file."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from psycopg import sql

from aggregates.catalogue.events import PhaseAdded
from aggregates.catalogue.settings import Region
from aggregates.client.registrations.events import (
    DateChosen,
    Earned,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
)
from aggregates.kernel import Role
from aggregates.workshop.events import Session, WorkshopPlanChanged
from processors.runtime.payments.paypal import PayPal
from service.bootstrap import MODELS
from service.embedded import Servers
from tests.support.builders import (
    NOW,
    STARTS,
    activity_added,
    dossier_created,
    dossier_deactivated,
    envelope,
    invoice_issued,
    invoice_line,
    line_cancelled,
    registered,
    seat_freed,
    seat_taken,
    staff_added,
    venue_added,
    workshop_planned,
)
from tests.support.http import bearer, served_here
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School as WriteSchool, school_on

_numbers = itertools.count(1)


@dataclass
class School:
    """What is there, and who asks for it."""

    models: Projecting
    written: WriteSchool
    http: httpx2.Client
    activity: UUID = field(default_factory=uuid4)
    unsold: UUID = field(default_factory=uuid4)
    phase: UUID = field(default_factory=uuid4)
    laval: UUID = field(default_factory=uuid4)
    lyon: UUID = field(default_factory=uuid4)
    organiser: UUID = field(default_factory=uuid4)
    trainer: UUID = field(default_factory=uuid4)
    own: UUID = field(default_factory=uuid4)
    foreign: UUID = field(default_factory=uuid4)
    online: UUID = field(default_factory=uuid4)
    eloise: UUID = field(default_factory=uuid4)
    lea: UUID = field(default_factory=uuid4)
    gone: UUID = field(default_factory=uuid4)
    invoice: UUID = field(default_factory=uuid4)
    other_invoice: UUID = field(default_factory=uuid4)
    registrations: dict[str, UUID] = field(default_factory=dict)
    earned: tuple[Earned, ...] = ()

    def open(self) -> None:
        """Let it all happen; the clock is set to that time."""
        self._plan()
        self._register()
        self.written.side.clock.set(NOW)  # type: ignore[attr-defined]

    def _plan(self) -> None:
        def plan(**changes: Any) -> Any:
            values = {"activity": self.activity, "organiser": self.organiser, "trainers": (self.trainer,)}
            return workshop_planned(**values | changes)

        later = Session(starts=STARTS + timedelta(days=7), ends=STARTS + timedelta(days=7, hours=3))
        lyon = {"venue": self.lyon, "zone": "Europe/Paris", "region": Region.EUROPE}
        self.models.log.given(
            (self.activity, activity_added("Écoute de soi")),
            (self.unsold, activity_added("Chant")),
            (self.phase, PhaseAdded(number=1, name="Phase 1", activities=(self.activity,))),
            (self.laval, venue_added()),
            (self.lyon, venue_added(city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris")),
            (self.organiser, staff_added(self.organiser, "Monique Tremblay")),
            (self.trainer, staff_added(self.trainer, "Marc Ouellet", Role.TRAINER)),
            (self.own, plan(venue=self.laval)),
            (self.foreign, plan(organiser=uuid4(), trainers=(), **lyon)),
            (self.online, plan(sessions=(later,))),
        )
        changed = WorkshopPlanChanged(
            organiser=self.organiser,
            trainers=(self.trainer,),
            capacity=40,
            retake_limit=5,
            place_note=None,
            practical_note=None,
        )
        self.models.log.given((self.own, changed), around=envelope(user=self.organiser, role=Role.ORGANISER))

    def _register(self) -> None:
        given, by = self.models.log.given, envelope(user=self.organiser, role=Role.ORGANISER)
        given((self.eloise, dossier_created(self.eloise)), around=by)
        lea = dossier_created(self.lea, last_name="Roy", first_name="Léa", email=None)
        zola = dossier_created(self.gone, last_name="Zola", email="z@example.com")
        given((self.lea, lea), (self.gone, zola))
        invoices = {"cancelled": self.invoice, "lea": self.other_invoice}
        for name, client, workshop in [
            ("scheduled", self.eloise, self.own),
            ("deferred", self.eloise, self.own),
            ("moved", self.eloise, self.own),
            ("followed", self.eloise, self.own),
            ("cancelled", self.eloise, self.own),
            ("lea", self.lea, self.own),
            ("foreign", self.lea, self.foreign),
            ("waiting", self.lea, None),
        ]:
            registration = self.registrations.setdefault(name, uuid4())
            invoice = invoices.get(name, uuid4())
            line = invoice_line(registration=registration)
            seat = [] if workshop is None else [(workshop, seat_taken(registration, client))]
            given(
                (
                    client,
                    registered(
                        registration, workshop=workshop, activity=self.activity, invoice=invoice, line=line.id
                    ),
                ),
                *seat,
                (invoice, invoice_issued(client, f"CA-2026-{len(self.registrations):04d}", line)),
                around=by,
            )
            if name == "followed":
                self.earned = (Earned(invoice=invoice, line=line.id, amount=line.price),)
            if name == "cancelled":
                cancelled = RegistrationCancelled(registration=registration, workshop=self.own)
                given(
                    (client, cancelled),
                    (self.own, seat_freed(registration, client)),
                    (invoice, line_cancelled(client, line.id, "Deuil dans la famille")),
                    around=by,
                )
        self._change_dates()

    def _change_dates(self) -> None:
        given, client = self.models.log.given, self.eloise
        deferred = RegistrationDeferred(registration=self.registrations["deferred"], workshop=self.own)
        given((client, deferred), (self.own, seat_freed(deferred.registration, client)))
        moved = DateChosen(
            registration=self.registrations["moved"],
            workshop=self.online,
            starts=STARTS + timedelta(days=7),
            given_up=self.own,
        )
        freed = (self.own, seat_freed(moved.registration, client))
        given((client, moved), (self.online, seat_taken(moved.registration, client)), freed)
        followed = RegistrationFollowed(
            registration=self.registrations["followed"], workshop=self.own, earned=self.earned
        )
        given((client, followed))
        given((self.gone, dossier_deactivated(self.gone)))
        self.models.catch_up()

    def given_regions(self, *regions: Region) -> UUID:
        """Somebody with an account who organises nothing and was given these (STF-1)."""
        user = uuid4()
        with self.written.side.pool.connection() as connection:
            connection.execute(
                "insert into accounts (user_id, email_hash, roles, regions)"
                " values (%s, %s, '{organiser}', %s)",
                (user, user.bytes, [region.value for region in regions]),
            )
        return user

    def venue_id(self) -> UUID:
        """An id that is known, but no client, workshop or invoice."""
        return self.laval

    def as_(self, *roles: Role, user: UUID | None = None) -> dict[str, str]:
        """Headers of somebody with these roles."""
        return bearer(self.written.side, *roles, user=user or uuid4())

    def get(self, path: str, *roles: Role, user: UUID | None = None, **params: Any) -> httpx2.Response:
        """What somebody with these roles, by default the office, is answered."""
        headers = self.as_(*(roles or (Role.OFFICE,)), user=user)
        return self.http.get(f"/api/{path}", params=params or None, headers=headers)

    def json(self, path: str, **params: Any) -> Any:
        """The JSON that the office is answered."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def provider() -> PayPal | None:
    """Who takes cards: nobody, where a file needs none."""
    return None


@pytest.fixture(scope="module")
def school(servers: Servers, template_database: str, provider: PayPal | None) -> Iterator[School]:
    name = f"portail_read_{os.getpid()}_{next(_numbers)}"
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template_database)}
    url = urlsplit(servers.database_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {name} template {template}").format(**names))
        with (
            projecting(url, MODELS) as models,
            school_on(url) as written,
            served_here(url, written.side, provider) as address,
            httpx2.Client(base_url=address, timeout=30) as http,
        ):
            made = School(models, written, http)
            made.open()
            yield made
        connection.execute(sql.SQL("drop database {name} with (force)").format(**names))
