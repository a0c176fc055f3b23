"""A discount's proof is asked for, twice again, and the organiser told, as long as it is lacking (INS-6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.catalogue.settings import SchoolSettings
from aggregates.client.documents.events import DocumentKind
from aggregates.client.state import CLIENT
from commands.access import SYSTEM, ForbiddenError
from commands.catalogue.change_settings import ChangeSettings
from commands.registrations.accept_proof import AcceptProof
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.mark_without_proof import MarkWithoutProof
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.registrations.reject_proof import RejectProof
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.forget_proofs import ForgetProofs
from commands.workshops.tick_attendance import TickAttendance
from processors.old_proofs import KEPT
from processors.runtime.links import PROOF_DAYS, Links
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import organiser, words_of
from tests.processors.test_workshop_changes import moved, version_of
from tests.support.write_side import ADMIN, VAULT

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)
STARTS = NOW + timedelta(days=60)
TWO_DAYS = timedelta(hours=48)
FIVE_DAYS = timedelta(days=5)
A_MOMENT = timedelta(minutes=1)
pytestmark = pytest.mark.rule("INS-6")


class Case:
    """Éloïse at a discount that needs a proof, two months before the workshop."""

    def __init__(self, post: Post, *, sold: datetime = NOW, dated: bool = True) -> None:
        self.post, self.school = post, post.school
        self.school.now(NOW)
        who = organiser(post)
        self.activity, self.discount = self.school.activity(), self.school.discount(name="Chômage")
        self.workshop = self.school.workshop(self.activity, starts=STARTS, organiser=who)
        self.client = self.school.client(email="lea@example.com", first_name="Léa")
        self.at(sold)
        self.registration = self.school.registration(
            self.client, self.activity, self.workshop if dated else None, discount=self.discount
        )
        self.follow()

    def at(self, moment: datetime) -> None:
        self.school.now(moment)
        self.follow()

    def follow(self) -> None:
        self.post.react_and_deliver()

    def mails(self) -> list[tuple[str, str]]:
        """Kind and state of the mails about proofs, in the order in which they left."""
        rows = self.post.connection.execute(
            "select template, state from outbox where template like '%proof%'"
            " order by date_trunc('minute', sent_at) nulls last, template"
        )
        return [(str(template), str(state)) for template, state in rows]

    def text(self, subject: str) -> str:
        return words_of([m for m in self.post.sink.mails if str(m["Subject"]).startswith(subject)][-1])

    def sends(self) -> UUID:
        return self.school.document(self.client, registration=self.registration)

    def about(self, command: Any, **more: Any) -> None:
        self.school.send(command(client=self.client, registration=self.registration, **more))


@pytest.mark.rule("COM-2", "COM-12")
def test_the_proof_is_asked_for_within_48_hours_with_the_regular_price(post: Post) -> None:
    case = Case(post)
    assert case.mails() == [("proof_asked", "sent")]
    text = case.text("Une pièce à nous envoyer")
    assert "au tarif « Chômage »" in text
    assert "mercredi 3 mars 2027, 09:00 (heure de l’Est)" in text
    token = re.search(r"https://\S+/pieces/(\S+)", text)
    assert token is not None
    client, registration, last = Links(VAULT, "").proof_of(token[1]) or (None, None, None)
    assert (client, registration) == (case.client, case.registration)
    assert last == (NOW + timedelta(days=PROOF_DAYS)).date()


def test_one_reminder_after_48_hours_and_one_five_days_before_then_the_organiser_is_told(post: Post) -> None:
    case = Case(post)
    case.at(NOW + TWO_DAYS - A_MOMENT)
    assert len(case.mails()) == 1
    case.at(NOW + TWO_DAYS + A_MOMENT)
    assert case.mails()[1:] == [("proof_reminder", "sent")]
    assert "prix régulier de 375,00 $" in case.text("Il nous manque").replace("\xa0", " ")
    case.at(STARTS - FIVE_DAYS - A_MOMENT)
    assert len(case.mails()) == 2
    case.at(STARTS - FIVE_DAYS)
    assert case.mails()[2:] == [("organiser_proof_missing", "sent"), ("proof_reminder", "sent")]
    notice = [m for m in post.sink.mails if str(m["Subject"]).startswith("Pièce à demander")]
    assert [m["To"] for m in notice] == ["organiser@example.com"]
    assert "prix régulier de 375,00 $" in words_of(notice[0]).replace("\xa0", " ")
    assert "lea@example.com" not in notice[0].as_string()
    case.at(STARTS + FIVE_DAYS)
    assert len(case.mails()) == 4, "nothing more"


def test_the_time_to_send_it_is_the_schools_setting_as_it_was_at_the_sale(post: Post) -> None:
    post.school.send(ChangeSettings(seen_version=0, settings=SchoolSettings(proof_hours=72)), ADMIN)
    case = Case(post)
    assert "jeudi 4 mars 2027, 09:00" in case.text("Une pièce à nous envoyer")
    post.school.send(ChangeSettings(seen_version=1, settings=SchoolSettings(proof_hours=24)), ADMIN)
    case.at(NOW + TWO_DAYS + A_MOMENT)
    assert len(case.mails()) == 1
    case.at(NOW + timedelta(hours=72) + A_MOMENT)
    assert case.mails()[1:] == [("proof_reminder", "sent")]


def test_who_has_sent_it_is_asked_no_more(post: Post) -> None:
    case = Case(post)
    case.about(AcceptProof, document=case.sends())
    case.at(STARTS)
    assert case.mails() == [("proof_asked", "sent")]


def test_a_proof_sent_and_not_yet_looked_at_is_not_asked_for_again(post: Post) -> None:
    case = Case(post)
    case.sends()
    case.at(STARTS)
    assert case.mails() == [("proof_asked", "sent")]


def test_a_rejected_proof_is_told_with_its_reason_and_asked_for_again(post: Post) -> None:
    case = Case(post)
    case.about(RejectProof, document=case.sends(), reason="La photo est illisible.")
    case.at(NOW + A_MOMENT)
    assert case.mails()[1:] == [("proof_rejected", "sent")]
    assert "La photo est illisible." in case.text("Votre pièce ne convient pas")
    case.at(NOW + TWO_DAYS + A_MOMENT)
    assert case.mails()[2:] == [("proof_reminder", "sent")]


@pytest.mark.rule("COM-3")
def test_a_rejection_that_a_new_proof_overtook_is_not_told(post: Post) -> None:
    case = Case(post)
    case.about(RejectProof, document=case.sends(), reason="La photo est illisible.")
    case.sends()
    case.follow()
    assert case.mails()[1:] == [("proof_rejected", "dropped")]


def test_a_later_registration_is_on_the_organisers_list_at_once(post: Post) -> None:
    case = Case(post, sold=STARTS - timedelta(days=3))
    assert sorted(case.mails()) == [("organiser_proof_missing", "sent"), ("proof_asked", "sent")]
    case.at(STARTS - timedelta(days=1) + A_MOMENT)
    assert len(case.mails()) == 3, "the reminder of 48 hours"
    case.at(STARTS + A_MOMENT)
    assert len(case.mails()) == 3


@pytest.mark.rule("ATE-10")
def test_a_date_chosen_or_moved_later_has_its_own_five_days(post: Post) -> None:
    case = Case(post, dated=False)
    case.at(NOW + TWO_DAYS + A_MOMENT)
    case.about(ChooseDate, workshop=case.workshop)
    later = STARTS + timedelta(days=7)
    case.school.send(moved(case.workshop, version_of(post, case.workshop), later, None))
    case.at(STARTS - FIVE_DAYS + A_MOMENT)
    assert len(case.mails()) == 2
    case.at(later - FIVE_DAYS + A_MOMENT)
    assert case.mails()[2:] == [("organiser_proof_missing", "sent"), ("proof_reminder", "sent")]


def test_nothing_follows_a_cancellation_nor_a_decision_at_the_workshop(post: Post) -> None:
    case = Case(post)
    case.about(CancelRegistration, note="Ne vient plus.")
    case.at(STARTS)
    assert case.mails() == [("proof_asked", "sent")]


def test_marked_without_proof_the_price_is_raised_and_no_proof_asked(post: Post) -> None:
    case = Case(post)
    case.about(MarkWithoutProof)
    case.at(STARTS)
    assert case.mails() == [("proof_asked", "sent")]


@pytest.mark.rule("T12")
def test_after_a_week_asleep_what_is_past_is_dropped_on_record_and_the_rest_goes_out(post: Post) -> None:
    case = Case(post, sold=STARTS - timedelta(days=6))
    later = post.school.workshop(case.activity, starts=STARTS + timedelta(days=3))
    other = post.school.client(email="luc@example.com")
    post.school.registration(other, case.activity, later, discount=case.discount)
    case.follow()
    case.at(STARTS + timedelta(days=1))

    def about_proofs(client: UUID) -> list[tuple[str, str]]:
        rows = post.connection.execute(
            "select template, state from outbox where template like '%%proof%%'"
            " and person = %s order by 1, 2",
            (client,),
        )
        return [(str(template), str(state)) for template, state in rows]

    assert about_proofs(case.client) == [
        ("organiser_proof_missing", "dropped"),
        ("proof_asked", "sent"),
        ("proof_reminder", "dropped"),
        ("proof_reminder", "dropped"),
    ]
    assert about_proofs(other) == [
        ("organiser_proof_missing", "sent"),
        ("proof_asked", "sent"),
        ("proof_reminder", "sent"),
        ("proof_reminder", "sent"),
    ], "the control: the workshop to come is spoken of"


@pytest.mark.rule("INS-2")
def test_one_proof_of_a_phase_is_asked_for_once_and_before_each_workshop(post: Post) -> None:
    school = post.school
    school.now(NOW)
    phase, activities = school.phase(size=3)
    dates = tuple(
        PhaseDate(activity=a, workshop=school.workshop(a, starts=STARTS + timedelta(days=30 * n)))
        for n, a in enumerate(activities[:2])
    )
    client = school.client(email="lea@example.com")
    school.send(
        RegisterForPhase(client=client, phase=phase, dates=dates, discount=school.discount(name="Chômage"))
    )
    post.react_and_deliver()

    def count() -> dict[str, int]:
        rows = post.connection.execute(
            "select template, count(*) from outbox where template like '%proof%' group by 1"
        )
        return dict(rows.fetchall())

    assert count() == {"proof_asked": 1}
    school.now(NOW + TWO_DAYS + A_MOMENT)
    post.react_and_deliver()
    assert count() == {"proof_asked": 1, "proof_reminder": 1}
    school.now(STARTS)
    post.react_and_deliver()
    assert count() == {"proof_asked": 1, "proof_reminder": 2, "organiser_proof_missing": 1}


@pytest.mark.rule("DOS-15")
def test_a_proof_is_deleted_thirty_days_after_its_workshop_was_closed(post: Post) -> None:
    case = Case(post)
    case.sends()
    other = case.school.document(case.client)
    case.at(STARTS + FIVE_DAYS)
    with pytest.raises(ForbiddenError):
        case.school.send(ForgetProofs(workshop=case.workshop))
    case.school.send(ForgetProofs(workshop=case.workshop), SYSTEM)
    assert len(case.school.state(CLIENT.at(case.client)).documents) == 2, "it is not closed"  # type: ignore[union-attr]
    case.school.send(TickAttendance(workshop=case.workshop, registrations=(case.registration,)))
    case.school.send(CloseWorkshop(workshop=case.workshop, reason="Solde à recevoir"))

    def files() -> int:
        rows = post.connection.execute("select id from files").fetchall()
        assert (other,) in rows
        return len(rows)

    case.follow()
    case.at(STARTS + FIVE_DAYS + KEPT - A_MOMENT)
    assert files() == 2
    case.at(STARTS + FIVE_DAYS + KEPT + A_MOMENT)
    assert files() == 1
    assert case.school.state(CLIENT.at(case.client)).documents == {other: DocumentKind.OTHER}  # type: ignore[union-attr]
