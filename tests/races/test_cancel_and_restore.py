"""Cancelled, restored, given up in whatever order: seats, files and mails agree (ATE-4, ATE-5)."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from aggregates.client.registrations.events import (
    DateChosen,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationRestored,
)
from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Refused
from aggregates.workshop.state import WORKSHOP, Planned
from commands.dispatch import StreamClashError
from commands.message import Command
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.restore_workshop import RestoreWorkshop
from tests.processors.post import Post, post_on
from tests.support.lanes import figures

STARTS = datetime.now(UTC).replace(microsecond=0) + timedelta(days=60)
PEOPLE = 3
ON = frozenset({"registration_confirmed", "date_chosen", "date_changed", "workshop_restored"})
LIFE = (Registered, DateChosen, RegistrationDeferred, RegistrationRestored, RegistrationCancelled)
OFF = frozenset({"workshop_cancelled", "workshop_restored_full"})


@pytest.fixture
def post(database: str) -> Iterator[Post]:
    with post_on(database) as made:
        yield made


class Order:
    """One workshop with its people, in whom everybody meddles at once."""

    def __init__(self, post: Post, seed: int, activity: UUID, elsewhere: UUID) -> None:
        self.post, self.random, self.elsewhere = post, random.Random(seed), elsewhere
        self.begins_cancelled = seed % 2 == 1
        school = post.school
        self.workshop = school.workshop(activity, starts=STARTS)
        self.clients = [school.client() for _ in range(PEOPLE)]
        self.registrations = [school.registration(c, activity, self.workshop) for c in self.clients]
        post.react_and_deliver()
        if self.begins_cancelled:
            school.send(CancelWorkshop(workshop=self.workshop, reason="Dégât d’eau"))
            post.react_and_deliver()

    def meddle(self) -> None:
        """The office cancels and restores, clients decide, processors and workers go on meanwhile."""
        over = threading.Event()
        hands = [
            threading.Thread(target=self._send, args=(self._of_the_office(),)),
            threading.Thread(target=self._send, args=(self._of_clients(),)),
        ]
        at_work = threading.Thread(target=self._work, args=(over,))
        for thread in (*hands, at_work):
            thread.start()
        for hand in hands:
            hand.join()
        over.set()
        at_work.join()
        self.post.react_and_deliver()
        self.post.redrive()

    def _of_the_office(self) -> list[Command]:
        off = CancelWorkshop(workshop=self.workshop, reason="Dégât d’eau")
        on = RestoreWorkshop(workshop=self.workshop)
        acts = [on, off, on, off] if self.begins_cancelled else [off, on, off, on]
        return acts[: self.random.randint(1, len(acts))]

    def _of_clients(self) -> list[Command]:
        return [self._of(n) for n in self.random.choices(range(PEOPLE), k=2)]

    def _of(self, n: int) -> Command:
        client, registration = self.clients[n], self.registrations[n]
        acts: list[Command] = [
            CancelRegistration(client=client, registration=registration, note="Ne vient plus."),
            DeferRegistration(client=client, registration=registration),
            *(
                ChooseDate(client=client, registration=registration, workshop=workshop)
                for workshop in (self.elsewhere, self.workshop)
            ),
        ]
        return self.random.choice(acts)

    def _send(self, acts: Sequence[Command]) -> None:
        for act in acts:
            time.sleep(self.random.choice((0.0, 0.0, 0.02, 0.2)))
            with contextlib.suppress(Refused, StreamClashError):
                self.post.school.send(act)

    def _work(self, over: threading.Event) -> None:
        """As the clock and a worker do; now and then the mails of several acts wait together."""
        while not over.is_set():
            self.post.react()
            if self.random.random() < 0.5:
                self.post.deliver()

    def disagreements(self) -> list[str]:
        """Where a seat, a file and what the client heard last differ."""
        workshop = self.post.school.state(WORKSHOP.at(self.workshop))
        seats = set(workshop.seats) if isinstance(workshop, Planned) else set()
        wrong = []
        for client, registration in zip(self.clients, self.registrations, strict=True):
            file = self.post.school.state(CLIENT.at(client))
            assert isinstance(file, Dossier)
            place = file.registrations[registration]
            here = isinstance(place, Scheduled) and place.workshop == self.workshop
            if here is not (registration in seats):
                wrong.append(f"file {type(place).__name__}, seat {registration in seats}")
            told = self.told(client, registration)
            if here and told[-1] not in ON:
                wrong.append(f"has the seat, heard {told}")
            if self._taken_off(client, registration) and told[-1] not in OFF:
                wrong.append(f"the school took the date off, heard {told}")
            if any(first == second for first, second in pairwise(told) if first in OFF):
                wrong.append(f"heard twice in a row: {told}")
        if self.unsettled():
            wrong.append("mails that never left")
        return wrong

    def _taken_off(self, client: UUID, registration: UUID) -> bool:
        """Whether the last that happened to the place is that the school cancelled this workshop."""
        of_it = [f for f in self.post.school.facts(CLIENT.at(client)) if isinstance(f, LIFE)]
        last = [fact for fact in of_it if fact.registration == registration][-1]
        return isinstance(last, RegistrationDeferred) and last.by_school

    def told(self, client: UUID, registration: UUID) -> list[str]:
        """What the client was sent about this workshop, in the order in which it left."""
        rows = self.post.connection.execute(
            "select template from outbox where person = %s and recipient = 'client' and state = 'sent'"
            " and params->>'registration' = %s and params->>'workshop' = %s order by sent_at",
            (client, str(registration), str(self.workshop)),
        )
        return [str(template) for (template,) in rows]

    def unsettled(self) -> bool:
        row = self.post.connection.execute(
            "select count(*) from outbox where state in ('to_send', 'claimed', 'failed')"
        ).fetchone()
        assert row is not None
        return bool(row[0])


@pytest.mark.rule("ATE-4", "ATE-5", "COM-3")
@figures("orders", short=6, long=100)
def test_cancelled_and_restored_in_any_order_seats_files_and_mails_agree(post: Post, orders: int) -> None:
    school = post.school
    activity = school.activity()
    elsewhere = school.workshop(activity, starts=STARTS + timedelta(days=30), capacity=60 * 20, zone="UTC")
    post.react_and_deliver()
    seen: set[str] = set()
    for seed in range(orders):
        order = Order(post, seed, activity, elsewhere)
        order.meddle()
        assert order.disagreements() == [], f"seed {seed}"
        for client, registration in zip(order.clients, order.registrations, strict=True):
            seen.update(order.told(client, registration))
    assert {"workshop_cancelled", "workshop_restored"} <= seen, "the detector saw both"
    print(f"cancel and restore: {orders} orders, 0 disagreements")


@pytest.mark.rule("ATE-5")
def test_the_check_finds_a_mail_that_was_lost_and_a_seat_that_nobody_has(post: Post) -> None:
    """The control."""
    activity = post.school.activity()
    order = Order(post, 0, activity, post.school.workshop(activity, starts=STARTS + timedelta(days=30)))
    assert order.disagreements() == []
    post.school.send(CancelWorkshop(workshop=order.workshop, reason="Dégât d’eau"))
    post.react_and_deliver()
    post.school.send(RestoreWorkshop(workshop=order.workshop))
    post.react()
    post.connection.execute("update outbox set state = 'dropped' where template = 'workshop_restored'")
    assert len(order.disagreements()) == PEOPLE
