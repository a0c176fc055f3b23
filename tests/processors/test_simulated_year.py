"""A year of the demo school as it happened: every e-mail that should exist exists once, none else (COM-2).

What should exist is counted from the history by rules written down here anew, not by the processors' code.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from aggregates.client.events import (
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
)
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.registrations.events import (
    DateChosen,
    DateMoved,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationRestored,
)
from aggregates.invoice.events import InvoiceIssued
from aggregates.invoice.payments.events import PaymentMethod, PaymentReceived
from aggregates.workshop.events import WorkshopCancelled, WorkshopMoved, WorkshopPlanned, WorkshopRestored
from aggregates.workshop.waiting.events import SeatOffered
from projections.runtime.rebuild import rebuild
from schema.envelope import Recorded
from service.bootstrap import MODELS
from service.demo.plan import plan
from service.demo.school_maker import SchoolMaker, one_by_one
from tests.processors.incidents import incidents
from tests.processors.post import Post
from tests.support.lanes import figures

pytestmark = pytest.mark.rule("COM-2")
TODAY = date(2026, 11, 25)
_AHEAD = timedelta(days=200)
_DAY = timedelta(days=1)
_PAID = {PaymentMethod.CARD, PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER}
KINDS = {
    "reminder",
    "registration_confirmed",
    "date_chosen",
    "date_changed",
    "payment_received",
    "proof_asked",
    "proof_reminder",
    "proof_rejected",
    "waiting_list_offer",
    "waiting_list_closed",
    "workshop_moved",
    "workshop_cancelled",
    "workshop_restored",
    "workshop_restored_full",
}
"""What the year must have of, whatever else."""
Letters = Counter[tuple[UUID, str]]
"""How many e-mails of which kind each client gets."""


def live(post: Post, clients: int) -> None:
    """Each act at its own moment, the mails of each before the next; then half a year without any act."""
    maker = SchoolMaker(one_by_one(post.school.side), post.school.side.sessions, "irrelevant-password")
    acts = plan(TODAY, clients=clients)
    first = next(acts)
    beside = incidents(post.school, first.at)
    now = first.at
    for act in (first, *acts):
        for moment in _days(now, act.at):
            post.school.now(moment)
            while beside and beside[0].at <= moment:
                beside.pop(0).happens()
                post.react_and_deliver()
            post.react_and_deliver()
        maker.do(act)
        post.react_and_deliver()
        now = act.at
    for moment in _days(now, now + _AHEAD):
        post.school.now(moment)
        post.react_and_deliver()
    assert not beside


def _days(begin: datetime, end: datetime) -> Iterator[datetime]:
    """Every day in between, then the end."""
    while (begin := begin + _DAY) < end:
        yield begin
    yield end


@dataclass
class Place:
    """A registration: whose, on which date since when, whose proof is lacking until when."""

    client: UUID
    workshop: UUID | None
    since: datetime
    starts: datetime | None
    lacks_proof: bool


@dataclass
class Expectation:
    """Walks through the history once; `looks` are moments at which somebody is written to."""

    letters: Letters = field(default_factory=Counter)
    reachable: set[UUID] = field(default_factory=set)
    places: dict[UUID, Place] = field(default_factory=dict)
    due: dict[UUID, datetime] = field(default_factory=dict)
    planned: dict[UUID, datetime] = field(default_factory=dict)
    reminded: set[tuple[UUID, datetime]] = field(default_factory=set)
    owners: dict[UUID, UUID] = field(default_factory=dict)
    bought: dict[UUID, int] = field(default_factory=dict)
    looks: list[tuple[datetime, str, UUID]] = field(default_factory=list)

    def of(self, history: Iterable[Recorded], end: datetime) -> Letters:
        for event in history:
            self._look(event.envelope.at)
            self._take(event.originator_id, event.fact, event.envelope.at)
        self._look(end)
        return self.letters

    def _tell(self, client: UUID, letter: str) -> None:
        if client in self.reachable:
            self.letters[client, letter] += 1

    def _look(self, now: datetime) -> None:
        while self.looks and self.looks[0][0] <= now:
            moment, kind, id_ = heapq.heappop(self.looks)
            if kind == "reminder" and self.due.get(id_) == moment:
                self._remind(id_, moment)
            elif kind != "reminder" and id_ in self.places:
                place = self.places[id_]
                if place.lacks_proof and (kind == "48h" or _five_days_before(place) == moment):
                    self._tell(place.client, "proof_reminder")

    def _remind(self, workshop: UUID, moment: datetime) -> None:
        """Whoever had the date by then, once, though it was cancelled and restored in between."""
        for registration, place in self.places.items():
            here = place.workshop == workshop and place.since <= moment
            if here and (registration, moment) not in self.reminded:
                self.reminded.add((registration, moment))
                self._tell(place.client, "reminder")

    def _take(self, stream: UUID, fact: Any, at: datetime) -> None:
        match fact:
            case DossierCreated():
                if fact.email:
                    self.reachable.add(stream)
                self._tell(stream, "created_by_staff")
            case DossierRestored():
                self.reachable.add(stream)
                self._tell(stream, "dossier_restored")
            case DossierDeactivated() | DossierErased():
                self._tell(stream, "dossier_removed")
                self.reachable.discard(stream)
            case WorkshopPlanned() | WorkshopMoved():
                self.due[stream] = _a_week_before(fact.sessions[0].starts, fact.zone)
                self.planned[stream] = self.due[stream]
                if self.due[stream] > at:
                    heapq.heappush(self.looks, (self.due[stream], "reminder", stream))
            case WorkshopCancelled():
                del self.due[stream]
                for client in fact.waiting:
                    self._tell(client, "waiting_list_closed")
            case WorkshopRestored():
                self.due[stream] = self.planned[stream]
                if self.due[stream] > at:  # else what tells of it holds the same details
                    heapq.heappush(self.looks, (self.due[stream], "reminder", stream))
                for registration in fact.no_seat:
                    self._tell(self.places[registration].client, "workshop_restored_full")
            case SeatOffered():
                self._tell(fact.client, "waiting_list_offer")
            case InvoiceIssued():
                self.owners[stream] = fact.person
            case PaymentReceived() if fact.method in _PAID:
                self._tell(self.owners[stream], "payment_received")
            case _:
                self._place(stream, fact, at)

    def _place(self, client: UUID, fact: Any, at: datetime) -> None:
        match fact:
            case Registered():
                self._bought(client, fact, at)
            case DateChosen():
                self._tell(client, "date_chosen" if fact.given_up is None else "date_changed")
                self._dated(fact, at)
            case RegistrationRestored():
                self._tell(client, "workshop_restored")
                self._dated(fact, self.places[fact.registration].since)
            case DateMoved():
                self._tell(client, "workshop_moved")
                self.places[fact.registration].starts = fact.starts
            case RegistrationDeferred():
                if fact.by_school:
                    self._tell(client, "workshop_cancelled")
                self.places[fact.registration].workshop = self.places[fact.registration].starts = None
            case RegistrationCancelled():
                self.places.pop(fact.registration, None)
            case ProofReceived() | ProofAccepted() | ProofMissing():
                self.places[fact.registration].lacks_proof = False
            case ProofRejected():
                self.places[fact.registration].lacks_proof = True
                self._tell(client, "proof_rejected")

    def _bought(self, client: UUID, fact: Registered, at: datetime) -> None:
        proof = fact.discount is not None and fact.discount.proof_needed
        self.places[fact.registration] = Place(client, fact.workshop, at, fact.starts, proof)
        count = self.bought[fact.invoice] = self.bought.get(fact.invoice, 0) + 1
        if count == 1:
            self._tell(client, "registration_confirmed")
        elif count == 2:
            self.letters[client, "registration_confirmed"] -= client in self.reachable
            self._tell(client, "basket_confirmed")
        if proof:
            self._tell(client, "proof_asked")
            heapq.heappush(self.looks, (at + timedelta(hours=48), "48h", fact.registration))
            self._five_days(fact.registration)

    def _dated(self, fact: Any, at: datetime) -> None:
        place = self.places[fact.registration]
        place.workshop, place.starts, place.since = fact.workshop, fact.starts, at
        self._five_days(fact.registration)

    def _five_days(self, registration: UUID) -> None:
        moment = _five_days_before(self.places[registration])
        if moment is not None and moment > self.places[registration].since:
            heapq.heappush(self.looks, (moment, "5d", registration))


def _a_week_before(starts: datetime, zone: str) -> datetime:
    day = starts.astimezone(ZoneInfo(zone)).date() - timedelta(days=7)
    return datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(zone))


def _five_days_before(place: Place) -> datetime | None:
    return None if place.starts is None else place.starts - timedelta(days=5)


def got(post: Post) -> Letters:
    """What left for clients."""
    rows = post.connection.execute(
        "select person, template from outbox where recipient = 'client' and state = 'sent'"
    )
    return Counter((person, template) for person, template in rows)


@pytest.mark.rule("COM-3")
@figures("clients", short=6, long=300)
def test_a_year_of_the_demo_school_sends_every_mail_once(whole_post: Post, clients: int) -> None:
    post = whole_post
    live(post, clients)
    end = post.school.side.clock()
    history = list(_history(post))
    wanted = +Expectation().of(history, end)
    found = got(post)
    kinds = Counter[str]()
    for (_, template), count in found.items():
        kinds[template] += count
    print(f"{len(history)} events, {len(post.sink.mails)} e-mails; to clients {dict(kinds)}")
    assert found == wanted, {k: (found[k], wanted[k]) for k in found | wanted if found[k] != wanted[k]}
    assert kinds.keys() >= KINDS, "each of its branches was met"
    ids = [str(mail["Message-ID"]) for mail in post.sink.mails]
    assert len(ids) == len(set(ids)) == sum(state == "sent" for _, state, _ in post.outbox())

    one_less = [e for e in history if not isinstance(e.fact, DateChosen)]
    assert +Expectation().of(one_less, end) != found, "the control: the comparison sees what is lacking"

    post.connection.execute("update processors set position = 0")
    post.react_and_deliver()
    assert rebuild(post.url, post.school.side.store, MODELS) == {}
    post.react_and_deliver()
    assert len(post.sink.mails) == len(ids), "neither a replay nor a rebuild sends anything"


def _history(post: Post) -> Iterator[Recorded]:
    position = 0
    while batch := post.school.side.store.read_after(position, 1_000):
        yield from (post.school.side.store.decode(stored) for stored in batch)
        position = batch[-1].position
