"""What the registrations and phases of a file are at a moment, folded from their facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from aggregates.client.phases.events import Enrolled, MissingPlaceReported, PhaseLetterSent, PlaceReopened
from aggregates.client.phases.state import Enrolment
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.proofs.state import Proof
from aggregates.client.registrations.events import (
    FULL_PAYMENT_HOURS,
    CancelReason,
    ConfirmationResent,
    DateChosen,
    DateMoved,
    Discounted,
    Earned,
    ExceptionGranted,
    FollowedAbroad,
    FollowedBeforePortal,
    FollowedUndone,
    MistakeTold,
    PriceRaised,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFact,
    RegistrationFollowed,
    RegistrationRestored,
    Terms,
)
from aggregates.kernel import Money, replace


@dataclass(frozen=True)
class Supplement:
    """A line added to the price later, on an invoice of its own (FAC-9)."""

    invoice: UUID
    line: UUID
    amount: Money


@dataclass(frozen=True)
class Sale:
    """What a registration was sold as: never changes with its dates (INS-7)."""

    id: UUID
    activity: UUID
    retake: bool
    phase: UUID | None
    invoice: UUID
    line: UUID
    price: Money
    deposit: Money
    enrolment: UUID | None = None
    trainee: bool = False
    terms: Terms | None = None
    discount: Discounted | None = None
    proof: Proof | None = None
    proof_document: UUID | None = None
    """The newest that came in."""
    supplements: tuple[Supplement, ...] = ()
    given_up: tuple[UUID, ...] = ()
    """Workshops whose date was given up, oldest first: the traces under ANNULÉS."""
    deposit_lost_with: UUID | None = None
    """The first workshop given up so late that cancelling is proposed its fee, ever since (INS-9)."""
    deferred_by_school: UUID | None = None
    """The workshop whose cancellation by the school took the date off; a new date ends that (ATE-4)."""
    left_after_move: UUID | None = None
    """The workshop that the school had moved when its date was given up; a new date ends that (ATE-10)."""

    @property
    def invoices(self) -> tuple[UUID, ...]:
        """Every invoice on which this registration has a line."""
        return (self.invoice, *(s.invoice for s in self.supplements))

    @property
    def lines(self) -> tuple[UUID, ...]:
        """Its line on each of them."""
        return (self.line, *(s.line for s in self.supplements))

    @property
    def full_payment_hours(self) -> int:
        """Hours before a start from which the place is paid before that date is chosen (INS-4)."""
        return FULL_PAYMENT_HOURS if self.terms is None else self.terms.full_payment_hours

    @property
    def earned(self) -> tuple[Earned, ...]:
        """What is revenue of each line once the place is followed (FAC-6)."""
        sold = Earned(invoice=self.invoice, line=self.line, amount=self.price)
        added = (Earned(invoice=s.invoice, line=s.line, amount=s.amount) for s in self.supplements)
        return (sold, *added)

    @property
    def invoiced(self) -> Money:
        """The price with all that was added to it."""
        return Money.total(self.price.currency, (self.price, *(s.amount for s in self.supplements)))


@dataclass(frozen=True)
class ToSchedule:
    """Inscrit sans date, À PLANIFIER."""

    sale: Sale


@dataclass(frozen=True)
class Scheduled:
    """INSCRIT to a dated workshop."""

    sale: Sale
    workshop: UUID
    starts: datetime
    moved: bool = False
    """The school moved this date: giving it up costs nothing (ATE-10)."""


@dataclass(frozen=True)
class Followed:
    """SUIVI: ticked present on the roster."""

    sale: Sale
    workshop: UUID
    starts: datetime
    last_day: date
    ends: datetime
    zone: str | None
    """Of the workshop; None is the school's."""


@dataclass(frozen=True)
class Cancelled:
    """ANNULÉ."""

    sale: Sale
    by_mistake: bool = False
    """It had been registered by mistake (INS-10)."""
    told: bool = False
    """Staff let the e-mail go that says so."""


Registration: TypeAlias = ToSchedule | Scheduled | Followed | Cancelled


@dataclass(frozen=True)
class Abroad:
    """A workshop followed abroad (ATE-8), or before the portal (IMP-1)."""

    id: UUID
    activity: UUID
    last_day: date


@dataclass(frozen=True)
class Places:
    """All that a file says about activities: registrations, phases, workshops followed abroad."""

    registrations: Mapping[UUID, Registration] = field(default_factory=dict)
    enrolments: Mapping[UUID, Enrolment] = field(default_factory=dict)
    abroad: Mapping[UUID, Abroad] = field(default_factory=dict)

    @property
    def none_ever(self) -> bool:
        """No registration was ever made (DOS-8)."""
        return not (self.registrations or self.enrolments or self.abroad)

    def without(self, gone: Collection[UUID]) -> Places:
        """The places as they are once these registrations have ended."""
        kept = {id_: r for id_, r in self.registrations.items() if id_ not in gone}
        return replace(self, registrations=kept)


def evolve_places(places: Places, fact: RegistrationFact) -> Places:
    """The places after the fact. Raises ValueError on a fact that they can't meet."""
    match fact:
        case Enrolled():
            return replace(places, enrolments={**places.enrolments, fact.enrolment: _enrolment(fact)})
        case PhaseLetterSent():
            sent = replace(places.enrolments[fact.enrolment], letter_sent=True)
            return replace(places, enrolments={**places.enrolments, fact.enrolment: sent})
        case ConfirmationResent():
            return places
        case MistakeTold():
            return replace(places, registrations={**places.registrations, **_told(places, fact)})
        case FollowedAbroad() | FollowedBeforePortal():
            abroad = Abroad(fact.registration, fact.activity, fact.last_day)
            return replace(places, abroad={**places.abroad, fact.registration: abroad})
        case MissingPlaceReported() | ExceptionGranted():
            return places
        case Registered():
            after = _sold(fact)
        case _:
            before = places.registrations.get(fact.registration)
            if before is None:
                raise ValueError(f"{fact.TOPIC} on an unknown registration")
            after = _registration(before, fact)
    return replace(places, registrations={**places.registrations, fact.registration: after})


def _registration(before: Registration, fact: RegistrationFact) -> Registration:
    sale = before.sale
    match fact:
        case DateChosen():
            left = _given_up(sale, fact.given_up, lost=fact.deposit_lost)
            return Scheduled(_dated(left), fact.workshop, fact.starts)
        case RegistrationRestored():
            return Scheduled(_dated(sale), fact.workshop, fact.starts)
        case DateMoved():
            return Scheduled(sale, fact.workshop, fact.starts, moved=True)
        case RegistrationDeferred():
            after_move = isinstance(before, Scheduled) and before.moved
            return ToSchedule(_deferred(sale, fact, after_move=after_move))
        case RegistrationCancelled():
            return Cancelled(_traced(sale, fact.workshop), fact.why is CancelReason.MISTAKE)
        case RegistrationFollowed():
            starts = _starts(before)
            day, ends = fact.last_day or starts.date(), fact.ends or starts
            return Followed(sale, fact.workshop, starts, day, ends, fact.zone)
        case FollowedUndone():
            return Scheduled(sale, fact.workshop, _starts(before))
        case PlaceReopened():
            return ToSchedule(sale)
        case _:
            return replace(before, sale=_priced(sale, fact))


def _told(places: Places, fact: MistakeTold) -> Mapping[UUID, Registration]:
    """Those that are cancelled still: a place may be open again."""
    named = {id_: places.registrations[id_] for id_ in fact.registrations}
    return {id_: replace(r, told=True) for id_, r in named.items() if isinstance(r, Cancelled)}


def _priced(sale: Sale, fact: RegistrationFact) -> Sale:
    """What changes a sale's proof or price and leaves its date alone."""
    match fact:
        case ProofReceived():
            return replace(sale, proof=Proof.RECEIVED, proof_document=fact.document)
        case ProofAccepted():
            return replace(sale, proof=Proof.ACCEPTED)
        case ProofRejected():
            return replace(sale, proof=Proof.REJECTED)
        case ProofMissing():
            return replace(sale, proof=Proof.MISSING)
        case PriceRaised():
            added = Supplement(fact.invoice, fact.line, fact.amount)
            return replace(sale, supplements=(*sale.supplements, added))
        case _:
            raise ValueError(f"{fact.TOPIC} is no fact of a registration")


def _sold(fact: Registered) -> Registration:
    needs_proof = fact.discount is not None and fact.discount.proof_needed
    sale = Sale(
        id=fact.registration,
        activity=fact.activity,
        retake=fact.retake,
        phase=fact.phase,
        invoice=fact.invoice,
        line=fact.line,
        price=fact.price,
        deposit=fact.deposit,
        enrolment=fact.enrolment,
        trainee=fact.trainee,
        terms=fact.terms,
        discount=fact.discount,
        proof=Proof.ASKED if needs_proof else None,
    )
    if fact.workshop is None or fact.starts is None:
        return ToSchedule(sale)
    return Scheduled(sale, fact.workshop, fact.starts)


def _enrolment(fact: Enrolled) -> Enrolment:
    return Enrolment(
        id=fact.enrolment,
        phase=fact.phase,
        number=fact.number,
        activities=fact.activities,
        invoice=fact.invoice,
        done={place.activity: place.evidence for place in fact.done},
    )


def _traced(sale: Sale, workshop: UUID | None) -> Sale:
    return sale if workshop is None else replace(sale, given_up=(*sale.given_up, workshop))


def _dated(sale: Sale) -> Sale:
    if sale.deferred_by_school is None and sale.left_after_move is None:
        return sale
    return replace(sale, deferred_by_school=None, left_after_move=None)


def _given_up(sale: Sale, workshop: UUID | None, *, lost: bool) -> Sale:
    traced = _traced(sale, workshop)
    return replace(traced, deposit_lost_with=sale.deposit_lost_with or workshop) if lost else traced


def _deferred(sale: Sale, fact: RegistrationDeferred, *, after_move: bool) -> Sale:
    left = _given_up(sale, fact.workshop, lost=fact.deposit_lost)
    if after_move and not fact.by_school:
        return replace(left, left_after_move=fact.workshop)
    return replace(left, deferred_by_school=fact.workshop) if fact.by_school else left


def _starts(registration: Registration) -> datetime:
    match registration:
        case Scheduled() | Followed():
            return registration.starts
        case _:
            raise ValueError("a registration without date cannot be followed")
