"""A discount's proof is asked for, and again, until it is there; the organiser hears who owes one (INS-6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aggregates.client.merging.events import DossierAbsorbed, PlaceState, TakenPlace
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.registrations.events import (
    PROOF_HOURS,
    DateChosen,
    DateMoved,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationRestored,
)
from processors.runtime.effects import Due, Mail, Params, Processor, Timer
from schema.envelope import Recorded

_BEFORE = timedelta(days=5)
_ASKED, _REMINDED, _FIVE_DAYS, _REJECTED = "asked", "reminded", "five_days", "rejected"


def react(event: Recorded) -> Sequence[Timer]:
    """A place at a discount that needs a proof sets all of them, a new date those before its start.

    Whether a proof is still lacking is looked at when they fire.
    """
    at = event.envelope.at
    match event.fact:
        case Registered(taken_over=False, discount=discount) as fact if discount and discount.proof_needed:
            return [
                Timer(_ASKED, at),
                Timer(_REMINDED, at + _time_to_send(fact)),
                *([] if fact.starts is None else _before(fact.starts, at)),
            ]
        case DateChosen() | DateMoved() | RegistrationRestored() as fact:
            return _before(fact.starts, at)
        case ProofRejected():
            return [Timer(_REJECTED, at)]
        case _:
            return []


def _time_to_send(fact: Registered) -> timedelta:
    return timedelta(hours=PROOF_HOURS if fact.terms is None else fact.terms.proof_hours)


def _before(starts: datetime, at: datetime) -> list[Timer]:
    """Five days before the start; at once where that is past."""
    return [Timer(_FIVE_DAYS, max(starts - _BEFORE, at))] if at < starts else []


@dataclass
class _Place:
    """A registration at a discount that needs a proof, as its facts leave it."""

    registration: UUID
    asked_at: datetime
    until: datetime
    together: UUID
    """Common to all places that one proof serves: the phase's enrolment, else its own."""
    workshop: UUID | None = None
    starts: datetime | None = None
    dated_at: datetime | None = None
    lacks: bool = True
    """Nothing came, or what came was rejected; « sans preuve » ends it, for the price was raised."""


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Mail]:
    """Only while the proof is lacking."""
    if timer.purpose == _REJECTED:
        return _told_of_rejection(timer, history)
    lacking = [place for place in _places(history) if place.lacks]
    match timer.purpose:
        case "asked":
            asked = _one_each([place for place in lacking if place.asked_at == timer.due])
            return [_mail(timer, "asked", "proof_asked", place, until=place.until) for place in asked]
        case "reminded":
            late = _one_each([place for place in lacking if place.until == timer.due])
            return [_mail(timer, "reminded", "proof_reminder", place) for place in late]
        case _:
            return [mail for place in lacking for mail in _before_the_start(timer, place)]


def _before_the_start(timer: Due, place: _Place) -> list[Mail]:
    """Who got the date later was asked just now: the organiser alone is told."""
    if place.starts is None or place.dated_at is None:
        return []
    regular = place.starts - _BEFORE
    if timer.due != max(regular, place.dated_at):
        return []
    params: Params = {
        "registration": place.registration,
        "workshop": place.workshop,
        "starts": place.starts,
    }
    what = f"{place.registration}/{place.starts.isoformat()}"
    told = Mail(f"missing/{what}", "organiser_proof_missing", "organiser", timer.stream, params)
    if timer.due != regular:
        return [told]
    return [Mail(f"five_days/{what}", "proof_reminder", "client", timer.stream, params), told]


def _told_of_rejection(timer: Due, history: Iterable[Recorded]) -> list[Mail]:
    """One document may be the proof of several places."""
    rejected: dict[UUID | None, UUID] = {}
    for event in history:
        if event.envelope.at == timer.due and isinstance(event.fact, ProofRejected):
            rejected.setdefault(event.fact.document, event.fact.registration)
    return [
        Mail(
            f"rejected/{registration}/{timer.due.isoformat()}",
            "proof_rejected",
            "client",
            timer.stream,
            {"registration": registration, "document": document},
        )
        for document, registration in rejected.items()
    ]


def _mail(timer: Due, purpose: str, template: str, place: _Place, **more: datetime) -> Mail:
    params: Params = {"registration": place.registration, **more}
    return Mail(f"{purpose}/{place.registration}", template, "client", timer.stream, params)


def _one_each(places: Iterable[_Place]) -> list[_Place]:
    """One mail for what one proof serves."""
    first: dict[UUID, _Place] = {}
    for place in places:
        first.setdefault(place.together, place)
    return list(first.values())


def _places(history: Iterable[Recorded]) -> list[_Place]:
    """Open places that need a proof, in the order in which they were sold."""
    places: dict[UUID, _Place] = {}
    for event in history:
        fact, at = event.fact, event.envelope.at
        if isinstance(fact, Registered):
            if not fact.taken_over and fact.discount is not None and fact.discount.proof_needed:
                together = fact.enrolment or fact.registration
                until = at + _time_to_send(fact)
                place = places[fact.registration] = _Place(fact.registration, at, until, together)
                if fact.workshop is not None:
                    place.workshop, place.starts, place.dated_at = fact.workshop, fact.starts, at
            continue
        if isinstance(fact, DossierAbsorbed):
            places |= {taken.sold.registration: _taken(taken, at) for taken in fact.taken if _lacking(taken)}
            continue
        found = places.get(getattr(fact, "registration", None))  # type: ignore[arg-type]
        if found is None:
            continue
        match fact:
            case DateChosen() | DateMoved() | RegistrationRestored():
                found.workshop, found.starts, found.dated_at = fact.workshop, fact.starts, at
            case RegistrationDeferred():
                found.workshop = found.starts = found.dated_at = None
            case ProofReceived() | ProofAccepted() | ProofMissing():
                found.lacks = False
            case ProofRejected():
                found.lacks = True
            case RegistrationCancelled():
                del places[fact.registration]
            case _:
                pass
    return list(places.values())


def _lacking(taken: TakenPlace) -> bool:
    """An open place of a merged dossier whose proof is asked for, or was rejected."""
    is_open = taken.state in (PlaceState.TO_SCHEDULE, PlaceState.SCHEDULED)
    return is_open and taken.proof is not None and not taken.sold.taken_over


def _taken(taken: TakenPlace, at: datetime) -> _Place:
    """Without its date: timers of the merged dossier look at that one, ours at dates chosen here (DOS-5)."""
    sold = taken.sold
    together = sold.enrolment or sold.registration
    return _Place(sold.registration, at, at, together, lacks=taken.lacks_proof)


PROCESSOR = Processor("proofs", react, fire)
