"""Clients hear that their workshop was moved, cancelled or restored: once, if it still holds (COM-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest

from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.change_plan import ChangePlan
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.move_workshop import MoveWorkshop
from commands.workshops.plan_workshop import PlannedSession
from commands.workshops.restore_workshop import RestoreWorkshop
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import words_of
from tests.support.write_side import ORGANISER

FIRST = datetime(2027, 3, 1, 14, tzinfo=UTC)
SECOND = datetime(2027, 4, 9, 13, tzinfo=UTC)


def to_clients(post: Post) -> list[EmailMessage]:
    return [mail for mail in post.sink.mails if str(mail["To"]).startswith("eloise")]


def moved(workshop: UUID, version: int, starts: datetime, venue: UUID | None) -> MoveWorkshop:
    session = PlannedSession(starts=starts, ends=starts + timedelta(hours=8))
    return MoveWorkshop(
        workshop=workshop, seen_version=version, venue=venue, zone="America/Toronto", sessions=(session,)
    )


def version_of(post: Post, workshop: UUID) -> int:
    row = post.connection.execute("select max(version) from events where stream = %s", (workshop,)).fetchone()
    assert row is not None
    return int(row[0])


def a_registration(post: Post) -> tuple[UUID, UUID, UUID, UUID]:
    """Activity, workshop, client and registration; what that sends has been sent."""
    activity, client = post.school.activity(), post.school.client()
    workshop = post.school.workshop(activity, starts=FIRST)
    registration = post.school.registration(client, activity, workshop)
    post.react_and_deliver()
    post.sink.mails.clear()
    return activity, workshop, client, registration


def told(post: Post) -> list[tuple[str, str]]:
    return [
        (template, state)
        for template, state, _ in post.outbox()
        if template.startswith("workshop_") or template == "date_chosen"
    ]


@pytest.mark.rule("COM-2", "COM-12", "ATE-10")
def test_a_moved_workshop_is_told_with_old_and_new_details(post: Post) -> None:
    _, workshop, _, registration = a_registration(post)
    venue = post.school.venue(name="Salle Jaune")
    post.school.send(moved(workshop, version_of(post, workshop), SECOND, venue))
    post.react_and_deliver()
    (mail,) = to_clients(post)
    text = words_of(mail)
    assert text.index("vendredi 9 avril 2027, 09:00") < text.index("lundi 1er mars 2027, 09:00")
    assert text.index("Salle Jaune") < text.index("Lieu : en ligne")
    modify = f"https://portail.example.com/mon-dossier/inscriptions/{registration}/modifier"
    assert f"sans frais : {modify}" in text
    (attached,) = mail.iter_attachments()
    assert "DTSTART:20270409T130000Z" in attached.get_content()


@pytest.mark.rule("COM-2")
def test_moved_twice_before_the_mail_left_it_is_told_once(post: Post) -> None:
    _, workshop, _, _ = a_registration(post)
    post.school.send(moved(workshop, version_of(post, workshop), SECOND, None))
    post.school.send(moved(workshop, version_of(post, workshop), SECOND + timedelta(days=1), None))
    post.react_and_deliver()
    assert told(post) == [("workshop_moved", "dropped"), ("workshop_moved", "sent")]
    assert "samedi 10 avril 2027" in words_of(to_clients(post)[0])


@pytest.mark.rule("COM-2", "COM-12", "ATE-4")
def test_a_cancelled_workshop_is_told_with_the_way_to_another_date(post: Post) -> None:
    activity, workshop, _, _ = a_registration(post)
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react_and_deliver()
    (mail,) = to_clients(post)
    assert mail["Subject"] == "Atelier annulé : Écoute de soi"
    text = words_of(mail)
    assert "lundi 1er mars 2027, 09:00" in text
    assert "Votre inscription est conservée" in text
    assert f"https://portail.example.com/dates?activite={activity}" in text
    assert "Salle inondée" not in text, "the reason is the school's"
    assert list(mail.iter_attachments()) == []


@pytest.mark.rule("ATE-5", "COM-2")
def test_who_heard_that_it_is_cancelled_hears_that_it_takes_place(post: Post) -> None:
    _, workshop, _, _ = a_registration(post)
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react_and_deliver()
    post.school.send(RestoreWorkshop(workshop=workshop))
    post.react_and_deliver()
    assert told(post) == [("workshop_cancelled", "sent"), ("workshop_restored", "sent")]
    assert "aura lieu" in words_of(to_clients(post)[1])


@pytest.mark.rule("ATE-5", "COM-3")
def test_restored_before_the_mails_left_nobody_hears_of_either(post: Post) -> None:
    _, workshop, _, _ = a_registration(post)
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.school.send(RestoreWorkshop(workshop=workshop))
    post.react_and_deliver()
    assert told(post) == [("workshop_cancelled", "dropped"), ("workshop_restored", "dropped")]
    assert to_clients(post) == []


@pytest.mark.rule("ATE-5", "COM-3")
def test_cancelled_a_second_time_each_round_is_told_for_itself(post: Post) -> None:
    _, workshop, _, _ = a_registration(post)
    for _ in range(2):
        post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
        post.react_and_deliver()
        post.school.send(RestoreWorkshop(workshop=workshop))
        post.react_and_deliver()
    assert [state for _, state in told(post)] == ["sent"] * 4


@pytest.mark.rule("COM-2")
def test_who_chose_another_date_meanwhile_hears_of_that_alone(post: Post) -> None:
    activity, workshop, client, registration = a_registration(post)
    other = post.school.workshop(activity, starts=SECOND)
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.school.send(ChooseDate(client=client, registration=registration, workshop=other))
    post.react_and_deliver()
    assert told(post) == [("workshop_cancelled", "dropped"), ("date_chosen", "sent")]


@pytest.mark.rule("ATE-4")
def test_who_waits_for_a_seat_hears_that_the_list_is_closed(post: Post) -> None:
    activity = post.school.activity()
    workshop = post.school.workshop(activity, starts=FIRST, capacity=1)
    post.school.registration(post.school.client(), activity, workshop)
    waiting = post.school.client(email="luc@example.com", first_name="Luc")
    post.school.send(JoinWaitingList(client=waiting, workshop=workshop))
    post.react_and_deliver()
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react_and_deliver()
    (mail,) = [mail for mail in post.sink.mails if mail["To"] == "luc@example.com"]
    assert "liste d’attente est fermée" in words_of(mail)
    assert "lundi 1er mars 2027, 09:00" in words_of(mail)
    assert list(mail.iter_attachments()) == []


@pytest.mark.rule("ATE-5")
def test_who_finds_no_seat_in_the_restored_workshop_is_told_so_once(post: Post) -> None:
    activity = post.school.activity()
    workshop = post.school.workshop(activity, starts=FIRST, capacity=2)
    for name in ("eloise", "luc"):
        client = post.school.client(email=f"{name}@example.com")
        post.school.registration(client, activity, workshop)
    post.react_and_deliver()
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react_and_deliver()
    assert ORGANISER.user is not None
    narrower = ChangePlan(
        workshop=workshop,
        seen_version=version_of(post, workshop),
        organiser=ORGANISER.user,
        trainers=(),
        capacity=1,
        retake_limit=None,
        place_note=None,
        practical_note=None,
    )
    post.school.send(narrower)
    post.school.send(RestoreWorkshop(workshop=workshop))
    post.sink.mails.clear()
    for _ in range(2):
        post.react_and_deliver()
    told_of = {str(mail["To"]): str(mail["Subject"]) for mail in post.sink.mails}
    assert told_of == {
        "eloise@example.com": "L’atelier aura lieu : Écoute de soi",
        "luc@example.com": "L’atelier aura lieu, sans votre place : Écoute de soi",
    }
    assert len(post.sink.mails) == 2


@pytest.mark.rule("ATE-5", "COM-3")
def test_who_heard_that_it_is_off_hears_that_it_is_on_however_often_it_changed_since(post: Post) -> None:
    _, workshop, _, _ = a_registration(post)
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react_and_deliver()
    post.school.send(RestoreWorkshop(workshop=workshop))
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react_and_deliver()
    assert [state for _, state in told(post)] == ["sent", "dropped", "dropped"], "no second mail"
    post.school.send(RestoreWorkshop(workshop=workshop))
    post.react_and_deliver()
    assert told(post)[-1] == ("workshop_restored", "sent")


@pytest.mark.rule("ATE-5")
def test_nobody_hears_that_a_restored_workshop_is_off(post: Post) -> None:
    activity, workshop, client, registration = a_registration(post)
    waiting = post.school.workshop(activity, starts=SECOND, capacity=1)
    post.school.registration(post.school.client(), activity, waiting)
    luc = post.school.client(email="luc@example.com")
    post.school.send(JoinWaitingList(client=luc, workshop=waiting))
    for one in (workshop, waiting):
        post.school.send(CancelWorkshop(workshop=one, reason="Salle inondée"))
        post.school.send(RestoreWorkshop(workshop=one))
    post.school.send(DeferRegistration(client=client, registration=registration))
    post.react_and_deliver()
    assert not [m for m in post.sink.mails if "annulé" in str(m["Subject"]) or m["To"] == "luc@example.com"]


@pytest.mark.rule("ATE-10")
def test_moves_that_were_never_told_are_one_move_from_what_the_client_knows(post: Post) -> None:
    _, workshop, _, _ = a_registration(post)
    for starts in (SECOND, SECOND + timedelta(days=1)):
        post.school.send(moved(workshop, version_of(post, workshop), starts, None))
    post.react_and_deliver()
    (mail,) = to_clients(post)
    assert "lundi 1er mars 2027, 09:00" in words_of(mail).partition("Auparavant")[2]
    post.sink.mails.clear()
    for starts in (FIRST, SECOND + timedelta(days=1)):
        post.school.send(moved(workshop, version_of(post, workshop), starts, None))
    post.react_and_deliver()
    assert to_clients(post) == [], "it stands where the client knows it"


@pytest.mark.rule("COM-3")
def test_a_mail_waits_for_an_earlier_one_that_is_leaving(post: Post) -> None:
    _, workshop, _, _ = a_registration(post)
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react()
    post.connection.execute(
        "update outbox set state = 'claimed', lease_until = now() + interval '1 min'"
        " where template = 'workshop_cancelled'"
    )
    post.school.send(RestoreWorkshop(workshop=workshop))
    post.react_and_deliver()
    assert told(post) == [("workshop_cancelled", "claimed"), ("workshop_restored", "to_send")]
