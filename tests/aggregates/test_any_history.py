"""Whatever is asked of a file in whatever order: each fact that a decision makes is folded, rules hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aggregates.client import decisions as client_decisions
from aggregates.client.decisions import Identification, NewAddress
from aggregates.client.events import DossierMatch, DossierOrigin, Language, NoteKind
from aggregates.client.marks import decisions as mark_decisions
from aggregates.client.preferences import decisions as preference_decisions
from aggregates.client.preferences.events import Channel
from aggregates.client.profile import decisions as profile_decisions
from aggregates.client.registrations import decisions as registration_decisions
from aggregates.client.registrations.policies import followed_before, is_open
from aggregates.client.removal import decisions as removal_decisions
from aggregates.client.state import CLIENT, Client, DeactivatedDossier, Dossier
from aggregates.kernel import Fact
from tests.aggregates.given import (
    ACTIVITY,
    CLIENT_ID,
    NOW,
    OTHER_ACTIVITY,
    decided,
    fold,
    registered,
    uid,
)
from tests.support.lanes import figures

ACTIVITIES = st.sampled_from([ACTIVITY, OTHER_ACTIVITY])
DATES = st.sampled_from([uid(f"date {n}") for n in range(2)])
REGISTRATIONS = st.sampled_from([uid(f"registration {n}") for n in range(3)])
MOMENTS = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
STARTS = NOW


WHO = Identification(
    last_name="D'Arcy-Lévesque",
    first_name="Éloïse",
    form_of_address=None,
    email="eloise@example.com",
    telephone=None,
    street=None,
    postal_code=None,
    city=None,
    country="CA",
    language=Language.FR,
)
WORDS = st.none() | st.sampled_from(["Laval", "Lyon"])


class AnyClient(RuleBasedStateMachine):
    """One client's file."""

    def __init__(self) -> None:
        super().__init__()
        self.client: Client = CLIENT.initial
        self.sold: dict[UUID, Any] = {}

    def take(self, decide: Callable[..., Sequence[Fact]], *values: Any, **named: Any) -> None:
        facts = decided(decide, self.client, *values, **named)
        self.client = fold(CLIENT, self.client, facts)
        again = decided(decide, self.client, *values, **named)
        assert not again, "a wish already met records nothing"

    @initialize()
    def open(self) -> None:
        self.create(None)

    @rule(city=WORDS, email=st.sampled_from([None, "eloise@example.com"]), by_staff=st.booleans())
    def change_profile(self, city: str | None, email: str | None, by_staff: bool) -> None:
        self.take(
            profile_decisions.change_profile,
            replace(WHO, city=city, email=email),
            email_owner=None,
            namesake=None,
            namesake_reason=None,
            by_staff=by_staff,
        )

    @rule(email=st.none() | st.just("zoe@example.com"), name=WORDS)
    def reach_and_bill_elsewhere(self, email: str | None, name: str | None) -> None:
        if email is None:
            self.take(profile_decisions.remove_contact_address)
        else:
            self.take(profile_decisions.record_contact_address, email=email, via="sa fille Zoé")
        self.take(profile_decisions.set_billing, name=name, address=name)

    @rule(kind=st.sampled_from(NoteKind), text=WORDS, flagged=st.booleans(), granted=st.booleans())
    def mark(self, kind: NoteKind, text: str | None, flagged: bool, granted: bool) -> None:
        option = flagged and kind is NoteKind.ACCOUNTING and text is not None
        self.take(mark_decisions.write_note, kind, text, no_online_registration=option)
        if granted:
            self.take(mark_decisions.grant_card, valid_from=NOW.date(), valid_until=None)
        else:
            self.take(mark_decisions.withdraw_card)

    @rule(channel=st.sampled_from(Channel), allowed=st.booleans(), by_staff=st.booleans())
    def answer(self, channel: Channel, allowed: bool, by_staff: bool) -> None:
        if by_staff:
            said = {"allowed": allowed, "source": "Au téléphone.", "proof": None}
            self.take(preference_decisions.record_preference, channel, **said)
        else:
            self.take(preference_decisions.choose_preferences, {channel: allowed}, wording="2026-11")

    @rule(activity=ACTIVITIES, wanted=st.booleans())
    def be_interested(self, activity: UUID, wanted: bool) -> None:
        decide = preference_decisions.add_interest if wanted else preference_decisions.withdraw_interest
        self.take(decide, activity=activity, phase=None)

    @rule(by=st.sampled_from([uid("one"), uid("another")]), money_open=st.booleans())
    def propose_deletion(self, by: UUID, money_open: bool) -> None:
        self.take(removal_decisions.propose_deletion, by=by, reason="?", money_open=money_open)

    @rule()
    def withdraw_deletion(self) -> None:
        self.take(removal_decisions.withdraw_deletion)

    @precondition(lambda self: self.sold)
    @rule(by=st.sampled_from([uid("one"), uid("another")]), suppressed=st.none() | st.just("c0ffee"))
    def approve_deletion(self, by: UUID, suppressed: str | None) -> None:
        before = self.client
        self.take(removal_decisions.approve_deletion, by=by, money_open=False, suppressed=suppressed)
        if self.client is not before and isinstance(before, Dossier):
            assert before.deletion is not None
            assert before.deletion.by != by

    @rule(match=st.sampled_from(DossierMatch))
    def sign_up_again(self, match: DossierMatch) -> None:
        facts = client_decisions.attempt_second_dossier(self.client, match)
        self.client = fold(CLIENT, self.client, facts)

    @rule(email_owner=st.none() | st.just(uid("another client")))
    def create(self, email_owner: UUID | None) -> None:
        self.take(
            client_decisions.create,
            CLIENT_ID,
            WHO,
            origin=DossierOrigin.STAFF,
            email_owner=email_owner,
            namesake=None,
            namesake_reason=None,
        )

    @rule(registration=REGISTRATIONS, activity=ACTIVITIES, workshop=st.none() | DATES)
    def register(self, registration: UUID, activity: UUID, workshop: UUID | None) -> None:
        retake = (
            isinstance(self.client, Dossier) and followed_before(self.client.places, activity) is not None
        )
        sold = registered(
            registration=registration,
            activity=activity,
            workshop=workshop,
            starts=None if workshop is None else STARTS,
            retake=retake,
        )
        self.take(registration_decisions.register, sold)
        if isinstance(self.client, Dossier) and registration in self.client.registrations:
            self.sold.setdefault(registration, (activity, retake))

    @rule(
        registration=REGISTRATIONS, workshop=DATES, activity=ACTIVITIES, now=MOMENTS, by_staff=st.booleans()
    )
    def choose_date(
        self, registration: UUID, workshop: UUID, activity: UUID, now: Any, by_staff: bool
    ) -> None:
        self.take(
            registration_decisions.choose_date,
            registration,
            workshop=workshop,
            activity=activity,
            starts=STARTS,
            left=None,
            now=now,
            by_staff=by_staff,
        )

    @rule(registration=REGISTRATIONS, now=MOMENTS, by_staff=st.booleans())
    def defer(self, registration: UUID, now: Any, by_staff: bool) -> None:
        self.take(registration_decisions.defer, registration, date_=None, now=now, by_staff=by_staff)

    @rule(registration=REGISTRATIONS, now=MOMENTS, by_staff=st.booleans())
    def cancel(self, registration: UUID, now: Any, by_staff: bool) -> None:
        self.take(registration_decisions.cancel, registration, now=now, by_staff=by_staff)

    @rule(registration=REGISTRATIONS, workshop=st.none() | DATES)
    def follow(self, registration: UUID, workshop: UUID | None) -> None:
        self.take(
            registration_decisions.follow,
            registration,
            workshop=workshop or self.date_of(registration),
            last_day=STARTS.date(),
            ends=STARTS,
            zone="Europe/Paris",
        )

    @rule(registration=REGISTRATIONS, workshop=st.none() | DATES)
    def undo_followed(self, registration: UUID, workshop: UUID | None) -> None:
        where = workshop or self.date_of(registration)
        self.take(registration_decisions.undo_followed, registration, workshop=where)

    def date_of(self, registration: UUID) -> UUID:
        """The workshop it stands in, else any."""
        found = self.client.registrations.get(registration) if isinstance(self.client, Dossier) else None
        return getattr(found, "workshop", uid("date 0"))

    @precondition(lambda self: self.sold)
    @rule(money_open=st.booleans())
    def remove(self, money_open: bool) -> None:
        self.take(client_decisions.remove, money_open=money_open)

    @rule()
    def restore(self) -> None:
        address = NewAddress(
            form_of_address=None,
            email="eloise@example.com",
            telephone=None,
            street=None,
            city=None,
            country="CA",
        )
        self.take(client_decisions.restore, address, email_owner=None)

    @invariant()
    def one_active_registration_per_activity(self) -> None:
        if isinstance(self.client, Dossier):
            active = Counter(r.sale.activity for r in self.client.registrations.values() if is_open(r))
            assert max(active.values(), default=0) <= 1

    @invariant()
    def what_was_sold_never_changes(self) -> None:
        if isinstance(self.client, Dossier | DeactivatedDossier):
            kept = {r.sale.id: (r.sale.activity, r.sale.retake) for r in self.client.registrations.values()}
            assert kept == self.sold

    @invariant()
    def a_relatives_address_serves_who_has_none(self) -> None:
        if isinstance(self.client, Dossier) and self.client.contact_address is not None:
            assert self.client.email is None

    @invariant()
    def a_deactivated_dossier_holds_nothing_open(self) -> None:
        if isinstance(self.client, DeactivatedDossier):
            assert not any(is_open(r) for r in self.client.registrations.values())


@figures(("runs", "steps"), short=(300, 20), long=(5_000, 50))
def test_any_client(runs: int, steps: int) -> None:
    run_state_machine_as_test(
        AnyClient, settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None)
    )
