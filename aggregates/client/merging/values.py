"""What a dossier holds, as values of a fact, and back again: nothing is lost on the way (DOS-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID

from aggregates.client.merging.events import (
    DoneBy,
    DossierAbsorbed,
    PlaceState,
    TakenElsewhere,
    TakenEnrolment,
    TakenPlace,
)
from aggregates.client.missed_mails.state import Mails
from aggregates.client.phases.state import Enrolment
from aggregates.client.registrations.events import Earned, Registered
from aggregates.client.registrations.state import (
    Abroad,
    Cancelled,
    Followed,
    Places,
    Registration,
    Sale,
    Scheduled,
    Supplement,
    ToSchedule,
)
from aggregates.kernel import replace


def taken_places(places: Places) -> tuple[TakenPlace, ...]:
    """Every registration, in its order."""
    return tuple(_taken(registration) for registration in places.registrations.values())


def taken_enrolments(places: Places) -> tuple[TakenEnrolment, ...]:
    """Every phase."""
    return tuple(
        TakenEnrolment(
            enrolment=e.id,
            phase=e.phase,
            number=e.number,
            activities=e.activities,
            invoice=e.invoice,
            done=tuple(DoneBy(activity=a, evidence=r) for a, r in e.done.items()),
            letter_sent=e.letter_sent,
        )
        for e in places.enrolments.values()
    )


def taken_elsewhere(places: Places) -> tuple[TakenElsewhere, ...]:
    """Every workshop that was followed elsewhere."""
    return tuple(
        TakenElsewhere(registration=a.id, activity=a.activity, last_day=a.last_day)
        for a in places.abroad.values()
    )


def with_taken(places: Places, fact: DossierAbsorbed) -> Places:
    """The places of both dossiers."""
    registrations = {taken.sold.registration: _registration(taken) for taken in fact.taken}
    enrolments = {taken.enrolment: _enrolment(taken) for taken in fact.enrolments}
    abroad = {t.registration: Abroad(t.registration, t.activity, t.last_day) for t in fact.elsewhere}
    return Places(
        registrations={**places.registrations, **registrations},
        enrolments={**places.enrolments, **enrolments},
        abroad={**places.abroad, **abroad},
    )


def with_taken_mails(mails: Mails, fact: DossierAbsorbed) -> Mails:
    """What was missed in both; whether the address is bad, is said of this dossier's own."""
    return replace(
        mails,
        missed={**mails.missed, **{taken.mail: taken.reason for taken in fact.missed}},
        resent=mails.resent | set(fact.resent),
        set_aside=mails.set_aside | set(fact.set_aside),
    )


@dataclass(frozen=True)
class _Stand:
    """The part of a place that is not its sale."""

    state: PlaceState
    workshop: UUID | None = None
    starts: datetime | None = None
    more: Mapping[str, object] = field(default_factory=dict)


def _stand(registration: Registration) -> _Stand:
    match registration:
        case ToSchedule():
            return _Stand(PlaceState.TO_SCHEDULE)
        case Scheduled(workshop=workshop, starts=starts, moved=moved):
            return _Stand(PlaceState.SCHEDULED, workshop, starts, {"moved": moved})
        case Followed(workshop=workshop, starts=starts, last_day=last_day, ends=ends, zone=zone):
            more = {"last_day": last_day, "ends": ends, "zone": zone}
            return _Stand(PlaceState.FOLLOWED, workshop, starts, more)
        case Cancelled():
            return _Stand(PlaceState.CANCELLED)
        case _:
            assert_never(registration)


def _taken(registration: Registration) -> TakenPlace:
    sale, stand = registration.sale, _stand(registration)
    sold = Registered(
        registration=sale.id,
        activity=sale.activity,
        workshop=None,
        starts=None,
        retake=sale.retake,
        phase=sale.phase,
        invoice=sale.invoice,
        line=sale.line,
        price=sale.price,
        deposit=sale.deposit,
        enrolment=sale.enrolment,
        trainee=sale.trainee,
        terms=sale.terms,
        discount=sale.discount,
    )
    supplements = (Earned(invoice=s.invoice, line=s.line, amount=s.amount) for s in sale.supplements)
    return TakenPlace.model_validate(
        {
            "sold": sold,
            "state": stand.state,
            "workshop": stand.workshop,
            "starts": stand.starts,
            "proof": sale.proof,
            "proof_document": sale.proof_document,
            "supplements": tuple(supplements),
            "given_up": sale.given_up,
            "deposit_lost_with": sale.deposit_lost_with,
            "deferred_by_school": sale.deferred_by_school,
            "left_after_move": sale.left_after_move,
            **stand.more,
        }
    )


def _sale(taken: TakenPlace) -> Sale:
    sold = taken.sold
    return Sale(
        id=sold.registration,
        activity=sold.activity,
        retake=sold.retake,
        phase=sold.phase,
        invoice=sold.invoice,
        line=sold.line,
        price=sold.price,
        deposit=sold.deposit,
        enrolment=sold.enrolment,
        trainee=sold.trainee,
        terms=sold.terms,
        discount=sold.discount,
        proof=taken.proof,
        proof_document=taken.proof_document,
        supplements=tuple(Supplement(s.invoice, s.line, s.amount) for s in taken.supplements),
        given_up=taken.given_up,
        deposit_lost_with=taken.deposit_lost_with,
        deferred_by_school=taken.deferred_by_school,
        left_after_move=taken.left_after_move,
    )


def _registration(taken: TakenPlace) -> Registration:
    sale = _sale(taken)
    match taken:
        case TakenPlace(state=PlaceState.SCHEDULED, workshop=UUID() as workshop, starts=datetime() as starts):
            return Scheduled(sale, workshop, starts, taken.moved)
        case TakenPlace(state=PlaceState.FOLLOWED, workshop=UUID() as workshop, starts=datetime() as starts):
            day, ends = taken.last_day or starts.date(), taken.ends or starts
            return Followed(sale, workshop, starts, day, ends, taken.zone)
        case TakenPlace(state=PlaceState.CANCELLED):
            return Cancelled(sale)
        case _:
            return ToSchedule(sale)


def _enrolment(taken: TakenEnrolment) -> Enrolment:
    done = {by.activity: by.evidence for by in taken.done}
    return Enrolment(
        taken.enrolment,
        taken.phase,
        taken.number,
        taken.activities,
        taken.invoice,
        done,
        taken.letter_sent,
    )
