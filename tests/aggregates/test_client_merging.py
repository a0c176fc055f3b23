"""Two dossiers of one person: what keeps them apart, what one takes over, what is left of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest

from aggregates.client.documents.events import DocumentAttached, DocumentKind
from aggregates.client.events import (
    BalanceTakenOver,
    BillingSet,
    CardGranted,
    ClientFact,
    ContactAddressRecorded,
    DossierDeactivated,
    DossierErased,
    DossierMatch,
    NoteKind,
    NoteWritten,
    PriceAdjustmentAsked,
    SecondDossierAttempted,
    WaitingPlaceTaken,
)
from aggregates.client.impersonation.events import ImpersonationBegun, ImpersonationEnded
from aggregates.client.merging.decisions import Merger, follow_on, merge
from aggregates.client.merging.events import DossierAbsorbed, DossierMerged
from aggregates.client.merging.policies import rivals
from aggregates.client.merging.refusals import (
    BothHoldAPlace,
    DeletionIsProposed,
    DossierIsMerged,
    FollowedStays,
    MergeNeedsRestoration,
    SameDossier,
)
from aggregates.client.missed_mails.events import MailsResent, MailUndelivered, UndeliveredReason
from aggregates.client.phases.events import DonePlace, Enrolled, PhaseLetterSent
from aggregates.client.policies import active
from aggregates.client.preferences.events import (
    Channel,
    InterestAdded,
    PreferenceChosen,
    PreferenceRecorded,
)
from aggregates.client.proofs.events import ProofReceived
from aggregates.client.refusals import DossierNotActive, NoSuchDossier
from aggregates.client.registrations.events import (
    CancelReason,
    DateMoved,
    Discounted,
    FollowedAbroad,
    PriceRaised,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
)
from aggregates.client.registrations.state import Cancelled, Followed, Places, Scheduled, ToSchedule
from aggregates.client.removal.decisions import erase_again
from aggregates.client.removal.events import DeletionProposed
from aggregates.client.state import CLIENT, Client, Dossier, MergedDossier
from aggregates.invoice.decisions import hand_over
from aggregates.invoice.events import InvoiceHandedOver
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Erased, Fact, Refused
from aggregates.workshop.decisions import hand_places_over
from aggregates.workshop.events import PlacesHandedOver, SeatTaken, WorkshopCancelled
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned
from aggregates.workshop.waiting.events import SeatOffered, ShortOf, WaitingListJoined, WaitingListLeft
from tests.aggregates.given import (
    ACTIVITY,
    CLIENT_ID,
    INVOICE_ID,
    NOW,
    OTHER_ACTIVITY,
    OTHER_CLIENT,
    OTHER_WORKSHOP,
    REGISTRATION,
    WORKSHOP_ID,
    cad,
    dossier,
    fold,
    given,
    issued,
    planned,
    registered,
    uid,
    without_date,
)

pytestmark = pytest.mark.rule("DOS-5")
SECOND, THIRD = uid("second"), uid("third")
SOURCE = "fusion"


def client(*facts: ClientFact, person: Any = CLIENT_ID) -> Client:
    return fold(CLIENT, CLIENT.initial, [dossier(person=person), *facts])


def other(*facts: ClientFact) -> Client:
    return client(*facts, person=OTHER_CLIENT)


def merged(mine: Client, theirs: Client, *keep: Any, **changes: Any) -> Merger:
    values: dict[str, Any] = {
        "ids": (CLIENT_ID, OTHER_CLIENT),
        "keep": keep,
        "subjects": {},
        "source": SOURCE,
        "now": NOW,
    }
    return merge(mine, theirs, **values | changes)


def refused(refusal: type[Refused], *args: Any, **changes: Any) -> dict[str, Any]:
    with pytest.raises(refusal) as caught:
        merged(*args, **changes)
    assert type(caught.value) is refusal
    return caught.value.fields


def both(mine: Client, theirs: Client, *keep: Any, **changes: Any) -> tuple[Dossier, MergedDossier]:
    """The two as they are afterwards."""
    found = merged(mine, theirs, *keep, **changes)
    survivor, gone = fold(CLIENT, mine, found.survivor), fold(CLIENT, theirs, found.other)
    assert isinstance(survivor, Dossier)
    assert isinstance(gone, MergedDossier)
    return survivor, gone


def of_kind(facts: Sequence[Fact], kind: type[Fact]) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]


FOLLOWED = RegistrationFollowed(
    registration=SECOND,
    workshop=OTHER_WORKSHOP,
    last_day=date(2026, 5, 3),
    ends=datetime(2026, 5, 3, 20, tzinfo=UTC),
    zone="Europe/Paris",
)
DEFERRED = RegistrationDeferred(registration=THIRD, workshop=uid("third date"), deposit_lost=True)
ENROLLED = Enrolled(
    enrolment=uid("enrolment"),
    phase=uid("phase"),
    number=1,
    activities=(ACTIVITY, OTHER_ACTIVITY),
    invoice=uid("phase invoice"),
    done=(DonePlace(activity=OTHER_ACTIVITY, evidence=SECOND, followed_on=date(2025, 3, 2)),),
)
RICH: tuple[ClientFact, ...] = (
    registered(discount=Discounted(discount=uid("d"), regular=cad(400), proof_needed=True)),
    ProofReceived(registration=REGISTRATION, document=uid("proof")),
    DateMoved(registration=REGISTRATION, workshop=WORKSHOP_ID, starts=NOW + timedelta(days=40)),
    PriceRaised(registration=REGISTRATION, invoice=uid("more"), line=uid("more line"), amount=cad(25)),
    registered(registration=SECOND, activity=OTHER_ACTIVITY, workshop=OTHER_WORKSHOP),
    FOLLOWED,
    registered(registration=THIRD, activity=uid("third"), workshop=uid("third date"), trainee=True),
    DEFERRED,
    registered(registration=uid("fourth"), activity=uid("fourth")),
    RegistrationCancelled(registration=uid("fourth"), workshop=WORKSHOP_ID),
    ENROLLED,
    PhaseLetterSent(enrolment=uid("enrolment"), phase=uid("phase"), resend=False),
    FollowedAbroad(
        registration=uid("abroad"),
        activity=ACTIVITY,
        first_day=date(2024, 5, 3),
        last_day=date(2024, 5, 4),
        country="MA",
    ),
    BalanceTakenOver(invoice=uid("old balance")),
    WaitingPlaceTaken(workshop=uid("full")),
    DocumentAttached(
        person=OTHER_CLIENT,
        document=uid("proof"),
        kind=DocumentKind.DISCOUNT,
        name="carte.pdf",
        media="application/pdf",
        size=8,
    ),
    MailUndelivered(
        mail=uid("mail"),
        template="reminder",
        workshop=None,
        to_organiser=False,
        reason=UndeliveredReason.BAD_ADDRESS,
        status=None,
        message=None,
        address_in_use=True,
    ),
    MailsResent(mails=(uid("sent anew"),)),
)


def test_everything_the_other_held_is_in_the_surviving_file_as_it_stood() -> None:
    theirs = other(*RICH)
    assert isinstance(theirs, Dossier)
    kinds = {type(r) for r in theirs.registrations.values()}
    assert kinds == {ToSchedule, Scheduled, Followed, Cancelled}
    mine = client(registered(registration=uid("mine"), activity=uid("mine"), workshop=uid("my date")))
    survivor, gone = both(mine, theirs)
    assert isinstance(mine, Dossier)
    assert survivor.places == Places(
        {**mine.registrations, **theirs.registrations}, theirs.places.enrolments, theirs.places.abroad
    )
    assert survivor.placeless == theirs.placeless
    assert survivor.waiting_in == theirs.waiting_in
    assert survivor.documents == theirs.documents
    assert survivor.mails.missed == theirs.mails.missed
    assert survivor.mails.resent == theirs.mails.resent
    assert not survivor.mails.address_bad, "that was the other one's address"
    assert survivor.merged == (OTHER_CLIENT,)
    assert survivor.invoices == theirs.invoices | mine.invoices
    assert gone == MergedDossier(OTHER_CLIENT, CLIENT_ID, theirs.email)
    taken_over = {"places", "placeless", "waiting_in", "documents", "mails", "merged"}
    for field in {f.name for f in fields(Dossier)} - taken_over:
        assert getattr(survivor, field) == getattr(mine, field), field


def test_what_a_merged_dossier_held_is_named_for_the_views() -> None:
    [gone] = of_kind(merged(client(), other(*RICH)).other, DossierMerged)
    assert gone.into == CLIENT_ID
    assert len(gone.registrations) == 4
    assert set(gone.invoices) == {INVOICE_ID, uid("more"), uid("phase invoice"), uid("old balance")}


class TestRefusals:
    def test_twice_the_same(self) -> None:
        refused(SameDossier, client(), client(), ids=(CLIENT_ID, CLIENT_ID))

    def test_unknown_or_erased_ones(self) -> None:
        refused(NoSuchDossier, client(), CLIENT.initial)
        refused(DossierNotActive, client(DossierErased(person=CLIENT_ID)), other())

    @pytest.mark.parametrize("first", [True, False])
    def test_a_deactivated_one_is_restored_first(self, first: bool) -> None:
        gone, person = (client, CLIENT_ID) if first else (other, OTHER_CLIENT)
        state = gone(DossierDeactivated(person=person))
        sides = (state, other()) if first else (client(), state)
        assert refused(MergeNeedsRestoration, *sides) == {"dossier": person}

    def test_one_that_was_merged_before(self) -> None:
        gone = other(DossierMerged(into=uid("somebody")))
        assert refused(DossierIsMerged, client(), gone) == {"into": uid("somebody")}

    def test_a_deletion_that_is_proposed_is_decided_first(self) -> None:
        proposed = DeletionProposed(person=OTHER_CLIENT, by=uid("office"), reason="Ne veut plus rien.")
        assert refused(DeletionIsProposed, client(), other(proposed)) == {"dossier": OTHER_CLIENT}


class TestRivals:
    """Of two places for one activity staff say which stays."""

    MINE = registered(registration=uid("mine"), invoice=uid("my invoice"))
    THEIRS = without_date(registration=uid("theirs"))
    NAMED: ClassVar[dict[str, Any]] = {"first": uid("mine"), "second": uid("theirs"), "activity": ACTIVITY}

    @pytest.mark.parametrize("keep", [(), (uid("mine"), uid("theirs"))], ids=["none", "both"])
    def test_until_then_nothing_is_merged(self, keep: tuple[Any, ...]) -> None:
        told = refused(BothHoldAPlace, client(self.MINE), other(self.THEIRS), *keep)
        assert told == {**self.NAMED, "count": 1}

    @pytest.mark.parametrize("mine_stays", [True, False])
    def test_the_other_ends_without_being_asked_for_by_anybody(self, mine_stays: bool) -> None:
        stays, ends = (uid("mine"), uid("theirs")) if mine_stays else (uid("theirs"), uid("mine"))
        mine, theirs = client(self.MINE), other(self.THEIRS)
        found = merged(mine, theirs, stays)
        [cancelled] = of_kind([*found.survivor, *found.other], RegistrationCancelled)
        assert (cancelled.registration, cancelled.why) == (ends, CancelReason.MERGED)
        assert [r.sale.id for r in found.ended] == [ends]
        survivor, _ = both(mine, theirs, stays)
        assert isinstance(survivor.registrations[ends], Cancelled)
        assert not isinstance(survivor.registrations[stays], Cancelled)

    def test_what_was_followed_in_the_same_workshop_stays(self) -> None:
        followed = RegistrationFollowed(registration=uid("mine"), workshop=WORKSHOP_ID)
        mine, theirs = client(self.MINE, followed), other(registered(registration=uid("theirs")))
        assert refused(FollowedStays, mine, theirs, uid("theirs")) == self.NAMED
        survivor, _ = both(mine, theirs, uid("mine"))
        assert isinstance(survivor.registrations[uid("theirs")], Cancelled)

    def test_a_retake_elsewhere_and_what_both_followed_are_no_rivals(self) -> None:
        followed = RegistrationFollowed(registration=uid("mine"), workshop=WORKSHOP_ID)
        theirs = registered(registration=uid("theirs"), workshop=OTHER_WORKSHOP)
        also = RegistrationFollowed(registration=uid("theirs"), workshop=WORKSHOP_ID)
        for facts in [(theirs,), (registered(registration=uid("theirs")), also)]:
            one, two = client(self.MINE, followed), other(*facts)
            assert isinstance(one, Dossier)
            assert isinstance(two, Dossier)
            assert rivals(one.places, two.places) == []


YES, NO, SILENT = True, False, None


@pytest.mark.parametrize(
    ("mine", "theirs", "noted"),
    [
        (YES, YES, False),
        (YES, NO, True),
        (YES, SILENT, True),
        (NO, YES, False),
        (NO, NO, False),
        (SILENT, NO, True),
        (SILENT, YES, False),
        (SILENT, SILENT, False),
    ],
)
def test_the_stricter_answer_counts_and_silence_is_a_no(
    mine: bool | None, theirs: bool | None, noted: bool
) -> None:
    def said(answer: bool | None) -> list[ClientFact]:
        if answer is None:
            return []
        return [PreferenceChosen(channel=Channel.POST, allowed=answer, wording="1")]

    found = of_kind(merged(client(*said(mine)), other(*said(theirs))).survivor, PreferenceRecorded)
    no = PreferenceRecorded(person=CLIENT_ID, channel=Channel.POST, allowed=False, source=SOURCE, proof=None)
    assert found == ([no] if noted else [])


class TestWhatComesAlong:
    """Where the surviving dossier has nothing of its own."""

    CARD = CardGranted(valid_from=date(2026, 1, 1), valid_until=None)

    def test_the_card(self) -> None:
        assert of_kind(merged(client(), other(self.CARD)).survivor, CardGranted) == [self.CARD]
        own = CardGranted(valid_from=date(2025, 1, 1), valid_until=date(2027, 1, 1))
        assert of_kind(merged(client(own), other(self.CARD)).survivor, CardGranted) == []

    def test_the_billing_name_unless_it_was_erased(self) -> None:
        theirs = BillingSet(person=OTHER_CLIENT, name="Coopérative", address="1, rue X")
        mine = BillingSet(person=CLIENT_ID, name="Coopérative", address="1, rue X")
        assert of_kind(merged(client(), other(theirs)).survivor, BillingSet) == [mine]
        gone = theirs.model_copy(update={"name": Erased()})
        assert of_kind(merged(client(), other(gone)).survivor, BillingSet) == []
        assert of_kind(merged(client(mine), other(theirs)).survivor, BillingSet) == []

    def test_a_relatives_address_for_who_has_no_e_mail(self) -> None:
        theirs = ContactAddressRecorded(person=OTHER_CLIENT, email="zoe@example.com", via="sa fille")
        silent = fold(CLIENT, CLIENT.initial, [dossier(email=None)])
        kept = of_kind(merged(silent, other(theirs)).survivor, ContactAddressRecorded)
        assert [(fact.person, fact.email) for fact in kept] == [(CLIENT_ID, "zoe@example.com")]
        assert of_kind(merged(client(), other(theirs)).survivor, ContactAddressRecorded) == []

    def test_notes_are_joined_and_a_flag_of_either_stays(self) -> None:
        def note(person: Any, text: str, **more: Any) -> NoteWritten:
            return NoteWritten(person=person, kind=NoteKind.ACCOUNTING, text=text, **more)

        mine = note(CLIENT_ID, "Solde de 2024")
        theirs = note(OTHER_CLIENT, "Chèque revenu", no_online_registration=True)
        joined = note(CLIENT_ID, "Solde de 2024\n\nChèque revenu", no_online_registration=True)
        assert of_kind(merged(client(mine), other(theirs)).survivor, NoteWritten) == [joined]
        same = note(OTHER_CLIENT, "Solde de 2024")
        assert of_kind(merged(client(mine), other(same)).survivor, NoteWritten) == []

    def test_interests_as_they_were_noted_and_wishes_for_another_price(self) -> None:
        noted = InterestAdded(person=OTHER_CLIENT, activity=None, phase=uid("phase"))
        asked = PriceAdjustmentAsked(person=OTHER_CLIENT, activity=ACTIVITY, reason="Deux enfants")
        found = merged(client(), other(noted, asked), subjects={uid("phase"): noted}).survivor
        mine = InterestAdded(person=CLIENT_ID, activity=None, phase=uid("phase"))
        assert of_kind(found, InterestAdded) == [mine]
        assert [f.reason for f in of_kind(found, PriceAdjustmentAsked)] == ["Deux enfants"]
        again = merged(client(mine), other(noted), subjects={uid("phase"): noted}).survivor
        assert of_kind(again, InterestAdded) == []


def test_who_tried_to_sign_up_anew_is_still_to_be_given_access() -> None:
    tried = SecondDossierAttempted(match=DossierMatch.PERSON)
    assert of_kind(merged(client(), other(tried)).survivor, SecondDossierAttempted) == [tried]
    assert of_kind(merged(client(tried), other(tried)).survivor, SecondDossierAttempted) == []


def test_who_looks_as_the_other_one_is_sent_out() -> None:
    begun = ImpersonationBegun(
        person=OTHER_CLIENT, impersonation=uid("look"), helper=uid("helper"), reason="Aide", until=NOW
    )
    ended = of_kind(merged(client(), other(begun)).other, ImpersonationEnded)
    assert [fact.impersonation for fact in ended] == [uid("look")]


def test_nothing_happens_in_a_merged_dossier_any_more() -> None:
    gone = other(DossierMerged(into=CLIENT_ID))
    with pytest.raises(DossierIsMerged) as caught:
        active(gone)
    assert caught.value.fields == {"into": CLIENT_ID}
    assert erase_again(gone, whole=True, suppressed=None) == []


def test_a_chain_leads_to_the_last_one_at_once_and_ends_with_it() -> None:
    first = other(DossierMerged(into=CLIENT_ID))
    [fact] = follow_on(first, uid("last"))
    moved_on = fold(CLIENT, first, [fact])
    assert isinstance(moved_on, MergedDossier)
    assert (moved_on.id, moved_on.into) == (OTHER_CLIENT, uid("last"))
    assert follow_on(first, CLIENT_ID) == []
    survivor, _ = both(client(), other())
    last = fold(CLIENT, CLIENT.initial, [dossier(person=uid("last"))])
    found = merge(
        last,
        survivor,
        ids=(uid("last"), CLIENT_ID),
        keep=(),
        subjects={},
        source=SOURCE,
        now=NOW,
    )
    after = fold(CLIENT, last, found.survivor)
    assert isinstance(after, Dossier)
    assert after.merged == (CLIENT_ID, OTHER_CLIENT)
    [end] = erase_again(after, whole=False, suppressed=None, suppressed_too=("c0ffee",))
    assert isinstance(end, DossierDeactivated)
    assert (end.merged, end.suppressed_too) == ((CLIENT_ID, OTHER_CLIENT), ("c0ffee",))
    [absorbed] = of_kind(found.survivor, DossierAbsorbed)
    assert absorbed.earlier == (OTHER_CLIENT,)


class TestOfWorkshops:
    SEAT = SeatTaken(registration=REGISTRATION, client=OTHER_CLIENT, retake=False)
    HANDED = PlacesHandedOver(client=OTHER_CLIENT, to=CLIENT_ID)

    @staticmethod
    def waits(who: Any) -> WaitingListJoined:
        return WaitingListJoined(client=who, retake=False, short_of=ShortOf.SEATS)

    def test_seats_stand_where_they_stood(self) -> None:
        before = SeatTaken(registration=uid("before"), client=uid("somebody"), retake=False)
        past = given(WORKSHOP, planned(), before, self.SEAT)
        after = past.when(hand_places_over, OTHER_CLIENT, CLIENT_ID).then(self.HANDED)
        assert isinstance(after, Planned)
        assert [s.client for s in after.seats.values()] == [uid("somebody"), CLIENT_ID]
        given(WORKSHOP, planned(), before).when(hand_places_over, OTHER_CLIENT, CLIENT_ID).then_nothing()

    def test_a_cancelled_one_knows_whom_to_call(self) -> None:
        off = WorkshopCancelled(reason="Eau", registrations=(REGISTRATION,), waiting=())
        past = given(WORKSHOP, planned(), self.SEAT, off)
        after = past.when(hand_places_over, OTHER_CLIENT, CLIENT_ID).then(self.HANDED)
        assert isinstance(after, CancelledWorkshop)
        assert [s.client for s in after.was.seats.values()] == [CLIENT_ID]

    def test_an_offer_stays_an_offer(self) -> None:
        offer = SeatOffered(client=OTHER_CLIENT, retake=False, until=NOW)
        past = given(WORKSHOP, planned(), self.waits(OTHER_CLIENT), self.waits(uid("next")), offer)
        after = past.when(hand_places_over, OTHER_CLIENT, CLIENT_ID).then(self.HANDED)
        assert isinstance(after, Planned)
        assert [(c, e.offered_until) for c, e in after.waiting.entries.items()] == [
            (CLIENT_ID, NOW),
            (uid("next"), None),
        ]

    @pytest.mark.parametrize("mine_first", [True, False])
    def test_of_two_who_wait_the_first_in_the_list_stays(self, mine_first: bool) -> None:
        order = (CLIENT_ID, OTHER_CLIENT) if mine_first else (OTHER_CLIENT, CLIENT_ID)
        past = given(WORKSHOP, planned(), *(self.waits(c) for c in order), self.waits(uid("next")))
        left = WaitingListLeft(client=order[1])
        facts = [left] if mine_first else [left, self.HANDED]
        after = past.when(hand_places_over, OTHER_CLIENT, CLIENT_ID).then(*facts)
        assert isinstance(after, Planned)
        assert list(after.waiting.entries) == [CLIENT_ID, uid("next")]

    def test_who_has_a_seat_waits_for_none(self) -> None:
        mine = SeatTaken(registration=uid("mine"), client=CLIENT_ID, retake=False)
        past = given(WORKSHOP, planned(), mine, self.waits(OTHER_CLIENT))
        past.when(hand_places_over, OTHER_CLIENT, CLIENT_ID).then(WaitingListLeft(client=OTHER_CLIENT))


def test_an_invoice_is_the_surviving_ones_and_else_as_it_was() -> None:
    past = given(INVOICE, issued())
    after = past.when(hand_over, OTHER_CLIENT).then(InvoiceHandedOver(client=CLIENT_ID, to=OTHER_CLIENT))
    assert isinstance(after, Issued)
    assert isinstance(past.state, Issued)
    assert (after.client, after.number, after.lines) == (OTHER_CLIENT, past.state.number, past.state.lines)
    given(INVOICE, issued()).when(hand_over, CLIENT_ID).then_nothing()
