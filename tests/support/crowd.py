"""A small school's traffic as facts: dossiers, registrations, changes of date, attendance, removals."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from aggregates.client.registrations.events import (
    DateChosen,
    FollowedUndone,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
)
from aggregates.kernel import Fact
from aggregates.workshop.events import AttendanceTicked, AttendanceUnticked, WorkshopPlanChanged
from tests.support.builders import (
    STARTS,
    Log,
    activity_added,
    dossier_created,
    dossier_deactivated,
    dossier_restored,
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

Happened = list[tuple[UUID, Fact]]


@dataclass
class _Sale:
    client: UUID
    registration: UUID
    invoice: UUID
    line: UUID
    workshop: UUID | None
    open: bool = True


@dataclass
class Crowd:
    """Makes one command's worth of facts after the other; each seed tells the same story."""

    seed: int
    clients: list[UUID] = field(default_factory=list)
    gone: dict[UUID, None] = field(default_factory=dict)  # in the order they left
    sales: list[_Sale] = field(default_factory=list)
    activities: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(5)])
    workshops: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(12)])

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def opening(self) -> Happened:
        """Catalogue, staff and workshops."""
        venue, organiser = uuid4(), uuid4()
        return [
            *((activity, activity_added(f"Activité {n}")) for n, activity in enumerate(self.activities)),
            (venue, venue_added()),
            (organiser, staff_added(organiser)),
            *(
                (w, workshop_planned(activity=self.activities[n % 5], venue=venue, organiser=organiser))
                for n, w in enumerate(self.workshops)
            ),
        ]

    def next(self) -> Happened:
        """What the next command comes to."""
        if len(self.clients) < 5:
            return self._arrive()
        acts = [
            self._arrive,
            self._register,
            self._register,
            self._move,
            self._move,
            self._attend,
            self._plan,
        ]
        return self._chance.choice([*acts, self._leave, self._return])() or self._register()

    def _arrive(self) -> Happened:
        client = uuid4()
        self.clients.append(client)
        name = self._chance.choice(["Roy", "D'Arcy-Lévesque", "Œuvrard", "L'Écuyer"])
        return [(client, dossier_created(client, last_name=name, email=f"{client}@example.com"))]

    def _register(self) -> Happened:
        client = self._chance.choice(self.clients)
        workshop = self._chance.choice([None, *self.workshops])
        sale = _Sale(client, uuid4(), uuid4(), uuid4(), workshop)
        self.sales.append(sale)
        sold = registered(sale.registration, workshop=workshop, invoice=sale.invoice, line=sale.line)
        line = invoice_line(id=sale.line, registration=sale.registration)
        seat = [] if workshop is None else [(workshop, seat_taken(sale.registration, client))]
        return [
            (client, sold),
            *seat,
            (sale.invoice, invoice_issued(client, f"CA-2026-{len(self.sales)}", line)),
        ]

    def _open_sale(self) -> _Sale | None:
        found = [sale for sale in self.sales[-50:] if sale.open and sale.client not in self.gone]
        return self._chance.choice(found) if found else None

    def _move(self) -> Happened:
        sale = self._open_sale()
        if sale is None:
            return []
        left, sale.workshop = sale.workshop, self._chance.choice([None, *self.workshops])
        freed = [] if left is None else [(left, seat_freed(sale.registration, sale.client))]
        if sale.workshop == left:
            sale.open = False
            cancelled = RegistrationCancelled(registration=sale.registration, workshop=left)
            return [(sale.client, cancelled), *freed, (sale.invoice, line_cancelled(sale.client, sale.line))]
        if sale.workshop is None:
            assert left is not None
            return [
                (sale.client, RegistrationDeferred(registration=sale.registration, workshop=left)),
                *freed,
            ]
        chosen = DateChosen(
            registration=sale.registration, workshop=sale.workshop, starts=STARTS, given_up=left
        )
        return [(sale.client, chosen), (sale.workshop, seat_taken(sale.registration, sale.client)), *freed]

    def _attend(self) -> Happened:
        sale = self._open_sale()
        if sale is None or sale.workshop is None:
            return []
        ids = {"registration": sale.registration, "workshop": sale.workshop}
        happened: Happened = [
            (sale.workshop, AttendanceTicked(registrations=(sale.registration,))),
            (sale.client, RegistrationFollowed(**ids)),
        ]
        if self._chance.random() < 0.3:
            happened += [
                (sale.workshop, AttendanceUnticked(registrations=(sale.registration,))),
                (sale.client, FollowedUndone(**ids)),
            ]
        else:
            sale.open = False
        return happened

    def _plan(self) -> Happened:
        changed = WorkshopPlanChanged(
            organiser=uuid4(),
            trainers=(uuid4(),),
            capacity=self._chance.randint(10, 80),
            retake_limit=None,
            place_note="Entrée par la cour",
            practical_note=None,
        )
        return [(self._chance.choice(self.workshops), changed)]

    def _leave(self) -> Happened:
        held = {sale.client for sale in self.sales if sale.open}
        free = [client for client in self.clients if client not in held]
        if len(self.clients) < 8 or not free:
            return []
        client = self._chance.choice(free)
        self.clients.remove(client)
        self.gone[client] = None
        return [(client, dossier_deactivated(client))]

    def _return(self) -> Happened:
        if not self.gone:
            return []
        client, _ = self.gone.popitem()
        self.clients.append(client)
        return [(client, dossier_restored(client))]


@contextmanager
def writing(log: Log, crowd: Crowd) -> Iterator[list[int]]:
    """Append one command after the other in a thread; yields the positions told so far."""
    told: list[int] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            told.append(log.given(*crowd.next()))
            time.sleep(0.002)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()
