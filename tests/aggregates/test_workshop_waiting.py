"""The waiting list, its offers, and seats held while somebody pays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.decisions import leave_waiting_place, take_waiting_place
from aggregates.client.events import DossierDeactivated, WaitingPlaceLeft, WaitingPlaceTaken
from aggregates.client.refusals import DossierNotActive
from aggregates.client.state import CLIENT
from aggregates.kernel import Fact, Refused
from aggregates.workshop.closing.events import WorkshopClosed
from aggregates.workshop.decisions import take_seat
from aggregates.workshop.events import SeatFreed, SeatTaken, WorkshopCancelled, WorkshopPlanChanged
from aggregates.workshop.refusals import (
    AlreadyOnRoster,
    NoSuchWorkshop,
    RetakesFull,
    WorkshopFull,
    WorkshopIsCancelled,
    WorkshopIsClosed,
    WorkshopStarted,
)
from aggregates.workshop.state import WORKSHOP, Planned
from aggregates.workshop.waiting.decisions import (
    expire_offers,
    hold_seat,
    join_waiting_list,
    leave_waiting_list,
    offer_seats,
    offer_stands,
    release_hold,
)
from aggregates.workshop.waiting.events import (
    HoldReleased,
    OfferExpired,
    SeatHeld,
    SeatOffered,
    ShortOf,
    WaitingListJoined,
    WaitingListLeft,
)
from aggregates.workshop.waiting.refusals import NoOffer, SeatIsFree
from tests.aggregates.given import (
    CLIENT_ID,
    NOW,
    ORGANISER,
    WORKSHOP_ID,
    Given,
    dossier,
    given,
    planned,
    uid,
)

STARTS = NOW + timedelta(days=30)
LATER = NOW + timedelta(hours=24)
SECOND = timedelta(seconds=1)


def seat(name: str, *, retake: bool = False) -> SeatTaken:
    return SeatTaken(registration=uid(f"{name}'s"), client=uid(name), retake=retake)


def freed(name: str) -> SeatFreed:
    return SeatFreed(registration=uid(f"{name}'s"), client=uid(name))


def joined(name: str, *, retake: bool = False, short_of: ShortOf = ShortOf.SEATS) -> WaitingListJoined:
    return WaitingListJoined(client=uid(name), retake=retake, short_of=short_of)


def offered(name: str, *, retake: bool = False, until: Any = LATER) -> SeatOffered:
    return SeatOffered(client=uid(name), retake=retake, until=until)


def held(name: str, *, retake: bool = False, until: Any = LATER) -> SeatHeld:
    return SeatHeld(registration=uid(f"{name}'s"), client=uid(name), retake=retake, until=until)


def resized(capacity: int, limit: int = 0) -> WorkshopPlanChanged:
    return WorkshopPlanChanged(
        organiser=ORGANISER,
        trainers=(),
        capacity=capacity,
        retake_limit=limit,
        place_note=None,
        practical_note=None,
    )


def room(capacity: int, limit: int, *facts: Fact) -> Given[Any]:
    return given(WORKSHOP, planned(capacity=capacity, retake_limit=limit), *facts)


def wish(name: str, *, retake: bool = False, **changes: Any) -> dict[str, Any]:
    """Of somebody who registers."""
    values: dict[str, Any] = {"client": uid(name), "retake": retake, "now": NOW, "by_staff": True}
    return {"registration": uid(f"{name}'s"), **values | changes}


FULL = WorkshopFull, {"capacity": 1, "organiser": ORGANISER}


@pytest.mark.rule("ATE-2")
class TestJoining:
    def test_who_finds_no_seat_waits_at_the_end(self) -> None:
        past = room(1, 0, seat("a"), joined("b"))
        after = past.when(join_waiting_list, uid("c"), retake=False, now=NOW).then(joined("c"))
        assert list(after.waiting.entries) == [uid("b"), uid("c")]

    def test_who_is_refused_by_the_retake_limit_alone_is_told_so(self) -> None:
        past = room(60, 1, seat("a", retake=True))
        wait = past.when(join_waiting_list, uid("b"), retake=True, now=NOW)
        wait.then(joined("b", retake=True, short_of=ShortOf.RETAKES))
        past.when(join_waiting_list, uid("b"), retake=False, now=NOW).then_refused(SeatIsFree)

    def test_once_per_client(self) -> None:
        room(1, 0, seat("a"), joined("b")).when(
            join_waiting_list, uid("b"), retake=False, now=NOW
        ).then_nothing()

    def test_who_has_a_seat_does_not_wait(self) -> None:
        room(1, 0, seat("a")).when(join_waiting_list, uid("a"), retake=False, now=NOW).then_refused(
            AlreadyOnRoster
        )

    def test_nor_who_is_offered_one_elsewhere_in_line(self) -> None:
        """A freed seat is due to the first who waits: for the others there is none."""
        past = room(1, 0, seat("a"), joined("b"), freed("a"))
        past.when(join_waiting_list, uid("c"), retake=False, now=NOW).then(joined("c"))

    def test_who_holds_a_seat_while_paying_finds_it(self) -> None:
        past = room(1, 0, held("b"))
        past.when(join_waiting_list, uid("b"), retake=False, now=NOW).then_refused(SeatIsFree)

    def test_only_before_the_start(self) -> None:
        past = room(1, 0, seat("a"))
        past.when(join_waiting_list, uid("b"), retake=False, now=STARTS).then_refused(
            WorkshopStarted, starts=STARTS
        )

    def test_leaving_ends_an_offer_too(self) -> None:
        past = room(1, 0, joined("b"), offered("b"))
        after = past.when(leave_waiting_list, uid("b")).then(WaitingListLeft(client=uid("b")))
        assert not after.waiting.entries
        past.when(leave_waiting_list, uid("c")).then_nothing()

    @pytest.mark.parametrize(
        ("last", "refusal"),
        [
            (WorkshopCancelled(reason="Eau", registrations=(), waiting=()), WorkshopIsCancelled),
            (WorkshopClosed(), WorkshopIsClosed),
        ],
    )
    def test_what_takes_nobody_any_more_has_no_list(self, last: Fact, refusal: type[Refused]) -> None:
        past = room(1, 0, joined("b"), last)
        past.when(join_waiting_list, uid("c"), retake=False, now=NOW).then_refused(refusal)
        past.when(offer_seats, now=NOW, hours=24).then_nothing()

    def test_a_cancelled_workshop_lets_everybody_go(self) -> None:
        gone = WorkshopCancelled(reason="Eau", registrations=(), waiting=(uid("b"),))
        past = room(1, 0, joined("b"), offered("b"), held("c"), gone)
        past.when(leave_waiting_list, uid("b")).then_nothing()
        past.when(expire_offers, now=STARTS).then_nothing()
        past.when(release_hold, uid("c's")).then_nothing()

    def test_an_unknown_workshop_is_missing(self) -> None:
        past = given(WORKSHOP)
        past.when(join_waiting_list, uid("c"), retake=False, now=NOW).then_refused(NoSuchWorkshop)
        past.when(leave_waiting_list, uid("c")).then_refused(NoSuchWorkshop)
        past.when(offer_seats, now=NOW, hours=24).then_refused(NoSuchWorkshop)
        past.when(expire_offers, now=NOW).then_refused(NoSuchWorkshop)
        past.when(release_hold, uid("c")).then_refused(NoSuchWorkshop)


@pytest.mark.rule("ATE-2")
class TestOffers:
    def test_a_freed_seat_is_offered_to_the_first(self) -> None:
        past = room(1, 0, seat("a"), joined("b"), joined("c"), freed("a"))
        past.when(offer_seats, now=NOW, hours=24).then(offered("b"))

    def test_a_raised_capacity_to_as_many_as_fit(self) -> None:
        past = room(1, 0, seat("a"), joined("b"), joined("c"), joined("d"), resized(3))
        past.when(offer_seats, now=NOW, hours=24).then(offered("b"), offered("c"))

    RETAKE_FIRST = (seat("a", retake=True), seat("b"), joined("r", retake=True), joined("c"))

    def test_who_fits_not_is_passed_over_and_keeps_the_place(self) -> None:
        room(2, 1, *self.RETAKE_FIRST).when(offer_seats, now=NOW, hours=24).then_nothing()
        past = room(2, 1, *self.RETAKE_FIRST, freed("b"))
        after = past.when(offer_seats, now=NOW, hours=24).then(offered("c"))
        assert list(after.waiting.entries) == [uid("r"), uid("c")]

    def test_a_freed_retake_goes_to_the_retake_that_waits_longest(self) -> None:
        past = room(2, 1, *self.RETAKE_FIRST, freed("a"))
        past.when(offer_seats, now=NOW, hours=24).then(offered("r", retake=True))

    @pytest.mark.rule("ATE-1")
    def test_no_more_retakes_are_offered_than_the_limit_leaves(self) -> None:
        wait = [joined(name, retake=name.startswith("r")) for name in ("r1", "r2", "r3", "b")]
        past = room(60, 3, seat("a", retake=True), *wait)
        past.when(offer_seats, now=NOW, hours=24).then(
            offered("r1", retake=True), offered("r2", retake=True), offered("b")
        )

    def test_an_offer_ends_at_the_latest_at_the_start(self) -> None:
        past = room(1, 0, joined("b"))
        soon = STARTS - timedelta(hours=5)
        past.when(offer_seats, now=soon, hours=24).then(offered("b", until=STARTS))
        past.when(offer_seats, now=STARTS, hours=24).then_nothing()

    def test_made_once(self) -> None:
        room(1, 0, joined("b"), joined("c"), offered("b")).when(offer_seats, now=NOW, hours=24).then_nothing()

    def test_an_offered_seat_counts_as_taken(self) -> None:
        past = room(1, 0, joined("b"), offered("b"))
        past.when(take_seat, **wish("c")).then_refused(FULL[0], **FULL[1])
        past.when(take_seat, **wish("b")).then(seat("b"))

    def test_an_offered_retake_counts_in_the_limit(self) -> None:
        past = room(2, 1, joined("r", retake=True), offered("r", retake=True))
        past.when(take_seat, **wish("s", retake=True)).then_refused(
            RetakesFull, retake_limit=1, organiser=ORGANISER
        )
        past.when(take_seat, **wish("c")).then(seat("c"))
        past.when(take_seat, **wish("r", retake=True)).then(seat("r", retake=True))

    def test_a_seat_due_to_somebody_counts_before_it_is_offered(self) -> None:
        """Nobody slips in between the freed seat and the offer."""
        past = room(1, 0, seat("a"), joined("b"), freed("a"))
        past.when(take_seat, **wish("c")).then_refused(FULL[0], **FULL[1])
        past.when(take_seat, **wish("b")).then(seat("b"))

    def test_a_seat_due_to_nobody_who_waits_is_free(self) -> None:
        past = room(3, 1, seat("a", retake=True), joined("r", retake=True, short_of=ShortOf.RETAKES))
        past.when(take_seat, **wish("c")).then(seat("c"))
        past.when(take_seat, **wish("s", retake=True)).then_refused(
            RetakesFull, retake_limit=1, organiser=ORGANISER
        )

    def test_taking_a_seat_ends_the_wait(self) -> None:
        past = room(1, 0, joined("b"), offered("b"))
        after = past.when(take_seat, **wish("b")).then(seat("b"))
        assert not after.waiting.entries

    def test_the_last_moment_of_an_offer(self) -> None:
        past = room(1, 0, joined("b"), offered("b"))
        assert isinstance(offer_stands(past.state, uid("b"), now=LATER - SECOND), Planned)
        for client, now in ((uid("b"), LATER), (uid("c"), NOW)):
            with pytest.raises(NoOffer):
                offer_stands(past.state, client, now=now)

    def test_a_lapsed_offer_counts_no_more_and_the_next_is_asked(self) -> None:
        past = room(1, 0, joined("b"), joined("c"), offered("b"))
        past.when(take_seat, **wish("d", now=LATER)).then_refused(FULL[0], **FULL[1])
        past.when(take_seat, **wish("c", now=LATER)).then(seat("c"))
        past.when(expire_offers, now=LATER - SECOND).then_nothing()
        after = past.when(expire_offers, now=LATER).then(OfferExpired(client=uid("b")))
        assert list(after.waiting.entries) == [uid("c")]
        later = LATER + timedelta(hours=24)
        Given(WORKSHOP, after).when(offer_seats, now=LATER, hours=24).then(offered("c", until=later))

    def test_who_let_an_offer_lapse_is_not_asked_again(self) -> None:
        past = room(1, 0, joined("b"), offered("b"))
        past.when(offer_seats, now=LATER, hours=24).then_nothing()

    def test_an_offer_stands_when_the_capacity_is_lowered(self) -> None:
        past = room(2, 0, seat("a"), joined("b"), offered("b"), resized(1))
        past.when(take_seat, **wish("c")).then_refused(FULL[0], **FULL[1])
        past.when(take_seat, **wish("b")).then(seat("b"))

    def test_an_offer_for_a_full_place_is_none_for_a_retake_beyond_the_limit(self) -> None:
        past = room(2, 1, seat("a", retake=True), joined("b"), offered("b"))
        past.when(take_seat, **wish("b", retake=True)).then_refused(
            RetakesFull, retake_limit=1, organiser=ORGANISER
        )


MINUTES = NOW + timedelta(minutes=20)


def holding(name: str, *, retake: bool = False, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"client": uid(name), "retake": retake, "now": NOW, "until": MINUTES}
    return {"registration": uid(f"{name}'s"), **values | changes}


@pytest.mark.rule("FAC-1", "ATE-2")
class TestHolds:
    def test_a_seat_is_kept_while_somebody_pays(self) -> None:
        past = room(1, 0, held("a", until=MINUTES))
        past.when(take_seat, **wish("b")).then_refused(FULL[0], **FULL[1])
        past.when(hold_seat, **holding("b")).then_refused(FULL[0], **FULL[1])
        after = past.when(take_seat, **wish("a")).then(seat("a"))
        assert not after.waiting.holds

    def test_expired_it_counts_no_more_before_it_is_released(self) -> None:
        past = room(1, 0, held("a", until=MINUTES))
        past.when(take_seat, **wish("b", now=MINUTES - SECOND)).then_refused(FULL[0], **FULL[1])
        past.when(take_seat, **wish("b", now=MINUTES)).then(seat("b"))

    def test_paid_after_the_hold_it_is_as_for_everybody(self) -> None:
        past = room(1, 0, held("a", until=MINUTES))
        past.when(take_seat, **wish("a", now=MINUTES)).then(seat("a"))
        gone = room(1, 0, held("a", until=MINUTES), seat("b"))
        gone.when(take_seat, **wish("a", now=MINUTES)).then_refused(FULL[0], **FULL[1])

    def test_a_payment_begun_before_the_start_stays_good(self) -> None:
        until = STARTS + timedelta(minutes=5)
        past = room(1, 0, held("a", until=until))
        past.when(take_seat, **wish("a", now=STARTS, by_staff=False)).then(seat("a"))
        past.when(take_seat, **wish("a", now=until, by_staff=False)).then_refused(
            WorkshopStarted, starts=STARTS
        )

    def test_released_it_is_free(self) -> None:
        past = room(1, 0, held("a"))
        after = past.when(release_hold, uid("a's")).then(
            HoldReleased(registration=uid("a's"), client=uid("a"))
        )
        assert not after.waiting.holds
        past.when(release_hold, uid("b's")).then_nothing()

    def test_held_for_the_seat_that_was_offered_it_counts_once(self) -> None:
        past = room(2, 0, joined("a"), offered("a"))
        after = past.when(hold_seat, **holding("a")).then(held("a", until=MINUTES))
        Given(WORKSHOP, after).when(take_seat, **wish("b")).then(seat("b"))

    def test_held_again_is_nothing_new_and_lapsed_it_is_held_anew(self) -> None:
        past = room(1, 0, held("a", until=MINUTES))
        past.when(hold_seat, **holding("a")).then_nothing()
        later = MINUTES + timedelta(minutes=20)
        past.when(hold_seat, **holding("a", now=MINUTES, until=later)).then(held("a", until=later))
        room(1, 0, seat("a")).when(hold_seat, **holding("a")).then_nothing()

    def test_the_seat_that_is_offered_is_held_for_whom_it_is_offered_to(self) -> None:
        past = room(1, 0, joined("b"), offered("b"))
        past.when(hold_seat, **holding("a")).then_refused(FULL[0], **FULL[1])
        past.when(hold_seat, **holding("b")).then(held("b", until=MINUTES))

    def test_a_held_retake_counts_in_the_limit(self) -> None:
        past = room(2, 1, held("a", retake=True))
        past.when(hold_seat, **holding("b", retake=True)).then_refused(
            RetakesFull, retake_limit=1, organiser=ORGANISER
        )
        past.when(hold_seat, **holding("b")).then(held("b", until=MINUTES))

    def test_not_for_who_has_a_seat_nor_after_the_start(self) -> None:
        other: dict[str, UUID] = {"registration": uid("another")}
        room(2, 0, seat("a")).when(hold_seat, **holding("a") | other).then_refused(AlreadyOnRoster)
        room(2, 0).when(hold_seat, **holding("a", now=STARTS)).then_refused(WorkshopStarted, starts=STARTS)

    def test_a_held_seat_freed_by_time_is_offered_to_who_waits(self) -> None:
        past = room(1, 0, held("a", until=MINUTES), joined("b"))
        past.when(offer_seats, now=NOW, hours=24).then_nothing()
        until = MINUTES + timedelta(hours=24)
        past.when(offer_seats, now=MINUTES, hours=24).then(offered("b", until=until))


@pytest.mark.rule("DOS-8", "ATE-2")
class TestTheFileKnowsWhereItsClientWaits:
    def test_from_joining_to_leaving(self) -> None:
        took, left = WaitingPlaceTaken(workshop=WORKSHOP_ID), WaitingPlaceLeft(workshop=WORKSHOP_ID)
        given(CLIENT, dossier()).when(take_waiting_place, WORKSHOP_ID).then(took)
        given(CLIENT, dossier(), took).when(take_waiting_place, WORKSHOP_ID).then_nothing()
        given(CLIENT, dossier(), took).when(leave_waiting_place, WORKSHOP_ID).then(left)
        given(CLIENT, dossier(), took, left).when(leave_waiting_place, WORKSHOP_ID).then_nothing()

    def test_a_file_that_is_gone_waits_nowhere(self) -> None:
        gone = given(CLIENT, dossier(), DossierDeactivated(person=CLIENT_ID))
        gone.when(take_waiting_place, WORKSHOP_ID).then_refused(DossierNotActive)
