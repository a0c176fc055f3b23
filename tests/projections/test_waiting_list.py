"""Who waits for a seat where, from facts to what the dossier shows (ATE-2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.events import DateChosen, RegistrationDeferred
from aggregates.workshop.events import WorkshopCancelled
from aggregates.workshop.waiting.events import (
    HoldReleased,
    OfferExpired,
    SeatHeld,
    SeatOffered,
    ShortOf,
    WaitingListJoined,
    WaitingListLeft,
)
from projections import waiting_list
from projections.waiting_list import Kept
from tests.support.builders import (
    STARTS,
    activity_added,
    dossier_created,
    registered,
    seat_freed,
    seat_taken,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("ATE-2", "DOS-17")


def waiting_for(models: Projecting, client: UUID, now: datetime = STARTS - timedelta(seconds=1)) -> list[Row]:
    return models.ask(lambda c: waiting_list.waiting_for(c, client, now))


def joined(client: UUID) -> WaitingListJoined:
    return WaitingListJoined(client=client, retake=False, short_of=ShortOf.SEATS)


def test_a_dossier_shows_where_its_client_waits_and_what_is_offered_until_when(proven: Projecting) -> None:
    client, other, activity, workshop, second = (uuid4() for _ in range(5))
    proven.given(
        (activity, activity_added("Écoute de soi")),
        (workshop, workshop_planned(activity=activity)),
        (second, workshop_planned(activity=activity)),
        (client, dossier_created(client)),
        (workshop, joined(client)),
        (workshop, joined(other)),
        (second, joined(other)),
    )
    [place] = waiting_for(proven, client)
    assert place == {
        "activity": "Écoute de soi",
        "activity_id": str(activity),
        "retake": False,
        "since": "2026-11-24T15:00:00Z",
        "offered_until": None,
        "workshop": {
            "id": str(workshop),
            "starts": "2026-12-05T14:00:00Z",
            "ends": "2026-12-05T22:00:00Z",
            "zone": "America/Toronto",
            "venue": None,
        },
    }
    proven.given((workshop, SeatOffered(client=client, retake=False, until=STARTS)))
    assert [p["offered_until"] for p in waiting_for(proven, client)] == ["2026-12-05T14:00:00Z"]
    assert [p["offered_until"] for p in waiting_for(proven, other)] == [None, None]
    assert waiting_for(proven, other, STARTS) == [], "once it has begun nobody waits any more"


def test_the_wait_ends_in_five_ways(proven: Projecting) -> None:
    workshop, off, other = uuid4(), uuid4(), uuid4()
    leaves, late, cancelled, sold, dated = clients = [uuid4() for _ in range(5)]
    registration = uuid4()
    places = [(workshop, client) for client in (leaves, late, sold, dated, other)] + [(off, cancelled)]
    proven.given(
        (workshop, workshop_planned()),
        (off, workshop_planned()),
        *((client, dossier_created(client)) for client in clients),
        (dated, registered(registration)),
        *((at, joined(client)) for at, client in places),
    )
    assert [len(waiting_for(proven, client)) for client in clients] == [1] * 5
    proven.given(
        (workshop, WaitingListLeft(client=leaves)),
        (workshop, OfferExpired(client=late)),
        (off, WorkshopCancelled(reason="Eau", registrations=(), waiting=(cancelled,))),
        (sold, registered(uuid4(), workshop=workshop)),
        (dated, DateChosen(registration=registration, workshop=workshop, starts=STARTS, given_up=None)),
    )
    assert [waiting_for(proven, client) for client in clients] == [[]] * 5
    assert len(waiting_for(proven, other)) == 1


def test_who_gives_the_seat_back_does_not_wait_again_by_that(proven: Projecting) -> None:
    client, workshop, registration = (uuid4() for _ in range(3))
    sold: Any = registered(registration, workshop=workshop)
    proven.given(
        (workshop, workshop_planned()), (client, dossier_created(client)), (workshop, joined(client))
    )
    proven.given((client, sold))
    proven.given((client, RegistrationDeferred(registration=registration, workshop=workshop)))
    assert waiting_for(proven, client) == []
    proven.given((workshop, joined(client)))
    assert len(waiting_for(proven, client)) == 1


def test_seats_offered_or_held_are_kept_until_their_time_and_counted_once_a_client(
    proven: Projecting,
) -> None:
    offered, paying, both = (uuid4() for _ in range(3))
    workshop, other, registration, paid = (uuid4() for _ in range(4))
    later = STARTS + timedelta(hours=1)

    def kept(now: datetime = STARTS, **apart: UUID) -> dict[UUID, Kept]:
        return proven.ask(lambda c: waiting_list.kept(c, [workshop, other], now, **apart))

    def hold(client: UUID, id_: UUID, *, retake: bool) -> SeatHeld:
        return SeatHeld(registration=id_, client=client, retake=retake, until=later)

    proven.given(
        (workshop, workshop_planned()),
        (other, workshop_planned()),
        *((workshop, joined(client)) for client in (offered, both)),
        *((workshop, SeatOffered(client=c, retake=False, until=later)) for c in (offered, both)),
        (workshop, hold(both, registration, retake=False)),
        (workshop, hold(paying, paid, retake=True)),
    )
    assert kept() == {workshop: Kept(3, 1)}, "who pays for what they are offered counts once"
    assert kept(apart_from=paying) == {workshop: Kept(2, 0)}
    assert kept(later) == {}, "an offer or a hold counts until its time, released or not"
    proven.given((workshop, HoldReleased(registration=registration, client=both)))
    assert kept() == {workshop: Kept(3, 1)}, "the offer stands"
    proven.given((workshop, seat_taken(paid, paying)), (workshop, OfferExpired(client=both)))
    assert kept() == {workshop: Kept(1, 0)}


def test_a_seat_just_freed_is_the_first_ones_before_it_is_offered(proven: Projecting) -> None:
    """Those whom no seat admits are passed over; nobody has a claim once it has begun."""
    again, first, second = (uuid4() for _ in range(3))
    workshop, seats, holders = uuid4(), [uuid4() for _ in range(3)], [uuid4() for _ in range(3)]
    soon = STARTS - timedelta(seconds=1)

    def kept(now: datetime = soon, **apart: UUID) -> dict[UUID, Kept]:
        return proven.ask(lambda c: waiting_list.kept(c, [workshop], now, **apart))

    proven.given(
        (workshop, workshop_planned(capacity=3, retake_limit=1)),
        *((workshop, seat_taken(seat, who)) for seat, who in zip(seats[:2], holders, strict=False)),
        (workshop, seat_taken(seats[2], holders[2], retake=True)),
        (workshop, WaitingListJoined(client=again, retake=True, short_of=ShortOf.RETAKES)),
        (workshop, joined(first)),
        (workshop, joined(second)),
    )
    assert kept() == {}, "it is full"
    proven.given((workshop, seat_freed(seats[0], holders[0])))
    assert kept() == {workshop: Kept(1, 0)}, "no retake more: the next one has a claim"
    assert (kept(apart_from=first), kept(apart_from=second)) == ({}, {workshop: Kept(1, 0)})
    proven.given((workshop, seat_freed(seats[2], holders[2])))
    assert kept() == {workshop: Kept(2, 1)}
    assert kept(STARTS) == {}
    proven.given((workshop, SeatOffered(client=again, retake=True, until=STARTS)))
    assert kept() == {workshop: Kept(2, 1)}, "what is offered counts once"


def test_an_offer_is_known_until_it_ends(proven: Projecting) -> None:
    client, other, workshop = (uuid4() for _ in range(3))
    proven.given((workshop, workshop_planned()), (workshop, joined(client)), (workshop, joined(other)))

    def until(client: UUID) -> datetime | None:
        return proven.ask(lambda c: waiting_list.offered_until(c, client, workshop))

    assert until(client) is None
    proven.given((workshop, SeatOffered(client=client, retake=False, until=STARTS)))
    assert (until(client), until(other), until(uuid4())) == (STARTS, None, None)
    proven.given((workshop, OfferExpired(client=client)))
    assert until(client) is None


def test_who_was_seated_while_a_card_was_awaited_counts_once(proven: Projecting) -> None:
    client, workshop, held, cash = (uuid4() for _ in range(4))
    proven.given(
        (workshop, workshop_planned(capacity=2)),
        (client, dossier_created(client)),
        (workshop, SeatHeld(registration=held, client=client, retake=False, until=STARTS)),
    )
    soon = STARTS - timedelta(minutes=5)
    assert proven.ask(lambda c: waiting_list.kept(c, [workshop], soon)) == {workshop: Kept(1, 0)}
    proven.given((workshop, seat_taken(cash, client)), (client, registered(cash, workshop=workshop)))
    assert proven.ask(lambda c: waiting_list.kept(c, [workshop], soon)) == {}
