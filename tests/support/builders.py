"""Facts with sensible values, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg_pool import ConnectionPool

from aggregates.catalogue.events import ActivityAdded, VenueAdded
from aggregates.catalogue.settings import Category, Region
from aggregates.client.events import (
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierOrigin,
    DossierRestored,
    FormOfAddress,
    Language,
    ProfileChanged,
)
from aggregates.client.registrations.events import Registered
from aggregates.invoice.events import InvoiceIssued, Line, LineCancelled
from aggregates.kernel import Currency, Fact, Money, Role
from aggregates.staff.events import StaffAdded, StaffLeft
from aggregates.workshop.events import SeatFreed, SeatTaken, Session, WorkshopPlanned
from schema.append import Effect
from schema.envelope import Envelope
from schema.keys import Vault
from schema.log import EventLog
from schema.store import Change, Store
from schema.topics import AGGREGATES

VAULT = Vault(master=bytes(range(32)), lookup=bytes(range(32, 64)))
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
STARTS = datetime(2026, 12, 5, 14, 0, tzinfo=UTC)
_KIND_OF = {fact_type: kind for kind in AGGREGATES for fact_type in kind.facts}


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def eur(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.EUR)


def dossier_created(person: UUID, **changes: Any) -> DossierCreated:
    values: dict[str, Any] = {
        "origin": DossierOrigin.STAFF,
        "last_name": "D'Arcy-Lévesque",
        "first_name": "Éloïse",
        "postal_code": "H2X 1Y4",
        "form_of_address": FormOfAddress.MADAM,
        "email": "eloise@example.com",
        "telephone": "+1 450 555-0143",
        "street": "1420, boulevard Saint-Martin",
        "city": "Laval",
        "country": "CA",
        "language": Language.FR,
    }
    return DossierCreated(person=person, **values | changes)


def profile_changed(person: UUID, **changes: Any) -> ProfileChanged:
    """All that a dossier's opening says, with these changes."""
    opened = dossier_created(person).model_dump(exclude={"origin", "namesake_reason"})
    return ProfileChanged(**opened | changes)


def dossier_restored(person: UUID, **changes: Any) -> DossierRestored:
    values: dict[str, Any] = {
        "form_of_address": None,
        "email": "nouvelle@example.com",
        "telephone": None,
        "street": None,
        "city": "Québec",
        "country": "CA",
    }
    return DossierRestored(person=person, **values | changes)


def dossier_deactivated(person: UUID) -> DossierDeactivated:
    return DossierDeactivated(person=person)


def dossier_erased(person: UUID) -> DossierErased:
    return DossierErased(person=person)


def registered(registration: UUID, **changes: Any) -> Registered:
    values: dict[str, Any] = {
        "activity": uuid4(),
        "workshop": None,
        "starts": None if changes.get("workshop") is None else STARTS,
        "retake": False,
        "phase": None,
        "invoice": uuid4(),
        "line": uuid4(),
        "price": cad(37_500),
        "deposit": cad(4_000),
    }
    return Registered(registration=registration, **values | changes)


def workshop_planned(**changes: Any) -> WorkshopPlanned:
    values: dict[str, Any] = {
        "activity": uuid4(),
        "venue": None,
        "zone": "America/Toronto",
        "sessions": (Session(starts=STARTS, ends=STARTS + timedelta(hours=8)),),
        "organiser": uuid4(),
        "trainers": (),
        "capacity": 60,
        "retake_limit": 5,
        "place_note": None,
        "practical_note": None,
    }
    return WorkshopPlanned(**values | changes)


def seat_taken(registration: UUID, client: UUID, *, retake: bool = False) -> SeatTaken:
    return SeatTaken(registration=registration, client=client, retake=retake)


def seat_freed(registration: UUID, client: UUID) -> SeatFreed:
    return SeatFreed(registration=registration, client=client)


def activity_added(name: str = "Écoute de soi", **changes: Any) -> ActivityAdded:
    values: dict[str, Any] = {
        "category": Category.REGULAR,
        "days": 2,
        "prices": (cad(37_500), eur(37_500)),
        "note": None,
    }
    return ActivityAdded(name=name, **values | changes)


def venue_added(**changes: Any) -> VenueAdded:
    values: dict[str, Any] = {
        "name": "Hôtel du Parc",
        "city": "Laval",
        "country": "CA",
        "region": Region.CANADA,
        "zone": "America/Toronto",
        "address": "900, rue du Parc",
        "note": None,
    }
    return VenueAdded(**values | changes)


def staff_added(person: UUID, name: str = "Monique Tremblay", *roles: Role) -> StaffAdded:
    return StaffAdded(
        person=person, name=name, email=f"{person}@example.com", roles=roles or (Role.ORGANISER,)
    )


def staff_left(person: UUID) -> StaffLeft:
    return StaffLeft(person=person)


def invoice_issued(person: UUID, number: str = "CA-2026-0412", *lines: Line) -> InvoiceIssued:
    sold = lines or (invoice_line(),)
    return InvoiceIssued(
        person=person,
        number=number,
        issued_on=date(2026, 11, 24),
        currency=sold[0].price.currency,
        billing_name="Éloïse D'Arcy-Lévesque",
        lines=sold,
    )


def invoice_line(price: Money | None = None, **changes: Any) -> Line:
    amount = price or cad(37_500)
    values: dict[str, Any] = {
        "id": uuid4(),
        "registration": uuid4(),
        "activity": uuid4(),
        "activity_name": "Écoute de soi",
        "price": amount,
        "deposit": amount,
        "due_now": amount,
        "reasons": (),
    }
    return Line(**values | changes)


def line_cancelled(person: UUID, line: UUID, note: str | None = None) -> LineCancelled:
    return LineCancelled(person=person, line=line, note=note, cancelled_at=NOW)


def envelope(**changes: Any) -> Envelope:
    values: dict[str, Any] = {"user": uuid4(), "role": Role.OFFICE, "at": NOW, "command": uuid4()}
    return Envelope(**values | changes)


@dataclass
class Log:
    """The event log of a test's own database."""

    url: str
    store: Store
    pool: ConnectionPool[Any] = field(repr=False)

    def given(self, *happened: tuple[UUID, Fact], around: Envelope | None = None) -> int:
        """Append these facts to their streams, in this order, as one command; answers the last position."""
        streams = {stream: _KIND_OF[type(fact)].at(stream) for stream, fact in happened}
        loaded = dict(zip(streams, self.store.load(list(streams.values())), strict=True))
        facts: dict[UUID, list[Fact]] = {stream: [] for stream in streams}
        for stream, fact in happened:
            facts[stream].append(fact)
        changes = [Change(loaded[stream], facts[stream]) for stream in streams]
        return self.store.append(changes, around or envelope(), Effect())


@contextmanager
def log_on(url: str) -> Iterator[Log]:
    """The log of that database."""
    with ConnectionPool(url, min_size=1, max_size=4, kwargs={"autocommit": True}) as pool:
        yield Log(url, Store(EventLog(pool), VAULT), pool)
