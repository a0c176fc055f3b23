"""What a fact changed: each value that was known before, and no other."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import CardGranted, CardWithdrawn, NoteKind, NoteWritten
from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.client.registrations.events import (
    DateChosen,
    PriceRaised,
    RegistrationCancelled,
    RegistrationDeferred,
)
from aggregates.client.state import CLIENT
from aggregates.invoice.events import InvoiceAddressed
from aggregates.invoice.payments.events import PaymentCorrected, PaymentMethod, PaymentReceived
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Fact, Role
from aggregates.workshop.events import Session, WorkshopMoved
from aggregates.workshop.state import WORKSHOP
from read_api.changes import SETS, changes
from tests.read_api.conftest import School
from tests.support.builders import (
    NOW,
    STARTS,
    cad,
    dossier_created,
    envelope,
    invoice_issued,
    profile_changed,
    registered,
    workshop_planned,
)

pytestmark = pytest.mark.rule("AUD-1")
ONE, OTHER = UUID(int=1), UUID(int=2)


def told(*facts: Fact) -> list[dict[str, tuple[Any, Any]]]:
    """What each of these facts of one stream changed."""
    found = changes(enumerate(facts, 1))
    return [{c.name: (c.before, c.after) for c in found.get(n, [])} for n in range(1, len(facts) + 1)]


def test_the_life_of_a_registration_tells_each_date_it_had() -> None:
    first, second = uuid4(), uuid4()
    later = STARTS + timedelta(days=7)
    chosen = DateChosen(registration=ONE, workshop=second, starts=later, given_up=first)
    assert told(
        registered(ONE, workshop=first, starts=STARTS),
        registered(OTHER, workshop=second, starts=STARTS),
        chosen,
        RegistrationDeferred(registration=ONE, workshop=second),
        chosen,
        RegistrationCancelled(registration=ONE, workshop=second),
    ) == [
        {},
        {},
        {"workshop": (first, second), "starts": (STARTS, later)},
        {"workshop": (second, None), "starts": (later, None)},
        {"workshop": (None, second), "starts": (None, later)},
        {"workshop": (second, None), "starts": (later, None)},
    ]


def test_a_raised_price_tells_the_price_before_and_after() -> None:
    raised = PriceRaised(registration=ONE, invoice=uuid4(), line=uuid4(), amount=cad(3_750))
    price = registered(ONE).price
    assert told(registered(ONE), raised, raised)[1:] == [
        {"price": (price, price + cad(3_750))},
        {"price": (price + cad(3_750), price + cad(7_500))},
    ]
    assert told(raised) == [{}], "nothing was known before"


def test_a_moved_workshop_tells_its_dates_and_keeps_its_plan() -> None:
    planned = workshop_planned()
    session = Session(starts=STARTS + timedelta(days=1), ends=STARTS + timedelta(days=1, hours=8))
    moved = WorkshopMoved(
        venue=planned.venue,
        zone=planned.zone,
        sessions=(session,),
        region=planned.region,
        was_venue=planned.venue,
        was_zone=planned.zone,
        was_sessions=planned.sessions,
    )
    assert told(planned, moved)[1] == {"sessions": (planned.sessions, (session,))}


def test_corrected_payments_and_addresses_tell_what_they_were() -> None:
    def received(payment: UUID) -> PaymentReceived:
        return PaymentReceived(payment=payment, method=PaymentMethod.CASH, amount=cad(4_000), moves=())

    corrected = PaymentCorrected(
        person=ONE, payment=ONE, method=PaymentMethod.CHEQUE, amount=cad(4_500), moves=(), reason="Relu"
    )
    issued = invoice_issued(ONE)
    found = told(
        issued,
        received(ONE),
        received(OTHER),
        corrected,
        InvoiceAddressed(person=ONE, name="Roy inc.", address=issued.billing_address),
    )
    assert found[3] == {
        "method": (PaymentMethod.CASH, PaymentMethod.CHEQUE),
        "amount": (cad(4_000), cad(4_500)),
    }
    assert found[4] == {"name": (issued.billing_name, "Roy inc.")}


def test_notes_answers_and_cards_are_told_each_for_itself() -> None:
    def note(kind: NoteKind, text: str | None) -> NoteWritten:
        return NoteWritten(person=ONE, kind=kind, text=text)

    def answer(channel: Channel, *, allowed: bool) -> PreferenceChosen:
        return PreferenceChosen(channel=channel, allowed=allowed, wording="2026-11")

    day = date(2026, 11, 24)
    assert told(
        note(NoteKind.GENERAL, "a"),
        note(NoteKind.TRAINER, "b"),
        note(NoteKind.GENERAL, None),
        answer(Channel.POST, allowed=False),
        answer(Channel.EMAIL, allowed=True),
        answer(Channel.POST, allowed=True),
        answer(Channel.POST, allowed=True),
        CardGranted(valid_from=day, valid_until=None),
        CardWithdrawn(),
    ) == [
        {},
        {},
        {"text": ("a", None)},
        {},
        {},
        {"allowed": (False, True)},
        {},
        {},
        {"valid_from": (day, None)},
    ]


ONLY_ADD = """
workshop.assistant_named workshop.assistant_dismissed
    client.mail_written client.document_attached client.document_removed
    client.link_asked client.password_chosen client.address_confirmed client.email_change_asked
    client.policy_accepted client.impersonation_begun client.impersonation_ended
    client.dossier_deactivated client.dossier_erased client.second_dossier_attempted
    client.price_adjustment_asked client.price_adjustment_refused
    client.waiting_place_taken client.waiting_place_left client.credit_held
    client.balance_taken_over client.dossier_absorbed client.dossier_merged client.second_dossier_settled
    client.mail_undelivered client.mails_resent client.missed_mails_set_aside client.address_trusted
    client.enrolled client.missing_place_reported client.phase_letter_sent client.interest_added
    client.interest_withdrawn client.proof_received client.proof_accepted client.proof_rejected
    client.proof_missing client.registration_followed client.followed_undone client.followed_abroad
    client.followed_before_portal
    client.confirmation_resent client.mistake_told client.exception_granted
    client.deletion_proposed client.deletion_withdrawn
    workshop.seat_taken workshop.seat_passed workshop.seat_freed workshop.attendance_ticked
    workshop.attendance_unticked workshop.cancelled workshop.restored workshop.absence_settled
    workshop.expense_uploaded workshop.envelope_listed workshop.roster_handed_over
    workshop.roster_given_back workshop.closed workshop.reopening_proposed workshop.reopened
    workshop.waiting_list_joined workshop.waiting_list_left workshop.offer_expired workshop.seat_held
    workshop.hold_released workshop.tax_receipts_sent workshop.places_handed_over
    invoice.line_cancelled invoice.line_reopened invoice.case_decided invoice.line_credited
    invoice.item_added invoice.item_removed invoice.card_sale_begun invoice.basket_finalised
    invoice.basket_released invoice.credit_opened invoice.payment_withdrawn invoice.payment_deposited
    invoice.payment_bounced invoice.payment_reallocated invoice.payment_split invoice.cheque_sent
    invoice.refund_made invoice.refund_withdrawn invoice.credit_moved invoice.handed_over
"""
"""Facts whose sentence says all: things come, go or happen, no known value becomes another."""


def test_each_fact_of_a_history_was_thought_of() -> None:
    facts = {fact for kind in (CLIENT, WORKSHOP, INVOICE) for fact in kind.facts}
    assert {fact.TOPIC for fact in facts - SETS.keys()} == set(ONLY_ADD.split())


def test_every_value_set_is_a_field_of_its_fact() -> None:
    for fact, sets in SETS.items():
        named = {*sets.names, *sets.renamed, *sets.raised.values(), *([sets.key] if sets.key else [])}
        assert named <= set(fact.model_fields), fact


def shown(school: School, path: str, topic: str) -> dict[str, tuple[str, str]]:
    [entry] = school.json(f"{path}/history", topic=topic)["items"]
    return {c["label"]: (c["before"], c["after"]) for c in entry["changes"]}


def test_the_api_tells_changes_in_words(school: School) -> None:
    moved = shown(school, f"clients/{school.eloise}", "client.date_chosen")
    assert moved["atelier"] == (
        "Écoute de soi, sam. 5 déc. 2026, Laval",
        "Écoute de soi, sam. 12 déc. 2026, en ligne",
    )
    client = uuid4()
    for allowed in (True, False):
        fact = PreferenceChosen(channel=Channel.EMAIL, allowed=allowed, wording="2026-11")
        first = [] if not allowed else [(client, dossier_created(client))]
        school.models.given(*first, (client, fact))
    found = school.json(f"clients/{client}/history", topic="client.preference_chosen")["items"]
    [change] = found[0]["changes"]
    assert (change["before"], change["after"]) == ("oui", "non")


def test_dates_of_a_moved_workshop_read_as_dates(school: School) -> None:
    workshop, planned = uuid4(), workshop_planned(activity=school.activity)
    start = datetime(2026, 12, 8, 14, tzinfo=UTC)
    fact = WorkshopMoved(
        venue=planned.venue,
        zone=planned.zone,
        sessions=(Session(starts=start, ends=start + timedelta(hours=8)),),
        region=planned.region,
        was_venue=planned.venue,
        was_zone=planned.zone,
        was_sessions=planned.sessions,
    )
    school.models.given((workshop, planned), (workshop, fact))
    before, after = shown(school, f"workshops/{workshop}", "workshop.moved")["dates et heures"]
    assert "5 déc. 2026" in before
    assert "8 déc. 2026" in after
    assert "starts=" not in before + after


def test_a_masked_reader_learns_no_address_from_before_and_after(school: School) -> None:
    client = uuid4()
    school.models.given((client, dossier_created(client, email="avant@example.com")))
    school.models.given((client, profile_changed(client, email="apres@example.com", last_name="Roy")))
    path = f"clients/{client}/history"
    whole, masked = school.get(path), school.get(path, Role.AUDITOR)
    assert "avant@example.com" in whole.text, "the control"
    assert "@example.com" not in masked.text
    names = {change["field"] for change in masked.json()["items"][0]["changes"]}
    assert names == {"last_name"}


class TestFilters:
    def topics(self, school: School, **params: Any) -> list[str]:
        return [e["topic"] for e in school.json(f"workshops/{school.own}/history", **params)["items"]]

    def test_by_kind_of_event_actor_and_period(self, school: School) -> None:
        assert self.topics(school, topic=["workshop.planned", "workshop.plan_changed"]) == [
            "workshop.plan_changed",
            "workshop.planned",
        ]
        by = self.topics(school, by=str(school.organiser))
        assert "workshop.plan_changed" in by
        assert "workshop.planned" not in by
        assert self.topics(school, to=NOW.isoformat()) == []
        since = {"from": NOW.isoformat()}
        assert len(self.topics(school, **since)) == len(self.topics(school, limit=500)) > 5

    @pytest.mark.parametrize("params", [{"topic": "a\0"}, {"by": "x"}, {"from": "2026-11-24T15:00:00"}])
    def test_malformed_ones_are_refused(self, school: School, params: dict[str, Any]) -> None:
        assert school.get(f"workshops/{school.own}/history", **params).status_code == 422


class TestExport:
    def lines(self, school: School, path: str, *roles: Role, **params: Any) -> list[dict[str, str]]:
        answer = school.get(f"{path}/history/export", *roles, **params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        text = answer.content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def test_a_file_holds_every_event_with_the_same_words(self, school: School) -> None:
        items = school.json(f"clients/{school.eloise}/history", limit=500)["items"]
        lines = self.lines(school, f"clients/{school.eloise}")
        assert [(x["Ce qui s’est passé"], x["Événement"], x["Commande"]) for x in lines] == [
            (item["sentence"], item["position"], item["command"]) for item in items
        ]
        [chosen] = self.lines(school, f"clients/{school.eloise}", topic="client.date_chosen")
        assert (
            "atelier : Écoute de soi, sam. 5 déc. 2026, Laval → Écoute de soi, sam. 12"
            in chosen["Avant → après"]
        )
        assert (chosen["Par"], chosen["Code"]) != ("", "")

    def test_it_is_noted_and_masked_like_the_page(self, school: School) -> None:
        auditor = uuid4()
        path = f"workshops/{school.own}/history/export"
        answer = school.get(path, Role.AUDITOR, user=auditor)
        assert answer.status_code == 200
        answer = school.get("access-trail", Role.ADMIN, who=str(auditor))
        [row] = answer.json()["items"]
        assert (row["kind"], row["subject"], row["persons"]) == ("history_export", str(school.own), 2)
        text = school.get(f"invoices/{school.invoice}/history/export", Role.AUDITOR).text
        assert "Deuil dans la famille" not in text
        assert "Deuil dans la famille" in school.get(f"invoices/{school.invoice}/history/export").text

    def test_long_histories_come_whole(self, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("read_api.histories.MOST", 3)
        client = uuid4()
        by = envelope(user=school.organiser, role=Role.ORGANISER)
        school.models.given((client, dossier_created(client)), around=by)
        for n in range(7):
            note = NoteWritten(person=client, kind=NoteKind.GENERAL, text=f"=note {n}")
            school.models.given((client, note), around=by)
        lines = self.lines(school, f"clients/{client}")
        assert len(lines) == 8
        assert lines[0]["Avant → après"] == "texte : =note 5 → =note 6"
        assert self.lines(school, f"clients/{client}", by=str(uuid4())) == []

    def test_a_sheet_can_be_had_instead(self, school: School) -> None:
        answer = school.get(f"clients/{school.eloise}/history/export", form="xlsx")
        assert answer.content[:2] == b"PK"
