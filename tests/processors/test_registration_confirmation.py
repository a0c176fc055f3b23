"""What the client and the organiser hear of a registration (COM-2)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest

from aggregates.catalogue.settings import Region, SchoolSettings
from aggregates.client.events import FormOfAddress, Language
from aggregates.kernel import Role
from commands.catalogue.change_settings import ChangeSettings
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.remove_dossier import RemoveDossier
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.resend_confirmation import ResendConfirmation
from commands.staff.add_staff import AddStaff
from commands.staff.remove_staff import RemoveStaff
from tests.processors.post import Post
from tests.support.write_side import ADMIN


def organiser(post: Post) -> UUID:
    command = AddStaff(name="Geneviève Saint-Amand", email="organiser@example.com", roles=(Role.ORGANISER,))
    return post.school.send(command, ADMIN).made["staff"]


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.rule("COM-2")
@pytest.mark.rule("COM-5")
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
    confirmation, notice = sorted(post.sink.mails, key=lambda mail: str(mail["To"]))
    assert [mail["To"] for mail in (confirmation, notice)] == ["lea@example.com", "organiser@example.com"]
    assert confirmation["Subject"] == "Votre inscription : Écoute de soi"
    assert confirmation["Reply-To"] == "organiser@example.com"
    body = words_of(confirmation)
    for words in (
        "Chère Léa",
        "Salle Jaune",
        "Apportez un coussin.",
        "Sonnez au 3.",
        "Prix : 375,00",
        "Acompte : 40,00",
        "Solde : 375,00",
        "ne coûte rien",
        "Europe, en présence",
        "Votre dossier : https://portail.example.com/mon-dossier\r\n",
    ):
        assert words in body
    assert confirmation.get_body(("html",)) is not None
    assert notice["Subject"].startswith("Nouvelle inscription : Léa")
    assert notice["Reply-To"] == "organiser@example.com"
    assert "lea@example.com" not in notice.as_string(), "the dossier has it; a mailbox would keep it"


@pytest.mark.rule("INS-9")
def test_the_confirmation_leads_to_the_terms_of_its_region_or_of_both(post: Post) -> None:
    links = {
        Region.CANADA: "https://example.com/canada",
        Region.EUROPE: "https://portail.example.com/conditions#europe",
    }
    """The school has a page of its own for Canada only; the portal's stands in for the other."""
    own = {Region.CANADA: links[Region.CANADA]}
    post.school.send(ChangeSettings(seen_version=0, settings=SchoolSettings(terms_links=own)), ADMIN)
    venue = post.school.venue(city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris")
    europe, online, undated = (post.school.activity(name) for name in ("Lyon", "En ligne", "Sans date"))
    client = post.school.client()
    post.school.registration(client, europe, post.school.workshop(europe, venue=venue, zone="Europe/Paris"))
    post.school.registration(client, online, post.school.workshop(online))
    post.school.registration(client, undated)
    post.react_and_deliver()
    mails = [words_of(mail) for mail in post.sink.mails if mail["Subject"].startswith("Votre inscription")]
    assert [[link in mail for link in links.values()] for mail in mails] == [
        [False, True],
        [True, False],
        [True, True],
    ]
    assert (
        "conditions d’annulation (Europe)\N{NO-BREAK SPACE}: https://portail.example.com/conditions#europe"
        in mails[0]
    )


@pytest.mark.rule("COM-2")
def test_a_registration_without_date_is_confirmed_and_gives_no_notice(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    post.school.registration(client, activity)
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "sent", None)]
    assert "à planifier" in words_of(post.sink.mails[0])


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
    post.school.send(CancelRegistration(client=client, registration=registration, note="Ne vient plus."))
    post.react_and_deliver()
    assert [template for template, _, _ in post.outbox()] == [
        "organiser_arrival",
        "registration_confirmed",
        "organiser_departure",
        "date_chosen",
        "organiser_arrival",
        "organiser_departure",
    ]


@pytest.mark.rule("COM-1")
def test_the_small_envelope_sends_the_confirmation_again_and_the_organiser_nothing(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    registration = post.school.registration(client, activity, post.school.workshop(activity))
    post.react_and_deliver()
    post.school.send(ResendConfirmation(client=client, registration=registration))
    post.react_and_deliver()
    first, again = (mail for mail in post.sink.mails if str(mail["To"]).startswith("eloise"))
    assert words_of(first) == words_of(again)
    assert first["Message-ID"] != again["Message-ID"]
    assert len(post.sink.mails) == 3


@pytest.mark.rule("COM-2")
def test_the_school_itself_gets_the_notice_where_no_organiser_has_an_address(post: Post) -> None:
    who, activity, client = organiser(post), post.school.activity(), post.school.client()
    workshop = post.school.workshop(activity, organiser=who)
    post.school.send(RemoveStaff(staff=who), ADMIN)
    post.school.registration(client, activity, workshop)
    post.react_and_deliver()
    assert "info@example.com" in [mail["To"] for mail in post.sink.mails]


@pytest.mark.rule("COM-12")
def test_the_dates_come_along_as_a_calendar_file(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    starts = datetime(2027, 3, 1, 14, tzinfo=UTC)
    registration = post.school.registration(client, activity, post.school.workshop(activity, starts=starts))
    post.react_and_deliver()
    confirmation = next(mail for mail in post.sink.mails if mail["To"].startswith("eloise"))
    (attached,) = confirmation.iter_attachments()
    assert attached.get_filename() == "atelier.ics"
    assert attached.get_content_type() == "text/calendar"
    assert f"UID:{registration}-1\r\n" in attached.get_content().replace("\r\n", "\n").replace("\n", "\r\n")
    assert "lundi 1er mars 2027, 09:00 – 17:00" in words_of(confirmation)


@pytest.mark.rule("COM-2")
@pytest.mark.rule("INS-9")
def test_put_off_before_its_mail_left_it_is_confirmed_to_be_scheduled(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    registration = post.school.registration(client, activity, post.school.workshop(activity))
    post.school.send(DeferRegistration(client=client, registration=registration))
    post.react_and_deliver()
    (confirmation,) = [mail for mail in post.sink.mails if mail["To"].startswith("eloise")]
    assert "à planifier" in words_of(confirmation)
    assert "une fois la date choisie" in words_of(confirmation)
    assert list(confirmation.iter_attachments()) == []


@pytest.mark.rule("COM-2")
def test_a_date_chosen_before_the_first_mail_left_is_told_once(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    workshop = post.school.workshop(activity)
    registration = post.school.registration(client, activity)
    post.school.send(ChooseDate(client=client, registration=registration, workshop=workshop))
    post.react_and_deliver()
    assert post.outbox() == [
        ("registration_confirmed", "dropped", "SupersededError"),
        ("date_chosen", "sent", None),
        ("organiser_arrival", "sent", None),
    ]


@pytest.mark.rule("COM-2")
def test_a_date_given_up_before_its_mail_left_is_not_told(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    workshop = post.school.workshop(activity)
    registration = post.school.registration(client, activity)
    post.react_and_deliver()
    post.school.send(ChooseDate(client=client, registration=registration, workshop=workshop))
    post.school.send(DeferRegistration(client=client, registration=registration))
    post.react_and_deliver()
    assert ("date_chosen", "dropped", "SupersededError") in post.outbox()


@pytest.mark.rule("COM-2")
def test_a_changed_date_names_the_new_and_the_old(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    first = post.school.workshop(activity, starts=datetime(2027, 3, 1, 14, tzinfo=UTC))
    second = post.school.workshop(activity, starts=datetime(2027, 4, 9, 13, tzinfo=UTC))
    registration = post.school.registration(client, activity, first)
    post.react_and_deliver()
    post.school.send(ChooseDate(client=client, registration=registration, workshop=second))
    post.react_and_deliver()
    changed = next(mail for mail in post.sink.mails if mail["Subject"].startswith("Votre date a changé"))
    told = words_of(changed)
    assert told.index("vendredi 9 avril 2027, 09:00") < told.index("lundi 1er mars 2027, 09:00")
    assert "heure de l’Est" in told


@pytest.mark.rule("COM-4")
@pytest.mark.parametrize(
    ("form", "greeting"),
    [
        (FormOfAddress.MADAM, "Chère Claude,"),
        (FormOfAddress.SIR, "Cher Claude,"),
        (None, "Bonjour Claude,"),
    ],
)
def test_the_greeting_agrees_with_the_form_of_address(
    post: Post, form: FormOfAddress | None, greeting: str
) -> None:
    client = post.school.client(first_name="Claude", form_of_address=form)
    post.school.registration(client, post.school.activity())
    post.react_and_deliver()
    assert words_of(post.sink.mails[0]).startswith(greeting)


@pytest.mark.rule("COM-3")
def test_a_registration_cancelled_before_its_mail_left_is_not_confirmed(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    registration = post.school.registration(client, activity)
    post.school.send(CancelRegistration(client=client, registration=registration, note="Ne vient plus."))
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "dropped", "SupersededError")]
    assert not post.sink.mails


@pytest.mark.rule("DOS-8")
def test_a_removed_client_gets_nothing_but_that_the_dossier_is_removed(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client()
    registration = post.school.registration(client, activity)
    post.school.cancelled(client, registration)
    post.school.send(RemoveDossier(client=client))
    post.react_and_deliver()
    assert sorted(post.outbox()) == [
        ("dossier_removed", "sent", None),
        ("registration_confirmed", "dropped", "RecipientGoneError"),
    ]
    assert len(post.sink.mails) == 1


def test_an_english_speaker_is_written_to_in_english(post: Post) -> None:
    activity, client = post.school.activity(), post.school.client(language=Language.EN)
    post.school.registration(client, activity, post.school.workshop(activity))
    post.react_and_deliver()
    subjects = [mail["Subject"] for mail in post.sink.mails if mail["To"].startswith("eloise")]
    assert subjects == ["Your registration: Écoute de soi"]


@pytest.mark.rule("DOS-6")
def test_who_is_reached_at_a_relatives_address_gets_mails_there_which_name_them(post: Post) -> None:
    client, other, activity = post.school.client(email=None), post.school.client(), post.school.activity()
    relative = RecordContactAddress(client=client, email="zoe@example.com", via="sa fille Zoé")
    post.school.send(relative)
    for who in (client, other):
        post.school.registration(who, activity)
    post.react_and_deliver()
    assert post.sink.recipients[0] == ["zoe@example.com"]
    confirmed = [m for m in post.sink.mails if m["Subject"].startswith("Votre inscription")]
    assert ["Éloïse D’Arcy" in words_of(m).replace("'", "’").rpartition("--")[2] for m in confirmed] == [
        True,
        False,
    ]
