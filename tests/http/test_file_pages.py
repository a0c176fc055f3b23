"""The pages of a dossier and of a roster, from commands to what stands on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from aggregates.client.events import NoteKind
from aggregates.client.phases.events import PhaseLetterSent
from aggregates.client.state import CLIENT
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.clients.add_interest import AddInterest
from commands.clients.grant_card import GrantCard
from commands.clients.write_note import WriteNote
from commands.paying import Typed
from commands.payments.note_payment import NotePayment, Part
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.registrations.reject_proof import RejectProof
from commands.workshops.tick_attendance import TickAttendance
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import ACCOUNTING, School

TODAY = datetime.now(ZoneInfo("America/Toronto")).date()
"""In the school: an evening there is the next day in UTC."""


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def words(html: str) -> str:
    """What people read of it: no markup, each space one."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def note(school: School, client: UUID, kind: NoteKind, text: str) -> None:
    school.send(WriteNote(client=client, kind=kind, seen_version=1, text=text))


def followed(school: School, client: UUID, activity: UUID) -> None:
    day = TODAY - timedelta(days=40)
    abroad = AddFollowedWorkshop(client=client, activity=activity, first_day=day, last_day=day, country="MA")
    school.send(abroad, ACCOUNTING)


@pytest.fixture(scope="module")
def client(school: School, models: Projecting) -> UUID:
    client = school.client(last_name="Œuvrard", first_name="Ève", postal_code=uuid4().hex[:6])
    phase, (first, *_) = school.phase(size=3)
    note(school, client, NoteKind.TRAINER, "Entend mal")
    school.send(GrantCard(client=client, valid_from=TODAY))
    school.send(AddInterest(client=client, phase=phase))
    followed(school, client, first)
    school.send(RegisterForPhase(client=client, phase=phase))
    discounted = school.registration(client, school.activity("Autonomie"), discount=school.discount())
    paper = school.document(client, registration=discounted)
    school.send(RejectProof(client=client, registration=discounted, document=paper, reason="Carte échue"))
    note(school, client, NoteKind.ACCOUNTING, "Solde de 2024")
    models.catch_up()
    return client


class TestADossier:
    pytestmark = pytest.mark.rule("DOS-17", "DOS-13", "DOS-14", "DOS-20", "ATE-8", "INS-13")

    def test_the_red_flag_stands_above_everything(self, door: Door, client: UUID) -> None:
        html = Page(door, f"/dossiers/{client}", Role.OFFICE).text
        assert html.index("Solde de 2024") < html.index("<h1>")
        text = words(html)
        assert "étudiant phase 1 (1/3) · carte privilège" in text
        assert "1 suivi sur 3 · 2 à planifier" in text
        assert "Maroc sans facture" in text
        assert "✗ téléphone · ✗ poste · ✗ courriel" in text

    def test_each_tab_shows_its_part(self, door: Door, client: UUID) -> None:
        def tab(name: str) -> str:
            return words(Page(door, f"/dossiers/{client}?onglet={name}", Role.OFFICE).text)

        assert "Preuve de rabais Autonomie carte.pdf · 1 Ko ⚠ refusée Carte échue" in tab("documents")
        assert "Note de l’animation Entend mal" in tab("notes")
        assert "Intérêts Phase 1" in tab("notes")
        assert tab("communications").count("Note du personnel") == 2
        assert "Intérêt noté" in tab("communications")
        assert tab("factures").count("CA-") == 2
        assert tab("nonsense") == tab("inscriptions")

    def test_an_auditor_reads_no_note(self, door: Door, client: UUID) -> None:
        for name in ("inscriptions", "documents", "notes", "communications"):
            html = Page(door, f"/dossiers/{client}?onglet={name}", Role.AUDITOR).text
            assert "Note comptable" in html
            for hidden in ("Solde de 2024", "Entend mal", "Carte échue"):
                assert hidden not in html

    def test_a_mail_that_nobody_sent_is_not_found(self, door: Door, client: UUID) -> None:
        path = f"/dossiers/{client}?onglet=communications"
        page = Page(door, path, Role.OFFICE)
        answer = page.http.get(f"{path}&courriel={uuid4()}", headers=page.headers)
        assert answer.status_code == 404
        assert page.http.get(f"/dossiers/{uuid4()}", headers=page.headers).status_code == 404


class TestARoster:
    pytestmark = pytest.mark.rule("LIS-1", "INS-6", "INS-13", "DOS-13", "ATT-2")

    def workshop(self, school: School, days: int) -> tuple[UUID, UUID]:
        """One that starts in so many days, with somebody whose discount needs a proof."""
        trainer = uuid4()
        phase, (first, last) = school.phase(size=2)
        starts = datetime.now(UTC) + timedelta(days=days)
        workshop = school.workshop(last, starts=starts, trainers=(trainer,))
        client = school.client(last_name="Œuvrard", first_name="Ève", postal_code=uuid4().hex[:6])
        followed(school, client, first)
        dated = (PhaseDate(activity=last, workshop=workshop),)
        school.send(RegisterForPhase(client=client, phase=phase, dates=dated))
        note(school, client, NoteKind.ACCOUNTING, "Solde de 2024")
        note(school, client, NoteKind.TRAINER, "Entend mal")
        other = school.client(last_name="Roy", first_name="Léa", email=None, postal_code=uuid4().hex[:6])
        sold = school.registration(other, last, workshop, discount=school.discount())
        cheque = Typed(method=PaymentMethod.CHEQUE, number="0412", comment="À déposer en janvier")
        amount = Money(minor=4_000, currency=Currency.CAD)
        part = Part(client=other, registration=sold, amount=amount)
        school.send(NotePayment(payment=cheque, parts=(part,)))
        return workshop, trainer

    def test_who_sees_money_sees_it_by_method_with_marks_and_notes(
        self, door: Door, school: School, models: Projecting
    ) -> None:
        workshop, _ = self.workshop(school, days=20)
        models.catch_up()
        html = Page(door, f"/ateliers/{workshop}/participants", Role.OFFICE).text
        text = words(html)
        assert "E i ⚑ note comptable 9e atelier : phase terminée" in text
        assert "<summary>Œuvrard, Ève</summary>" in html
        assert "Entend mal" in text
        assert "Solde de 2024" not in html, "why it stands there says the dossier"
        roy = text[text.index("Roy, Léa") :]
        assert "⚠ preuve attendue" in roy
        assert "⚠ sans courriel" in roy
        assert (
            "337,50 $ , facture de Léa Roy au lieu de 375,00 $ 40,00 $ noté, à déposer 297,50 $ 40,00 $"
            in roy
        )
        assert "Chèque n° 0412 : À déposer en janvier" in roy
        assert "Preuves à demander" not in html, "it is too early"

    def test_from_five_days_before_the_header_says_whom_to_ask_for_a_proof(
        self, door: Door, school: School, models: Projecting
    ) -> None:
        workshop, _ = self.workshop(school, days=5)
        models.catch_up()
        text = words(Page(door, f"/ateliers/{workshop}/participants", Role.OFFICE).text)
        assert "⚠ 1 preuve à demander" in text
        assert "Demander à Léa Roy la preuve de son rabais, sinon le prix régulier de 375,00 $." in text

    def test_a_trainer_reads_the_note_but_sees_no_money_no_flag_and_no_dossier(
        self, door: Door, school: School, models: Projecting
    ) -> None:
        workshop, trainer = self.workshop(school, days=4)
        models.catch_up()
        headers = door.as_(Role.TRAINER, user=trainer)
        html = door.http.get(f"/ateliers/{workshop}/participants", headers=headers).text
        assert "Entend mal" in html
        assert "Demander à Léa Roy la preuve de son rabais." in words(html)
        for hidden in ("$", "note comptable", "À déposer", "/dossiers/"):
            assert hidden not in html, hidden


@pytest.mark.rule("ATT-2")
def test_one_click_sends_the_letter_of_a_finished_phase_and_another_sends_it_again(
    door: Door, school: School, models: Projecting
) -> None:
    client, (phase, (abroad, last)) = school.client(), school.phase(size=2)
    followed(school, client, abroad)
    workshop = school.workshop(last, starts=datetime.now(UTC) - timedelta(days=3))
    dates = (PhaseDate(activity=last, workshop=workshop),)
    wish = RegisterForPhase(client=client, phase=phase, dates=dates, waive_reason="Sur place")
    made = school.send(wish).made
    models.catch_up()
    path = f"/dossiers/{client}"
    assert "la lettre par courriel" not in Page(door, path, Role.OFFICE).text
    school.send(TickAttendance(workshop=workshop, registrations=(made["registration-2"],)))
    models.catch_up()
    assert "la lettre par courriel" not in Page(door, path, Role.ORGANISER).text, "it is not their task"
    for button, resend in (("Envoyer la lettre", {}), ("Renvoyer la lettre", {"resend": "1"})):
        page = Page(door, path, Role.OFFICE)
        assert button in page.text
        answer = page.send(f"{path}/phases/{made['enrolment']}/lettre", dict(resend))
        assert answer.status_code == 303
        assert "fait=letter_sent" in answer.headers["location"]
        models.catch_up()
    sent = [fact for fact in school.facts(CLIENT.at(client)) if isinstance(fact, PhaseLetterSent)]
    assert [fact.resend for fact in sent] == [False, True]
    again = Page(door, path, Role.OFFICE).send(f"{path}/phases/{made['enrolment']}/lettre", {})
    assert again.status_code == 409
    assert "Refusé" in again.text
