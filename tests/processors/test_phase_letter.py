"""The letter of a finished phase: sent by hand, with the letter itself as PDF (ATT-2)."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest

from aggregates.client.events import FormOfAddress, Language
from aggregates.mailing.events import TemplateKey
from commands.mailing.change_template import ChangeTemplate
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.registrations.send_phase_letter import SendPhaseLetter
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from tests.documents.conftest import text_of
from tests.processors.post import Post
from tests.support.builders import NOW
from tests.support.write_side import ADMIN

pytestmark = pytest.mark.rule("ATT-2")


def finished(post: Post, **who: object) -> tuple[UUID, UUID, UUID, UUID]:
    """A student who followed both activities of a phase: client, enrolment, last workshop and its place."""
    school = post.school
    school.now(NOW)
    client, (phase, activities) = school.client(last_name="Gagnon", **who), school.phase(size=2)
    dates = [school.workshop(a, starts=NOW - timedelta(days=9 - n)) for n, a in enumerate(activities)]
    chosen = tuple(PhaseDate(activity=a, workshop=w) for a, w in zip(activities, dates, strict=True))
    wish = RegisterForPhase(client=client, phase=phase, dates=chosen, waive_reason="Sur place")
    made = school.send(wish).made
    for n, workshop in enumerate(dates, 1):
        school.send(TickAttendance(workshop=workshop, registrations=(made[f"registration-{n}"],)))
    return client, made["enrolment"], dates[1], made["registration-2"]


def letters(post: Post) -> list[EmailMessage]:
    post.react_and_deliver()
    return [mail for mail in post.sink.mails if "phase" in mail["Subject"] or "Phase" in mail["Subject"]]


def pdf_of(mail: EmailMessage) -> tuple[str | None, bytes]:
    [attached] = mail.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    return attached.get_filename(), attached.get_content()


def test_nothing_goes_by_itself_and_the_letter_when_it_is_sent(post: Post) -> None:
    client, enrolment, _, _ = finished(post, first_name="Zoé", form_of_address=FormOfAddress.MADAM)
    assert letters(post) == []
    post.school.send(SendPhaseLetter(client=client, enrolment=enrolment))
    [mail] = letters(post)
    assert mail["Subject"] == "Vous avez terminé la phase 1"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Chère Zoé" in body.get_content()
    assert "lettre ci-jointe" in body.get_content()
    name, made = pdf_of(mail)
    assert name == "lettre-phase-1.pdf"
    text = text_of(made)
    assert "Zoé Gagnon" in text
    assert "Activité 2 16 novembre 2026" in text


def test_a_resend_carries_the_same_letter(post: Post) -> None:
    client, enrolment, _, _ = finished(post)
    letter = SendPhaseLetter(client=client, enrolment=enrolment)
    post.school.send(letter)
    letters(post)
    post.school.send(letter.model_copy(update={"resend": True}))
    first, again = letters(post)
    assert pdf_of(first) == pdf_of(again)
    assert first["Message-ID"] != again["Message-ID"]


def test_an_english_speaker_gets_it_in_english(post: Post) -> None:
    client, enrolment, _, _ = finished(post, first_name="Ann", language=Language.EN)
    post.school.send(SendPhaseLetter(client=client, enrolment=enrolment))
    [mail] = letters(post)
    assert mail["Subject"] == "You have completed phase 1"
    assert "Followed on" in text_of(pdf_of(mail)[1])


@pytest.mark.rule("COM-4")
def test_the_schools_own_wording_stands_in_the_letter(post: Post) -> None:
    client, enrolment, _, _ = finished(post)
    wording = ChangeTemplate(
        key=TemplateKey.PHASE_LETTER_PAGE,
        language=Language.FR,
        seen_version=0,
        subject="Bravo pour la {phase}",
        body="{cher} {prenom_client},\n\nNotre #texte *à nous* !",
    )
    post.school.send(wording, ADMIN)
    post.school.send(SendPhaseLetter(client=client, enrolment=enrolment))
    text = text_of(pdf_of(letters(post)[0])[1])
    assert "Bravo pour la phase 1" in text
    assert "Notre #texte *à nous* !" in text


@pytest.mark.rule("COM-3")
def test_who_lacks_a_place_again_before_it_left_gets_none(post: Post) -> None:
    client, enrolment, workshop, registration = finished(post)
    post.school.send(SendPhaseLetter(client=client, enrolment=enrolment))
    post.school.send(UntickAttendance(workshop=workshop, registrations=(registration,)))
    assert letters(post) == []
    assert ("phase_letter", "dropped", "SupersededError") in post.outbox()
