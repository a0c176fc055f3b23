"""Given facts, when a decision is taken, then facts or a refusal: the words of the decision tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

import pytest

from aggregates.catalogue.settings import Category, SchoolSettings
from aggregates.catalogue.state import Activity
from aggregates.client.events import DossierCreated, DossierOrigin, FormOfAddress, Language
from aggregates.client.registrations.events import Registered
from aggregates.client.registrations.policies import FollowedBefore
from aggregates.invoice.events import InvoiceIssued, Line
from aggregates.kernel import Aggregate, Currency, Fact, Money, Refused
from aggregates.workshop.events import Session, WorkshopPlanned

S = TypeVar("S")
Decision = Callable[..., Sequence[Fact]]


def uid(name: str) -> UUID:
    """The id of that name, the same in every test."""
    return uuid5(UUID(int=0), name)


NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
CLIENT_ID, OTHER_CLIENT = uid("client"), uid("another client")
ACTIVITY, OTHER_ACTIVITY = uid("activity"), uid("another activity")
WORKSHOP_ID, OTHER_WORKSHOP = uid("workshop"), uid("another workshop")
REGISTRATION, INVOICE_ID, LINE = uid("registration"), uid("invoice"), uid("line")
ORGANISER = uid("organiser")


def cad(amount: float) -> Money:
    """Dollars."""
    return Money(minor=round(amount * 100), currency=Currency.CAD)


def eur(amount: float) -> Money:
    """Euros."""
    return Money(minor=round(amount * 100), currency=Currency.EUR)


@dataclass(frozen=True)
class Outcome(Generic[S]):
    """What a decision answered, or would answer."""

    kind: Aggregate[S]
    state: S
    decide: Callable[[S], Sequence[Fact]]

    def then(self, *expected: Fact) -> S:
        """These facts and no others; answers the state they lead to."""
        facts = list(self.decide(self.state))
        assert facts == list(expected)
        return fold(self.kind, self.state, facts)

    def then_nothing(self) -> None:
        """The wish was met already."""
        self.then()

    def then_refused(self, refusal: type[Refused], **fields: Any) -> None:
        """Refused for exactly this, with these fields."""
        with pytest.raises(refusal) as caught:
            self.decide(self.state)
        assert type(caught.value) is refusal
        assert str(caught.value) == refusal.code
        assert caught.value.fields == fields


@dataclass(frozen=True)
class Given(Generic[S]):
    """A stream's past."""

    kind: Aggregate[S]
    state: S

    def when(self, decision: Decision, *values: Any, **named: Any) -> Outcome[S]:
        return Outcome(self.kind, self.state, lambda state: decision(state, *values, **named))


def given(kind: Aggregate[S], *facts: Fact) -> Given[S]:
    """The stream after these facts."""
    return Given(kind, fold(kind, kind.initial, facts))


def fold(kind: Aggregate[S], state: S, facts: Sequence[Fact]) -> S:
    """The state after these facts, each of which the stream may hold."""
    for fact in facts:
        assert type(fact) in kind.facts
        state = kind.evolve(state, fact)
    return state


def decided(decide: Decision, *values: Any, **named: Any) -> Sequence[Fact]:
    """Its facts, none when it is refused."""
    try:
        return decide(*values, **named)
    except Refused:
        return []


def dossier(**changes: Any) -> DossierCreated:
    """A client with an address in Montréal."""
    values: dict[str, Any] = {
        "person": CLIENT_ID,
        "origin": DossierOrigin.STAFF,
        "last_name": "D'Arcy-Lévesque",
        "first_name": "Éloïse",
        "postal_code": "H2X 1Y4",
        "form_of_address": FormOfAddress.MADAM,
        "email": "eloise@example.com",
        "telephone": "+1 514 555 0101",
        "street": "12, rue du Parc",
        "city": "Montréal",
        "country": "CA",
        "language": Language.FR,
    }
    return DossierCreated(**values | changes)


def registered(**changes: Any) -> Registered:
    """A registration dated in 30 days."""
    values: dict[str, Any] = {
        "registration": REGISTRATION,
        "activity": ACTIVITY,
        "workshop": WORKSHOP_ID,
        "starts": NOW + timedelta(days=30),
        "retake": False,
        "phase": None,
        "invoice": INVOICE_ID,
        "line": LINE,
        "price": cad(375),
        "deposit": cad(40),
    }
    return Registered(**values | changes)


def without_date(**changes: Any) -> Registered:
    """A registration À PLANIFIER."""
    return registered(workshop=None, starts=None, **changes)


def session(starts: datetime, hours: float = 8) -> Session:
    """One stretch."""
    return Session(starts=starts, ends=starts + timedelta(hours=hours))


def planned(**changes: Any) -> WorkshopPlanned:
    """A workshop in 30 days with 60 seats, 5 of them for retakes."""
    values: dict[str, Any] = {
        "activity": ACTIVITY,
        "venue": uid("venue"),
        "zone": "America/Toronto",
        "sessions": (session(NOW + timedelta(days=30)),),
        "organiser": ORGANISER,
        "trainers": (),
        "capacity": 60,
        "retake_limit": 5,
        "place_note": "Porte B",
        "practical_note": "Apporter un coussin.",
    }
    return WorkshopPlanned(**values | changes)


def line(**changes: Any) -> Line:
    """One registration's line."""
    values: dict[str, Any] = {
        "id": LINE,
        "registration": REGISTRATION,
        "activity": ACTIVITY,
        "activity_name": "Écoute de soi",
        "price": cad(375),
        "deposit": cad(40),
        "due_now": cad(40),
        "reasons": (),
    }
    return Line(**values | changes)


def issued(*lines: Line) -> InvoiceIssued:
    """An invoice with these lines, one at least."""
    return InvoiceIssued(
        person=CLIENT_ID,
        number="CA-2026-0412",
        issued_on=NOW.date(),
        currency=Currency.CAD,
        billing_name="Éloïse D'Arcy-Lévesque",
        lines=lines or (line(),),
    )


def followed(days_ago: int = 1_000, name: str = "followed") -> FollowedBefore:
    """Followed that many days before NOW."""
    return FollowedBefore(uid(name), (NOW - timedelta(days=days_ago)).date())


def terms(**changes: Any) -> SchoolSettings:
    """Settings with these terms for every category and currency."""
    default = SchoolSettings()
    return SchoolSettings(
        terms={
            category: {c: default.terms_of(category, c).model_copy(update=changes) for c in Currency}
            for category in Category
        }
    )


def activity(**changes: Any) -> Activity:
    """An activity at 375.00 in both currencies."""
    values: dict[str, Any] = {
        "name": "Écoute de soi",
        "category": Category.REGULAR,
        "days": 2,
        "prices": (cad(375), eur(375)),
    }
    return Activity(**values | changes)
