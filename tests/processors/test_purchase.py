"""What was bought together is confirmed together, each workshop with its own words (COM-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest

from aggregates.catalogue.settings import Region
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.registrations.resend_confirmation import ResendConfirmation
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import words_of

STARTS = datetime(2027, 4, 9, 13, tzinfo=UTC)
pytestmark = pytest.mark.rule("COM-2")


class Phase:
    """A phase of three: one in Laval, one in Lyon before it, one À PLANIFIER."""

    def __init__(self, post: Post) -> None:
        self.post, school = post, post.school
        school.now(STARTS - timedelta(days=60))
        self.phase, self.activities = school.phase(size=3)
        laval = school.venue(note="Garez-vous derrière.", name="Hôtel du Parc")
        lyon = school.venue(
            name="Salle Jaune", city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris"
        )
        self.first = school.workshop(
            self.activities[0], starts=STARTS, venue=laval, practical_note="Apportez un coussin."
        )
        self.second = school.workshop(
            self.activities[1],
            starts=STARTS - timedelta(days=20),
            venue=lyon,
            zone="Europe/Paris",
            practical_note="Sonnez au 3.",
        )
        dates = (
            PhaseDate(activity=self.activities[0], workshop=self.first),
            PhaseDate(activity=self.activities[1], workshop=self.second),
        )
        self.client = school.client(email="lea@example.com", first_name="Léa")
        made = school.send(RegisterForPhase(client=self.client, phase=self.phase, dates=dates)).made
        self.registrations = [made[f"registration-{n}"] for n in (1, 2, 3)]

    def follow(self) -> None:
        self.post.react_and_deliver()

    def to_client(self) -> list[EmailMessage]:
        return [m for m in self.post.sink.mails if m["To"] == "lea@example.com"]

    def told(self) -> list[tuple[str, str]]:
        rows = self.post.connection.execute(
            "select template, state from outbox where recipient = 'client' order by position, template"
        )
        return [(str(template), str(state)) for template, state in rows]

    def defer(self, n: int) -> None:
        wish = DeferRegistration(client=self.client, registration=self.registrations[n])
        self.post.school.send(wish)

    def choose(self, n: int, workshop: UUID) -> None:
        wish = ChooseDate(client=self.client, registration=self.registrations[n], workshop=workshop)
        self.post.school.send(wish)


@pytest.fixture
def phase(post: Post) -> Phase:
    return Phase(post)


@pytest.mark.rule("COM-12", "INS-9")
def test_a_phase_is_confirmed_once_with_a_part_per_workshop_and_a_line_per_open_place(phase: Phase) -> None:
    phase.follow()
    (mail,) = phase.to_client()
    assert mail["Subject"] == "Vos inscriptions"
    text = words_of(mail).replace("\xa0", " ")
    lyon, laval = text.index("Activité 2"), text.index("Activité 1")
    end = text.index("À planifier")
    assert lyon < laval < end, "in the order of their dates"
    for words in ("Salle Jaune", "Sonnez au 3.", "Europe, en présence", "heure de l’Europe centrale"):
        assert lyon < text.index(words) < laval
        assert text.count(words) == 1
    assert laval < text.index("Canada et en ligne") < end
    for words in ("Hôtel du Parc", "Garez-vous derrière.", "Apportez un coussin."):
        assert laval < text.index(words) < end
        assert text.count(words) == 1
    assert "- Activité 3, 375,00 $" in text[end:]
    assert "Prix : 1 125,00 $" in text[end:].replace("\u202f", " ")
    assert "Acompte : 120,00 $" in text[end:]
    assert text.count("Facture : ") == 1


def test_all_dates_come_along_in_one_calendar(phase: Phase) -> None:
    phase.follow()
    (attached,) = phase.to_client()[0].iter_attachments()
    assert attached.get_content().count("BEGIN:VEVENT") == 2


def test_what_changed_before_it_left_is_left_to_its_own_mail(phase: Phase) -> None:
    other = phase.post.school.workshop(phase.activities[0], starts=STARTS + timedelta(days=30))
    phase.choose(0, other)
    phase.defer(1)
    phase.post.school.send(
        CancelRegistration(client=phase.client, registration=phase.registrations[2], note="Non.")
    )
    phase.follow()
    assert phase.told() == [("basket_confirmed", "sent"), ("date_changed", "sent")]
    text = words_of(next(m for m in phase.to_client() if m["Subject"] == "Vos inscriptions"))
    assert "- Activité 2" in text, "put off, it is to be scheduled"
    assert "Activité 1" not in text
    assert "Activité 3" not in text


@pytest.mark.rule("COM-3")
def test_with_nothing_left_of_it_nothing_is_sent(phase: Phase) -> None:
    for registration in phase.registrations:
        wish = CancelRegistration(client=phase.client, registration=registration, note="Erreur.")
        phase.post.school.send(wish)
    phase.follow()
    assert phase.told() == [("basket_confirmed", "dropped")]


@pytest.mark.rule("COM-1")
def test_the_envelope_and_a_later_date_are_about_one_registration(phase: Phase) -> None:
    phase.follow()
    later = phase.post.school.workshop(phase.activities[2], starts=STARTS + timedelta(days=40))
    phase.choose(2, later)
    phase.follow()
    phase.post.school.send(ResendConfirmation(client=phase.client, registration=phase.registrations[0]))
    phase.follow()
    _, date, again = phase.to_client()
    assert date["Subject"] == "Votre date est choisie : Activité 3"
    assert again["Subject"] == "Votre inscription : Activité 1"
    assert "Sonnez au 3." not in words_of(again)


@pytest.mark.rule("T12")
def test_a_clock_set_back_holds_no_confirmation_up(phase: Phase) -> None:
    phase.post.school.now(STARTS - timedelta(days=61))
    phase.follow()
    assert phase.told() == [("basket_confirmed", "sent")]
