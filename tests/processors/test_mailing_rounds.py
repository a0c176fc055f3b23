"""Mailings leave in rounds: to whom and when they may, as they were reviewed (COM-3, COM-5 to COM-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest

from aggregates.audience.conditions import InCountry
from aggregates.audience.found import fingerprint
from aggregates.client.missed_mails.events import UndeliveredReason
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.mailing.allowance.state import ALLOWANCE, allowance_id
from aggregates.mailing.events import MailingEnded, StopReason
from aggregates.mailing.state import MAILING, Ended, Paused
from commands.clients.choose_preferences import ChoosePreferences
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.compose_mailing import Audience, ComposeMailing, Roster
from commands.mailing.decide_held_mail import DecideHeldMail
from commands.mailing.pause_mailing import PauseMailing
from commands.mailing.resume_mailing import ResumeMailing
from commands.mails.resend_missed import ResendMissed
from commands.workshops.cancel_workshop import CancelWorkshop
from processors.runtime import sent_mail
from processors.runtime.delivery import MOST_TRIES
from projections import waiting_work
from projections.waiting_work import Asked, ToDoKind
from tests.processors.post import Post, locked_meanwhile
from tests.support.builders import dossier_deactivated
from tests.support.write_side import OFFICE, ORGANISER, principal

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
OFFICE_ID = OFFICE.user
assert OFFICE_ID is not None


@pytest.fixture(autouse=True)
def _now(post: Post) -> None:
    post.school.now(NOW)
    post.school.employ(OFFICE.user, roles=(Role.OFFICE,))


def willing(post: Post, number: int = 1, *, email: bool = True, **changes: Any) -> list[UUID]:
    """Clients who answered whether they may be written to."""
    made = [post.school.client(**changes) for _ in range(number)]
    for client in made:
        answer(post, client, email=email)
    return made


def answer(post: Post, client: UUID, *, email: bool) -> None:
    said = ChoosePreferences(client=client, telephone=False, post=False, email=email, wording="1")
    post.school.send(said, principal(Role.CLIENT, user=client))


def composed(post: Post, clients: list[UUID], **changes: Any) -> UUID:
    """A mailing of the office's to all clients of Canada, who are these."""
    post.catch_up()
    everybody = Audience(query=InCountry(kind="country", country="CA"), reviewed=fingerprint(clients))
    values: dict[str, Any] = {
        "subject": "Nouvelles dates, {prenom_client}",
        "text": "{cher} {prenom_client},\n\nVoici nos dates.",
        "audience": everybody,
    }
    return post.school.send(ComposeMailing(**values | changes)).made["mailing"]


def to_roster(post: Post, number: int = 2, who: Any = OFFICE, **changes: Any) -> tuple[UUID, UUID]:
    """A mailing to the participants of a workshop, who allowed no e-mails; and the workshop."""
    activity = post.school.activity()
    workshop = post.school.workshop(activity, starts=NOW + timedelta(days=2))
    seats = tuple(
        post.school.late_registration(post.school.client(), activity, workshop) for _ in range(number)
    )
    roster = Roster(workshop=workshop, registrations=seats, reason="La salle change.")
    wish = ComposeMailing(subject="Autre salle", text="{activite} : salle 2.", roster=roster, **changes)
    return post.school.send(wish, who).made["mailing"], workshop


def rows(post: Post) -> list[tuple[str, str | None]]:
    found = post.connection.execute(
        "select state, error from outbox where mailing is not null order by state, error"
    ).fetchall()
    return [(state, error) for state, error in found]


def to_dos(post: Post, kind: ToDoKind) -> list[tuple[str, dict[str, int]]]:
    """Which mailings wait for somebody, and with how much."""
    asked = Asked(post.school.side.clock(), None)
    found = post.reads.run(lambda connection: waiting_work.to_dos(connection, kind, asked, 50))
    return [(row["id"], row["missing"]) for row in found]


def sent_today(post: Post, number: int) -> None:
    """The author has sent so many others."""
    post.connection.execute(
        "insert into outbox (id, cause, position, template, recipient, person, params, state, sent_at)"
        " select gen_random_uuid(), cause, position, template, recipient, person, params - 'resent', 'sent',"
        " %s from outbox, generate_series(1, %s) where id = (select min(id::text)::uuid from outbox)",
        (NOW, number),
    )


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def state(post: Post, mailing: UUID) -> Any:
    return post.school.state(MAILING.at(mailing))


def share(post: Post) -> int:
    """What the office's mailings take of the 500."""
    assert OFFICE_ID is not None
    return sum(s.mails for s in post.school.state(ALLOWANCE.at(allowance_id(OFFICE_ID))).shares.values())


class TestLeaving:
    @pytest.mark.rule("COM-6")
    @pytest.mark.rule("COM-5")
    def test_each_recipient_gets_the_text_as_reviewed_and_answers_its_author(self, post: Post) -> None:
        clients = willing(post, 2)
        mailing = composed(post, clients)
        assert post.round() == 2
        first = post.sink.mails[0]
        assert first["Subject"] == "Nouvelles dates, Éloïse"
        assert first["Reply-To"] == f"{OFFICE_ID}@example.com"
        assert "Voici nos dates." in text_of(first)
        assert isinstance(state(post, mailing), Ended)
        assert post.school.facts(MAILING.at(mailing))[-1] == MailingEnded(sent=2, skipped=0, stopped=None)
        assert post.round() == 0
        assert len(post.sink.mails) == 2

    @pytest.mark.rule("COM-1")
    def test_a_batch_takes_one_connection_and_no_worker_of_single_mails_takes_any(self, post: Post) -> None:
        composed(post, willing(post, 3))
        post.react()
        assert post.woken == []
        assert post.due() == []
        post.delivery.deliver(post.connection.execute("select id from outbox limit 1").fetchone()[0])  # type: ignore[index]
        assert not post.sink.mails
        post.rounds.once()
        assert (len(post.sink.mails), post.sink.connections) == (3, 1)

    @pytest.mark.rule("COM-6")
    @pytest.mark.rule("T13")
    @pytest.mark.rule("DOS-18")
    def test_a_consent_withdrawn_meanwhile_holds_and_gives_the_share_back(self, post: Post) -> None:
        kept, lost = clients = willing(post, 2)
        mailing = composed(post, clients)
        post.react()
        assert share(post) == 2
        answer(post, lost, email=False)
        post.round()
        (only,) = post.sink.recipients
        assert rows(post) == [("dropped", "no_consent"), ("sent", None)]
        assert post.school.facts(MAILING.at(mailing))[-1] == MailingEnded(sent=1, skipped=1, stopped=None)
        assert share(post) == 1
        assert kept != lost
        assert len(only) == 1

    @pytest.mark.rule("COM-8")
    def test_a_dossier_removed_meanwhile_gets_nothing(self, post: Post) -> None:
        gone, _ = clients = willing(post, 2)
        composed(post, clients)
        post.react()
        post.log.given((gone, dossier_deactivated(gone)))
        post.round()
        assert rows(post) == [("dropped", "recipient_gone"), ("sent", None)]

    @pytest.mark.rule("COM-8")
    def test_scheduled_it_waits_for_its_moment(self, post: Post) -> None:
        composed(post, willing(post), leaves_at=NOW + timedelta(hours=5))
        assert post.round() == 0
        post.school.now(NOW + timedelta(hours=5))
        assert post.round() == 1

    @pytest.mark.rule("COM-8")
    def test_paused_it_stays_and_resumed_it_goes_on(self, post: Post) -> None:
        mailing = composed(post, willing(post))
        post.react()
        post.school.send(PauseMailing(mailing=mailing))
        assert post.round() == 0
        assert isinstance(state(post, mailing), Paused)
        post.school.send(ResumeMailing(mailing=mailing))
        assert post.round() == 1

    @pytest.mark.rule("COM-8")
    def test_paused_before_its_moment_it_starts_once_resumed(self, post: Post) -> None:
        mailing = composed(post, willing(post), leaves_at=NOW + timedelta(hours=1))
        post.school.send(PauseMailing(mailing=mailing))
        post.school.now(NOW + timedelta(hours=2))
        assert post.round() == 0
        post.school.send(ResumeMailing(mailing=mailing))
        assert post.round() == 1

    @pytest.mark.rule("COM-6")
    def test_cancelled_what_has_not_left_never_does(self, post: Post) -> None:
        mailing = composed(post, willing(post, 2))
        post.react()
        post.school.send(CancelMailing(mailing=mailing))
        assert post.round() == 0
        assert rows(post) == [("dropped", "mailing_cancelled")] * 2

    @pytest.mark.rule("COM-3")
    def test_reading_the_log_again_sends_nothing_more(self, post: Post) -> None:
        composed(post, willing(post))
        post.round()
        post.connection.execute("update processors set position = 0")
        post.connection.execute("update timers set state = 'set'")
        post.connection.execute("update errands set state = 'to_do'")
        assert post.round() == 0
        assert len(post.sink.mails) == 1


class TestAWorkerThatStops:
    """A deploy, a crash, a lost database: the mailing ends all the same, its share is given back."""

    def ended(self, post: Post, mailing: UUID) -> None:
        assert post.school.facts(MAILING.at(mailing))[-1] == MailingEnded(sent=1, skipped=1, stopped=None)
        assert share(post) == 1

    @pytest.mark.rule("COM-8")
    def test_told_to_stop_after_the_last_batch_it_still_ends_the_mailing(self, post: Post) -> None:
        _, lost = clients = willing(post, 2)
        mailing = composed(post, clients)
        post.react()
        answer(post, lost, email=False)
        post.catch_up()
        assert post.rounds.once(lambda: bool(post.sink.mails)) == 1
        self.ended(post, mailing)

    @pytest.mark.rule("COM-8")
    def test_dead_after_the_last_batch_the_next_round_ends_the_mailing(self, post: Post) -> None:
        _, lost = clients = willing(post, 2)
        mailing = composed(post, clients)
        post.react()
        answer(post, lost, email=False)
        post.catch_up()

        def away(*_: object) -> None:
            raise psycopg.OperationalError

        with pytest.raises(psycopg.OperationalError):
            post.rounds_to(post.sink.url, end=away).once()
        assert rows(post) == [("dropped", "no_consent"), ("sent", None)]
        assert not isinstance(state(post, mailing), Ended), "the control"
        assert post.round() == 0
        self.ended(post, mailing)

    @pytest.mark.rule("COM-8")
    def test_one_whose_mails_are_not_written_out_yet_does_not_end(self, post: Post) -> None:
        mailing = composed(post, willing(post))
        post.react()
        post.connection.execute("delete from outbox")
        assert post.round() == 0
        assert not isinstance(state(post, mailing), Ended)


class TestToARoster:
    @pytest.mark.rule("COM-7")
    def test_participants_get_it_whatever_their_preferences_without_the_unsubscribe_link(
        self, post: Post
    ) -> None:
        to_roster(post)
        assert post.round() == 2
        assert "Écoute de soi : salle 2." in text_of(post.sink.mails[0])
        assert post.sink.mails[0]["List-Unsubscribe"] is None

    @pytest.mark.rule("COM-7")
    def test_an_organisers_waits_for_approval(self, post: Post) -> None:
        mailing, _ = to_roster(post, who=ORGANISER)
        assert post.round() == 0
        post.school.send(ApproveMailing(mailing=mailing))
        assert post.round() == 2

    @pytest.mark.rule("COM-7")
    @pytest.mark.parametrize("queued", [True, False])
    def test_once_the_workshop_is_over_nothing_leaves(self, post: Post, queued: bool) -> None:
        mailing, workshop = to_roster(post, leaves_at=NOW + timedelta(minutes=5))
        if queued:
            post.school.now(NOW + timedelta(minutes=5))
            post.react()
        post.school.send(CancelWorkshop(workshop=workshop, reason="Grève des trains."))
        post.school.now(NOW + timedelta(minutes=6))
        assert post.round() == 0
        ended = MailingEnded(sent=0, skipped=2, stopped=StopReason.WORKSHOP_CLOSED)
        assert post.school.facts(MAILING.at(mailing))[-1] == ended
        assert rows(post) == ([("dropped", "workshop_closed")] * 2 if queued else [])
        assert share(post) == 0


class TestTroubleOfTheServers:
    @pytest.mark.rule("COM-1")
    def test_a_refusal_for_now_is_tried_again_and_holds_no_other_back(self, post: Post) -> None:
        composed(post, willing(post, 2))
        post.sink.answers.append("451 later")
        assert post.round() == 1
        assert rows(post) == [("sent", None), ("to_send", "smtp_451")]
        assert post.round() == 0
        post.due_now()
        assert post.round() == 1

    @pytest.mark.rule("COM-1")
    def test_while_the_server_is_away_one_try_is_used_up_in_a_round(self, post: Post) -> None:
        composed(post, willing(post, 3))
        post.sink.mail_answers.append("421 closing")
        assert post.round() == 0
        assert rows(post) == [("to_send", "smtp_421"), ("to_send", None), ("to_send", None)]
        assert post.rounds_to("smtp://127.0.0.1:9").once() == 0
        assert post.connection.execute("select sum(attempts) from outbox").fetchone() == (2,)
        post.due_now()
        assert post.round() == 3

    @pytest.mark.rule("COM-8")
    def test_a_refusal_for_good_gives_the_share_back(self, post: Post) -> None:
        composed(post, willing(post, 2))
        post.sink.answers.append("550 no such user")
        assert post.round() == 1
        assert rows(post) == [("failed", "smtp_550"), ("sent", None)]
        assert share(post) == 1

    @pytest.mark.rule("COM-3")
    @pytest.mark.parametrize("send", [True, False])
    def test_a_lost_answer_is_held_until_somebody_decides(self, post: Post, send: bool) -> None:
        (client,) = clients = willing(post)
        mailing = composed(post, clients)
        post.sink.answers.append("lost")
        assert post.round() == 0
        assert rows(post) == [("held", "answer_lost")]
        assert post.round() == 0
        assert len(post.sink.mails) == 1
        assert to_dos(post, ToDoKind.HELD_MAIL) == [(str(mailing), {"mails": 1})]
        post.school.send(DecideHeldMail(mailing=mailing, client=client, tried=1, send=send))
        assert post.round() == (1 if send else 0)
        assert to_dos(post, ToDoKind.HELD_MAIL) == []
        assert len(post.sink.mails) == (2 if send else 1)
        assert isinstance(state(post, mailing), Ended)

    @pytest.mark.rule("COM-3")
    def test_lost_again_it_is_asked_about_again(self, post: Post) -> None:
        (client,) = clients = willing(post)
        mailing = composed(post, clients)
        post.sink.answers.extend(["lost", "lost"])
        post.round()
        post.school.send(DecideHeldMail(mailing=mailing, client=client, tried=1, send=True))
        post.round()
        assert ("held", "answer_lost") in rows(post)
        assert post.round() == 0
        post.school.send(DecideHeldMail(mailing=mailing, client=client, tried=2, send=True))
        assert post.round() == 1

    @pytest.mark.rule("COM-3")
    @pytest.mark.parametrize(("leaving", "becomes"), [(True, "held"), (False, "sent")])
    def test_a_dead_workers_mail_is_held_only_when_it_was_handed_over(
        self, post: Post, leaving: bool, becomes: str
    ) -> None:
        composed(post, willing(post))
        post.react()
        post.connection.execute(
            "update outbox set state = 'claimed', lease = gen_random_uuid(), attempts = 1, leaving = %s,"
            " lease_until = now() + interval '1 minute'",
            (leaving,),
        )
        assert post.round() == 0
        post.connection.execute("update outbox set lease_until = now() - interval '1 s'")
        post.round()
        assert [row[0] for row in rows(post)] == [becomes]


class TestWhoCanNotBeReached:
    """Their dossiers are told, as with every other mail."""

    def missed(self, post: Post, client: UUID) -> tuple[list[UndeliveredReason], bool]:
        post.react()
        dossier = post.school.state(CLIENT.at(client))
        assert isinstance(dossier, Dossier)
        return list(dossier.mails.missed.values()), dossier.mails.address_bad

    @pytest.mark.rule("COM-10")
    def test_an_address_that_is_none_is_flagged(self, post: Post) -> None:
        (client,) = clients = willing(post)
        composed(post, clients)
        post.react()
        post.connection.execute(
            "update read.dossier_person set email = 'a@b, c@d' where client = %s", (client,)
        )
        post.rounds.once()
        assert rows(post) == [("failed", "bad_address")]
        assert self.missed(post, client) == ([UndeliveredReason.BAD_ADDRESS], True)
        assert share(post) == 0

    @pytest.mark.rule("COM-10")
    @pytest.mark.rule("COM-8")
    def test_after_the_last_try_it_is_missed(self, post: Post) -> None:
        (client,) = clients = willing(post)
        mailing = composed(post, clients)
        post.react()
        post.connection.execute("update outbox set attempts = %s", (MOST_TRIES - 1,))
        post.sink.answers.append("451 later")
        assert post.round() == 0
        assert rows(post) == [("failed", "smtp_451")]
        assert self.missed(post, client) == ([UndeliveredReason.GAVE_UP], False)
        assert isinstance(state(post, mailing), Ended)


class TestWhatWasMissed:
    """The address was corrected: the mailing's mail leaves anew, as its first one would."""

    def bounced(self, post: Post) -> tuple[UUID, UUID]:
        """A mailing to two, whose mail to one came back; and that one, their address corrected."""
        clients = willing(post, 2)
        mailing = composed(post, clients)
        post.sink.rcpt_answers.append("550 5.1.1 no such user")
        assert post.round() == 1
        lost = post.connection.execute("select person from outbox where state = 'failed'").fetchone()
        assert lost is not None
        post.correct_address(lost[0], "juste@example.com")
        assert isinstance(state(post, mailing), Ended)
        return mailing, lost[0]

    @pytest.mark.rule("COM-10")
    @pytest.mark.rule("COM-8")
    def test_it_leaves_once_within_the_500_and_ends_nothing_twice(self, post: Post) -> None:
        mailing, client = self.bounced(post)
        for _ in range(2):
            post.school.send(ResendMissed(client=client))
            post.react()
        assert post.woken == []
        sent_today(post, 498)
        assert post.round() == 1
        assert post.sink.recipients[-1] == ["juste@example.com"]
        assert post.sink.mails[-1]["Subject"] == "Nouvelles dates, Éloïse"
        assert [row for row in rows(post) if row[0] != "sent"] == [("failed", "smtp_550")]
        shown = post.reads.run(partial(sent_mail.of_mailing, mailing=mailing))
        assert shown[client].state == "sent"
        assert post.round() == 0
        assert post.school.facts(MAILING.at(mailing))[-1] == MailingEnded(sent=1, skipped=1, stopped=None)

    @pytest.mark.rule("COM-8")
    def test_it_waits_where_the_author_has_sent_500(self, post: Post) -> None:
        _, client = self.bounced(post)
        post.school.send(ResendMissed(client=client))
        post.react()
        sent_today(post, 499)
        assert post.round() == 0
        post.school.now(NOW + timedelta(hours=25))
        assert post.round() == 1

    @pytest.mark.rule("COM-6")
    def test_without_consent_it_does_not_leave(self, post: Post) -> None:
        _, client = self.bounced(post)
        answer(post, client, email=False)
        post.school.send(ResendMissed(client=client))
        assert post.round() == 0
        assert ("dropped", "no_consent") in rows(post)

    @pytest.mark.rule("COM-3")
    @pytest.mark.parametrize("dead", [False, True])
    def test_its_answer_lost_it_is_missed_again_and_a_person_decides(self, post: Post, dead: bool) -> None:
        _, client = self.bounced(post)
        post.school.send(ResendMissed(client=client))
        if dead:
            post.react()
            post.connection.execute(
                "update outbox set state = 'claimed', lease = gen_random_uuid(), leaving = true,"
                " lease_until = now() - interval '1 s' where state = 'to_send'"
            )
        else:
            post.sink.answers.append("lost")
        assert post.round() == 0
        assert ("failed", "answer_lost") in rows(post)
        dossier = post.school.state(CLIENT.at(client))
        assert isinstance(dossier, Dossier)
        assert list(dossier.mails.missed.values()) == [UndeliveredReason.GAVE_UP]
        post.school.send(ResendMissed(client=client))
        assert post.round() == 1


@pytest.mark.rule("COM-3")
def test_a_yes_that_was_heard_is_kept_while_somebody_holds_a_lock(post: Post) -> None:
    composed(post, willing(post))
    post.react()
    with locked_meanwhile(post, seconds=3.5):
        assert post.rounds.once() == 1
    assert rows(post) == [("sent", None)]


@pytest.mark.rule("COM-8")
def test_five_hundred_in_24_hours_leave_and_the_rest_waits(post: Post) -> None:
    """Three of them are left to be sent by one who has sent 499 a moment ago."""
    composed(post, willing(post, 3))
    post.react()
    sent_today(post, 499)
    post.school.now(NOW + timedelta(hours=23, minutes=59))
    assert post.round() == 1
    post.school.now(NOW + timedelta(hours=24))
    assert post.round() == 2


@pytest.mark.rule("COM-6")
def test_one_click_to_unsubscribe_stands_in_the_header_and_in_the_text(post: Post) -> None:
    (client,) = clients = willing(post)
    composed(post, clients)
    post.round()
    (mail,) = post.sink.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    assert link in text_of(mail)
    assert post.rounds.links.client_of(link.rpartition("/")[2]) == client
