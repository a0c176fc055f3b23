"""What befalls a school beside the demo's acts: money, proofs, waiting lists, workshops off, on and moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from aggregates.workshop.policies import known_workshop
from aggregates.workshop.state import WORKSHOP
from commands.registrations.accept_proof import AcceptProof
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.reject_proof import RejectProof
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.change_plan import ChangePlan
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.move_workshop import MoveWorkshop
from commands.workshops.plan_workshop import PlannedSession
from commands.workshops.restore_workshop import RestoreWorkshop
from tests.support.write_side import School

_DAYS_BEFORE = 30


@dataclass(frozen=True)
class Incident:
    """Something that happens at its time."""

    at: datetime
    happens: Callable[[], object]


def incidents(school: School, opened: datetime) -> list[Incident]:
    """Some months after the school opened, in the order of their times."""
    told: list[Incident] = []
    for n, story in enumerate((_money, _proofs, _offers, _off_and_on, _off_over_the_reminder, _moved)):
        begin = opened + timedelta(days=60 + 20 * n)
        tale = story(school, begin + timedelta(days=_DAYS_BEFORE, hours=3))
        # Each step is carried out when its time has come: the one after it may need what it made.
        told += [Incident(begin + after, partial(next, tale)) for after in _STEPS[story]]
    return sorted(told, key=lambda incident: incident.at)


Tale = Iterator[None]


def _dated(school: School, starts: datetime, clients: int, **changes: Any) -> tuple[UUID, UUID, list[Any]]:
    """An activity, its workshop, and so many sold places in it."""
    activity = school.activity(f"Atelier {uuid4().hex[:6]}")
    workshop = school.workshop(activity, starts=starts, **changes)
    return activity, workshop, [school.sold(school.client(), activity, workshop) for _ in range(clients)]


def _money(school: School, starts: datetime) -> Tale:
    _, _, (one, other) = _dated(school, starts, 2)
    yield
    cheque = school.paid(one.client, 10_000, invoice=one.invoice)
    yield
    school.deposited(one.invoice, cheque)
    school.paid(other.client, 37_500, invoice=other.invoice)
    yield


def _proofs(school: School, starts: datetime) -> Tale:
    """One never sends it, one in time, one something else first, one gives the date up before the end."""
    activity, workshop, _ = _dated(school, starts, 0)
    discount = school.discount(name=f"Chômage {uuid4().hex[:6]}")
    _never, soon, wrong, left = (
        school.sold(school.client(), activity, workshop, discount=discount) for _ in range(4)
    )

    def sends(sold: Any, then: Any = None, **more: Any) -> None:
        document = school.document(sold.client, registration=sold.registration)
        about = {"client": sold.client, "registration": sold.registration, "document": document}
        if then is not None:
            school.send(then(**about, **more))

    yield
    sends(soon, AcceptProof)
    sends(wrong, RejectProof, reason="Illisible.")
    yield
    school.send(DeferRegistration(client=left.client, registration=left.registration))
    yield


def _offers(school: School, starts: datetime) -> Tale:
    """One seat, two who wait: the first lets the offer lapse, and the second hears of it."""
    _, workshop, (holder,) = _dated(school, starts, 1, capacity=1)
    for _ in range(2):
        school.send(JoinWaitingList(client=school.client(), workshop=workshop))
    yield
    school.send(DeferRegistration(client=holder.client, registration=holder.registration))
    yield


def _off_and_on(school: School, starts: datetime) -> Tale:
    """Cancelled with somebody waiting; restored with two seats for three, one has another date by then."""
    activity, workshop, sold = _dated(school, starts, 4, capacity=4)
    other = school.workshop(activity, starts=starts + timedelta(days=20))
    school.send(JoinWaitingList(client=school.client(), workshop=workshop))
    yield
    plan = known_workshop(school.state(WORKSHOP.at(workshop))).plan
    smaller = {**asdict(plan), "capacity": 2}
    school.send(ChangePlan(workshop=workshop, seen_version=_version(school, workshop), **smaller))
    school.send(CancelWorkshop(workshop=workshop, reason="La salle est prise."))
    yield
    school.send(ChooseDate(client=sold[0].client, registration=sold[0].registration, workshop=other))
    yield
    school.send(RestoreWorkshop(workshop=workshop))
    yield


def _off_over_the_reminder(school: School, starts: datetime) -> Tale:
    """Cancelled while the reminders would have left: that it is restored says the same."""
    _, workshop, _ = _dated(school, starts, 2)
    yield
    school.send(CancelWorkshop(workshop=workshop, reason="La formatrice est malade."))
    yield
    school.send(RestoreWorkshop(workshop=workshop))
    yield


def _moved(school: School, starts: datetime) -> Tale:
    _, workshop, _ = _dated(school, starts, 2)
    yield
    later = starts + timedelta(days=4)
    school.send(
        MoveWorkshop(
            workshop=workshop,
            seen_version=_version(school, workshop),
            venue=None,
            zone="America/Toronto",
            sessions=(PlannedSession(starts=later, ends=later + timedelta(hours=8)),),
        )
    )
    yield


def _version(school: School, workshop: UUID) -> int:
    return school.side.store.load([WORKSHOP.at(workshop)])[0].version


def _after(*days: float) -> list[timedelta]:
    return [timedelta(days=d) for d in days]


_STEPS: dict[Callable[[School, datetime], Tale], list[timedelta]] = {
    _money: _after(0, 5, 15),
    _proofs: _after(0, 1, 20),
    _offers: _after(0, 3),
    _off_and_on: _after(0, 4, 6, 8),
    _off_over_the_reminder: _after(0, 20, 25),
    _moved: _after(0, 10),
}
