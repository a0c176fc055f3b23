"""What the client and the organiser hear of a registration (COM-2)."""

from __future__ import annotations

from uuid import UUID

import pytest

from aggregates.catalogue.events import Region
from aggregates.client.events import FormOfAddress, Language
from aggregates.kernel import Role
from commands.clients.remove_dossier import RemoveDossier
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.staff.add_staff import AddStaff
from tests.processors.post import Post
from tests.support.write_side import ADMIN


def organiser(post: Post) -> UUID:
    command = AddStaff(name="Geneviève Saint-Amand", email="organiser@example.com", roles=(Role.ORGANISER,))
    return post.school.send(command, ADMIN).made["staff"]


@pytest.mark.rule("COM-2")
@pytest.mark.rule("COM-12")
@pytest.mark.rule("INS-9")
def test_a_dated_registration_is_confirmed_and_the_organiser_told(post: Post) -> None:
    who = organiser(post)
    activity = post.school.activity(note="Apportez un coussin.")
    venue = post.school.venue(
        city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris", name="Salle Jaune"
    )
    workshop = post.school.workshop(
        activity, venue=venue, zone="Europe/Paris", organiser=who, practical_note="Sonnez au 3."
    )
    client = post.school.client(
        email="lea@example.com", first_name="Léa", form_of_address=FormOfAddress.MADAM
    )
    post.school.registration(client, activity, workshop)
    post.react_and_deliver()
    assert [mail["To"] for mail in post.sink.mails] == ["lea@example.com", "organiser@example.com"]
    confirmation, notice = post.sink.mails
    assert confirmation["Subject"] == "Votre inscription : Écoute de soi"
    assert confirmation["Reply-To"] == "organiser@example.com"
    body = confirmation.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for words in (
        "Chère Léa",
        "Salle Jaune",
        "Apportez un coussin.",
        "Sonnez au 3.",
        "375,00",
        "Europe, en présence",
    ):
        assert words in body
    assert confirmation.get_body(("html",)) is not None
    assert notice["Subject"].startswith("Nouvelle inscription : Léa")
    assert notice["Reply-To"] == "lea@example.com"


@pytest.mark.rule("COM-2")
def test_a_registration_without_date_is_confirmed_and_gives_no_notice(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    post.school.registration(client, activity)
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "sent", None)]
    assert "à planifier" in post.sink.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.rule("COM-2")
@pytest.mark.rule("INS-7")
def test_a_moved_registration_tells_the_client_and_both_organisers(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    first, second = post.school.workshop(activity), post.school.workshop(activity)
    registration = post.school.registration(client, activity, first)
    post.react_and_deliver()
    post.school.send(ChooseDate(client=client, registration=registration, workshop=second))
    post.react_and_deliver()
    templates = [template for template, _, _ in post.outbox()[2:]]
    assert templates == ["date_changed", "organiser_arrival", "organiser_departure"]
    assert {state for _, state, _ in post.outbox()} == {"sent"}


@pytest.mark.rule("COM-2")
def test_leaving_a_workshop_tells_the_organiser_and_a_return_the_client(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    workshop = post.school.workshop(activity)
    registration = post.school.registration(client, activity, workshop)
    post.react_and_deliver()
    post.school.send(DeferRegistration(client=client, registration=registration))
    post.react_and_deliver()
    post.school.send(ChooseDate(client=client, registration=registration, workshop=workshop))
    post.react_and_deliver()
    post.school.send(CancelRegistration(client=client, registration=registration, note=None))
    post.react_and_deliver()
    assert [template for template, _, _ in post.outbox()] == [
        "organiser_arrival",
        "registration_confirmed",
        "organiser_departure",
        "date_chosen",
        "organiser_arrival",
        "organiser_departure",
    ]


@pytest.mark.rule("COM-2")
def test_the_school_itself_gets_the_notice_where_no_organiser_has_an_address(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    post.school.registration(client, activity, post.school.workshop(activity))
    post.react_and_deliver()
    assert "info@example.com" in [mail["To"] for mail in post.sink.mails]


@pytest.mark.rule("COM-3")
def test_a_registration_cancelled_before_its_mail_left_is_not_confirmed(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    registration = post.school.registration(client, activity)
    post.school.send(CancelRegistration(client=client, registration=registration, note=None))
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "dropped", "SupersededError")]
    assert not post.sink.mails


@pytest.mark.rule("DOS-8")
def test_a_removed_client_gets_nothing_any_more(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    registration = post.school.registration(client, activity)
    post.school.send(CancelRegistration(client=client, registration=registration, note=None))
    post.school.send(RemoveDossier(client=client))
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "dropped", "RecipientGoneError")]


def test_an_english_speaker_is_written_to_in_english(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client(language=Language.EN)
    post.school.registration(client, activity, post.school.workshop(activity))
    post.react_and_deliver()
    assert post.sink.mails[0]["Subject"] == "Your registration: Écoute de soi"
