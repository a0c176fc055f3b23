"""What each fact sets, so that a history can say what a value was before (AUD-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aggregates.catalogue.events import SettingsChanged
from aggregates.client.events import (
    BillingSet,
    CardGranted,
    CardWithdrawn,
    ContactAddressRecorded,
    ContactAddressRemoved,
    CoordinatesSet,
    DossierCreated,
    DossierRestored,
    NoteWritten,
    ProfileChanged,
)
from aggregates.client.phases.events import PlaceReopened
from aggregates.client.preferences.events import PreferenceChosen, PreferenceRecorded
from aggregates.client.registrations.events import (
    DateChosen,
    DateMoved,
    PriceRaised,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationRestored,
)
from aggregates.invoice.events import InvoiceAddressed, InvoiceIssued, InvoiceTakenOver
from aggregates.invoice.payments.events import (
    PaymentCorrected,
    PaymentDescribed,
    PaymentReceived,
    RefundApproved,
    RefundProposed,
)
from aggregates.kernel import Fact
from aggregates.workshop.closing.events import CallNoted
from aggregates.workshop.events import WorkshopMoved, WorkshopPlanChanged, WorkshopPlanned
from aggregates.workshop.waiting.events import SeatOffered

Place = tuple[str, Any, str]
"""Of what kind of thing, of which one, and the value's name."""


@dataclass(frozen=True)
class Sets:
    """The values that a fact sets, of which kind of thing."""

    thing: str
    key: str | None = None
    """The field that tells which one; None when the stream has one only."""
    names: tuple[str, ...] = ()
    """Fields; the name of a value is that of its field."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Fields whose value goes by another name."""
    emptied: tuple[str, ...] = ()
    """Values that are none from now on."""
    raised: Mapping[str, str] = field(default_factory=dict)
    """Values that grow by the amount in that field."""

    def after(self, fact: Fact, before: Mapping[Place, Any]) -> Iterator[tuple[Place, Any]]:
        """Each value that the fact sets."""
        which = None if self.key is None else getattr(fact, self.key)
        for name in self.names:
            yield (self.thing, which, name), getattr(fact, name)
        for field_name, name in self.renamed.items():
            yield (self.thing, which, name), getattr(fact, field_name)
        for name in self.emptied:
            yield (self.thing, which, name), None
        for name, amount in self.raised.items():
            place = (self.thing, which, name)
            if place in before:
                yield place, before[place] + getattr(fact, amount)


_REACHED = ("form_of_address", "email", "telephone", "street", "city", "country")
_PROFILE = (*_REACHED, "last_name", "first_name", "postal_code", "language", "namesake_of", "namesake_reason")
_DATE = ("workshop", "starts")
_PLAN = ("organiser", "trainers", "capacity", "retake_limit", "place_note", "practical_note")
_MOVED = ("venue", "zone", "sessions", "region")

SETS: Mapping[type[Fact], Sets] = {
    DossierCreated: Sets("profile", names=_PROFILE),
    ProfileChanged: Sets("profile", names=_PROFILE),
    DossierRestored: Sets("profile", names=_REACHED),
    ContactAddressRecorded: Sets("contact_address", names=("email", "via")),
    ContactAddressRemoved: Sets("contact_address", emptied=("email", "via")),
    NoteWritten: Sets("note", "kind", ("text", "no_online_registration")),
    CardGranted: Sets("card", names=("valid_from", "valid_until")),
    CardWithdrawn: Sets("card", emptied=("valid_from", "valid_until")),
    BillingSet: Sets("billing", names=("name", "address")),
    CoordinatesSet: Sets("coordinates", names=("latitude", "longitude")),
    PreferenceChosen: Sets("preference", "channel", ("allowed",)),
    PreferenceRecorded: Sets("preference", "channel", ("allowed",)),
    Registered: Sets("registration", "registration", (*_DATE, "price")),
    DateChosen: Sets("registration", "registration", _DATE),
    DateMoved: Sets("registration", "registration", _DATE),
    RegistrationDeferred: Sets("registration", "registration", emptied=_DATE),
    RegistrationRestored: Sets("registration", "registration", _DATE),
    RegistrationCancelled: Sets("registration", "registration", emptied=_DATE),
    PlaceReopened: Sets("registration", "registration", emptied=_DATE),
    PriceRaised: Sets("registration", "registration", raised={"price": "amount"}),
    WorkshopPlanned: Sets("plan", names=(*_PLAN, *_MOVED)),
    WorkshopPlanChanged: Sets("plan", names=_PLAN),
    WorkshopMoved: Sets("plan", names=_MOVED),
    CallNoted: Sets("call", "registration", ("called", "outcome")),
    SeatOffered: Sets("offer", "client", ("until",)),
    InvoiceIssued: Sets("address", renamed={"billing_name": "name", "billing_address": "address"}),
    InvoiceTakenOver: Sets("address", renamed={"billing_name": "name"}),
    InvoiceAddressed: Sets("address", names=("name", "address")),
    PaymentReceived: Sets("payment", "payment", ("method", "amount")),
    PaymentCorrected: Sets("payment", "payment", ("method", "amount")),
    PaymentDescribed: Sets("payment", "payment", ("number", "drawer", "comment")),
    RefundProposed: Sets("refund", "refund", ("method",)),
    RefundApproved: Sets("refund", "refund", ("method",)),
    SettingsChanged: Sets("settings", names=tuple(SettingsChanged.model_fields)),
}
"""Facts that set values which another fact may set anew; all others only add to what is known."""


@dataclass(frozen=True)
class Change:
    """A value that was known before and is another one now."""

    name: str
    before: Any
    after: Any


def changes(facts: Iterable[tuple[int, Fact]]) -> dict[int, list[Change]]:
    """What each of a stream's facts changed, by version; `facts` from the first on, with their versions."""
    known: dict[Place, Any] = {}
    found: dict[int, list[Change]] = {}
    for version, fact in facts:
        sets = SETS.get(type(fact))
        if sets is None:
            continue
        new = dict(sets.after(fact, known))
        found[version] = [
            Change(place[2], known[place], value)
            for place, value in new.items()
            if place in known and known[place] != value
        ]
        known |= new
    return found


def ids_in(found: Iterable[Change]) -> Iterator[UUID]:
    """Ids whose names the changes are told with."""
    for change in found:
        for value in (change.before, change.after):
            yield from (v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, UUID))
